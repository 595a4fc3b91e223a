"""Entities built out of parts that touch: candidates, terms, short patterns, words."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any

from toolkit.rules.parts import MOST, Parts, ReadyPart
from toolkit.rules.search import Place

_TRIES = 200
"""Steps from one start; a name that needs more is none."""

Built = tuple[Place, tuple[Place, ...]]
"""A composition's span, and its parts, context too."""

Ends = Mapping[int, Sequence[int]]
"""Where what starts at a place may end, the longest first."""


def ends_by_start(places: Iterable[Place]) -> Ends:
    """Places as a composition asks for them."""
    found: dict[int, set[int]] = {}
    for start, end in places:
        found.setdefault(start, set()).add(end)
    return {start: sorted(ends, reverse=True) for start, ends in found.items()}


class Composer:
    """Builds the spans of one rule, in time linear in the starts of its first part.

    From each start the first way that fits is taken: parts as long and as often as they
    can be.
    """

    def __init__(self, look: Parts) -> None:
        self.parts = [_Finder(part) for part in look.parts]
        self.between = frozenset(look.between)

    def reading(self, text: str, scanned: Sequence[Ends]) -> Composition:
        """The rule's compositions in a text.

        Args:
            text: the shadow text.
            scanned: for each part what the scan found, empty where it needn't look.
        """
        return Composition(self, text, scanned)


class Composition:
    """What a rule builds in one text, whichever candidates there are by then."""

    def __init__(self, rule: Composer, text: str, scanned: Sequence[Ends]) -> None:
        self._parts, self._between = rule.parts, rule.between
        self._text, self._scanned = text, scanned
        self._fits: dict[int, bool] = {}

    def build(self, by_label: Mapping[str, Ends]) -> Iterator[Built]:
        """The compositions out of the candidates of each label."""
        firsts = self._firsts(by_label)
        onward = self._onward(firsts, by_label)
        for start in sorted(firsts):
            if onward is not None and onward.isdisjoint(firsts[start]):
                continue
            walk = _Walk(self._text, self._parts, self._between, by_label, self._scanned)
            steps = walk.walk(0, 0, start)
            inside = [place for number, place in steps or () if self._parts[number].span]
            if steps and inside:
                yield (inside[0][0], inside[-1][1]), tuple(place for _, place in steps)

    def _firsts(self, by_label: Mapping[str, Ends]) -> Ends:
        """Where the first part stands."""
        first, scanned = self._parts[0], self._scanned[0]
        if len(first.labels) == 1:
            return by_label.get(first.labels[0], {})
        starts = set(scanned).union(*(by_label.get(label, ()) for label in first.labels))
        return {start: first.ends(self._text, start, by_label, scanned) for start in starts}

    def _onward(self, firsts: Ends, by_label: Mapping[str, Ends]) -> set[int] | None:
        """Behind which places something can follow a first part; none given: behind any.

        A quick look before the walk, which most starts fail.
        """
        if len(self._parts) == 1 or self._parts[1].least == 0 or self._between:
            return None
        first, second = self._parts[:2]
        onward = set[int]().union(*firsts.values())
        if second.labels:
            onward &= set[int]().union(*(by_label.get(label, ()) for label in second.labels))
        else:
            onward = {at for at in onward if self._second_fits(at)}
        if first.most > 1:
            for start in sorted(firsts, reverse=True):
                if not onward.isdisjoint(firsts[start]):
                    onward.add(start)
        return onward

    def _second_fits(self, at: int) -> bool:
        """Whether a second part that is no candidate stands at a place."""
        fits = self._fits.get(at)
        if fits is None:
            found = self._parts[1].ends(self._text, at, {}, self._scanned[1])
            fits = self._fits[at] = bool(found)
        return fits


class _Finder:
    """Where one part that starts at a place may end."""

    def __init__(self, part: ReadyPart) -> None:
        self.labels, self.span, self.word = part.labels, part.span, bool(part.tags or part.words)
        self.least = 0 if part.repeat in {"?", "*"} else 1
        self.most = MOST if part.repeat in {"*", "+"} else 1
        self._terms = frozenset(part.terms)
        self._lengths = sorted({len(term) for term in part.terms}, reverse=True)
        self._expression = part.expression

    @cached_property
    def _match(self) -> Any:
        """Made when a text first asks for it."""
        return self._expression and self._expression.pattern().match

    def ends(
        self, text: str, at: int, by_label: Mapping[str, Ends], scanned: Ends
    ) -> Sequence[int]:
        """The places where the part may end, the farthest first."""
        if self._expression:
            match = self._match(text, at)
            return [match.end()] if match and match.end() > at else []
        if self._terms:
            # At the end of a text a slice is shorter than asked for.
            room = len(text) - at
            return [
                at + length
                for length in self._lengths
                if length <= room and text[at : at + length] in self._terms
            ]
        if self.word:
            return scanned.get(at, ())
        if len(self.labels) == 1:
            return by_label.get(self.labels[0], {}).get(at, ())
        ends = {end for label in self.labels for end in by_label.get(label, {}).get(at, ())}
        return sorted(ends, reverse=True)


class _Walk:
    """The parts from one start on, with a bound on how often it may turn back."""

    def __init__(
        self,
        text: str,
        parts: Sequence[_Finder],
        between: frozenset[str],
        by_label: Mapping[str, Ends],
        scanned: Sequence[Ends],
    ) -> None:
        self._text, self._parts, self._between = text, parts, between
        self._by_label, self._scanned = by_label, scanned
        self._left = _TRIES

    def walk(self, number: int, taken: int, at: int) -> list[tuple[int, Place]] | None:
        """The places of the parts from ``number`` on, of which ``taken`` are behind."""
        if number == len(self._parts):
            return []
        self._left -= 1
        if self._left < 0:
            return None
        part = self._parts[number]
        if taken < part.most:
            for begin in self._begins(at, is_first=number == taken == 0):
                for end in part.ends(self._text, begin, self._by_label, self._scanned[number]):
                    rest = self.walk(number, taken + 1, end)
                    if rest is not None:
                        return [(number, (begin, end)), *rest]
        return self.walk(number + 1, 0, at) if taken >= part.least else None

    def _begins(self, at: int, *, is_first: bool) -> tuple[int, ...]:
        """Where the next part may begin: right here, or behind one dividing character."""
        divided = not is_first and self._text[at : at + 1] in self._between
        return (at, at + 1) if divided and at < len(self._text) else (at,)
