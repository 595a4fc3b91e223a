"""How many of the doubts that ``toolkit check`` puts first are errors, on gold with planted ones.

    python -m benchmarks.checks GOLD.jsonl [--share 0.02] [--seed 1] [--documents N]

GOLD.jsonl has ``{"id", "text", "spans": [[start, end, label], …]}`` a line. Of its spans a share
gets another label, or a boundary moved by one or two characters, or is dropped, a third each.
A finding is right where it touches a planted error (for a dropped span: its place). Errors that
the gold had before count as wrong findings, so that the figures are lower bounds.

Printed for the check of texts with several labels, for that of unlabelled places, for both in one
list, for the check by a model, and for all three in one list: the precision of the first 50, 100
and 200 findings and of all, how many different planted errors they touch, the share of all that
this is, and CPU seconds. Lists of several checks have one finding a place, as ``toolkit check``.
"""

from __future__ import annotations

import argparse
import random
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import accumulate, islice, pairwise
from pathlib import Path

import msgspec

from toolkit.datasets.checks.finding import Finding, Material
from toolkit.datasets.checks.places import by_doubt, by_place
from toolkit.datasets.checks.registry import BY_MODEL, find
from toolkit.model import GoldDocument, GoldSpan, Span
from toolkit.records import read_jsonl
from toolkit.rules.tokens import words_of

QUICK = ("label-differs", "unlabelled")
"""The checks that are compared with the model's."""
FIRST = (50, 100, 200)


class _Line(msgspec.Struct):
    id: str
    text: str
    spans: list[tuple[int, int, str]]


class Planted(msgspec.Struct, frozen=True):
    """An error: what was done, and the stretch that it touches."""

    what: str
    doc_id: str
    start: int
    end: int


def read(path: Path, most: int | None) -> list[GoldDocument]:
    """The gold, flat as such sets are."""
    return [
        GoldDocument(
            line.id, line.text, tuple(GoldSpan(s, e, label) for s, e, label in sorted(line.spans))
        )
        for line in islice(read_jsonl(path, _Line), most)
    ]


def words(document: GoldDocument) -> list[tuple[int, int]]:
    """The words that ``toolkit check`` cuts by default."""
    return list(pairwise(accumulate(map(len, words_of(document.text)), initial=0)))


def plant(
    gold: Sequence[GoldDocument], share: float, seed: int
) -> tuple[list[GoldDocument], list[Planted]]:
    """The gold with errors, and what they are."""
    draw = random.Random(seed)  # noqa: S311 - a benchmark and no secret
    labels = sorted({span.label for document in gold for span in document.spans})
    planted: list[Planted] = []
    changed = []
    for document in gold:
        spans: list[GoldSpan] = []
        for span in document.spans:
            kind = draw.choice(("label", "boundary", "drop")) if draw.random() < share else ""
            new: GoldSpan | None = span
            if kind == "label":
                other = draw.choice([label for label in labels if label != span.label])
                new = GoldSpan(span.start, span.end, other)
            elif kind == "boundary":
                new = _moved(document, span, draw)
                kind = kind if new else ""
                new = new or span
            elif kind == "drop":
                new = None
            if kind:
                end = max(span.end, new.end) if new else span.end
                start = min(span.start, new.start) if new else span.start
                planted.append(Planted(kind, document.doc_id, start, end))
            spans += [new] if new else []
        changed.append(msgspec.structs.replace(document, spans=tuple(spans)))
    return changed, planted


def _moved(document: GoldDocument, span: GoldSpan, draw: random.Random) -> GoldSpan | None:
    """The span with one end elsewhere, touching no other; None if there is no room."""
    others = [one for one in document.spans if one is not span]
    places = []
    for by in (-2, -1, 1, 2):
        for start, end in ((span.start + by, span.end), (span.start, span.end + by)):
            fits = 0 <= start < end <= len(document.text)
            if fits and not any(one.start < end and start < one.end for one in others):
                places.append((start, end))
    return GoldSpan(*draw.choice(places), span.label) if places else None


def met_by(findings: list[Finding], planted: Sequence[Planted]) -> list[set[Planted]]:
    """The planted errors that each finding touches, the strongest doubt first."""
    places: dict[str, list[Planted]] = {}
    for one in planted:
        places.setdefault(one.doc_id, []).append(one)
    hits: list[set[Planted]] = []
    for finding in sorted(findings, key=by_doubt):
        span = Span(finding.start, finding.end, "")
        near = places.get(finding.doc_id, [])
        hits.append({p for p in near if p.start < span.end and span.start < p.end})
    return hits


def report(findings: list[Finding], planted: Sequence[Planted]) -> Iterator[str]:
    """Precision and recall of the first so many findings."""
    hits = met_by(findings, planted)
    for first in (*FIRST, len(hits)):
        taken = hits[:first]
        right = sum(map(bool, taken))
        met = set().union(*taken) if taken else set()
        by_kind = Counter(one.what for one in met)
        found = ", ".join(
            f"{what} {by_kind[what]}/{sum(p.what == what for p in planted)}"
            for what in ("label", "boundary", "drop")
        )
        if taken:
            yield (
                f"  first {len(taken):>5}: {right / len(taken):.3f} right, {len(met)} different"
                f" errors, {len(met) / max(1, len(planted)):.3f} of the planted ({found})"
            )


def main() -> None:
    """Plant, look, compare."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("gold", type=Path)
    parser.add_argument("--share", type=float, default=0.02)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--documents", type=int)
    options = parser.parse_args()
    gold, planted = plant(read(options.gold, options.documents), options.share, options.seed)
    count = sum(len(document.spans) for document in gold)
    print(f"{len(gold)} documents, {count} spans, {len(planted)} planted errors")
    material = Material(gold=lambda: gold, words=words)
    began = time.process_time()
    quick = list(find(material, QUICK))
    spent = time.process_time() - began
    for kind in QUICK:
        print(kind)
        print("\n".join(report([one for one in quick if one.kinds == (kind,)], planted)))
    print(f"both in one list ({spent:.1f} CPU seconds)")
    print("\n".join(report(by_place(quick), planted)))
    began = time.process_time()
    every = list(find(material, [*QUICK, BY_MODEL]))
    spent = time.process_time() - began
    print(BY_MODEL)
    print("\n".join(report([one for one in every if one.kinds == (BY_MODEL,)], planted)))
    print(f"all in one list ({spent:.1f} CPU seconds)")
    print("\n".join(report(by_place(every), planted)))


if __name__ == "__main__":
    main()
