"""The records that travel between the parts: frozen, slotted, one JSON object each.

All offsets are half-open Unicode code points of ``Document.text``. ``text`` beside
a span's offsets is the slice it claims to be; ``toolkit.spans.check_spans`` compares
the two at every border.
"""

from __future__ import annotations

import sys
from bisect import insort
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from itertools import pairwise
from typing import Literal

from msgspec import Struct, field, structs

from toolkit.errors import RecordError

Origin = Literal["suggested", "changed", "added"]
"""Where an annotator's span came from: a suggestion left as it was, a suggestion
that was changed, or the annotator's own hand."""

GoldStatus = Literal["agreed", "merged", "disputed", "single"]
"""How a gold document came about: all annotators gave the same spans; they differed
and the merge settled it; the evidence is thin or tied; there was one annotator."""


class Span(Struct, frozen=True, omit_defaults=True, gc=False):
    """A labelled stretch of ``Document.text``: ``start`` inclusive, ``end`` exclusive.

    Spans of all kinds sort together: by start, end and label. No span can hold itself, so
    the garbage collector, which looks for circles, passes them over (``gc``).
    """

    start: int
    end: int
    label: str
    text: str | None = None

    @property
    def key(self) -> tuple[int, int, str]:
        """What makes two spans the same annotation: offsets and label."""
        return (self.start, self.end, self.label)

    # Not msgspec's order=True: that compares ``text`` too, and null with a string fails.
    def __lt__(self, other: object) -> bool:
        return self.key < other.key if isinstance(other, Span) else NotImplemented


class SuggestedSpan(Span, frozen=True, omit_defaults=True, kw_only=True):
    """A span that a rule proposes. ``score`` is between 0 and 1.

    ``value`` is the normal value of a time, an amount or a number, empty where there is
    none; ``flags`` say what has to be known about it (``toolkit.rules.values``).
    """

    rule: str = ""
    score: float = 1.0
    value: str = ""
    flags: tuple[str, ...] = ()


class AnnotatedSpan(Span, frozen=True, omit_defaults=True, kw_only=True):
    """A span that an annotator gave. ``rule`` is the rule it was suggested by, if any."""

    origin: Origin = "added"
    rule: str = ""


class Alternative(Span, frozen=True, omit_defaults=True, kw_only=True):
    """A span that somebody gave and that didn't become gold.

    ``confidence`` is the merge method's, on the scale of the gold spans'; ``annotators``
    are those who gave exactly this span.
    """

    confidence: float = 0.0
    annotators: tuple[str, ...] = ()


class GoldSpan(Span, frozen=True, omit_defaults=True, kw_only=True):
    """A merged span.

    ``confidence`` is between 0 and 1 and means what the merge method says it means;
    ``votes`` gives each annotator's label at exactly these offsets, or null;
    ``decided_by`` is the method or the person that decided; ``alternatives`` are the
    spans that lost to this one, the most credible first.
    """

    confidence: float = 1.0
    votes: dict[str, str | None] = field(default_factory=dict)
    decided_by: str = ""
    alternatives: tuple[Alternative, ...] = ()


class Source(Struct, frozen=True):
    """The raw file of a document. ``path`` is relative to the workspace where it can be."""

    path: str
    sha256: str
    encoding: str


Segment = tuple[int, int, int, int]
"""``(start, end, raw_start, raw_end)``: text[start:end] came from raw[raw_start:raw_end].

Where both sides have the same length, characters correspond one to one; where they
differ, the stretch as a whole stands for the raw stretch. Segments are in order,
don't overlap, and cover the text; raw characters that no segment covers were dropped.
"""


class Document(Struct, frozen=True, omit_defaults=True):
    """One text with its address in the raw file.

    ``tokens`` are optional unit boundaries ``[[start, end], …]`` for agreement and
    merging; without them the units are characters. ``damaged`` are the stretches of the
    text, in order, whose characters are lost for good, so that nobody knows what they were.
    """

    id: str
    text: str
    meta: dict[str, str] = field(default_factory=dict)
    source: Source | None = None
    alignment: tuple[Segment, ...] = ()
    tokens: tuple[tuple[int, int], ...] | None = None
    damaged: tuple[tuple[int, int], ...] = ()


