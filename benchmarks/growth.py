"""Cost against size: what each stage takes for 1,000 documents, and for ten million.

    python -m benchmarks.growth [STAGE …] [--sizes 1000 10000 …] [--minutes 60] [--again]

Documents of some 300 characters are invented as a stream (``benchmarks/invented.py``), three
annotators each, and every stage is run by its command over the first so many of them, in a
process of its own: preannotate, ingest, merge, agreement, export. Of each run CPU seconds,
seconds and the peak of memory are kept in ``benchmarks/results/growth.json``, which a later
run goes on with. A run that would not end in the time left, or not fit into memory, by what
the one before it took, is left out and said.

Cost is taken to be ``start + a · size ** slope``. The start is what one document takes; the
slope is a least squares fit of the logarithms of the rest, over sizes that cost over twice the
start where three do, with its 95 % interval by Student's t. A picture of it is drawn beside the
results.
"""

from __future__ import annotations

import argparse
import contextlib
import math
import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

from benchmarks import invented
from benchmarks.measuring import (
    PROJECT,
    Absent,
    Cost,
    cost_of_command,
    machine,
    toolkit,
    versions,
)
from toolkit.records import write_text
from toolkit.stages.workspace import init

RESULTS = PROJECT / "benchmarks" / "results" / "growth.json"

SIZES = (1, 1_000, 3_000, 10_000, 30_000, 100_000, 300_000, 1_000_000, 3_000_000, 10_000_000)
LENGTH = 300
"""Characters that a document has at least."""

SEVERAL = 3
"""Annotators of each document."""

SHORT = 1_000
"""Runs of no more documents than these are done three times, and the cheapest counts."""

MEMORY = 0.8
"""The share of the machine's memory that a run may be expected to take."""

_PACKAGES = ("zh-ner-toolkit", "numpy", "msgspec", "pyarrow", "daachorse", "rjieba", "rensa")

# Student's t: 97.5 % of it, by degrees of freedom.
_T = (12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228)


class Run(Struct, frozen=True):
    """One stage over so many documents."""

    stage: str
    documents: int
    characters: int
    cost: Cost
    date: str


class Results(Struct):
    """All runs, with the machine and the versions that they ran on."""

    machine: dict[str, str | int]
    packages: dict[str, str]
    runs: list[Run] = []

    def of(self, stage: str) -> list[Run]:
        """The runs of a stage, by size."""
        return sorted((r for r in self.runs if r.stage == stage), key=lambda run: run.documents)


class Slope(Struct, frozen=True):
    """How cost grows: with ``size ** value``; the interval is empty where two sizes are all."""

    value: float
    low: float | None
    high: float | None
    start: float
    sizes: tuple[int, int]


class Corpus:
    """Files of the first so many articles, which grow by being appended to."""

    def __init__(self, folder: Path, stages: Iterable[str]) -> None:
        self.folder = folder
        self.count = self.characters = 0
        self.workspace = folder / "workspace"
        init(self.workspace)
        self.documents = self.workspace / "documents.jsonl"
        self.annotations = self.workspace / "annotations.jsonl"
        self.gold = self.workspace / "gold.jsonl"
        self.raw = folder / "news.jsonl"
        self._needed = {file for stage in stages for file in NEEDS[stage]}

    def grow(self, count: int) -> None:
        """Have so many."""
        encode = msgspec.json.Encoder().encode
        with contextlib.ExitStack() as stack:
            files = {
                name: stack.enter_context(getattr(self, name).open("ab", buffering=1 << 20))
                for name in self._needed
            }
            for number in range(self.count, count):
                one = invented.article(number, length=LENGTH, labels=invented.SIX)
                self.characters += len(one.text)
                for name, file in files.items():
                    file.writelines(encode(line) + b"\n" for line in _RECORDS[name](number, one))
        self.count = count


_RECORDS: dict[str, Callable[[int, invented.Article], Iterable[Any]]] = {
    "documents": lambda _, one: [one.document],
    "annotations": lambda number, one: invented.annotations_of(
        number, one, several=SEVERAL, labels=invented.SIX
    ),
    "gold": lambda _, one: [one.gold],
    "raw": lambda _, one: [{"id": one.id, "text": one.text}],
}

