"""Rules that need what other rules found: compositions and document rules, on a document."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from operator import itemgetter

from toolkit.rules.compiled import Compiled
from toolkit.rules.compose import Built, Composer, Composition, ends_by_start
from toolkit.rules.joined import Joined
from toolkit.rules.proposals import Proposals
from toolkit.rules.prover import Prover
from toolkit.rules.rule import Rule
from toolkit.rules.search import Place


class WholeDocument:
    """The compositions and document rules of a pack.

    Args:
        rules: all rules.
        ready: the same, compiled.

    ``labels`` are those whose candidates are parts of compositions.
    """

    def __init__(self, rules: Sequence[Rule], ready: Compiled) -> None:
        self._rules = rules
        self._composers = {
            number: (Composer(look), numbers) for number, (look, numbers) in ready.parts.items()
        }
        self._provers = {number: Prover(look) for number, look in ready.proofs.items()}
        self._asks_scan = {number for number, look in ready.proofs.items() if look.pattern}
        self._named = {rules[number].label for number in self._provers}
        self.labels = {
            label
            for look, _ in ready.parts.values()
            for part in look.parts
            for label in part.labels
        }

    def extend(
        self, proposals: Proposals, joined: Joined, found: Mapping[int, list[Place]]
    ) -> None:
        """Propose what candidates make up together, and what they prove at other places.

        Compositions are built before and after: what was composed proves something, and
        what was composed or proved may be a part of another composition.
        """
        compositions = {
            number: composer.reading(
                joined.shown, [ends_by_start(found.get(n, ())) for n in scanned]
            )
            for number, (composer, scanned) in self._composers.items()
        }
        self._compose(proposals, compositions)
        if self._provers:
            self._prove(proposals, joined, found)
        self._compose(proposals, compositions)

    def _compose(self, proposals: Proposals, compositions: Mapping[int, Composition]) -> None:
        self._propose(
            proposals,
            [(number, list(one.build(proposals.starts))) for number, one in compositions.items()],
        )

    def _prove(
        self, proposals: Proposals, joined: Joined, found: Mapping[int, list[Place]]
    ) -> None:
        names = _Names(joined, self._best(proposals))
        made: list[tuple[int, list[Built]]] = []
        for number, prover in self._provers.items():
            rule = self._rules[number]
            if number in self._asks_scan and number not in found:
                continue
            sure = names.sure(rule.label, rule.proof)
            own = joined.by_text(found.get(number, ()))
            proved = [
                prover.prove(joined.shown, joined.places[n], sure.get(n, ()), own.get(n, ()))
                for n in (own if number in self._asks_scan else sure)
            ]
            made.append((number, [(p, (proof,)) for one in proved for p, proof in one.items()]))
        self._propose(proposals, made)

    def _propose(self, proposals: Proposals, made: Iterable[tuple[int, Sequence[Built]]]) -> None:
        """Propose what rules made, all of them from the same candidates."""
        for number, spans in made:
            proposals.add(number, [place for place, _ in spans], self._rules[number].score)
            for (start, end), origin in spans:
                proposals.origins.setdefault((start, end, number), origin)

    def _best(self, proposals: Proposals) -> dict[str, dict[Place, float]]:
        """For each label that can be proved the best score at each place."""
        best: dict[str, dict[Place, float]] = {label: {} for label in self._named}
        for number, score in sorted(proposals.kept, key=itemgetter(1)):
            label = self._rules[number].label
            if label in best:
                best[label].update(dict.fromkeys(proposals.kept[number, score], score))
        return best


class _Names:
    """Candidates that may prove something, by document."""

    def __init__(self, joined: Joined, best: Mapping[str, Mapping[Place, float]]) -> None:
        self._joined = joined
        self._best = best
        self._sure: dict[tuple[str, float], dict[int, list[Place]]] = {}

    def sure(self, label: str, least: float) -> dict[int, list[Place]]:
        """The places of a label's candidates of at least this score, in order."""
        if (label, least) not in self._sure:
            places = sorted(p for p, score in self._best[label].items() if score >= least)
            self._sure[label, least] = self._joined.by_text(places)
        return self._sure[label, least]
