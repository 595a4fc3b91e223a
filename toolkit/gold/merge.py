"""Annotations → gold documents, by one of the methods in ``METHODS``."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from msgspec import Struct

from toolkit.errors import UsageError
from toolkit.gold.vote import View, vote
from toolkit.model import Annotation, Document, GoldDocument, GoldSpan, GoldStatus
from toolkit.records import counted_annotations
from toolkit.spans import check_spans


class Case(Struct, frozen=True):
    """One document as its annotators saw it. Views are in order of place and annotator."""

    document: Document
    views: tuple[View, ...]


class Decision(Struct, frozen=True):
    """What a method decides for one case. ``disputed``: it could not tell, and says so."""

    spans: tuple[GoldSpan, ...]
    disputed: bool


class Method(Struct, frozen=True):
    """A way to merge.

    ``decide`` takes all cases at once, since methods that learn how good each annotator
    is have to see them together, and yields a decision for each, in order.
    ``confidence`` says in one line what the method's confidence means.
    """

    decide: Callable[[Sequence[Case]], Iterable[Decision]]
    confidence: str


def majority(cases: Sequence[Case]) -> Iterator[Decision]:
    """The span vote of ``toolkit.gold.vote``, document by document."""
    for case in cases:
        outcome = vote(case.views)
        spans = tuple(
            GoldSpan(
                start=winner.start,
                end=winner.end,
                label=winner.label,
                text=case.document.text[winner.start : winner.end],
                confidence=float(winner.share),
                votes=winner.votes,
                decided_by="majority" if len(winner.votes) > 1 else "single",
            )
            for winner in outcome.winners
        )
        yield Decision(spans, outcome.disputed)


METHODS: dict[str, Method] = {
    "majority": Method(
        majority, "the share of the passage's annotators who gave exactly this span"
    ),
}


def merge(
    annotations: Sequence[Annotation],
    documents: Mapping[str, Document],
    *,
    method: str = "majority",
) -> Iterator[GoldDocument]:
    """Merge what several people annotated into gold documents, in the order of ``documents``.

    ``annotations`` may be a history; each annotator's last submission for each passage
    counts. A document that nobody annotated gives nothing. The result doesn't depend on
    the order of the records. The status is

    - ``single`` where no part of the document was seen by two people,
    - ``agreed`` where all who saw a stretch gave the same spans for it,
    - ``disputed`` where the method met a tie that it could not decide,
    - ``merged`` else.

    Raises:
        UsageError: there is no such method.
        InputError: an annotation's document isn't among the documents.
        OffsetError: a span or a passage doesn't fit its text.
    """
    chosen = METHODS.get(method)
    if chosen is None:
        raise UsageError(f"no merge method {method!r}", f"There are: {', '.join(METHODS)}.")
    cases = _cases(annotations, documents)
    return (
        _gold(case, decision) for case, decision in zip(cases, chosen.decide(cases), strict=True)
    )


def unseen(annotations: Sequence[Annotation], documents: Mapping[str, Document]) -> dict[str, int]:
    """Documents that were annotated only in part, with how many characters nobody saw.

    Whitespace doesn't count. In the gold of such a document, what nobody saw would look
    like text without entities.

    Raises:
        InputError: an annotation's document isn't among the documents.
        OffsetError: a span or a passage doesn't fit its text.
    """
    missing = {}
    for case in _cases(annotations, documents):
        text, seen, count = case.document.text, 0, 0
        for view in case.views:
            count += len("".join(text[seen : view.start].split()))
            seen = max(seen, view.end)
        count += len("".join(text[seen:].split()))
        if count:
            missing[case.document.id] = count
    return missing


def _cases(annotations: Sequence[Annotation], documents: Mapping[str, Document]) -> list[Case]:
    views: dict[str, list[View]] = defaultdict(list)
    for annotation in counted_annotations(annotations, documents):
        end = annotation.end
        if end is None:
            end = len(documents[annotation.doc_id].text)
        view = View(annotation.annotator, annotation.start, end, annotation.spans)
        views[annotation.doc_id].append(view)
    for seen in views.values():
        seen.sort(key=lambda view: (view.start, view.end, view.annotator))
    return [
        Case(document, tuple(views[doc_id]))
        for doc_id, document in documents.items()
        if doc_id in views
    ]


def _gold(case: Case, decision: Decision) -> GoldDocument:
    document = case.document
    check_spans(document.id, document.text, decision.spans)
    return GoldDocument(
        doc_id=document.id,
        text=document.text,
        spans=decision.spans,
        annotators=tuple(sorted({view.annotator for view in case.views})),
        status=_status(case, decision),
        meta=document.meta,
    )


def _status(case: Case, decision: Decision) -> GoldStatus:
    shared, differ = _compared(case.views)
    if not shared:
        return "single"
    if decision.disputed:
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
            differ |= _within(view, other) != _within(other, view)
        open_views.append(view)
    return shared, differ


def _within(view: View, other: View) -> set[tuple[int, int, str]]:
    """The spans of ``view`` that the annotator of ``other`` could have given."""
    return {s.key for s in view.spans if other.start <= s.start and s.end <= other.end}
