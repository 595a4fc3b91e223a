"""Where a pattern can match at all: literals of which every match must hold one.

Most patterns hold nowhere in most texts. From the parsed pattern comes a set of literals
with, for each, how far from the match's start it stands and which characters may be its
neighbours; one automaton finds the literals of all patterns at once, and the regular
expression itself only runs where a match could start. The set is the one that should
come up least often.

All of it errs on the side of too many places: look-around that can't be used is ignored.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import product
from re import _parser as re_parser  # type: ignore[attr-defined] # the only public view is deprecated
from typing import Any, NamedTuple

from toolkit.rules.characters import (
    ALL,
    ANYTHING,
    BEYOND,
    EDGE,
    bit,
    class_of,
    density,
    frequency,
    members,
)

FAR = 1_000
"""Characters; what may stand farther away counts as anywhere."""

_LITERALS = 8_000
"""So many literals one pattern may have."""

_CLASS, _RARE_CLASS = 64, 7_000
"""A class of more characters gives no literals; more if all of them are rare."""

_RARE = 0.005
"""A class that stands for this share of a text's characters is rare."""

_TIMES, _TEXTS = 3, 50
"""How often a part may repeat whose texts are listed, and how many texts it may have."""

_LOOK, _KEEP = 0.1, 1e-7
"""What it costs to look at a literal's neighbours, against trying the pattern there; and
to have a literal at all."""

_FLAG_I = re.compile(r"\(\?[a-zA-Z]*i")
"""What every pattern holds that doesn't heed case, and some others."""

_REPEATS = (re_parser.MAX_REPEAT, re_parser.MIN_REPEAT, re_parser.POSSESSIVE_REPEAT)
_STARTS = (re_parser.AT_BEGINNING, re_parser.AT_BEGINNING_STRING)
_ENDS = (re_parser.AT_END, re_parser.AT_END_STRING)


class Literal(NamedTuple):
    """A text that a match may have to hold, ``near`` to ``far`` characters from its start.

    ``before`` and ``after`` are the characters that may be its neighbours. Distances
    are negative where it stands before the match, in look-behind.
    """

    text: str
    near: int
    far: int
    before: int
    after: int


class _Found(NamedTuple):
    cost: float
    literals: tuple[Literal, ...]


class _Context(NamedTuple):
    """What surrounds a part of a pattern: neighbours, and the distance from the start."""

    before: int
    after: int
    near: int
    far: int


def triggers(parsed: Any) -> tuple[Literal, ...]:
    """The literals of which every match holds one; none if there is no such set."""
    if ignores_case(parsed):
        return ()
    found = reader_of(parsed).best(parsed, _Context(ANYTHING, ANYTHING, 0, 0))
    return found.literals if found else ()


def ignores_case(parsed: Any) -> bool:
    """Whether the pattern, or a part of it, takes a for A."""
    if not _FLAG_I.search(parsed.state.str):
        return False
    return bool(parsed.state.flags & re_parser.SRE_FLAG_IGNORECASE) or any(
        operator is re_parser.SUBPATTERN and argument[1] & re_parser.SRE_FLAG_IGNORECASE
        for operator, argument in walk(parsed)
    )


def walk(items: Any) -> Iterator[tuple[Any, Any]]:
    """Every operator of a parsed pattern with its argument, outer ones first."""
    for operator, argument in items:
        yield operator, argument
        for part in parts(argument):
            yield from walk(part)


def parts(argument: Any) -> Iterator[Any]:
    """The patterns that an operator's argument holds."""
    if isinstance(argument, re_parser.SubPattern):
        yield argument
    elif isinstance(argument, tuple | list):
        for part in argument:
            yield from parts(part)


def width(item: Any) -> tuple[int, int]:
    """The least and the most characters that a part takes; ``FAR`` where it is more."""
    operator, argument = item
    if operator is re_parser.SUBPATTERN:
        return widths(argument[3])
    if operator is re_parser.ATOMIC_GROUP:
        return widths(argument)
    if operator is re_parser.BRANCH:
        both = [widths(branch) for branch in argument[1]]
        return min(least for least, _ in both), max(most for _, most in both)
    if operator in _REPEATS:
        least, most = widths(argument[2])
        return min(least * argument[0], FAR), min(most * argument[1], FAR)
    if operator in (re_parser.GROUPREF, re_parser.GROUPREF_EXISTS):
        return 0, FAR
    one = operator in (re_parser.LITERAL, re_parser.NOT_LITERAL, re_parser.ANY, re_parser.IN)
    return (1, 1) if one else (0, 0)


