"""What vetoes found, to be asked whether a candidate stands."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from itertools import accumulate
from operator import itemgetter
from typing import Literal, NamedTuple

from toolkit.rules.search import Place

Covers = Literal["inside", "equal", "overlap"]


class Veto(NamedTuple):
    """What a veto found: the labels of the candidates it strikes, how, and its places."""

    labels: Sequence[str]
    covers: Covers
    places: Sequence[Place]


class _Reaches:
    """Where places start, and how far to the right the first none, one, two … of them reach."""

    def __init__(self, found: Iterable[Sequence[Place]]) -> None:
        places = [place for those in found for place in those]
        places.sort()
        self.starts = list(map(itemgetter(0), places))
        self.reach = list(accumulate(map(itemgetter(1), places), max, initial=-1))


class Struck:
    """The places that strike candidates of one label, by how they must cover them."""

    def __init__(self, inside: _Reaches, equal: Iterable[Place], overlap: _Reaches) -> None:
        self._inside, self._equal, self._overlap = inside, frozenset(equal), overlap

    def strikes(self, start: int, end: int) -> bool:
        """Whether a veto covers what stands there, in its own way."""
        return not self.spared([(start, end)])

    def spared(self, places: Iterable[Place]) -> list[Place]:
        """The places that no veto covers, in its own way."""
        equal = self._equal
        inside, inside_reach = self._inside.starts, self._inside.reach
        overlap, overlap_reach = self._overlap.starts, self._overlap.reach
        return [
            place
            for place in places
            if inside_reach[bisect_right(inside, place[0])] < place[1]
            and overlap_reach[bisect_left(overlap, place[1])] <= place[0]
            and place not in equal
        ]


def struck(vetoes: Sequence[Veto]) -> dict[str, Struck]:
    """For each label that a veto struck somewhere, where."""
    numbers: dict[str, dict[Covers, list[int]]] = {}
    for number, veto in enumerate(vetoes):
        for label in veto.labels:
            numbers.setdefault(label, {}).setdefault(veto.covers, []).append(number)
    # Labels that the same vetoes strike share what these found: it may be much.
    known: dict[tuple[int, ...], _Reaches] = {}

    def reaches(those: Sequence[int]) -> _Reaches:
        key = tuple(those)
        if key not in known:
            known[key] = _Reaches(vetoes[number].places for number in key)
        return known[key]

    return {
        label: Struck(
            reaches(by.get("inside", ())),
            (place for number in by.get("equal", ()) for place in vetoes[number].places),
            reaches(by.get("overlap", ())),
        )
        for label, by in numbers.items()
    }
