"""All token rules at once over the words of a text.

Each word gets, once, the set of steps of all rules that it satisfies; words with the
same set are one class. Reading a text's classes from right to left, an automaton knows at
each word which rules may match from there, however many rules there are; its states are
made when a text first needs them. Only there does a rule walk its steps, so that it takes
the words that it would have taken had it been tried everywhere. The states lead the walk: a
step takes no word behind which the steps that are left find nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import accumulate
from operator import getitem

from toolkit.rules.classes import Classes
from toolkit.rules.lexicon import Lexicon
from toolkit.rules.search import Place
from toolkit.rules.sequence import MOST, Step
from toolkit.rules.tokens import Tokenizer, pieces, tagged, words_of

_REMEMBERED = 200_000
"""Classes, and ways from state to state, that are remembered; most of them come back."""


class WordRules:
    """Token rules, by a number that the caller gives each.

    Args:
        rules: for each number its steps and the lexicons that they name.
    """

    def __init__(self, rules: Mapping[int, tuple[Sequence[Step], Mapping[str, Lexicon]]]) -> None:
        self.classes = Classes()
        self._walks: dict[int, list[_Walk]] = {}
        self._numbers: list[int] = []
        self._first = self._last = self._edges = self._skipped = self._repeated = 0
        for number, (steps, lexicons) in rules.items():
            self._add(number, steps, lexicons)
        self.classes.settle()
        self._forget()

    def read(self, text: str, tokenizer: Tokenizer) -> tuple[list[int], list[int]]:
        """The class of each word of a text; where each starts, and where the last ends."""
        if len(self.classes.masks) > _REMEMBERED:
            self.classes.forget()
            self._forget()
        classes: list[int] = []
        offsets = [0]
        for piece in pieces(text):
            if tokenizer == "rjieba":
                words = words_of(piece)
                classes += self.classes.of(words, piece)
            else:
                pairs = tagged(piece, tokenizer)
                words = [word for word, _ in pairs]
                classes.extend(self.classes.learn(*pair) for pair in pairs)
            offsets.extend(accumulate(map(len, words), initial=offsets.pop()))
        return classes, offsets

    def find(self, classes: Sequence[int], offsets: Sequence[int]) -> dict[int, list[Place]]:
        """The spans of each rule that has any, left to right.

        Args:
            classes: the classes of a text's words, of ``self.classes``.
            offsets: where each word starts, and where the last one ends.
        """
        if self._ways > _REMEMBERED:
            self._forget()
        # Read from right to left; the state behind the last word is the automaton's start.
        states = [*accumulate(reversed(classes), getitem, initial=self._start)]
        states.reverse()
        begun = [(word, state.rules) for word, state in enumerate(states) if state.rules]
        starts: dict[int, list[int]] = {}
        for word, numbers in begun:
            for number in numbers:
                starts.setdefault(number, []).append(word)
        return {
            number: found
            for number, at in starts.items()
            if (found := self._spans(number, at, states, offsets))
        }

    def _spans(
        self,
        number: int,
        starts: Iterable[int],
        states: Sequence[_State],
        offsets: Sequence[int],
    ) -> list[Place]:
        """A rule's spans: the longest from the first word that starts one, then from behind it."""
        steps = self._walks[number]
        places = []
        free = 0
        for start in starts:
            if start < free:
                continue
            span = _span(steps, states, start)
            if span is not None:
                places.append((offsets[span[0]], offsets[span[1]]))
                free = span[1]
        return places

    def _add(self, number: int, steps: Sequence[Step], lexicons: Mapping[str, Lexicon]) -> None:
        base = len(self._numbers)
        walks = []
        for offset, step in enumerate(steps):
            bit = 1 << (base + offset)
            self.classes.add(step, bit, lexicons)
            least = 0 if step.repeat in {"?", "*"} else 1
            most = 1 if step.repeat in {"", "?"} else MOST
            walks.append(_Walk(bit, least, most, step.span))
            self._skipped |= 0 if least else bit
            self._repeated |= bit if most > 1 else 0
            self._edges |= 0 if offset else bit
            self._numbers.append(number)
        for walk in walks:
            self._first |= walk.bit
            if walk.least:
                break
        for walk in reversed(walks):
            self._last |= walk.bit
            if walk.least:
                break
        self._walks[number] = walks

    def _forget(self) -> None:
        self._ways = 0
        self._states: dict[int, _State] = {}
        self._start = self._state(0)

    def _state(self, steps: int) -> _State:
        if steps not in self._states:
            rules: list[int] = []
            accepted = steps & self._first
            while accepted:
                lowest = accepted & -accepted
                number = self._numbers[lowest.bit_length() - 1]
                if not rules or rules[-1] != number:
                    rules.append(number)
                accepted ^= lowest
            self._states[steps] = _State(self, steps, tuple(rules))
        return self._states[steps]

    def before(self, steps: int) -> int:
        """The steps that a word may be, left of a word that is one of ``steps``."""
        left = ((steps & ~self._edges) >> 1) | self._last
        reached = left
        while left := ((left & self._skipped & ~self._edges) >> 1) & ~reached:
            reached |= left
        return reached | (steps & self._repeated)

    def way(self, possible: int, class_: int) -> _State:
        """The state behind a word of a class, where it may be one of ``possible`` steps."""
        self._ways += 1
        return self._state(possible & self.classes.masks[class_])


