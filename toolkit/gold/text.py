"""The voice of a model that learnt the text from what is believed so far.

The idea is Simpson, Pfeiffer and Gurevych's (AAAI 2020): a model trained on the current
consensus is one more annotator, who makes mistakes of its own and whose confusion matrix
is learnt like anybody's. It never speaks of text that it was trained on: documents are
dealt to folds, and the model of the other folds speaks. Here it is log-linear
(``toolkit.gold.loglinear``), so it takes a second and not a minute; on the benchmark a
conditional random field in its place was no better.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from toolkit.gold.cases import Case
from toolkit.gold.features import features
from toolkit.gold.loglinear import batches, predict, train
from toolkit.gold.special import digamma
from toolkit.gold.units import OUTSIDE, Floats, Integers, Units

RIGHT, ANY = 10.0, 1.0
"""The prior of the confusion matrix, as an annotator's."""


class Reader:
    """Reads the text: learns tags from beliefs, and tells of text it hasn't learnt from.

    Args:
        units, cases: the table, and what it was made of.
        readers: so many read, with folds of their own; what is told is their mean.
        folds: parts that texts are dealt to, at random.
        epochs: how often each text is read.
        seed: decides the folds and the order of reading.
    """

    def __init__(
        self,
        units: Units,
        cases: Sequence[Case],
        *,
        readers: int,
        folds: int,
        epochs: int,
        seed: int,
    ) -> None:
        self._rng = np.random.default_rng(seed)
        self._epochs, self._readers, self._folds = epochs, readers, folds
        self._found, self._size = features(units)
        group = _groups(cases)[units.case]
        groups = int(group.max(initial=-1)) + 1
        self.texts = groups
        self._group = group

    def read(self, tags: Floats) -> Floats:
        """Units x tags: what each unit is, by models that learnt ``tags`` elsewhere."""
        told = np.zeros_like(tags)
        for _ in range(self._readers):
            told += self._once(tags)
        told /= self._readers
        return told

    def _once(self, tags: Floats) -> Floats:
        dealt = self._rng.permutation(self.texts) % self._folds
        rows = [np.flatnonzero(dealt[self._group] == fold) for fold in range(self._folds)]
        made = [batches(of_fold, self._found, self._rng) for of_fold in rows]
        told = np.empty_like(tags)
        for fold, here in enumerate(rows):
            elsewhere = [batch for other in made if other is not made[fold] for batch in other]
            weights = train(elsewhere, tags, self._size, self._epochs, self._rng)
            told[here] = predict(weights, self._found, here)
        return told


class Told:
    """The voice of what a ``Reader`` told: one more annotator, who says probabilities.

    ``logs`` (tag told x true tag): how well each true tag explains what it says, as it was
    learnt last.

    Args:
        told: units x tags.
        weight: what it counts beside the people.
        quiet: units outside of the table, where it said nothing, rightly.
    """

    def __init__(self, told: Floats, weight: float, quiet: int) -> None:
        self._told, self._weight = told, weight
        self._prior = ANY + RIGHT * np.eye(told.shape[1])
        self._prior[OUTSIDE, OUTSIDE] += quiet
        self.logs: Floats = np.zeros_like(self._prior)

    def hear(self, tags: Floats) -> Floats:
        """Learn from what is believed, and say how well each tag explains what was told."""
        counts = self._told.T @ tags + self._prior
        logs = digamma(counts) - digamma(counts.sum(axis=0))
        self.logs = self._weight * logs
        heard: Floats = self._weight * (self._told @ logs)
        return heard


def _groups(cases: Sequence[Case]) -> Integers:
    """A number for each case, the same for parts of one text.

    Parts of one text repeat each other's names and mistakes, so they go to one fold:
    documents whose ids are alike up to a number at the end (``report-12:3``).
    """
    known: dict[str, int] = {}
    return np.array(
        [known.setdefault(whole_id(case.document.id), len(known)) for case in cases], dtype=np.int64
    )


def whole_id(doc_id: str) -> str:
    """The id without the number of a part at its end."""
    stem, separator, part = doc_id.rpartition(":")
    return stem if separator and part.isdigit() else doc_id
