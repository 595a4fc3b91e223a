"""Rules over sequences of words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Literal

from msgspec import Struct

from toolkit.rules.lexicon import Lexicon, named_lexicons
from toolkit.rules.tokens import Token
from toolkit.rules.view import View

_MOST = 12
"""Words that one repeated step may take; names are not longer."""

_REMEMBERED = 50_000
"""Words whose answers a step remembers; most of a text's words come back."""


class Step(Struct, frozen=True, forbid_unknown_fields=True):
    """What one word of a token rule must be.

    ``tags`` are parts of speech, separated by blanks, ``n*`` meaning all that start with
    n; words in the lexicons ``also`` pass for one of these, whatever their tag.
    ``words``, a list, ``lexicon``, ``begins`` and ``ends``, lexicons: the word is one of
    them, or begins or ends with one; where several are given, any will do. ``not_in``
    and ``not_ends``, lexicons that it isn't in or doesn't end with; ``made_of``, lexicons
    that each of its characters is in; ``min`` and ``max``, its length; ``repeat`` is ?, * or +
    as in a regular expression (at most 12 words). Steps with ``span = false`` are context.
    """

    tags: str = ""
    also: str = ""
    words: tuple[str, ...] = ()
    lexicon: str = ""
    begins: str = ""
    ends: str = ""
    not_in: str = ""
    not_ends: str = ""
    made_of: str = ""
    min: int = 1
    max: int = 100
    repeat: Literal["", "?", "*", "+"] = ""
    span: bool = True


class TokenFinder:
    """Finds sequences of words.

    Raises:
        ValueError: a step names a lexicon that the pack doesn't have, or no step is part
            of the span.
    """

    def __init__(self, steps: Sequence[Step], lexicons: Mapping[str, Lexicon]) -> None:
        if not any(step.span for step in steps):
            raise ValueError("no step of tokens is part of the span")
        self._steps = [_Test(step, lexicons) for step in steps]

    def find(self, view: View) -> Iterator[tuple[int, int]]:
        """The offsets of the spans; the longest from the first word that starts one."""
        tokens = view.tokens
        index = 0
        first = self._steps[0]
        while index < len(tokens):
            possible = not first.least or first(tokens[index])
            places = self._match(tokens, index) if possible else None
            if places is None:
                index += 1
                continue
            inside = [at for at, step in places if self._steps[step].step.span]
            if inside:
                yield tokens[inside[0]].start, tokens[inside[-1]].end
            index = max(index, inside[-1] if inside else index) + 1

    def _match(self, tokens: Sequence[Token], index: int) -> list[tuple[int, int]] | None:
        """Which token each step took, trying more words before fewer; none if no match."""
        dead: set[tuple[int, int]] = set()
        places: list[tuple[int, int]] = []

        def walk(step: int, at: int) -> bool:
            if step == len(self._steps):
                return True
            if (step, at) in dead:
                return False
            test = self._steps[step]
            count = 0
            while count < test.most and at + count < len(tokens) and test(tokens[at + count]):
                count += 1
            for taken in range(count, test.least - 1, -1):
                places.extend((at + offset, step) for offset in range(taken))
                if walk(step + 1, at + taken):
                    return True
                del places[len(places) - taken :]
            dead.add((step, at))
            return False

        return places if walk(0, index) else None


class _Test:
    """A step, ready to be asked about a token."""

    def __init__(self, step: Step, lexicons: Mapping[str, Lexicon]) -> None:
        self.step = step
        self._known: dict[tuple[str, str], bool] = {}
        self.least = 0 if step.repeat in {"?", "*"} else 1
        self.most = 1 if step.repeat in {"", "?"} else _MOST
        tags = step.tags.split()
        self._tags = frozenset(tag for tag in tags if not tag.endswith("*"))
        self._families = tuple(tag[:-1] for tag in tags if tag.endswith("*"))
        self._words = frozenset(step.words)
        self._also = named_lexicons(step.also, lexicons)
        self._lexicon = named_lexicons(step.lexicon, lexicons)
        self._begins = named_lexicons(step.begins, lexicons)
        self._ends = named_lexicons(step.ends, lexicons)
        self._not_ends = named_lexicons(step.not_ends, lexicons)
        self._made_of = named_lexicons(step.made_of, lexicons)
        self._not_in = named_lexicons(step.not_in, lexicons)

    def __call__(self, token: Token) -> bool:
        key = (token.word, token.tag)
        known = self._known.get(key)
        if known is None:
            if len(self._known) >= _REMEMBERED:
                self._known.clear()
            known = self._known[key] = self._holds(*key)
        return known

    def _holds(self, word: str, tag: str) -> bool:
        return (
            self.step.min <= len(word) <= self.step.max
            and self._has_tag(word, tag)
            and self._is_one_of(word)
            and not any(word in lexicon for lexicon in self._not_in)
            and not any(lexicon.ends(word) for lexicon in self._not_ends)
            and all(char in lexicon for lexicon in self._made_of for char in word)
        )

    def _is_one_of(self, word: str) -> bool:
        return (
            not (self._words or self._lexicon or self._begins or self._ends)
            or word in self._words
            or any(word in lexicon for lexicon in self._lexicon)
            or any(lexicon.begins(word) for lexicon in self._begins)
            or any(lexicon.ends(word) for lexicon in self._ends)
        )

    def _has_tag(self, word: str, tag: str) -> bool:
        return (
            not self.step.tags
            or tag in self._tags
            or tag.startswith(self._families)
            or any(word in lexicon for lexicon in self._also)
        )
