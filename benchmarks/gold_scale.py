"""Gold at scale: what a merge of N passages x 3 annotators x 10 spans costs.

    python benchmarks/gold_scale.py [PASSAGES ...]

Passages of some 500 invented Chinese characters, in which ten entities stand; the
annotators miss, invent, shift and confuse, each at a rate of their own. The figures are
those of ``toolkit merge ANNOTATIONS --documents DOCUMENTS -o GOLD`` in a process of its
own, from reading the files to having written gold.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from gold import Keys, counts, f1

from toolkit.model import AnnotatedSpan, Annotation, Document, GoldDocument
from toolkit.records import read_jsonl, write_jsonl

SIZES = (1_000, 10_000, 100_000)
LABELS = ("PER", "LOC", "ORG", "DATE", "SYMPTOM", "DISEASE")
PEOPLE = 12
SEVERAL = 3
SPANS = 10
LENGTH = 500
NAMES = 3000
"""Names that entities of one label have, the first ones most often."""

Key = tuple[int, int, str]


class Makers:
    """Makes passages, and what annotators give for them."""

    def __init__(self, seed: int) -> None:
        self._rng = np.random.default_rng(seed)
        self._letters = [chr(code) for code in range(0x4E00, 0x4E00 + 1500)]
        self._common = 1.0 / np.arange(1, 1501)
        self._common /= self._common.sum()
        self._names = {
            label: ["".join(self._rng.choice(self._letters, self._rng.integers(2, 7)))
                    for _ in range(NAMES)]
            for label in LABELS
        }  # fmt: skip
        # Misses, wrong borders, wrong labels, and inventions of each annotator.
        self._faults = self._rng.uniform((0.03, 0.02, 0.01, 0.02), (0.3, 0.2, 0.1, 0.15), (12, 4))

    def passage(self) -> tuple[str, list[Key]]:
        """A text and its right spans."""
        text, keys = "", []
        room = LENGTH // SPANS - 4
        filler = self._rng.choice(self._letters, room * SPANS, p=self._common)
        for number in range(SPANS):
            text += "".join(filler[number * room : (number + 1) * room])
            label = LABELS[int(self._rng.integers(len(LABELS)))]
            name = self._names[label][int(NAMES * self._rng.random() ** 3)]
            keys.append((len(text), len(text) + len(name), label))
            text += name
        return text + "。", keys

    def views(self, text: str, keys: list[Key]) -> Iterator[tuple[str, list[Key]]]:
        """Who annotated the passage, and their spans."""
        for number in self._rng.choice(PEOPLE, SEVERAL, replace=False).tolist():
            yield f"annotator-{number:02}", list(self._view(text, keys, self._faults[number]))

    def _view(self, text: str, keys: list[Key], faults: np.ndarray) -> Iterator[Key]:
        drawn = self._rng.random((len(keys), 4)) < faults
        moves = self._rng.integers(-1, 2, (len(keys), 2))
        others = self._rng.integers(len(LABELS), size=len(keys))
        for (start, end, label), (missed, shifted, confused, invents), move, other in zip(
            keys, drawn.tolist(), moves.tolist(), others.tolist(), strict=True
        ):
            if invents:
                yield start - 20, start - 17, LABELS[other]
            if missed:
                continue
            first, last = (start + move[0], end + move[1]) if shifted else (start, end)
            if first < last <= len(text):
                yield first, last, LABELS[other] if confused else label


def make(directory: Path, passages: int) -> dict[str, Keys]:
    """Write ``documents.jsonl`` and ``annotations.jsonl``; the right spans by document."""
    makers = Makers(seed=passages)
    answers: dict[str, Keys] = {}
    with_views: list[tuple[str, str, list[Key]]] = []

    def documents() -> Iterator[Document]:
        for number in range(passages):
            text, keys = makers.passage()
            doc_id = f"passage-{number:06}"
            answers[doc_id] = set(keys)
            with_views.extend((doc_id, *view) for view in makers.views(text, keys))
            yield Document(doc_id, text)

    write_jsonl(directory / "documents.jsonl", documents())
    write_jsonl(
        directory / "annotations.jsonl",
        (
            Annotation(doc_id, annotator, tuple(AnnotatedSpan(*key) for key in keys))
            for doc_id, annotator, keys in with_views
        ),
    )
    return answers


def measure(directory: Path, method: str) -> tuple[float, float, float]:
    """CPU seconds, seconds, and MB at the peak of one merge."""
    command = [
        sys.executable, "-m", "toolkit", "merge", str(directory / "annotations.jsonl"),
        "--documents", str(directory / "documents.jsonl"), "-o", str(directory / "gold.jsonl"),
        "--method", method,
    ]  # fmt: skip
    begun = time.perf_counter()
    child = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    _, status, used = os.wait4(child.pid, 0)
    assert status == 0, command
    wall = time.perf_counter() - begun
    return used.ru_utime + used.ru_stime, wall, used.ru_maxrss / 1024


def quality(directory: Path, answers: dict[str, Keys]) -> float:
    """Strict F1 of the gold that was written."""
    total = np.zeros(3)
    for gold in read_jsonl(directory / "gold.jsonl", GoldDocument):
        total += counts({span.key for span in gold.spans}, answers[gold.doc_id])
    return f1(total)


def main() -> int:
    """Print a line for each size and method."""
    sizes = [int(argument) for argument in sys.argv[1:]] or SIZES
    for passages in sizes:
        with tempfile.TemporaryDirectory() as folder:
            directory = Path(folder)
            answers = make(directory, passages)
            for method in ("majority", "sequence"):
                spent, wall, memory = measure(directory, method)
                print(
                    f"{passages:>8,} passages x {SEVERAL} x {SPANS}  {method:10}"
                    f"{spent:7.1f} s CPU  {wall:7.1f} s  {memory:7.0f} MB"
                    f"  F1 {100 * quality(directory, answers):.2f}",
                    flush=True,
                )
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
