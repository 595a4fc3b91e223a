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
from typing import Any

from toolkit.rules.expression import Expression
from toolkit.rules.search import Place


class Windowed:
    """A pattern that is tried at some places of a text; made ready when first tried."""

    def __init__(self, expression: Expression) -> None:
        self._expression = expression

    def anywhere(self, text: str) -> list[Place]:
        """The spans of all matches in a text, in order."""
        if self._find is None:
            return self.within(text, [(0, len(text))])
        starts = [found.start() for found in self._find(text)]
        return self.within(text, list(zip(starts, starts, strict=True)))

    def within(self, text: str, starts: Sequence[Place]) -> list[Place]:
        """The spans of the matches that start in ``starts``, in order.

        Args:
            text: the text.
            starts: first and last start, both included, sorted.
        """
        match, step = self._match, self._expression.starts
        mark, group = self._expression.mark, self._expression.span
        places: list[Place] = []
        at = 0
        for first, last in starts:
            at = first if first > at else at  # noqa: FURB136 - a call takes longer
            while at <= last:
                found = match(text, at)
                if found is None:
                    at += step
                    continue
                start, end = found.span(group)
                if 0 <= start < end:
                    places.append((start, end))
                at = max(found.end(mark) + 1, end)
        return places

    @cached_property
    def _match(self) -> Any:
        return self._expression.pattern().match

    @cached_property
    def _find(self) -> Any:
        finder = self._expression.finder
        return re.compile(finder).finditer if finder else None
