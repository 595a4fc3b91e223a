"""JSON Lines: gold documents as they are, one a line. The only format that loses nothing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from toolkit import records
from toolkit.model import GoldDocument


def write_jsonl(path: Path, documents: Iterable[GoldDocument]) -> int:
    """Write gold documents, whole or not at all; returns how many there were."""
    return records.write_jsonl(path, documents)


def read_jsonl(path: Path) -> Iterator[GoldDocument]:
    """Read gold documents one at a time.

    Raises:
        InputError: the file isn't there, or a line isn't a gold document.
    """
    return records.read_jsonl(path, GoldDocument)
