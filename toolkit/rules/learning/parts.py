"""What names are built of: the word or the last characters that many names end in."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import NamedTuple

from toolkit.rules.learning.form import TERMS, Candidate, Form, is_term
from toolkit.rules.learning.lesson import Key, Lesson
from toolkit.rules.sequence import MOST, Step
from toolkit.rules.tokens import Token

_PLACE = frozenset(("ns", "nsf", "nt", "nz", "nrt", "j"))
_NOUN = frozenset(("n", "nz", "nt", "vn", "an", "b", "j", "l", "eng", "ng"))
_ANY = _NOUN | _PLACE | {"nr", "nrfg", "m", "q", "s", "f", "a", "v", "i", "zg", "vg"}

_LONG = 3
"""Characters that an ending has at most."""


class _Front(NamedTuple):
    """What stands in front of the ending: words of ``first``, then words of ``rest``."""

    what: str
    first: frozenset[str]
    rest: frozenset[str]


_FRONTS = (
    _Front("place first", _PLACE, _NOUN - _PLACE),
    _Front("noun first", _NOUN, frozenset()),
    _Front("any words", _ANY, frozenset()),
)


class Parts:
    """Endings of names, behind the words that may stand in front of them."""

    def __init__(self) -> None:
        self._wanted: dict[str, list[Candidate]] = {}

    def proposed(self, lesson: Lesson) -> Iterator[tuple[Candidate, Key]]:
        """The endings of each gold span of two words and more."""
        begin = {word.start: n for n, word in enumerate(lesson.words)}
        end = {word.end: n for n, word in enumerate(lesson.words)}
        for key in lesson.gold:
            first, last = begin.get(key[0], -1), end.get(key[1], -1)
            if not 0 <= first < last <= first + MOST:
                continue
            for front in _FRONTS:
                if _start(lesson.words, last, front) == first:
                    for ending in _endings(lesson.words[last].word):
                        yield Candidate(_form(key[2], front), ending), key

    def wants(self, candidates: Collection[Candidate]) -> None:
        """See ``Teacher``."""
        self._wanted = {}
        for candidate in candidates:
            self._wanted.setdefault(candidate.term, []).append(candidate)

    def found(self, lesson: Lesson) -> Iterator[tuple[Candidate, Key]]:
        """Every word with an ending, with the words that stand in front of it."""
        words = lesson.words
        for last, word in enumerate(words):
            for ending in _endings(word.word):
                for candidate in self._wanted.get(ending, ()):
                    front = next(f for f in _FRONTS if f.what == candidate.form.what)
                    first = _start(words, last, front)
                    if first < last:
                        yield candidate, (words[first].start, word.end, candidate.form.label)


def _start(words: tuple[Token, ...], last: int, front: _Front) -> int:
    """The first word of the front of an ending; ``last`` itself where there is none."""
    least = max(0, last - MOST)
    at = last
    while at > least and words[at - 1].tag in front.rest:
        at -= 1
    behind = at
    while at > least and words[at - 1].tag in front.first:
        at -= 1
    return at if at < behind else last


def _endings(word: str) -> Iterator[str]:
    for length in range(1, min(len(word), _LONG) + 1):
        if is_term(word[-length:]):
            yield word[-length:]


def _form(label: str, front: _Front) -> Form:
    steps = [Step(tags=" ".join(sorted(front.first)), repeat="+")]
    if front.rest:
        steps.append(Step(tags=" ".join(sorted(front.rest)), repeat="*"))
    return Form("parts", label, front.what, steps=(*steps, Step(ends=TERMS)))
