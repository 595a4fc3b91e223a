"""Entities built out of parts that touch: candidates, terms, short patterns, words."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from toolkit.rules.expression import pattern_at
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
        self._parts = [_Finder(part) for part in look.parts]
        self._between = frozenset(look.between)
        self.labels = frozenset(label for part in look.parts for label in part.labels)

    def build(
        self, text: str, by_label: Mapping[str, Ends], scanned: Sequence[Ends]
    ) -> Iterator[Built]:
        """The compositions in a text.

        Args:
            text: the shadow text.
            by_label: the candidates of each label of ``labels``.
            scanned: for each part what the scan found, empty where it needn't look.
        """
        first = self._parts[0]
        starts: set[int] = set(scanned[0])
        for label in first.labels:
            starts |= by_label.get(label, {}).keys()
        for start in sorted(starts):
            if not self._goes_on(text, start, by_label, scanned):
                continue
            walk = _Walk(text, self._parts, self._between, by_label, scanned)
            steps = walk.walk(0, 0, start)
            inside = [place for number, place in steps or () if self._parts[number].span]
            if steps and inside:
                yield (inside[0][0], inside[-1][1]), tuple(place for _, place in steps)

    def _goes_on(
        self, text: str, start: int, by_label: Mapping[str, Ends], scanned: Sequence[Ends]
    ) -> bool:
        """Whether anything can follow a first part from here: a quick look before the walk."""
        if len(self._parts) == 1 or self._parts[1].least == 0 or self._between:
            return True
        first, second = self._parts[:2]
        return any(
            second.ends(text, end, by_label, scanned[1])
            or (first.most > 1 and first.ends(text, end, by_label, scanned[0]))
            for end in first.ends(text, start, by_label, scanned[0])
        )


class _Finder:
    """Where one part that starts at a place may end."""

    def __init__(self, part: ReadyPart) -> None:
        self.labels, self.span, self.word = part.labels, part.span, bool(part.tags or part.words)
        self.least = 0 if part.repeat in {"?", "*"} else 1
        self.most = MOST if part.repeat in {"*", "+"} else 1
        self._terms = frozenset(part.terms)
        self._lengths = sorted({len(term) for term in part.terms}, reverse=True)
        self._pattern = pattern_at(part.pattern) if part.pattern else None

    def ends(
        self, text: str, at: int, by_label: Mapping[str, Ends], scanned: Ends
    ) -> Sequence[int]:
        """The places where the part may end, the farthest first."""
        if self._pattern is not None:
            match = self._pattern.match(text, at)
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
