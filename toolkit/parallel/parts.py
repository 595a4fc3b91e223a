"""An input cut into parts: stretches of whole lines of about the same number of bytes.

A JSONL file is cut at the ends of lines by looking only where the cuts are, so each worker
reads its own stretch. What is packed, and standard input, is read here from start to end, and
its parts carry their lines with them. A part of a Parquet file is one or several of its row
groups. Small files that follow each other share a part. A line is never cut: one of 10 MB is
a part of 10 MB.
"""

from __future__ import annotations

import codecs
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO, Any

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from toolkit import records
from toolkit.errors import InputError
from toolkit.parallel.places import Place, explaining, is_address, opened, places

MEGABYTE = 1_000_000

_LOOK = 1 << 16
"""Bytes that are read at once where the end of a line is looked for."""

_LARGE = 1.5
"""A part of so many times the usual size is begun before the others."""


class Piece(Struct, frozen=True):
    """A stretch of one file: bytes from ``start`` to ``end``, or so numbered row groups.

    ``content`` are its lines where they travel with it; then ``lines`` are those before.
    """

    address: str
    start: int
    end: int
    content: bytes | None = None
    lines: int = 0

    @property
    def is_rows(self) -> bool:
        """Whether ``start`` and ``end`` are row groups of a Parquet file."""
        return self.content is None and self.address.endswith(".parquet")


class Part(Struct, frozen=True):
    """What one worker takes at a time.

    ``place`` orders the parts of an input; ``size`` is how much of the input's files it is,
    in bytes.
    """

    place: tuple[int, int]
    pieces: tuple[Piece, ...]
    size: int

    def seen_from(self, folder: Path) -> Part:
        """The same with whole paths, its relative ones being from this folder."""
        return replace(
            self,
            pieces=tuple(
                piece
                if piece.content is not None or is_address(piece.address)
                else replace(piece, address=str(folder / piece.address))
                for piece in self.pieces
            ),
        )


class Input(Struct, frozen=True):
    """The files of an input. ``name`` is what the user called it."""

    name: str
    files: tuple[Place, ...]

    @property
    def size(self) -> int:
        """Bytes of all of its files; 0 where nobody knows."""
        sizes = [file.size for file in self.files if file.size is not None]
        return sum(sizes) if len(sizes) == len(self.files) else 0


def open_input(source: object) -> Input:
    """What a file, a folder or glob of parts, an address or ``-`` means.

    Raises:
        InputError: there is nothing.
    """
    return Input(str(source), tuple(places(str(source))))


def parts(given: Input, part_size: float) -> Iterator[Part]:
    """The parts of an input, the largest first where that is known beforehand.

    Args:
        given: the input.
        part_size: about how many MB each part has.
    """
    size = max(1, int(part_size * MEGABYTE))
    plain = sorted(
        _of_files(given.files, size), key=lambda part: (-max(part.size, _LARGE * size), part.place)
    )
    yield from plain
    for number, file in enumerate(given.files):
        if file.is_streamed:
            yield from _of_stream(number, file, size)


def read(piece: Piece) -> bytes:
    """A piece as lines of JSON.

    Raises:
        InputError: it can't be read, or has changed since it was cut.
    """
    if piece.content is not None:
        return piece.content
    with opened(piece.address) as file:
        if piece.is_rows:
            return _rows(file, piece)
        with explaining(piece.address, "read"):
            file.seek(piece.start)
            content = file.read(piece.end - piece.start)
    if len(content) < piece.end - piece.start:
        raise InputError(f"{piece.address} was changed while it was read", "Run the command again.")
    return content.removeprefix(codecs.BOM_UTF8) if piece.start == 0 else content


def where(piece: Piece, number: int) -> str:
    """What errors call the line of this number in a piece, counted from 1."""
    if piece.is_rows:
        before = _rows_before(piece)
        return f"{piece.address}, row {before + number}"
    before = piece.lines if piece.content is not None else _lines_before(piece)
    return f"{piece.address}, line {before + number}"


def _of_files(files: Sequence[Place], size: int) -> Iterator[Part]:
    """Parts of those files that can be read at any place."""
    small: list[Piece] = []
    first, filled = (0, 0), 0
    for number, file in enumerate(files):
        if file.is_streamed or not file.size:
            continue
        for at, (piece, length) in enumerate(_cut(file, size)):
            if small and (filled + length > size or at):
                yield Part(first, tuple(small), filled)
                small, filled = [], 0
            if not small:
                first = (number, at)
            small.append(piece)
            filled += length
    if small:
        yield Part(first, tuple(small), filled)


