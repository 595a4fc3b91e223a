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

from toolkit.rules import prepared
from toolkit.rules.effort import MOST, ways
from toolkit.rules.lexicon import Lexicon
from toolkit.rules.shadow import shadow_pattern

_NAME = re.compile(r"\{(?:lexicon:)?([A-Za-z_][A-Za-z0-9_]*)\}")

_REPEATED = 100
"""How often ``*`` and ``+`` repeat at most: what is longer is no name."""

_LONGEST = 2_000_000
"""Characters that a pattern may have, its macros and lexicons written out."""

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
            return bounded(expanded)
        parts, end, length = [], 0, 0
        for match in _NAME.finditer(expanded):
            parts += [expanded[end : match.start()], replaced(match)]
            end = match.end()
            length += len(parts[-1]) + len(parts[-2])
            if length > _LONGEST:
                raise ValueError(f"written out it has more than {_LONGEST:,} characters")
        expanded = shadow_pattern("".join([*parts, expanded[end:]]))
    raise ValueError("a macro contains itself")


_PIECE = re.compile(
    r"""
    (?P<other>\\.|\(\?\#[^)]*\)|\(\??|\[\^?\]?(?:\\.|[^\]\\])*\])
    | (?P<quantifier>[*+?]|\{[0-9]*(?:,[0-9]*)?\})(?P<kind>[+?]?)
    """,
    re.VERBOSE | re.DOTALL,
)


def bounded(pattern: str) -> str:
    """The pattern with a bound for every repetition that has none: ``a+`` is ``a{1,100}``."""

    def with_bound(match: re.Match[str]) -> str:
        quantifier, kind = match["quantifier"], match["kind"]
        if quantifier == "{,}":
            quantifier = "*"
        least = {"*": "0", "+": "1"}.get(quantifier or "")
        if least is None and quantifier and quantifier.endswith(",}"):
            least = quantifier[1:-2]
        if least is None:
            return match[0]
        return f"{{{least},{max(_REPEATED, int(least))}}}{kind}"

    return _PIECE.sub(with_bound, pattern)


def check_pattern(pattern: str) -> None:
    """Refuse what is no regular expression for a rule.

    Raises:
        ValueError: it isn't a regular expression, has named groups but none of them is
            ``span``, or could take exponential time.
    """
    if prepared.known(pattern):
        return
    try:
        parsed = re_parser.parse(pattern)
    except (re.error, OverflowError, RecursionError) as error:
        raise ValueError(f"not a regular expression: {error}") from None
    groups = parsed.state.groupdict
    if groups and "span" not in groups:
        raise ValueError(f"its groups are {', '.join(groups)}, and none is named span")
    if parsed.state.flags & re_parser.SRE_FLAG_VERBOSE:
        raise ValueError("blanks count in the patterns of rules, so (?x) can't be used")
    if ways(parsed) > MOST:
        raise ValueError(
            "there are so many ways to match it that it could take exponential time; let "
            "no repetition contain another one, or alternatives that begin alike"
        )
    try:
        prepared.prepare(pattern, parsed)
    except (re.error, OverflowError, RecursionError) as error:
        raise ValueError(f"not a regular expression: {error}") from None
