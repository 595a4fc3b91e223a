"""Where annotators differ, ordered by what a reviewer's decision would change most."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from statistics import median
from typing import Literal

from msgspec import Struct

from toolkit.gold.cases import View, joined
from toolkit.gold.review import truths
from toolkit.model import (
    Alternative,
    Annotation,
    Document,
    GoldDocument,
    GoldSpan,
    Passage,
    Span,
    latest_annotations,
)
from toolkit.records import counted_annotations

Kind = Literal["presence", "boundary", "label"]
"""What is in question: whether there is a span, how far it goes, what it is."""


class Question(Struct, frozen=True):
    """Spans of one place that not all gave.

    ``answers`` are the different spans that somebody, or gold, has there, the most
    credible first, each with its confidence and who gave it; ``nothing`` are those who
    saw the place and gave none. ``gain`` is how many wrong or missing spans a decision is
    expected to mend: 1 - confidence of each gold span in question, and the confidence of
    each that lost to none.
    """

    kinds: tuple[Kind, ...]
    answers: tuple[Alternative, ...]
    nothing: tuple[str, ...]
    gain: float


class Doubt(Struct, frozen=True):
    """What makes gold doubtful besides annotators who differ: a place, and why.

    ``gain`` is how many wrong or missing spans a decision is expected to mend.
    """

    start: int
    end: int
    why: str
    gain: float


class Dispute(Struct, frozen=True):
    """A passage on which annotators differ, or that is doubtful for another reason.

    ``versions`` are the spans of each annotator who saw all of it, in offsets of the
    document; ``seconds`` is the time that a decision is expected to take.
    """

    passage: Passage
    versions: dict[str, tuple[Span, ...]]
    gold: tuple[GoldSpan, ...]
    questions: tuple[Question, ...]
    seconds: float
    doubts: tuple[Doubt, ...] = ()

    @property
    def gain(self) -> float:
        """How many wrong or missing gold spans a decision is expected to mend."""
        return sum(one.gain for one in self.questions) + sum(one.gain for one in self.doubts)

    @property
    def per_minute(self) -> float:
        """The gain for a minute of a reviewer's time."""
        return 60 * self.gain / self.seconds


class Effort(Struct, frozen=True):
    """How long a decision takes, in seconds: to open it, for each character, for each question.

    The defaults are for careful reading, at half the 400 characters a minute of silent
    reading (Brysbaert 2019, "How many words do we read per minute?", has 260 words).
    """

    opening: float = 4.0
    character: float = 0.3
    question: float = 5.0

    def seconds(self, characters: int, questions: int) -> float:
        """What a passage with so many questions takes."""
        return self.opening + self.character * characters + self.question * questions


TIMED = 30
"""So many timed annotations tell how quick people are here."""


def measured_effort(annotations: Iterable[Annotation], documents: Mapping[str, Document]) -> Effort:
    """``Effort`` in proportion, at the pace at which these annotations were given.

    The pace is the median of the time that a passage took over the time that the defaults
    give it; with fewer than ``TIMED`` times it is that of the defaults.
    """
    usual = Effort()
    ratios = []
    for one in latest_annotations(annotations):
        if one.lead_time and one.doc_id in documents:
            end = len(documents[one.doc_id].text) if one.end is None else one.end
            ratios.append(one.lead_time / usual.seconds(end - one.start, len(one.spans)))
    if len(ratios) < TIMED:
        return usual
    pace = median(ratios)
    return Effort(usual.opening * pace, usual.character * pace, usual.question * pace)


def disputes(  # noqa: PLR0917 - one argument for each thing that disputes are made of
    gold: Iterable[GoldDocument],
    annotations: Sequence[Annotation],
    documents: Mapping[str, Document],
    reviews: Sequence[Annotation],
    cut: Callable[[Document], Iterable[Passage]],
    effort: Effort,
) -> list[Dispute]:
    """The passages on which annotators differ and no reviewer decided, the most worthwhile first.

    Spans that cross the end of a passage are left out: no decision about it can have them.

    Args:
        gold: of these annotations.
        annotations: may be a history.
        documents: by id.
        reviews: what was decided; may be a history.
        cut: cuts a document into passages.
        effort: how long a decision takes.

    Raises:
        InputError: an annotation's document isn't among the documents.
        OffsetError: a span or a passage doesn't fit its text.
    """
    views: dict[str, list[View]] = defaultdict(list)
    for one in counted_annotations(annotations, documents):
        end = len(documents[one.doc_id].text) if one.end is None else one.end
        views[one.doc_id].append(View(one.annotator, one.start, end, one.spans))
    decided = truths(reviews, documents)
    found = []
    for document in gold:
        seen = joined(views.get(document.doc_id, ()))
        if len({view.annotator for view in seen}) < 2:  # noqa: PLR2004 - it takes two to differ
            continue
        done = decided.get(document.doc_id, ())
        for passage in cut(documents[document.doc_id]):
            if not _is_decided(passage, done):
                found += _dispute(passage, document, seen, effort)
    return _most_worthwhile_first(found)


