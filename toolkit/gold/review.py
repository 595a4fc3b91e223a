"""Reviewers' decisions: gold is what they say, whatever the method says."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence

from msgspec.structs import replace

from toolkit.gold.cases import Case, Decision, View, decision, is_doubtful, joined
from toolkit.model import (
    Alternative,
    Annotation,
    Document,
    GoldDocument,
    GoldSpan,
    latest_decisions,
)
from toolkit.records import counted_annotations
from toolkit.spans import check_spans


def truths(
    reviews: Iterable[Annotation], documents: Mapping[str, Document]
) -> dict[str, tuple[View, ...]]:
    """What reviewers decided, by document, in order of place; no two overlap.

    Raises:
        InputError: a decision's document isn't among the documents.
        OffsetError: a span or a passage doesn't fit its text.
    """
    found: dict[str, list[View]] = defaultdict(list)
    for one in latest_decisions(counted_annotations(reviews, documents)):
        end = len(documents[one.doc_id].text) if one.end is None else one.end
        found[one.doc_id].append(View(one.annotator, one.start, end, one.spans))
    return {doc_id: tuple(views) for doc_id, views in found.items()}


def overruled(case: Case, settled: Decision) -> Decision:
    """The decision with the reviewers' in place of the method's where they decided.

    A span that reaches out of a decided stretch stays, unless it overlaps what was decided:
    the reviewer didn't see it whole.
    """
    if not case.truth:
        return settled
    decided = [span for view in case.truth for span in view.spans]

    def stands(span: GoldSpan | Alternative) -> bool:
        inside = any(view.start <= span.start and span.end <= view.end for view in case.truth)
        return not inside and all(o.end <= span.start or span.end <= o.start for o in decided)

    spans = [span for span in settled.spans if stands(span)]
    rejected = [one for one in settled.rejected if stands(one)]
    thin = is_doubtful(spans, rejected)
    for view in case.truth:
        by_reviewer = _decided(case, view)
        spans += by_reviewer.spans
        rejected += by_reviewer.rejected
    return Decision(
        tuple(sorted(spans)),
        settled.disputed and thin,
        tuple(sorted(rejected, key=lambda one: (-one.confidence, one.key))),
    )


def _decided(case: Case, truth: View) -> Decision:
    """The gold spans of a reviewed stretch, with the votes of its annotators."""
    given = {
        span.key: 0.0
        for view in case.views
        for span in view.spans
        if truth.start <= span.start and span.end <= truth.end
    }
    won = {span.key: 1.0 for span in truth.spans}
    one = decision(case, won, given, truth.annotator)
    spans = tuple(replace(span, decided_by=truth.annotator) for span in one.spans)
    return Decision(spans, disputed=False, rejected=one.rejected)


def applied(
    gold: Iterable[GoldDocument],
    documents: Mapping[str, Document],
    annotations: Sequence[Annotation],
    reviews: Sequence[Annotation],
) -> Iterator[GoldDocument]:
    """Gold that was merged before, with decisions that came since; nothing is merged anew.

    Raises:
        InputError: a document isn't among the documents.
        OffsetError: a span or a passage doesn't fit its text.
    """
    truth = truths(reviews, documents)
    views: dict[str, list[View]] = defaultdict(list)
    for one in counted_annotations(annotations, documents):
        if one.doc_id in truth:
            end = len(documents[one.doc_id].text) if one.end is None else one.end
            views[one.doc_id].append(View(one.annotator, one.start, end, one.spans))
    for document in gold:
        if document.doc_id not in truth:
            yield document
            continue
        check_spans(document.doc_id, documents[document.doc_id].text, document.spans)
        case = Case(
            documents[document.doc_id],
            tuple(joined(views[document.doc_id])),
            truth[document.doc_id],
        )
        before = Decision(document.spans, document.status == "disputed", document.rejected)
        after = overruled(case, before)
        status = document.status
        if status == "disputed" and not after.disputed:
            status = "merged"
        yield replace(document, spans=after.spans, rejected=after.rejected, status=status)
