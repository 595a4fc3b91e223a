"""Gold at scale: what a merge of N passages x 3 annotators x 10 spans costs.

    python benchmarks/gold_scale.py [PASSAGES ...]

Passages of some 500 invented characters with about ten spans (``benchmarks/invented.py``);
the annotators miss, invent, shift and confuse, each at a rate of their own. The figures are
those of ``toolkit merge ANNOTATIONS --documents DOCUMENTS -o GOLD`` in a process of its
own, from reading the files to having written gold.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Iterable
from pathlib import Path

from benchmarks import invented
from benchmarks.measuring import Cost, cost_of_command, toolkit
from toolkit.model import GoldDocument
from toolkit.records import read_jsonl, write_jsonl

SIZES = (1_000, 10_000, 100_000)
SEVERAL = 3
LENGTH = 500

Keys = set[invented.Key]


def make(directory: Path, passages: int, length: int = LENGTH) -> int:
    """Write ``documents.jsonl`` and ``annotations.jsonl``; returns how many annotations."""
    made = invented.articles(passages, length=length, labels=invented.SIX)
    write_jsonl(directory / "documents.jsonl", (one.document for one in made))
    given = invented.annotated(passages, several=SEVERAL, length=length, labels=invented.SIX)
    return write_jsonl(directory / "annotations.jsonl", given)


def measure(directory: Path, method: str) -> Cost:
    """What one merge takes."""
    files = [directory / f"{name}.jsonl" for name in ("annotations", "documents", "gold")]
    return cost_of_command(
        toolkit("merge", files[0], "--documents", files[1], "-o", files[2], "--method", method)
    )


def written(directory: Path) -> Iterable[tuple[str, Keys]]:
    """The spans of the gold that was written, by document."""
    for gold in read_jsonl(directory / "gold.jsonl", GoldDocument):
        yield gold.doc_id, {span.key for span in gold.spans}


def quality(found: Iterable[tuple[str, Keys]], length: int = LENGTH) -> float:
    """Strict F1 of these spans, in percent; the right ones are made again."""
    right = both = 0
    for doc_id, keys in found:
        number = invented.number_of(doc_id)
        truth = set(invented.article(number, length=length, labels=invented.SIX).keys)
        right, both = right + len(keys & truth), both + len(keys) + len(truth)
    return 200 * right / both


def main() -> int:
    """Print a line for each size and method."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("passages", type=int, nargs="*", default=SIZES)
    for passages in parser.parse_args().passages:
        with tempfile.TemporaryDirectory() as folder:
            directory = Path(folder)
            make(directory, passages)
            for method in ("majority", "sequence"):
                cost = measure(directory, method)
                print(
                    f"{passages:>8,} passages x {SEVERAL}  {method:10}"
                    f"{cost.cpu:7.1f} s CPU  {cost.wall:7.1f} s  {cost.megabytes:7.0f} MB"
                    f"  F1 {quality(written(directory)):.2f}",
                    flush=True,
                )
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
