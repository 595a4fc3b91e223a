"""Where literals of a pack stand in a long text, worked out for all of them together.

What the loop over hits in ``toolkit.rules.hits`` says one by one is said here by arrays
with an entry for each hit, and for each try that it could set off. Characters that are
literals by themselves, two thirds of all hits, are looked up without the automaton.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import chain, pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from toolkit.rules.borders import BORDER
from toolkit.rules.characters import PLANE
from toolkit.rules.compiled import Compiled, Try
from toolkit.rules.leftmost import apart
from toolkit.rules.prepared import Neighbours
from toolkit.rules.search import Place

_BLOCK = 100_000
"""Characters that the automaton reads at a time, so that its finds needn't all be held."""

_BEYOND, _EDGE = PLANE, PLANE + 1
"""Stand for all characters outside of the basic plane, and for the text's edge."""

Numbers = NDArray[np.int64]


class ManyHits:
    """The literals of a pack in long texts.

    Args:
        ready: the compiled rules.
        automaton: finds its literals of more than one character.
    """

    def __init__(self, ready: Compiled, automaton: Any) -> None:
        self._automaton = automaton
        self._longest = max(ready.longest, 1)
        self._effect_of = np.array(ready.effect_of, np.int64)
        self._effect_of_char = np.full(_EDGE + 1, -1, np.int64)
        self._effect_of_char[_codes("".join(ready.effect_of_char))] = [
            *ready.effect_of_char.values()
        ]
        self._terms = _Sets([effect.terms for effect in ready.effects])
        self._tries = _Sets([effect.tries for effect in ready.effects])
        self._rule, self._near, self._far, self._before, self._after = _columns(
            one for effect in ready.effects for one in effect.tries
        )
        self._number = np.array([n for effect in ready.effects for n in effect.terms], np.int64)
        self._allowed = _allowed(ready.neighbours)

    def of(self, text: str) -> tuple[dict[int, list[Place]], dict[int, list[Place]]]:
        """As ``Hits.of``."""
        seen = np.full(len(text) + 2, _EDGE, np.int64)
        seen[1:-1] = np.minimum(_codes(text), _BEYOND)
        places = self._literals(text, seen[1:-1])
        return self._term_places(places, len(text)), self._starts(places, seen)

    def _literals(self, text: str, seen: Numbers) -> Numbers:
        """Start, end and effect of each literal's place, a row each."""
        effects = self._effect_of_char[seen]
        at = np.flatnonzero(effects >= 0)
        found = [np.stack([at, at + 1, effects[at]])]
        for block in range(0, len(text), _BLOCK):
            # Each block with enough of the one before it.
            lead = max(0, block - self._longest)
            hit = self._automaton.find_overlapping(text[lead : block + _BLOCK])
            flat = np.fromiter(chain.from_iterable(hit), np.int64, 3 * len(hit)).reshape(-1, 3)
            start, end, literal = flat[flat[:, 1] > block - lead].T
            found.append(np.stack([start + lead, end + lead, self._effect_of[literal]]))
        return np.concatenate(found, axis=1)

    def _term_places(self, places: Numbers, length: int) -> dict[int, list[Place]]:
        """For each lexicon rule its places, the leftmost, then the longest."""
        hit, entry = self._terms.of(places[2])
        starts, ends = places[0, hit], places[1, hit]
        room, sizes = length + 1, self._longest + 1
        # One number each, so that they sort by rule, start, falling length.
        keys = (self._number[entry] * room + starts) * sizes + self._longest - (ends - starts)
        keys.sort()
        begun, shorter = np.divmod(keys, sizes)
        rules, starts = np.divmod(begun, room)
        found = _by_rule(rules, starts, starts + self._longest - shorter)
        return {rule: apart(those) for rule, those in found.items()}

    def _starts(self, places: Numbers, seen: Numbers) -> dict[int, list[Place]]:
        """For each pattern the ranges of its starts; where they overlap they are one."""
        hit, entry = self._tries.of(places[2])
        # What is seen begins with the text's edge.
        fits = self._may(self._before[entry], seen[places[0, hit]])
        fits &= self._may(self._after[entry], seen[places[1, hit] + 1])
        at, entry = places[0, hit[fits]], entry[fits]
        length = len(seen) - 2
        first = np.maximum(at - self._far[entry], 0)
        last = np.minimum(at - self._near[entry], length)
        inside = np.flatnonzero(last >= first)
        base = self._rule[entry[inside]] * (length + 1)
        first, last = first[inside] + base, last[inside] + base
        order = np.argsort(first)
        first, reach = first[order], np.maximum.accumulate(last[order])
        is_new = np.ones(len(first), np.bool_)
        is_new[1:] = first[1:] > reach[:-1]
        is_last = np.ones(len(first), np.bool_)
        is_last[:-1] = is_new[1:]
        rules, first = np.divmod(first[is_new], length + 1)
        return _by_rule(rules, first, reach[is_last] - rules * (length + 1))

    def _may(self, sets: Numbers, chars: Numbers) -> NDArray[np.bool_]:
        """Whether characters are in neighbour sets, by number."""
        bits: NDArray[np.uint8] = self._allowed[chars, sets >> 3]
        may: NDArray[np.bool_] = (bits >> (sets & 7)) & 1 == 1
        return may


class _Sets:
    """Which entries belong to each effect; its entries stand together, in order."""

    def __init__(self, groups: Sequence[Sequence[object]]) -> None:
        self._sizes = np.array([len(group) for group in groups], np.int64)
        self._begins = np.cumsum(self._sizes) - self._sizes

    def of(self, effects: Numbers) -> tuple[Numbers, Numbers]:
        """For all entries of some effects the number of the effect's place here, and the entry."""
        sizes = self._sizes[effects]
        hit = np.repeat(np.arange(len(effects)), sizes)
        skipped = np.cumsum(sizes) - sizes - self._begins[effects]
        return hit, np.arange(len(hit)) - np.repeat(skipped, sizes)


def _codes(text: str) -> NDArray[np.uint32]:
    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), "<u4")


def _columns(tries: Iterable[Try]) -> Numbers:
    """A row for each of what a try says."""
    rows = [(one.rule, one.near, one.far, one.before, one.after) for one in tries]
    return np.array(rows, np.int64).reshape(-1, 5).T


def _allowed(neighbours: Sequence[Neighbours]) -> NDArray[np.uint8]:
    """For each character, as it is seen, a bit for each set; set -1 holds all."""
    sets = -(-(len(neighbours) + 1) // 8) * 8
    allowed = np.ones((sets, _EDGE + 1), np.bool_)
    for row, one in zip(allowed, neighbours, strict=False):
        row[:] = not one.among
        row[_codes(one.chars)] = one.among
        row[[ord(BORDER), _EDGE]] = one.edge
    return np.ascontiguousarray(np.packbits(allowed, axis=0, bitorder="little").T)


def _by_rule(rules: Numbers, first: Numbers, second: Numbers) -> dict[int, list[Place]]:
    """Pairs by rule; the rules are in order."""
    if not len(rules):
        return {}
    begins = [0, *(np.flatnonzero(np.diff(rules)) + 1).tolist(), len(rules)]
    pairs = list(zip(first.tolist(), second.tolist(), strict=True))
    return {int(rules[begin]): pairs[begin:end] for begin, end in pairwise(begins)}