NEEDS = {
    "preannotate": ("documents",),
    "ingest": ("raw",),
    "merge": ("documents", "annotations"),
    "agreement": ("documents", "annotations"),
    "export": ("documents", "gold"),
}
"""The files that each stage reads."""


ONE = ("--workers", "1")
"""So that no worker's start comes in between sizes, and the peak of one process is all of it."""

Command = Callable[[Corpus], list[str | Path]]


def _preannotate(corpus: Corpus) -> list[str | Path]:
    return ["preannotate", corpus.documents, corpus.folder / "suggestions.jsonl", *ONE]


def _ingest(corpus: Corpus) -> list[str | Path]:
    # Into a workspace of its own: documents.jsonl of the other is what the rest reads.
    place = corpus.folder / "ingested"
    shutil.rmtree(place, ignore_errors=True)
    init(place)
    return ["ingest", corpus.raw, "--workspace", place, *ONE]


def _merge(corpus: Corpus) -> list[str | Path]:
    return [
        "merge",
        corpus.annotations,
        "--documents",
        corpus.documents,
        "-o",
        corpus.folder / "merged.jsonl",
    ]


def _agreement(corpus: Corpus) -> list[str | Path]:
    return ["agreement", corpus.annotations, "--documents", corpus.documents, "--json", *ONE]


def _export(corpus: Corpus) -> list[str | Path]:
    return ["export", "--force", "--workspace", corpus.workspace, *ONE]


STAGES: dict[str, Command] = {
    "preannotate": _preannotate,
    "ingest": _ingest,
    "merge": _merge,
    "agreement": _agreement,
    "export": _export,
}


def main() -> int:
    """Measure what isn't measured yet, print the table, draw the picture."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("stages", nargs="*", metavar="STAGE", help=", ".join(STAGES))
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES, help="documents")
    parser.add_argument("--minutes", type=float, default=60, help="no run is begun that ends later")
    parser.add_argument("--again", action="store_true", help="also what was measured before")
    parser.add_argument("--results", type=Path, default=RESULTS)
    parser.add_argument("--folder", type=Path, help="where the corpora go; default: a temporary")
    parser.add_argument("--show", action="store_true", help="measure nothing")
    options = parser.parse_args()
    if unknown := set(options.stages) - set(STAGES):
        parser.error(f"no stage {', '.join(sorted(unknown))}; there are {', '.join(STAGES)}")
    results = read(options.results)
    if not options.show:
        try:
            measure(options, results)
        except KeyboardInterrupt:
            print("stopped; what was measured is kept")
    report(results)
    from benchmarks.growth_picture import draw

    draw(results, options.results.with_suffix(".svg"))
    return 0


def read(path: Path) -> Results:
    """The results so far; none where they are another machine's or other versions'."""
    now = Results(machine(), versions(_PACKAGES))
    if not path.is_file():
        return now
    found = msgspec.json.decode(path.read_bytes(), type=Results)
    if (found.machine, found.packages) != (now.machine, now.packages):
        print(f"{path.name} is of another machine or other versions, and is begun anew")
        return now
    return found


def measure(options: argparse.Namespace, results: Results) -> None:
    """Run what is missing, the small sizes first, and write the results after each run."""
    until = time.monotonic() + 60 * options.minutes
    stages = {name: STAGES[name] for name in options.stages or STAGES}
    with tempfile.TemporaryDirectory(dir=options.folder) as folder:
        corpus = Corpus(Path(folder).resolve(), stages)
        for size in sorted(options.sizes):
            todo = [
                name
                for name in stages
                if options.again or size not in {run.documents for run in results.of(name)}
            ]
            for name in todo:
                if reason := too_much(results.of(name), size, until - time.monotonic()):
                    print(f"{name:12} {size:>10,} left out: {reason}", flush=True)
                    continue
                corpus.grow(size)
                try:
                    run = one(name, corpus)
                except Absent as error:
                    print(f"{name:12} {size:>10,} failed: {error}", flush=True)
                    continue
                results.runs = [
                    r for r in results.runs if (r.stage, r.documents) != (name, size)
                ] + [run]
                options.results.parent.mkdir(exist_ok=True)
                text = msgspec.json.format(msgspec.json.encode(results), indent=1).decode()
                write_text(options.results, text + "\n")
                print(row(run), flush=True)


def too_much(before: Sequence[Run], size: int, seconds: float) -> str:
    """Why a run of this size isn't begun, going by the largest before it; empty if it is."""
    smaller = [run for run in before if 1 < run.documents < size]
    if not smaller:
        return "" if seconds > 0 else "no time left"
    times = size / smaller[-1].documents
    expected = smaller[-1].cost.wall * times
    if expected > seconds:
        return f"it would take some {expected / 60:.0f} minutes"
    has = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 2**20
    if (megabytes := smaller[-1].cost.megabytes * times) > MEMORY * has:
        # Most of what a small run takes is there with no documents, so it is less than that.
        start = before[0].cost.megabytes if before[0].documents == 1 else 0.0
        if (megabytes := start + (smaller[-1].cost.megabytes - start) * times) > MEMORY * has:
            return f"it would take some {megabytes / 1024:.0f} GB"
    return ""


