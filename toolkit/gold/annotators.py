"""How each annotator tags, given the truth: confusion matrices that know the tag before.

The sequential annotator model of Simpson and Gurevych (EMNLP 2019, "BSC-seq"): the tag
that an annotator gives depends on the true tag and on the annotator's own tag before.
An inside tag can only continue the annotator's own entity. Besides, a view without any
span may be of a document that the annotator never worked on; how often that happens is
learnt for each annotator, and such a view then says nothing.
"""

from __future__ import annotations

from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from toolkit.gold.chain import allowed
from toolkit.gold.special import SumByKey, digamma, expected_log
from toolkit.gold.units import OUTSIDE, Booleans, Floats, Integers, Units

RIGHT, ANY = (10.0, 20.0), (1.0, 5.0)
"""The prior: how often the true tag has been seen, and beside that each tag; the first for
``FEW`` who see the same, the second for ``MANY``. Where few see the same, each of them has to
be believed, or there is nothing to believe; many may be doubted until they have shown what
they are like."""

FEW, MANY = 2.0, 5.0

NEVER = 1e-9
"""The prior of a tag that can't follow the tag before."""

IDLE = (1.0, 9.0)
"""The prior of how often a view without spans is of a document nobody worked on: 1 of 10."""


class Annotators:
    """The voice of the people.

    Args:
        units: who tagged what.
        weight: what the evidence of one annotator counts; under 1 since annotators are
            not independent of each other: what misleads one misleads others. Kept as
            an attribute.
    """

    def __init__(self, units: Units, weight: float) -> None:
        tags, people = units.tags, len(units.annotators)
        self._units, self.weight = units, weight
        self._shape = (people, tags, tags, tags)
        self._blank = _blank(units)
        code = (units.annotator * tags + units.before) * tags + units.tag
        blank = self._blank[units.view]
        self._patterns = _Patterns(units.unit[~blank], code[~blank], len(units), people * tags**2)
        self._blank_rows = np.flatnonzero(blank)
        self._blank_code = code[blank]
        self._blank_by_code = SumByKey(self._blank_code, people * tags**2)
        self._blank_by_unit = SumByKey(units.unit[blank], len(units))
        share = np.clip((len(units.unit) / max(len(units), 1) - FEW) / (MANY - FEW), 0.0, 1.0)
        right, other = (least + share * (most - least) for least, most in (RIGHT, ANY))
        prior = np.full((tags, tags, tags), other)
        diagonal = np.arange(tags)
        prior[:, diagonal, diagonal] += right
        # Axes: tag before, tag, true tag.
        possible = np.where(allowed(tags)[:, :, None], prior, NEVER)
        self._prior: Floats = np.broadcast_to(possible, self._shape).copy()
        quiet = np.bincount(units.view_annotator, weights=units.view_quiet, minlength=people)
        self._prior[:, OUTSIDE, OUTSIDE, OUTSIDE] += quiet
        self.counts: Floats = self._prior
        self._expected: Floats = self._logs()
        self._idle = np.where(self._blank, IDLE[0] / sum(IDLE), 0.0)

    def hear(self, tags: Floats) -> Floats:
        """Learn from what is believed, and say how well each tag explains what was given."""
        self.learn(tags)
        return self.say(tags)

    @property
    def logs(self) -> Floats:
        """People x tag before x tag in one, by true tag: how well it explains what they gave."""
        return self._expected.reshape(-1, self._units.tags)

    @property
    def idle_odds(self) -> Floats:
        """The log odds of each annotator that nobody worked on a view without spans."""
        idle, busy = expected_log(self._idle_counts()).T
        odds: Floats = idle - busy
        return odds

    def say(self, tags: Floats) -> Floats:
        """Say how well each tag explains what was given, by what was learnt before."""
        logs = self._expected.reshape(-1, self._units.tags)
        said = self._patterns.say(logs)
        if len(self._blank_rows):
            blank = logs[self._blank_code]
            self._look_for_idle(blank, tags)
            blank *= (1.0 - self._idle[self._units.view[self._blank_rows]])[:, None]
            said += self._blank_by_unit(blank)
        said *= self.weight
        return said

    def learn(self, tags: Floats) -> None:
        """Count what each annotator gave beside what is believed to be true."""
        rows = self._blank_rows
        busy = 1.0 - self._idle[self._units.view[rows]]
        counts = self._patterns.count(tags)
        counts += self._blank_by_code.take(tags, self._units.unit[rows], busy)
        counts = counts.reshape(self._shape)
        counts += self._prior
        self.counts = counts
        self._expected = self._logs()

    def _logs(self) -> Floats:
        return digamma(self.counts) - digamma(self.counts.sum(axis=2, keepdims=True))

    @property
    def chances(self) -> Floats:
        """People x tag before x tag x true tag: the chance that they give the tag."""
        chances: Floats = self.counts / self.counts.sum(axis=2, keepdims=True)
        return chances

    @property
    def idleness(self) -> Floats:
        """The share of each annotator's views in which they never worked."""
        people = len(self._units.annotators)
        idle = np.bincount(self._units.view_annotator, weights=self._idle, minlength=people)
        views = np.bincount(self._units.view_annotator, minlength=people)
        share: Floats = idle / np.maximum(views, 1)
        return share

    def _look_for_idle(self, said: Floats, tags: Floats) -> None:
        """How likely each view without spans is of a document nobody worked on.

        ``said``: for each of its rows, how well each tag explains it.
        """
        units, rows = self._units, self._blank_rows
        worked = np.bincount(
            units.view[rows],
            weights=np.einsum("rt,rt->r", said, tags[units.unit[rows]]),
            minlength=len(self._blank),
        )
        odds = np.clip(self.idle_odds[units.view_annotator] - worked, -30.0, 30.0)
        self._idle = np.where(self._blank, 1.0 / (1.0 + np.exp(-odds)), 0.0)

    def _idle_counts(self) -> Floats:
        """People x 2: in how many views they seem not to have worked, and to have."""
        units, people = self._units, len(self._units.annotators)
        return np.stack(
            [
                np.bincount(units.view_annotator, weights=share, minlength=people) + prior
                for share, prior in zip((self._idle, 1.0 - self._idle), IDLE, strict=True)
            ],
            axis=1,
        )


