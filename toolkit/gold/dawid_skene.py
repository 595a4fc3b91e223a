"""Dawid and Skene's model on units: each annotator has a confusion matrix of tags.

In its variational Bayesian form (Kim and Ghahramani 2012, "IBCC"): tags of units are
independent of each other, so a chain is used at the end only, to spell spans.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from toolkit.gold.cases import Case, Decision
from toolkit.gold.chain import IMPOSSIBLE, Chain
from toolkit.gold.sequence import ROUNDS, STILL, Fit, certain, settle, shares
from toolkit.gold.special import SumByKey, digamma, expected_log
from toolkit.gold.units import OUTSIDE, Floats, Units, tabulate

RIGHT, ANY = 1.0, 1.0
"""The prior: each tag once beside each true tag, and the true tag once more."""


@dataclass(frozen=True, slots=True)
class Learnt:
    """What cases teach: how well each true tag explains what each annotator gave.

    ``said`` (people x tag, x true tag); ``often``, how frequent each true tag is; both are
    expected logarithms.
    """

    labels: tuple[str, ...]
    annotators: tuple[str, ...]
    said: Floats
    often: Floats

    def decide(self, cases: Sequence[Case]) -> Iterator[Decision]:
        """A decision for each of these flat cases."""
        units = tabulate(cases, self.labels, self.annotators)
        return _settled(cases, units, self._heard(units))

    def _heard(self, units: Units) -> Floats:
        by_unit = SumByKey(units.unit, len(units))
        said = self.said[units.annotator * units.tags + units.tag]
        return by_unit(said) + self.often + certain(units)


def decide(cases: Sequence[Case]) -> Iterator[Decision]:
    """Merge flat cases by Dawid and Skene's model."""
    units = tabulate(cases)
    return _settled(cases, units, _fit(units)[0])


def learnt(cases: Sequence[Case], labels: tuple[str, ...], annotators: tuple[str, ...]) -> Learnt:
    """What these flat cases teach; labels and annotators are those of all documents."""
    _, said, often = _fit(tabulate(cases, labels, annotators))
    return Learnt(labels, annotators, said, often)


def _settled(cases: Sequence[Case], units: Units, heard: Floats) -> Iterator[Decision]:
    if not len(units):
        yield from (Decision((), disputed=False) for _ in cases)
        return
    chain = Chain(units.first, units.tags)
    free = np.where(chain.allowed, 0.0, IMPOSSIBLE)
    fitted = Fit(chain, heard, free, chain.listen(heard, free))
    yield from settle(cases, units, fitted, "dawid-skene")


def _fit(units: Units) -> tuple[Floats, Floats, Floats]:
    """What is said of each unit's tag when nothing moves any more; and ``Learnt``'s arrays."""
    size, people = units.tags, len(units.annotators)
    code = units.annotator * size + units.tag
    by_code, by_unit = SumByKey(code, people * size), SumByKey(units.unit, len(units))
    prior = np.broadcast_to(ANY + RIGHT * np.eye(size), (people, size, size)).copy()
    prior[:, OUTSIDE, OUTSIDE] += np.bincount(
        units.view_annotator, weights=units.view_quiet, minlength=people
    )
    tags, decided = shares(units), certain(units)
    heard: Floats = np.zeros_like(tags)
    said: Floats = np.zeros((people * size, size))
    often: Floats = np.zeros(size)
    for _ in range(ROUNDS):
        # Axes: annotator, tag given, true tag.
        counts = by_code(tags[units.unit]).reshape(people, size, size) + prior
        said = (digamma(counts) - digamma(counts.sum(axis=1, keepdims=True))).reshape(-1, size)
        frequency = tags.sum(axis=0) + 1.0
        frequency[OUTSIDE] += units.quiet
        often = expected_log(frequency)
        heard = by_unit(said[code]) + often + decided
        believed = np.exp(heard - heard.max(axis=1, keepdims=True))
        believed /= believed.sum(axis=1, keepdims=True)
        moved = float(np.abs(believed - tags).sum()) / 2
        tags = believed
        if moved <= STILL * len(units):
            break
    return heard, said, often
