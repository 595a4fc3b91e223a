"""Rows of every sheet of an .xlsx, one at a time.

Cells hold what the program that wrote them last showed: of a formula its result, of a date
the day. The first row that isn't empty names the columns.
"""

from __future__ import annotations

import io
import itertools
import warnings
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from toolkit.corpus.readers.records import Texts, header_of, text_column, text_of
from toolkit.corpus.sources import RawSource
from toolkit.corpus.unpacking import check_size
from toolkit.errors import InputError, RecordError

_ROWS_AT_ONCE = 64

_HINT = "Open it in a spreadsheet program and save it again."


def read(source: RawSource, columns: Mapping[str, str], _encoding: str) -> tuple[str, Texts]:
    """The rows of all sheets; see ``toolkit.corpus.readers.read``."""
    return "utf-8", _rows(source, columns)


def _rows(source: RawSource, columns: Mapping[str, str]) -> Texts:
    try:
        _check_packed(source)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of styles and charts, which are not our concern
            from openpyxl import load_workbook

            book = load_workbook(source.stream, read_only=True, data_only=True)
        try:
            for sheet in book.worksheets:
                sheet.reset_dimensions()  # what is written there is often wrong
                rows = _quietly(sheet.iter_rows(values_only=True))
                yield from _sheet_rows(rows, sheet.title, source.origin, columns)
        finally:
            book.close()
    except (InputError, GeneratorExit):
        raise
    # A workbook is zip, XML and openpyxl's own reading; a damaged one fails in any of them.
    except Exception as error:
        reason = str(error) or type(error).__name__
        raise InputError(
            f"{source.origin}: not a workbook that can be read ({reason})", _HINT
        ) from None


def _check_packed(source: RawSource) -> None:
    """Refuse a bomb: zipfile gives no more bytes than the directory says."""
    with zipfile.ZipFile(source.stream) as parts:
        size = source.stream.seek(0, io.SEEK_END)
        check_size(sum(info.file_size for info in parts.infolist()), lambda: size, source.origin)
    source.stream.seek(0)


def _quietly(rows: Iterator[tuple[Any, ...]]) -> Iterator[tuple[Any, ...]]:
    """The rows, without warnings about what else their cells hold."""
    while True:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            some = list(itertools.islice(rows, _ROWS_AT_ONCE))
        if not some:
            return
        yield from some


def _sheet_rows(
    rows: Iterable[tuple[Any, ...]], sheet: str, origin: str, columns: Mapping[str, str]
) -> Texts:
    filled = (row for row in map(_trimmed, rows) if row)
    place = f"{origin}, sheet {sheet!r}"
    header = header_of(next(filled, ()))
    if not header:
        return
    try:
        text_column(header, columns, place)
    except InputError as error:
        yield RecordError(error.what, error.hint)  # the other sheets may be fine
        return
    for number, values in enumerate(filled, 1):
        names = [*header, *header_of([None] * len(values))[len(header) :]]
        yield text_of(dict(zip(names, values, strict=False)), columns, number, place, sheet)


def _trimmed(row: tuple[Any, ...]) -> list[Any]:
    """The row without empty cells at its end; nothing at all where no cell has a value."""
    from openpyxl.cell.cell import ERROR_CODES
    from openpyxl.utils.escape import unescape

    values = [
        (None if cell in ERROR_CODES else unescape(cell)) if isinstance(cell, str) else cell
        for cell in row
    ]
    while values and (values[-1] is None or values[-1] == ""):
        values.pop()
    return values
