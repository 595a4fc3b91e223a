"""Stages for the tests: one that counts characters, and whose documents may be poison.

Worker processes import this module, so it holds no tests.
"""

from __future__ import annotations

import ctypes
import os
import signal
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

from msgspec import Struct

from toolkit.errors import OffsetError
from toolkit.model import Document


class Length(Struct, frozen=True):
    """What the stage makes of a document."""

    doc_id: str
    length: int


class Lengths(Struct, frozen=True):
    """The number of characters of each document; some documents do harm."""

    version: str = "1"
    name = "lengths"
    reads = Document

    def start(self) -> Callable[[Iterator[Document], Counter[str]], Iterator[Length]]:
        """The function."""
        return _lengths


def _lengths(documents: Iterator[Document], counts: Counter[str]) -> Iterator[Length]:
    for document in documents:
        harm(document.text)
        counts["documents"] += 1
        counts["characters"] += len(document.text)
        yield Length(document.id, len(document.text))


def harm(text: str) -> None:
    """Do what a text says that begins with ``!``."""
    what, _, path = text.partition(" ")
    if what == "!abort":
        os.abort()
    if what == "!exit":
        os._exit(7)
    if what == "!segfault":
        ctypes.string_at(0)
    if what == "!raise":
        raise KeyError("not expected")
    if what == "!memory":
        bytearray(1 << 40)
    if what == "!refuse":
        raise OffsetError("this is wrong", "Mend it.")
    if what == "!sleep":
        time.sleep(float(path))
    if what == "!killed-once" and not Path(path).exists():
        Path(path).touch()
        os.kill(os.getpid(), signal.SIGKILL)


def shout(text: str) -> str:
    """A function for engines: harmful texts do harm, others come back in capitals."""
    harm(text)
    return text.upper()
