"""Measure every figure that README and docs quote, each beside a peer of the same run.

    python -m benchmarks.run [--only NAME …] [--quick] [--list] [--out FILE]

Prints a table and writes JSON: figures, CPU seconds beside seconds by the clock, the date,
versions, and the machine. A measure whose data or peer isn't here is skipped with its reason.
What was measured is written after each measure, so that Ctrl-C keeps it; measures that
weren't asked for keep what FILE says of them, if it is of this machine. The ratio says how
many times as good as the peer we are, whether more or less is better.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
import traceback
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from benchmarks.figures import COLUMNS, Figure, Measured, Results, cells
from benchmarks.measures import MEASURES
from benchmarks.measuring import PROJECT, Absent, machine, versions
from toolkit.records import write_text

LATEST = PROJECT / "benchmarks" / "results" / "latest.json"

PACKAGES = (
    "zh-ner-toolkit", "dask", "daachorse", "datasets", "distributed", "ftfy", "jieba",
    "label-studio", "msgspec", "nervaluate", "numpy", "opencc", "pandas", "pyarrow",
    "python-crfsuite", "rensa", "rjieba", "spacy",
)  # fmt: skip


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure what is asked for; 1 where a measure failed, 130 after Ctrl-C."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--only", nargs="+", default=list(MEASURES), metavar="NAME")
    parser.add_argument("--quick", action="store_true", help="smaller sizes: minutes")
    parser.add_argument("--list", action="store_true", help="the measures there are")
    parser.add_argument("--out", type=Path, default=LATEST, metavar="FILE")
    options = parser.parse_args(arguments)
    if options.list:
        for name, measure in MEASURES.items():
            print(f"{name:18}{(measure.__doc__ or '').strip().splitlines()[0]}")
        return 0
    if unknown := set(options.only) - set(MEASURES):
        parser.error(f"no measure {', '.join(sorted(unknown))}; --list shows which there are")
    results = read(options.out)
    try:
        statuses = [keep(one(name, options.quick), results, options.out) for name in options.only]
    except KeyboardInterrupt:
        print("\nStopped; what was measured is kept.", file=sys.stderr)
        return 130
    finally:
        print(table(results))
        print(f"\n{options.out}")
    return max(statuses)


def read(path: Path) -> Results:
    """What is kept: nothing where there is no file, or it is of another machine."""
    here = machine()
    if path.is_file():
        found = msgspec.json.decode(path.read_bytes(), type=Results)
        if found.machine == here:
            return found
        print(f"{path.name} is of another machine, and is begun anew", file=sys.stderr)
    return Results(here)


def one(name: str, quick: bool) -> Measured:
    """One measure, or why there is none of it."""
    print(f"{name} …", file=sys.stderr, flush=True)
    begun = time.perf_counter()
    today = datetime.now(UTC).date().isoformat()
    measured = Measured(
        name, today, quick, 0.0, versions(PACKAGES), load=round(os.getloadavg()[0], 1)
    )
    try:
        for figure in MEASURES[name](quick):
            measured.figures.append(figure)
            print("  " + "  ".join(filter(None, cells(figure))), file=sys.stderr, flush=True)
    except Absent as reason:
        # What was measured before something turned out not to be here is true all the same.
        measured.skipped = str(reason)
        print(f"  skipped: {reason}", file=sys.stderr, flush=True)
    except Exception as error:
        traceback.print_exc()
        measured.skipped = f"failed: {type(error).__name__}: {error}"
    measured.seconds = round(time.perf_counter() - begun, 1)
    return measured


def keep(measured: Measured, results: Results, path: Path) -> int:
    """Put a measure in its place and write all; 1 where it failed."""
    others = {one.name: one for one in results.measures} | {measured.name: measured}
    results.measures = [others[name] for name in MEASURES if name in others]
    path.parent.mkdir(parents=True, exist_ok=True)
    write_text(path, msgspec.json.format(msgspec.json.encode(results), indent=1).decode() + "\n")
    return int(measured.skipped.startswith("failed"))


def table(results: Results) -> str:
    """All figures, a line each, in columns."""
    rows = [COLUMNS, *(cells(figure) for figure in figures(results) if not figure.detail)]
    widths = [max(len(row[i]) for row in rows) for i in range(len(COLUMNS))]
    lines = ["  ".join(c.ljust(w) for c, w in zip(row, widths, strict=True)) for row in rows]
    skipped = [f"{one.name}: {one.skipped}" for one in results.measures if one.skipped]
    return "\n".join(line.rstrip() for line in [*lines, *skipped])


def figures(results: Results) -> list[Figure]:
    """All of them, in order."""
    return [figure for one in results.measures for figure in one.figures]


if __name__ == "__main__":
    sys.exit(main())
