"""What a model of the text sees of each unit: strings and shapes around it, as numbers.

Each template gives one feature per unit, so that a unit's features are one row of
integers. Everything is vectorised over templates and not over units.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from toolkit.gold.units import Integers, Units

AFFIX = 4
"""The longest beginning and ending of a string that is looked at."""


def features(units: Units) -> tuple[Integers, int]:
    """Units x templates: the number of each unit's feature; and how many features there are.

    A feature that only one unit has can't teach anything about another one; all of these
    share one number per template.
    """
    columns = []
    size = 0
    for column in _templates(units, _numbered):
        _, inverse, counts = np.unique(column, return_inverse=True, return_counts=True)
        rank = np.where(counts > 1, np.cumsum(counts > 1), 0)
        columns.append(rank[inverse] + size)
        size += int(rank.max(initial=0)) + 1
    return np.stack(columns, axis=1), size


HASH_BITS = 22
"""So many bits have the numbers of ``hashed_features``."""


def hashed_features(units: Units) -> NDArray[np.int32]:
    """Units x templates: a number of each feature that is the same in any table.

    Few features share a number.
    """
    columns = _templates(units, _hashed)
    found = np.empty((len(units), len(columns)), dtype=np.int32)
    for template, column in enumerate(columns):
        mixed = _pair(np.full(len(units), template), column) * _SPREAD
        found[:, template] = mixed.view(np.uint64) >> np.uint64(64 - HASH_BITS)
    return found


_Numbering = Callable[[Sequence[str]], Integers]
"""Gives a number to each string, equal where the strings are."""


def _templates(units: Units, numbered: _Numbering) -> list[Integers]:
    words, word = units.words, units.word
    itself = numbered(words)[word]
    shapes = [shape_of(string) for string in words]
    lower = numbered([string.lower() for string in words])[word]
    shape = numbered(shapes)[word]
    kind = numbered([string[:2] for string in shapes])[word]
    near = _Neighbours(units)
    first, last = near.shift(lower, -1), near.shift(lower, 1)
    return [
        itself, lower, shape,
        *(numbered([w[:n] for w in words])[word] for n in range(1, AFFIX + 1)),
        *(numbered([w[-n:] for w in words])[word] for n in range(1, AFFIX + 1)),
        *(near.shift(itself, by) for by in (-3, -2, -1, 1, 2, 3)),
        _pair(first, lower), _pair(lower, last), _pair(first, last), _pair(first, lower, last),
        _pair(near.shift(lower, -2), first), _pair(last, near.shift(lower, 2)),
        _pair(near.shift(shape, -1), shape), _pair(shape, near.shift(shape, 1)),
        _pair(near.shift(shape, -1), shape, near.shift(shape, 1)),
        _pair(first, kind), _pair(kind, last),
        _pair(*(near.shift(kind, by) for by in (-2, -1, 0, 1, 2))),
        _pair(near.plain, near.place, kind), _pair(near.plain, near.size, kind),
    ]  # fmt: skip


class _Neighbours:
    """Shifts within a sequence, and what a sequence is like."""

    def __init__(self, units: Units) -> None:
        lengths = units.lengths
        self._at = np.arange(len(units)) - np.repeat(units.first[:-1], lengths)
        self._left = np.repeat(lengths, lengths) - 1 - self._at
        spelt = np.fromiter(map(_has_lower, units.words), np.bool_, len(units.words))[units.word]
        case = units.case
        cases = int(case.max(initial=-1)) + 1
        # A heading or a table in capitals says something else with a capital.
        self.plain = (np.bincount(case, weights=spelt, minlength=cases) > 0)[case].astype(np.int64)
        self.place = np.minimum(self._at, 2)
        self.size = np.minimum(np.bincount(case, minlength=cases), 6)[case]

    def shift(self, numbers: Integers, by: int) -> Integers:
        """The number of the unit ``by`` places on; of its own beyond either end."""
        moved = np.roll(numbers, -by)
        return np.where((self._at + by < 0) | (by > self._left), -1, moved)


def _numbered(strings: Sequence[str]) -> Integers:
    """A number for each string, equal where the strings are."""
    known: dict[str, int] = {}
    return np.array([known.setdefault(one, len(known)) for one in strings], dtype=np.int64)


def _hashed(strings: Sequence[str]) -> Integers:
    return np.array(
        [zlib.crc32(one.encode("utf-8", "surrogatepass")) for one in strings], dtype=np.int64
    )


_SPREAD = -0x61C8864680B583EB
"""The golden ratio of 64 bits, as a signed number: products spread over all bits."""


def _pair(*columns: Integers) -> Integers:
    """One number for several, by a hash that wraps around."""
    mixed: Integers = np.zeros(len(columns[0]), dtype=np.int64)
    for column in columns:
        mixed = (mixed ^ column) * _SPREAD
        mixed ^= mixed >> 29
    return mixed


def _has_lower(word: str) -> bool:
    return word.lower() == word != word.upper()


def shape_of(word: str) -> str:
    """Capitals, small letters, digits, other letters; runs are written once."""
    shape = ""
    for character in word:
        if character.isupper():
            sign = "X"
        elif character.islower():
            sign = "x"
        elif character.isdigit():
            sign = "0"
        else:
            sign = "c" if character.isalpha() else character
        if not shape.endswith(sign):
            shape += sign
    return shape
