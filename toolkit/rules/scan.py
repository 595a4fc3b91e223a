"""Where the rules of a pack find something in a text, all of them in one pass."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from toolkit.rules.borders import BORDER
from toolkit.rules.compiled import Compiled, Try
from toolkit.rules.lexicon import Lexicon
from toolkit.rules.prepared import Neighbours
from toolkit.rules.search import Place, Seen, unseen
from toolkit.rules.tokens import Tokenizer
from toolkit.rules.windows import Windowed
from toolkit.rules.words import WordRules

_BLOCK = 100_000
"""Characters that the automaton reads at a time, so that its finds needn't all be held."""

_LITERALS_DONE, _PATTERNS_DONE = 0.2, 0.6
"""About which share of the work is done then."""

_Asked = tuple[frozenset[str] | None, bool]
"""What to look a neighbour up in, none for any, and whether it must be in there."""

_Tries = tuple[frozenset[str] | None, bool, frozenset[str] | None, bool, list[tuple[int, int, int]]]
"""What the neighbours before and after must be; patterns to try then, and how far before."""


_Effect = tuple[tuple[int, ...], tuple[_Tries, ...]]
"""The lexicon rules of which a literal is a term, and what to try around it."""


class Scan:
    """Finds what the rules look for.

    Args:
        ready: the compiled rules.
        tokenizer: what cuts words.
    """

    def __init__(self, ready: Compiled, tokenizer: Tokenizer = "rjieba") -> None:
        from daachorse import CharwiseDoubleArrayAhoCorasick

        self._automaton: Any = CharwiseDoubleArrayAhoCorasick.deserialize(ready.automaton)
        self._longest = ready.longest
        self._ready = ready
        self._effect_of = ready.effect_of
        self._effects: list[_Effect | None] = [None] * len(ready.effects)
        self._sets: dict[int, _Asked] = {-1: (None, True)}
        self._patterns = {number: Windowed(pattern) for number, pattern in ready.patterns.items()}
        self._anywhere = ready.anywhere
        self._whole = frozenset(ready.whole)
        lexicons = [Lexicon("", dict.fromkeys(terms, "")) for terms in ready.lexicons]
        self._words = WordRules(
            {
                number: (one.steps, {name: lexicons[n] for name, n in one.lexicons.items()})
                for number, one in ready.words.items()
            }
        )
        self._has_words = bool(ready.words)
        self._tokenizer: Tokenizer = tokenizer

    def find(self, text: str, seen: Seen = unseen) -> dict[int, list[Place]]:
        """The places of each rule that found any, left to right.

        Args:
            text: a shadow text, or several with borders between them.
            seen: is told from time to time which share of the work is done.
        """
        terms, starts = self._hits(text)
        seen(_LITERALS_DONE)
        found = {number: self._patterns[number].anywhere(text) for number in self._anywhere}
        tried, all_tries = 0, sum(map(len, starts.values()))
        for number, ranges in starts.items():
            ranges.sort()
            found[number] = self._patterns[number].within(text, ranges)
            tried += len(ranges)
            seen(_LITERALS_DONE + (_PATTERNS_DONE - _LITERALS_DONE) * tried / all_tries)
        whole = self._whole.intersection(terms)
        offsets: list[int] = []
        if self._has_words or whole:
            classes, offsets = self._words.read(
                text,
                self._tokenizer,
                lambda share: seen(_PATTERNS_DONE + (1 - _PATTERNS_DONE) * share),
            )
            found |= self._words.find(classes, offsets)
        for number, hits in terms.items():
            places = leftmost_longest(hits)
            if number in whole:
                places = [p for p in places if _is_edge(offsets, p[0]) and _is_edge(offsets, p[1])]
            found[number] = places
        return {number: places for number, places in found.items() if places}

    def _hits(self, text: str) -> tuple[dict[int, list[Place]], dict[int, list[Place]]]:
        """For each lexicon rule its terms' places, for each pattern ranges of starts."""
        terms: dict[int, list[Place]] = {}
        starts: dict[int, list[Place]] = {}
        effects, effect_of = self._effects, self._effect_of
        for start, end, literal in self._literals(text):
            effect = effects[effect_of[literal]] or self._made(effect_of[literal])
            for number in effect[0]:
                if number in terms:
                    terms[number].append((start, end))
                else:
                    terms[number] = [(start, end)]
            for before, is_before, after, is_after, tries in effect[1]:
                if after is not None and (text[end : end + 1] in after) is not is_after:
                    continue
                if (
                    before is not None
                    and ((text[start - 1] if start else "") in before) is not is_before
                ):
                    continue
                for number, near, far in tries:
                    if number in starts:
                        starts[number].append((start - far, start - near))
                    else:
                        starts[number] = [(start - far, start - near)]
        return terms, starts

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

    def _literals(self, text: str) -> Iterable[tuple[int, int, int]]:
        found: list[tuple[int, int, int]]
        if len(text) <= _BLOCK:
            found = self._automaton.find_overlapping(text)
            return found
        return self._literals_by_block(text)

    def _literals_by_block(self, text: str) -> Iterator[tuple[int, int, int]]:
        """The same for a long text: each block with enough of the one before it."""
        for block in range(0, len(text), _BLOCK):
            lead = max(0, block - self._longest)
            for start, end, literal in self._automaton.find_overlapping(
                text[lead : block + _BLOCK]
            ):
                if lead + end > block:
                    yield lead + start, lead + end, literal


def leftmost_longest(hits: list[Place]) -> list[Place]:
    """Of places that overlap the leftmost, of those the longest, then from its end on."""
    if len(hits) == 1:
        return hits
    hits.sort(key=_leftmost)
    places = []
    free = 0
    for start, end in hits:
        if start >= free:
            places.append((start, end))
            free = end
    return places


def _leftmost(place: Place) -> tuple[int, int]:
    return place[0], -place[1]


def _is_edge(offsets: Sequence[int], at: int) -> bool:
    return offsets[bisect_left(offsets, at)] == at


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
