"""Where the results of all parts go: one file, a folder with a file a part, standard output.

A folder is what ends in ``/``, is a folder already, or ends in a name with a star, which
stands for the number of the part: ``out/part-*.jsonl.gz``.
"""

from __future__ import annotations

import contextlib
import glob
import os
import secrets
import shutil
from collections.abc import Iterable, Iterator, Sequence
from fnmatch import fnmatchcase
from pathlib import Path
from typing import IO

import msgspec

from toolkit import records
from toolkit.errors import InputError, UsageError
from toolkit.parallel.places import explaining, filesystem, is_address

_BLOCK = 1 << 20
"""Bytes that are written at once: what packs them may give other bytes for other blocks."""

_USUAL_NAME = "part-*.jsonl"


def put_together(target: str, parts: Sequence[Path]) -> None:
    """Write the results of parts, in order, whole or not at all.

    Args:
        target: a path, an address, or ``-``.
        parts: files whose first line is a tally and no result.

    Raises:
        InputError: it can't be written.
    """
    folder = folder_of(target)
    if folder is None:
        with _writing(target) as out:
            _copy(parts, out)
    elif is_address(target):
        _into_remote_folder(*folder, parts)
    else:
        _into_folder(Path(folder[0]), folder[1], parts)


def refuse_to_replace(target: str, sources: Iterable[str]) -> None:
    """See to it that no file that is read is one that is written or, as an old one, removed.

    Args:
        target: as of ``put_together``.
        sources: paths and addresses of files.

    Raises:
        UsageError: one is.
    """
    if target == "-":
        return
    folder = folder_of(target)
    head, name = folder or target.rpartition("/")[::2]
    pattern = name if folder else glob.escape(name)
    place = _place_of(head)
    for source in sources:
        of_source, _, called = source.rpartition("/")
        if fnmatchcase(called, pattern) and _place_of(of_source) == place:
            raise UsageError(
                f"{source} is read, and {target} would replace it",
                "Name another place for the result.",
            )


def _place_of(folder: str) -> str:
    return folder.rstrip("/") if is_address(folder) else os.path.realpath(folder)


def folder_of(target: str) -> tuple[str, str] | None:
    """The folder that a target means, and the names of its files; null for one file."""
    head, _, name = target.rpartition("/")
    if "*" in name:
        return head or ".", name
    if target != "-" and not name:
        return head or "/", _USUAL_NAME
    if not is_address(target) and Path(target).is_dir():
        return target, _USUAL_NAME
    return None


def beside(target: str, what: str) -> str | None:
    """A file beside a target that tells more of it; null beside standard output."""
    if target == "-":
        return None
    folder = folder_of(target)
    place = folder[0] if folder else target
    head, slash, name = place.rstrip("/").rpartition("/")
    stem = name.removesuffix(".gz").removesuffix(".zst").removesuffix(".jsonl")
    return f"{head}{slash}{stem}.{what}.jsonl"


def write_beside(address: str, lines: Iterable[object]) -> None:
    """Write records to a file; no records, no file, and none that was there."""
    known = list(lines)
    if is_address(address):
        system, path = filesystem(address)
        if known:
            with _writing(address) as out:
                out.write(b"".join(msgspec.json.encode(one) + b"\n" for one in known))
        elif system.exists(path):
            system.rm(path)
    elif known:
        records.write_jsonl(address, known)
    else:
        Path(address).unlink(missing_ok=True)


@contextlib.contextmanager
def _writing(target: str) -> Iterator[IO[bytes]]:
    if not is_address(target):
        with records.writing(target) as out:
            yield out
        return
    system, path = filesystem(target)
    with (
        explaining(target, "written"),
        system.transaction,
        system.open(path, "wb") as raw,
        records.packed(raw, path) as out,
    ):
        yield out


def _copy(parts: Iterable[Path], out: IO[bytes]) -> None:
    waiting = bytearray()
    for part in parts:
        with part.open("rb") as file:
            file.readline()
            while block := file.read(_BLOCK):
                waiting += block
                if len(waiting) >= _BLOCK:
                    out.write(waiting[:_BLOCK])
                    del waiting[:_BLOCK]
    out.write(waiting)


def _names(name: str, parts: Sequence[Path]) -> list[str]:
    digits = max(5, len(str(len(parts))))
    return [name.replace("*", f"{number:0{digits}}", 1) for number in range(len(parts))]


def _into_folder(folder: Path, name: str, parts: Sequence[Path]) -> None:
    """All files are made in a folder of their own first, then each takes its place."""
    new = folder / f".{secrets.token_hex(6)}.part"
    names = _names(name, parts)
    try:
        try:
            new.mkdir(parents=True)
        except OSError as error:
            raise InputError(
                f"{folder}: can't be written ({error.strerror})", "Name another place."
            ) from None
        for one, part in zip(names, parts, strict=True):
            with records.writing(new / one) as out:
                _copy([part], out)
        for one in names:
            (new / one).replace(folder / one)
        for old in sorted(folder.glob(name)):
            if old.name not in names:
                old.unlink()
    finally:
        shutil.rmtree(new, ignore_errors=True)


def _into_remote_folder(folder: str, name: str, parts: Sequence[Path]) -> None:
    names = _names(name, parts)
    for one, part in zip(names, parts, strict=True):
        with _writing(f"{folder}/{one}") as out:
            _copy([part], out)
    system, path = filesystem(folder)
    written = {f"{path.rstrip('/')}/{one}" for one in names}
    for old in system.glob(f"{path.rstrip('/')}/{name}"):
        if old not in written:
            system.rm(old)
