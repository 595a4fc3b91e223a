"""The voice of the text in its simplest form: which tag each string tends to have.

Each true tag has its own distribution over strings (Simpson and Gurevych 2019), so that
one string's tags in all documents speak for each other.
"""

from __future__ import annotations

from toolkit.gold.special import SumByKey, digamma
from toolkit.gold.units import Floats, Units

RARE = 0.1
"""The prior: each string has been seen a tenth of a time with each tag."""


class Words:
    """The voice of the units' strings."""

    def __init__(self, units: Units) -> None:
        self._word = units.word
        self._by_word = SumByKey(units.word, len(units.words))

    def hear(self, tags: Floats) -> Floats:
        """Learn from what is believed, and say how well each tag explains the strings."""
        counts = self._by_word(tags) + RARE
        logs: Floats = digamma(counts) - digamma(counts.sum(axis=0))
        return logs[self._word]
