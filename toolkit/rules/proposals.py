"""The candidates of some documents as rules propose them, and what of them can win."""

from __future__ import annotations

import re
from bisect import insort
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from operator import neg

from toolkit.rules.rule import Rule
from toolkit.rules.search import Place
from toolkit.rules.vetoes import Struck
from toolkit.spans import EDGE_SPACE, trimmed

_SPACE = re.compile(f"[{re.escape(EDGE_SPACE)}]")

Proposal = tuple[int, float]
"""The number of a rule, and a score that it gives."""


class Proposals:
    """The candidates of some documents so far.

    ``kept`` has the places that a rule proposes with a score, each once. ``starts`` has,
    for each label that something must stand beside, where its candidates start, and where
    they end then, the farthest first. ``origins`` has what a place comes from, by offsets
    and rule.

    Args:
        text: the documents' texts, as written.
        rules: all rules, by number.
        struck: for each label that a veto struck somewhere, where.
        neighbours: the labels that something must stand beside.
    """

    def __init__(
        self,
        text: str,
        rules: Sequence[Rule],
        struck: Mapping[str, Struck],
        neighbours: Collection[str],
    ) -> None:
        self.kept: dict[Proposal, dict[Place, None]] = {}
        self.origins: dict[tuple[int, int, int], tuple[Place, ...]] = {}
        self.starts: dict[str, dict[int, list[int]]] = {label: {} for label in neighbours}
        self._ends: dict[str, set[int]] = {label: set() for label in neighbours}
        self._text = text
        self._rules = rules
        self._struck = struck
        self._spaces = {found.start() for found in _SPACE.finditer(text)}

    def add(self, number: int, places: Sequence[Place], score: float) -> None:
        """A rule's places, without space at their edges, that no veto strikes."""
        if not places:
            return
        label = self._rules[number].label
        places = self._trimmed(places)
        if label in self._struck:
            places = self._struck[label].spared(places)
        self.kept.setdefault((number, score), {}).update(dict.fromkeys(places))
        if label in self.starts:
            self._note(label, places)

    def beside(self, rule: Rule, places: Iterable[Place]) -> list[Place]:
        """The places that touch a candidate of the labels that the rule asks for."""
        if rule.after:
            ends = set[int]().union(*(self._ends[label] for label in rule.after))
            places = [place for place in places if place[0] in ends]
        if rule.before:
            starts = set[int]().union(*(self.starts[label] for label in rule.before))
            places = [place for place in places if place[1] in starts]
        return list(places)

    def best(self) -> Iterator[tuple[Place, Proposal]]:
        """At each place the candidate that wins over the others there, by offset."""

        def falling(proposal: Proposal) -> tuple[float, str, str]:
            rule = self._rules[proposal[0]]
            return -proposal[1], rule.label, rule.id

        winners: dict[Place, Proposal] = {}
        for proposal in sorted(self.kept, key=falling, reverse=True):
            winners.update(dict.fromkeys(self.kept[proposal], proposal))
        return ((place, winners[place]) for place in sorted(winners))

    def all(self) -> Iterator[tuple[Place, Proposal]]:
        """Every candidate, each rule's once at a place, with the best of its scores there."""
        scores: dict[tuple[Place, int], float] = {}
        for (number, score), places in sorted(self.kept.items()):
            scores.update(dict.fromkeys(((place, number) for place in places), score))
        return ((place, (number, score)) for (place, number), score in scores.items())

    def _trimmed(self, places: Sequence[Place]) -> Sequence[Place]:
        spaces = self._spaces
        if not any(start in spaces or end - 1 in spaces for start, end in places):
            return places
        found = (trimmed(self._text, start, end) for start, end in places)
        return [place for place in found if place[0] < place[1]]

    def _note(self, label: str, places: Iterable[Place]) -> None:
        """Where candidates of a label start and end."""
        starts, ends = self.starts[label], self._ends[label]
        for start, end in places:
            ends.add(end)
            known = starts.get(start)
            if known is None:
                starts[start] = [end]
            elif end not in known:
                insort(known, end, key=neg)
