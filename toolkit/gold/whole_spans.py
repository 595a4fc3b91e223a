"""Gold by whole spans: for long spans, which a model of units breaks at every disagreement.

People who mark long stretches agree on where something is, and less on where it begins
and ends. So each annotator who overlaps a proposed span supports it by sides: half for
the same beginning, half for the same end. Of proposals that overlap, the one with most
support wins, if it has its share of the weight of those who saw it. Annotators weigh as
much as others bear them out, span by span, in the same count without themselves.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from itertools import combinations
from statistics import median

from toolkit.gold.cases import Case, Decision, Key, decision
from toolkit.model import Span
from toolkit.spans import overlaps

NEEDED = 0.25
"""The share of support that a span needs: most people overlook most long spans."""

SIDE = 0.5
"""What the same beginning, or the same end, is worth; both are worth 1."""

ROUNDS = 5

CAUTION = 4.0
"""So many spans of the mean annotator's are added to each annotator's own."""

PAIR = 2

LOOSE = 0.65
"""Where of overlapping spans of two annotators fewer than this are the same, ends are loose: 13
to 62 % are where whole spans serve better, 71 % and more of names, of a crowd's too."""

LONG = 4
"""Spans whose median length in units is more than this are long."""

NEW = 0.05
"""A model of units that made more of its spans by itself than this breaks spans up."""

TELLING = 500
"""With fewer spans than this the share swings too far to tell."""

LOOKED_AT = 400
"""So many documents that several people saw tell whether it does."""

_UNIT = re.compile(r"[\u2e80-\uffff]|[^\W\u2e80-\uffff]+")

Votes = dict[str, float]


def serve_better(cases: Sequence[Case]) -> bool:
    """Whether whole spans serve these flat cases better than units: measured without any gold.

    They do where people differ much about ends, and spans are long or a model of units breaks
    them up: there it makes spans of its own, and a vote for exact spans finds no majority.
    """
    return _are_loose(cases) and (_are_long(cases) or broken_up(cases))


def _are_loose(cases: Sequence[Case]) -> bool:
    met = same = 0
    for case in cases:
        for one, other in combinations(case.views, 2):
            if one.annotator == other.annotator:
                continue
            keys = {span.key for span in other.spans}
            for span in one.spans:
                if any(overlaps(span, rival) for rival in other.spans):
                    met += 1
                    same += span.key in keys
    return same < LOOSE * met


def _are_long(cases: Sequence[Case]) -> bool:
    lengths = [_units(case, span) for case in cases for v in case.views for span in v.spans]
    return bool(lengths) and median(lengths) > LONG


def broken_up(cases: Sequence[Case]) -> bool:
    """Whether a model of units takes a piece of one annotator's span and a piece of another's.

    It may give spans that nobody gave, out of units that somebody marked: of a crowd's short
    names 0 to 2 %, of names in Chinese with invented faults 2 to 7 %, of mentions of groups by
    two coders 6 %, of invented long spans over half. So this tells something only where ends
    are loose.
    """
    from toolkit.gold import sequence

    shared = [case for case in cases if len({view.annotator for view in case.views}) > 1]
    shared = shared[:: max(1, len(shared) // LOOKED_AT)]
    made = new = 0
    for settled in sequence.decide(shared, sequence.QUICK, "sequence"):
        made += len(settled.spans)
        new += sum(span.label not in span.votes.values() for span in settled.spans)
    return made >= TELLING and new > NEW * made


def _units(case: Case, span: Span) -> int:
    """The length of a span in tokens, or in words and characters of scripts without spaces."""
    if case.document.tokens is None:
        return len(_UNIT.findall(case.document.text, span.start, span.end))
    starts = [start for start, _ in case.document.tokens]
    return bisect_left(starts, span.end) - bisect_left(starts, span.start)


def decide(cases: Sequence[Case]) -> Iterator[Decision]:
    """Merge flat cases by whole spans; a probability is the share of weighted support."""
    return learnt(cases)(cases)


def learnt(cases: Sequence[Case]) -> Callable[[Sequence[Case]], Iterator[Decision]]:
    """What merges any cases, with the annotators' weights that these teach."""
    return partial(_decide, _weights([_support(case) for case in cases]))


def _decide(weights: Mapping[str, float], cases: Sequence[Case]) -> Iterator[Decision]:
    for case in cases:
        given = {key: _share(votes, weights) for key, votes in _support(case).items()}
        yield decision(case, _flat(given), given, "spans")


def _support(case: Case) -> dict[Key, Votes]:
    """How far everybody who saw a proposed span supports it, from 0 to 1."""
    proposed = sorted({span.key for view in case.views for span in view.spans})
    support: dict[Key, Votes] = {}
    for key in proposed:
        wanted = Span(*key)
        votes: Votes = {}
        for view in case.views:
            if view.start <= key[0] and key[1] <= view.end:
                best = max((_alike(wanted, span) for span in view.spans), default=0.0)
                votes[view.annotator] = max(best, votes.get(view.annotator, 0.0))
        support[key] = votes
    return support


def _alike(one: Span, other: Span) -> float:
    if one.label != other.label or not overlaps(one, other):
        return 0.0
    return SIDE * (one.start == other.start) + SIDE * (one.end == other.end)


def _weights(support: Sequence[Mapping[Key, Votes]]) -> dict[str, float]:
    """What each annotator weighs: the mean share of others behind what they gave.

    Two alone teach nothing: whoever of them gives less would weigh more.
    """
    proposals = [
        votes for supported in support for votes in supported.values() if len(votes) > PAIR
    ]
    weight: dict[str, float] = {}
    for _ in range(ROUNDS):
        borne: dict[str, list[float]] = defaultdict(list)
        for votes in proposals:
            total = sum(weight.get(name, 1.0) for name in votes)
            behind = sum(weight.get(name, 1.0) * vote for name, vote in votes.items())
            for name, vote in votes.items():
                own = weight.get(name, 1.0)
                if vote == 1.0 and total > own:
                    borne[name].append((behind - own) / (total - own))
        everything = [share for shares in borne.values() for share in shares]
        mean = sum(everything) / len(everything) if everything else 0.0
        if not mean:
            break
        weight = {}
        for name, shares in borne.items():
            weight[name] = (sum(shares) / mean + CAUTION) / (len(shares) + CAUTION)
    return weight


def _share(votes: Votes, weight: Mapping[str, float]) -> float:
    total = sum(weight.get(name, 1.0) for name in votes)
    behind = sum(weight.get(name, 1.0) * vote for name, vote in votes.items())
    return behind / total if total else 0.0


def _flat(given: Mapping[Key, float]) -> dict[Key, float]:
    """The best supported spans that don't overlap; of two alike the longer, then the earlier."""
    won: dict[Key, float] = {}
    for key, share in sorted(given.items(), key=lambda one: (-one[1], one[0][0] - one[0][1], one)):
        if share >= NEEDED and all(key[1] <= other[0] or other[1] <= key[0] for other in won):
            won[key] = share
    return won