def doubted(
    doubts: Mapping[str, Sequence[Doubt]],
    gold: Iterable[GoldDocument],
    cut: Callable[[GoldDocument], Iterable[Passage]],
    decided: Mapping[str, Sequence[View]],
    effort: Effort,
) -> list[Dispute]:
    """The passages of gold that doubts lie in and no reviewer decided, the most worthwhile first.

    A doubt over the border of two passages belongs to the one that it begins in.

    Args:
        doubts: by document.
        gold: the documents.
        cut: cuts a document into passages.
        decided: what reviewers decided, by document (``toolkit.gold.review.truths``).
        effort: how long a decision takes.
    """
    found = []
    for document in gold:
        if document.doc_id not in doubts:
            continue
        done = decided.get(document.doc_id, ())
        for passage in cut(document):
            inside = [d for d in doubts[document.doc_id] if passage.start <= d.start < passage.end]
            if not inside or _is_decided(passage, done):
                continue
            spans = tuple(s for s in document.spans if _is_inside(s, passage))
            inside.sort(key=lambda one: (-one.gain, one.start, one.end, one.why))
            seconds = effort.seconds(len(passage.text), len(inside))
            found.append(Dispute(passage, {}, spans, (), seconds, tuple(inside)))
    return _most_worthwhile_first(found)


def _most_worthwhile_first(found: Iterable[Dispute]) -> list[Dispute]:
    return sorted(found, key=lambda one: (-one.per_minute, one.passage.doc_id, one.passage.start))


def _is_decided(passage: Passage, decided: Iterable[View]) -> bool:
    return any(one.start <= passage.start and passage.end <= one.end for one in decided)


def _is_inside(span: Span, passage: Passage) -> bool:
    return passage.start <= span.start and span.end <= passage.end


def _dispute(
    passage: Passage, gold: GoldDocument, views: Sequence[View], effort: Effort
) -> list[Dispute]:
    """The passage as a dispute, if it is one."""

    def inside(span: Span) -> bool:
        return _is_inside(span, passage)

    versions = {
        view.annotator: tuple(sorted(filter(inside, view.spans)))
        for view in views
        if view.start <= passage.start and passage.end <= view.end
    }
    if len({frozenset(span.key for span in spans) for spans in versions.values()}) < 2:  # noqa: PLR2004 - to differ
        return []
    golden = tuple(filter(inside, gold.spans))
    lost = [*gold.rejected, *(one for span in gold.spans for one in span.alternatives)]
    questions = tuple(_questions(versions, golden, tuple(filter(inside, lost))))
    if not questions:
        return []
    seconds = effort.seconds(len(passage.text), len(questions))
    return [Dispute(passage, versions, golden, questions, seconds)]


def _questions(
    versions: Mapping[str, Sequence[Span]],
    gold: Sequence[GoldSpan],
    lost: Sequence[Alternative],
) -> Iterator[Question]:
    """What is in question: places of overlapping spans where not all gave the same."""
    credible = {one.key: one.confidence for one in lost}
    credible |= {span.key: span.confidence for span in gold}
    texts = {span.key: span.text for span in gold}
    givers: dict[tuple[int, int, str], list[str]] = {span.key: [] for span in gold}
    for name, spans in versions.items():
        for span in spans:
            givers.setdefault(span.key, []).append(name)
            texts.setdefault(span.key, span.text)
    golden = {span.key for span in gold}
    for place in _places(givers):
        open_ = [key for key in place if len(givers[key]) < len(versions)]
        if not open_:
            continue
        answers = [
            Alternative(
                *key,
                text=texts[key],
                confidence=credible.get(key, 0.0),
                annotators=tuple(sorted(givers[key])),
            )
            for key in open_
        ]
        answers.sort(key=lambda one: (-one.confidence, one.key))
        silent = sorted(set(versions).difference(*(givers[key] for key in place)))
        yield Question(
            tuple(_kinds(open_, silent=bool(silent))),
            tuple(answers),
            tuple(silent),
            _gain(answers, golden),
        )


def _places(keys: Iterable[tuple[int, int, str]]) -> Iterator[list[tuple[int, int, str]]]:
    """Spans that overlap, directly or by others, together."""
    place: list[tuple[int, int, str]] = []
    reach = 0
    for key in sorted(keys):
        if place and key[0] >= reach:
            yield place
            place = []
        place.append(key)
        reach = max(reach, key[1]) if len(place) > 1 else key[1]
    if place:
        yield place


def _kinds(keys: Sequence[tuple[int, int, str]], *, silent: bool) -> Iterator[Kind]:
    offsets = {key[:2] for key in keys}
    if silent:
        yield "presence"
    if len(offsets) > 1:
        yield "boundary"
    if len(offsets) < len(keys):
        yield "label"


def _gain(answers: Iterable[Alternative], golden: set[tuple[int, int, str]]) -> float:
    answers = list(answers)
    won = [one for one in answers if one.key in golden]
    gain = sum(1.0 - one.confidence for one in won)
    for one in answers:
        beaten = any(w.start < one.end and one.start < w.end for w in won)
        if one.key not in golden and not beaten:
            gain += one.confidence
    return gain
