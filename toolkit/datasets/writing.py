"""The files of a version: what writes them, format by format and split by split.

A ``Writing`` is a task of its own, which can be done in any process that sees the folder.
"""

from __future__ import annotations

import csv
import shutil
from array import array
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import IO, Any

from msgspec import Struct
from msgspec.structs import replace

from toolkit.datasets.choices import Choices, Lost, Words
from toolkit.datasets.formats import FORMATS, Format
from toolkit.datasets.jsonl import read_jsonl
from toolkit.datasets.manifest import Stamp, stamps
from toolkit.datasets.tables import cells
from toolkit.model import GoldDocument

_LOST_COLUMNS = ("format", "split", "doc_id", "start", "end", "label", "text", "why")


class Output(Struct, frozen=True):
    """A format of a split: its file or folder, and where its lost spans are kept if any are."""

    format: str
    split: str
    target: Path
    lost: Path


class Written(Struct, frozen=True):
    """Each file's stamp by its name in the version; by format how many spans it can't hold."""

    files: dict[str, Stamp]
    lost: dict[str, int]


class Writing(Struct, frozen=True):
    """Formats of one split that have work in common.

    ``source`` has the split's gold, ``version`` is the folder that files are named from.
    """

    source: Path
    version: Path
    outputs: tuple[Output, ...]
    choices: Choices

    def __call__(self) -> Written:
        """Write each of them, whole or not at all.

        Raises:
            InputError: a document can't be written as it is.
        """
        choices = self.choices
        if choices.words is not None and len(self.outputs) > 1:
            choices = replace(choices, words=_Remembered(choices.words))
        written = Written({}, {})
        for output in self.outputs:
            rows = _Rows(output)
            write = FORMATS[output.format].write
            with rows:
                write(output.target, read_jsonl(self.source), replace(choices, lose=rows.add))
            if rows.count:
                written.lost[output.format] = rows.count
            written.files.update(stamps(self.version, output.target))
        return written


def writings(
    formats: Sequence[Format],
    splits: Mapping[str, int],
    *,
    source: Path,
    version: Path,
    lost: Path,
    choices: Choices,
) -> list[Writing]:
    """What writes each split in each format: ``version/<format>/<split>.<suffix>``.

    Args:
        formats: the formats.
        splits: split → how many documents it has; none of them empty.
        source: where ``<split>.jsonl`` has its documents.
        version: where the folders of the formats go.
        lost: the folder that keeps what formats can't hold; it has to exist.
        choices: how they are written; to be done in another process it has to be picklable.

    Returns:
        The long ones first, so that none of them is left to be done alone at the end.
    """
    # To cut a text into words takes longer than to write them.
    by_word = [format_ for format_ in formats if format_.holds == "words"]
    others = [[format_] for format_ in formats if format_.holds != "words"]
    return [
        Writing(
            source / f"{split}.jsonl",
            version,
            tuple(_output(format_, split, version, lost) for format_ in group),
            choices,
        )
        for split in sorted(splits, key=lambda split: -splits[split])
        for group in (by_word, *others)
        if group
    ]


def _output(format_: Format, split: str, version: Path, lost: Path) -> Output:
    target = version / format_.name / format_.file(split)
    return Output(format_.name, split, target, _lost_of(format_, split, lost))


def _lost_of(format_: Format, split: str, lost: Path) -> Path:
    return lost / f"{format_.name}.{split}.csv"


def write_lost(path: Path, lost: Path, formats: Sequence[Format], splits: Iterable[str]) -> None:
    """Put together what the outputs lost, by format and split; no file where it is nothing."""
    kept = [_lost_of(format_, split, lost) for format_ in formats for split in splits]
    parts = [part for part in kept if part.exists()]
    if not parts:
        return
    with path.open("w", encoding="utf-8-sig", newline="") as out:
        csv.writer(out).writerow(_LOST_COLUMNS)
    with path.open("ab") as whole:
        for part in parts:
            with part.open("rb") as rows:
                shutil.copyfileobj(rows, whole)


class _Rows:
    """Writes the lost spans of an output as they are told of."""

    def __init__(self, output: Output) -> None:
        self.count = 0
        self._output = output
        self._file: IO[str] | None = None
        self._writer: Any = None

    def __enter__(self) -> _Rows:
        return self

    def __exit__(self, *_: object) -> None:
        if self._file is not None:
            self._file.close()

    def add(self, lost: Lost) -> None:
        """Take one in."""
        if self._file is None:
            self._file = self._output.lost.open("w", encoding="utf-8", newline="")
            self._writer = csv.writer(self._file)
        span = lost.span
        place = (lost.doc_id, span.start, span.end, span.label, span.text or "")
        self._writer.writerow(cells((self._output.format, self._output.split, *place, lost.why)))
        self.count += 1


class _Remembered:
    """Words that are asked for once a document; four bytes are kept of each."""

    def __init__(self, words: Words) -> None:
        self._words = words
        self._ends: dict[str, array[int]] = {}

    def __call__(self, document: GoldDocument) -> Sequence[tuple[int, int]]:
        """The words of a document, as those of the first document with its id."""
        ends = self._ends.get(document.doc_id)
        if ends is not None:
            return list(pairwise((0, *ends)))
        # Where words leave gaps, the first format to be told them says so and ends the export.
        words = self._words(document)
        self._ends[document.doc_id] = array("I", [end for _, end in words])
        return words
