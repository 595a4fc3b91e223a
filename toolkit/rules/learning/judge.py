"""Which candidates to accept: those that lower the editing work on documents held out.

A candidate's precision is estimated with shrinkage: what candidates like it turned out to
be in documents that did not propose them counts like a few spans of its own (Gelman and
others, *Bayesian Data Analysis*, 3rd ed., section 5.3). How sure an estimate must be is
chosen for each kind and label on documents held out in turn: what the other folds accept is
tried on them, and what makes no saving there is not accepted at all.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from msgspec import Struct

from toolkit.rules.learning.evidence import LEAST_DOCUMENTS, Evidence, Place, Tally
from toolkit.rules.learning.form import Form, Kind
from toolkit.rules.learning.lesson import Key

STEPS = (0.5, 0.6, 0.7, 0.8, 0.9, 0.95)
"""Estimates that may be asked for; spans of one rule lie between two of them."""

_PRIOR_SPANS = 2.0
"""How many spans the likes of a candidate are worth."""

_PARENT_SPANS = 10.0
"""How many spans all candidates of a kind and label are worth beside those of one form."""

_NEVER = 1.01

_FLOOR: dict[Kind, float] = {"terms": 0.6, "vetoes": 0.7, "parts": 0.7, "contexts": 0.7}
"""Precision that a kind must have shown in documents held out."""

_FLOOR_OF_BROAD_VETOES = 0.85
"""The same for vetoes by shape, which strike what nobody has seen yet."""

_OF_SHAPES = 3
"""Documents that must speak for what applies to names that nobody has seen."""

_FEW, _USUAL = 10, 0.8
"""Where held-out documents have fewer spans than this they decide nothing; then this estimate
is asked for."""


class HeldOut(Struct, frozen=True):
    """What the accepted candidates of a kind and label did in documents held out.

    ``least`` is the estimate that is asked for; ``saved`` actions, ``right`` and ``wrong``
    spans are those of all folds.
    """

    kind: Kind
    label: str
    least: float
    saved: int
    right: int
    wrong: int


class Verdict(NamedTuple):
    """A candidate that is accepted, or why it is not (``reason``).

    ``estimate`` is its precision as estimated; ``step`` the index in STEPS under it;
    ``tried`` are its places in folds the others of which accept it.
    """

    evidence: Evidence
    estimate: float
    step: int
    reason: str
    tried: Sequence[Place] = ()


def judge(evidence: Sequence[Evidence]) -> tuple[list[Verdict], list[HeldOut]]:
    """A verdict for each candidate, and what was seen in held-out documents."""
    estimates = Estimates(evidence)
    by_group: dict[tuple[Kind, str, bool], list[Evidence]] = defaultdict(list)
    for one in evidence:
        by_group[_group(one.form)].append(one)
    verdicts, seen = [], []
    for (kind, label, _), those in sorted(by_group.items()):
        trial = _Trial(those, estimates)
        seen.append(HeldOut(kind, label, trial.least, *trial.at_least(trial.least)))
        verdicts += [trial.verdict(one) for one in those]
    return verdicts, seen


class Estimates:
    """Precision of candidates, shrunk towards that of their likes."""

    def __init__(self, evidence: Iterable[Evidence]) -> None:
        self._forms: dict[Form, list[float]] = defaultdict(lambda: [0.0, 0.0])
        self._groups: dict[tuple[Kind, str, bool], list[float]] = defaultdict(lambda: [0.0, 0.0])
        for one in evidence:
            total = one.all
            for fold in one.folds:
                # Not fewer: it is known only because this fold has it too.
                if total.documents - fold.documents >= LEAST_DOCUMENTS:
                    for counts in (self._forms[one.form], self._groups[_group(one.form)]):
                        counts[0] += fold.right
                        counts[1] += fold.right + fold.wrong

    def of(self, form: Form, tally: Tally) -> float:
        """The estimate for a candidate of this form with this experience."""
        right, spans = self._groups[_group(form)]
        parent = (right + 1) / (spans + 2)
        right, spans = self._forms[form]
        prior = (right + _PARENT_SPANS * parent) / (spans + _PARENT_SPANS)
        return (tally.right + _PRIOR_SPANS * prior) / (tally.right + tally.wrong + _PRIOR_SPANS)


class _Trial:
    """Candidates of one kind and label, tried on each fold as the others teach it."""

    def __init__(self, evidence: Sequence[Evidence], estimates: Estimates) -> None:
        self._estimates = estimates
        form = evidence[0].form
        self._floor = _FLOOR_OF_BROAD_VETOES if form.veto and form.steps else _FLOOR[form.kind]
        best: dict[tuple[int, Key], tuple[int, Place]] = {}
        for one in evidence:
            total = one.all
            for fold, places in zip(one.folds, one.places_of, strict=True):
                step = self._step(one.form, total.minus(fold)) if places else -1
                for place in places if step >= 0 else ():
                    where = (place.lesson, place.key)
                    if where not in best or best[where][0] < step:
                        best[where] = (step, place)
        # A place counts once, for the surest of the candidates that fire there.
        self._steps = [Tally()] * len(STEPS)
        for step, (_, _, right, saved) in best.values():
            one_place = Tally(right is True, right is False, saved)
            self._steps[step] = self._steps[step].plus(one_place)
        self.least = self._least()

    def at_least(self, least: float) -> tuple[int, int, int]:
        """Actions saved, right and wrong spans on held-out folds, from an estimate on."""
        those = [t for step, t in zip(STEPS, self._steps, strict=True) if step >= least]
        return (
            sum(t.saved for t in those),
            sum(t.right for t in those),
            sum(t.wrong for t in those),
        )

    def verdict(self, one: Evidence) -> Verdict:
        """Whether the candidate is accepted; its estimate as held-out folds correct it."""
        total = one.all
        step = self._step(one.form, total)
        estimate = self._estimates.of(one.form, total)
        if step < 0:
            reason = "right in too few documents, too seldom right, or saves no work"
            return Verdict(one, estimate, step, reason)
        seen = self._steps[step]
        corrected = (seen.right + 5 * estimate) / (seen.right + seen.wrong + 5)
        if STEPS[step] < self.least:
            return Verdict(one, corrected, step, "its likes saved no work in documents held out")
        return Verdict(one, corrected, step, "", self._tried(one))

    def _tried(self, one: Evidence) -> list[Place]:
        total = one.all
        tried = []
        for fold, places in zip(one.folds, one.places_of, strict=True):
            step = self._step(one.form, total.minus(fold)) if places else -1
            if step >= 0 and STEPS[step] >= self.least:
                tried += places
        return tried

    def _step(self, form: Form, tally: Tally) -> int:
        """The step that the estimate reaches; -1 where the experience isn't enough."""
        if tally.saved <= 0 or tally.documents < _least_documents(form):
            return -1
        estimate = self._estimates.of(form, tally)
        return sum(estimate >= step for step in STEPS) - 1

    def _least(self) -> float:
        best, least = 0, _NEVER
        for step in reversed(STEPS):
            saved, right, wrong = self.at_least(step)
            if saved > best and right >= self._floor * (right + wrong):
                best, least = saved, step
        saved, right, wrong = self.at_least(_USUAL)
        if least == _NEVER and right + wrong < _FEW and saved >= 0:
            return _USUAL
        return least


def _least_documents(form: Form) -> int:
    """Short strings, names of two characters among them, need more evidence."""
    if form.steps:
        return _OF_SHAPES
    size = form.what[:1] if form.kind == "terms" else ""
    is_short = size == "1" or (size == "2" and form.label == "PERSON")
    return LEAST_DOCUMENTS + is_short


def _group(form: Form) -> tuple[Kind, str, bool]:
    """Candidates that are judged together: vetoes by text apart from those by shape."""
    return form.kind, form.label, bool(form.steps)
