"""What became of each rule's suggestions: the table of labelling functions, for spans.

After the analysis of labelling functions in Snorkel (Ratner and others 2017, *Snorkel:
Rapid Training Data Creation with Weak Supervision*, section 2), with what spans add to it:
boundaries, and a competition that a rule's candidate may lose.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from msgspec import Struct

from toolkit.model import Span, SuggestedSpan
from toolkit.rules.beta import interval
from toolkit.rules.outcomes import OUTCOMES, Judgement
from toolkit.spans import overlaps


class RuleScore(Struct, frozen=True):
    """What one rule did, and what became of it.

    ``suggested`` spans were ``kept``, or changed (``boundary``, ``label``), or ``removed``.
    ``precision`` is the share kept, null where it suggested none, and ``interval`` the 95 %
    posterior interval of that share (Jeffreys' prior). ``candidates`` are what it proposed
    before the competition; ``overlaps`` and ``conflicts`` how many of these shared a
    character with another rule's candidate, and with one that said something else.
    ``only_it`` counts true spans that nobody suggested in the end and of all rules only
    this one had among its candidates. Without candidates (judged from annotations) the
    last four are 0.
    """

    rule: str
    label: str
    suggested: int
    kept: int
    boundary: int
    relabelled: int
    removed: int
    precision: float | None
    interval: tuple[float, float] | None
    candidates: int = 0
    overlaps: int = 0
    conflicts: int = 0
    only_it: int = 0


class Scoring:
    """Counts, document by document, for a scorecard; memory does not grow with them."""

    def __init__(self) -> None:
        self._counts: Counter[tuple[str, str, str]] = Counter()

    def add(self, judgement: Judgement, candidates: Sequence[SuggestedSpan] = ()) -> None:
        """Count one text: what became of its suggestions, and all candidates of its rules."""
        for judged in judgement.judged:
            self._counts[judged.span.rule, judged.span.label, judged.outcome] += 1
        for candidate, rivals in _rivals(candidates):
            who = candidate.rule, candidate.label
            self._counts[*who, "candidates"] += 1
            self._counts[*who, "overlaps"] += bool(rivals)
            self._counts[*who, "conflicts"] += any(r.key != candidate.key for r in rivals)
        for candidate in _only_ones(judgement.missed, candidates):
            self._counts[candidate.rule, candidate.label, "only_it"] += 1

    def scores(self) -> list[RuleScore]:
        """One row a rule that proposed anything, by label and rule id."""
        who = sorted({(label, rule) for rule, label, _ in self._counts})
        return [self._score(rule, label) for label, rule in who]

    def _score(self, rule: str, label: str) -> RuleScore:
        count = {
            what: self._counts[rule, label, what]
            for what in (*OUTCOMES, "candidates", "overlaps", "conflicts", "only_it")
        }
        suggested = sum(count[outcome] for outcome in OUTCOMES)
        return RuleScore(
            rule=rule,
            label=label,
            suggested=suggested,
            kept=count["kept"],
            boundary=count["boundary"],
            relabelled=count["label"],
            removed=count["removed"],
            precision=count["kept"] / suggested if suggested else None,
            interval=interval(count["kept"], suggested) if suggested else None,
            candidates=count["candidates"],
            overlaps=count["overlaps"],
            conflicts=count["conflicts"],
            only_it=count["only_it"],
        )


def _rivals(
    candidates: Sequence[SuggestedSpan],
) -> Iterable[tuple[SuggestedSpan, list[SuggestedSpan]]]:
    """Each candidate with the other rules' candidates that share a character with it."""
    ordered = sorted(candidates, key=lambda span: span.key)
    active: list[int] = []
    rivals: list[list[SuggestedSpan]] = [[] for _ in ordered]
    for at, span in enumerate(ordered):
        active = [before for before in active if ordered[before].end > span.start]
        for before in active:
            if ordered[before].rule != span.rule and overlaps(ordered[before], span):
                rivals[before].append(span)
                rivals[at].append(ordered[before])
        active.append(at)
    return zip(ordered, rivals, strict=True)


def _only_ones(missed: Sequence[Span], candidates: Sequence[SuggestedSpan]) -> list[SuggestedSpan]:
    """The candidates that alone had a missed span right."""
    holders: dict[tuple[int, int, str], list[SuggestedSpan]] = {}
    for candidate in candidates:
        holders.setdefault(candidate.key, []).append(candidate)
    found = [holders[span.key] for span in missed if span.key in holders]
    return [those[0] for those in found if len({one.rule for one in those}) == 1]
