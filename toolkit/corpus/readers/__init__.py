"""Sources → the texts that they hold, one reader a format; and back to a raw text again.

::

    records        one text as it stands in its file; a table's row or an object as one
    text_file      .txt .md     the whole file
    html_page      .html .htm   the main text of a page, and what the page says of itself
    csv_rows       .csv .tsv    rows, streamed
    jsonl_rows     .jsonl       lines, streamed
    xlsx_rows      .xlsx        rows of every sheet, streamed
    parquet_rows   .parquet     rows, a batch at a time

Where a format is no plain text (.html, .xlsx, .parquet, and the values of a .csv or .jsonl),
what the reader gives is the raw text that alignments point into.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from importlib import import_module
from pathlib import Path

from toolkit.corpus.readers.records import RawText, Reader
from toolkit.corpus.sources import RawSource, located, opened
from toolkit.errors import InputError, RecordError
from toolkit.model import Document

_MODULES = {
    ".txt": "text_file",
    ".md": "text_file",
    ".html": "html_page",
    ".htm": "html_page",
    ".csv": "csv_rows",
    ".tsv": "csv_rows",
    ".xlsx": "xlsx_rows",
    ".jsonl": "jsonl_rows",
    ".parquet": "parquet_rows",
}
"""The module that reads a suffix, imported when the first such file is met: several are heavy."""

_CHANGED = "Ingest it again to get documents that fit."


def read(
    source: RawSource, columns: Mapping[str, str] | None = None, encoding: str = ""
) -> tuple[str, Iterator[RawText | RecordError]]:
    """A source's encoding, and its texts in order; an error in place of each that can't be used.

    Args:
        source: an open one, at its start.
        columns: what its table calls ``text``, ``id``, and other metadata of ours.
        encoding: the one it is known to be in; found, and verified to the end, if empty.

    Raises:
        InputError: the content as a whole isn't what its suffix says; also while iterating.
        DecodeError: its bytes aren't text in an encoding that we know.
    """
    module = import_module(f"{__name__}.{_MODULES[source.suffix]}")
    reader: Reader = module.read
    return reader(source, columns or {}, encoding)


def raw_text(document: Document, root: Path) -> str:
    """The raw text that the document's alignment points into, read again from its file.

    Args:
        document: one that ``ingest`` made.
        root: the folder that ``source.path`` is relative to.

    Raises:
        InputError: the document has no source, or its file is gone or has changed.
    """
    known = document.source
    if known is None:
        raise InputError(
            f"document {document.id!r} names no source file",
            "Only documents that 'toolkit ingest' made have one.",
        )
    path, member = located(known.path, root)
    is_changed = False
    problem: InputError | None = None
    for source in opened(path, only=member):
        if isinstance(source, InputError):
            problem = source
        elif source.sha256 != known.sha256:
            is_changed = True  # an archive may have two members of one name
        else:
            return _text_in(source, document, known.encoding)
    place = f"{path}!{member}" if member else str(path)
    if is_changed:
        raise InputError(f"{place}: has changed since {document.id!r} was read from it", _CHANGED)
    raise problem or InputError(f"{place}: no such file in the archive", _CHANGED)


def _text_in(source: RawSource, document: Document, encoding: str) -> str:
    meta = document.meta
    columns = {"text": meta["column"]} if "column" in meta else {}
    row, sheet = meta.get("row", "0"), meta.get("sheet", "")
    is_table = _MODULES[source.suffix].endswith("_rows")
    for text in read(source, columns, encoding)[1]:
        if isinstance(text, RecordError):
            continue
        if not is_table:
            _check_extracted(text.text, source, document)
            return text.text
        if str(text.row) == row and text.sheet == sheet:
            return text.text
    where = f"row {row} in sheet {sheet!r}" if sheet else f"row {row}"
    raise InputError(f"{source.origin}: has no {where}", _CHANGED)


def _check_extracted(text: str, source: RawSource, document: Document) -> None:
    """Another release of the library that reads pages may find another main text."""
    if source.suffix not in {".html", ".htm"}:
        return
    digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
    if not digest.startswith(document.id):
        raise InputError(
            f"{source.origin}: its main text is extracted otherwise than when"
            f" {document.id!r} was read from it",
            _CHANGED,
        )
