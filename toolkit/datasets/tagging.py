"""Spans ↔ tags, one tag a unit; here a unit is a character.

Two schemes. BIO (also called IOB2) opens every span with ``B-`` and goes on with ``I-``.
BIOES also marks the last unit with ``E-`` and a span of one unit with ``S-`` (Ratinov
and Roth 2009, "Design Challenges and Misconceptions in Named Entity Recognition",
there as BILOU). ``spans_of`` reads both.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import pairwise

from toolkit.errors import InputError
from toolkit.model import Span

OUTSIDE = "O"

Tagger = Callable[..., list[str]]
"""``(length, spans, *, doc_id)`` → one tag a unit: :func:`bio` or :func:`bioes`."""

Run = tuple[int, int, str]
"""Half-open numbers of units, and the tag that they all have."""


def bio(length: int, spans: Iterable[Span], *, doc_id: str = "") -> list[str]:
    """The BIO tags of a text of ``length`` units.

    Raises:
        InputError: two spans overlap, or one doesn't fit the text; names document and spans.
    """
    return _tags(runs(bio, length, spans, doc_id=doc_id))


def bioes(length: int, spans: Iterable[Span], *, doc_id: str = "") -> list[str]:
    """The BIOES tags of a text of ``length`` units.

    Raises:
        InputError: two spans overlap, or one doesn't fit the text; names document and spans.
    """
    return _tags(runs(bioes, length, spans, doc_id=doc_id))


def runs(tagger: Tagger, length: int, spans: Iterable[Span], *, doc_id: str = "") -> list[Run]:
    """What ``tagger`` gives, a row for each stretch of units with the same tag; none is empty.

    Raises:
        InputError: two spans overlap, or one doesn't fit the text; names document and spans.
    """
    has_ends = "E" in _KINDS_OF[tagger]
    found: list[Run] = []
    place = 0
    for span in _flat(length, spans, doc_id):
        start, end, label = span.start, span.end, span.label
        if place < start:
            found.append((place, start, OUTSIDE))
        is_single = has_ends and end - start == 1
        found.append((start, start + 1, f"{'S' if is_single else 'B'}-{label}"))
        last = end - 1 if has_ends else end
        if start + 1 < last:
            found.append((start + 1, last, f"I-{label}"))
        if has_ends and not is_single:
            found.append((last, end, f"E-{label}"))
        place = end
    if place < length:
        found.append((place, length, OUTSIDE))
    return found


def spans_of(tags: Sequence[str], *, doc_id: str = "") -> list[Span]:
    """The spans that BIO or BIOES tags stand for, in order: the inverse of both.

    Raises:
        InputError: a tag of no known kind, or an ``I-`` or ``E-`` that goes on with
            nothing; guessing where its span began would invent an annotation.
    """
    spans: list[Span] = []
    start, label = 0, ""  # the open span; no label means that none is open
    for i, tag in enumerate(tags):
        kind, _, name = tag.partition("-")
        goes_on = kind in {"I", "E"}
        if (kind not in _KINDS) or (bool(name) == (kind == OUTSIDE)):
            raise _bad_tag(doc_id, i, f"{tag!r} is no BIO or BIOES tag")
        if goes_on and name != label:
            raise _bad_tag(doc_id, i, f"{tag!r} goes on with a span that did not begin")
        if label and not goes_on:
            spans.append(Span(start, i, label))
            label = ""
        if kind in {"B", "S"}:
            start, label = i, name
        if kind in {"E", "S"}:
            spans.append(Span(start, i + 1, label))
            label = ""
    if label:
        spans.append(Span(start, len(tags), label))
    return spans


def tag_names(tagger: Tagger, labels: Sequence[str]) -> list[str]:
    """Every tag that ``tagger`` gives for these labels, ``O`` first, in a fixed order."""
    kinds = _KINDS_OF[tagger]
    return [OUTSIDE, *(f"{kind}-{label}" for label in labels for kind in kinds)]


_KINDS = frozenset({"B", "I", "E", "S", OUTSIDE})
_KINDS_OF: Mapping[Tagger, str] = {bio: "BI", bioes: "BIES"}


def _tags(found: Iterable[Run]) -> list[str]:
    tags: list[str] = []
    for start, end, tag in found:
        tags += [tag] * (end - start)
    return tags


def _flat(length: int, spans: Iterable[Span], doc_id: str) -> list[Span]:
    ordered = sorted(spans, key=lambda span: (span.start, span.end, span.label))
    for span in ordered:
        if not 0 <= span.start < span.end <= length:
            raise InputError(
                f"document {doc_id!r}: {_named(span)} does not fit a text of {length} characters"
            )
        if not span.label:
            raise InputError(f"document {doc_id!r}: the span {span.start}-{span.end} has no label")
    for left, right in pairwise(ordered):
        if right.start < left.end:
            raise InputError(
                f"document {doc_id!r}: {_named(left)} and {_named(right)} overlap, "
                "and one tag a character can't hold both",
                "Settle it in the gold, or export to jsonl only, which holds nested spans.",
            )
    return ordered


def _named(span: Span) -> str:
    text = f" {span.text!r}" if span.text else ""
    return f"{span.label} {span.start}-{span.end}{text}"


def _bad_tag(doc_id: str, i: int, what: str) -> InputError:
    return InputError(
        f"document {doc_id!r}, unit {i}: {what}",
        "Tags are O, B-LABEL, I-LABEL, and in BIOES also E-LABEL and S-LABEL.",
    )
