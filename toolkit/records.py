"""Streams of records: JSON Lines in and out, whole or not at all, and pandas frames.

A path that ends in ``.gz`` or ``.zst`` is compressed; ``-`` is standard input or
output. Files are written beside their place and then renamed, so that a reader sees
the old file or the new one and never half of one.
"""

from __future__ import annotations

import contextlib
import gzip
import io
import os
import sys
import tempfile
from collections.abc import Iterable, Iterator, Mapping
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

SCHEMA_VERSION = 1
"""Version of the record formats; it grows when a reader of older files would be misled."""

SPAN_COLUMNS = ("doc_id", "annotator", "start", "end", "label", "text")
"""The columns that every frame of spans begins with; one row a span."""


def read_jsonl(path: Path | str, type_: type[T]) -> Iterator[T]:
    """Read records one at a time; blank lines are passed over.

    Raises:
        InputError: the file isn't there or can't be read.
        RecordError: a line isn't a ``type_``; names file, line and field.
    """
    decoder = msgspec.json.Decoder(type_)
    with _reading(path) as lines:
        try:
            for number, line in enumerate(lines, 1):
                if line.isspace():
                    continue
                try:
                    yield decoder.decode(line)
                except (msgspec.DecodeError, UnicodeDecodeError) as error:
                    raise RecordError(
                        f"{path}, line {number}: not a {type_.__name__} record ({error})",
                        "Mend the line, or make the file again with the command that wrote it.",
                    ) from None
        except (OSError, EOFError) as error:
            raise InputError(f"{path}: can't be read to its end ({error})") from None


def write_jsonl(path: Path | str, records: Iterable[Any]) -> int:
    """Write records, whole or not at all; returns how many there were."""
    encoder = msgspec.json.Encoder()
    count = 0
    buffer = bytearray()
    with _writing(path) as out:
        for record in records:
            encoder.encode_into(record, buffer)
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
    """A file that takes ``path``'s place when the block ends well, and else never existed."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".part", dir=path.parent)
    part = Path(name)
    try:
        with os.fdopen(handle, "wb") as out:
            # mkstemp makes private files; a data file gets what any new file would get.
            part.chmod(0o666 & ~_umask() if mode is None else mode)
            yield out
            out.flush()
            os.fsync(out.fileno())
        part.replace(path)
    except BaseException:
        part.unlink(missing_ok=True)
        raise


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
    return frame.reindex(columns=[*SPAN_COLUMNS, *extra])


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
def _reading(path: Path | str) -> Iterator[IO[bytes]]:
    if str(path) == "-":
        yield sys.stdin.buffer
        return
    path = Path(path)
    try:
        raw = path.open("rb")
    except FileNotFoundError:
        raise InputError(
            f"{path}: no such file", "Is this the right workspace, and did the step before run?"
        ) from None
    except OSError as error:
        raise InputError(f"{path}: can't be opened ({error.strerror})") from None
    with raw:
        if path.suffix == ".gz":
            with gzip.open(raw) as lines:
                yield cast("IO[bytes]", lines)
        elif path.suffix == ".zst":
            import zstandard

            with zstandard.ZstdDecompressor().stream_reader(raw) as stream:
                yield cast("IO[bytes]", io.BufferedReader(stream))
        else:
            yield raw


@contextlib.contextmanager
def _writing(path: Path | str) -> Iterator[IO[bytes]]:
    if str(path) == "-":
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    path = Path(path)
    with replacing(path) as out:
        if path.suffix == ".gz":
            # No name and no time in the header: the same records give the same bytes.
            with gzip.GzipFile(fileobj=out, mode="wb", filename="", mtime=0) as packed:
                yield cast("IO[bytes]", packed)
        elif path.suffix == ".zst":
            import zstandard

            with zstandard.ZstdCompressor().stream_writer(out, closefd=False) as stream:
                yield cast("IO[bytes]", stream)
        else:
            yield out


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
