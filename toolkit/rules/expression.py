"""A pattern of a rule as the engine runs it, ready to be kept in a cache.

Reading and compiling a pattern with its lexicons written out takes ``re`` up to a tenth of
a second. What it compiles to is a list of numbers, which is kept and handed back to it;
``re`` checks them before it runs them.
"""

from __future__ import annotations

import _sre  # type: ignore[import-not-found] # what the private half of re is made of
import sys
from array import array
from re import _compiler as re_compiler  # type: ignore[attr-defined] # the only public view is deprecated
from re import _parser as re_parser  # type: ignore[attr-defined] # the only public view is deprecated
from typing import Any

from msgspec import Struct

from toolkit.rules.borders import bordered
from toolkit.rules.branches import divided
from toolkit.rules.heads import Head
from toolkit.rules.triggers import ignores_case

_WIDEST = 40
"""Starts that one call tries."""

BUILD = f"{sys.version} {sys.byteorder} {_sre.MAGIC} {_sre.CODESIZE}"
"""What compiled expressions are only good for."""


class Expression(Struct, frozen=True, array_like=True):
    """A compiled pattern.

    ``starts`` is how many starts one call tries; ``mark`` is an empty group where the
    match starts, ``span`` the group that is the span. ``finder``, if there is one, is an
    expression that finds the first character of every match.
    """

    code: bytes
    flags: int
    groups: int
    starts: int
    mark: int
    span: int
    finder: str = ""

    def pattern(self) -> Any:
        """The regular expression, to match with."""
        code = array("I")
        code.frombytes(self.code)
        names = (None,) * (self.groups + 1)
        return _sre.compile(None, self.flags, code.tolist(), self.groups, {}, names)


def expression_at(text: str) -> Expression:
    """Compile a pattern that is matched at a place of joined texts."""
    code, state = _code_at(text)
    packed = array("I", code).tobytes()
    return Expression(packed, state.flags, state.groups - 1, 1, 0, state.groupdict.get("span", 0))


def pattern_at(text: str) -> Any:
    """A regular expression, with the names of its groups, to be matched at such a place."""
    code, state = _code_at(text)
    names: list[str | None] = [None] * state.groups
    for name, number in state.groupdict.items():
        names[number] = name
    return _sre.compile(None, state.flags, code, state.groups - 1, state.groupdict, tuple(names))


def _code_at(text: str) -> tuple[list[int], Any]:
    parsed = re_parser.parse(text)
    whole = bordered(divided(parsed) if not ignores_case(parsed) else parsed)
    code: list[int] = re_compiler._code(whole, parsed.state.flags)  # noqa: SLF001
    return code, parsed.state


def expression(parsed: Any, reach: int, head: Head, *, anywhere: bool) -> Expression:
    """Compile a parsed pattern, which is used up by it.

    Args:
        parsed: the pattern.
        reach: starts behind the first that one call tries: how uncertain its triggers
            leave the start of a match. A lazy run of any characters in front of the
            pattern does it, the first start first.
        head: what must hold where a match starts.
        anywhere: it has no triggers, and is to be tried wherever its head allows it.
    """
    state = parsed.state
    finder = head.finder() if anywhere else ""
    starts = 1 if finder else min(reach, _WIDEST) + 1
    body = parsed if ignores_case(parsed) else divided(parsed)
    lead = f"(?s:.{{0,{starts - 1}}}?){head.look()}" if starts > 1 else ""
    mark, empty = _group(state, [])
    span = state.groupdict.get("span")
    if span is None:
        span, whole = _group(state, list(body))
        body = [whole]
    # The starts before a border that a call tries must not keep it from those behind it.
    items = [*re_parser.parse(lead), empty, *bordered(re_parser.SubPattern(state, list(body)))]
    code = re_compiler._code(re_parser.SubPattern(state, items), state.flags)  # noqa: SLF001
    packed = array("I", code).tobytes()
    return Expression(packed, state.flags, state.groups - 1, starts, mark, span, finder)


def _group(state: Any, items: list[Any]) -> tuple[int, Any]:
    """A new group of a pattern: its number, and the part that it is."""
    number: int = state.opengroup()
    inside = re_parser.SubPattern(state, items)
    state.closegroup(number, inside)
    return number, (re_parser.SUBPATTERN, (number, 0, 0, inside))