def widths(items: Any) -> tuple[int, int]:
    """The least and the most characters that a sequence of parts takes."""
    least = most = 0
    for item in items:
        low, high = width(item)
        least, most = min(least + low, FAR), min(most + high, FAR)
    return least, most


class Reader:
    """Reads one parsed pattern; remembers what it found out about each of its parts."""

    def __init__(self) -> None:
        self._classes: dict[int, int] = {}
        self._listed: dict[int, list[str] | None] = {}
        self._edges: dict[tuple[int, int, bool], int] = {}

    def best(self, parts: Any, context: _Context) -> _Found | None:
        """The cheapest set of literals for a sequence of parts, if there is any."""
        items = list(parts)
        afters = [context.after]
        for item in reversed(items):
            afters.append(self._edge(item, afters[-1], ahead=True))
        afters.reverse()
        found: list[_Found] = []
        here = context
        for index, item in enumerate(items):
            found.extend(self._runs(items[index:], afters[index + 1 :], here))
            inner = self._inside(item, here._replace(after=afters[index + 1]))
            if inner:
                found.append(inner)
            low, high = width(item)
            before = self._edge(item, here.before, ahead=False)
            here = _Context(before, ANYTHING, here.near + low, here.far + high)
        return min(found, key=lambda f: f.cost, default=None)

    def _runs(self, items: list[Any], afters: list[int], context: _Context) -> Iterator[_Found]:
        """Literals that take up the first parts as a whole: one part, two parts, three."""
        if context.far >= FAR:
            return
        texts = [""]
        for item, after in zip(items, afters, strict=True):
            more = self._texts(item)
            if more is None or len(texts) * len(more) > _LITERALS:
                return
            if more == [""] and texts != [""]:
                continue
            texts = list(dict.fromkeys(a + b for a, b in product(texts, more)))
            if "" in texts:
                return
            place = (context.near, context.far, context.before, after)
            literals = tuple(Literal(text, *place) for text in texts)
            yield _Found(_cost(literals), literals)

    def _inside(self, item: Any, context: _Context) -> _Found | None:
        """The cheapest set of literals within one part."""
        operator, argument = item
        listed = self._texts(item)
        if listed and "" not in listed:
            return None  # all that it may be are literals already
        if operator is re_parser.BRANCH:
            return self._all_of(argument[1], context)
        if operator is re_parser.ASSERT and argument[0] < 0:
            back = widths(argument[1])[0]
            near, far = context.near - back, context.far - back
            return self.best(argument[1], _Context(ANYTHING, ANYTHING, near, far))
        body, again = _body(item)
        if body is None:
            return None
        return self.best(body, context._replace(after=ANYTHING) if again else context)

    def _all_of(self, branches: Sequence[Any], context: _Context) -> _Found | None:
        """Together the literals of all branches, since any of them may match."""
        cost, literals = 0.0, list[Literal]()
        for branch in branches:
            found = self.best(branch, context)
            if found is None or len(literals) + len(found.literals) > _LITERALS:
                return None
            cost += found.cost
            literals += found.literals
        return _Found(cost, tuple(literals))

    def _class(self, argument: Any) -> int:
        known = self._classes.get(id(argument))
        if known is None:
            known = self._classes[id(argument)] = class_of(argument)
        return known

    def _texts(self, item: Any) -> list[str] | None:
        """All texts that a part may match, or none if they are too many to list."""
        if id(item) not in self._listed:
            self._listed[id(item)] = self._list(*item)
        return self._listed[id(item)]

    def _list(self, operator: Any, argument: Any) -> list[str] | None:
        listed: list[str] | None = None
        if operator is re_parser.LITERAL:
            listed = [chr(argument)]
        elif operator is re_parser.IN:
            chars = self._class(argument)
            few = members(chars, _RARE_CLASS if density(chars) < _RARE else _CLASS)
            listed = None if few is None else list(few)
        elif operator is re_parser.SUBPATTERN:
            listed = self._sequence(argument[3])
        elif operator is re_parser.BRANCH:
            listed = _united(self._sequence(branch) for branch in argument[1])
        elif operator in _REPEATS:
            listed = self._repeats(*argument)
        elif operator in (re_parser.AT, re_parser.ASSERT, re_parser.ASSERT_NOT):
            listed = [""]
        return listed

    def _repeats(self, least: int, most: int, body: Any) -> list[str] | None:
        texts = self._sequence(body) if most <= _TIMES else None
        if texts is None or (most > 1 and len(texts) > _TEXTS) or len(texts) > _LITERALS:
            return None
        times = range(least, most + 1)
        return _united(["".join(p) for p in product(texts, repeat=n)] for n in times)

    def _sequence(self, items: Any) -> list[str] | None:
        texts = [""]
        for item in items:
            more = self._texts(item)
            if more is None or len(texts) * len(more) > _LITERALS:
                return None
            texts = [a + b for a, b in product(texts, more)]
        return list(dict.fromkeys(texts))

    def beyond(self, items: Any, beyond: int, *, ahead: bool) -> int:
        """The characters at the near edge of a sequence, from within ``beyond``'s side."""
        for item in reversed(items) if ahead else items:
            beyond = self._edge(item, beyond, ahead=ahead)
        return beyond

    def _edge(self, item: Any, beyond: int, *, ahead: bool) -> int:
        """The characters at a part's near edge; ``beyond`` are those past its other edge."""
        listed = self._texts(item)
        # Where all its texts are known, what is beyond them makes no difference.
        fixed = bool(listed) and "" not in (listed or ())
        key = (id(item), 0 if fixed else beyond, ahead)
        if key not in self._edges:
            self._edges[key] = (
                _united_edges(listed or (), ahead=ahead)
                if fixed
                else self._new_edge(item[0], item[1], beyond, ahead=ahead)
            )
        return self._edges[key]

    def _new_edge(self, operator: Any, argument: Any, beyond: int, *, ahead: bool) -> int:
        chars = ANYTHING
        if operator is re_parser.LITERAL:
            chars = bit(argument)
        elif operator is re_parser.IN:
            chars = self._class(argument)
        elif operator in (re_parser.NOT_LITERAL, re_parser.ANY):
            chars = ALL
        elif operator is re_parser.SUBPATTERN:
            chars = self.beyond(argument[3], beyond, ahead=ahead)
        elif operator is re_parser.BRANCH:
            chars = 0
            for branch in argument[1]:
                chars |= self.beyond(branch, beyond, ahead=ahead)
        elif operator in _REPEATS:
            chars = self.beyond(argument[2], ANYTHING if argument[1] > 1 else beyond, ahead=ahead)
            chars |= 0 if argument[0] else beyond
        elif operator in (re_parser.ASSERT, re_parser.ASSERT_NOT):
            chars = self._looked(operator, argument, beyond, ahead=ahead)
        elif operator is re_parser.AT:
            edge = argument in (_ENDS if ahead else _STARTS)
            chars = beyond & (EDGE | bit(ord("\n"))) if edge else beyond
        return chars

    def _looked(self, operator: Any, argument: tuple[int, Any], beyond: int, *, ahead: bool) -> int:
        """``beyond`` without what look-around in the same direction rules out."""
        direction, body = argument
        if (direction > 0) != ahead:
            return beyond
        if operator is re_parser.ASSERT:
            return beyond & self.beyond(body, ANYTHING, ahead=ahead)
        if len(body) == 1 and body[0][0] in (re_parser.IN, re_parser.LITERAL):
            # A set that holds a character beyond the plane may not hold the others there.
            return beyond & ~(self._edge(body[0], ANYTHING, ahead=ahead) & ALL & ~BEYOND)
        return beyond


