"""Spans as a table, for people: a row a span, with the words around it. CSV and Excel.

A cell whose text a spreadsheet would take for a formula begins with an apostrophe, which
spreadsheets don't show.
"""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import chain, islice
from pathlib import Path
from xml.sax.saxutils import escape

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

_LONGEST_SHEET = 1_048_576
"""Rows; what Excel takes."""

_LINES_AT_A_TIME = 1000
_COMPRESSION = 1
"""Of zlib's nine levels; the next ones take twice the time and save a tenth."""

_SHEET = "xl/worksheets/sheet{}.xml"
_BEFORE_ROWS = (
    '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
    '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
    '<sheetViews><sheetView workbookViewId="0">'
    '<pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/>'
    "</sheetView></sheetViews><sheetData>"
)
_AFTER_ROWS = "</sheetData></worksheet>"

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
    """Write the spans of documents, whole or not at all; returns how many documents there were.

    More spans than a sheet can have go on in the next: spans, spans 2, spans 3 …

    openpyxl makes the workbook and we its rows, which takes it 30 times as long. Nothing in
    the file is a time, so that the same documents give the same bytes.
    """
    counting = _Counting(documents)
    lines = (_line(row) for document in counting for row in rows(document))
    with (
        replacing(path) as out,
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=_COMPRESSION) as archive,
    ):
        sheets = 0
        first: list[str] = list(islice(lines, 1))
        while first or not sheets:
            sheets += 1
            _write_sheet(archive, sheets, chain(first, islice(lines, _LONGEST_SHEET - 2)))
            first = list(islice(lines, 1))
        _write_workbook(archive, sheets)
    return counting.count


class _Counting:
    """The documents, and how many of them came by."""

    def __init__(self, documents: Iterable[GoldDocument]) -> None:
        self.count = 0
        self._documents = documents

    def __iter__(self) -> Iterator[GoldDocument]:
        for document in self._documents:
            self.count += 1
            yield document


def _write_sheet(archive: zipfile.ZipFile, number: int, lines: Iterable[str]) -> None:
    # Opened by name, a member is of 1980, the first year that a ZIP file knows.
    with archive.open(_SHEET.format(number), "w", force_zip64=True) as member:
        member.write(f"{_BEFORE_ROWS}{_line(COLUMNS)}".encode())
        while some := "".join(islice(lines, _LINES_AT_A_TIME)):
            member.write(some.encode())
        member.write(_AFTER_ROWS.encode())


def _write_workbook(archive: zipfile.ZipFile, sheets: int) -> None:
    """All of a workbook but its sheets."""
    from openpyxl import Workbook

    book = Workbook()
    book.remove(book.worksheets[0])
    for number in range(1, sheets + 1):
        book.create_sheet("spans" if number == 1 else f"spans {number}")
    made = io.BytesIO()
    book.save(made)
    ours = {_SHEET.format(number) for number in range(1, sheets + 1)}
    with zipfile.ZipFile(made) as parts:
        for name in sorted(set(parts.namelist()) - ours):
            content = parts.read(name)
            if name == "docProps/core.xml":
                content = _TIME.sub(b"1980-01-01T00:00:00Z", content)
            with archive.open(name, "w") as member:
                member.write(content)


def _line(row: Iterable[str | float]) -> str:
    """A row of a sheet."""
    made = [_text_cell(one) if isinstance(one, str) else f"<c><v>{one}</v></c>" for one in row]
    return f"<row>{''.join(made)}</row>"


@lru_cache(1000)
def _text_cell(text: str) -> str:
    shown = escape(_allowed(_no_formula(text)))
    return f'<c t="inlineStr"><is><t xml:space="preserve">{shown}</t></is></c>'


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
    return [_no_formula(one) if isinstance(one, str) else one for one in row]


def _no_formula(text: str) -> str:
    return f"'{text}" if text.startswith(_FORMULA) else text


def _allowed(cell: str) -> str:
    """A text as Excel takes it: no control characters, not too long."""
    if cell.isprintable() and len(cell) <= _LONGEST_CELL:
        return cell
    shown = "".join(c if c.isprintable() or c in "\n\t" else f"\\x{ord(c):02x}" for c in cell)
    return shown if len(shown) <= _LONGEST_CELL else f"{shown[: _LONGEST_CELL - 1]}…"
