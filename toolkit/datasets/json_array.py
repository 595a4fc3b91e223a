"""One JSON array in a file, an element at a time: a whole project may not fit into memory."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import IO, TypeVar

import msgspec

T = TypeVar("T")

_CHUNK = 1 << 16
"""Characters; of an element that is longer, twice as many each time."""

_SPACE = re.compile(r"[ \t\r\n]*")


def read_array(path: Path, type_: type[T]) -> Iterator[T]:
    """The elements of the array that a file is.

    Raises:
        OSError: the file can't be read.
        ValueError: it isn't UTF-8, or is no array in JSON.
        msgspec.ValidationError: an element isn't of this type.
    """
    with path.open(encoding="utf-8-sig", newline="") as file:
        for element in _Array(file):
            yield msgspec.convert(element, type_)


class _Array:
    """An array, of which so much text is in memory as its next element needs."""

    def __init__(self, file: IO[str]) -> None:
        self._file = file
        self._text = ""
        self._place = 0

    def __iter__(self) -> Iterator[object]:
        if self._mark() != "[":
            raise ValueError("it doesn't begin with [")
        self._place += 1
        if self._mark() == "]":
            self._place += 1
        else:
            yield self._element()
            while (mark := self._mark()) == ",":
                self._place += 1
                yield self._element()
            if mark != "]":
                raise ValueError("the array doesn't end")
            self._place += 1
        if self._mark():
            raise ValueError("something stands behind the array")

    def _mark(self) -> str:
        """The next character that is no space; empty at the end of the file."""
        while True:
            found = _SPACE.match(self._text, self._place)
            self._place = found.end() if found else self._place
            if self._place < len(self._text):
                return self._text[self._place]
            if not self._more():
                return ""

    def _element(self) -> object:
        self._mark()
        while True:
            try:
                element, end = json.JSONDecoder().raw_decode(self._text, self._place)
            except json.JSONDecodeError:
                if not self._more():
                    raise
                continue
            except RecursionError:
                raise ValueError("lists and objects in it are nested too deep") from None
            self._place = end
            return element

    def _more(self) -> bool:
        """Read on, and forget what is done; False at the end of the file."""
        rest = self._text[self._place :]
        added = self._file.read(max(_CHUNK, len(rest)))
        self._text, self._place = rest + added, 0
        return bool(added)
