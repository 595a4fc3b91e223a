"""Of the spans that compete for the same characters, the set with the best total weight.

Weighted interval scheduling (Kleinberg & Tardos, *Algorithm Design*, 2005, section 6.1):
nobody wins by coming first, and a span loses only to spans that are together worth more.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence

from toolkit.model import SuggestedSpan

GROWTH = 1.25
"""Exponent of the length in a span's weight.

Above 1, so that a long name beats the names inside of it even where it is somewhat less
sure (a name of seven characters against parts of three and four: from 0.84 of their
score), and a pair of short neighbours does not split it.
"""

_STEPS = 1_000_000  # weights are whole numbers of millionths, so that equal is equal


def weight(span: SuggestedSpan) -> int:
    """``score × length ** 1.25`` in millionths; length in characters."""
    grown: float = (span.end - span.start) ** GROWTH
    return round(span.score * grown * _STEPS)


def best(candidates: Sequence[SuggestedSpan]) -> tuple[SuggestedSpan, ...]:
    """The flat set of candidates with the greatest total weight, by offset.

    At equal weight the set that covers more characters wins, then the one of fewer
    spans, then the one whose spans come first by start, label and rule id. The order
    of ``candidates`` has no influence.
    """
    spans = sorted(
        candidates, key=lambda s: (s.end, s.start, -s.score, s.label, s.rule, s.text or "")
    )
    ends = [span.end for span in spans]
    values: list[tuple[int, int, int]] = [(0, 0, 0)]
    taken: list[int] = []  # for each span: how many spans precede it if taken, -1 if it is not
    for index, span in enumerate(spans):
        before = bisect_right(ends, span.start, hi=index)
        total, covered, fewer = values[before]
        value = (total + weight(span), covered + span.end - span.start, fewer - 1)
        if value > values[index]:
            values.append(value)
            taken.append(before)
        else:
            values.append(values[index])
            taken.append(-1)
    chosen = []
    index = len(spans)
    while index:
        if taken[index - 1] < 0:
            index -= 1
        else:
            chosen.append(spans[index - 1])
            index = taken[index - 1]
    return tuple(reversed(chosen))
