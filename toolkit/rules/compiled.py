"""A pack made ready for a scan: one automaton, and what each of its literals sets off."""

from __future__ import annotations

from collections.abc import Mapping
from re import _parser as re_parser  # type: ignore[attr-defined] # the only public view is deprecated
from typing import Any

import msgspec
from msgspec import Struct

from toolkit.rules.characters import ANYTHING, BEYOND, EDGE, density, members
from toolkit.rules.heads import head
from toolkit.rules.lexicon import Lexicon
from toolkit.rules.parts import Parts
from toolkit.rules.proofs import Proof
from toolkit.rules.search import Look, Pattern, Terms
from toolkit.rules.sequence import Step
from toolkit.rules.triggers import FAR, Literal, ignores_case, triggers

_USELESS = 0.5
"""A set of neighbours that this share of all characters is in is not looked at."""

_FULL = 0x10000


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
    lexicon rules of which it is a term, the patterns to try; ``patterns`` are
    ``(expression, reach, head)`` with the starts that one try covers, and what must hold
    at each of them; ``slow`` are patterns that
    have no literals and run over the whole text; ``whole`` are lexicon rules whose terms
    must cut no word; ``words`` are token rules, ``lexicons`` the terms they share.
    ``parts`` are compositions, each with the numbers, beyond those of the rules, under
    which the scan finds its parts (-1: it needn't look); ``proofs`` are document rules.
    """

    automaton: bytes
    longest: int
    terms: list[list[int]]
    tries: list[list[Try]]
    neighbours: list[Neighbours]
    patterns: dict[int, tuple[str, int, str]]
    slow: list[int]
    whole: list[int]
    words: dict[int, Sequence]
    lexicons: list[tuple[str, ...]]
    parts: dict[int, tuple[Parts, list[int]]] = {}
    proofs: dict[int, Proof] = {}


def compiled(looks: Mapping[int, Look | Parts | Proof]) -> Compiled:
    """Compile what rules look for, by the rules' numbers."""
    proofs = {number: look for number, look in looks.items() if isinstance(look, Proof)}
    parts = {}
    scanned: dict[int, Look] = {
        n: Pattern(proof.pattern) for n, proof in proofs.items() if proof.pattern
    }
    free = len(looks)
    for number, look in looks.items():
        if isinstance(look, Parts):
            wanted = look.scanned()
            numbers = [free + at if one else -1 for at, one in enumerate(wanted)]
            parts[number] = (look, numbers)
            scanned |= {n: one for n, one in zip(numbers, wanted, strict=True) if one}
            free += len(wanted)
        elif not isinstance(look, Proof):
            scanned[number] = look
    return msgspec.structs.replace(_scan_of(scanned), parts=parts, proofs=proofs)


def _scan_of(looks: Mapping[int, Look]) -> Compiled:
    shelf = _Shelf()
    words: dict[int, Sequence] = {}
    lexicons = _Lexicons()
    whole = []
    patterns: dict[int, tuple[str, int, str]] = {}
    slow = []
    for number, look in looks.items():
        if isinstance(look, Terms):
            for term in look.terms:
                shelf.terms_of(term).append(number)
            if look.whole_words:
                whole.append(number)
        elif isinstance(look, Pattern):
            parsed = re_parser.parse(look.text)
            literals = triggers(parsed)
            usable = bool(literals) and all(literal.far < FAR for literal in literals)
            if usable:
                shelf.add(number, literals)
            else:
                slow.append(number)
            reach = max((one.far - one.near for one in literals), default=0) if usable else 20
            first = "" if ignores_case(parsed) else head(parsed)
            patterns[number] = (look.text, reach, first)
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
        slow=slow,
        whole=whole,
        words=words,
        lexicons=lexicons.terms,
    )


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
        for text, near, far, before, after in dict.fromkeys(literals):
            one = Try(rule, near, far, self._set(before), self._set(after))
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
