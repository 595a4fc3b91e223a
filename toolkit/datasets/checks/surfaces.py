"""The same text with different labels in different places.

Of each such text the places of every label but its most frequent one are doubted, by the
share of its other places that say otherwise, divided by the number of places that have the
label, which speak for a reason; where two labels are as frequent, the places of both.
``work_list`` orders the texts by what settling them would bring: the entropy of the labels in
bits, times the number of places.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from math import log2

from msgspec import Struct

from toolkit.datasets.checks.finding import Finding, Material, at
from toolkit.model import GoldDocument

KIND = "label-differs"


class Surface(Struct, frozen=True):
    """A text, its labels with their numbers of places, and what it weighs in the work list."""

    text: str
    labels: dict[str, int]
    weight: float


def find(material: Material) -> Iterator[Finding]:
    """The places of texts whose label isn't the most frequent one."""
    labels_of = _ambiguous(material.gold())
    for document in material.gold():
        for span in document.spans:
            counts = labels_of.get(document.text[span.start : span.end])
            if counts is None:
                continue
            own, most = counts[span.label], max(counts.values())
            ties = sum(count == most for count in counts.values())
            if own == most and ties == 1:
                continue
            others = Counter({k: n for k, n in counts.items() if k != span.label})
            why = f"{span.label} {own}×, elsewhere {_in_words(others)}"
            share = others.total() / (counts.total() + 1)
            yield at(KIND, document, span, why, share / own)


def work_list(gold: Iterable[GoldDocument]) -> list[Surface]:
    """The texts with several labels, those first whose settling would bring most."""
    found = [
        Surface(text, dict(counts.most_common()), round(_entropy(counts) * counts.total(), 3))
        for text, counts in _ambiguous(gold).items()
    ]
    return sorted(found, key=lambda surface: (-surface.weight, surface.text))


def _ambiguous(gold: Iterable[GoldDocument]) -> Mapping[str, Counter[str]]:
    counts: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for document in gold:
        for span in document.spans:
            counts[document.text[span.start : span.end]][span.label] += 1
    return {text: labels for text, labels in counts.items() if len(labels) > 1}


def _entropy(counts: Counter[str]) -> float:
    total = counts.total()
    return -sum(n / total * log2(n / total) for n in counts.values())


def _in_words(counts: Counter[str]) -> str:
    return ", ".join(f"{label} {count}×" for label, count in counts.most_common())
