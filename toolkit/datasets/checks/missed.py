"""Places of a text that is nearly always labelled, where it has no label.

A place counts as free where no span touches it and, if the text is cut into words, where it
begins and ends with a word: 中国 is no entity of its own inside of a word. The doubt is the share
of the text's places that are labelled, divided by the number of those that aren't: what is left
out again and again is left out for a reason.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from typing import Any

from toolkit.datasets.checks.finding import Finding, Material, at
from toolkit.model import GoldDocument, Span

KIND = "unlabelled"

_LEAST_LENGTH = 2
"""Characters; a single one is part of too many words."""

_LEAST_PLACES = 2
"""Labelled places that make a text known."""

_NEARLY_ALWAYS = 0.7
"""Share of a known text's places that are labelled."""


def find(material: Material) -> Iterator[Finding]:
    """The free places of texts that are nearly always labelled, by how nearly and how few."""
    labels_of: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for document in material.gold():
        for span in document.spans:
            labels_of[document.text[span.start : span.end]][span.label] += 1
    known = {
        text: labels
        for text, labels in labels_of.items()
        if len(text) >= _LEAST_LENGTH and labels.total() >= _LEAST_PLACES
    }
    if not known:
        return
    terms = list(known)
    search = _search(terms)
    free: Counter[str] = Counter()
    for document in material.gold():
        free.update(terms[term] for term, _, _ in _free(document, search, material))
    for document in material.gold():
        for term, start, end in _free(document, search, material):
            labels = known[terms[term]]
            labelled, left = labels.total(), free[terms[term]]
            places = labelled + left
            if labelled / places < _NEARLY_ALWAYS:
                continue
            label, _ = labels.most_common(1)[0]
            why = f"labelled in {labelled} of {places} places, mostly {label}"
            yield at(KIND, document, Span(start, end, ""), why, labelled / (places + 1) / left)


def _search(terms: list[str]) -> Any:
    from daachorse import MATCH_KIND_LEFTMOST_LONGEST, CharwiseDoubleArrayAhoCorasick

    return CharwiseDoubleArrayAhoCorasick(terms, MATCH_KIND_LEFTMOST_LONGEST)


def _free(
    document: GoldDocument, search: Any, material: Material
) -> Iterator[tuple[int, int, int]]:
    """Term, start and end of the places that no span touches and no word is cut by."""
    found = [(term, start, end) for start, end, term in search.find(document.text)]
    if not found:
        return
    covered = bytearray(len(document.text))
    for span in document.spans:
        covered[span.start : span.end] = b"\1" * (span.end - span.start)
    found = [one for one in found if not any(covered[one[1] : one[2]])]
    if not found:
        return
    borders = {0, len(document.text)}
    if material.words is None:
        borders.update(range(len(document.text)))
    else:
        borders.update(end for _, end in material.words(document))
    yield from (one for one in found if one[1] in borders and one[2] in borders)
