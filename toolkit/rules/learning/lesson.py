"""One gold document as it teaches: its words, what is right, and what the rules do there.

A lesson answers what would become of the editing work if one more span were proposed, or
one struck: only the spans that compete with it are settled anew.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Collection, Iterable, Sequence
from typing import NamedTuple

from toolkit.model import Document, GoldDocument, Span, SuggestedSpan
from toolkit.rules.cost import ACTIONS, DRAW
from toolkit.rules.engine import Engine
from toolkit.rules.outcomes import against_gold
from toolkit.rules.overlap import Rival, standing, weight
from toolkit.rules.shadow import shadow
from toolkit.rules.tokens import Token, cut

Key = tuple[int, int, str]
"""Offsets and label."""


class Effect(NamedTuple):
    """What a change makes of a stretch: actions saved, and whether the new span stays."""

    saved: int
    stays: bool


class Lesson:
    """A gold document and what the rules propose for it.

    Args:
        gold: the document.
        engine: today's rules.
        labels: the labels that gold gives; spans of others compete and aren't judged.
    """

    def __init__(self, gold: GoldDocument, engine: Engine, labels: frozenset[str]) -> None:
        document = Document(gold.doc_id, gold.text, meta=gold.meta)
        self.id = gold.doc_id
        self.text = shadow(gold.text)
        self.labels = labels
        self.gold: set[Key] = {span.key for span in gold.spans if span.label in labels}
        self.words: tuple[Token, ...] = cut(self.text)
        self._nests = engine.pack.nests
        self._struck = engine.struck(document)
        self._rivals = [
            Rival(s.end, s.start, -s.score, s.label, s.rule, weight(s.score, s.end - s.start))
            for s in engine.candidates(document)
        ]
        self.candidates: set[Key] = {(r.start, r.end, r.label) for r in self._rivals}
        self._settle()

    def _settle(self) -> None:
        self._rivals.sort(key=lambda rival: (rival.start, rival.end))
        self.chosen: set[Key] = set()
        self._groups: list[list[Rival]] = []
        self._reaches: list[int] = []
        for rival in self._rivals:
            if self._groups and rival.start < self._reaches[-1]:
                self._groups[-1].append(rival)
                self._reaches[-1] = max(self._reaches[-1], rival.end)
            else:
                self._groups.append([rival])
                self._reaches.append(rival.end)
        self._starts = [group[0].start for group in self._groups]
        self._settled = [_keys(standing(list(group), self._nests)) for group in self._groups]
        for keys in self._settled:
            self.chosen.update(keys)
        self._gold = sorted(self.gold)
        self._gold_starts = [key[0] for key in self._gold]
        self._longest = max((end - start for start, end, _ in self._gold), default=0)

    def work(self) -> int:
        """The actions that the document takes with what stands now."""
        return self.work_of(self.chosen)

    def work_of(self, chosen: Iterable[Key]) -> int:
        """The actions that the document takes with these suggestions."""
        return work([key for key in chosen if key[2] in self.labels], self.gold)

    def is_struck(self, key: Key) -> bool:
        """Whether a veto of today's rules strikes it."""
        struck = self._struck.get(key[2])
        return struck is not None and struck.strikes(key[0], key[1])

    def is_beside(self, key: Key, before: str, after: str) -> bool:
        """Whether a candidate of ``before`` begins at its end, one of ``after`` ends at its start.

        No label asks for nothing.
        """
        self._note_edges()
        return (not before or (key[1], before) in self._begin) and (
            not after or (key[0], after) in self._end
        )

    def beside(self, key: Key) -> tuple[list[str], list[str]]:
        """The labels of candidates that begin at its end, and that end at its beginning."""
        self._note_edges()
        return (
            sorted(label for label in self.labels if (key[1], label) in self._begin),
            sorted(label for label in self.labels if (key[0], label) in self._end),
        )

    def _note_edges(self) -> None:
        if not hasattr(self, "_begin"):
            self._begin = {(start, label) for start, _, label in self.candidates}
            self._end = {(end, label) for _, end, label in self.candidates}

    def if_proposed(self, key: Key, score: float) -> Effect:
        """What a further span with this score would make of it."""
        if key in self.chosen:
            return Effect(0, stays=True)
        if self.is_struck(key):
            return Effect(0, stays=False)
        start, end, label = key
        first, last = self._touched(start, end)
        rival = Rival(end, start, -score, label, "", weight(score, end - start))
        rivals = [rival]
        for group in self._groups[first:last]:
            rivals += group
        after = _keys(standing(rivals, self._nests))
        if key not in after:
            return Effect(0, stays=False)
        return Effect(self._saved(first, last, after, (start, end)), stays=True)

    def if_struck(self, key: Key) -> Effect:
        """What a veto of just this span would make of it."""
        if key not in self.chosen:
            return Effect(0, stays=False)
        start, end, _ = key
        first, last = self._touched(start, end)
        rivals = [
            rival
            for group in self._groups[first:last]
            for rival in group
            if (rival.start, rival.end, rival.label) != key
        ]
        return Effect(
            self._saved(first, last, _keys(standing(rivals, self._nests)), (start, end)), stays=True
        )

    def changed(
        self, proposed: Collection[tuple[Key, float, str]], struck: Collection[Key]
    ) -> set[Key]:
        """What stands once further spans compete, with score and rule, and some are struck."""
        if not proposed and not struck:
            return self.chosen
        rivals = [
            rival for rival in self._rivals if (rival.start, rival.end, rival.label) not in struck
        ] + [
            Rival(key[1], key[0], -score, key[2], rule, weight(score, key[1] - key[0]))
            for key, score, rule in proposed
            if key not in struck and not self.is_struck(key)
        ]
        return set(_keys(standing(rivals, self._nests)))

    def _touched(self, start: int, end: int) -> tuple[int, int]:
        """The range of groups of rivals that share a character with a stretch."""
        return bisect_right(self._reaches, start), bisect_left(self._starts, end)

    def _saved(self, first: int, last: int, after: Sequence[Key], place: tuple[int, int]) -> int:
        before = [key for keys in self._settled[first:last] for key in keys]
        low = min([place[0], *(key[0] for key in before)])
        high = max([place[1], *(key[1] for key in before)])
        index = bisect_left(self._gold_starts, low - self._longest)
        gold = {
            key for key in self._gold[index : bisect_left(self._gold_starts, high)] if key[1] > low
        }
        judged = [[key for key in keys if key[2] in self.labels] for keys in (before, after)]
        return work(judged[0], gold) - work(judged[1], gold)


def work(suggested: Iterable[Key], gold: Collection[Key]) -> int:
    """The actions that lead from suggestions to gold; what toolkit.rules.cost counts."""
    wrong = [key for key in suggested if key not in gold]
    known = set(suggested)
    missed = [key for key in gold if key not in known]
    if not wrong or not missed:
        return ACTIONS["removed"] * len(wrong) + DRAW * len(missed)
    judgement = against_gold(
        [SuggestedSpan(*key) for key in sorted(wrong)], [Span(*key) for key in sorted(missed)]
    )
    edits = sum(ACTIONS[judged.outcome] for judged in judgement.judged)
    return edits + DRAW * len(judgement.missed)


def _keys(rivals: Iterable[Rival]) -> list[Key]:
    return [(rival.start, rival.end, rival.label) for rival in rivals]
