"""Documents → sentences with spans that don't overlap, for models that read one at a time."""

from __future__ import annotations

import re
from collections.abc import Iterator

from msgspec import Struct

from toolkit.model import GoldDocument, GoldSpan, Span

_END = re.compile(r"[。！？!?；;\n]+[”’」』）)]*")

_LONGEST = 400
"""Characters, after which a sentence without an end is cut where no span is."""


class Sentence(Struct, frozen=True):
    """A stretch of a document that begins at ``start``; spans count from there."""

    start: int
    text: str
    spans: tuple[Span, ...]


def sentences(document: GoldDocument) -> Iterator[Sentence]:
    """The sentences of a document; none ends inside a span.

    Of spans that overlap the outermost ones are there.
    """
    spans = outermost(document)
    first = 0
    start = 0
    for end in _ends(document.text, spans):
        last = first
        while last < len(spans) and spans[last].end <= end:
            last += 1
        inside = tuple(Span(s.start - start, s.end - start, s.label) for s in spans[first:last])
        yield Sentence(start, document.text[start:end], inside)
        start, first = end, last


def outermost(document: GoldDocument) -> list[GoldSpan]:
    """The spans in order without those that overlap one that begins before, or is longer."""
    kept: list[GoldSpan] = []
    for span in sorted(document.spans, key=lambda s: (s.start, -s.end, s.label)):
        if not kept or span.start >= kept[-1].end:
            kept.append(span)
    return kept


def _ends(text: str, spans: list[GoldSpan]) -> Iterator[int]:
    """Where sentences end, in order; the last is the end of the text."""
    wanted = sorted({found.end() for found in _END.finditer(text)} | {len(text)})
    start = number = 0
    for end in wanted:
        for place in (*range(start + _LONGEST, end, _LONGEST), end):
            while number < len(spans) and spans[number].end <= place:
                number += 1
            cuts = number < len(spans) and spans[number].start < place
            if place > start and not cuts:
                yield place
                start = place
