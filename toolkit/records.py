"""Streams of records: JSON Lines in and out, whole or not at all, and pandas frames.

A path that ends in ``.gz`` or ``.zst`` is compressed; ``-`` is standard input or
output. Files are written beside their place and then renamed, so that a reader sees
the old file or the new one and never half of one. A compressed file that was cut short
is an error and not a shorter file.
"""

from __future__ import annotations

import codecs
import contextlib
import errno
import glob
import gzip
import io
import os
import secrets
import stat
import sys
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, TypeVar, cast

import msgspec
from msgspec import structs

from toolkit.errors import InputError, OffsetError, RecordError
from toolkit.model import Annotation, Document, GoldDocument, Span, Suggestion, latest_annotations
from toolkit.spans import check_spans

if TYPE_CHECKING:
    import pandas as pd

T = TypeVar("T")

_MEND = "Mend the line, or make the file again with the command that wrote it."

_NO_RECORDS = (
    "Records are JSON objects, one a line. Raw files go through 'toolkit ingest' first, "
    "labelled ones of other formats through 'toolkit import'."
)

SCHEMA_VERSION = 1
"""Version of the record formats; it grows when a reader of older files would be misled."""

SPAN_COLUMNS = ("doc_id", "annotator", "start", "end", "label", "text")
"""The columns that every frame of spans begins with; one row a span."""


def read_jsonl(path: Path | str, type_: type[T]) -> Iterator[T]:
    """Read records one at a time; blank lines and a byte order mark are passed over.

    Raises:
        InputError: the file isn't there or can't be read.
        RecordError: a line isn't a ``type_``; names file, line and field.
    """
    with reading(path) as lines:
        yield from decoded(_without_mark(lines), type_, lambda number: f"{path}, line {number}")


def decoded(lines: Iterable[bytes], type_: type[T], where: Callable[[int], str]) -> Iterator[T]:
    """The records of lines, one at a time; blank lines are passed over.

    Args:
        lines: each with its end or without.
        type_: what they are.
        where: what errors call the line of a number, counted from 1.

    Raises:
        RecordError: a line isn't a ``type_``; names the line and the field.
    """
    decoder = msgspec.json.Decoder(type_)
    for number, line in enumerate(lines, 1):
        if not line or line.isspace():
            continue
        try:
            yield decoder.decode(line)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            is_object = line.removeprefix(codecs.BOM_UTF8).lstrip().startswith(b"{")
            kind = f"{'an' if type_.__name__[0] in 'AEIOU' else 'a'} {type_.__name__}"
            raise RecordError(
                f"{where(number)}: not {kind} record ({error})",
                _MEND if is_object else _NO_RECORDS,
            ) from None


def _without_mark(lines: Iterable[bytes]) -> Iterator[bytes]:
    """The lines of a file without the byte order mark that it may begin with."""
    rest = iter(lines)
    for line in rest:
        yield line.removeprefix(codecs.BOM_UTF8)
        break
    yield from rest


def write_jsonl(path: Path | str, records: Iterable[Any]) -> int:
    """Write records, whole or not at all.

    Where ``path`` is ``-`` and whoever reads our standard output has had enough
    (``| head``), writing stops there, and that is no error.

    Returns:
        How many records were written.

    Raises:
        InputError: the file can't be written.
        RecordError: a record holds half of a surrogate pair, which no file can hold.
    """
    encoder = msgspec.json.Encoder()
    count = 0
    buffer = bytearray()
    with writing(path) as out:
        for record in records:
            try:
                encoder.encode_into(record, buffer)
            except UnicodeEncodeError as error:
                raise RecordError(
                    f"{path}: record {count + 1} can't be written as UTF-8 ({error.reason})",
                    "Half of a surrogate pair is no text; was a file name or a text misread?",
                ) from None
            buffer += b"\n"
            out.write(buffer)
            buffer.clear()
            count += 1
    return count


def write_text(path: Path, text: str, *, mode: int | None = None) -> None:
    """Write a small text file, whole or not at all; ``mode`` is set before it has content."""
    with replacing(path, mode=mode) as out:
        out.write(text.encode())


@contextlib.contextmanager
def replacing(path: Path, *, mode: int | None = None) -> Iterator[IO[bytes]]:
    """A file that takes ``path``'s place when the block ends well, and else never existed.

    Without a ``mode`` it gets that of the file it replaces, or what any new file gets. A
    link stays a link, and what it points to is replaced; a device or a pipe
    (``/dev/stdout``) can't be replaced and is written to.

    Raises:
        InputError: there can't be a file at ``path``, or the disk is full.
    """
    with _explaining(path):
        known = _stat(path)
        if known and stat.S_ISDIR(known.st_mode):
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
    if known and not stat.S_ISREG(known.st_mode):
        with path.open("wb") as out:
            yield out
        return
    if mode is None and known:
        mode = stat.S_IMODE(known.st_mode)
    place = Path(os.path.realpath(path))
    part = place.with_name(_part_name(place, secrets.token_hex(6)))
    with _explaining(path):
        place.parent.mkdir(parents=True, exist_ok=True)
        created = _created(part, mode)
    try:
        # Outside of the file: where the disk is full, closing it fails once more.
        with _explaining(path, _DISK_TROUBLE), created as out:
            yield out
            out.flush()
            os.fsync(out.fileno())
        with _explaining(path):
            part.replace(place)
    except BaseException:
        with contextlib.suppress(OSError):
            part.unlink()
        raise


