"""What is merged: a document as its annotators saw it; and what comes of it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from itertools import chain
from operator import attrgetter

from msgspec import Struct

from toolkit.model import Alternative, Document, GoldSpan, Span


class View(Struct, frozen=True):
    """What one annotator saw of a document, ``[start, end)``, and marked in it."""

    annotator: str
    start: int
    end: int
    spans: tuple[Span, ...]


class Case(Struct, frozen=True):
    """One document as its annotators saw it. Views are in order of place and annotator.

    ``truth`` is what reviewers decided, in order of place; no two of these overlap. A
    method may learn from it, and doesn't have to: its result is overruled there.
    """

    document: Document
    views: tuple[View, ...]
    truth: tuple[View, ...] = ()


Key = tuple[int, int, str]


class Decision(Struct, frozen=True):
    """What a method decides for one case.

    ``disputed``: it could not tell, and says so. ``rejected``: what somebody gave where
    nothing won. ``words``: how probable spans are by their strings alone, where the method
    knows (``toolkit.gold.confidence``).
    """

    spans: tuple[GoldSpan, ...]
    disputed: bool
    rejected: tuple[Alternative, ...] = ()
    words: Mapping[Key, float] = {}


DOUBT = 0.6
"""A document is disputed where what won is less credible than this, or what lost more than
``1 - DOUBT``."""


def is_doubtful(spans: Iterable[GoldSpan], rejected: Iterable[Alternative]) -> bool:
    """Whether what won is hardly credible, or what lost is too credible."""
    lost = chain(rejected, (one for span in spans for one in span.alternatives))
    return any(span.confidence < DOUBT for span in spans) or any(
        one.confidence > 1 - DOUBT for one in lost
    )


def decision(
    case: Case, won: Mapping[Key, float], given: Mapping[Key, float], method: str
) -> Decision:
    """The decision that ``won`` are gold, of the spans ``given`` by somebody.

    Both are flat spans with their probabilities; who gave what is read off the case.
    """
    givers: dict[Key, list[str]] = defaultdict(list)
    for view in case.views:
        for span in view.spans:
            givers[span.start, span.end, span.label].append(view.annotator)
    lost = [
        Alternative(
            *key,
            text=case.document.text[key[0] : key[1]],
            confidence=confidence,
            annotators=tuple(sorted(givers[key])),
        )
        for key, confidence in given.items()
        if key not in won
    ]
    lost.sort(key=lambda one: (-one.confidence, one.key))
    spans: list[GoldSpan] = []
    beaten: set[Key] = set()
    ballots = _ballots(case.views)
    for key, confidence in sorted(won.items()):
        votes = _votes_at(ballots, key[0], key[1])
        rivals = tuple(one for one in lost if one.start < key[1] and key[0] < one.end)
        beaten.update(one.key for one in rivals)
        spans.append(
            GoldSpan(
                *key,
                text=case.document.text[key[0] : key[1]],
                confidence=confidence,
                votes=votes,
                decided_by=method if len(votes) > 1 else "single",
                alternatives=rivals,
            )
        )
    rejected = tuple(one for one in lost if one.key not in beaten)
    return Decision(tuple(spans), is_doubtful(spans, rejected), rejected)


_Ballot = tuple[View, dict[tuple[int, int], str]]
"""A view, with the label that its annotator gave at each pair of offsets."""


def _ballots(views: Iterable[View]) -> list[_Ballot]:
    ballots = []
    for view in sorted(views, key=attrgetter("annotator")):
        labels: dict[tuple[int, int], str] = {}
        for span in view.spans:
            place = (span.start, span.end)
            labels[place] = min(span.label, labels.get(place, span.label))
        ballots.append((view, labels))
    return ballots


def _votes_at(ballots: Iterable[_Ballot], start: int, end: int) -> dict[str, str | None]:
    votes: dict[str, str | None] = {}
    for view, labels in ballots:
        if view.start <= start and end <= view.end:
            votes[view.annotator] = labels.get((start, end), votes.get(view.annotator))
    return votes


def joined(views: Iterable[View]) -> list[View]:
    """Views of which no two of one annotator overlap: such two become one."""
    by_annotator: dict[str, list[View]] = defaultdict(list)
    for view in sorted(views, key=lambda view: (view.start, view.end)):
        mine = by_annotator[view.annotator]
        if mine and view.start < mine[-1].end:
            last = mine.pop()
            spans = tuple(sorted({s.key: s for s in (*last.spans, *view.spans)}.values()))
            view = View(view.annotator, last.start, max(last.end, view.end), spans)  # noqa: PLW2901
        mine.append(view)
    return sorted(
        (view for mine in by_annotator.values() for view in mine),
        key=lambda view: (view.start, view.end, view.annotator),
    )
