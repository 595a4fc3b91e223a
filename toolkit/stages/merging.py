"""Annotations to gold, of any number of documents: what ``results.merge`` is made of.

Few documents are merged all together. Of many a sample teaches the method, and then they are
merged in portions, as many at a time as ``Each`` likes; what becomes of a document doesn't
depend on its portion. Neither documents nor annotations are ever all in memory.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
from msgspec import Struct

from toolkit.each import Each
from toolkit.gold import sample
from toolkit.gold.cases import Case
from toolkit.gold.merge import Fitted, cases_of, fit, merged_whole, unseen
from toolkit.gold.methods import DEFAULT, Choices, Names, method_for
from toolkit.model import Annotation, Document, GoldDocument
from toolkit.stages.joined import Joined, Portion, whole

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from toolkit.gold.skills import Skills

PORTION = 1_500_000
"""Characters times readers of a portion: large enough for numpy, small enough for memory."""

_BATCH = 1000
"""Gold documents that are written at a time."""


class Way(Struct, frozen=True):
    """How to merge: see ``results.merge``."""

    method: str
    choices: Choices
    partial: bool
    reviewers: frozenset[str]


class Merged(Struct, frozen=True):
    """Gold of some documents, as lines of JSON without the last line's end, and what it has.

    ``status`` counts documents, ``by_label`` spans, ``reviewed`` those that a reviewer
    decided; ``unseen`` as ``gold.merge.unseen``.
    """

    lines: bytes
    status: Counter[str]
    by_label: Counter[str]
    reviewed: int
    unseen: dict[str, int]


class Work(Struct, frozen=True):
    """Merges portions, here or in another process, by what a method learnt."""

    fitted: Fitted
    way: Way

    def __call__(self, portion: Portion) -> Merged:
        """Gold of the portion's documents."""
        cases, missing = complete_cases(portion, self.way)
        return summed(self.fitted.gold(cases), missing, self.way)


class Merging(Struct, frozen=True):
    """A merge under way: the method that was taken, and portions with their gold, in order."""

    method: str
    portions: Iterator[tuple[Portion, Merged]]


class Corpus:
    """Documents and annotations, gathered on disk, with what decides how they are merged.

    Args:
        folder: an empty folder for files of ours.
        documents, origin: as of ``Joined``.
        annotations: a history.
        reviews: reviewers' decisions.

    Raises:
        InputError: an annotation's document isn't among the documents.
        RecordError: two documents share an id.
    """

    def __init__(
        self,
        folder: Path,
        documents: Iterable[Document],
        origin: Path | str,
        annotations: Iterable[Annotation],
        reviews: Sequence[Annotation],
    ) -> None:
        import numpy as np

        self.joined = Joined(folder, sample.rank_of, documents, origin)
        ranks = self.joined.ranks
        self._wanted = sample.Wanted()
        self.sizes: NDArray[np.int64] = np.zeros(len(self.joined), dtype=np.int64)
        for numbers, batch in self.joined.add(annotations):
            np.add.at(self.sizes, numbers, self.joined.sizes(numbers, batch))
            self._note(numbers.tolist(), ranks[numbers].tolist(), batch)
        # What reviewers decided teaches most, so it comes first.
        self._ranks = ranks.copy()
        for numbers, batch in self.joined.add(reviews, reviews=True):
            self._ranks[numbers] = -1
            self._note(numbers.tolist(), self._ranks[numbers].tolist(), batch, who=False)

    def _note(
        self, numbers: list[int], ranks: list[int], batch: list[Annotation], *, who: bool = True
    ) -> None:
        """See to it that everybody, unless they are reviewers, and every label is in the sample."""
        see = self._wanted.see
        for number, rank, one in zip(numbers, ranks, batch, strict=True):
            if not one.skipped and one.deleted_at is None:
                if who:
                    see(number, rank, "annotator", (one.annotator,))
                see(number, rank, "label", {span.label for span in one.spans})

    @property
    def names(self) -> Names:
        """The labels and the annotators."""
        return Names(self._wanted.names("label"), self._wanted.names("annotator"))

    @property
    def size(self) -> int:
        """Characters times those who read them."""
        return int(self.sizes.sum())

    @property
    def is_small(self) -> bool:
        """Whether all of it is merged together."""
        return self.size <= sample.FEW

    def annotated(self, doc_id: str) -> bool:
        """Whether there is such a document, and somebody annotated it."""
        (number,) = self.joined.numbers([doc_id])
        return bool(number >= 0 and self.sizes[number])

    def merging(self, way: Way, each: Each) -> Merging:
        """The merge of all documents, under way; ``each`` does portions of very many."""
        portions = self.joined.portions(self.sizes, PORTION)
        if self.is_small:
            together = list(portions)
            cases, missing = _cases(together, way)
            method = _method(cases, way)
            gold = merged_whole(cases, method, way.choices)
            return Merging(method, iter([(whole(together), summed(gold, missing, way))]))
        drawn = sample.drawn(self._ranks, self.sizes, self._wanted, sample.ROOM)
        cases, _ = _cases(self.joined.some(drawn), way)
        method = _method(cases, way)
        fitted = fit(cases, self.names, method, way.choices)
        return Merging(method, _in_order(each(Work(fitted, way), portions)))


