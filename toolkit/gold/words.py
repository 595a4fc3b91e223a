"""The voice of the text in its simplest form: which tag each string tends to have.

Each true tag has its own distribution over strings (Simpson and Gurevych 2019), so that
one string's tags in all documents speak for each other.
"""

from __future__ import annotations

import numpy as np

from toolkit.gold.special import SumByKey, digamma
from toolkit.gold.units import Floats, Integers, Units

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
        return np.take(logs, self._word, axis=0)

    def table(self) -> WordTable:
        """What was learnt last of each string."""
        return WordTable(self._words, self._counts - RARE)


class WordTable:
    """How well each tag explains strings that were seen elsewhere.

    Args:
        words: the strings.
        seen: strings x tags: how often each is believed to have been seen with each.
    """

    def __init__(self, words: tuple[str, ...], seen: Floats) -> None:
        self._rows = {word: row for row, word in enumerate(words)}
        # The last row is for all that was never seen.
        seen = np.concatenate([seen, np.zeros((1, seen.shape[1]))])
        counts = seen + RARE
        total = counts.sum(axis=0)
        share = total / total.sum()
        self._seen: Floats = digamma(counts) - digamma(total)
        self._once_more: Floats = 1.0 / counts
        often = seen.sum(axis=1, keepdims=True)
        self._logs: Floats = np.log((seen + FOREIGN * share) / (share * (often + FOREIGN)))

    def of(self, units: Units) -> Floats:
        """Units x tags, as ``Words.hear``, for strings whose own units aren't in the table.

        What was seen seldom says little, and what was never seen says nothing.
        """
        logs: Floats = np.take(self._logs, self._row(units), axis=0)
        return logs

    def beside(self, units: Units, tags: Floats) -> Floats:
        """The same as if each unit had been seen once more, with what is believed of it.

        This is what ``Words`` says to those who taught it, and what confidences build on.
        """
        row = self._row(units)
        # By the recurrence of digamma, expected over whether it was seen with the tag.
        said: Floats = np.take(self._seen, row, axis=0)
        said += tags * np.take(self._once_more, row, axis=0)
        return said

    def _row(self, units: Units) -> Integers:
        unknown = len(self._rows)
        rows = [self._rows.get(word, unknown) for word in units.words]
        return np.array(rows, dtype=np.int64)[units.word]
