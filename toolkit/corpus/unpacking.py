"""Packed bytes → bytes, with a limit on how many of them may come out.

A few kilobytes can unpack to petabytes; whoever opens a stranger's archive must not have
to know that. Limits are checked while reading, since what an archive says of itself may be
a lie.
"""

from __future__ import annotations

import contextlib
import gzip
import io
import zlib
from collections.abc import Callable, Iterator, Sequence
from pathlib import PurePosixPath
from typing import IO, Any, cast

from toolkit.errors import InputError
from toolkit.records import ZstdReader

MOST_TIMES = 200
"""Bytes out for one byte in. Text packs to a twentieth at best, machine-made rows to a
hundredth; deflate can reach 1,032, and bombs do."""

FREE_BYTES = 1 << 25
"""32 MiB: what may come out whatever went in; no machine minds that, and a short file of
repeated rows packs better than its ratio in the long run."""

MOST_BYTES = 1 << 35
"""32 GiB from one packed file: three times the largest corpus file that we plan for, and
less than what fills a disk."""

_HINT = "It looks like a decompression bomb; unpack it yourself if you trust it."

_PACKED = (".gz", ".zst")

_ZSTD_BLOCK = 1 << 12
"""Packed bytes; what they unpack to is in memory at once, and that is 128 MiB at worst."""


class Guarded(io.RawIOBase):
    """A stream that refuses to give more than what went in can honestly hold.

    Args:
        inner: gives the unpacked bytes.
        packed: how many packed bytes went in so far.
        origin: names the stream in errors.
    """

    def __init__(self, inner: IO[bytes], packed: Callable[[], int], origin: str) -> None:
        super().__init__()
        self._inner = inner
        self._packed = packed
        self._origin = origin
        self._given = 0

    def readable(self) -> bool:
        """It is."""
        return True

    def seekable(self) -> bool:
        """As far as what it guards is."""
        return self._inner.seekable()

    def seek(self, offset: int, whence: int = 0) -> int:
        """To the start again (the only place that unpacked bytes can be had from)."""
        if (offset, whence) != (0, io.SEEK_SET):
            raise io.UnsupportedOperation("a packed stream can only be read from its start")
        self._given = 0
        return self._inner.seek(0)

    def tell(self) -> int:
        """Bytes given since the start."""
        return self._given

    def readinto(self, buffer: Any) -> int:
        """As any raw stream's.

        Raises:
            InputError: too much has come out, or the packed bytes are damaged.
        """
        try:
            data = self._inner.read(len(buffer))
        except (OSError, EOFError, zlib.error) as error:
            raise InputError(
                f"{self._origin}: can't be unpacked to its end ({error})",
                "It may have been cut short or damaged; copy it again.",
            ) from None
        self._given += len(data)
        check_size(self._given, self._packed, self._origin)
        buffer[: len(data)] = data
        return len(data)


def check_size(given: int, packed: Callable[[], int], origin: str) -> None:
    """Refuse what is too much for ``packed()`` bytes, or at all.

    Raises:
        InputError: it is.
    """
    if given > MOST_BYTES:
        raise InputError(f"{origin}: unpacks to more than {MOST_BYTES:,} bytes", _HINT)
    if given > FREE_BYTES and given > MOST_TIMES * packed():
        raise InputError(f"{origin}: unpacks to more than {MOST_TIMES} times its size", _HINT)


def gunzipped(file: IO[bytes], origin: str) -> io.BufferedReader:
    """A gzip stream unpacked, within limits."""
    inner = cast("IO[bytes]", gzip.GzipFile(fileobj=file, mode="rb"))
    return io.BufferedReader(Guarded(inner, file.tell, origin), 1 << 17)


@contextlib.contextmanager
def unpacked(file: IO[bytes], name: str, origin: str) -> Iterator[IO[bytes]]:
    """The file as it is, or what is in it where its name ends in ``.gz`` or ``.zst``."""
    suffix = PurePosixPath(name).suffix.lower()
    if suffix == ".gz":
        with gunzipped(file, origin) as stream:
            yield stream
    elif suffix == ".zst":
        with io.BufferedReader(Guarded(_unpacked_zstd(file), file.tell, origin), 1 << 17) as stream:
            yield stream
    else:
        yield file


def check_suffix(name: str, origin: str, known: Sequence[str]) -> str:
    """The format that a name says, without what packs it.

    Raises:
        InputError: it isn't one of the known ones.
    """
    path = PurePosixPath(name.lower())
    suffix = path.suffix
    if suffix in _PACKED:
        suffix = path.with_suffix("").suffix
    if suffix not in known:
        raise InputError(
            f"{origin}: {path.suffix or 'a file without a suffix'} is not read",
            f"We read {', '.join(known)}, and .zip and .tar.gz archives of them.",
        )
    return suffix


class _Rewinding(io.RawIOBase):
    """Zstandard frames as one stream that can go back to its start."""

    def __init__(self, file: IO[bytes]) -> None:
        super().__init__()
        self._file = file
        self._stream = ZstdReader(file, _ZSTD_BLOCK)

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = 0) -> int:
        self._file.seek(offset, whence)
        self._stream = ZstdReader(self._file, _ZSTD_BLOCK)
        return offset

    def readinto(self, buffer: Any) -> int:
        return self._stream.readinto(buffer)


def _unpacked_zstd(file: IO[bytes]) -> IO[bytes]:
    return cast("IO[bytes]", _Rewinding(file))
