"""A file that is one text: .txt, .md."""

from __future__ import annotations

import io
from collections.abc import Mapping

from toolkit.corpus.encodings import encoding_of
from toolkit.corpus.readers.records import RawText, Texts
from toolkit.corpus.sources import RawSource
from toolkit.errors import InputError

MOST_BYTES = 1 << 29
"""512 MiB: a text is in memory as a whole, several times over while it is repaired; a
hundred times the longest book is no document."""


def read(source: RawSource, _columns: Mapping[str, str], encoding: str) -> tuple[str, Texts]:
    """The whole text; see ``toolkit.corpus.readers.read``."""
    data = whole(source)
    found = encoding or encoding_of(io.BytesIO(data), source.origin)
    return found, iter([RawText(data.decode(found))])


def whole(source: RawSource) -> bytes:
    """All bytes of a source that must be read at once.

    Raises:
        InputError: it is too large for that.
    """
    data: bytes = source.stream.read(MOST_BYTES + 1)
    if len(data) > MOST_BYTES:
        raise InputError(
            f"{source.origin}: one text of more than {MOST_BYTES:,} bytes",
            "Make it a .jsonl or .csv with a row for each document.",
        )
    return data
