"""A pack made ready for a scan: one automaton, and what each of its literals sets off."""

from __future__ import annotations

from collections.abc import Mapping
from re import _parser as re_parser  # type: ignore[attr-defined] # the only public view is deprecated
from typing import Any

from msgspec import Struct

from toolkit.rules.characters import ANYTHING, BEYOND, EDGE, density, members
from toolkit.rules.expression import Expression, expression
from toolkit.rules.heads import head
from toolkit.rules.lexicon import Lexicon
from toolkit.rules.search import Look, Pattern, Terms
from toolkit.rules.sequence import Step
from toolkit.rules.triggers import FAR, Literal, triggers

_USELESS = 0.5
"""A set of neighbours that this share of all characters is in is not looked at."""

_FULL = 0x10000

_BLIND = 20
"""Starts that one call tries of a pattern that says nothing about where it matches."""


class Neighbours(Struct, frozen=True, array_like=True):
    """Characters that a neighbour must be (``among``) or must not be; "" is the text's edge."""

    among: bool
    edge: bool
    chars: str


class Try(Struct, frozen=True, array_like=True):
    """A pattern to try ``near`` to ``far`` characters before a literal.

    ``before`` and ``after`` are numbers of neighbour sets, -1 for any neighbour.
    """

    rule: int
    near: int
    far: int
    before: int
    after: int


class Sequence(Struct, frozen=True, array_like=True):
    """A token rule: its steps, and the numbers of the lexicons that they name."""

    steps: tuple[Step, ...]
    lexicons: dict[str, int]


class Compiled(Struct, frozen=True):
    """What a scan needs of a pack. Rules are numbers.

    ``terms`` and ``tries`` have an entry for each of the automaton's literals: the
    lexicon rules of which it is a term, the patterns to try; ``anywhere`` are patterns
    that have no literals and run over the whole text; ``whole`` are lexicon rules whose
    terms must cut no word; ``words`` are token rules, ``lexicons`` the terms they share.
    """

    automaton: bytes
    longest: int
    terms: list[list[int]]
    tries: list[list[Try]]
    neighbours: list[Neighbours]
    patterns: dict[int, Expression]
    anywhere: list[int]
    whole: list[int]
    words: dict[int, Sequence]
    lexicons: list[tuple[str, ...]]

    @property
    def slow(self) -> list[int]:
        """Patterns that are tried at every character: nothing says where they can match."""
        return [number for number in self.anywhere if not self.patterns[number].finder]


def compiled(looks: Mapping[int, Look]) -> Compiled:
    """Compile what rules look for, by the rules' numbers."""
    shelf = _Shelf()
    words: dict[int, Sequence] = {}
    lexicons = _Lexicons()
    whole = []
    patterns: dict[int, Expression] = {}
    anywhere = []
    for number, look in looks.items():
        if isinstance(look, Terms):
            for term in look.terms:
                shelf.terms_of(term).append(number)
            if look.whole_words:
                whole.append(number)
        elif isinstance(look, Pattern):
            literals, patterns[number] = _pattern(look.text)
            if literals:
                shelf.add(number, literals)
            else:
                anywhere.append(number)
        else:
            named = {name: lexicons.number(one) for name, one in look.lexicons.items()}
            words[number] = Sequence(look.steps, named)
    return Compiled(
        automaton=shelf.automaton(),
        longest=max(map(len, shelf.literals), default=0),
        terms=list(shelf.terms),
        tries=list(shelf.tries),
        neighbours=shelf.neighbours,
        patterns=patterns,
        anywhere=anywhere,
        whole=whole,
        words=words,
        lexicons=lexicons.terms,
    )


def _pattern(text: str) -> tuple[tuple[Literal, ...], Expression]:
    """The literals of which every match holds one, if there are any, and what to try there."""
    parsed = re_parser.parse(text)
    literals = triggers(parsed)
    if any(literal.far >= FAR for literal in literals):
        literals = ()
    reach = max((one.far - one.near for one in literals), default=_BLIND)
    made = expression(parsed, reach, head(parsed), anywhere=not literals)
    return literals, made


class _Lexicons:
    """Lexicons of token rules, each held once."""

    def __init__(self) -> None:
        self.terms: list[tuple[str, ...]] = []
        self._numbers: dict[int, int] = {}

    def number(self, lexicon: Lexicon) -> int:
        number = self._numbers.setdefault(id(lexicon), len(self.terms))
        if number == len(self.terms):
            self.terms.append(tuple(lexicon.terms))
        return number


class _Shelf:
    """Literals by text, each once, and neighbour sets, each once."""

    def __init__(self) -> None:
        self.literals: dict[str, int] = {}
        self.terms: list[list[int]] = []
        self.tries: list[list[Try]] = []
        self.neighbours: list[Neighbours] = []
        self._numbers: dict[int, int] = {}

    def terms_of(self, literal: str) -> list[int]:
        return self.terms[self._number(literal)]

    def add(self, rule: int, literals: tuple[Literal, ...]) -> None:
        numbers: dict[int, int] = {}  # by identity, since to compare sets takes long
        known = set()
        for text, near, far, before, after in literals:
            for chars in (before, after):
                if id(chars) not in numbers:
                    numbers[id(chars)] = self._set(chars)
            one = Try(rule, near, far, numbers[id(before)], numbers[id(after)])
            if (text, one) not in known:
                known.add((text, one))
                self.tries[self._number(text)].append(one)

    def automaton(self) -> bytes:
        from daachorse import CharwiseDoubleArrayAhoCorasick

        automaton: Any = CharwiseDoubleArrayAhoCorasick(list(self.literals) or ["\0"])
        packed: bytes = automaton.serialize()
        return packed

    def _number(self, literal: str) -> int:
        number = self.literals.setdefault(literal, len(self.literals))
        if number == len(self.terms):
            self.terms.append([])
            self.tries.append([])
        return number

    def _set(self, chars: int) -> int:
        if chars not in self._numbers:
            one = _neighbours(chars)
            self._numbers[chars] = -1 if one is None else len(self.neighbours)
            if one is not None:
                self.neighbours.append(one)
        return self._numbers[chars]


def _neighbours(chars: int) -> Neighbours | None:
    """A set in a form that is quick to ask, or none if asking doesn't pay."""
    if density(chars) > _USELESS:
        return None
    among = not chars & BEYOND
    listed = members(chars if among else ANYTHING & ~chars & ~BEYOND, _FULL)
    return None if listed is None else Neighbours(among, bool(chars & EDGE), listed)
