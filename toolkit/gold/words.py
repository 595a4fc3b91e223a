"""The voice of the text in its simplest form: which tag each string tends to have.

Each true tag has its own distribution over strings (Simpson and Gurevych 2019), so that
one string's tags in all documents speak for each other.
"""

from __future__ import annotations

import numpy as np

from toolkit.gold.special import SumByKey, digamma
from toolkit.gold.units import Floats, Units

RARE = 0.1
"""The prior: each string has been seen a tenth of a time with each tag."""

FOREIGN = 20.0
"""How often a string is thought to have been seen like any other, where it was learnt elsewhere."""


class Words:
    """The voice of the units' strings."""

    def __init__(self, units: Units) -> None:
        self._word = units.word
        self._rows = {word: row for row, word in enumerate(units.words)}
        self._by_word = SumByKey(units.word, len(units.words))

    def hear(self, tags: Floats) -> Floats:
        """Learn from what is believed, and say how well each tag explains the strings."""
        counts = self._by_word(tags) + RARE
        self._counts = counts
        logs: Floats = digamma(counts) - digamma(counts.sum(axis=0))
        return logs[self._word]

    def of(self, units: Units) -> Floats:
        """How well each tag explains the strings of other units, by what was learnt.

        Here a string's own unit isn't among those that it was learnt from, so what was
        seen seldom says little, and what was never seen says nothing.
        """
        share = self._counts.sum(axis=0) / self._counts.sum()
        logs = np.zeros((len(units.words), len(share)))
        rows = [
            (row, self._rows[word]) for row, word in enumerate(units.words) if word in self._rows
        ]
        here, there = np.array(rows, dtype=np.int64).reshape(-1, 2).T
        seen = self._counts[there] - RARE
        total = seen.sum(axis=1, keepdims=True)
        logs[here] = np.log((seen + FOREIGN * share) / (share * (total + FOREIGN)))
        return logs[units.word]
