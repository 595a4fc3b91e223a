"""Where literals of a pack stand in a text: places of terms, and where patterns are to be tried."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import cached_property
from typing import TYPE_CHECKING, Any

from toolkit.rules.borders import BORDER
from toolkit.rules.compiled import Compiled, Try
from toolkit.rules.leftmost import leftmost_longest
from toolkit.rules.prepared import Neighbours
from toolkit.rules.search import Place

if TYPE_CHECKING:
    from toolkit.rules.many_hits import ManyHits

_SHORT = 2_000
"""Characters for which numpy doesn't pay: to load it takes as long as thousands of them."""

_Found = dict[int, list[Place]]
"""Places by the number of a rule."""

_Asked = tuple[frozenset[str] | None, bool]
"""What to look a neighbour up in, none for any, and whether it must be in there."""

_Tries = tuple[frozenset[str] | None, bool, frozenset[str] | None, bool, list[tuple[int, int, int]]]
"""What the neighbours before and after must be; patterns to try then, and how far before."""

_Effect = tuple[tuple[int, ...], tuple[_Tries, ...]]
"""The lexicon rules of which a literal is a term, and what to try around it."""


class Hits:
    """Finds the literals of a pack, and knows what each sets off.

    Args:
        ready: the compiled rules.
    """

    def __init__(self, ready: Compiled) -> None:
        from daachorse import CharwiseDoubleArrayAhoCorasick

        self._automaton: Any = CharwiseDoubleArrayAhoCorasick.deserialize(ready.automaton)
        self._ready = ready
        self._effects: list[_Effect | None] = [None] * len(ready.effects)
        self._sets: dict[int, _Asked] = {-1: (None, True)}

    def of(self, text: str) -> tuple[_Found, _Found]:
        """For each lexicon rule its places, for each pattern ranges of starts, left to right.

        Of terms that overlap the leftmost counts, then the longest. A range is its first
        and its last start.
        """
        if len(text) >= _SHORT:
            return self._many.of(text)
        terms: _Found = {}
        starts: _Found = {}
        for start, end, effect in self._literals(text):
            self._set_off(text, (start, end), effect, terms, starts)
        for ranges in starts.values():
            ranges.sort()
        return {number: leftmost_longest(places) for number, places in terms.items()}, starts

    @cached_property
    def _many(self) -> ManyHits:
        from toolkit.rules.many_hits import ManyHits

        return ManyHits(self._ready, self._automaton)

    def _literals(self, text: str) -> Iterator[tuple[int, int, int]]:
        """Each literal's place, and the number of its effect."""
        effect_of, effect_of_char = self._ready.effect_of, self._ready.effect_of_char
        for at, char in enumerate(text):
            if char in effect_of_char:
                yield at, at + 1, effect_of_char[char]
        for start, end, literal in self._automaton.find_overlapping(text):
            yield start, end, effect_of[literal]

    def _set_off(self, text: str, place: Place, number: int, terms: _Found, starts: _Found) -> None:
        """Note what a literal's place means."""
        start, end = place
        effect = self._effects[number] or self._made(number)
        for rule in effect[0]:
            terms.setdefault(rule, []).append(place)
        for before, is_before, after, is_after, tries in effect[1]:
            if after is not None and (text[end : end + 1] in after) is not is_after:
                continue
            if (
                before is not None
                and ((text[start - 1] if start else "") in before) is not is_before
            ):
                continue
            for rule, near, far in tries:
                starts.setdefault(rule, []).append((start - far, start - near))

    def _made(self, number: int) -> _Effect:
        """An effect, made ready when a text first holds one of its literals."""
        effect = self._ready.effects[number]
        made = (tuple(effect.terms), _grouped(effect.tries, self._asked_for))
        self._effects[number] = made
        return made

    def _asked_for(self, number: int) -> _Asked:
        if number not in self._sets:
            self._sets[number] = _asked(self._ready.neighbours[number])
        return self._sets[number]


def _grouped(tries: Iterable[Try], asked: Callable[[int], _Asked]) -> tuple[_Tries, ...]:
    """A literal's tries, those with the same neighbours together: these are asked for once."""
    groups: dict[tuple[int, int], list[tuple[int, int, int]]] = {}
    for one in tries:
        groups.setdefault((one.before, one.after), []).append((one.rule, one.near, one.far))
    return tuple(
        (*asked(before), *asked(after), those) for (before, after), those in groups.items()
    )


def _asked(neighbours: Neighbours) -> _Asked:
    """What to look a neighbour up in, and whether it must be in there."""
    edge = neighbours.edge if neighbours.among else not neighbours.edge
    edges = frozenset({"", BORDER})
    chars = frozenset(neighbours.chars)
    return (chars | edges if edge else chars - edges), neighbours.among