class _State(dict[int, "_State"]):
    """Which ``steps`` the word just read may be; the next state for each class of words.

    Only steps from which the words behind it complete the rule, however often a step repeats.
    """

    __slots__ = ("_owner", "_possible", "rules", "steps")

    def __init__(self, owner: WordRules, steps: int, rules: tuple[int, ...]) -> None:
        self._owner = owner
        self._possible = owner.before(steps)
        self.steps = steps
        self.rules = rules

    def __missing__(self, class_: int) -> _State:
        state = self[class_] = self._owner.way(self._possible, class_)
        return state


class _Walk:
    """A step as it is walked: its bit, how many words it takes, whether they are span."""

    __slots__ = ("bit", "least", "most", "span")

    def __init__(self, bit: int, least: int, most: int, span: bool) -> None:
        self.bit, self.least, self.most, self.span = bit, least, most, span


def _span(steps: Sequence[_Walk], states: Sequence[_State], start: int) -> tuple[int, int] | None:
    """First and last word, half-open, of the span that steps give from a word on, if any.

    Each step takes as many words as it can: the states know that the steps behind it find
    theirs, but not how many words a step has had. Only if it has had too many for that are
    all ways tried.
    """
    at, end = start, len(states) - 1
    first = last = -1
    for step in steps:
        begin, bit = at, step.bit
        most = min(begin + step.most, end)
        while at < most and states[at].steps & bit:
            at += 1
        if at - begin < step.least:
            return _span_with_turns(steps, states, start)
        if step.span and at > begin:
            first = begin if first < 0 else first
            last = at
    return None if first < 0 else (first, last)


def _span_with_turns(
    steps: Sequence[_Walk], states: Sequence[_State], start: int
) -> tuple[int, int] | None:
    """The same, where a step may have to take fewer words than it could."""
    taken = _walk(steps, states, start)
    inside = [at for at, step in taken or () if steps[step].span]
    return (inside[0], inside[-1] + 1) if inside else None


def _walk(
    steps: Sequence[_Walk], states: Sequence[_State], start: int
) -> list[tuple[int, int]] | None:
    """Which word each step takes, trying more words before fewer; none if no match."""
    dead: set[tuple[int, int]] = set()
    places: list[tuple[int, int]] = []

    def tried(number: int, at: int) -> bool:
        if number == len(steps):
            return True
        if (number, at) in dead:
            return False
        step = steps[number]
        end = min(at + step.most, len(states) - 1)
        after = at
        while after < end and states[after].steps & step.bit:
            after += 1
        for behind in range(after, at + step.least - 1, -1):
            places.extend((index, number) for index in range(at, behind))
            if tried(number + 1, behind):
                return True
            del places[len(places) - (behind - at) :]
        dead.add((number, at))
        return False

    return places if tried(0, start) else None
