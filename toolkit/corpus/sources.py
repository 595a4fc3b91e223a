"""Files and folders → what can be read: a stream of bytes, its place and its hash.

An archive is as many sources as it has members; a file's place is its path, a member's is
``corpus/a.zip!folder/b.txt``. ``name.jsonl.gz`` and ``name.jsonl.zst`` are read unpacked.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
import stat
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO, Any, cast

from msgspec import Struct

from toolkit.corpus import archives
from toolkit.corpus.unpacking import check_suffix, unpacked
from toolkit.errors import InputError, UsageError
from toolkit.records import replacing

SUFFIXES = (
    *(".txt", ".md", ".html", ".htm"),
    *(".csv", ".tsv", ".xlsx", ".jsonl", ".parquet"),
)
"""What we read, and what ``toolkit.corpus.readers`` has a reader for."""

_BLOCK = 1 << 20


class RawSource(Struct, frozen=True):
    """An open file, or member of an archive.

    ``origin`` names it in errors. ``member`` is its name inside of the archive, empty for a
    file. ``suffix`` is the format, a member of ``SUFFIXES``. ``stream`` can seek, stands at
    its start, and is open until the next source is asked for. ``sha256`` is that of the
    bytes as they are stored: packed, where the name ends in ``.gz`` or ``.zst``.
    """

    origin: str
    path: Path
    member: str
    suffix: str
    stream: Any
    sha256: str

    @property
    def name(self) -> str:
        """The file's name without folders."""
        return self.member.rpartition("/")[2] if self.member else self.path.name


def find_files(paths: Sequence[Path]) -> list[Path]:
    """The files that the paths name, each once; folders are walked in sorted order.

    Hidden files and folders inside of a folder are passed over. Other files that can't be
    read later are not, and a folder that can't be listed stands for what is in it.

    Raises:
        InputError: a path isn't there, or there is no file at all.
    """
    found: dict[str, Path] = {}
    for path in paths:
        if not _exists(path):
            raise InputError(f"{path}: no such file or folder", "Is the path right?")
        real = os.path.realpath(path)
        files = _walk(str(path), real) if path.is_dir() else [(str(path), real)]
        for file, place in files:
            if place not in found:
                found[place] = Path(file)
    if not found:
        where = ", ".join(str(path) for path in paths) or "no path given"
        raise InputError(
            f"corpus is empty: no file in {where}",
            f"Put {'/'.join(SUFFIXES)} files or archives of them there.",
        )
    return list(found.values())


def opened(path: Path, only: str = "") -> Iterator[RawSource | InputError]:
    """The sources that a file holds: itself, or its members; a reason for each that can't be.

    Args:
        path: a file, or a .zip, .tar, .tar.gz or .tgz.
        only: the one member to open; the others are passed over.

    Raises:
        InputError: the file isn't there, can't be read, or is not of a kind that we read.
    """
    if archives.is_archive(path.name):
        check_regular(path)
        yield from _members(path, only)
        return
    check_regular(path)
    suffix = check_suffix(path.name, str(path), SUFFIXES)
    with _explaining(path), path.open("rb") as file:
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
        file.seek(0)
        with unpacked(file, path.name, str(path)) as stream:
            yield RawSource(str(path), path, "", suffix, stream, sha256)


def located(place: str, root: Path) -> tuple[Path, str]:
    """The file, and the member of it, that a ``source.path`` names."""
    if (root / place).is_file():
        return root / place, ""
    pieces = place.split("!")
    for count in range(1, len(pieces)):
        path = root / "!".join(pieces[:count])
        if archives.is_archive(path.name) and path.is_file():
            return path, "!".join(pieces[count:])
    if len(pieces) > 1 and archives.is_archive(pieces[0]):
        return root / pieces[0], "!".join(pieces[1:])
    return root / place, ""


