"""Several projects behind one annotator: which passage goes into which; pure.

Label Studio's work for the next task, a page of the list, or a count grows with the project: at
50,000 tasks it is about twice what it is up to 10,000 (``benchmarks/studio_size.py``).
So an annotator's passages are dealt to projects of at most so many, one after the other. What
is in a project stays there.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

from toolkit.studio.names import document_of_key


def deal(
    keys: Sequence[str], homes: Mapping[str, int], sizes: Sequence[int], most: int
) -> list[list[str]]:
    """The keys of each project, in the order of ``keys``; new projects come last.

    A passage that is somewhere stays there. The others of a document go where it has passages,
    as long as there is room, then all together into the last project; where they don't fit
    into that, into a new one. Only a document that is longer than a project is cut for that.

    Args:
        keys: of all passages (``tasks.key``).
        homes: the projects, by number from 0, of passages that are in one.
        sizes: how many tasks each project holds.
        most: how many one is to hold, 0 for any number; those that hold more keep them.

    Returns:
        A list for each of ``sizes``, and one for each project that is to be opened.
    """
    dealer = _Dealer(sizes, most)
    missing: dict[str, list[str]] = defaultdict(list)
    places: dict[str, int] = {}
    known: dict[str, int] = {}
    for key in keys:
        if key in homes:
            places[key] = homes[key]
            known[document_of_key(key)] = homes[key]
        else:
            missing[document_of_key(key)].append(key)
    for document, some in missing.items():
        places |= zip(some, dealer.places(len(some), known.get(document)), strict=True)
    dealt: list[list[str]] = [[] for _ in dealer.sizes]
    for key in keys:
        dealt[places[key]].append(key)
    return dealt


class _Dealer:
    """Keeps count of how full each project is; there is always one."""

    def __init__(self, sizes: Sequence[int], most: int) -> None:
        self.sizes = list(sizes) or [0]
        self._most = most

    def places(self, count: int, home: int | None) -> list[int]:
        """The projects of so many passages of one document, which has others in ``home``."""
        if not self._most:
            return self._take(len(self.sizes) - 1 if home is None else home, count)
        here = [] if home is None else self._take(home, min(count, self._room(home)))
        while len(here) < count:
            left = count - len(here)
            if self._room(-1) < left and self.sizes[-1]:
                self.sizes.append(0)
            here += self._take(len(self.sizes) - 1, min(left, self._room(-1)))
        return here

    def _room(self, project: int) -> int:
        return max(0, self._most - self.sizes[project])

    def _take(self, project: int, count: int) -> list[int]:
        self.sizes[project] += count
        return [project] * count
