"""Spans as a table, for people: a row a span, with the words around it. CSV and Excel.

A cell whose text a spreadsheet would take for a formula begins with an apostrophe, which
spreadsheets don't show.
"""

from __future__ import annotations

import csv
import io
import re
import tempfile
import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO

from toolkit.model import GoldDocument
from toolkit.records import replacing

COLUMNS = (
    *("doc_id", "start", "end", "label", "text", "confidence", "decided_by"),
    *("before", "after"),
)

_CONTEXT = 20
"""Characters shown on each side."""

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")

_LONGEST_CELL = 32_767
"""Characters; what Excel takes."""

_TIME = re.compile(rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")

Row = tuple[str, int, int, str, str, float, str, str, str]


def write_csv(path: Path, documents: Iterable[GoldDocument]) -> int:
    """Write the spans of documents, whole or not at all; returns how many documents there were.

    With a byte order mark, without which Excel reads Chinese as something else.
    """
    count = 0
    with replacing(path) as out:
        out.write(b"\xef\xbb\xbf")
        text = io.TextIOWrapper(out, encoding="utf-8", newline="", write_through=True)
        writer = csv.writer(text)
        writer.writerow(COLUMNS)
        for document in documents:
            writer.writerows(map(cells, rows(document)))
            count += 1
        text.detach()
    return count


def write_xlsx(path: Path, documents: Iterable[GoldDocument]) -> int:
    """Write the spans of documents, whole or not at all; returns how many documents there were."""
    from openpyxl import Workbook

    book = Workbook(write_only=True)
    sheet = book.create_sheet("spans")
    sheet.freeze_panes = "A2"
    sheet.append(COLUMNS)
    count = 0
    try:
        for document in documents:
            for row in rows(document):
                sheet.append([_allowed(cell) for cell in cells(row)])
            count += 1
    except BaseException:
        sheet.close()  # else the half-written sheet complains when it is collected
        raise
    with tempfile.TemporaryFile() as dated:
        book.save(dated)
        with replacing(path) as out:
            _write_undated(dated, out)
    return count


def _write_undated(dated: IO[bytes], out: IO[bytes]) -> None:
    """A workbook without the times at which it was made, so that the same is the same bytes."""
    with zipfile.ZipFile(dated) as before, zipfile.ZipFile(out, "w") as after:
        for name in sorted(before.namelist()):
            content = before.read(name)
            if name == "docProps/core.xml":
                content = _TIME.sub(b"1980-01-01T00:00:00Z", content)
            member = zipfile.ZipInfo(name)  # of 1980, the first year that a ZIP file knows
            member.compress_type = zipfile.ZIP_DEFLATED
            after.writestr(member, content)


def rows(document: GoldDocument) -> Iterator[Row]:
    """The spans of a document as rows of ``COLUMNS``."""
    text = document.text
    for span in document.spans:
        yield (
            document.doc_id,
            span.start,
            span.end,
            span.label,
            text[span.start : span.end],
            round(span.confidence, 6),
            span.decided_by,
            text[max(0, span.start - _CONTEXT) : span.start],
            text[span.end : span.end + _CONTEXT],
        )


def cells(row: Iterable[str | float]) -> list[str | float]:
    """A row as a spreadsheet may have it: no text is a formula."""
    return [
        f"'{cell}" if isinstance(cell, str) and cell.startswith(_FORMULA) else cell for cell in row
    ]


def _allowed(cell: str | float) -> str | float:
    """A cell as Excel takes it: no control characters, not too long."""
    if not isinstance(cell, str):
        return cell
    shown = "".join(c if c.isprintable() or c in "\n\t" else f"\\x{ord(c):02x}" for c in cell)
    return shown if len(shown) <= _LONGEST_CELL else f"{shown[: _LONGEST_CELL - 1]}…"
