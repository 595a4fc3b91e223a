"""A regular expression's matches, tried only where one could start.

The matches are those of ``search`` from left to right over the whole text, each next
search starting behind the last span: whether a pattern matches at a place doesn't depend
on where the search for it began, so that it is enough to try all places at which a match
can start, in order.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cached_property
from re import _parser as re_parser  # type: ignore[attr-defined] # the only public view is deprecated
from typing import Any

from toolkit.rules.triggers import walk

Place = tuple[int, int]

_WIDEST = 40
"""Starts that one call tries."""


class Windowed:
    """A pattern that is tried at some places of a text; compiled when first tried.

    Args:
        pattern: a regular expression that is known to be one.
        reach: starts that one call tries, behind the first: how uncertain its triggers
            leave the start of a match.
    """

    def __init__(self, pattern: str, reach: int) -> None:
        self._pattern = pattern
        self._reach = min(reach, _WIDEST)

    def everywhere(self, text: str) -> list[Place]:
        """The spans in a text, wherever they start."""
        return self.within(text, [(0, len(text))])

    def within(self, text: str, starts: Sequence[tuple[int, int]]) -> list[Place]:
        """The spans of the matches that start in ``starts``, in order.

        Args:
            text: the text.
            starts: first and last start, both included, sorted.
        """
        match, step, group = self._compiled
        places: list[Place] = []
        done = 0
        for first, last in starts:
            at = max(first, done)
            while at <= last:
                found = match(text, at)
                if found is None:
                    at += step
                    continue
                start, end = found.span(group)
                if 0 <= start < end:
                    places.append((start, end))
                at = max(found.end(1) + 1 if step > 1 else at + 1, end)
            done = max(done, at)
        return places

    @cached_property
    def _compiled(self) -> tuple[Any, int, str | int]:
        """How to match, the starts that a call tries, and the group that is the span.

        A lazy run of any characters before the pattern lets one call try several starts,
        the first first; an empty group marks where the match starts.
        """
        parsed = re_parser.parse(self._pattern)
        named = "span" in parsed.state.groupdict
        if not self._reach or _numbered(parsed):
            return re.compile(self._pattern).match, 1, "span" if named else 0
        lead = f"(?s:.{{0,{self._reach}}}?)()"
        body = f"(?:{self._pattern})" if named else f"(?P<span>{self._pattern})"
        return re.compile(lead + body).match, self._reach + 1, "span"


def _numbered(parsed: Any) -> bool:
    """Whether a pattern can't stand behind another group, or not within one."""
    references = (re_parser.GROUPREF, re_parser.GROUPREF_EXISTS)
    return parsed.state.flags != re_parser.SRE_FLAG_UNICODE or any(
        operator in references for operator, _ in walk(parsed)
    )
