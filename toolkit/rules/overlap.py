"""Of the spans that compete for the same characters, the set with the best total weight.

Weighted interval scheduling (Kleinberg & Tardos, *Algorithm Design*, 2005, section 6.1):
nobody wins by coming first, and a span loses only to spans that are together worth more.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Collection, Iterable, Sequence
from operator import itemgetter
from typing import NamedTuple

from toolkit.model import SuggestedSpan

GROWTH = 1.25
"""Exponent of the length in a span's weight.

Above 1, so that a long name beats the names inside of it even where it is somewhat less
sure (a name of seven characters against parts of three and four: from 0.84 of their
score), and a pair of short neighbours does not split it.
"""

_PAIR = 2

_STEPS = 1_000_000  # weights are whole numbers of millionths, so that equal is equal


def weight(score: float, length: int) -> int:
    """``score × length ** 1.25`` in millionths; length in characters."""
    grown: float = length**GROWTH
    return round(score * grown * _STEPS)


class Rival(NamedTuple):
    """A candidate as it competes; ``unsure`` is its score below zero.

    Rivals sort by end, start, falling score, label and rule.
    """

    end: int
    start: int
    unsure: float
    label: str
    rule: str
    weight: int


def best(candidates: Sequence[SuggestedSpan]) -> tuple[SuggestedSpan, ...]:
    """The flat set of candidates with the greatest total weight, by offset.

    At equal weight the set that covers more characters wins, then the one of fewer
    spans, then the one whose spans come first by start, label and rule id. The order
    of ``candidates`` has no influence.
    """
    by_rival = {
        Rival(s.end, s.start, -s.score, s.label, s.rule, weight(s.score, s.end - s.start)): s
        for s in candidates
    }
    return tuple(by_rival[chosen] for chosen in settled(list(by_rival)))


def standing(rivals: list[Rival], nests: Collection[str]) -> list[Rival]:
    """What stands in the end: the best set, and beside it what nests in it."""
    chosen = settled(rivals)
    return nested(rivals, chosen, nests) if nests else chosen


def settled(rivals: list[Rival]) -> list[Rival]:
    """Of the rivals the best set, as ``best`` says, by offset.

    Rivals that don't overlap, not even by way of others, are settled apart: which of
    them win has no influence on each other.
    """
    rivals.sort(key=itemgetter(1, 0))
    chosen: list[Rival] = []
    group: list[Rival] = []
    reach = 0
    for one in rivals:
        end, start = one[0], one[1]
        if start < reach:
            group.append(one)
            reach = max(reach, end)
            continue
        if group:
            chosen += group if len(group) == 1 else _settled(group)
        group, reach = [one], end
    chosen += group if len(group) == 1 else _settled(group)
    return chosen


def nested(
    rivals: Iterable[Rival], chosen: Iterable[Rival], labels: Collection[str]
) -> list[Rival]:
    """The chosen rivals, and those of ``labels`` that may stand beside them within them.

    What wins the competition stays the same. Of the candidates of ``labels`` that lie in a
    span that was chosen, shorter than it and of another label, the best set stands too, and
    within these again, of a label that isn't around them yet. By start, the longer first.
    """
    inner = sorted((one for one in rivals if one.label in labels), key=itemgetter(1, 0))
    starts = [one.start for one in inner]
    found: list[Rival] = []
    outer = [(one, frozenset((one.label,))) for one in chosen]
    while outer:
        around, taken = outer.pop()
        found.append(around)
        near = inner[bisect_left(starts, around.start) : bisect_left(starts, around.end)]
        within = [
            one
            for one in near
            if one.end <= around.end
            and one.end - one.start < around.end - around.start
            and one.label not in taken
        ]
        outer += [(one, taken | {one.label}) for one in settled(within)] if within else ()
    return sorted(found, key=lambda one: (one.start, -one.end))


def _settled(rivals: list[Rival]) -> list[Rival]:
    """The best set of rivals that overlap, if only by way of others."""
    rivals.sort()
    if len(rivals) == _PAIR:
        first, second = rivals
        is_more = (second[5], second[0] - second[1]) > (first[5], first[0] - first[1])
        return [second if is_more else first]
    ends = [one[0] for one in rivals]
    values: list[tuple[int, int, int]] = [(0, 0, 0)]
    taken: list[int] = []  # for each rival: how many precede it if taken, -1 if it is not
    for index, one in enumerate(rivals):
        before = bisect_right(ends, one[1], hi=index)
        total, covered, fewer = values[before]
        value = (total + one[5], covered + one[0] - one[1], fewer - 1)
        if value > values[index]:
            values.append(value)
            taken.append(before)
        else:
            values.append(values[index])
            taken.append(-1)
    chosen = []
    index = len(rivals)
    while index:
        if taken[index - 1] < 0:
            index -= 1
        else:
            chosen.append(rivals[index - 1])
            index = taken[index - 1]
    chosen.reverse()
    return chosen
