"""The texts that one file holds: a whole file, the rows of a .csv, the lines of a .jsonl."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator
from typing import Any

import msgspec
from msgspec import Struct, field

from toolkit.errors import InputError, RecordError


class RawText(Struct, frozen=True):
    """One text as it stands in its file.

    ``row`` is its record number, from 1, and 0 where the file is one text; ``id`` is the
    one that the record gives, or empty; ``meta`` holds the record's other values.
    """

    text: str
    row: int = 0
    id: str = ""
    meta: dict[str, str] = field(default_factory=dict)


def texts_of(text: str, suffix: str, origin: str) -> Iterator[RawText | RecordError]:
    """The texts of a file's content, in order; an error in place of each that can't be used.

    Args:
        text: the decoded content.
        suffix: what the file's name ends in, a key of ``READERS``.
        origin: names the file in errors.

    Raises:
        InputError: the content as a whole isn't what its suffix says, or the suffix isn't
            one that we read.
    """
    reader = READERS.get(suffix.lower())
    if reader is None:
        raise InputError(
            f"{origin}: {suffix or 'a file without a suffix'} is not read",
            f"We read {', '.join(READERS)}.",
        )
    return reader(text, origin)


def _whole(text: str, origin: str) -> Iterator[RawText | RecordError]:  # noqa: ARG001 - one form
    yield RawText(text)


def _csv_rows(text: str, origin: str) -> Iterator[RawText | RecordError]:
    # The limit is the module's own and guards nothing here: the text is in memory already.
    csv.field_size_limit(max(csv.field_size_limit(), len(text) + 1))
    rows = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        header = next(rows, [])
        if "text" not in header or len(set(header)) < len(header):
            raise InputError(
                f"{origin}: its first line names the columns {', '.join(header) or '(none)'}",
                'It must name each column once, and one of them "text"; commas separate them.',
            )
        number = 0
        for values in rows:
            if not values:
                continue
            number += 1
            if len(values) > len(header):
                yield RecordError(
                    f"{origin}, row {number}: {len(values)} values for {len(header)} columns",
                    "Put values that hold a comma in double quotes.",
                )
                continue
            record: dict[str, Any] = dict(zip(header, values, strict=False))
            yield _raw_text(record, number, origin)
    except csv.Error as error:
        raise InputError(
            f"{origin}, line {rows.line_num}: not well-formed CSV ({error})",
            "A double quote inside of a quoted value is written twice.",
        ) from None


def _jsonl_rows(text: str, origin: str) -> Iterator[RawText | RecordError]:
    decoder = msgspec.json.Decoder(dict[str, Any])
    number = 0
    for line_number, line in enumerate(io.StringIO(text, newline="\n"), 1):
        if line.isspace():
            continue
        number += 1
        try:
            record = decoder.decode(line)
        except msgspec.DecodeError as error:
            yield RecordError(
                f"{origin}, line {line_number}: not a JSON object ({error})",
                'Each line is one object: {"text": "…", "id": "…", "meta": {…}}.',
            )
            continue
        yield _raw_text(record, number, origin)


def _raw_text(record: dict[str, Any], number: int, origin: str) -> RawText | RecordError:
    """A record as a text; ``id`` and ``meta`` are what they are called, the rest is meta."""
    text, given, meta = record.pop("text", None), record.pop("id", None), record.pop("meta", None)
    where = f"{origin}, row {number}"
    if not isinstance(text, str):
        return RecordError(f'{where}: has no "text" that is a string', "Every row needs one.")
    if isinstance(meta, dict):
        record |= meta
    elif meta is not None:
        record["meta"] = meta
    name = "" if given is None else _as_string(given)
    if not name.isprintable():
        return RecordError(f"{where}: the id {name!r} can't be printed", "Give it another one.")
    values = {
        key: _as_string(value)
        for key, value in record.items()
        if isinstance(value, str | int | float)
    }
    return RawText(text, number, name, values)


def _as_string(value: object) -> str:
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()


READERS: dict[str, Callable[[str, str], Iterator[RawText | RecordError]]] = {
    ".txt": _whole,
    ".md": _whole,
    ".csv": _csv_rows,
    ".jsonl": _jsonl_rows,
}
"""What we read, by suffix."""
