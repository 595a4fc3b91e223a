"""Compiled packs in the user's cache, so that a start needn't compile.

A file is named after what it was made from, holds plain data (no code of Python's; the
numbers of compiled patterns are checked by ``re``) and carries its own checksum. Only files
in a folder that is ours, and that nobody else can write, are read; one that is damaged,
foreign or of another version is passed over and made again.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import stat
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import TypeVar

import msgspec

from toolkit import resources
from toolkit.errors import InputError
from toolkit.records import replacing
from toolkit.rules.expression import BUILD

_KEPT = 12
"""Compiled packs, or files of their patterns, that are kept; the oldest go first."""

_LARGEST = 500_000_000
"""Bytes; a larger file isn't ours."""

Kept = TypeVar("Kept")

_MAGIC = b"zh-ner-pack\n"
_CHECKSUM = 32


def key_of(content: bytes) -> str:
    """A name for what is compiled from this content by this version of the toolkit."""
    digest = hashlib.sha256(content)
    digest.update(_maker())
    return digest.hexdigest()


def load(key: str, kind: type[Kept], folder: str = "packs") -> Kept | None:
    """What was kept under this name, if it is there and can be trusted."""
    content = _read_own(_folder(folder) / f"{key}.pack")
    if content is None or not content.startswith(_MAGIC):
        return None
    checksum = content[len(_MAGIC) : len(_MAGIC) + _CHECKSUM]
    body = memoryview(content)[len(_MAGIC) + _CHECKSUM :]
    if _checksum(key, body) != checksum:
        return None
    try:
        return msgspec.msgpack.decode(body, type=kind)
    except msgspec.DecodeError:
        return None


def store(key: str, content: object, name: str = "packs") -> None:
    """Keep something, in a folder of this name; where that isn't possible, nothing happens."""
    try:
        body = msgspec.msgpack.encode(content)
    except OverflowError:  # a number that a person wrote, of more than 64 bits
        return
    checksum = _checksum(key, body)
    folder = _folder(name)
    with contextlib.suppress(OSError, InputError):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not _is_private(folder.lstat(), stat.S_ISDIR):
            return
        with replacing(folder / f"{key}.pack", mode=0o600) as out:
            out.write(_MAGIC + checksum + body)
        known = sorted(folder.glob("*.pack"), key=lambda path: path.stat().st_mtime)
        for old in known[:-_KEPT]:
            old.unlink()


def _checksum(key: str, body: bytes | memoryview) -> bytes:
    digest = hashlib.sha256(key.encode())
    digest.update(body)
    return digest.digest()


def _folder(name: str) -> Path:
    return resources.cache_folder() / name


def _read_own(path: Path) -> bytes | None:
    """What a file of our own holds; none if it isn't there, or anyone else could write it."""
    try:
        if not _is_private(path.parent.lstat(), stat.S_ISDIR):
            return None
        # Neither a link nor a pipe that never answers.
        flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
        with os.fdopen(os.open(path, flags), "rb") as file:
            known = os.fstat(file.fileno())
            if not _is_private(known, stat.S_ISREG) or known.st_size > _LARGEST:
                return None
            return file.read()
    except OSError:
        return None


def _is_private(known: os.stat_result, of_kind: Callable[[int], bool]) -> bool:
    kind = of_kind(known.st_mode)
    if not hasattr(os, "getuid"):
        return kind
    others = known.st_mode & (stat.S_IWGRP | stat.S_IWOTH)
    return kind and known.st_uid == os.getuid() and not others


@cache
def _maker() -> bytes:
    """What compiles: our own code, Python's parser of patterns, the automaton's library."""
    import daachorse

    digest = hashlib.sha256(BUILD.encode())
    for module, files in ((daachorse.__file__, "*.*"), (__file__, "*.py")):
        for path in sorted(Path(module).parent.glob(files)):
            digest.update(path.read_bytes())
    return digest.digest()
