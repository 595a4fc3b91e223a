"""The sequential model: true tags follow each other in a chain, and voices tell of them.

A *voice* (``Voice``) knows something about the units' true tags: the annotators
(``toolkit.gold.annotators``), the strings (``toolkit.gold.words``), a model of the text
(``toolkit.gold.text``). In turn the voices learn from what is believed, and the chain
believes what the voices say, until little changes: variational Bayes where the voices
are Bayesian.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from msgspec import Struct

from toolkit.gold.annotators import Annotators
from toolkit.gold.cases import Case, Decision
from toolkit.gold.chain import Beliefs, Chain
from toolkit.gold.decoding import decided, found
from toolkit.gold.readers import better_than_people
from toolkit.gold.text import Reader, Told
from toolkit.gold.units import OUTSIDE, UNKNOWN, Floats, Integers, Units, tabulate
from toolkit.gold.words import Words

ROUNDS = 20
"""At most so often voices and chain hear each other."""

STILL = 1e-3
"""Belief that moves from tag to tag in a round, in units per unit, for it to be the last."""

WEIGHT = 0.6
"""What one annotator's evidence counts beside the text's (see the facts in docs)."""


class Voice(Protocol):
    """Something that knows about true tags."""

    def hear(self, tags: Floats) -> Floats:
        """Learn from what is believed (units x tags, probabilities), and answer.

        Returns:
            Units x tags: the logarithm of how well each tag explains what the voice knows
            of the unit, up to a constant for each unit.
        """
        ...


@dataclass(frozen=True, slots=True)
class Fit:
    """What the voices said last, and what the chain made of it."""

    chain: Chain
    heard: Floats
    transitions: Floats
    beliefs: Beliefs


def fit(units: Units, voices: Sequence[Voice], start: Floats | None = None) -> Fit:
    """Let voices and chain hear each other; ``start`` is what is believed at first."""
    chain = Chain(units.first, units.tags, units.quiet)
    tags = shares(units) if start is None else start
    decided = certain(units)
    follows = chain.follows(tags)
    for _ in range(ROUNDS):
        heard = sum((voice.hear(tags) for voice in voices), decided)
        transitions = chain.transitions(follows)
        beliefs = chain.listen(heard, transitions)
        moved = float(np.abs(beliefs.tags - tags).sum()) / 2
        tags, follows = beliefs.tags, beliefs.follows
        if moved <= STILL * len(units):
            break
    return Fit(chain, heard, transitions, beliefs)


def people_and_words(units: Units) -> list[Voice]:
    """The voices of the default method."""
    return [Annotators(units, WEIGHT), Words(units)]


def shares(units: Units) -> Floats:
    """Each tag's share of the votes on each unit, a little smoothed."""
    size = len(units) * units.tags
    votes = np.bincount(units.unit * units.tags + units.tag, minlength=size)
    given = votes.reshape(-1, units.tags).astype(np.float64)
    given /= np.maximum(given.sum(axis=1, keepdims=True), 1.0)
    result: Floats = 0.99 * given + 0.01 / units.tags
    return result


CERTAIN = 1e2
"""What a reviewer's word weighs, and for the result a lone annotator's: nobody is there to
overrule them."""


def certain(units: Units) -> Floats:
    """The voice of reviewers, who are right: what they decided is believed for certain.

    So everybody else's work beside it is seen beside the truth, and teaches what they are
    like. Evidence is units x tags, as in ``Voice.hear``.
    """
    evidence = np.zeros((len(units), units.tags))
    decided = np.flatnonzero(units.known != UNKNOWN)
    evidence[decided, units.known[decided]] = CERTAIN
    return evidence


def lone(units: Units) -> Floats:
    """Evidence that makes units that one annotator saw come out as that annotator gave them."""
    seen_by = np.bincount(units.unit, minlength=len(units)) + (units.known != UNKNOWN)
    rows = np.flatnonzero(seen_by[units.unit] == 1)
    evidence = np.zeros((len(units), units.tags))
    evidence[units.unit[rows], units.tag[rows]] = CERTAIN
    return evidence


def unmarked(units: Units) -> Floats:
    """Evidence that keeps units out of entities that nobody marked, whatever the text says.

    Gold is what people gave; what all of them may have missed is for ``check --model`` to ask.
    """
    marked = units.known > OUTSIDE
    marked[units.unit[units.tag > OUTSIDE]] = True
    evidence = np.zeros((len(units), units.tags))
    evidence[~marked, OUTSIDE] = CERTAIN
    return evidence


class Reading(Struct, frozen=True):
    """How a model of the text takes part: ``rounds`` times it learns from what is believed.

    ``weight`` is what it counts, ``people`` what each annotator's evidence counts beside
    it; ``readers``, ``folds`` and ``epochs`` as ``toolkit.gold.text.Reader`` has them.
    """

    rounds: int
    readers: int
    folds: int
    epochs: int
    weight: float
    people: float
    seed: int = 20200120


QUICK = Reading(rounds=2, readers=1, folds=3, epochs=1, weight=2.5, people=1.2)
THOROUGH = Reading(rounds=3, readers=6, folds=2, epochs=1, weight=2.5, people=1.2)

TEXTS, LEAST = 15, 500
"""Fewer texts, or units, than this teach a reader nothing that the words don't say."""

READABLE = 200_000
"""With more units than this nobody reads: time and memory would go beyond a minute and 1 GB."""

MANY = 150
"""With fewer texts than this a reader is asked once: more would echo its own mistakes."""


def decide(cases: Sequence[Case], reading: Reading, method: str) -> Iterator[Decision]:
    """Merge flat cases by the sequential model: people and words, then people and a reader."""
    units = tabulate(cases)
    if not len(units):
        yield from (Decision((), disputed=False) for _ in cases)
        return
    fitted = fit(units, people_and_words(units))
    if len(units) <= READABLE:
        fitted = _read(cases, units, fitted, reading)
    yield from settle(cases, units, fitted, method)


def _read(cases: Sequence[Case], units: Units, fitted: Fit, reading: Reading) -> Fit:
    """The same with a reader for one more voice, in the place of the words, if it is good."""
    reader = Reader(
        units,
        cases,
        readers=reading.readers,
        folds=reading.folds,
        epochs=reading.epochs,
        seed=reading.seed,
    )
    if reader.texts >= TEXTS and len(units) >= LEAST:
        for _ in range(reading.rounds if reader.texts >= MANY else 1):
            said = reader.read(fitted.beliefs.tags)
            if not better_than_people(said, fitted.beliefs.tags, units):
                break
            told = Told(said, reading.weight, units.quiet)
            voices: list[Voice] = [Annotators(units, reading.people), told]
            fitted = fit(units, voices, fitted.beliefs.tags)
    return fitted


def settle(cases: Sequence[Case], units: Units, fitted: Fit, method: str) -> Iterator[Decision]:
    """Decisions by what the chain believes at the end."""
    said = Words(units).hear(fitted.beliefs.tags)
    words = fitted.chain.listen(said, fitted.transitions)
    return decided(cases, found(units, best_tags(units, fitted), fitted.beliefs, words), method)


def best_tags(units: Units, fitted: Fit) -> Integers:
    """The most probable tags of what somebody marked, with a lone annotator's as given."""
    # Sums in another order differ in their last digits, and names must not decide a tie.
    heard = np.round(fitted.heard + lone(units) + unmarked(units), 9)
    return fitted.chain.best(heard, np.round(fitted.transitions, 9))
