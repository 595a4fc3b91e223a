"""Annotations → gold documents, by one of the methods in ``toolkit.gold.methods``."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from msgspec import Struct

from toolkit.gold.cases import Case, Decision, View, annotators_in, joined, labels_in
from toolkit.gold.layers import by_layers, layers_of
from toolkit.gold.methods import (
    DEFAULT,
    METHODS,
    Choices,
    Method,
    Model,
    Names,
    check_method,
    method_for,
)
from toolkit.gold.review import overruled, truths
from toolkit.model import Annotation, Document, GoldDocument, GoldStatus
from toolkit.records import counted_annotations
from toolkit.spans import check_spans

if TYPE_CHECKING:
    from toolkit.gold.confidence import Scale


def merge(
    annotations: Sequence[Annotation],
    documents: Mapping[str, Document],
    *,
    method: str = DEFAULT,
    choices: Choices | None = None,
    reviews: Sequence[Annotation] = (),
) -> Iterator[GoldDocument]:
    """Merge what several people annotated into gold documents, in the order of ``documents``.

    ``annotations`` may be a history; each annotator's last submission for each passage
    counts. A document that nobody annotated gives nothing. The result doesn't depend on
    the order of the records. Nested spans are merged layer by layer (``toolkit.gold.layers``).
    ``reviews`` are decisions: gold is what the last one on a stretch says, whatever the
    method, and models learn from it as from the truth (``toolkit.gold.review``).
    The status is

    - ``single`` where no part of the document was seen by two people,
    - ``agreed`` where all who saw a stretch gave the same spans for it,
    - ``disputed`` where the method met a tie, or what it believes is hardly more credible
      than something else,
    - ``merged`` else.

    Raises:
        UsageError: there is no such method.
        InputError: an annotation's document isn't among the documents.
        OffsetError: a span or a passage doesn't fit its text.
    """
    check_method(method)
    cases = cases_of(annotations, documents, reviews)
    some = [cases[number] for number in _sample(cases)]
    name = method_for(some) if method == DEFAULT else method
    if is_few(cases):
        return merged_whole(cases, name, choices)
    fitted = fit(some, names_in(cases), name, choices)
    return (
        gold
        for begin in range(0, len(cases), PORTION)
        for gold in fitted.gold(cases[begin : begin + PORTION])
    )


PORTION = 1000
"""Cases that are decided at a time: enough for numpy, few enough for memory."""


def is_few(cases: Sequence[Case]) -> bool:
    """Whether so few are merged all together."""
    from toolkit.gold import sample

    return sum(case.size for case in cases) <= sample.FEW


def _sample(cases: Sequence[Case]) -> list[int]:
    """The numbers of the cases to learn from; of all, where they are few."""
    from toolkit.gold import sample

    if is_few(cases):
        return list(range(len(cases)))
    ranks = [sample.rank_of(case.document.id) for case in cases]
    wanted = sample.Wanted()
    for number, case in enumerate(cases):
        wanted.see(number, ranks[number], "annotator", annotators_in([case]))
        wanted.see(number, ranks[number], "label", labels_in([case]))
    return sample.drawn(ranks, [case.size for case in cases], wanted, sample.ROOM)


def names_in(cases: Sequence[Case]) -> Names:
    """The labels and annotators of these cases."""
    return Names(labels_in(cases), annotators_in(cases))


def merged_whole(
    cases: Sequence[Case], method: str, choices: Choices | None = None
) -> Iterator[GoldDocument]:
    """Gold of these cases, by a method that sees all of them together."""
    chosen, told = METHODS[method], choices or Choices()

    def decide(some: Sequence[Case]) -> Iterator[Decision]:
        return by_layers(some, lambda _depth, flat: chosen.decide(flat, told))

    return _gold_of(cases, decide(cases), _scale(cases, decide) if chosen.calibrated else None)


class Fitted(Struct, frozen=True):
    """What a sample taught a method: merges any of the documents. It can be pickled.

    ``models`` are for each layer of nested spans, the last one for all further layers, too.
    """

    method: str
    models: tuple[Model, ...]
    scale: Scale | None

    def gold(self, cases: Sequence[Case]) -> Iterator[GoldDocument]:
        """Gold of these cases; that of one doesn't depend on the others."""
        return _gold_of(cases, _by_models(cases, self.models), self.scale)


