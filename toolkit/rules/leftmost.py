"""Of places that overlap, those that count."""

from __future__ import annotations

from collections.abc import Iterable

from toolkit.rules.search import Place


def leftmost_longest(hits: list[Place]) -> list[Place]:
    """Of places that overlap the leftmost, of those the longest, then from its end on."""
    if len(hits) == 1:
        return hits
    hits.sort(key=_leftmost)
    return apart(hits)


def apart(places: Iterable[Place]) -> list[Place]:
    """Of places in order each that begins behind the last one taken."""
    taken = []
    free = 0
    for place in places:
        if place[0] >= free:
            taken.append(place)
            free = place[1]
    return taken


def _leftmost(place: Place) -> tuple[int, int]:
    return place[0], -place[1]
