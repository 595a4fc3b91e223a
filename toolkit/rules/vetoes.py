"""What vetoes found, to be asked whether a candidate stands."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from itertools import accumulate
from typing import Literal

from toolkit.rules.search import Place

Covers = Literal["inside", "equal", "overlap"]


class Struck:
    """The places that strike candidates of one label.

    Args:
        found: for each veto how it covers, and its places.
    """

    def __init__(self, found: Iterable[tuple[Covers, Sequence[Place]]]) -> None:
        places: dict[Covers, list[Place]] = {"inside": [], "equal": [], "overlap": []}
        for covers, those in found:
            places[covers].extend(those)
        self._equal = frozenset(places["equal"])
        self._inside = _Reach(places["inside"])
        self._overlap = _Reach(places["overlap"])

    def strikes(self, start: int, end: int) -> bool:
        """Whether a veto covers what stands there, in its own way."""
        return (
            (start, end) in self._equal
            or self._inside.from_before(start + 1) >= end
            or self._overlap.from_before(end) > start
        )


class _Reach:
    """How far to the right places reach that start before a given one."""

    def __init__(self, places: list[Place]) -> None:
        places.sort()
        self._starts = [start for start, _ in places]
        self._ends = list(accumulate((end for _, end in places), max))

    def from_before(self, start: int) -> int:
        """The farthest end of the places that start before ``start``; -1 if none does."""
        index = bisect_left(self._starts, start)
        return self._ends[index - 1] if index else -1
