"""What annotators did with suggestions and without: the cases that anchoring is measured on.

What is right is not known, so it is taken from others. Where there is gold that somebody
has decided on, from gold; else from the other annotators of the passage: what more than
half of them gave is right, what less than half gave is wrong, and what exactly half gave
counts for nothing. An annotator's own labels never say what is right for them: in a merge
with their own vote, whatever they kept would be less wrong. The others may have been led
astray by the same suggestions, so that the true effects are rather larger.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate, groupby
from math import log
from statistics import median
from typing import NamedTuple

from toolkit.model import Annotation, GoldDocument, Span, Suggestion

_FAR = 3 * 1.4826
"""Median deviations that are three standard deviations where times are log-normal."""

Key = tuple[int, int, str]
"""Start, end and label of a span."""

TIME, GIVEN, WRONG_KEPT, OVERLOOKED = CASES = ("time", "given", "wrong_kept", "overlooked")
"""What is looked at: the logarithm of the seconds for 1,000 characters of a passage; whether
a suggested span was given; whether a wrong one was; whether a right span where nothing was
suggested was left unmarked."""


@dataclass(slots=True)
class Cell:
    """The cases of one annotator in one document under one condition."""

    cases: int = 0
    summed: float = 0.0


Found = dict[tuple[str, str, bool], Cell]
"""By document, annotator, and whether suggestions were shown."""


class Cases:
    """Goes through the annotations once and notes each case of each measure.

    Args:
        counted: the annotations that count, by document and start, their ends filled in.
        suggestions: by document id.
        gold: by document id.
    """

    def __init__(
        self,
        counted: Sequence[Annotation],
        suggestions: Mapping[str, Suggestion],
        gold: Mapping[str, GoldDocument],
    ) -> None:
        self.shown = self.control = self.other_version = self.by_gold = self.by_others = 0
        self.found: dict[str, Found] = {name: defaultdict(Cell) for name in CASES}
        self._times: dict[str, list[tuple[Annotation, float]]] = defaultdict(list)
        for doc_id, some in groupby(counted, key=lambda annotation: annotation.doc_id):
            if doc_id in suggestions:
                right = _Marked(gold[doc_id].spans) if doc_id in gold else None
                self._look_at_document(list(some), suggestions[doc_id], right)
        for times in self._times.values():
            self._note_times(times)

    def _look_at_document(
        self, annotations: Sequence[Annotation], suggestion: Suggestion, gold: _Marked | None
    ) -> None:
        suggested = _Marked(suggestion.spans)
        given = {id(annotation): _Marked(annotation.spans) for annotation in annotations}
        starts = [annotation.start for annotation in annotations]
        longest = max(_end(annotation) - annotation.start for annotation in annotations)
        for annotation in annotations:
            start, end = annotation.start, _end(annotation)
            self._count(annotation)
            if annotation.suggested not in {None, suggestion.model_version}:
                self.other_version += 1
                continue
            if gold is not None:
                self.by_gold += 1
                reference: _Reference | None = _Reference(gold.within(start, end), frozenset())
            else:
                # Others whose passage holds this one begin no earlier than the longest could.
                near = annotations[bisect_left(starts, end - longest) : bisect_right(starts, start)]
                others = [
                    given[id(other)].within(start, end)
                    for other in near
                    if other.annotator != annotation.annotator and _end(other) >= end
                ]
                self.by_others += bool(others)
                reference = _majority(others) if others else None
            proposed = suggested.within(start, end)
            self._note_spans(annotation, given[id(annotation)], proposed, reference)

    def _count(self, annotation: Annotation) -> None:
        is_shown = annotation.suggested is not None
        self.shown += is_shown
        self.control += not is_shown
        characters = _end(annotation) - annotation.start
        if characters and annotation.lead_time and annotation.lead_time > 0:
            time = log(1000 * annotation.lead_time / characters)
            self._times[annotation.annotator].append((annotation, time))

    def _note_times(self, times: Sequence[tuple[Annotation, float]]) -> None:
        """One annotator's times, those far out of their usual range at its edge.

        A page that was left open over night would else outweigh a hundred others.
        """
        middle = median(time for _, time in times)
        spread = _FAR * median(abs(time - middle) for _, time in times)
        for annotation, time in times:
            near = min(max(time, middle - spread), middle + spread) if spread else time
            self._note(TIME, annotation, near)

    def _note_spans(
        self,
        annotation: Annotation,
        own: _Marked,
        proposed: Sequence[Span],
        reference: _Reference | None,
    ) -> None:
        for span in proposed:
            self._note(GIVEN, annotation, span.key in own.keys)
        if reference is None:
            return
        not_wrong = {span.key for span in reference.right} | reference.doubtful
        for span in proposed:
            if span.key not in not_wrong:
                self._note(WRONG_KEPT, annotation, span.key in own.keys)
        marked = _Marked(proposed)
        for span in reference.right:
            if not marked.touches(span):
                self._note(OVERLOOKED, annotation, not own.touches(span))

    def _note(self, name: str, annotation: Annotation, value: float) -> None:
        is_shown = annotation.suggested is not None
        cell = self.found[name][annotation.doc_id, annotation.annotator, is_shown]
        cell.cases += 1
        cell.summed += value


class _Reference(NamedTuple):
    """What is right in a passage, and the keys of what half of the others hold for right."""

    right: Sequence[Span]
    doubtful: frozenset[Key]


def _majority(others: Sequence[Sequence[Span]]) -> _Reference:
    """What more than half of the others gave, and what exactly half of them gave."""
    votes = Counter(key for spans in others for key in {span.key for span in spans})
    return _Reference(
        [Span(*key) for key, count in votes.items() if 2 * count > len(others)],
        frozenset(key for key, count in votes.items() if 2 * count == len(others)),
    )


class _Marked:
    """Some spans of one text, to be asked what stands where."""

    def __init__(self, spans: Iterable[Span]) -> None:
        self._spans: list[Span] = sorted(spans)
        self._starts = [span.start for span in self._spans]
        self._reach = list(accumulate((span.end for span in self._spans), max))
        self.keys = {span.key for span in self._spans}

    def within(self, start: int, end: int) -> list[Span]:
        """The spans that lie in this stretch as a whole."""
        first, last = bisect_left(self._starts, start), bisect_left(self._starts, end)
        return [span for span in self._spans[first:last] if span.end <= end]

    def touches(self, span: Span) -> bool:
        """Whether any of the spans shares a character with this one."""
        before = bisect_left(self._starts, span.end)
        return before > 0 and self._reach[before - 1] > span.start


def _end(annotation: Annotation) -> int:
    """Where the annotation's passage ends; ``counted_annotations`` has filled it in."""
    return annotation.end or 0
