"""What a learned pack as a whole does in documents that didn't teach it: cross-validation.

Each part of gold is held out in turn; what the others teach, all of it together, competes
there with today's rules (Stone 1974, *Cross-Validatory Choice and Assessment of Statistical
Predictions*).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence

from msgspec import Struct

from toolkit.rules.learning.evidence import LEAST_DOCUMENTS, Evidence
from toolkit.rules.learning.judge import Verdict
from toolkit.rules.learning.lesson import Key, Lesson, work


class Standing(Struct, frozen=True):
    """How suggestions compare with gold: spans right of those suggested and those of gold.

    ``work`` are the actions that they leave to an annotator.
    """

    right: int = 0
    suggested: int = 0
    gold: int = 0
    work: int = 0

    @property
    def f1(self) -> float:
        """Strict F1 of offsets and label, 0 to 1; 0 where there are no spans."""
        return 2 * self.right / (self.suggested + self.gold) if self.right else 0.0

    def plus(self, suggested: set[Key], gold: set[Key]) -> Standing:
        """With one more text."""
        return Standing(
            self.right + len(suggested & gold),
            self.suggested + len(suggested),
            self.gold + len(gold),
            self.work + work(suggested, gold),
        )


class Expected(Struct, frozen=True):
    """What is to be expected of the whole pack, over the labels that gold gives.

    ``before`` is how today's rules do in ``documents``, and ``after`` how they do with what
    was learned from the other documents.
    """

    documents: int
    before: Standing
    after: Standing


def expected(
    lessons: Sequence[Lesson],
    evidence: Sequence[Evidence],
    accept: Callable[[Sequence[Evidence]], Sequence[Verdict]],
    score: Callable[[Verdict], float],
) -> Expected:
    """Hold out each fold of the evidence in turn.

    Args:
        lessons: all documents.
        evidence: what they say about each candidate, by fold.
        accept: what the pack would hold, given evidence.
        score: the score that an accepted candidate's rule has.
    """
    folds = len(evidence[0].folds) if evidence else 1
    proposed: dict[int, list[tuple[Key, float, str]]] = defaultdict(list)
    struck: dict[int, set[Key]] = defaultdict(set)
    for fold in range(folds) if folds > 1 else ():
        teaching = [one.without(fold) for one in evidence]
        whole = {id(part): one for part, one in zip(teaching, evidence, strict=True)}
        known = [one for one in teaching if one.all.documents >= LEAST_DOCUMENTS]
        for verdict in accept(known):
            for place in whole[id(verdict.evidence)].places_of[fold]:
                if verdict.evidence.form.veto:
                    struck[place.lesson].add(place.key)
                else:
                    proposed[place.lesson].append((place.key, score(verdict), "learned"))
    before = after = Standing()
    for number, lesson in enumerate(lessons):
        now = {key for key in lesson.chosen if key[2] in lesson.labels}
        then = lesson.changed(proposed[number], struck[number])
        before = before.plus(now, lesson.gold)
        after = after.plus({key for key in then if key[2] in lesson.labels}, lesson.gold)
    return Expected(len(lessons), before, after)
