"""A regular expression with macros and lexicon classes, whose span is the group ``span``.

``{name}`` stands for a macro or a lexicon, ``{lexicon:name}`` for a lexicon; quantifiers
such as ``{2,4}`` keep their meaning, because no name starts with a digit. Without a group
``span`` the whole match is the span; look-around and everything outside the group is
context, which the next match may use again.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from re import _parser as re_parser  # type: ignore[attr-defined] # the only public view is deprecated
from typing import Any

from toolkit.rules.lexicon import Lexicon
from toolkit.rules.shadow import shadow_pattern
from toolkit.rules.triggers import parts

_NAME = re.compile(r"\{(?:lexicon:)?([A-Za-z_][A-Za-z0-9_]*)\}")

_UNBOUNDED = 100
"""A quantifier that may repeat this often counts as unbounded."""

_DEEPEST = 20
"""Macros within macros; deeper means that one contains itself."""


def expand(pattern: str, macros: Mapping[str, str], lexicons: Mapping[str, Lexicon]) -> str:
    """The pattern with every ``{name}`` replaced.

    Raises:
        ValueError: a name is neither a macro nor a lexicon, or a macro contains itself.
    """

    def replaced(match: re.Match[str]) -> str:
        name = match[1]
        if name in macros and not match[0].startswith("{lexicon:"):
            return f"(?:{macros[name]})"
        if name in lexicons:
            return lexicons[name].alternatives
        known = ", ".join(sorted({*macros, *lexicons})) or "none"
        raise ValueError(f"{match[0]} is no macro and no lexicon (known: {known})")

    expanded = shadow_pattern(pattern)
    for _ in range(_DEEPEST):
        if not _NAME.search(expanded):
            return expanded
        expanded = shadow_pattern(_NAME.sub(replaced, expanded))
    raise ValueError("a macro contains itself")


def check_pattern(pattern: str) -> None:
    """Refuse what is no regular expression for a rule.

    Raises:
        ValueError: it isn't a regular expression, has named groups but none of them is
            ``span``, or could take exponential time.
    """
    try:
        parsed = re_parser.parse(pattern)
    except (re.error, OverflowError, RecursionError) as error:
        raise ValueError(f"not a regular expression: {error}") from None
    groups = parsed.state.groupdict
    if groups and "span" not in groups:
        raise ValueError(f"its groups are {', '.join(groups)}, and none is named span")
    if _repeats_a_repeat(parsed, inside=False):
        raise ValueError(
            "a repetition without bound contains another one, so it could take exponential "
            "time; give one of them a bound such as {0,20}"
        )


def _repeats_a_repeat(items: Any, *, inside: bool) -> bool:
    """Whether an unbounded repetition stands in another one, in a parsed pattern."""
    for operator, argument in items:
        if operator in (re_parser.MAX_REPEAT, re_parser.MIN_REPEAT):
            _, most, body = argument
            unbounded = most == re_parser.MAXREPEAT or most >= _UNBOUNDED
            if unbounded and inside:
                return True
            if _repeats_a_repeat(body, inside=inside or unbounded):
                return True
        elif any(_repeats_a_repeat(part, inside=inside) for part in parts(argument)):
            return True
    return False
