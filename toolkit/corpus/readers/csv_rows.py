"""Rows of a .csv or .tsv, one at a time."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from typing import Any

from toolkit.corpus.encodings import encoding_of
from toolkit.corpus.readers.lines import LONGEST, decoded
from toolkit.corpus.readers.records import Texts, header_of, text_column, text_of
from toolkit.corpus.sources import RawSource
from toolkit.errors import InputError, RecordError


def read(source: RawSource, columns: Mapping[str, str], encoding: str) -> tuple[str, Texts]:
    """The rows; see ``toolkit.corpus.readers.read``."""
    found = encoding or encoding_of(source.stream, source.origin)
    return found, _rows(source, columns, found)


def _rows(source: RawSource, columns: Mapping[str, str], encoding: str) -> Texts:
    origin = source.origin
    csv.field_size_limit(LONGEST)  # the module's own and global; 128 kB if nobody sets it
    with decoded(source, encoding, newline="") as lines:
        delimiter = "\t" if source.suffix == ".tsv" else ","
        rows = csv.reader(lines, strict=True, delimiter=delimiter)
        try:
            header = header_of(next(rows, []))
            text_column(header, columns, origin)
            number = 0
            for values in rows:
                if not values:
                    continue
                number += 1
                if len(values) > len(header):
                    yield RecordError(
                        f"{origin}, row {number}: {len(values)} values for {len(header)} columns",
                        "Put values that hold the character between columns in double quotes.",
                    )
                    continue
                record: dict[str, Any] = dict(zip(header, values, strict=False))
                yield text_of(record, columns, number, origin)
        except csv.Error as error:
            raise InputError(
                f"{origin}, line {rows.line_num}: not well-formed CSV ({error})",
                "A double quote inside of a quoted value is written twice.",
            ) from None
