"""Dawid and Skene's model on units: each annotator has a confusion matrix of tags.

In its variational Bayesian form (Kim and Ghahramani 2012, "IBCC"): tags of units are
independent of each other, so a chain is used at the end only, to spell spans.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from toolkit.gold.cases import Case, Decision
from toolkit.gold.chain import IMPOSSIBLE, Chain
from toolkit.gold.sequence import ROUNDS, STILL, Fit, certain, settle, shares
from toolkit.gold.special import SumByKey, digamma, expected_log
from toolkit.gold.units import OUTSIDE, Floats, Units, tabulate

RIGHT, ANY = 1.0, 1.0
"""The prior: each tag once beside each true tag, and the true tag once more."""


def decide(cases: Sequence[Case]) -> Iterator[Decision]:
    """Merge flat cases by Dawid and Skene's model."""
    units = tabulate(cases)
    if not len(units):
        yield from (Decision((), disputed=False) for _ in cases)
        return
    chain = Chain(units.first, units.tags)
    heard = _heard(units)
    free = np.where(chain.allowed, 0.0, IMPOSSIBLE)
    fitted = Fit(chain, heard, free, chain.listen(heard, free))
    yield from settle(cases, units, fitted, "dawid-skene")


def _heard(units: Units) -> Floats:
    """What prior and annotators say of each unit's tag when nothing moves any more."""
    size, people = units.tags, len(units.annotators)
    code = units.annotator * size + units.tag
    by_code, by_unit = SumByKey(code, people * size), SumByKey(units.unit, len(units))
    prior = np.broadcast_to(ANY + RIGHT * np.eye(size), (people, size, size)).copy()
    prior[:, OUTSIDE, OUTSIDE] += np.bincount(
        units.view_annotator, weights=units.view_quiet, minlength=people
    )
    tags, decided = shares(units), certain(units)
    heard = np.zeros_like(tags)
    for _ in range(ROUNDS):
        # Axes: annotator, tag given, true tag.
        counts = by_code(tags[units.unit]).reshape(people, size, size) + prior
        expected = digamma(counts) - digamma(counts.sum(axis=1, keepdims=True))
        frequency = tags.sum(axis=0) + 1.0
        frequency[OUTSIDE] += units.quiet
        heard = by_unit(expected.reshape(-1, size)[code]) + expected_log(frequency) + decided
        believed = np.exp(heard - heard.max(axis=1, keepdims=True))
        believed /= believed.sum(axis=1, keepdims=True)
        moved = float(np.abs(believed - tags).sum()) / 2
        tags = believed
        if moved <= STILL * len(units):
            break
    return heard
