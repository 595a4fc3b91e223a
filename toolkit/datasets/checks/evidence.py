"""What speaks for and against a span: the model's word, the rest of the gold, and the words."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from math import log, log1p
from typing import Literal

from msgspec import Struct

from toolkit.model import GoldDocument

Kind = Literal["label", "boundary", "silent", "missed"]
"""The model reads another label, or other boundaries, or nothing; or the gold has nothing."""

_LEAST = 1e-4
"""Probabilities nearer to 0 or 1 than that are told apart by nothing but chance."""


class Case(Struct, frozen=True):
    """A span on which model and gold don't agree, or wouldn't if the gold had it.

    Args:
        kind: in what they don't.
        text: what stands there.
        label: the span's.
        readings: text and label of what the model reads in its place.
        probability: what the model gives to the span.
        sure: what it gives to its own reading.
        cuts: how many ends of the span are inside of a word.
        reading_cuts: the same of the model's reading.
        own_label: what the gold says of exactly this place; empty where it says nothing.
    """

    kind: Kind
    text: str
    label: str
    readings: tuple[tuple[str, str], ...]
    probability: float
    sure: float
    cuts: int
    reading_cuts: int
    own_label: str


def evidence(cases: Sequence[Case], gold: Iterable[GoldDocument]) -> list[list[float]]:
    """A row of numbers for each case, of one meaning for all cases."""
    documents = list(gold)
    labelled: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for document in documents:
        for span in document.spans:
            labelled[document.text[span.start : span.end]][span.label] += 1
    places = _places({case.text for case in cases}, documents)
    return [_row(case, labelled, places) for case in cases]


def _row(
    case: Case, labelled: Mapping[str, Counter[str]], places: Mapping[str, int]
) -> list[float]:
    known: Mapping[str, int] = labelled.get(case.text, {})
    every = sum(known.values())
    # The place itself is no evidence for itself.
    is_labelled = bool(case.own_label)
    same = known.get(case.label, 0) - (case.own_label == case.label)
    other = every - known.get(case.label, 0) - (is_labelled and case.own_label != case.label)
    free = max(0, places[case.text] - every - (not is_labelled))
    of_reading = max((_known(labelled, text, label) for text, label in case.readings), default=0)
    return [
        _log_odds(case.probability),
        _log_odds(case.sure),
        log1p(same),
        float(same == 0),
        log1p(other),
        other / (same + other + 1),
        log1p(of_reading),
        float(of_reading == 0),
        log1p(free),
        free / (free + same + other + 1),
        log(len(case.text)),
        float(len(case.text) == 1),
        case.cuts,
        case.reading_cuts,
    ]


def _known(labelled: Mapping[str, Counter[str]], text: str, label: str) -> int:
    return labelled[text][label] if text in labelled else 0


def _log_odds(probability: float) -> float:
    bounded = min(max(probability, _LEAST), 1 - _LEAST)
    return log(bounded / (1 - bounded))


def _places(texts: Iterable[str], documents: Iterable[GoldDocument]) -> Counter[str]:
    """How often each of the texts stands anywhere."""
    from daachorse import CharwiseDoubleArrayAhoCorasick

    long = sorted(text for text in texts if len(text) > 1)
    search = CharwiseDoubleArrayAhoCorasick(long) if long else None
    found: Counter[str] = Counter()
    numbers: Counter[int] = Counter()
    for document in documents:
        found.update(document.text)  # single characters, which are everywhere
        if search is not None:
            numbers.update(number for _, _, number in search.find_overlapping(document.text))
    for number, count in numbers.items():
        found[long[number]] = count
    return found
