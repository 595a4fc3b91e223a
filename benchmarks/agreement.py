"""How fast agreement is measured: all figures on a large corpus, and γ beside another's.

    python benchmarks/agreement.py [CONTINUUM.csv …]

A CSV has rows of annotator, category, start and end, and is measured with α = 3; without
one, a continuum is made. γ is also measured by pygamma-agreement where that can be
imported: install it beside the toolkit in an environment of its own.
"""

from __future__ import annotations

import argparse
import csv
import importlib.util
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from msgspec.structs import replace

from benchmarks.invented import SIX, annotated, articles
from benchmarks.measuring import cost_of, peak_megabytes
from toolkit.agreement.breakdown import agreement
from toolkit.agreement.gamma import Disorders, GammaSettings, disorders
from toolkit.agreement.gamma_continua import in_order
from toolkit.model import Annotation, Document

LABELS = ("LOC", "ORG", "PER", "TIME", "NUM", "DIS")
PASSAGES, LENGTH = 10_000, 500
WHO = ("anna", "bo", "chen")

Row = tuple[str, str, float, float]
T = TypeVar("T")


def main() -> int:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("continua", type=Path, nargs="*", metavar="CONTINUUM.csv")
    continua = parser.parse_args().continua
    tables = {path.name: read(path) for path in continua} or {"made here": made()}
    for name, rows in tables.items():
        measure_gamma(name, rows)
    measure_all()
    return 0


def measure_all() -> None:
    """Every figure but γ, with a thousand samples, on 10,000 passages by three annotators."""
    documents, given = corpus(PASSAGES)
    spans = sum(len(annotation.spans) for annotation in given)
    report = timed(
        f"all figures but γ, {len(given)} annotations, {spans} spans",
        lambda: agreement(given, documents, labels=SIX),
    )
    for figure in report.overall:
        print(f"  {figure.name:28}{figure.value} [{figure.low}, {figure.high}]")
    print(f"  peak memory {peak_megabytes() / 1000:.2f} GB")


def corpus(passages: int) -> tuple[dict[str, Document], list[Annotation]]:
    """Passages of some 500 characters with about ten spans that three annotators gave."""
    documents = {
        one.id: one.document for one in articles(passages, length=LENGTH, labels=SIX)
    }  # fmt: skip
    given = annotated(passages, several=len(WHO), length=LENGTH, labels=SIX)
    return documents, [
        replace(one, annotator=WHO[number % len(WHO)]) for number, one in enumerate(given)
    ]


def measure_gamma(name: str, rows: list[Row]) -> None:
    """γ, γ-cat and the time, here and by pygamma-agreement."""
    ours = timed(f"γ of {name}, {len(rows)} units", lambda: gamma(rows))
    print(f"  γ {ours.gamma()[0]:.4f}  γ-cat {ours.gamma_cat()[0]:.4f}  {ours.samples} samples")
    unproven = ours.doubt.max() + ours.expected_doubt.max()
    print(f"  disorder {ours.observed[0]:.6f}, unproven {unproven:.6f}")
    if importlib.util.find_spec("pygamma_agreement") is None:
        print("  pygamma-agreement isn't installed, nothing to compare with")
        return
    theirs(made()[::20])  # loads and compiles it, which the next line needn't do again
    found = timed("  pygamma-agreement", lambda: theirs(rows))
    print(f"  γ {found.gamma:.4f}  γ-cat {found.gamma_cat:.4f}  {found.n_samples} samples")
    print(f"  disorder {found.observed_disorder:.6f}")


def gamma(rows: list[Row]) -> Disorders:
    """γ of one continuum, with the paper's first thirty samples."""
    people = sorted({row[0] for row in rows})
    categories = sorted({row[1] for row in rows})
    units = in_order(
        1,
        len(people),
        continuum=np.zeros(len(rows), dtype=np.int64),
        annotator=np.array([people.index(row[0]) for row in rows]),
        start=np.array([row[2] for row in rows]),
        end=np.array([row[3] for row in rows]),
        category=np.array([categories.index(row[1]) for row in rows]),
    )
    settings = GammaSettings(alpha=3, precision=None, by_continuum=True)
    return disorders([units], [np.array([units.end.max()])], len(categories), settings)


def theirs(rows: list[Row]) -> Any:
    """The same by pygamma-agreement."""
    from pyannote.core import Segment
    from pygamma_agreement import CombinedCategoricalDissimilarity, Continuum

    continuum = Continuum()
    for who, what, start, end in rows:
        continuum.add(who, Segment(start, end), what)
    weights = CombinedCategoricalDissimilarity(alpha=3, beta=1, delta_empty=1.0)
    return continuum.compute_gamma(weights, n_samples=30)


def made() -> list[Row]:
    """Three annotators, a hundred units each, none of them alike."""
    generator = np.random.default_rng(2)
    starts = np.arange(100) * 14
    rows = []
    for who in WHO:
        begins = starts + generator.integers(-3, 4, 100)
        ends = begins + generator.integers(3, 12, 100)
        kinds = np.where(generator.random(100) < 0.8, np.arange(100) % 4, 0)
        rows += [
            (who, LABELS[int(k)], float(s), float(e))
            for s, e, k in zip(begins, ends, kinds, strict=True)
        ]
    return rows


def read(path: Path) -> list[Row]:
    """A continuum from a file."""
    with path.open(newline="") as file:
        return [(who, what, float(s), float(e)) for who, what, s, e in csv.reader(file)]


def timed(what: str, run: Callable[[], T]) -> T:
    """What a function gives, and how long it took to."""
    result, cost = cost_of(run)
    print(f"{what}: {cost.cpu:.2f} s CPU, {cost.wall:.2f} s wall")
    return result


if __name__ == "__main__":
    raise SystemExit(main())