def remove_parts(path: Path) -> None:
    """Remove what killed writers of ``path`` left beside it; only while nobody writes it."""
    place = Path(os.path.realpath(path))
    pattern = _part_name(Path(glob.escape(place.name)), "[0-9a-f]" * 12)
    for part in place.parent.glob(pattern):
        with contextlib.suppress(OSError):
            part.unlink()


def _part_name(place: Path, token: str) -> str:
    """What a file is called while it is written: hidden, and beside its place."""
    # A long name and our additions to it might not fit together.
    return f".{place.name[:40]}.{token}.part"


def spans_frame(records: Iterable[Suggestion | Annotation | GoldDocument]) -> pd.DataFrame:
    """One row a span: ``SPAN_COLUMNS``, then the fields that only some spans have.

    ``annotator`` is the annotator, the model version of a suggestion, or ``"gold"``.
    """
    import pandas as pd

    rows = []
    for record in records:
        who = {Suggestion: "model_version", Annotation: "annotator"}.get(type(record))
        annotator = getattr(record, who) if who else "gold"
        rows += [
            {
                "doc_id": record.doc_id,
                "annotator": annotator,
                **{name: getattr(span, name) for name in span.__struct_fields__},
            }
            for span in cast("tuple[Span, ...]", record.spans)
        ]
    frame = pd.DataFrame(rows)
    extra = [name for name in frame.columns if name not in SPAN_COLUMNS]
    frame = frame.reindex(columns=[*SPAN_COLUMNS, *extra])
    # The same columns of the same kinds where there are no spans at all.
    return frame.astype(
        {name: "int64" if name in {"start", "end"} else "str" for name in SPAN_COLUMNS}
    )


def index_documents(documents: Iterable[Document], origin: Path | str) -> dict[str, Document]:
    """Documents by id.

    Raises:
        RecordError: two documents share an id.
    """
    by_id: dict[str, Document] = {}
    for document in documents:
        if document.id in by_id:
            raise RecordError(
                f"{origin}: two documents have the id {document.id!r}",
                "Give each document its own id, or ingest the corpus again.",
            )
        by_id[document.id] = document
    return by_id


def counted_annotations(
    annotations: Iterable[Annotation], documents: Mapping[str, Document]
) -> list[Annotation]:
    """What counts of a history of annotations, compared with the documents it is about.

    Each annotator's last submission for each passage, without the skipped ones
    (``latest_annotations``); ``end`` is filled in where it stood for the whole document.

    Raises:
        InputError: an annotation's document isn't among the documents.
        OffsetError: a passage reaches outside of its document, or a span outside of its
            passage, or a span's text isn't what stands there.
    """
    history = []
    for annotation in annotations:
        document = documents.get(annotation.doc_id)
        if document is None:
            raise InputError(
                f"annotation by {annotation.annotator!r}: "
                f"there is no document {annotation.doc_id!r}",
                "Give the documents file that the annotations were made on.",
            )
        whole = annotation.end is None
        end = len(document.text) if annotation.end is None else annotation.end
        history.append(structs.replace(annotation, end=end) if whole else annotation)
    counted = latest_annotations(history)
    for annotation in counted:
        _check_annotation(annotation, documents[annotation.doc_id].text)
    return counted


def _check_annotation(annotation: Annotation, text: str) -> None:
    start, end = annotation.start, len(text) if annotation.end is None else annotation.end
    where = f"document {annotation.doc_id!r}, annotation by {annotation.annotator!r}"
    if not 0 <= start <= end <= len(text):
        raise OffsetError(
            f"{where}: its passage {start}-{end} does not fit a text of {len(text)} characters",
            "Offsets are half-open Unicode code points; was the text changed since?",
        )
    check_spans(annotation.doc_id, text, annotation.spans)
    for span in annotation.spans:
        if not start <= span.start < span.end <= end:
            raise OffsetError(
                f"{where}: span {span.label} {span.start}-{span.end} reaches outside of "
                f"its passage {start}-{end}",
                "Offsets of spans count from the document's start, not the passage's.",
            )


@contextlib.contextmanager
def reading(path: Path | str) -> Iterator[IO[bytes]]:
    """What a file holds, unpacked; ``-`` is standard input.

    Raises:
        InputError: it isn't there, or can't be read or unpacked to its end.
    """
    if str(path) == "-":
        with unpacked(sys.stdin.buffer, "-") as lines:
            yield lines
        return
    path = Path(path)
    try:
        raw = path.open("rb")
    except FileNotFoundError:
        raise InputError(
            f"{path}: no such file", "Is this the right workspace, and did the step before run?"
        ) from None
    except OSError as error:
        raise InputError(
            f"{path}: can't be opened ({_reason(error)})", "Name a file that you may read."
        ) from None
    with raw, unpacked(raw, str(path)) as lines:
        yield lines


