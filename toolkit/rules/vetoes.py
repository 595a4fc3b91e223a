"""What vetoes found, to be asked whether a candidate stands."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
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
        self._inside = _reaches(places["inside"])
        self._overlap = _reaches(places["overlap"])

    def strikes(self, start: int, end: int) -> bool:
        """Whether a veto covers what stands there, in its own way."""
        return not self.spared([(start, end)])

    def spared(self, places: Iterable[Place]) -> list[Place]:
        """The places that no veto covers, in its own way."""
        equal = self._equal
        inside, inside_reach = self._inside
        overlap, overlap_reach = self._overlap
        return [
            place
            for place in places
            if inside_reach[bisect_right(inside, place[0])] < place[1]
            and overlap_reach[bisect_left(overlap, place[1])] <= place[0]
            and place not in equal
        ]


def _reaches(places: list[Place]) -> tuple[list[int], list[int]]:
    """Where places start, and how far to the right the first none, one, two … of them reach."""
    places.sort()
    starts = [start for start, _ in places]
    return starts, list(accumulate((end for _, end in places), max, initial=-1))