class Passage(Struct, frozen=True):
    """The part of a document that becomes one Label Studio task."""

    doc_id: str
    start: int
    end: int
    text: str


class Suggestion(Struct, frozen=True):
    """What the rules propose for a document. No spans means: looked, found nothing."""

    doc_id: str
    model_version: str
    spans: tuple[SuggestedSpan, ...] = ()


class Annotation(Struct, frozen=True, omit_defaults=True):
    """One person's spans for one passage (the whole document where ``end`` is null).

    Times are ISO 8601 in UTC; ``lead_time`` is seconds spent; ``suggested`` is the
    model version whose suggestions the annotator was shown, null where none were.

    ``edited_by`` is who changed it last, where that is somebody else; ``deleted_at`` is
    when a pull first missed it on the server, null while it is there. ``project`` is the
    server's project, by id and by the moment that it was made, so that no other server's
    is taken for it.
    """

    doc_id: str
    annotator: str
    spans: tuple[AnnotatedSpan, ...] = ()
    start: int = 0
    end: int | None = None
    task_id: int | None = None
    annotation_id: int | None = None
    created_at: str | None = None
    updated_at: str | None = None
    lead_time: float | None = None
    skipped: bool = False
    suggested: str | None = None
    edited_by: str | None = None
    deleted_at: str | None = None
    project: str | None = None

    @property
    def passage(self) -> tuple[str, int, int | None]:
        """The passage that was annotated: ``(doc_id, start, end)``."""
        return (self.doc_id, self.start, self.end)


_OPEN_END = sys.maxsize
"""Where a passage ends that is its whole document."""


class GoldDocument(Struct, frozen=True, omit_defaults=True):
    """A document's merged spans, with who stood behind them.

    ``meta`` is the document's own. ``rejected`` are the spans that somebody gave where
    gold has none, the most credible first; those that lost to a gold span stand with it.
    """

    doc_id: str
    text: str
    spans: tuple[GoldSpan, ...] = ()
    annotators: tuple[str, ...] = ()
    status: GoldStatus = "agreed"
    meta: dict[str, str] = field(default_factory=dict)
    rejected: tuple[Alternative, ...] = ()


def latest_annotations(annotations: Iterable[Annotation]) -> list[Annotation]:
    """What counts of a history: each annotator's last word on each stretch of text.

    The last word is the record with the latest ``updated_at`` (``created_at`` where that
    is missing); where one of two records has no time, or both have the same, it is the
    later in the list. A skip is a word too: who skips a passage after having submitted
    it takes the submission back, and nothing of theirs counts there until they submit
    again. What was deleted on the server doesn't count, and what the annotator had given
    there in another annotation counts again. The history itself keeps all records.

    Where one annotator's passages overlap, because a document was cut anew, the later one
    counts as a whole. Of the earlier one counts what is left of it: the parts that no
    later one covers, less what a span reaches into that isn't wholly inside of them.

    Returns:
        Submissions, none of them skipped or deleted, by document, passage and annotator;
        no two of an annotator overlap.

    Raises:
        RecordError: a time isn't ISO 8601.
    """
    latest: dict[tuple[str, int, int | None, str], tuple[datetime | None, int, Annotation]] = {}
    for number, annotation in enumerate(annotations):
        if annotation.deleted_at is not None:
            continue
        key = (*annotation.passage, annotation.annotator)
        time = submitted_at(annotation)
        known, _, _ = latest.get(key, (None, 0, None))
        if known is None or time is None or time >= known:
            latest[key] = (time, number, annotation)
    by_reader: dict[tuple[str, str], list[tuple[datetime | None, int, Annotation]]] = {}
    for word in latest.values():
        if not word[2].skipped:
            by_reader.setdefault((word[2].doc_id, word[2].annotator), []).append(word)
    found = [one for words in by_reader.values() for one in _each_stretch_once(words)]
    return sorted(found, key=lambda a: (a.doc_id, a.start, a.end is None, a.end or 0, a.annotator))


