"""The numbers of the report, counted from records; no layout here.

Agreement comes in as the JSON form of an agreement report; it was computed elsewhere,
with its intervals, and is only put in order here.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from statistics import median
from typing import Any

import msgspec
from msgspec import Struct, field

from toolkit.errors import InputError
from toolkit.model import (
    Annotation,
    Document,
    GoldDocument,
    GoldSpan,
    GoldStatus,
    Span,
    Suggestion,
    latest_annotations,
)
from toolkit.report.effects import Effects, read_effects
from toolkit.report.handling import Suggestions, tell_handling
from toolkit.report.scores import RuleScores, read_scores
from toolkit.schema import LabelSchema

CONTEXT = 14
"""Characters shown on either side of a quoted span."""

MOST_DISPUTED = 30
"""Documents in the list of disputed ones; the rest is counted."""

MOST_QUOTES = 12
"""Spans in doubt quoted from one disputed document, the least certain; the rest is counted."""

CONFIDENCE_EDGES = (0.0, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0)
"""Lower edges of the confidence bins; the last one holds exactly 1."""

STATUSES: tuple[GoldStatus, ...] = ("agreed", "merged", "disputed", "single")


class Number(Struct, frozen=True):
    """A coefficient with its interval.

    ``n`` is the number of units it rests on. ``undefined`` says why there is no value,
    or, where there is one, why it has no interval.
    """

    name: str
    value: float | None = None
    low: float | None = None
    high: float | None = None
    undefined: str | None = None
    n: int | None = None

    @property
    def reason(self) -> str:
        """Why value or interval is missing; empty where both are there."""
        if self.value is not None and self.low is not None and self.high is not None:
            return ""
        if self.undefined:
            return self.undefined
        return "no reason was given" if self.value is None else ""


class LabelMark(Struct, frozen=True):
    """How a label is shown; ``color`` is as the schema has it and not yet trusted."""

    value: str
    name: str = ""
    color: str = ""


class Corpus(Struct, frozen=True):
    """The documents, and what the rules proposed in them."""

    documents: int
    characters: int
    median_characters: float | None
    longest: int
    suggestions: int
    silent: int
    model_versions: tuple[str, ...]
    suggested: dict[str, int]


class Progress(Struct, frozen=True):
    """What one annotator did; ``seconds`` are those of the ``timed`` passages."""

    annotator: str
    documents: int
    passages: int
    skipped: int
    spans: int
    timed: int
    median_seconds: float | None
    seconds: float


class Confusion(Struct, frozen=True):
    """How often two annotators gave these two labels to the same stretch, in either order."""

    label_a: str
    label_b: str
    count: int


class Difference(Struct, frozen=True):
    """A place where two annotators differ, with what each of them marked there.

    ``text`` stands at ``text_start`` of the document and holds the spans with context.
    """

    doc_id: str
    pair: tuple[str, str]
    kind: str
    first: tuple[Span, ...]
    second: tuple[Span, ...]
    text: str
    text_start: int
    detail: str = ""


class Measure(Struct, frozen=True):
    """How a figure of the agreement report is called, and what it says."""

    title: str
    meaning: str


class Agreement(Struct, frozen=True):
    """An agreement report as this page needs it; what else it holds is left out.

    ``documents`` and ``passages`` are those that two annotators or more saw; ``kinds``
    counts all differences, ``kinds_by_annotator`` in finer form as each annotator sees the
    others; ``differences`` are examples; ``measures`` says what each number is, by its name.
    """

    overall: tuple[Number, ...] = ()
    by_label: dict[str, tuple[Number, ...]] = field(default_factory=dict)
    by_pair: dict[str, tuple[Number, ...]] = field(default_factory=dict)
    confusion: tuple[Confusion, ...] = ()
    differences: tuple[Difference, ...] = ()
    kinds: dict[str, int] = field(default_factory=dict)
    kinds_by_annotator: dict[str, dict[str, int]] = field(default_factory=dict)
    documents: int | None = None
    passages: int | None = None
    units: str | None = None
    samples: int | None = None
    seed: int | None = None
    measures: dict[str, Measure] = field(default_factory=dict)


class Quote(Struct, frozen=True):
    """A span in its surroundings."""

    before: str
    text: str
    after: str
    label: str
    confidence: float
    votes: dict[str, str | None]


class Disputed(Struct, frozen=True):
    """A document whose merge left something undecided, and the spans in doubt."""

    doc_id: str
    annotators: tuple[str, ...]
    quotes: tuple[Quote, ...]
    more: int


class GoldLabel(Struct, frozen=True):
    """The gold spans of a label."""

    label: str
    spans: int
    mean_confidence: float
    unanimous: int


class Gold(Struct, frozen=True):
    """The merged documents. ``confidence`` counts spans by ``CONFIDENCE_EDGES``."""

    documents: int
    spans: int
    labels: tuple[GoldLabel, ...]
    confidence: tuple[int, ...]
    status: dict[str, int]
    disputed: tuple[Disputed, ...]
    more_disputed: int


class ReportData(Struct, frozen=True):
    """Everything that the page shows."""

    workspace_name: str
    notice: str
    made_at: str
    labels: tuple[LabelMark, ...]
    corpus: Corpus
    progress: tuple[Progress, ...]
    annotators_a_document: dict[int, int]
    suggestions: Suggestions
    scores: RuleScores | str
    """What became of each rule's spans, or why that isn't known."""
    effects: Effects | None
    agreement: Agreement | None
    gold: Gold


def collect(
    *,
    workspace_name: str,
    notice: str,
    schema: LabelSchema,
    documents: Iterable[Document],
    suggestions: Iterable[Suggestion],
    annotations: Sequence[Annotation],
    scores: Mapping[str, Any] | str,
    agreement: Mapping[str, Any] | None,
    gold: Iterable[GoldDocument],
    made_at: str,
    anchoring: Mapping[str, Any] | None = None,
) -> ReportData:
    """Count what the report shows; documents, suggestions and gold are read once.

    Args:
        workspace_name: the title of the report.
        notice: what must be seen before all else; may be empty.
        schema: the labels; labels that it lacks are shown after its own.
        documents: the corpus.
        suggestions: what the rules proposed.
        annotations: every submission; each annotator's last one for a passage counts.
        scores: the JSON form of the scores of rules, or why there are none.
        agreement: the JSON form of an agreement report, or null.
        gold: the merged documents.
        made_at: the time that the page shows, as it is to be shown.
        anchoring: the JSON form of what suggestions do to people, or null.

    Raises:
        InputError: ``agreement``, ``scores`` or ``anchoring`` aren't in their forms.
    """
    latest = latest_annotations(list(annotations))
    seen = {(a.doc_id, a.suggested) for a in latest if a.suggested}
    shown: dict[tuple[str, str], Suggestion] = {}
    corpus_counts = _SuggestionCounts()
    for suggestion in suggestions:
        corpus_counts.add(suggestion)
        if (suggestion.doc_id, suggestion.model_version) in seen:
            shown[suggestion.doc_id, suggestion.model_version] = suggestion
    numbers = None if agreement is None else _agreement(agreement)
    judged = scores if isinstance(scores, str) else read_scores(scores)
    corpus = _corpus(documents, corpus_counts)
    handled = tell_handling(latest, shown)
    merged = _gold(gold)
    marks = [LabelMark(label.value, label.name, label.color) for label in schema.labels]
    used = {
        *corpus.suggested,
        *(row.label for row in handled.labels),
        *(row.label for row in merged.labels),
        *(numbers.by_label if numbers else ()),
        *(() if isinstance(judged, str) else _labels_of(judged)),
    }
    marks += [LabelMark(value) for value in sorted(used - set(schema.values))]
    return ReportData(
        workspace_name=workspace_name,
        notice=notice,
        made_at=made_at,
        labels=tuple(marks),
        corpus=corpus,
        progress=_progress(annotations, latest),
        annotators_a_document=_coverage(corpus.documents, latest),
        suggestions=handled,
        scores=judged,
        effects=None if anchoring is None else read_effects(anchoring),
        agreement=numbers,
        gold=merged,
    )


def _labels_of(scores: RuleScores) -> set[str]:
    return {row.label for row in scores.rules} | {row.label for row in scores.work if row.label}


class _SuggestionCounts(Struct):
    suggestions: int = 0
    silent: int = 0
    versions: set[str] = field(default_factory=set)
    labels: Counter[str] = field(default_factory=Counter)

    def add(self, suggestion: Suggestion) -> None:
        self.suggestions += 1
        self.silent += not suggestion.spans
        self.versions.add(suggestion.model_version)
        self.labels.update(span.label for span in suggestion.spans)


def _corpus(documents: Iterable[Document], counts: _SuggestionCounts) -> Corpus:
    lengths = [len(document.text) for document in documents]
    return Corpus(
        documents=len(lengths),
        characters=sum(lengths),
        median_characters=median(lengths) if lengths else None,
        longest=max(lengths, default=0),
        suggestions=counts.suggestions,
        silent=counts.silent,
        model_versions=tuple(sorted(counts.versions)),
        suggested=dict(counts.labels),
    )


def _progress(
    submissions: Iterable[Annotation], latest: Iterable[Annotation]
) -> tuple[Progress, ...]:
    touched: defaultdict[str, set[tuple[str, int, int | None]]] = defaultdict(set)
    for annotation in submissions:
        touched[annotation.annotator].add(annotation.passage)
    done: defaultdict[str, list[Annotation]] = defaultdict(list)
    for annotation in latest:
        done[annotation.annotator].append(annotation)
    rows = []
    for annotator in sorted(touched):
        own = done[annotator]
        seconds = [a.lead_time for a in own if a.lead_time is not None]
        rows.append(
            Progress(
                annotator=annotator,
                documents=len({a.doc_id for a in own}),
                passages=len(own),
                skipped=len(touched[annotator]) - len(own),
                spans=sum(len(a.spans) for a in own),
                timed=len(seconds),
                median_seconds=median(seconds) if seconds else None,
                seconds=sum(seconds),
            )
        )
    return tuple(rows)


def _coverage(documents: int, latest: Iterable[Annotation]) -> dict[int, int]:
    """Number of annotators → documents that so many people worked on, 0 included."""
    people: defaultdict[str, set[str]] = defaultdict(set)
    for annotation in latest:
        people[annotation.doc_id].add(annotation.annotator)
    counts = Counter(len(names) for names in people.values())
    counts[0] = max(0, documents - len(people))
    return {number: counts[number] for number in sorted(counts) if counts[number]}


def _agreement(report: Mapping[str, Any]) -> Agreement:
    try:
        return msgspec.convert(report, Agreement)
    except msgspec.ValidationError as error:
        raise InputError(
            f"the agreement figures aren't in the form of an agreement report ({error})",
            "Make them with 'toolkit agreement --json'.",
        ) from None


def _gold(gold: Iterable[GoldDocument]) -> Gold:
    documents = 0
    confidences: defaultdict[str, list[float]] = defaultdict(list)
    bins = [0] * len(CONFIDENCE_EDGES)
    status: Counter[str] = Counter(dict.fromkeys(STATUSES, 0))
    disputed: list[Disputed] = []
    more = 0
    for document in gold:
        documents += 1
        status[document.status] += 1
        for span in document.spans:
            confidences[span.label].append(span.confidence)
            bins[max(i for i, edge in enumerate(CONFIDENCE_EDGES) if span.confidence >= edge)] += 1
        if document.status == "disputed":
            if len(disputed) < MOST_DISPUTED:
                disputed.append(_disputed(document))
            else:
                more += 1
    return Gold(
        documents=documents,
        spans=sum(bins),
        labels=tuple(
            GoldLabel(label, len(all_), sum(all_) / len(all_), sum(c == 1 for c in all_))
            for label, all_ in confidences.items()
        ),
        confidence=tuple(bins),
        status=dict(status),
        disputed=tuple(disputed),
        more_disputed=more,
    )


def _disputed(document: GoldDocument) -> Disputed:
    doubtful = sorted(filter(_in_doubt, document.spans), key=lambda span: span.confidence)
    quotes = [
        Quote(*_cut(document.text, s.start, s.end), s.label, s.confidence, s.votes)
        for s in sorted(doubtful[:MOST_QUOTES])
    ]
    more = max(0, len(doubtful) - MOST_QUOTES)
    return Disputed(document.doc_id, document.annotators, tuple(quotes), more)


def _in_doubt(span: GoldSpan) -> bool:
    return span.confidence < 1 or len(set(span.votes.values())) > 1


def _cut(text: str, start: int, end: int) -> tuple[str, str, str]:
    return text[max(0, start - CONTEXT) : start], text[start:end], text[end : end + CONTEXT]
