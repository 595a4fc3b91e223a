"""Normal values: what a span says, in a form that can be compared and counted.

A rule names the kind of value that its spans have (``value = "time"``). The span's text
never changes; what can't be read with certainty gets no value. A value carries flags:

- ``damaged``: characters were lost, and this is what must have stood there (120日);
- ``inferred``: year or month are not in the span, but from the document's date;
- ``approximate``: 近, 约, 余, 多, 几 stand in the span;
- ``ambiguous``: several readings are possible; the value lists them, separated by ``|``.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Literal, get_args

from msgspec import Struct

from toolkit.rules.shadow import shadow

ValueKind = Literal["time", "money", "number"]

KINDS: tuple[str, ...] = get_args(ValueKind)
"""What a rule may write as ``value``."""


class Value(Struct, frozen=True):
    """A normal value and what has to be known about it."""

    value: str
    flags: tuple[str, ...] = ()


def normal_value(kind: ValueKind, text: str, written: date | None = None) -> Value | None:
    """The normal value of a span's text; null where none is certain.

    Args:
        kind: ``time`` gives a TIMEX3 value (ISO 24617-1:2012; ``2020-01-31T24:00``,
            ``XXXX-01-31`` where the year isn't known, ``P14D`` for a duration, two of them
            with ``/`` between for a range); ``money`` an amount and an ISO 4217 code
            (``172000000 CNY``); ``number`` a number with the counted unit (``26000 间``,
            ``96.7 %``, ``1/3``).
        text: the span's text, as it stands there.
        written: the document's date, from which missing years and months are inferred.
    """
    return shown_value(kind, shadow(text), written)


def shown_value(kind: ValueKind, shown: str, written: date | None = None) -> Value | None:
    """The same of a text as rules see it (``toolkit.rules.shadow``)."""
    plain = shown.strip()
    found: tuple[str, tuple[str, ...]] | None
    # Their patterns take long to compile, and a start may need few of them or none.
    if kind == "time":
        from toolkit.rules.values import times

        found = times.normal(plain, written)
    else:
        from toolkit.rules.values import amounts

        read: Callable[[str], tuple[str, tuple[str, ...]] | None]
        read = amounts.money if kind == "money" else amounts.number
        found = read(plain)
    return None if found is None else Value(*found)
