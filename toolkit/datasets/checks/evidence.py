"""What speaks for and against a span: the model's word, the rest of the gold, and the words."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from itertools import compress
from math import log, log1p
from operator import not_
from typing import Literal

from msgspec import Struct

from toolkit.model import GoldDocument

Kind = Literal["label", "boundary", "both", "silent", "missed"]
"""The model reads another label, other boundaries, both, or nothing; or the gold has nothing."""

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
        apart: by how many characters the nearest reading's ends are off.
        beside: how many other spans of the gold the readings touch; an error is mostly alone.
        own_label: what the gold says of exactly this place; empty where it says nothing.
        is_free: whether the gold says nothing of any part of it.
    """

    kind: Kind
    text: str
    label: str
    readings: tuple[tuple[str, str], ...]
    probability: float
    sure: float
    cuts: int
    reading_cuts: int
    apart: int
    beside: int
    own_label: str
    is_free: bool


def evidence(cases: Sequence[Case], gold: Iterable[GoldDocument]) -> list[list[float]]:
    """A row of numbers for each case, of one meaning for all cases."""
    documents = list(gold)
    labelled: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for document in documents:
        for span in document.spans:
            labelled[document.text[span.start : span.end]][span.label] += 1
    free, taken = _places({case.text for case in cases}, documents)
    return [_row(case, labelled, free, taken) for case in cases]


def _row(
    case: Case,
    labelled: Mapping[str, Counter[str]],
    free_places: Mapping[str, int],
    taken_places: Mapping[str, int],
) -> list[float]:
    known: Mapping[str, int] = labelled.get(case.text, {})
    every = sum(known.values())
    # The place itself is no evidence for itself.
    is_labelled = bool(case.own_label)
    same = known.get(case.label, 0) - (case.own_label == case.label)
    other = every - known.get(case.label, 0) - (is_labelled and case.own_label != case.label)
    free = max(0, free_places[case.text] - case.is_free)
    partly_taken = not is_labelled and not case.is_free
    within = max(0, taken_places[case.text] - every - partly_taken)
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
        log1p(within),
        within / (within + free + same + other + 1),
        log(len(case.text)),
        float(len(case.text) == 1),
        case.cuts,
        case.reading_cuts,
        log1p(case.apart),
        case.beside,
    ]


def _known(labelled: Mapping[str, Counter[str]], text: str, label: str) -> int:
    return labelled[text][label] if text in labelled else 0


def _log_odds(probability: float) -> float:
    bounded = min(max(probability, _LEAST), 1 - _LEAST)
    return log(bounded / (1 - bounded))


def _places(
    texts: Iterable[str], documents: Iterable[GoldDocument]
) -> tuple[Counter[str], Counter[str]]:
    """How often each of the texts stands where no span is, and where one is."""
    from daachorse import CharwiseDoubleArrayAhoCorasick

    long = sorted(text for text in texts if len(text) > 1)
    search = CharwiseDoubleArrayAhoCorasick(long) if long else None
    free: Counter[str] = Counter()
    taken: Counter[str] = Counter()
    for document in documents:
        covered = bytearray(len(document.text))
        for span in document.spans:
            covered[span.start : span.end] = b"\1" * (span.end - span.start)
        # Single characters are everywhere.
        free.update(compress(document.text, map(not_, covered)))
        taken.update(compress(document.text, covered))
        if search is not None:
            for start, end, number in search.find_overlapping(document.text):
                (free if covered.find(1, start, end) < 0 else taken)[long[number]] += 1
    return free, taken