def latest_decisions(reviews: Iterable[Annotation]) -> list[Annotation]:
    """What counts of reviewers' decisions: the last one on each stretch, whoever it is by.

    Of each reviewer counts what ``latest_annotations`` says; of two who decided the same
    stretch counts who did so later, and of the earlier decision what is left of it.

    Returns:
        Decisions of which no two overlap, by document and place.

    Raises:
        RecordError: a time isn't ISO 8601.
    """
    by_document: dict[str, list[tuple[datetime | None, int, Annotation]]] = {}
    for number, one in enumerate(latest_annotations(reviews)):
        by_document.setdefault(one.doc_id, []).append((submitted_at(one), number, one))
    found = [one for words in by_document.values() for one in _each_stretch_once(words)]
    return sorted(found, key=lambda one: (one.doc_id, one.start, one.annotator))


def _each_stretch_once(
    words: list[tuple[datetime | None, int, Annotation]],
) -> Iterator[Annotation]:
    """Words on one document, each less what a later one covers."""
    words.sort(key=lambda word: word[2].start)
    if all(_end(a) <= b.start for (_, _, a), (_, _, b) in pairwise(words)):
        yield from (annotation for _, _, annotation in words)
        return
    # Where one has no time, the list is all the order there is.
    timed = all(time is not None for time, _, _ in words)
    words.sort(key=lambda word: (word[0] or datetime.min, word[1]) if timed else word[1])
    covered: list[tuple[int, int]] = []
    for _, _, annotation in reversed(words):
        whole = (annotation.start, _end(annotation))
        for start, end in _uncovered(*whole, covered):
            piece = annotation if (start, end) == whole else _piece(annotation, start, end)
            if piece is not None:
                yield piece
        insort(covered, whole)


def _uncovered(start: int, end: int, covered: list[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """The parts of a stretch that none of the others, sorted by their starts, cover."""
    for other_start, other_end in covered:
        if start < other_start < end:
            yield start, other_start
        if other_start < end:
            start = max(start, other_end)
    if start < end:
        yield start, end


def _piece(annotation: Annotation, start: int, end: int) -> Annotation | None:
    """A part of an annotation's passage that no span crosses the ends of; None if none is left."""
    for span in sorted(annotation.spans):
        if span.start < start < span.end:
            start = span.end
    for span in sorted(annotation.spans, key=lambda span: span.end, reverse=True):
        if span.start < end < span.end:
            end = span.start
    if start >= end:
        return None
    inside = tuple(span for span in annotation.spans if start <= span.start and span.end <= end)
    last = None if end == _OPEN_END else end
    return structs.replace(annotation, start=start, end=last, spans=inside)


def _end(annotation: Annotation) -> int:
    return _OPEN_END if annotation.end is None else annotation.end


def submitted_at(annotation: Annotation) -> datetime | None:
    """When the annotation was submitted last, in UTC; a time without an offset is UTC.

    Raises:
        RecordError: the time isn't ISO 8601.
    """
    return _read_time(annotation, annotation.updated_at or annotation.created_at)


def begun_at(annotation: Annotation) -> datetime | None:
    """When the annotation was made at first, in UTC; a time without an offset is UTC.

    Raises:
        RecordError: the time isn't ISO 8601.
    """
    return _read_time(annotation, annotation.created_at or annotation.updated_at)


def _read_time(annotation: Annotation, written: str | None) -> datetime | None:
    if not written:
        return None
    try:
        time = datetime.fromisoformat(written)
        return time.astimezone(UTC) if time.tzinfo else time.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        raise RecordError(
            f"annotation of document {annotation.doc_id!r} by {annotation.annotator!r}: "
            f"{written!r} is not an ISO 8601 time",
            "Write times like 2020-01-25T08:30:00Z.",
        ) from None
