"""Archives → their members, one at a time, and nothing of them on disk by name.

A member's name is a label and never a path: what is read goes into an unnamed temporary
file. Links, devices, encrypted members and archives inside of archives are refused with a
reason, each for itself; what unpacks to far more than it is, is a bomb.
"""

from __future__ import annotations

import contextlib
import io
import struct
import tarfile
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, cast

from msgspec import Struct

from toolkit.corpus.encodings import decode_name
from toolkit.corpus.unpacking import Guarded, check_size, gunzipped
from toolkit.errors import InputError

SUFFIXES = (".zip", ".tar", ".tar.gz", ".tgz")

_NESTED = (*SUFFIXES, ".7z", ".rar", ".tar.bz2", ".tar.xz", ".tar.zst")

_IN_MEMORY = 1 << 23
"""8 MiB: what a larger member has more of waits on disk, in a file without a name."""

_LONGEST_HEADER = 1 << 20
"""1 MiB: names and comments of a tar's member; they are read into memory."""

_BLOCK = 1 << 18

_UTF8_NAME = 0x800
_ENCRYPTED = 0x1
_UNICODE_PATH = 0x7075
"""Numbers of the zip format: two flags, and the field that holds a name in UTF-8."""

_DAMAGED = "It may have been cut short or damaged; copy it again."


class Member(Struct, frozen=True):
    """A member; ``open`` gives its bytes as a stream that can seek, or raises InputError.

    It must be opened, if at all, before the next member is asked for.
    """

    name: str
    open: Callable[[], contextlib.AbstractContextManager[IO[bytes]]]


def is_archive(name: str) -> bool:
    """Whether the name is that of an archive that we read."""
    return name.lower().endswith(SUFFIXES)


def members(path: Path, only: str = "") -> Iterator[Member]:
    """Members that are files and not hidden, in the archive's order.

    Raises:
        InputError: the archive can't be read, from the start or from here on.
    """
    reading = _zip_members if path.name.lower().endswith(".zip") else _tar_members
    try:
        yield from reading(path, only)
    except (OSError, EOFError, ValueError, *_BROKEN) as error:
        reason = getattr(error, "strerror", None) or str(error) or type(error).__name__
        raise InputError(f"{path}: can't be read as an archive ({reason})", _DAMAGED) from None


_BROKEN = (
    zipfile.BadZipFile,
    tarfile.TarError,
    zlib.error,
    struct.error,
    NotImplementedError,  # a way to pack that zipfile doesn't know
    RuntimeError,
)
"""What zipfile and tarfile raise of archives that aren't what they say."""


def _wanted(name: str, only: str) -> bool:
    if only:
        return name == only
    parts = name.split("/")
    hidden = any(part.startswith(".") and part not in {".", ".."} for part in parts)
    return not hidden and "__MACOSX" not in parts


def _zip_members(path: Path, only: str) -> Iterator[Member]:
    size = path.stat().st_size
    given = 0
    with zipfile.ZipFile(path) as archive:
        for info in archive.infolist():
            name = _label(_zip_name(info))
            if info.is_dir() or name.endswith("/") or not _wanted(name, only):
                continue
            origin = f"{path}!{name}"

            @contextlib.contextmanager
            def opening(info: zipfile.ZipInfo = info, origin: str = origin) -> Iterator[IO[bytes]]:
                nonlocal given
                _refuse_nested(origin)
                if info.flag_bits & _ENCRYPTED:
                    raise InputError(f"{origin}: is encrypted", "Unpack it with its password.")
                packed = min(info.compress_size, size)
                with _explaining(origin), archive.open(info) as inner:
                    spool = _spooled(Guarded(inner, lambda: packed, origin))
                with spool as file:
                    given += file.seek(0, io.SEEK_END)
                    # Members that share their bytes stay below the limit, each for itself.
                    check_size(given, lambda: size, str(path))
                    file.seek(0)
                    yield file

            yield Member(name, opening)


