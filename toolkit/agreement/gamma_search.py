"""Least-cost search in one stretch of units.

Each way to align a stretch has a loss: the prices of the units that stand alone, and what
the chosen unitary alignments save less than the prices of their units. The search goes
along the units; at each it lets the unit stand alone or takes a candidate whose first
unit it is. All losses are positive, so Dijkstra's algorithm (1959) finds the least, and
the loss that it has reached when it is stopped bounds the least from below. A state is
the place with the units ahead that are taken already, a few bits.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from heapq import heappop, heappush

MOST_STEPS = 20_000
"""States that a search visits before it settles for a bound."""

_TOLERANCE = 1e-10

Chosen = tuple["Chosen", int] | None
"""Candidates chosen so far, the last one outermost."""


@dataclass(frozen=True, slots=True)
class Found:
    """``better`` are the candidates of a better alignment, null where there is none.

    ``doubt`` is by how much an alignment that wasn't seen may be better still.
    """

    better: list[int] | None
    doubt: float


def cheapest(
    losses: Sequence[float],
    masks: Sequence[int],
    prices: Sequence[float],
    limit: float,
    most_steps: int,
) -> Found:
    """The alignment of least loss of units next to each other, if there is one below ``limit``.

    Args:
        losses: of the candidates.
        masks: their units, a bit each, the first unit the lowest.
        prices: of the units.
        limit: the loss of the alignment that is known.
        most_steps: states to visit at most.
    """
    options: dict[int, list[tuple[int, float, int]]] = defaultdict(list)
    for candidate, (mask, loss) in enumerate(zip(masks, losses, strict=True)):
        begins = (mask & -mask).bit_length() - 1
        options[begins].append((mask >> (begins + 1), loss, candidate))
    limit -= _TOLERANCE
    end = len(prices)
    # Ties go to who has come furthest; the running number keeps links from being compared.
    waiting: list[tuple[float, int, int, int, Chosen]] = [(0.0, 0, 0, 0, None)]
    seen: set[tuple[int, int]] = set()
    pushed = 0
    while waiting:
        loss, back, _, taken, link = heappop(waiting)
        place = -back
        while taken & 1:
            place, taken = place + 1, taken >> 1
        if (place, taken) in seen:
            continue
        seen.add((place, taken))
        if place >= end:
            return Found(_listed(link), 0.0)
        if len(seen) > most_steps:
            return Found(None, limit - loss)
        alone = loss + prices[place]
        if alone < limit:
            pushed += 1
            heappush(waiting, (alone, -place - 1, pushed, taken >> 1, link))
        for mask, more, candidate in options[place]:
            total = loss + more
            if total < limit and not (taken >> 1) & mask:
                pushed += 1
                heappush(
                    waiting, (total, -place - 1, pushed, (taken >> 1) | mask, (link, candidate))
                )
    return Found(None, 0.0)


def _listed(link: Chosen) -> list[int]:
    chosen: list[int] = []
    while link is not None:
        link, candidate = link
        chosen.append(candidate)
    return chosen
