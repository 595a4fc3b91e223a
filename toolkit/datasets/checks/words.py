"""Spans that begin or end inside a word.

A word cutter errs too, and some labels end inside its words by their guidelines, so this is
a doubt and no error; a cut that many spans make in the same place of the same word is nearly
none.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from toolkit.datasets.checks.finding import Finding, Material, at
from toolkit.model import GoldDocument, Span

KIND = "cut-word"

_DOUBT = 0.5
"""Of a cut that is made once."""

_Cut = tuple[str, int]
"""A word, and the place in it where a span begins or ends."""


def find(material: Material) -> Iterator[Finding]:
    """The spans that cut a word, by how rare the cut is."""
    if material.words is None:
        return
    counts: Counter[_Cut] = Counter()
    for document in material.gold():
        for _, cuts in _cuts(document, material.words(document)):
            counts.update(cuts)
    for document in material.gold():
        for span, cuts in _cuts(document, material.words(document)):
            rarest = min(cuts, key=lambda cut: (counts[cut], cut))
            word, place = rarest
            why = f"cuts the word {word[:place]}|{word[place:]}"
            yield at(KIND, document, span, why, _DOUBT / counts[rarest])


def _cuts(
    document: GoldDocument, words: Sequence[tuple[int, int]]
) -> Iterator[tuple[Span, list[_Cut]]]:
    """The spans that cut words, each with where it does."""
    if not document.spans:
        return
    inside = {place: (start, end) for start, end in words for place in range(start + 1, end)}
    for span in document.spans:
        found = []
        for place in (span.start, span.end):
            if place in inside:
                start, end = inside[place]
                found.append((document.text[start:end], place - start))
        if found:
            yield span, found