def _tar_members(path: Path, only: str) -> Iterator[Member]:
    with path.open("rb") as file:
        is_packed = file.read(2) == b"\x1f\x8b"
        file.seek(0)
        stream = gunzipped(file, str(path)) if is_packed else file
        with tarfile.open(
            fileobj=stream, mode="r|", tarinfo=_Header, encoding="utf-8", errors="surrogateescape"
        ) as archive:
            for info in archive:
                archive.members = []  # type: ignore[attr-defined] # or it remembers them all
                name = _label(info.name.encode("utf-8", "surrogateescape"))
                if info.isdir() or not _wanted(name, only):
                    continue

                @contextlib.contextmanager
                def opening(
                    info: tarfile.TarInfo = info, origin: str = f"{path}!{name}"
                ) -> Iterator[IO[bytes]]:
                    _refuse_nested(origin)
                    _refuse_special(info, origin)
                    with _explaining(origin):
                        spool = _spooled(cast("IO[bytes]", archive.extractfile(info)))
                    with spool as member:
                        yield member

                yield Member(name, opening)
        if is_packed:
            while stream.read(_BLOCK):  # to the checksum at the end
                pass


class _Header(tarfile.TarInfo):
    """A header that is refused where it is damaged; tarfile takes it for the archive's end."""

    @classmethod
    def fromtarfile(cls, tarfile_: tarfile.TarFile) -> _Header:
        try:
            return super().fromtarfile(tarfile_)
        except tarfile.HeaderError as error:
            if type(error).__name__ in {"EOFHeaderError", "EmptyHeaderError"}:
                raise
            raise tarfile.ReadError(str(error)) from None

    @classmethod
    def frombuf(cls, buf: bytes | bytearray, encoding: str, errors: str) -> _Header:
        header = super().frombuf(buf, encoding, errors)
        if header.type in _NAMES and header.size > _LONGEST_HEADER:
            raise tarfile.ReadError(f"a header of {header.size:,} bytes")
        return header


_NAMES = (
    tarfile.XHDTYPE,
    tarfile.XGLTYPE,
    tarfile.SOLARIS_XHDTYPE,
    tarfile.GNUTYPE_LONGNAME,
    tarfile.GNUTYPE_LONGLINK,
)
"""Types of headers whose content tarfile reads into memory."""


def _refuse_nested(origin: str) -> None:
    if origin.lower().endswith(_NESTED):
        raise InputError(f"{origin}: is an archive inside of an archive", "Unpack the outer one.")


def _refuse_special(info: tarfile.TarInfo, origin: str) -> None:
    if info.issym() or info.islnk():
        raise InputError(f"{origin}: is a link", "Put the file itself into the archive.")
    if info.issparse() or not info.isfile():
        raise InputError(f"{origin}: is no ordinary file", "Put only files into the archive.")


def _spooled(stream: IO[bytes] | io.RawIOBase) -> IO[bytes]:
    """The bytes as a file without a name, in memory as long as they are few."""
    spool = tempfile.SpooledTemporaryFile(_IN_MEMORY)  # noqa: SIM115 - the caller closes it
    try:
        while block := stream.read(_BLOCK):
            spool.write(block)
    except BaseException:
        spool.close()
        raise
    spool.seek(0)
    return cast("IO[bytes]", spool)


@contextlib.contextmanager
def _explaining(origin: str) -> Iterator[None]:
    """One member that can't be unpacked says nothing about the others."""
    try:
        yield
    except (OSError, EOFError, *_BROKEN) as error:
        raise InputError(f"{origin}: can't be unpacked ({error})", _DAMAGED) from None


def _zip_name(info: zipfile.ZipInfo) -> bytes | str:
    """The name as it stands there, where nothing says that it is UTF-8."""
    if info.flag_bits & _UTF8_NAME:
        return info.orig_filename
    extra = info.extra
    while len(extra) >= 4:  # noqa: PLR2004 - number and length of a field
        number, length = struct.unpack("<HH", extra[:4])
        if number == _UNICODE_PATH:
            return extra[9 : 4 + length]  # behind a version and a checksum
        extra = extra[4 + length :]
    # zipfile reads it as the encoding of old PCs, which has a character for each byte.
    return info.orig_filename.encode("cp437", "replace")


def _label(name: bytes | str) -> str:
    """A name to show and to look up: ``/`` between folders, nothing that can't be printed."""
    text = decode_name(name) if isinstance(name, bytes) else name
    shown = "".join(c if c.isprintable() else "�" for c in text.replace("\\", "/"))
    while shown.startswith("./"):
        shown = shown[2:]
    return shown
