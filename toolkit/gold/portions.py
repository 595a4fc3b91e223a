"""The sequential model for very many documents: learnt from a sample, then held fixed.

``learnt`` fits a sample as a small corpus is fitted. What that taught is a ``Learnt``: how
each annotator tags, what follows what, which tag each string tends to have, and what readers
of the text know. It can be sent to other processes, and it decides any portion of the
documents: what it says of one doesn't depend on which others are in the portion.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from toolkit.gold import sequence
from toolkit.gold.annotators import Annotators
from toolkit.gold.cases import Case, Decision
from toolkit.gold.chain import Beliefs, Chain
from toolkit.gold.decoding import decided, found
from toolkit.gold.readers import Heard, School, better_than_people, drawn
from toolkit.gold.text import Told
from toolkit.gold.units import Booleans, Floats, Integers, Units, tabulate
from toolkit.gold.words import Words, WordTable

CONTEXT, IDEOGRAPH = 12, 6
"""What stands for ``units.REACH`` and ``units.DENSE`` here: a word or two, two ideographs."""

READ = 100_000
"""About so many units of a sample teach readers: more would take longer than all the rest."""

HEARINGS = 3
"""So often people are heard for what they are like and when they didn't work to settle."""


@dataclass(frozen=True, slots=True)
class Learnt:
    """What a sample taught, to be held fixed.

    ``said`` (people x tag before x tag, x true tag): how well each true tag explains what
    somebody gave, which counts ``weight``. ``idle``: the log odds, by person, that nobody
    worked on a document in which they marked nothing. ``heard``: readers of the text, where
    they are worth hearing, in the place of the words.
    """

    method: str
    labels: tuple[str, ...]
    annotators: tuple[str, ...]
    said: Floats
    idle: Floats
    words: WordTable
    transitions: Floats
    weight: float
    heard: Heard | None

    def decide(self, cases: Sequence[Case]) -> Iterator[Decision]:
        """A decision for each of these flat cases."""
        units = tabulate(cases, self.labels, self.annotators, CONTEXT, IDEOGRAPH)
        if not len(units):
            return (Decision((), disputed=False) for _ in cases)
        chain = Chain(units.first, units.tags)
        heard, beliefs = self._listen(units, chain, self._text(units, cases))
        fitted = sequence.Fit(chain, heard, self.transitions, beliefs)
        words = chain.listen(self.words.beside(units, beliefs.tags), self.transitions)
        spans = found(units, sequence.best_tags(units, fitted), beliefs, words)
        return decided(cases, spans, self.method)

    def _text(self, units: Units, cases: Sequence[Case]) -> Floats:
        """What the text and the reviewers say of each unit."""
        said = self.words.of(units) if self.heard is None else self.heard.of(units, cases)
        return said + sequence.certain(units)

    def _listen(self, units: Units, chain: Chain, text: Floats) -> tuple[Floats, Beliefs]:
        """What all voices say, and what the chain believes then."""
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
            said = np.take(self.said, code[row], axis=0)
            if busy is not None:
                said *= busy[units.view[row], None]
            heard[there] += said
        heard *= self.weight
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
    if not len(units):
        people = Annotators(units, sequence.WEIGHT)
        known = WordTable((), np.zeros((0, units.tags)))
        follows = np.zeros((units.tags, units.tags))
        transitions = Chain(units.first, units.tags).transitions(follows)
        return _held(units, people, known, transitions, method)
    people, words = Annotators(units, sequence.WEIGHT), Words(units)
    fitted = sequence.fit(units, [people, words])
    believed, transitions = fitted.beliefs.tags, fitted.transitions
    part = drawn(units, cases, READ)
    taught = _read(
        [case for case, is_in in zip(cases, part, strict=True) if is_in],
        units,
        believed[part[units.case]],
    )
    if taught is None:
        return _held(units, people, words.table(), transitions, method)
    heard, of_part = taught
    believed[part[units.case]] = of_part.beliefs.tags
    people = Annotators(units, sequence.QUICK.people)
    for _ in range(HEARINGS):
        people.hear(believed)
    words.hear(believed)
    held = _held(units, people, words.table(), of_part.transitions, method)
    return replace(held, heard=heard)


def _read(
    cases: Sequence[Case], sample: Units, believed: Floats
) -> tuple[Heard, sequence.Fit] | None:
    """Readers of these cases of a sample, and what is believed then; null if they are poor."""
    units = tabulate(cases, sample.labels, sample.annotators, CONTEXT, IDEOGRAPH)
    reading = sequence.QUICK
    school = School(units, cases, folds=reading.folds, epochs=reading.epochs, seed=reading.seed)
    if school.texts < sequence.MANY or len(units) < sequence.LEAST:
        return None
    for _ in range(reading.rounds):
        readers = school.teach(believed)
        said = readers.read(units, cases)
        if not better_than_people(said, believed, units):
            return None
        people, told = Annotators(units, reading.people), Told(said, reading.weight, units.quiet)
        fitted = sequence.fit(units, [people, told], believed)
        believed = fitted.beliefs.tags
    return Heard(readers, told.logs), fitted


def _held(
    units: Units, people: Annotators, words: WordTable, transitions: Floats, method: str
) -> Learnt:
    return Learnt(
        method,
        units.labels,
        units.annotators,
        people.logs,
        people.idle_odds,
        words,
        transitions,
        people.weight,
        heard=None,
    )


def _blank(units: Units) -> Booleans:
    marked = np.bincount(units.view, weights=units.tag > 0, minlength=len(units.view_annotator))
    blank: Booleans = marked == 0
    return blank
