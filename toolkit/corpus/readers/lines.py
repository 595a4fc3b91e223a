"""A stream of bytes as a stream of text, in constant memory."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Iterator

from toolkit.corpus.sources import RawSource
from toolkit.errors import DecodeError

LONGEST = 1 << 27
"""128 Mi characters in one line or value; one that is longer was never closed."""


@contextlib.contextmanager
def decoded(source: RawSource, encoding: str, newline: str) -> Iterator[io.TextIOWrapper]:
    """The source as text; strict.

    Raises:
        DecodeError: what was verified no longer holds.
    """
    text = io.TextIOWrapper(source.stream, encoding=encoding, newline=newline)
    try:
        yield text
    except UnicodeDecodeError as error:
        raise DecodeError(
            f"{source.origin}: can't be read as {encoding} any more ({error.reason})",
            "Was it written to while it was read? Run the command again.",
        ) from None
    finally:
        if not source.stream.closed:  # it is where reading is broken off, as by Ctrl-C
            text.detach()
