"""The values of what rules proposed: normal values, read with the document's date."""

from __future__ import annotations

from datetime import date
from functools import lru_cache

from toolkit.model import Document
from toolkit.rules.values import Value, ValueKind, shown_value

_DATE = len("2020-01-31")
"""Characters of a date; behind it may stand a time."""

NO_VALUE = Value("")
"""Of what says nothing with certainty."""


@lru_cache(maxsize=20_000)
def value_of(kind: ValueKind, shown: str, written: date | None) -> Value:
    """The value of a text as rules see it; the same dates and amounts come up again and again."""
    return shown_value(kind, shown, written) or NO_VALUE


def date_of(document: Document) -> date | None:
    """When the document was written: its ``meta["date"]``, if that is ISO 8601.

    It gives missing years and months.
    """
    try:
        return date.fromisoformat(document.meta.get("date", "").strip()[:_DATE])
    except ValueError:
        return None