def one(name: str, corpus: Corpus) -> Run:
    """Run a stage over the whole corpus."""
    command = STAGES[name]
    costs = [
        cost_of_command(toolkit(*command(corpus))) for _ in range(3 if corpus.count <= SHORT else 1)
    ]
    cost = min(costs, key=lambda cost: cost.cpu)
    now = datetime.now(UTC).date().isoformat()
    return Run(name, corpus.count, corpus.characters, cost, now)


def fitted(runs: Sequence[Run]) -> Slope | None:
    """The slope of the logarithms of cost and size, the start taken off; None for one size."""
    start = next((run.cost.cpu for run in runs if run.documents == 1), 0.0)
    grown = [run for run in runs if run.documents > 1 and run.cost.cpu > start]
    # Where the start is most of it, what is left is mostly the start's noise.
    clear = [run for run in grown if run.cost.cpu > 2 * start]
    points = [
        (math.log(run.documents), math.log(run.cost.cpu - start))
        for run in (clear if len(clear) > 2 else grown)
    ]
    if len(points) < 2:
        return None
    xs, ys = zip(*points, strict=True)
    x, y = sum(xs) / len(xs), sum(ys) / len(ys)
    spread = sum((a - x) ** 2 for a in xs)
    slope = sum((a - x) * (b - y) for a, b in points) / spread
    sizes = (round(math.exp(min(xs))), round(math.exp(max(xs))))
    free = len(points) - 2
    if not free:
        return Slope(slope, None, None, start, sizes)
    left = sum((b - y - slope * (a - x)) ** 2 for a, b in points)
    around = _T[min(free, len(_T)) - 1] * math.sqrt(left / free / spread)
    return Slope(slope, slope - around, slope + around, start, sizes)


def row(run: Run) -> str:
    """A run as a line."""
    return (
        f"{run.stage:12} {run.documents:>10,} documents  {run.cost.cpu:9.2f} s CPU"
        f"  {run.cost.wall:9.2f} s  {run.cost.megabytes:7.0f} MB"
        f"  {1e6 * run.cost.cpu / run.documents:9.0f} µs each"
    )


def sentence(stage: str, slope: Slope) -> str:
    """A slope in words."""
    low, high = slope.sizes
    within = "" if slope.low is None else f" [{slope.low:.2f}, {slope.high:.2f}]"
    return f"{stage}: slope {slope.value:.2f}{within} from {low:,} to {high:,} documents"


def report(results: Results) -> None:
    """Print all runs, and the slopes."""
    for stage in STAGES:
        runs = results.of(stage)
        for run in runs:
            print(row(run))
        if slope := fitted(runs):
            print(f"  {sentence(stage, slope)}; {slope.start:.2f} s CPU to start\n")


if __name__ == "__main__":
    raise SystemExit(main())
