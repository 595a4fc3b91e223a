"""Alternatives that begin differently, in a form that ``re`` decides quickly.

``re`` tries the alternatives of a pattern one after the other; a lexicon written out has
hundreds of them at its first character. Alternatives whose first characters differ never
match at the same place, so that their order means nothing: they are put in order of their
first characters and divided, and divided again, with a look at the next character in
front of each part. What a pattern matches doesn't change.
"""

from __future__ import annotations

from collections.abc import Sequence
from re import _parser as re_parser  # type: ignore[attr-defined] # the only public view is deprecated
from typing import Any

_FEW = 8
"""So many alternatives are tried one after the other."""

_MANY = 30
"""In front of more alternatives than these stands a look for exactly their characters."""

_PARTS = 4
"""Into so many parts alternatives are divided at a time."""

_TWO = 2
"""``re`` makes no table for so many characters."""

_REPEATS = (re_parser.MAX_REPEAT, re_parser.MIN_REPEAT, re_parser.POSSESSIVE_REPEAT)

_Range = tuple[int, int]


class _Group:
    """Alternatives that can begin alike, in their order, and the characters they begin with."""

    __slots__ = ("branches", "first", "last", "ranges")

    def __init__(self, ranges: list[_Range], branches: list[Any]) -> None:
        self.ranges = ranges
        self.first = min(first for first, _ in ranges)
        self.last = max(last for _, last in ranges)
        self.branches = branches


def divided(parsed: Any) -> Any:
    """The parsed pattern with its many alternatives divided; what it matches is the same."""
    return _sequence(parsed)


def _sequence(items: Any) -> Any:
    return re_parser.SubPattern(
        items.state, [_item(op, argument, items.state) for op, argument in items]
    )


def _item(operator: Any, argument: Any, state: Any) -> Any:
    if operator is re_parser.BRANCH:
        return operator, (argument[0], _branches([_sequence(one) for one in argument[1]], state))
    if operator is re_parser.IN and _TWO < len(argument) <= _FEW and _are_literals(argument):
        # To make a table of them, as re does, takes longer than all else.
        return re_parser.BRANCH, (None, [re_parser.SubPattern(state, [one]) for one in argument])
    if operator in _REPEATS and len(argument[2]) == 1 and argument[2][0][0] is re_parser.IN:
        return operator, argument  # re repeats a class quickly
    return operator, _inside(argument)


def _are_literals(items: Any) -> bool:
    return all(operator is re_parser.LITERAL for operator, _ in items)


def _inside(argument: Any) -> Any:
    if isinstance(argument, re_parser.SubPattern):
        return _sequence(argument)
    if isinstance(argument, tuple):
        return tuple(_inside(part) for part in argument)
    return argument


def _branches(branches: list[Any], state: Any) -> list[Any]:
    """Alternatives, divided if they are many and it is known how each of them begins."""
    if len(branches) <= _FEW:
        return branches
    groups: list[_Group] = []
    for branch in branches:
        ranges = _begins(branch)
        if ranges is None:
            return branches
        groups.append(_Group(ranges, [branch]))
    merged = _apart(groups)
    if len(merged) <= _FEW:
        return branches
    return [_guarded(merged, state)]


def _apart(groups: list[_Group]) -> list[_Group]:
    """Groups that share no character, nor the space between their characters."""
    order = {id(group.branches[0]): at for at, group in enumerate(groups)}
    clusters: list[list[_Group]] = []
    reached = -1
    for group in sorted(groups, key=lambda group: group.first):
        if group.first > reached:
            clusters.append([])
        clusters[-1].append(group)
        reached = max(reached, group.last)
    return [_united(cluster, order) for cluster in clusters]


def _united(groups: list[_Group], order: dict[int, int]) -> _Group:
    """Groups as one, their alternatives in their old order."""
    branches = [branch for group in groups for branch in group.branches]
    branches.sort(key=lambda branch: order[id(branch)])
    return _Group([one for group in groups for one in group.ranges], branches)


def _guarded(groups: Sequence[_Group], state: Any) -> Any:
    """The alternatives of some groups behind a look at what they begin with."""
    # All characters at the outside of many, where most looks fail; else only from where to where.
    first = [(re_parser.RANGE, (groups[0].first, groups[-1].last))]
    if len(groups) > _MANY:
        first = [(re_parser.RANGE, one) for group in groups for one in group.ranges]
    return _look(first, _parted(groups, state), state)


def _parted(groups: Sequence[_Group], state: Any) -> list[Any]:
    if len(groups) <= _FEW:
        return [branch for group in groups for branch in group.branches]
    size = -(-len(groups) // _PARTS)
    parts = [groups[at : at + size] for at in range(0, len(groups), size)]
    return [
        _look([(re_parser.RANGE, (part[0].first, part[-1].last))], _parted(part, state), state)
        for part in parts
    ]


def _look(first: list[Any], branches: list[Any], state: Any) -> Any:
    look = re_parser.SubPattern(state, [(re_parser.IN, first)])
    body = (re_parser.BRANCH, (None, branches))
    return re_parser.SubPattern(state, [(re_parser.ASSERT, (1, look)), body])


def _begins(items: Any) -> list[_Range] | None:
    """What a sequence begins with; none if that isn't known, or if it may be empty."""
    if not len(items):
        return None
    operator, argument = items[0]
    if operator is re_parser.LITERAL:
        return [(argument, argument)]
    if operator is re_parser.IN:
        return _ranges(argument)
    if operator is re_parser.SUBPATTERN and not (argument[1] or argument[2]):
        return _begins(argument[3])
    if operator is re_parser.BRANCH:
        found = [_begins(branch) for branch in argument[1]]
        return None if None in found else [one for part in found for one in part or ()]
    return None


def _ranges(items: Any) -> list[_Range] | None:
    ranges = []
    for operator, argument in items:
        if operator is re_parser.LITERAL:
            ranges.append((argument, argument))
        elif operator is re_parser.RANGE:
            ranges.append(argument)
        else:
            return None
    return ranges
