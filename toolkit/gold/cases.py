"""What is merged: a document as its annotators saw it; and what comes of it."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from itertools import accumulate
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

    @property
    def size(self) -> int:
        """Characters times those who read them."""
        return sum(view.end - view.start for view in self.views)


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


def labels_in(cases: Sequence[Case]) -> tuple[str, ...]:
    """The labels that somebody gave or decided, in order."""
    return tuple(
        sorted({s.label for case in cases for v in (*case.views, *case.truth) for s in v.spans})
    )


def annotators_in(cases: Sequence[Case]) -> tuple[str, ...]:
    """Those who saw any of it, in order."""
    return tuple(sorted({view.annotator for case in cases for view in case.views}))


DOUBT = 0.6
"""A document is disputed where what won is less credible than this, or what lost more than
``1 - DOUBT``."""


def is_doubtful(spans: Iterable[GoldSpan], rejected: Iterable[Alternative]) -> bool:
    """Whether what won is hardly credible, or what lost is too credible."""
    for span in spans:
        if span.confidence < DOUBT:
            return True
        for one in span.alternatives:
            if one.confidence > 1 - DOUBT:
                return True
    return any(one.confidence > 1 - DOUBT for one in rejected)


def decision(
    case: Case, won: Mapping[Key, float], given: Mapping[Key, float], method: str
) -> Decision:
    """The decision that ``won`` are gold, of the spans ``given`` by somebody.

    Both are flat spans with their probabilities; who gave what is read off the case.
    """
    if not won and not given:
        return Decision((), disputed=False)
    text = case.document.text
    givers, ballots = _given(case.views)
    losers = sorted((-confidence, key) for key, confidence in given.items() if key not in won)
    lost = [
        Alternative(
            *key,
            text[key[0] : key[1]],
            confidence=-negative,
            annotators=tuple(givers.get(key, ())),
        )
        for negative, key in losers
    ]
    winners = sorted(won)
    rivals = _rivals(winners, [key for _, key in losers])
    beaten = {place for places in rivals.values() for place in places}
    spans: list[GoldSpan] = []
    for number, key in enumerate(winners):
        confidence = won[key]
        start, end, _ = key
        votes = _votes_at(ballots, start, end)
        spans.append(
            GoldSpan(
                *key,
                text[start:end],
                confidence=confidence,
                votes=votes,
                decided_by=method if len(votes) > 1 else "single",
                alternatives=tuple([lost[place] for place in rivals.get(number, ())]),
            )
        )
    return Decision(
        tuple(spans),
        any(confidence < DOUBT for confidence in won.values())
        or any(-negative > 1 - DOUBT for negative, _ in losers),
        tuple([one for place, one in enumerate(lost) if place not in beaten]),
    )


def _rivals(winners: Sequence[Key], losers: Sequence[Key]) -> dict[int, list[int]]:
    """By the number of a winner, which are in order, the numbers of losers that overlap it."""
    rivals: dict[int, list[int]] = {}
    if winners and losers:
        starts = [start for start, _, _ in winners]
        reach = list(accumulate((end for _, end, _ in winners), max))
        for place, (start, end, _) in enumerate(losers):
            # All before the first have ended by then; all from the last on begin too late.
            for number in range(bisect_right(reach, start), bisect_left(starts, end)):
                if start < winners[number][1]:
                    rivals.setdefault(number, []).append(place)
    return rivals


_Ballot = tuple[int, int, str, dict[tuple[int, int], str]]
"""What an annotator saw, who it is, and the label they gave at each pair of offsets."""


def _given(views: Iterable[View]) -> tuple[dict[Key, list[str]], list[_Ballot]]:
    """Who gave each span, and the ballots, both by annotator."""
    givers: dict[Key, list[str]] = {}
    ballots: list[_Ballot] = []
    for view in sorted(views, key=attrgetter("annotator")):
        name = view.annotator
        labels: dict[tuple[int, int], str] = {}
        for span in view.spans:
            start, end, label = span.start, span.end, span.label
            givers.setdefault((start, end, label), []).append(name)
            place = (start, end)
            labels[place] = min(label, labels.get(place, label))
        ballots.append((view.start, view.end, name, labels))
    return givers, ballots


def _votes_at(ballots: Iterable[_Ballot], start: int, end: int) -> dict[str, str | None]:
    place = (start, end)
    votes: dict[str, str | None] = {}
    for first, last, name, labels in ballots:
        if first <= start and end <= last:
            votes[name] = labels.get(place, votes.get(name))
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
