"""One text as it stands in its file, and how a row or an object becomes one."""

from __future__ import annotations

import decimal
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import msgspec
from msgspec import Struct, field

from toolkit.corpus.sources import RawSource
from toolkit.errors import InputError, RecordError


class RawText(Struct, frozen=True):
    """One text as it stands in its file.

    ``row`` is its record number, from 1, and 0 where the file is one text; ``sheet`` is the
    one of a workbook that it is in, ``column`` its column where that isn't ``text``. ``id``
    is the one that the record gives, or empty; ``meta`` holds the record's other values, or
    what a page says of itself.
    """

    text: str
    row: int = 0
    id: str = ""
    meta: dict[str, str] = field(default_factory=dict)
    sheet: str = ""
    column: str = ""

    @property
    def address(self) -> dict[str, str]:
        """What leads back to it inside of its file, as metadata."""
        row = str(self.row) if self.row else ""
        places = {"row": row, "sheet": self.sheet, "column": self.column}
        return {name: value for name, value in places.items() if value}


Texts = Iterator[RawText | RecordError]

Reader = Callable[[RawSource, Mapping[str, str], str], tuple[str, Texts]]
"""What each format has: source, columns and known encoding in; encoding and texts out."""

_MIDNIGHT = "T00:00:00"
"""What a day has behind it in tables that know only points in time."""


def text_column(names: Sequence[str], columns: Mapping[str, str], origin: str) -> str:
    """The column that holds the texts: the mapped one, or ``text`` in files without it.

    Raises:
        InputError: there is none, or a column is named twice; says which there are.
    """
    mapped = columns.get("text", "text")
    found = next((name for name in (mapped, "text") if name in names), None)
    there = ", ".join(names) or "(none)"
    if len(set(names)) < len(names):
        raise InputError(f"{origin}: a column is named twice: {there}", "Give each its own name.")
    if found is None:
        raise InputError(
            f"{origin}: has no column {mapped!r}; its columns are {there}",
            'Name the one that holds the texts: --text-column NAME, or text = "NAME" under'
            " [corpus.columns] in toolkit.toml.",
        )
    return found


def header_of(values: Sequence[object]) -> list[str]:
    """Names of a table's columns; one without a name is called by its number."""
    names = ["" if value is None else _as_string(value).strip() for value in values]
    return [name or f"column {number}" for number, name in enumerate(names, 1)]


def text_of(
    record: dict[str, Any],
    columns: Mapping[str, str],
    number: int,
    origin: str,
    sheet: str = "",
) -> RawText | RecordError:
    """A record as a text; what isn't its text or its id is its metadata.

    Of metadata we keep strings, numbers, dates and truth values; ``meta`` may be an object
    of such.
    """
    mapped = columns.get("text", "text")
    column = mapped if mapped in record else "text"
    where = f"{origin}, row {number}"
    text = record.pop(column, None)
    if not isinstance(text, str):
        there = ", ".join(record) or "no others"
        return RecordError(
            f"{where}: has no {mapped!r} that is a string", f"Every row needs one; it has {there}."
        )
    given = record.pop(columns.get("id", "id"), None)
    if not (given is None or _is_value(given)):
        return RecordError(
            f"{where}: the id is neither a string nor a number", "Give it one that is."
        )
    name = "" if given is None else _as_string(given)
    if not name.isprintable():
        return RecordError(f"{where}: the id {name!r} can't be printed", "Give it another one.")
    return RawText(
        text,
        number,
        name,
        _metadata(record, columns),
        sheet,
        "" if column == "text" else column,
    )


def _metadata(record: dict[str, Any], columns: Mapping[str, str]) -> dict[str, str]:
    meta = record.pop("meta", None)
    if isinstance(meta, dict):
        record |= meta
    elif meta is not None:
        record["meta"] = meta
    ours = {theirs: name for name, theirs in columns.items() if name not in {"text", "id"}}
    return {
        ours.get(key, key): _as_string(value) for key, value in record.items() if _is_value(value)
    }


def _is_value(value: object) -> bool:
    """Whether it is a string, a number, a date or a truth value: what we keep of a record."""
    return isinstance(value, str | int | float | decimal.Decimal) or _is_time(value)


def _as_string(value: object) -> str:
    """As people write it: dates as ISO 8601, days without midnight, numbers as in JSON."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool | int | float):
        return msgspec.json.encode(value).decode()
    if _is_time(value):
        written: str = value.isoformat()  # type: ignore[attr-defined] # by its being a time
        return written.removesuffix(_MIDNIGHT)
    return str(value)


def _is_time(value: object) -> bool:
    """Whether it is a date or a time; their module has a clock in it, which rooms don't."""
    return hasattr(value, "isoformat")
