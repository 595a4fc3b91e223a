"""What lessons say for and against each candidate."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import NamedTuple

from toolkit.rules.learning.form import Candidate, Form, Teacher
from toolkit.rules.learning.lesson import Key, Lesson

LEAST_DOCUMENTS = 2
"""Documents in which a candidate must be right: one teaches nothing."""

_LEAST_RIGHT = 0.3
"""Share of its places that must be right for a candidate to be weighed at all."""

PROPOSED = 0.9
"""The score that a proposed span competes with while it is weighed."""


class Tally(NamedTuple):
    """What became of a candidate's spans: right or wrong among those that stayed.

    ``saved`` are actions of editing; ``documents`` those with a right one.
    """

    right: int = 0
    wrong: int = 0
    saved: int = 0
    documents: int = 0

    def plus(self, other: Tally) -> Tally:
        """Both together."""
        return Tally(*(a + b for a, b in zip(self, other, strict=True)))

    def minus(self, other: Tally) -> Tally:
        """Without a part."""
        return Tally(*(a - b for a, b in zip(self, other, strict=True)))


class Place(NamedTuple):
    """Where a candidate fires: the number of the lesson, offsets and label, and what comes of it.

    ``right`` is null where its span doesn't stay against its rivals; ``saved`` are actions.
    """

    lesson: int
    key: Key
    right: bool | None
    saved: int


class Evidence:
    """What lessons say about a candidate: for each fold a tally, and its places."""

    def __init__(self, candidate: Candidate, folds: int) -> None:
        self.candidate = candidate
        self.folds = [Tally()] * folds
        self.places_of: list[list[Place]] = [[] for _ in range(folds)]

    @property
    def form(self) -> Form:
        """The candidate's form."""
        return self.candidate.form

    @property
    def all(self) -> Tally:
        """All folds together."""
        total = Tally()
        for tally in self.folds:
            total = total.plus(tally)
        return total

    @property
    def places(self) -> list[Place]:
        """Its places in all folds."""
        return [place for places in self.places_of for place in places]

    def without(self, fold: int) -> Evidence:
        """What the other folds say."""
        rest = Evidence(self.candidate, 0)
        rest.folds = [tally for at, tally in enumerate(self.folds) if at != fold]
        rest.places_of = [places for at, places in enumerate(self.places_of) if at != fold]
        return rest

    def add(self, places: Sequence[Place], fold: int) -> None:
        """Its places in one lesson."""
        right = sum(place.right is True for place in places)
        wrong = sum(place.right is False for place in places)
        saved = sum(place.saved for place in places)
        one = Tally(right, wrong, saved, int(right > 0))
        self.folds[fold] = self.folds[fold].plus(one)
        self.places_of[fold] += places


def fold_of(lesson: int, lessons: int, folds: int) -> int:
    """Which fold a lesson is in: neighbours, which are often about the same, are together."""
    return lesson * folds // lessons


def gather(lessons: Sequence[Lesson], teacher: Teacher, folds: int) -> list[Evidence]:
    """The evidence for all candidates of a teacher that two documents speak for."""
    teacher.wants(_supported(lessons, teacher))
    teacher.wants(list(_promising(lessons, teacher)))
    known: dict[Candidate, Evidence] = {}
    for number, lesson in enumerate(lessons):
        by_candidate: dict[Candidate, list[Key]] = {}
        for candidate, key in teacher.found(lesson):
            by_candidate.setdefault(candidate, []).append(key)
        effects: dict[tuple[bool, Key], Place] = {}
        fold = fold_of(number, len(lessons), folds)
        for candidate, keys in by_candidate.items():
            places = []
            for key in keys:
                what = (candidate.form.veto, key)
                if what not in effects:
                    effects[what] = _effect(number, lesson, *what)
                places.append(effects[what])
            known.setdefault(candidate, Evidence(candidate, folds)).add(places, fold)
    return [one for one in known.values() if one.all.documents >= LEAST_DOCUMENTS]


def _effect(number: int, lesson: Lesson, veto: bool, key: Key) -> Place:
    effect = lesson.if_struck(key) if veto else lesson.if_proposed(key, PROPOSED)
    right = (key in lesson.gold) is not veto if effect.stays else None
    return Place(number, key, right, effect.saved)


def _supported(lessons: Sequence[Lesson], teacher: Teacher) -> list[Candidate]:
    """Candidates that two documents propose, at least once where today's rules err."""
    documents: dict[Candidate, tuple[int, int]] = {}
    useful: set[Candidate] = set()
    for number, lesson in enumerate(lessons):
        for candidate, key in teacher.proposed(lesson):
            last, count = documents.get(candidate, (-1, 0))
            if last != number:
                documents[candidate] = (number, count + 1)
            if (key in lesson.gold) is not (key in lesson.chosen):
                useful.add(candidate)
    return [one for one in useful if documents[one][1] >= LEAST_DOCUMENTS]


def _promising(lessons: Sequence[Lesson], teacher: Teacher) -> Iterator[Candidate]:
    """Of the wanted candidates those that are right often enough to be weighed."""
    counts: dict[Candidate, list[int]] = {}
    for lesson in lessons:
        inside = _Inside(lesson.gold)
        for candidate, key in teacher.found(lesson):
            right = (key in lesson.gold) is not candidate.form.veto
            if right or not inside(key):
                count = counts.setdefault(candidate, [0, 0])
                count[right] += 1
    for candidate, (misses, hits) in counts.items():
        if hits >= LEAST_DOCUMENTS and hits >= _LEAST_RIGHT * (hits + misses):
            yield candidate


class _Inside:
    """Whether a span lies within a longer gold span, where it mostly loses against it."""

    def __init__(self, gold: Collection[Key]) -> None:
        self._cover = {at: (start, end) for start, end, _ in gold for at in range(start, end)}

    def __call__(self, key: Key) -> bool:
        start, end = self._cover.get(key[0], (key[0], 0))
        return end >= key[1] and (start, end) != key[:2]