@contextlib.contextmanager
def kept(stream: IO[bytes], folder: Path, format_: str = "txt") -> Iterator[Path]:
    """What comes in, as a file that documents can point back to.

    It is called ``stdin-``, the first twelve hexadecimal digits of its SHA-256, and the
    format: the same input twice is one file. Where the block fails the file goes again,
    unless it was there before.

    Args:
        stream: read to its end, in constant memory.
        folder: where the file is kept; made if need be.
        format_: what the input is, a suffix that we read without its dot; never guessed.

    Raises:
        UsageError: the format isn't one that we read.
        InputError: nothing came in, or the file can't be written.
    """
    if f".{format_}" not in SUFFIXES:
        names = ", ".join(suffix[1:] for suffix in SUFFIXES)
        raise UsageError(f"standard input can't be read as {format_!r}", f"Formats: {names}.")
    with tempfile.TemporaryFile() as spool:
        digest = hashlib.sha256()
        while block := stream.read(_BLOCK):
            digest.update(block)
            spool.write(block)
        if not spool.tell():
            raise InputError("standard input is empty", "Pipe something into the command.")
        spool.seek(0)
        path = folder / f"stdin-{digest.hexdigest()[:12]}.{format_}"
        is_new = not path.exists()
        if is_new:
            with replacing(path) as out:
                shutil.copyfileobj(spool, out, _BLOCK)
    try:
        yield path
    except BaseException:
        if is_new:
            path.unlink(missing_ok=True)
        raise


def check_regular(path: Path) -> None:
    """Refuse what is no file; opening a pipe would keep us waiting.

    Raises:
        InputError: it isn't there, or isn't a file; of a folder, why it can't be listed.
    """
    with _explaining(path):
        mode = path.stat().st_mode
        if stat.S_ISDIR(mode):
            os.scandir(path).close()
        if not stat.S_ISREG(mode):
            raise InputError(f"{path}: can't be read (is no file)", "Name a file with text in it.")


def _members(path: Path, only: str) -> Iterator[RawSource | InputError]:
    for member in archives.members(path, only):
        origin = f"{path}!{member.name}"
        try:
            suffix = check_suffix(member.name, origin, SUFFIXES)
            with member.open() as file:
                sha256 = hashlib.file_digest(cast("Any", file), "sha256").hexdigest()
                file.seek(0)
                with unpacked(file, member.name, origin) as stream:
                    yield RawSource(origin, path, member.name, suffix, stream, sha256)
        except InputError as error:
            yield error


@contextlib.contextmanager
def _explaining(path: Path) -> Iterator[None]:
    try:
        yield
    except FileNotFoundError:
        raise InputError(f"{path}: no such file", "Was it moved or deleted?") from None
    except OSError as error:
        raise InputError(f"{path}: can't be read ({error.strerror or error})") from None


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except OSError:  # a name that no file can have, a folder that can't be entered
        return False


def _walk(folder: str, real: str) -> Iterator[tuple[str, str]]:
    """Each file below, and its real place; a folder that can't be listed is one of them."""
    waiting = [(folder, real, True)]
    while waiting:
        path, place, is_folder = waiting.pop()
        entries = _entries(path) if is_folder else None
        if entries is None:
            yield path, place  # reading a folder says why it can't be listed
            continue
        for entry in reversed(entries):
            # A link to a folder is not followed: it may lead back up.
            if entry.is_dir(follow_symlinks=False):
                waiting.append((entry.path, f"{place}/{entry.name}", True))
            elif not entry.is_symlink():
                waiting.append((entry.path, f"{place}/{entry.name}", False))
            elif not Path(entry.path).is_dir():
                waiting.append((entry.path, os.path.realpath(entry.path), False))


def _entries(folder: str) -> list[os.DirEntry[str]] | None:
    """What is in a folder and not hidden, by name; None where it can't be listed."""
    try:
        with os.scandir(folder) as found:
            entries = [entry for entry in found if not entry.name.startswith(".")]
    except OSError:
        return None
    return sorted(entries, key=lambda entry: entry.name)
