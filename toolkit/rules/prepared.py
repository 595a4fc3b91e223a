"""What it takes to run a pattern, worked out once and kept in the user's cache.

To check a pattern with its lexicons written out, to find its triggers and to compile it
takes up to a tenth of a second. Whoever edits one rule of a pack waits for that rule only:
what was worked out belongs to the pattern's text, whichever pack it is in.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from re import _parser as re_parser  # type: ignore[attr-defined] # the only public view is deprecated
from typing import Any

from msgspec import Struct

from toolkit.rules import cache
from toolkit.rules.characters import ALL, ANYTHING, BEYOND, EDGE, density, members
from toolkit.rules.expression import Expression, expression
from toolkit.rules.heads import head
from toolkit.rules.triggers import FAR, Literal, triggers

_USELESS = 0.8
"""A set of neighbours that this share of all characters is in is not looked at."""

_EXCLUDED = 0.02
"""Nor is one that excludes only so few. Digits come in runs, so that they are worth a look."""

_FULL = 0x10000

_BLIND = 20
"""Starts that one call tries of a pattern that says nothing about where it matches."""

_KEPT = 600
"""Patterns that are remembered; those that were asked for least recently go first."""

_FOLDER = "patterns"


class Neighbours(Struct, frozen=True, array_like=True):
    """Characters that a neighbour must be (``among``) or must not be; "" is the text's edge."""

    among: bool
    edge: bool
    chars: str


class Trigger(Struct, frozen=True, array_like=True):
    """Literals with one place: the pattern is to be tried ``near`` to ``far`` before each.

    ``before`` and ``after`` are their neighbours, if asking for them pays.
    """

    texts: list[str]
    near: int
    far: int
    before: Neighbours | None
    after: Neighbours | None


class Prepared(Struct, frozen=True, array_like=True):
    """A pattern's triggers, of which every match holds one if there are any, and what to run."""

    triggers: list[Trigger]
    expression: Expression


_known: dict[str, Prepared] = {}
_asked: set[str] = set()


def prepared(pattern: str) -> Prepared:
    """What it takes to run a pattern."""
    return known(pattern) or prepare(pattern, re_parser.parse(pattern))


def known(pattern: str) -> Prepared | None:
    """The same, if it was worked out before: the pattern was checked then, too."""
    name = _name(pattern)
    found = _known.pop(name, None)
    if found is not None:
        _known[name] = found  # asked for last
        _asked.add(name)
    return found


def prepare(pattern: str, parsed: Any) -> Prepared:
    """Work it out from the parsed pattern, which is used up."""
    literals = triggers(parsed)
    if any(literal.far >= FAR for literal in literals):
        literals = ()
    reach = max((one.far - one.near for one in literals), default=_BLIND)
    first = head(parsed)
    made = expression(parsed, reach, first, anywhere=not literals)
    name = _name(pattern)
    _asked.add(name)
    found = _known[name] = Prepared(_grouped(literals), made)
    return found


def recall(packs: Iterable[str]) -> None:
    """Read what was kept for these packs, where it isn't known yet."""
    for old in list(_known)[:-_KEPT]:
        del _known[old]
    _asked.clear()
    for name in packs:
        found = cache.load(_file(name), dict[str, Prepared], _FOLDER) or {}
        _known.update(found | _known)


def keep(pack: str) -> None:
    """Write what was asked for since ``recall`` to the user's cache, under a pack's name."""
    cache.store(_file(pack), {name: _known[name] for name in _asked}, _FOLDER)


def _file(pack: str) -> str:
    return cache.key_of(pack.encode("utf-8", "surrogatepass"))


def _name(pattern: str) -> str:
    return hashlib.sha256(pattern.encode("utf-8", "surrogatepass")).hexdigest()


def _grouped(literals: tuple[Literal, ...]) -> list[Trigger]:
    """Literals of one place together."""
    groups: dict[tuple[int, int, int, int], list[Literal]] = {}
    for one in literals:
        # By identity, since to compare sets of characters takes long.
        key = (one.near, one.far, id(one.before), id(one.after))
        groups.setdefault(key, []).append(one)
    return [
        Trigger(
            list(dict.fromkeys(one.text for one in group)),
            group[0].near,
            group[0].far,
            _neighbours(group[0].before),
            _neighbours(group[0].after),
        )
        for group in groups.values()
    ]


def _neighbours(chars: int) -> Neighbours | None:
    """A set in a form that is quick to ask, or none if asking doesn't pay."""
    among = not chars & BEYOND
    if density(chars) > _USELESS if among else density(ALL & ~chars & ~BEYOND) < _EXCLUDED:
        return None
    listed = members(chars if among else ANYTHING & ~chars & ~BEYOND, _FULL)
    return None if listed is None else Neighbours(among, bool(chars & EDGE), listed)
