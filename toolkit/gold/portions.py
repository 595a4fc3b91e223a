"""The sequential model for very many documents: learnt from a sample, then held fixed.

``learnt`` fits a sample as a small corpus is fitted. What that taught is a ``Learnt``: how
each annotator tags, what follows what, which tag each string tends to have. It is small, it
can be sent to other processes, and it decides any portion of the documents: what it says of
one doesn't depend on which others are in the portion.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from toolkit.gold import sequence
from toolkit.gold.annotators import Annotators
from toolkit.gold.cases import Case, Decision
from toolkit.gold.chain import Beliefs, Chain
from toolkit.gold.decoding import decided, found
from toolkit.gold.units import Booleans, Floats, Integers, Units, tabulate
from toolkit.gold.words import Words, WordTable

CONTEXT, IDEOGRAPH = 12, 6
"""What stands for ``units.REACH`` and ``units.DENSE`` here: a word or two, two ideographs."""


@dataclass(frozen=True, slots=True)
class Learnt:
    """What a sample taught, to be held fixed.

    ``said`` (people x tag before x tag, x true tag): how well each true tag explains what
    somebody gave. ``idle``: the log odds, by person, that nobody worked on a document in
    which they marked nothing.
    """

    method: str
    labels: tuple[str, ...]
    annotators: tuple[str, ...]
    said: Floats
    idle: Floats
    words: WordTable
    transitions: Floats

    def decide(self, cases: Sequence[Case]) -> Iterator[Decision]:
        """A decision for each of these flat cases."""
        units = tabulate(cases, self.labels, self.annotators, CONTEXT, IDEOGRAPH)
        if not len(units):
            return (Decision((), disputed=False) for _ in cases)
        chain = Chain(units.first, units.tags)
        heard, beliefs = self._listen(units, chain)
        fitted = sequence.Fit(chain, heard, self.transitions, beliefs)
        words = chain.listen(self.words.of(units), self.transitions)
        spans = found(units, sequence.best_tags(units, fitted), beliefs, words)
        return decided(cases, spans, self.method)

    def _listen(self, units: Units, chain: Chain) -> tuple[Floats, Beliefs]:
        """What all voices say, and what the chain believes then."""
        text = self.words.of(units) + sequence.certain(units)
        blank = _blank(units)
        if not blank.any():
            heard = self._people(units) + text
            return heard, chain.listen(heard, self.transitions)
        # Who never worked on a document is known by what the others believe of it.
        first = self._people(units, self._busy(units, blank, sequence.shares(units))) + text
        believed = chain.listen(first, self.transitions).tags
        heard = self._people(units, self._busy(units, blank, believed)) + text
        return heard, chain.listen(heard, self.transitions)

    def _people(self, units: Units, busy: Floats | None = None) -> Floats:
        """What annotators say of each unit; ``busy``, by view, is how far they worked there."""
        code = _code(units)
        begins = np.searchsorted(units.unit, np.arange(len(units) + 1), side="left")
        several = np.diff(begins)
        heard: Floats = np.zeros((len(units), units.tags))
        # The first reader of every unit, the second one, and so on: few steps, long rows.
        for place in range(int(several.max(initial=0))):
            there = several > place
            row = begins[:-1][there] + place
            said = self.said[code[row]]
            if busy is not None:
                said *= busy[units.view[row], None]
            heard[there] += said
        heard *= sequence.WEIGHT
        return heard

    def _busy(self, units: Units, blank: Booleans, believed: Floats) -> Floats:
        """How probably each view's annotator worked there; 1 where they marked something."""
        rows = np.flatnonzero(blank[units.view])
        said = self.said[_code(units)[rows]]
        worked = np.bincount(
            units.view[rows],
            weights=np.einsum("rt,rt->r", said, believed[units.unit[rows]]),
            minlength=len(blank),
        )
        odds = np.clip(self.idle[units.view_annotator] - worked, -30.0, 30.0)
        busy: Floats = np.where(blank, 1.0 / (1.0 + np.exp(odds)), 1.0)
        return busy


def _code(units: Units) -> Integers:
    """The row of ``Learnt.said`` for each row of the table."""
    code: Integers = (units.annotator * units.tags + units.before) * units.tags + units.tag
    return code


def learnt(
    cases: Sequence[Case], labels: tuple[str, ...], annotators: tuple[str, ...], method: str
) -> Learnt:
    """What these flat cases teach; labels and annotators are those of all documents."""
    units = tabulate(cases, labels, annotators, CONTEXT, IDEOGRAPH)
    people = Annotators(units, sequence.WEIGHT)
    if not len(units):
        follows = np.zeros((units.tags, units.tags))
        known = WordTable((), np.zeros((0, units.tags)))
        transitions = Chain(units.first, units.tags).transitions(follows)
        return Learnt(method, labels, annotators, people.logs, people.idle_odds, known, transitions)
    words = Words(units)
    fitted = sequence.fit(units, [people, words])
    return Learnt(
        method,
        labels,
        annotators,
        people.logs,
        people.idle_odds,
        words.table(),
        fitted.transitions,
    )


def _blank(units: Units) -> Booleans:
    marked = np.bincount(units.view, weights=units.tag > 0, minlength=len(units.view_annotator))
    blank: Booleans = marked == 0
    return blank
