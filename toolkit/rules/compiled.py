"""A pack made ready for a scan: one automaton, and what each of its literals sets off."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec
from msgspec import Struct

from toolkit.rules.characters import PLANE
from toolkit.rules.expression import Expression
from toolkit.rules.lexicon import Lexicon
from toolkit.rules.parts import Parts
from toolkit.rules.prepared import Neighbours, Trigger, prepared
from toolkit.rules.proofs import Proof
from toolkit.rules.search import Look, Pattern, Terms
from toolkit.rules.sequence import Step


class Try(Struct, frozen=True, array_like=True):
    """A pattern to try ``near`` to ``far`` characters before a literal.

    ``before`` and ``after`` are numbers of neighbour sets, -1 for any neighbour.
    """

    rule: int
    near: int
    far: int
    before: int
    after: int


class Effect(Struct, frozen=True, array_like=True):
    """What a literal sets off: rules of which it is a term, and patterns to try."""

    terms: list[int]
    tries: list[Try]


class Sequence(Struct, frozen=True, array_like=True):
    """A token rule: its steps, and the numbers of the lexicons that they name."""

    steps: tuple[Step, ...]
    lexicons: dict[str, int]


class Compiled(Struct, frozen=True):
    """What a scan needs of a pack. Rules are numbers.

    ``effect_of`` has for each of the automaton's literals the number of its effect, which
    most share with others, and ``effect_of_char`` for those that are one character, which
    the automaton doesn't have; ``longest`` is the length of the longest. ``anywhere`` are
    patterns that have no literals and run over the whole text; ``whole`` are lexicon rules
    whose terms must cut no word; ``words`` are token rules, ``lexicons`` the terms they share.
    ``parts`` are compositions, each with the numbers, beyond those of the rules, under
    which the scan finds its parts (-1: it needn't look); ``proofs`` are document rules.
    ``variants`` are rules again, by number, with another label, for terms that have one of
    their own; their numbers come right behind those of the rules. ``canonical`` has the
    canonical forms of the terms of lexicon rules.
    """

    automaton: bytes
    longest: int
    effects: list[Effect]
    effect_of: list[int]
    effect_of_char: dict[str, int]
    neighbours: list[Neighbours]
    patterns: dict[int, Expression]
    anywhere: list[int]
    whole: list[int]
    words: dict[int, Sequence]
    lexicons: list[tuple[str, ...]]
    parts: dict[int, tuple[Parts, list[int]]] = {}
    proofs: dict[int, Proof] = {}
    variants: list[tuple[int, str]] = []
    canonical: dict[int, dict[str, str]] = {}

    @property
    def slow(self) -> list[int]:
        """Patterns that are tried at every character: nothing says where they can match."""
        return [number for number in self.anywhere if not self.patterns[number].finder]


def compiled(looks: Mapping[int, Look | Parts | Proof]) -> Compiled:
    """Compile what rules look for, by the rules' numbers."""
    proofs = {number: look for number, look in looks.items() if isinstance(look, Proof)}
    parts = {}
    scanned: dict[int, Look] = {
        n: Pattern(proof.pattern) for n, proof in proofs.items() if proof.pattern
    }
    others = [
        (number, label, terms)
        for number, look in looks.items()
        if isinstance(look, Terms)
        for label, terms in look.others
    ]
    free = len(looks) + len(others)
    scanned |= {len(looks) + at: terms for at, (*_, terms) in enumerate(others)}
    for number, look in looks.items():
        if isinstance(look, Parts):
            wanted = look.scanned()
            numbers = [free + at if one else -1 for at, one in enumerate(wanted)]
            parts[number] = (look, numbers)
            scanned |= {n: one for n, one in zip(numbers, wanted, strict=True) if one}
            free += len(wanted)
        elif not isinstance(look, Proof):
            scanned[number] = look
    return msgspec.structs.replace(
        _scan_of(scanned),
        parts=parts,
        proofs=proofs,
        variants=[(number, label) for number, label, _ in others],
        canonical={
            number: dict(look.canonical)
            for number, look in looks.items()
            if isinstance(look, Terms) and look.canonical
        },
    )


def _scan_of(looks: Mapping[int, Look]) -> Compiled:
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
            ready = prepared(look.text)
            patterns[number] = ready.expression
            shelf.add(number, ready.triggers)
            if not ready.triggers:
                anywhere.append(number)
        else:
            named = {name: lexicons.number(one) for name, one in look.lexicons.items()}
            words[number] = Sequence(look.steps, named)
    effects, effect_of = shelf.effects()
    chars = {text for text in effect_of if len(text) == 1 and ord(text) < PLANE}
    texts = [text for text in effect_of if text not in chars]
    return Compiled(
        automaton=_automaton(texts),
        longest=max(map(len, shelf.literals), default=0),
        effects=effects,
        effect_of=[effect_of[text] for text in texts],
        effect_of_char={char: effect_of[char] for char in sorted(chars)},
        neighbours=shelf.neighbours,
        patterns=patterns,
        anywhere=anywhere,
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
        self._numbers: dict[Neighbours, int] = {}

    def terms_of(self, literal: str) -> list[int]:
        return self.terms[self._number(literal)]

    def add(self, rule: int, triggers: Iterable[Trigger]) -> None:
        known = set()
        for one in triggers:
            before, after = self._set(one.before), self._set(one.after)
            trial = Try(rule, one.near, one.far, before, after)
            for text in one.texts:
                if (text, trial) not in known:
                    known.add((text, trial))
                    self.tries[self._number(text)].append(trial)

    def effects(self) -> tuple[list[Effect], dict[str, int]]:
        """What literals set off, each once, and for each literal the number of that."""
        numbers: dict[tuple[tuple[int, ...], tuple[Try, ...]], int] = {}
        effect_of = {
            literal: numbers.setdefault((tuple(terms), tuple(tries)), len(numbers))
            for literal, terms, tries in zip(self.literals, self.terms, self.tries, strict=True)
        }
        return [Effect(list(terms), list(tries)) for terms, tries in numbers], effect_of

    def _number(self, literal: str) -> int:
        number = self.literals.setdefault(literal, len(self.literals))
        if number == len(self.terms):
            self.terms.append([])
            self.tries.append([])
        return number

    def _set(self, neighbours: Neighbours | None) -> int:
        if neighbours is None:
            return -1
        number = self._numbers.setdefault(neighbours, len(self.neighbours))
        if number == len(self.neighbours):
            self.neighbours.append(neighbours)
        return number


def _automaton(literals: list[str]) -> bytes:
    from daachorse import CharwiseDoubleArrayAhoCorasick

    automaton: Any = CharwiseDoubleArrayAhoCorasick(literals or ["\0\0"])
    packed: bytes = automaton.serialize()
    return packed