@lru_cache(maxsize=2)
def reader_of(parsed: Any) -> Reader:
    """The reader of a pattern: all that ask about a pattern share what it found out."""
    del parsed  # held by the cache, so that its parts stay what the reader knows them as
    return Reader()


def _body(item: Any) -> tuple[Any, bool]:
    """The part that must match within a part, and whether more may follow it there."""
    operator, argument = item
    if operator is re_parser.SUBPATTERN:
        return argument[3], False
    if operator in _REPEATS and argument[0] >= 1:
        return argument[2], True
    if operator is re_parser.ASSERT and argument[0] > 0:
        return argument[1], True
    return None, False


def _united_edges(texts: Iterable[str], *, ahead: bool) -> int:
    chars = 0
    for char in {text[0 if ahead else -1] for text in texts}:
        chars |= bit(ord(char))
    return chars


def _cost(literals: Sequence[Literal]) -> float:
    """About how often literals of one place make a pattern run, and for how many starts."""
    often = 0.0
    for literal in literals:
        one = 1.0
        for index, char in enumerate(literal.text):
            # Characters of a word come together more often than by chance.
            one *= frequency(char) if index == 0 else min(1.0, 30 * frequency(char))
        often += one
    first = literals[0]
    filtered = often * density(first.before) * density(first.after)
    starts = 1 + 0.1 * (first.far - first.near)
    return often * _LOOK + filtered * starts + len(literals) * _KEEP


def _united(lists: Iterable[list[str] | None]) -> list[str] | None:
    united: dict[str, None] = {}
    for texts in lists:
        if texts is None or len(united) + len(texts) > _LITERALS:
            return None
        united.update(dict.fromkeys(texts))
    return list(united)