def fit(cases: Sequence[Case], names: Names, method: str, choices: Choices | None = None) -> Fitted:
    """Let a method learn from a sample of the cases; ``names`` are those of all cases."""
    chosen, told = METHODS[method], choices or Choices()
    models = _models(cases, names, chosen, told)

    def decide(untold: Sequence[Case]) -> Iterator[Decision]:
        return _by_models(untold, _models(untold, names, chosen, told))

    return Fitted(method, models, _scale(cases, decide) if chosen.calibrated else None)


def _models(
    cases: Sequence[Case], names: Names, method: Method, choices: Choices
) -> tuple[Model, ...]:
    """What these cases teach of each layer of nested spans."""
    layers = [layers_of(case) for case in cases]
    return tuple(
        method.learnt([one[depth] for one in layers if len(one) > depth], names, choices)
        for depth in range(max(map(len, layers), default=1))
    )


def _by_models(cases: Sequence[Case], models: Sequence[Model]) -> Iterator[Decision]:
    last = len(models) - 1
    return by_layers(cases, lambda depth, flat: models[min(depth, last)](flat))


def _scale(cases: Sequence[Case], decide: Callable[[Sequence[Case]], Iterable[Decision]]) -> Scale:
    from toolkit.gold.confidence import reviewed_scale

    return reviewed_scale(cases, decide)


def _gold_of(
    cases: Sequence[Case], settled: Iterable[Decision], scale: Scale | None
) -> Iterator[GoldDocument]:
    if scale is not None:
        from toolkit.gold.confidence import Calibration

        settled = map(Calibration(scale), settled)
    return (_gold(case, overruled(case, one)) for case, one in zip(cases, settled, strict=True))


def unseen(cases: Iterable[Case]) -> dict[str, int]:
    """Documents that were annotated only in part, with how many characters nobody saw.

    Whitespace doesn't count. In the gold of such a document, what nobody saw would look
    like text without entities.
    """
    missing = {}
    for case in cases:
        text, seen, count = case.document.text, 0, 0
        for view in case.views:
            if seen < view.start:
                count += len("".join(text[seen : view.start].split()))
            seen = max(seen, view.end)
        if seen < len(text):
            count += len("".join(text[seen:].split()))
        if count:
            missing[case.document.id] = count
    return missing


def cases_of(
    annotations: Sequence[Annotation],
    documents: Mapping[str, Document],
    reviews: Sequence[Annotation] = (),
) -> list[Case]:
    """What is merged: the documents that somebody annotated, in order, with who saw what.

    Raises:
        InputError: an annotation's document isn't among the documents.
        OffsetError: a span or a passage doesn't fit its text.
    """
    truth = truths(reviews, documents)
    views: dict[str, list[View]] = defaultdict(list)
    for annotation in counted_annotations(annotations, documents):
        end = annotation.end
        if end is None:
            end = len(documents[annotation.doc_id].text)
        view = View(annotation.annotator, annotation.start, end, annotation.spans)
        views[annotation.doc_id].append(view)
    return [
        Case(document, tuple(joined(views[doc_id])), truth.get(doc_id, ()))
        for doc_id, document in documents.items()
        if doc_id in views
    ]


def _gold(case: Case, settled: Decision) -> GoldDocument:
    document = case.document
    check_spans(document.id, document.text, settled.spans)
    return GoldDocument(
        doc_id=document.id,
        text=document.text,
        spans=settled.spans,
        annotators=tuple(sorted({view.annotator for view in case.views})),
        status=_status(case, settled),
        meta=document.meta,
        rejected=settled.rejected,
    )


def _status(case: Case, settled: Decision) -> GoldStatus:
    shared, differ = _compared(
        sorted((*case.views, *case.truth), key=lambda v: (v.start, v.end, v.annotator))
    )
    if not shared:
        return "single"
    if settled.disputed:
        return "disputed"
    return "merged" if differ else "agreed"


def _compared(views: Sequence[View]) -> tuple[bool, bool]:
    """Whether two people saw the same stretch, and whether their spans for it differ."""
    shared = differ = False
    open_views: list[View] = []
    for view in views:
        open_views = [
            other
            for other in open_views
            # Two who saw the same empty text saw the same.
            if other.end > view.start or (other.start, other.end) == (view.start, view.end)
        ]
        for other in open_views:
            if other.annotator == view.annotator:
                continue
            shared = True
            differ = differ or _within(view, other) != _within(other, view)
        open_views.append(view)
    return shared, differ


def _within(view: View, other: View) -> set[tuple[int, int, str]]:
    """The spans of ``view`` that the annotator of ``other`` could have given."""
    start, end = other.start, other.end
    return {(s.start, s.end, s.label) for s in view.spans if start <= s.start and s.end <= end}
