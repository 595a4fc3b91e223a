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
        self._words = units.words
        self._by_word = SumByKey(units.word, len(units.words))

    def hear(self, tags: Floats) -> Floats:
        """Learn from what is believed, and say how well each tag explains the strings."""
        counts = self._by_word(tags) + RARE
        self._counts = counts
        logs: Floats = digamma(counts) - digamma(counts.sum(axis=0))
        return logs[self._word]

    def table(self) -> WordTable:
        """What was learnt last of each string."""
        share = self._counts.sum(axis=0) / self._counts.sum()
        seen = self._counts - RARE
        total = seen.sum(axis=1, keepdims=True)
        return WordTable(
            self._words, np.log((seen + FOREIGN * share) / (share * (total + FOREIGN)))
        )


class WordTable:
    """How well each tag explains strings that were seen elsewhere.

    A string's own unit isn't among those that it was learnt from, so what was seen seldom
    says little, and what was never seen says nothing.

    Args:
        words: the strings.
        logs: strings x tags.
    """

    def __init__(self, words: tuple[str, ...], logs: Floats) -> None:
        self._rows = {word: row for row, word in enumerate(words)}
        self._logs = np.concatenate([logs, np.zeros((1, logs.shape[1]))])

    def of(self, units: Units) -> Floats:
        """Units x tags, as ``Words.hear``."""
        unknown = len(self._logs) - 1
        rows = [self._rows.get(word, unknown) for word in units.words]
        logs: Floats = self._logs[np.array(rows, dtype=np.int64)[units.word]]
        return logs
