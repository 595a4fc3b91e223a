"""How each annotator tags, given the truth: confusion matrices that know the tag before.

The sequential annotator model of Simpson and Gurevych (EMNLP 2019, "BSC-seq"): the tag
that an annotator gives depends on the true tag and on the annotator's own tag before.
An inside tag can only continue the annotator's own entity. Besides, a view without any
span may be of a document that the annotator never worked on; how often that happens is
learnt for each annotator, and such a view then says nothing.
"""

from __future__ import annotations

import numpy as np

from toolkit.gold.chain import allowed
from toolkit.gold.special import SumByKey, digamma, expected_log
from toolkit.gold.units import OUTSIDE, Booleans, Floats, Units

RIGHT, ANY = 10.0, 1.0
"""The prior: each tag has been seen once beside each true tag, the true tag ten times more."""

NEVER = 1e-9
"""The prior of a tag that can't follow the tag before."""

IDLE = (1.0, 9.0)
"""The prior of how often a view without spans is of a document nobody worked on: 1 of 10."""


class Annotators:
    """The voice of the people.

    Args:
        units: who tagged what.
        weight: what the evidence of one annotator counts; under 1 since annotators are
            not independent of each other: what misleads one misleads others.
        right, other: the prior, see ``RIGHT`` and ``ANY``.
    """

    def __init__(
        self, units: Units, weight: float, *, right: float = RIGHT, other: float = ANY
    ) -> None:
        tags, people = units.tags, len(units.annotators)
        self._units, self._weight = units, weight
        self._shape = (people, tags, tags, tags)
        self._code = (units.annotator * tags + units.before) * tags + units.tag
        self._by_code = SumByKey(self._code, people * tags * tags)
        self._by_unit = SumByKey(units.unit, len(units))
        prior = np.full((tags, tags, tags), other)
        diagonal = np.arange(tags)
        prior[:, diagonal, diagonal] += right
        # Axes: tag before, tag, true tag.
        possible = np.where(allowed(tags)[:, :, None], prior, NEVER)
        self._prior: Floats = np.broadcast_to(possible, self._shape).copy()
        quiet = np.bincount(units.view_annotator, weights=units.view_quiet, minlength=people)
        self._prior[:, OUTSIDE, OUTSIDE, OUTSIDE] += quiet
        self._blank = _blank(units)
        self._blank_rows = np.flatnonzero(self._blank[units.view])
        self._idle = np.where(self._blank, IDLE[0] / sum(IDLE), 0.0)

    def hear(self, tags: Floats) -> Floats:
        """Learn from what is believed, and say how well each tag explains what was given."""
        self.learn(tags)
        logs = self._expected.reshape(-1, self._units.tags)
        said = logs[self._code]
        self._look_for_idle(said, tags)
        said *= (self._weight * (1.0 - self._idle[self._units.view]))[:, None]
        return self._by_unit(said)

    def learn(self, tags: Floats) -> None:
        """Count what each annotator gave beside what is believed to be true."""
        busy = 1.0 - self._idle[self._units.view]
        counts = self._by_code.take(tags, self._units.unit, busy).reshape(self._shape)
        counts += self._prior
        self.counts = counts
        self._expected = digamma(counts) - digamma(counts.sum(axis=2, keepdims=True))

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
        """How likely each view without spans is of a document nobody worked on."""
        units, people = self._units, len(self._units.annotators)
        rows = self._blank_rows
        worked = np.bincount(
            units.view[rows],
            weights=np.einsum("rt,rt->r", said[rows], tags[units.unit[rows]]),
            minlength=len(self._blank),
        )
        counts = np.stack(
            [
                np.bincount(units.view_annotator, weights=share, minlength=people) + prior
                for share, prior in zip((self._idle, 1.0 - self._idle), IDLE, strict=True)
            ],
            axis=1,
        )
        idle, busy = expected_log(counts)[units.view_annotator].T
        odds = np.clip(idle - busy - worked, -30.0, 30.0)
        self._idle = np.where(self._blank, 1.0 / (1.0 + np.exp(-odds)), 0.0)


def _blank(units: Units) -> Booleans:
    """The views without a single span."""
    marked = np.bincount(units.view, weights=units.tag > 0, minlength=len(units.view_annotator))
    blank: Booleans = marked == 0
    return blank
