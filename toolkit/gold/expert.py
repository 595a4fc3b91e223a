"""Gold by trust: annotators have weights, or an order in which they are believed.

An order is taken literally: of those who saw a stretch, the one trusted most decides
alone; an annotator who isn't named comes after all who are, and several of them vote.
With weights, a span needs at least half of the weight of those who saw it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from math import fsum

from toolkit.errors import UsageError
from toolkit.gold.cases import Case, Decision, Key, decision

Trust = Mapping[str, float]
"""Weights by annotator; those who aren't in it weigh 1."""

HALF = 0.5
"""The share of the weight that a span needs."""


def by_order(names: Sequence[str]) -> Trust:
    """Weights under which each annotator outweighs all who come after, named or not.

    Raises:
        UsageError: a name stands in it twice, or there is none.
    """
    if not names or len(set(names)) < len(names):
        raise UsageError(
            "an order of trust names each annotator once", "Name them like anna,bo,chen."
        )
    # Everybody who isn't named weighs 1; no crowd for one passage comes near the step.
    return {name: _STEP ** (len(names) - place) for place, name in enumerate(names)}


_STEP = 1e6


def parse_trust(written: str) -> dict[str, float]:
    """Trust as people write it: an order (``anna,bo``) or weights (``anna=3,bo=1``).

    Raises:
        UsageError: it is neither.
    """
    parts = [part.strip() for part in written.split(",")]
    if not any("=" in part for part in parts):
        return dict(by_order(parts))
    weights = {}
    for part in parts:
        name, _, number = part.rpartition("=")
        try:
            weights[name] = float(number)
        except ValueError:
            weights[name] = -1.0
        if not name or not 0 <= weights[name] < float("inf"):
            raise UsageError(
                f"{part!r} is no weight of an annotator", "Write weights like anna=3,bo=1."
            )
    return weights


def decide(cases: Sequence[Case], trust: Trust) -> Iterator[Decision]:
    """Merge flat cases by weight; confidence is the share of the weight."""
    for case in cases:
        yield _decide(case, trust)


def _decide(case: Case, trust: Trust) -> Decision:
    given = shares(case, trust)
    won: dict[Key, float] = {}
    for key, share in sorted(given.items(), key=lambda item: (-item[1], item[0][0] - item[0][1])):
        free = all(key[1] <= other[0] or other[1] <= key[0] for other in won)
        if share >= HALF and free:
            won[key] = share
    return decision(case, won, given, "expert")


def shares(case: Case, trust: Trust) -> dict[Key, float]:
    """Every span that somebody gave, with its share of the weight of those who saw it."""
    givers: dict[Key, set[str]] = {}
    for view in case.views:
        for span in view.spans:
            givers.setdefault((span.start, span.end, span.label), set()).add(view.annotator)
    found = {}
    for key in sorted(givers):
        start, end, _ = key
        # In a set, who has two views there counts once.
        saw = {view.annotator for view in case.views if view.start <= start and end <= view.end}
        # Summed exactly: a set has another order in every process, which must not show.
        total = fsum(trust.get(name, 1.0) for name in saw)
        behind = fsum(trust.get(name, 1.0) for name in givers[key])
        found[key] = behind / total if total else 0.0
    return found
