"""Several texts as one, for rules to read in one pass: nothing crosses a border between two.

What a rule costs to start is paid once for many short documents. To a pattern a border is
what the start and the end of a text are to it: it is written into the parsed pattern that
nothing matches it, and that ``^`` and ``$`` hold at it.
"""

from __future__ import annotations

from re import _parser as re_parser  # type: ignore[attr-defined] # the only public view is deprecated
from typing import Any

BORDER = "\x01"
"""Stands between two texts, and in none: ``toolkit.rules.shadow`` replaces it there."""

_BORDER = (re_parser.LITERAL, ord(BORDER))
_NEWLINE = (re_parser.LITERAL, ord("\n"))
_NOT = (re_parser.NEGATE, None)
_NOTHING = (re_parser.IN, [_NOT, (re_parser.RANGE, (0, 0x10FFFF))])

_STARTS = (re_parser.AT_BEGINNING, re_parser.AT_BEGINNING_STRING)
_ENDS = (re_parser.AT_END, re_parser.AT_END_STRING)
_LOOKS = (re_parser.ASSERT, re_parser.ASSERT_NOT)
_REPEATS = (re_parser.MAX_REPEAT, re_parser.MIN_REPEAT, re_parser.POSSESSIVE_REPEAT)


def bordered(parsed: Any) -> Any:
    """The parsed pattern for texts that are joined: in each it matches what it matched alone."""
    return _sequence(parsed, parsed.state.flags)


def _sequence(items: Any, flags: int) -> Any:
    made = [_item(operator, argument, flags, items.state) for operator, argument in items]
    return re_parser.SubPattern(items.state, made)


def _item(operator: Any, argument: Any, flags: int, state: Any) -> Any:
    if operator is re_parser.ANY:
        not_line = [] if flags & re_parser.SRE_FLAG_DOTALL else [_NEWLINE]
        return re_parser.IN, [_NOT, *not_line, _BORDER]
    if operator is re_parser.NOT_LITERAL:
        return re_parser.IN, [_NOT, (re_parser.LITERAL, argument), _BORDER]
    if operator is re_parser.LITERAL:
        return _NOTHING if (operator, argument) == _BORDER else (operator, argument)
    if operator is re_parser.IN:
        return _class(argument, state)
    if operator is re_parser.AT:
        return _at(argument, state)
    return operator, _inside(operator, argument, flags)


def _inside(operator: Any, argument: Any, flags: int) -> Any:  # noqa: PLR0911 - one a kind
    """An operator's argument, the patterns in it made anew."""
    if operator is re_parser.SUBPATTERN:
        group, more, fewer, body = argument
        return group, more, fewer, _sequence(body, (flags | more) & ~fewer)
    if operator is re_parser.BRANCH:
        return argument[0], [_sequence(branch, flags) for branch in argument[1]]
    if operator in _REPEATS:
        return argument[0], argument[1], _sequence(argument[2], flags)
    if operator in _LOOKS:
        return argument[0], _sequence(argument[1], flags)
    if operator is re_parser.ATOMIC_GROUP:
        return _sequence(argument, flags)
    if operator is re_parser.GROUPREF_EXISTS:
        number, then, other = argument
        return number, _sequence(then, flags), other and _sequence(other, flags)
    return argument


def _class(items: Any, state: Any) -> Any:
    """A class without the border."""
    if items[0] == _NOT:
        return re_parser.IN, [*items, _BORDER]
    kept = [one for item in items for one in _without(item)]
    if any(operator is re_parser.CATEGORY and "NOT" in str(what) for operator, what in kept):
        border = re_parser.SubPattern(state, [_BORDER])
        both = [(re_parser.ASSERT_NOT, (1, border)), (re_parser.IN, kept)]
        return re_parser.SUBPATTERN, (None, 0, 0, re_parser.SubPattern(state, both))
    return (re_parser.IN, kept) if kept else _NOTHING


def _without(item: Any) -> list[Any]:
    operator, argument = item
    border = _BORDER[1]
    if operator is re_parser.RANGE and argument[0] <= border <= argument[1]:
        parts = ((argument[0], border - 1), (border + 1, argument[1]))
        return [(operator, (first, last)) for first, last in parts if first <= last]
    return [] if item == _BORDER else [item]


def _at(place: Any, state: Any) -> Any:
    """A place that is also where a border is."""
    shape: list[Any] = [_BORDER]
    if place in _STARTS:
        look = -1
    elif place in _ENDS:
        look = 1
        if place is re_parser.AT_END:
            line = re_parser.SubPattern(state, [_NEWLINE])
            shape = [(re_parser.MAX_REPEAT, (0, 1, line)), _BORDER]
    else:
        return re_parser.AT, place
    beside = (re_parser.ASSERT, (look, re_parser.SubPattern(state, shape)))
    ways = [[(re_parser.AT, place)], [beside]]
    return re_parser.BRANCH, (None, [re_parser.SubPattern(state, way) for way in ways])