def _cut(file: Place, size: int) -> Iterator[tuple[Piece, int]]:
    """Pieces of a file, each with its bytes."""
    if file.is_parquet:
        yield from _row_groups(file, size)
        return
    start, last = 0, file.size or 0
    with opened(file.address) as lines:
        while start < last:
            end = min(last, start + size)
            if end < last:
                end = _end_of_line(lines, end - 1, last)
            yield Piece(file.address, start, end), end - start
            start = end


def _end_of_line(file: IO[bytes], at: int, last: int) -> int:
    """Where the line ends that the byte ``at`` belongs to."""
    file.seek(at)
    while block := file.read(_LOOK):
        found = block.find(b"\n")
        if found >= 0:
            return min(last, at + found + 1)
        at += len(block)
    return last


def _of_stream(number: int, file: Place, size: int) -> Iterator[Part]:
    """Parts of what is read from its start to its end."""
    if file.address == "-":
        with records.unpacked(sys.stdin.buffer, "-") as stream:
            yield from _of_lines(number, file, stream, stream, size)
        return
    with opened(file.address) as raw, records.unpacked(raw, file.address) as stream:
        yield from _of_lines(number, file, raw, stream, size)


def _of_lines(
    number: int, file: Place, raw: IO[bytes], stream: IO[bytes], size: int
) -> Iterator[Part]:
    lines, taken = 0, 0
    for at, content in enumerate(_stretches(stream, size)):
        position = raw.tell() if file.size else 0
        text = content.removeprefix(codecs.BOM_UTF8) if at == 0 else content
        piece = Piece(file.address, 0, 0, text, lines)
        yield Part((number, at), (piece,), position - taken)
        lines += content.count(b"\n")
        taken = position


def _stretches(stream: IO[bytes], size: int) -> Iterator[bytes]:
    """Whole lines of at least ``size`` bytes together, but for the last ones."""
    waiting = bytearray()
    looked = size - 1
    while block := stream.read(max(size, _LOOK)):
        waiting += block
        start = 0
        while (end := waiting.find(b"\n", max(looked, start + size - 1)) + 1) > 0:
            yield bytes(waiting[start:end])
            start = end
        looked = max(size - 1, len(waiting) - start)
        del waiting[:start]
    if waiting:
        yield bytes(waiting)


def _parquet(file: IO[bytes], address: str) -> Any:
    import pyarrow as pa
    from pyarrow import parquet

    try:
        reader: Any = parquet.ParquetFile  # pyarrow has no types
        return reader(file)
    except (pa.ArrowException, OSError) as error:
        raise InputError(
            f"{address}: not a Parquet file that can be read ({error})",
            "It may have been cut short or damaged; copy or write it again.",
        ) from None


def _row_groups(file: Place, size: int) -> Iterator[tuple[Piece, int]]:
    """Row groups, so many together as fill a part when they are unpacked."""
    with opened(file.address) as raw:
        facts = _parquet(raw, file.address).metadata
        sizes = [facts.row_group(n).total_byte_size for n in range(facts.num_row_groups)]
    unpacked_size = sum(sizes) or 1
    start, filled = 0, 0
    for number, length in enumerate(sizes, 1):
        filled += length
        if filled >= size or number == len(sizes):
            share = filled * (file.size or 0) // unpacked_size
            yield Piece(file.address, start, number), share
            start, filled = number, 0


def _rows(file: IO[bytes], piece: Piece) -> bytes:
    """Rows as lines of JSON, without what is null."""
    import pyarrow as pa

    out = bytearray()
    encoder = msgspec.json.Encoder(enc_hook=str)
    table = _parquet(file, piece.address)
    try:
        groups = list(range(piece.start, piece.end))
        for batch in table.iter_batches(256, row_groups=groups, use_threads=False):
            for row in batch.to_pylist(maps_as_pydicts="strict"):
                encoder.encode_into(_without_nulls(row), out, -1)
                out += b"\n"
    except (pa.ArrowException, OSError, UnicodeDecodeError) as error:
        raise InputError(
            f"{piece.address}: can't be read to its end ({error})",
            "It may have been cut short or damaged; copy or write it again.",
        ) from None
    return bytes(out)


def _without_nulls(value: Any) -> Any:
    """Columns say null where a record of ours says nothing."""
    if isinstance(value, dict):
        return {key: _without_nulls(one) for key, one in value.items() if one is not None}
    if isinstance(value, list):
        return [_without_nulls(one) for one in value]
    return value


def _lines_before(piece: Piece) -> int:
    """Lines of the file before the piece; only errors need to know."""
    count, left = 0, piece.start
    with opened(piece.address) as file:
        while left and (block := file.read(min(left, 1 << 20))):
            count += block.count(b"\n")
            left -= len(block)
    return count


def _rows_before(piece: Piece) -> int:
    with opened(piece.address) as file:
        facts = _parquet(file, piece.address).metadata
        return sum(facts.row_group(n).num_rows for n in range(piece.start))
