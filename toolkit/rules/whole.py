"""Rules that need what other rules found: compositions and document rules, on a document."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol

from toolkit.rules.compiled import Compiled
from toolkit.rules.compose import Built, Composer, Ends, ends_by_start
from toolkit.rules.prover import Prover
from toolkit.rules.rule import Rule
from toolkit.rules.search import Place


class Proposals(Protocol):
    """The candidates of a document so far, by offsets and rule number."""

    kept: dict[tuple[int, int, int], float]
    origins: dict[tuple[int, int, int], tuple[Place, ...]]

    def add(self, number: int, places: Iterable[Place], score: float) -> None:
        """Propose places for a rule."""


class WholeDocument:
    """The compositions and document rules of a pack.

    Args:
        rules: all rules.
        ready: the same, compiled.
    """

    def __init__(self, rules: Sequence[Rule], ready: Compiled) -> None:
        self._rules = rules
        self._composers = {
            number: (Composer(look), numbers) for number, (look, numbers) in ready.parts.items()
        }
        self._provers = {number: Prover(look) for number, look in ready.proofs.items()}
        self._asks_scan = {number for number, look in ready.proofs.items() if look.pattern}
        self._part_labels = {
            label for composer, _ in self._composers.values() for label in composer.labels
        }

    def extend(self, proposals: Proposals, text: str, found: Mapping[int, list[Place]]) -> None:
        """Propose what candidates make up together, and what they prove at other places.

        Compositions are built before and after: what was composed proves something, and
        what was composed or proved may be a part of another composition.
        """
        if self._composers:
            self._compose(proposals, text, found)
        if self._provers:
            self._prove(proposals, text, found)
        if self._composers:
            self._compose(proposals, text, found)

    def _compose(self, proposals: Proposals, text: str, found: Mapping[int, list[Place]]) -> None:
        by_label = self._ends_by_label(proposals)
        for number, (composer, numbers) in self._composers.items():
            scanned = [ends_by_start(found.get(n, ())) for n in numbers]
            made = list(composer.build(text, by_label, scanned))
            if made:
                self._propose(proposals, number, made)

    def _prove(self, proposals: Proposals, text: str, found: Mapping[int, list[Place]]) -> None:
        names = self._names(proposals)
        for number, prover in self._provers.items():
            rule = self._rules[number]
            those = [place for place, score in names.get(rule.label, ()) if score >= rule.proof]
            if number in self._asks_scan and number not in found:
                continue
            if those or number in found:
                proved = prover.prove(text, those, found.get(number, ()))
                self._propose(proposals, number, [(p, (proof,)) for p, proof in proved.items()])

    def _propose(self, proposals: Proposals, number: int, made: Sequence[Built]) -> None:
        proposals.add(number, [place for place, _ in made], self._rules[number].score)
        for (start, end), origin in made:
            proposals.origins.setdefault((start, end, number), origin)

    def _ends_by_label(self, proposals: Proposals) -> dict[str, Ends]:
        places: dict[str, list[Place]] = {}
        for start, end, number in proposals.kept:
            label = self._rules[number].label
            if label in self._part_labels:
                places.setdefault(label, []).append((start, end))
        return {label: ends_by_start(those) for label, those in places.items()}

    def _names(self, proposals: Proposals) -> dict[str, list[tuple[Place, float]]]:
        names: dict[str, list[tuple[Place, float]]] = {}
        for (start, end, number), score in proposals.kept.items():
            names.setdefault(self._rules[number].label, []).append(((start, end), score))
        return names
