"""The values of spans that rules proposed: normal values and canonical forms."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from functools import lru_cache

import msgspec

from toolkit.model import Document, SuggestedSpan
from toolkit.rules.shadow import shadow
from toolkit.rules.values import Value, ValueKind, normal_value

_DATE = len("2020-01-31")
"""Characters of a date; behind it may stand a time."""


def with_values(
    spans: Sequence[SuggestedSpan], kinds: Mapping[str, ValueKind], document: Document
) -> Iterator[SuggestedSpan]:
    """The spans, each with the value that its rule says it has, where one is certain.

    Args:
        spans: spans of the document.
        kinds: the kind of value, by rule id.
        document: whose ``meta["date"]``, if it is ISO 8601, gives missing years and months.
    """
    written = _date(document)
    for span in spans:
        kind = kinds.get(span.rule)
        found = _value(kind, span.text or "", written) if kind else None
        if found is None:
            yield span
        else:
            yield msgspec.structs.replace(span, value=found.value, flags=found.flags)


def with_canonical(
    spans: Sequence[SuggestedSpan], forms: Mapping[str, Mapping[str, str]]
) -> Iterator[SuggestedSpan]:
    """The spans of lexicon terms, each with its canonical form as value.

    Args:
        spans: any spans.
        forms: canonical forms by term, by rule id.
    """
    for span in spans:
        known = forms.get(span.rule)
        form = known.get(shadow(span.text or "")) if known else None
        yield msgspec.structs.replace(span, value=form) if form else span


@lru_cache(maxsize=20_000)
def _value(kind: ValueKind, text: str, written: date | None) -> Value | None:
    """The value; the same dates and amounts come up again and again."""
    return normal_value(kind, text, written)


def _date(document: Document) -> date | None:
    """The document's date; what isn't ISO 8601 says nothing."""
    try:
        return date.fromisoformat(document.meta.get("date", "").strip()[:_DATE])
    except ValueError:
        return None
