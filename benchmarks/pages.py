"""The figures that README and docs quote, written into them from the reference results.

    python -m benchmarks.pages [--adopt]

Between ``<!-- measured: NAME -->`` and ``<!-- end -->`` stands what ``BLOCKS[NAME]`` makes of
``benchmarks/reference.json`` and ``benchmarks/growth.json``; tests/test_benchmarks compares
them. ``--adopt`` first takes the last results of ``make bench`` and ``make growth`` as the
reference; measures that they skipped, or took quickly, stay as they were.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import groupby
from pathlib import Path

import msgspec

from benchmarks import growth
from benchmarks.figures import Figure, Measured, Results, number, target_of
from benchmarks.growth_picture import draw
from benchmarks.measuring import PROJECT
from toolkit.records import write_text

REFERENCE = PROJECT / "benchmarks" / "reference.json"
GROWTH = PROJECT / "benchmarks" / "growth.json"
PICTURE = PROJECT / "docs" / "images" / "growth.svg"
PAGES = (PROJECT / "README.md", *sorted((PROJECT / "docs").glob("*.md")))

BLOCK = re.compile(r"(<!-- measured: ([a-z-]+) -->)(.*?)(<!-- end -->)", re.DOTALL)


class Reference(msgspec.Struct):
    """What there is to quote."""

    results: Results
    growth: growth.Results

    def measure(self, name: str) -> Measured:
        """The measure of this name; one without figures where it wasn't taken."""
        for one in self.results.measures:
            if one.name == name:
                return one
        return Measured(name, "", quick=False, seconds=0, packages={}, skipped="not measured")

    def figures(self, names: Iterable[str]) -> list[Figure]:
        """The figures of these measures that belong into a table."""
        found = [figure for name in names for figure in self.measure(name).figures]
        return [figure for figure in found if not figure.detail]


def read() -> Reference:
    """The reference as it is committed."""
    return Reference(
        msgspec.json.decode(REFERENCE.read_bytes(), type=Results),
        msgspec.json.decode(GROWTH.read_bytes(), type=growth.Results),
    )


def table(rows: Iterable[Sequence[str]], head: Sequence[str]) -> str:
    """A table in Markdown, on lines of its own."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n" + "\n".join(f"| {' | '.join(line)} |" for line in lines) + "\n"


def figures_block(reference: Reference) -> str:
    """The table of README, and where and when it was measured."""
    measures = [one for one in reference.results.measures if one.name not in _ELSEWHERE]
    found = reference.figures(one.name for one in measures)
    rows = [_row(list(same)) for _, same in groupby(found, key=lambda f: (f.name, f.unit))]
    dates = sorted({one.date for one in measures if one.figures})
    when = dates[0] if len(dates) == 1 else f"{dates[0]} to {dates[-1]}"
    said = [f"Measured {when} on {_where(reference.results.machine)}."]
    if quick := [one.name for one in measures if one.quick and one.figures]:
        said.append(f"Over smaller sizes (`--quick`): {', '.join(quick)}.")
    load = max((one.load or 0 for one in measures), default=0)
    if load > int(reference.results.machine["cores"]):
        said.append(
            f"Up to {load:.0f} processes wanted a core meanwhile: read the ratios, and"
            " seconds by the clock not at all."
        )
    head = ("figure", "ours", "peers, and how many times as good we are", "target")
    return f"\n{table(rows, head)}\n{' '.join(said)}\n"


def _row(same: Sequence[Figure]) -> tuple[str, ...]:
    """One figure of ours beside all of its peers."""
    peers = [
        f"{one.peer} {number(one.theirs)}" + (f" ({number(one.ratio)} ×)" if one.ratio else "")
        for one in same
        if one.theirs is not None
    ]
    ours = f"{number(same[0].ours)} {same[0].unit}".rstrip()
    return same[0].name, ours, "; ".join(peers), "".join(dict.fromkeys(map(target_of, same)))


_ELSEWHERE = ("near-duplicates", "simulation", "checks")
"""Measures that docs quote and README doesn't."""


