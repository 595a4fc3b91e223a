"""The files of a version, format by format and split by split, on several cores where asked."""

from __future__ import annotations

import csv
import signal
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from multiprocessing import get_context
from pathlib import Path
from typing import IO, Any

from msgspec import Struct
from msgspec.structs import replace

from toolkit.datasets.choices import Choices, Lost
from toolkit.datasets.formats import FORMATS, Format
from toolkit.datasets.jsonl import read_jsonl
from toolkit.datasets.tables import cells
from toolkit.errors import InputError

WORTH_PROCESSES = 2000
"""Documents from which on processes save more time than it takes to start them."""

_LOST_COLUMNS = ("format", "split", "doc_id", "start", "end", "label", "text", "why")


class LostSpans:
    """Writes lost spans as they are told of; where none is, there is no file."""

    def __init__(self, path: Path) -> None:
        self.counts: dict[str, int] = {}
        self._path = path
        self._file: IO[str] | None = None
        self._rows: Any = None

    def __enter__(self) -> LostSpans:
        return self

    def __exit__(self, *_: object) -> None:
        if self._file is not None:
            self._file.close()

    def of(self, format_: str, split: str) -> Callable[[Lost], None]:
        """Takes the lost spans of one file."""

        def lose(lost: Lost) -> None:
            if self._file is None:
                self._file = self._path.open("w", encoding="utf-8-sig", newline="")
                self._rows = csv.writer(self._file)
                self._rows.writerow(_LOST_COLUMNS)
            span = lost.span
            place = (lost.doc_id, span.start, span.end, span.label, span.text or "")
            self._rows.writerow(cells((format_, split, *place, lost.why)))
            self.counts[format_] = self.counts.get(format_, 0) + 1

        return lose


class _File(Struct, frozen=True):
    """One file or folder that is to be written, and the documents that go into it."""

    format: str
    split: str
    source: Path
    target: Path


def write_formats(
    formats: Sequence[Format],
    splits: Mapping[str, int],
    *,
    source: Path,
    target: Path,
    choices: Choices,
    lost: LostSpans,
    processes: int = 1,
) -> None:
    """Write each split in each format: ``target/<format>/<split>.<suffix>``.

    Args:
        formats: the formats.
        splits: split → how many documents it has; none of them empty.
        source: where ``<split>.jsonl`` has its documents.
        target: where the folders of the formats go.
        choices: how they are written; with several processes it has to be picklable.
        lost: is told of the spans that a format can't hold, in the order of the files,
            whatever the number of processes.
        processes: how many files may be written at a time.

    Raises:
        InputError: a document can't be written as it is, or a process was killed.
    """
    files = [
        _File(
            format_.name,
            split,
            source / f"{split}.jsonl",
            target / format_.name / format_.file(split),
        )
        for format_ in formats
        for split in splits
    ]
    if processes == 1 or sum(splits.values()) < WORTH_PROCESSES:
        for file in files:
            _write(file, replace(choices, lose=lost.of(file.format, file.split)))
        return
    with _pool(processes) as pool:
        # The large ones first, so that none of them is left to be written alone at the end.
        by_size = sorted(files, key=lambda file: -splits[file.split])
        written = {file: pool.submit(_written, file, choices) for file in by_size}
        for file in files:
            lose = lost.of(file.format, file.split)
            for one in written[file].result():
                lose(one)


@contextmanager
def _pool(processes: int) -> Iterator[ProcessPoolExecutor]:
    # Started afresh: a fork takes over the locks of threads that it doesn't take over.
    pool = ProcessPoolExecutor(processes, get_context("spawn"), initializer=_leave_interrupts)
    try:
        yield pool
    except BrokenProcessPool:
        raise InputError(
            "a process that wrote the export was killed, perhaps for want of memory",
            "Nothing was changed; export fewer formats at a time.",
        ) from None
    finally:
        pool.shutdown(cancel_futures=True)


def _leave_interrupts() -> None:
    """Ctrl-C is for the process that waits for this one."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def _written(file: _File, choices: Choices) -> list[Lost]:
    lost: list[Lost] = []
    _write(file, replace(choices, lose=lost.append))
    return lost


def _write(file: _File, choices: Choices) -> None:
    FORMATS[file.format].write(file.target, read_jsonl(file.source), choices)