def _method(cases: Sequence[Case], way: Way) -> str:
    return method_for(cases) if way.method == DEFAULT else way.method


def _cases(portions: Iterable[Portion], way: Way) -> tuple[list[Case], dict[str, int]]:
    cases: list[Case] = []
    missing: dict[str, int] = {}
    for portion in portions:
        some, of_some = complete_cases(portion, way)
        cases += some
        missing |= of_some
    return cases, missing


def complete_cases(portion: Portion, way: Way) -> tuple[list[Case], dict[str, int]]:
    """What is merged of a portion, and the documents that were annotated only in part.

    Raises:
        OffsetError: a span or a passage doesn't fit its text.
    """
    documents, annotations, reviews = portion.read()
    cases = cases_of(annotations, documents, reviews)
    missing = unseen(cases)
    if not way.partial:
        cases = [case for case in cases if case.document.id not in missing]
    return cases, missing


def summed(gold: Iterable[GoldDocument], missing: dict[str, int], way: Way) -> Merged:
    """Gold as lines, and its sums."""
    encoder = msgspec.json.Encoder()
    lines = []
    status: Counter[str] = Counter()
    by_label: Counter[str] = Counter()
    reviewed = 0
    for one in gold:
        status[one.status] += 1
        for span in one.spans:
            by_label[span.label] += 1
            reviewed += span.decided_by in way.reviewers
        lines.append(encoder.encode(one))
    return Merged(b"\n".join(lines), status, by_label, reviewed, missing)


def _in_order(done: Iterator[tuple[Portion, Merged]]) -> Iterator[tuple[Portion, Merged]]:
    """Portions with their gold by their numbers, as they come in any order."""
    waiting: dict[int, tuple[Portion, Merged]] = {}
    following = 0
    for portion, merged in done:
        waiting[portion.number] = portion, merged
        while following in waiting:
            yield waiting.pop(following)
            following += 1


class Sums:
    """Takes note of gold that passes by.

    Args:
        skills: takes note of what it says of its annotators; null where nobody asked.
    """

    def __init__(self, skills: Skills | None) -> None:
        self.status: Counter[str] = Counter()
        self.by_label: Counter[str] = Counter()
        self.unseen: dict[str, int] = {}
        self.reviewed = 0
        self.skills = skills

    def lines(self, portions: Iterable[tuple[Portion | None, Merged]]) -> Iterator[msgspec.Raw]:
        """The lines of gold, some at a time, each of which is noted."""
        for portion, merged in portions:
            self.status.update(merged.status)
            self.by_label.update(merged.by_label)
            self.unseen.update(merged.unseen)
            self.reviewed += merged.reviewed
            if self.skills is not None and portion is not None:
                _see(self.skills, portion, merged)
            if merged.lines:
                yield msgspec.Raw(merged.lines)


def _see(skills: Skills, portion: Portion, merged: Merged) -> None:
    documents, annotations, _ = portion.read()
    lines = merged.lines.split(b"\n") if merged.lines else []
    gold = [msgspec.json.decode(line, type=GoldDocument) for line in lines]
    there = {one.doc_id for one in gold}
    skills.know([one for one in annotations if one.doc_id in there], documents)
    for one in gold:
        skills.see(one)


def in_batches(gold: Iterable[GoldDocument], way: Way) -> Iterator[tuple[None, Merged]]:
    """Gold that was there before, as ``Sums.lines`` takes it."""
    remaining = iter(gold)
    while batch := list(islice(remaining, _BATCH)):
        yield None, summed(batch, {}, way)