def _where(machine: Mapping[str, str | int]) -> str:
    return (
        f"{machine['cores']} cores of {machine['cpu']} with {machine['memory_gb']} GB,"
        f" Python {machine['python']}"
    )


def growth_block(reference: Reference) -> str:
    """The slopes, a line a stage."""
    rows = []
    for stage in growth.STAGES:
        runs = reference.growth.of(stage)
        if not (slope := growth.fitted(runs)):
            continue
        last = runs[-1]
        each = 1e6 * (last.cost.cpu - slope.start) / last.documents
        interval = "" if slope.low is None else f"{slope.low:.2f} to {slope.high:.2f}"
        rows.append(
            (
                f"`{stage}`",
                f"{slope.sizes[0]:,} to {slope.sizes[1]:,}",
                f"{slope.value:.2f}",
                interval,
                f"{number(each)} µs",
                f"{last.cost.megabytes:,.0f} MB",
            )
        )
    head = ("stage", "documents", "slope", "95 %", "CPU of each, most", "memory, most")
    return f"\n{table(rows, head)}"


def simulation_block(reference: Reference) -> str:
    """The table of docs/review.md: expected and measured, by method and annotators."""
    found = {figure.name: figure for figure in reference.measure("simulation").figures}
    rows = []
    for name, gain in found.items():
        if not (match := re.match(r"(\w+), gain of one more than (\d+)$", name)):
            continue
        method, kept = match[1], int(match[2])
        level = found[f"{method}, F1 of {kept}"]
        low, high = (found[f"{name}, {end}"].ours for end in ("low", "high"))
        rows.append(
            (
                method,
                f"{kept} → {kept + 1}",
                f"{level.ours:.2f} / {level.theirs:.2f}",
                f"{gain.ours:+.3f} ({low:+.3f} – {high:+.3f}) / {gain.theirs:+.3f}".replace(
                    "-", "−"
                ),
            )
        )
    head = (
        "method",
        "annotators",
        "F1 expected / measured",
        "gain of one more, expected (95 %) / measured",
    )
    return f"\n{table(rows, head)}"


def ingest_block(reference: Reference) -> str:
    """What a large ingest takes, as a sentence."""
    (figure,) = reference.measure("ingest").figures
    return (
        f"An {figure.name}, takes {figure.ours:.0f} CPU seconds"
        f" and {figure.megabytes:.0f} MB of memory."
    )


BLOCKS: dict[str, Callable[[Reference], str]] = {
    "figures": figures_block,
    "growth": growth_block,
    "simulation": simulation_block,
    "ingest": ingest_block,
}


def rendered(page: str, reference: Reference) -> str:
    """A page with its blocks as the reference has them."""
    return BLOCK.sub(lambda found: found[1] + BLOCKS[found[2]](reference) + found[4], page)


def adopt() -> None:
    """Take the last results as the reference."""
    from benchmarks.run import LATEST

    last = msgspec.json.decode(LATEST.read_bytes(), type=Results)
    now = msgspec.json.decode(REFERENCE.read_bytes(), type=Results) if REFERENCE.exists() else last
    kept = now.measures if now.machine == last.machine else []
    old = {one.name: one for one in kept}
    better = {
        one.name: one
        for one in last.measures
        if not one.skipped and (not one.quick or old.get(one.name, one).quick)
    }
    last.measures = list((old | better).values())
    _write(REFERENCE, last)
    if growth.RESULTS.is_file():
        _write(GROWTH, msgspec.json.decode(growth.RESULTS.read_bytes(), type=growth.Results))


def _write(path: Path, value: object) -> None:
    write_text(path, msgspec.json.format(msgspec.json.encode(value), indent=1).decode() + "\n")


def main() -> int:
    """Write the pages."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--adopt", action="store_true", help="make the last results the reference")
    if parser.parse_args().adopt:
        adopt()
    reference = read()
    for page in PAGES:
        text = page.read_text("utf-8")
        if (new := rendered(text, reference)) != text:
            write_text(page, new)
            print(page.relative_to(PROJECT))
    draw(reference.growth, PICTURE)
    return 0


if __name__ == "__main__":
    sys.exit(main())