@contextlib.contextmanager
def unpacked(raw: IO[bytes], name: str) -> Iterator[IO[bytes]]:
    """The bytes of a file that is open, unpacked where its name ends in ``.gz`` or ``.zst``.

    Raises:
        InputError: they can't be read or unpacked to their end.
    """
    try:
        if name.endswith(".gz"):
            with gzip.open(raw) as lines:
                yield cast("IO[bytes]", lines)
        elif name.endswith(".zst"):
            with io.BufferedReader(ZstdReader(raw)) as stream:
                yield stream
        else:
            yield raw
    except (OSError, EOFError, zlib.error) as error:
        raise InputError(
            f"{name}: can't be read to its end ({_reason(error)})",
            "The file may have been cut short or damaged; make or copy it again.",
        ) from None


@contextlib.contextmanager
def writing(path: Path | str) -> Iterator[IO[bytes]]:
    """A file to be written whole or not at all, packed as its name says; ``-`` as above."""
    if str(path) == "-":
        with _standard_output() as out:
            yield out
        return
    path = Path(path)
    with replacing(path) as out, packed(out, path.name) as stream:
        yield stream


@contextlib.contextmanager
def packed(out: IO[bytes], name: str) -> Iterator[IO[bytes]]:
    """What packs into ``out`` whatever is written to it, as the name says."""
    if name.endswith(".gz"):
        # No name and no time in the header: the same records give the same bytes.
        with gzip.GzipFile(fileobj=out, mode="wb", filename="", mtime=0) as stream:
            yield cast("IO[bytes]", stream)
    elif name.endswith(".zst"):
        import zstandard

        with zstandard.ZstdCompressor().stream_writer(out, closefd=False) as stream:
            yield stream
    else:
        yield out


@contextlib.contextmanager
def _standard_output() -> Iterator[IO[bytes]]:
    try:
        sys.stdout.flush()
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
    except BrokenPipeError:
        # What is still in the buffer has no reader; without this Python would try to
        # write it once more at exit, and complain.
        with contextlib.suppress(OSError, ValueError):
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, sys.stdout.fileno())
            os.close(nowhere)


class ZstdReader(io.RawIOBase):
    """Zstandard frames, one after another, as one stream of bytes.

    zstandard's own stream reader takes a frame that was cut short for its end.

    Args:
        raw: gives the packed bytes.
        block: how many of them are unpacked at once; a byte can become thirty thousand.
    """

    def __init__(self, raw: IO[bytes], block: int = 1 << 17) -> None:
        import zstandard

        self._raw = raw
        self._block = block
        self._error: type[Exception] = zstandard.ZstdError
        self._new_frame = zstandard.ZstdDecompressor().decompressobj
        self._frame = self._new_frame()
        self._begun = False
        self._packed = b""
        self._ready = memoryview(b"")

    def readable(self) -> bool:
        """It is."""
        return True

    def readinto(self, buffer: Any) -> int:
        """As any raw stream's; EOFError where the last frame was cut short."""
        while not self._ready:
            if not self._packed:
                self._packed = self._raw.read(self._block)
            if not self._packed:
                if self._begun:
                    raise EOFError("compressed file ended before the end of its last frame")
                return 0
            self._ready = memoryview(self._unpacked())
        size = min(len(buffer), len(self._ready))
        buffer[:size] = self._ready[:size]
        self._ready = self._ready[size:]
        return size

    def _unpacked(self) -> bytes:
        packed, self._packed, self._begun = self._packed, b"", True
        try:
            text: bytes = self._frame.decompress(packed)
        except self._error as error:
            raise OSError(str(error)) from None
        if self._frame.eof:
            self._packed, self._begun = self._frame.unused_data, False
            self._frame = self._new_frame()
        return text


_DISK_TROUBLE = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.EROFS})
"""What goes wrong in the middle of a write; any other error there is not about this file."""


@contextlib.contextmanager
def _explaining(path: Path, only: frozenset[int] | None = None) -> Iterator[None]:
    """Say of a file that can't be written what the matter is."""
    try:
        yield
    except OSError as error:
        if only is not None and error.errno not in only:
            raise
        raise InputError(
            f"{path}: can't be written ({_reason(error)})",
            "Name another place, or make room there; nothing was changed.",
        ) from None


def _stat(path: Path) -> os.stat_result | None:
    try:
        return path.stat()
    except FileNotFoundError:
        return None


def _created(part: Path, mode: int | None) -> IO[bytes]:
    """A new file; the mask applies to the usual mode and not to one that was asked for."""
    flags = os.O_CREAT | os.O_EXCL | os.O_WRONLY
    handle = os.open(part, flags, 0o666 if mode is None else mode)
    if mode is not None:
        os.fchmod(handle, mode)
    return os.fdopen(handle, "wb")


def _reason(error: BaseException) -> str:
    return (error.strerror if isinstance(error, OSError) else None) or str(error)
