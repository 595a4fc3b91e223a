"""What a check finds, and what it is given to look at."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping

from msgspec import Struct

from toolkit.datasets.choices import Words
from toolkit.model import Annotation, GoldDocument, Span, Suggestion


class Finding(Struct, frozen=True):
    """A doubt about a place of the gold; no document where it is about all of it.

    ``kinds`` are the checks that doubt it: one, or several that found the same place.
    Offsets are half-open code points of the document's text and ``text`` what stands there;
    ``label`` is the gold's, empty where it has none there. ``doubt`` is between 0 and 1: how
    likely it is that somebody would change the gold there, as well as the check can tell. It
    orders a work list and is no probability, except where a check says that it is one.
    """

    kinds: tuple[str, ...]
    doc_id: str
    start: int
    end: int
    label: str
    text: str
    why: str
    doubt: float


class Material(Struct, frozen=True):
    """What checks look at. Streams are functions, since some checks read them twice.

    Args:
        gold: opens the gold documents.
        labels: of the schema, so that a label without any example is missed too.
        words: cuts a text into words.
        annotations: opens what counts of the history of annotations.
        suggestions: what the rules proposed, by document.
    """

    gold: Callable[[], Iterable[GoldDocument]]
    labels: tuple[str, ...] = ()
    words: Words | None = None
    annotations: Callable[[], Iterable[Annotation]] = tuple
    suggestions: Mapping[str, Suggestion] = {}


class Check(Struct, frozen=True):
    """One check: ``kind`` is what its findings are called, ``what`` a line for the docs."""

    kind: str
    what: str
    find: Callable[[Material], Iterator[Finding]]


def at(kind: str, document: GoldDocument, span: Span, why: str, doubt: float) -> Finding:
    """A finding about a span; its label is empty where the gold has none there."""
    text = document.text[span.start : span.end]
    doubt = round(min(1.0, max(0.0, doubt)), 4)
    return Finding((kind,), document.doc_id, span.start, span.end, span.label, text, why, doubt)


def overall(kind: str, why: str, doubt: float, label: str = "") -> Finding:
    """A finding about no place in particular."""
    return Finding((kind,), "", 0, 0, label, "", why, round(min(1.0, max(0.0, doubt)), 4))
