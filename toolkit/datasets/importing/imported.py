"""A text with spans, as another tool gave it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from msgspec import Struct

from toolkit.model import GoldDocument, GoldSpan


class Imported(Struct, frozen=True):
    """One text with one set of spans.

    ``where`` names file and place for errors; ``id`` is empty where the file gives none.
    ``annotator`` is who gave the spans, empty where the file doesn't say; of an annotation
    that was skipped nothing counts. ``gold`` is the whole record where the file had one.
    """

    where: str
    text: str
    spans: tuple[GoldSpan, ...] = ()
    id: str = ""
    annotator: str = ""
    created_at: str | None = None
    updated_at: str | None = None
    lead_time: float | None = None
    skipped: bool = False
    gold: GoldDocument | None = None


Read = Callable[[Path], Iterator[Imported]]
"""Reads a file or a folder, one text at a time; raises InputError that names the place."""