class _Patterns:
    """Units to whom the same people gave the same tags are all alike, and counted once.

    Args:
        unit, code: who gave what to which unit; in order of unit.
        units, codes: how many there are.
    """

    def __init__(self, unit: Integers, code: Integers, units: int, codes: int) -> None:
        mark = np.zeros(units, dtype=np.uint64)
        begins = np.flatnonzero(np.diff(unit, prepend=-1))
        if len(unit):
            mark[unit[begins]] = np.add.reduceat(_scattered(code), begins)
        _, one_of, self._of_unit = np.unique(mark, return_index=True, return_inverse=True)
        pattern = np.full(units, -1)
        pattern[one_of] = np.arange(len(one_of))
        rows = np.flatnonzero(pattern[unit] >= 0)
        self._code, self._of_row = code[rows], pattern[unit[rows]]
        self._by_pattern = SumByKey(self._of_row, len(one_of))
        self._by_code = SumByKey(self._code, codes)
        self._size = len(one_of)

    def say(self, logs: Floats) -> Floats:
        """The sum of ``logs[code]`` for each unit."""
        said: Floats = self._by_pattern(np.take(logs, self._code, axis=0))
        return np.take(said, self._of_unit, axis=0)

    @cached_property
    def _units_by_pattern(self) -> SumByKey:
        return SumByKey(self._of_unit, self._size)

    def count(self, tags: Floats) -> Floats:
        """The sum of ``tags[unit]`` for each code."""
        return self._by_code(np.take(self._units_by_pattern(tags), self._of_row, axis=0))


def _scattered(code: Integers) -> NDArray[np.uint64]:
    """Numbers of 64 bits, the sums of which tell sets of codes apart (splitmix64)."""
    mixed = (code.astype(np.uint64) + np.uint64(1)) * np.uint64(0x9E3779B97F4A7C15)
    for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB)):
        mixed = (mixed ^ (mixed >> np.uint64(shift))) * np.uint64(factor)
    return mixed ^ (mixed >> np.uint64(31))


def _blank(units: Units) -> Booleans:
    """The views without a single span."""
    marked = np.bincount(units.view, weights=units.tag > 0, minlength=len(units.view_annotator))
    blank: Booleans = marked == 0
    return blank
