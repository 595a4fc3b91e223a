"""Spans that begin or end with space or punctuation.

Brackets and quotation marks in pairs inside the span are part of it, as in 《人民日报》, and so
are the signs that numbers end with. Where a label's spans often end so, its guidelines want it.
"""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Iterator

from toolkit.datasets.checks.finding import Finding, Material, at
from toolkit.spans import EDGE_SPACE

KIND = "edge"

_SPACE, _MARK = 1.0, 0.8
"""Doubt of a space and of a punctuation mark at an edge."""

_OF_NUMBERS = frozenset("%‰％#＃@＠&＆*＊-−")
"""Punctuation to Unicode, and at the edge of names and amounts all the same."""

_PAIRS = {
    **dict(zip("《〈「『【〔〖（(［[｛{“‘", "》〉」』】〕〗）)］]｝}”’", strict=True)),
    '"': '"',
    "'": "'",
}

_CLOSERS = {close: opener for opener, close in _PAIRS.items()}


def find(material: Material) -> Iterator[Finding]:
    """The spans with space or punctuation at an edge."""
    totals: Counter[str] = Counter()
    marked: Counter[tuple[str, str]] = Counter()
    for document in material.gold():
        for span in document.spans:
            totals[span.label] += 1
            for _, mark in _marks(document.text[span.start : span.end]):
                marked[span.label, mark] += 1
    for document in material.gold():
        for span in document.spans:
            for side, mark in _marks(document.text[span.start : span.end]):
                usual = (marked[span.label, mark] - 1) / max(1, totals[span.label] - 1)
                doubt = _SPACE if mark in EDGE_SPACE else _MARK * (1 - usual)
                name = unicodedata.name(mark, f"U+{ord(mark):04X}").lower()
                yield at(KIND, document, span, f"{side} with {name}", doubt)
                break  # one finding a span


def _marks(text: str) -> Iterator[tuple[str, str]]:
    """The sides of a span that a mark stands on, with the mark."""
    if not text:
        return
    first, last = text[0], text[-1]
    if _is_mark(first) and not (first in _PAIRS and _PAIRS[first] in text[1:]):
        yield "begins", first
    if _is_mark(last) and not (last in _CLOSERS and _CLOSERS[last] in text[:-1]):
        yield "ends", last


def _is_mark(char: str) -> bool:
    if char in EDGE_SPACE:
        return True
    return char not in _OF_NUMBERS and unicodedata.category(char).startswith("P")
