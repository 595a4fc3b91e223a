"""Files and folders → raw text with its encoding and its hash; and back to it again."""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Iterator, Sequence
from pathlib import Path

from msgspec import Struct

from toolkit.corpus.encodings import decode
from toolkit.corpus.rows import READERS, texts_of
from toolkit.errors import InputError, RecordError
from toolkit.model import Document

_CHANGED = "Ingest it again to get documents that fit."


class RawFile(Struct, frozen=True):
    """A file's text as it stands there, its encoding, and the SHA-256 of its bytes."""

    text: str
    encoding: str
    sha256: str


def find_files(paths: Sequence[Path]) -> list[Path]:
    """The files that the paths name, each once; folders are walked in sorted order.

    Hidden files and folders inside of a folder are passed over, other files that can't be
    read later are not.

    Raises:
        InputError: a path isn't there, or there is no file at all.
    """
    found: dict[Path, Path] = {}
    for path in paths:
        if not _exists(path):
            raise InputError(f"{path}: no such file or folder", "Is the path right?")
        for file in _walk(path) if path.is_dir() else [path]:
            found.setdefault(Path(os.path.realpath(file)), file)
    if not found:
        where = ", ".join(str(path) for path in paths) or "no path given"
        raise InputError(
            f"corpus is empty: no file in {where}", f"Put {'/'.join(READERS)} files there."
        )
    return list(found.values())


def read_raw(path: Path) -> RawFile:
    """Read a file as text.

    Raises:
        InputError: it isn't there or can't be opened.
        DecodeError: its bytes aren't text in an encoding that we know.
    """
    try:
        if not stat.S_ISREG(path.stat().st_mode):  # a pipe would keep us waiting
            raise InputError(f"{path}: can't be read (is no file)", "Name a file with text in it.")
        data = path.read_bytes()
    except FileNotFoundError:
        raise InputError(f"{path}: no such file", "Was it moved or deleted?") from None
    except OSError as error:
        raise InputError(f"{path}: can't be read ({error.strerror})") from None
    text, encoding = decode(data, str(path))
    return RawFile(text, encoding, hashlib.sha256(data).hexdigest())


def raw_text(document: Document, root: Path) -> str:
    """The raw text that the document's alignment points into, read again from its file.

    Args:
        document: one that ``ingest`` made.
        root: the folder that ``source.path`` is relative to.

    Raises:
        InputError: the document has no source, or its file is gone or has changed.
    """
    source = document.source
    if source is None:
        raise InputError(
            f"document {document.id!r} names no source file",
            "Only documents that 'toolkit ingest' made have one.",
        )
    path = root / source.path
    raw = read_raw(path)
    if raw.sha256 != source.sha256:
        raise InputError(f"{path}: has changed since {document.id!r} was read from it", _CHANGED)
    row = document.meta.get("row", "0") if path.suffix.lower() in (".csv", ".jsonl") else "0"
    for text in texts_of(raw.text, path.suffix, str(path)):
        if not isinstance(text, RecordError) and str(text.row) == row:
            return text.text
    raise InputError(f"{path}: has no row {row}", _CHANGED)


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except OSError:  # a name that no file can have, a folder that can't be entered
        return False


def _walk(folder: Path) -> Iterator[Path]:
    try:
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except OSError as error:
        raise InputError(f"{folder}: can't be listed ({error.strerror})") from None
    for entry in entries:
        if entry.name.startswith("."):
            continue
        # A link to a folder is not followed: it may lead back up.
        if entry.is_dir(follow_symlinks=False):
            yield from _walk(Path(entry.path))
        elif not entry.is_symlink() or not Path(entry.path).is_dir():
            yield Path(entry.path)
