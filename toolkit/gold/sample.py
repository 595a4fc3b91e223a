"""Which documents a method learns from, where there are too many to learn from all.

The draw depends on the documents' ids and not on their order: each has a rank, a hash of its
id, and those of least rank are taken while there is room. Besides, everybody is in the sample
with some documents, and so is every label, so that what was learnt knows all of them.
"""

from __future__ import annotations

import hashlib
import heapq
from collections.abc import Iterable, Sequence

import numpy as np

from toolkit.gold.units import Integers

FEW = 2_500_000
"""Characters times those who read them: with no more than these all are merged together."""

ROOM = 7_500_000
"""The same, of a sample. On invented Chinese passages three times ``FEW`` made gold better by
1.3 points of strict F1, which is more than what a fit to all was better by."""

FEWEST = 30
"""Documents of each annotator, and of each label, that are in the sample, or all of theirs."""

_ANY = 1 << 63
"""No rank is as high."""

_SALT = b"gold sample"


def rank_of(doc_id: str) -> int:
    """A number of 63 bits that looks random, and is the same for the same id."""
    hashed = hashlib.blake2b(doc_id.encode("utf-8", "surrogatepass"), digest_size=8, salt=_SALT)
    return int.from_bytes(hashed.digest()) >> 1


class Wanted:
    """Of each name the ``FEWEST`` documents of least rank."""

    def __init__(self) -> None:
        self._least: dict[tuple[str, str], list[tuple[int, int]]] = {}
        # What a rank has to be under, where there are enough of a name.
        self._under: dict[tuple[str, str], int] = {}

    def see(self, number: int, rank: int, kind: str, names: Iterable[str]) -> None:
        """A document, by number, that has to do with these names of a kind."""
        for name in names:
            if rank < self._under.get((kind, name), _ANY):
                self._take(number, rank, (kind, name))

    def _take(self, number: int, rank: int, name: tuple[str, str]) -> None:
        least = self._least.setdefault(name, [])
        if (-rank, number) in least:
            return
        heapq.heappush(least, (-rank, number))
        if len(least) > FEWEST:
            heapq.heappop(least)
        if len(least) == FEWEST:
            self._under[name] = -least[0][0]

    def names(self, kind: str) -> tuple[str, ...]:
        """All names of a kind, in order."""
        return tuple(sorted(name for of, name in self._least if of == kind))

    @property
    def numbers(self) -> set[int]:
        """The documents that are wanted."""
        return {number for least in self._least.values() for _, number in least}


def drawn(
    ranks: Sequence[int] | Integers, sizes: Sequence[int] | Integers, wanted: Wanted, room: int
) -> list[int]:
    """The numbers of the documents of a sample, in order.

    Args:
        ranks: by document.
        sizes: by document, characters times readers; 0 where nobody read it.
        wanted: documents that are in the sample besides.
        room: what the sizes of the sample's come to, about.
    """
    size = np.asarray(sizes, dtype=np.int64)
    order = np.argsort(np.asarray(ranks, dtype=np.int64), kind="stable")
    order = order[size[order] > 0]
    before = np.cumsum(size[order]) - size[order]
    return sorted(wanted.numbers.union(order[before < room].tolist()))
