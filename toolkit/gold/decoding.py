"""From beliefs about units to decisions about spans.

The chain's most probable tags give the spans. The probability of any span, gold or not,
is exact under the chain: that it begins where it begins, goes on, and ends where it ends.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from msgspec.structs import replace

from toolkit.gold.cases import Case, Decision, Key, decision
from toolkit.gold.chain import Beliefs
from toolkit.gold.units import Floats, Integers, Units

DIGITS = 6
"""Decimal places of a probability: beyond them lies the noise of sums in another order."""

TINY = 1e-300
"""Nearly zero, where a logarithm is taken."""


@dataclass(frozen=True, slots=True)
class Runs:
    """Spans in terms of units: the first and the last of each, and its label's number."""

    first: Integers
    last: Integers
    label: Integers


def runs_of(tags: Integers) -> Runs:
    """The spans that these tags spell, in order; they follow the chain's rules."""
    first = np.flatnonzero(tags % 2 == 1)
    inside = np.zeros(len(tags) + 1, dtype=np.bool_)
    inside[: len(tags)] = (tags > 0) & (tags % 2 == 0)
    ends = np.flatnonzero(~inside)
    last = ends[np.searchsorted(ends, first, side="right")] - 1
    return Runs(first, last, (tags[first] - 1) // 2)


def given_runs(units: Units) -> Runs:
    """Every span that somebody gave, each once."""
    row = np.flatnonzero(units.tag % 2 == 1)
    by_view = np.lexsort((units.unit, units.view))
    place = np.empty(len(by_view), dtype=np.int64)
    place[by_view] = np.arange(len(by_view))
    goes_on = (units.tag[by_view] > 0) & (units.tag[by_view] % 2 == 0)
    stops = np.append(np.flatnonzero(~goes_on), len(by_view))
    last = units.unit[by_view[stops[np.searchsorted(stops, place[row], side="right")] - 1]]
    first, label = units.unit[row], (units.tag[row] - 1) // 2
    # One number for three, so that they are sorted fast.
    length, labels = last - first, len(units.labels)
    longest = int(length.max(initial=0)) + 1
    runs = np.unique((first * longest + length) * labels + label)
    first, length = np.divmod(runs // max(labels, 1), longest)
    return Runs(first, first + length, runs % max(labels, 1))


def probabilities(beliefs: Beliefs, runs: Runs) -> Floats:
    """How probable each of these spans is, exactly as it stands."""
    begins = beliefs.tags[runs.first, 1 + 2 * runs.label]
    after_begin, after_inside = beliefs.goes_on
    logs = np.log(np.maximum(after_inside, TINY))
    summed = np.concatenate([np.zeros((1, logs.shape[1])), np.cumsum(logs, axis=0)])
    single = runs.first == runs.last
    goes_on = after_begin[runs.first, runs.label] * np.exp(
        summed[runs.last, runs.label] - summed[np.minimum(runs.first + 1, runs.last), runs.label]
    )
    ends = 1.0 - np.where(single, after_begin[runs.last, runs.label], 0.0)
    ends = np.where(single, ends, 1.0 - after_inside[runs.last, runs.label])
    whole: Floats = begins * np.where(single, 1.0, goes_on) * ends
    return whole.clip(0.0, 1.0).round(DIGITS)


@dataclass(frozen=True, slots=True)
class Found:
    """By case number: spans that won, and all that were given, with their probabilities."""

    won: dict[int, dict[Key, float]]
    given: dict[int, dict[Key, float]]
    words: dict[int, dict[Key, float]]


def found(units: Units, tags: Integers, beliefs: Beliefs, words: Beliefs | None = None) -> Found:
    """The spans that these most probable tags spell, and those that were given.

    ``words``: what the chain would believe of the strings alone, where it was asked.
    """
    won, given = runs_of(tags), given_runs(units)
    count = len(won.first)
    runs = Runs(*map(np.concatenate, zip(_columns(won), _columns(given), strict=True)))
    cases, keys = _named(units, runs)
    said = probabilities(beliefs, runs).tolist()
    return Found(
        _by_case(cases[:count], keys[:count], said[:count]),
        _by_case(cases[count:], keys[count:], said[count:]),
        {} if words is None else _by_case(cases, keys, probabilities(words, runs).tolist()),
    )


def decided(cases: Sequence[Case], spans: Found, method: str) -> Iterator[Decision]:
    """A decision for each case."""
    for number, case in enumerate(cases):
        settled = decision(case, spans.won.get(number, {}), spans.given.get(number, {}), method)
        words = spans.words.get(number)
        yield replace(settled, words=words) if words else settled


def _columns(runs: Runs) -> tuple[Integers, Integers, Integers]:
    return runs.first, runs.last, runs.label


def _named(units: Units, runs: Runs) -> tuple[list[int], list[Key]]:
    """The case of each span, and the span in terms of characters."""
    starts, ends = units.start[runs.first].tolist(), units.end[runs.last].tolist()
    labels = [units.labels[label] for label in runs.label.tolist()]
    return units.case[runs.first].tolist(), list(zip(starts, ends, labels, strict=True))


def _by_case(cases: list[int], keys: list[Key], said: list[float]) -> dict[int, dict[Key, float]]:
    """Spans with their probabilities, by case."""
    spans: dict[int, dict[Key, float]] = defaultdict(dict)
    for case, key, probability in zip(cases, keys, said, strict=True):
        spans[case][key] = probability
    return spans
