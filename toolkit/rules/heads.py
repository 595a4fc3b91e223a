"""What a match can begin with: a quick look before a pattern is tried at a place.

Most places at which a pattern is tried fail, and a pattern may take long to find out:
it tries its optional parts one after the other. What its first character can be, and the
character before it, is known from the parsed pattern and is one look each.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import reduce
from itertools import islice
from operator import or_
from re import _parser as re_parser  # type: ignore[attr-defined] # the only public view is deprecated
from typing import Any

from toolkit.rules.borders import BORDER
from toolkit.rules.characters import ALL, ANYTHING, BEYOND, EDGE, bit, density, ranges
from toolkit.rules.triggers import Reader, ignores_case, reader_of

_WAYS = 400
"""Ways to begin that are followed; a pattern with more has no head."""

_KINDS = 4
"""Conditions on the character before, each with its own first characters."""

_USELESS = 0.4
"""A head that this share of places passes isn't looked at."""

_REPEATS = (re_parser.MAX_REPEAT, re_parser.MIN_REPEAT, re_parser.POSSESSIVE_REPEAT)

_Way = tuple[int, int]
"""Characters that may come before, and first characters."""


class Head:
    """What a match can begin with: for characters before it, the first characters."""

    def __init__(self, firsts: Mapping[int, int] | None = None) -> None:
        self._firsts = firsts or {}

    def look(self) -> str:
        """An expression of no width that holds wherever the pattern can match; "" for anywhere."""
        if not self._firsts:
            return ""
        return f"(?:{'|'.join(_looks(*one) for one in self._firsts.items())})"

    def finder(self) -> str:
        """An expression for the first character of a match, behind which it looks back; or ""."""
        first = reduce(or_, self._firsts.values(), 0)
        if not first or first & EDGE:
            return ""
        back = "|".join(_backs(*one) for one in self._firsts.items())
        return f"{_class(first)}(?:{back})"


def head(parsed: Any) -> Head:
    """What a parsed pattern can begin with."""
    if ignores_case(parsed):
        return Head()
    found = list(islice(_heads(list(parsed), ANYTHING, reader_of(parsed)), _WAYS + 1))
    firsts: dict[int, int] = {}
    for before, first in found:
        firsts[before] = firsts.get(before, 0) | first
    share = sum(density(before) * density(first) for before, first in firsts.items())
    useless = len(found) > _WAYS or len(firsts) > _KINDS or share > _USELESS
    return Head() if useless else Head(firsts)


def _heads(items: list[Any], before: int, reader: Reader) -> Iterator[_Way]:
    """The ways in which parts in sequence can begin; never too few."""
    if not items:
        yield before, ANYTHING
        return
    (operator, argument), rest = items[0], items[1:]
    if operator is re_parser.SUBPATTERN:
        yield from _heads([*argument[3], *rest], before, reader)
    elif operator is re_parser.BRANCH:
        for branch in argument[1]:
            yield from _heads([*branch, *rest], before, reader)
    elif operator in _REPEATS:
        # What follows one round only matters where the round may be empty.
        yield from _heads([*argument[2], *rest], before, reader)
        if not argument[0]:
            yield from _heads(rest, before, reader)
    elif operator in (re_parser.ASSERT, re_parser.ASSERT_NOT, re_parser.AT):
        passed = reader.beyond([items[0]], before, ahead=False)
        for earlier, first in _heads(rest, passed, reader):
            yield earlier, reader.beyond([items[0]], first, ahead=True)
    else:
        yield before, reader.beyond([items[0]], ANYTHING, ahead=True)


def _looks(before: int, first: int) -> str:
    back = "" if before == ANYTHING else _look(before, "(?<=", "(?<!")
    return back + ("" if first == ANYTHING else _look(first, "(?=", "(?!"))


def _backs(before: int, first: int) -> str:
    """That the last character is in one set and the one before it in the other."""
    found = f"(?<={_class(first)})"
    if before == ANYTHING:
        return found
    if before & EDGE:
        return rf"{found}(?<!{_class(ALL & ~before)}[\s\S])"
    return rf"{found}(?<={_class(before)}[\s\S])"


def _look(chars: int, holds: str, fails: str) -> str:
    """That a neighbour is in the set; the text's edge is none of the characters."""
    if chars & EDGE:
        return f"{fails}{_class(ALL & ~chars)})"
    return f"{holds}{_class(chars)})"


def _class(chars: int) -> str:
    """A character class without the border between texts.

    It is the one that doesn't name characters beyond the basic plane.
    """
    chars &= ~bit(ord(BORDER))
    negated = bool(chars & BEYOND)
    listed = ranges(ALL & ~chars & ~BEYOND if negated else chars)
    if not listed:
        return r"[\s\S]" if negated else r"[^\s\S]"
    inside = "".join(
        re.escape(chr(first)) + (f"-{re.escape(chr(last))}" if last > first else "")
        for first, last in listed
    )
    return f"[{'^' if negated else ''}{inside}]"
