"""The span vote."""

from __future__ import annotations

import random
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from toolkit.errors import UsageError
from toolkit.gold.cases import View
from toolkit.gold.vote import Outcome, vote
from toolkit.model import Span
from toolkit.spans import is_flat

SPANS = st.lists(
    st.builds(
        lambda start, length, label: Span(start, start + length, label),
        st.integers(0, 20),
        st.integers(1, 8),
        st.sampled_from(["LOC", "ORG", "TIME"]),
    ),
    max_size=5,
)
VIEWS = st.lists(SPANS, min_size=1, max_size=5).map(
    lambda many: [View(f"annotator {i}", 0, 30, tuple(spans)) for i, spans in enumerate(many)]
)


def seen(**spans: list[tuple[int, int, str]]) -> list[View]:
    """Views of one passage of 30 characters, by annotator."""
    return [View(who, 0, 30, tuple(Span(*s) for s in given)) for who, given in spans.items()]


def won(outcome: Outcome) -> list[tuple[int, int, str]]:
    """The winners as offsets and label."""
    return [(winner.start, winner.end, winner.label) for winner in outcome.winners]


def test_half_is_enough() -> None:
    """A span that one of two gave is kept, and leaves the document disputed."""
    outcome = vote(seen(anna=[(0, 3, "ORG")], bo=[]))
    assert won(outcome) == [(0, 3, "ORG")]
    assert outcome.disputed
    assert outcome.winners[0].votes == {"anna": "ORG", "bo": None}
    assert outcome.winners[0].share == Fraction(1, 2)


def test_less_than_half_is_not_enough() -> None:
    """A span that one of three gave is dropped, and nothing is disputed."""
    outcome = vote(seen(anna=[(0, 3, "ORG")], bo=[], chen=[]))
    assert outcome == Outcome((), disputed=False)


def test_place_is_voted_before_label() -> None:
    """Three who mark a stretch with three labels agree that an entity is there."""
    outcome = vote(seen(anna=[(0, 3, "ORG")], bo=[(0, 3, "LOC")], chen=[(0, 3, "FAC")]))
    assert won(outcome) == [(0, 3, "FAC")]
    assert outcome.disputed
    assert outcome.winners[0].share == Fraction(1, 3)


def test_most_frequent_label_wins() -> None:
    """Two against one on the label is decided, not disputed."""
    outcome = vote(seen(anna=[(0, 3, "ORG")], bo=[(0, 3, "LOC")], chen=[(0, 3, "ORG")]))
    assert won(outcome) == [(0, 3, "ORG")]
    assert not outcome.disputed


def test_of_overlapping_winners_the_one_with_more_votes_stays() -> None:
    """Nested spans give one gold span: the one that more people marked."""
    outer, inner = (0, 9, "ORG"), (0, 3, "LOC")
    outcome = vote(seen(anna=[outer, inner], bo=[inner], chen=[outer, inner]))
    assert won(outcome) == [inner]
    assert not outcome.disputed


def test_equal_overlapping_winners_are_disputed_and_the_longer_stays() -> None:
    """One against one on the boundary keeps the longer span and says that it was a tie."""
    outcome = vote(seen(anna=[(0, 3, "LOC")], bo=[(0, 9, "LOC")]))
    assert won(outcome) == [(0, 9, "LOC")]
    assert outcome.disputed


def test_only_who_saw_a_stretch_has_a_vote_on_it() -> None:
    """An annotator of another passage neither helps nor hinders a span."""
    views = [
        View("anna", 0, 10, (Span(2, 4, "LOC"),)),
        View("bo", 0, 10, (Span(2, 4, "LOC"),)),
        View("chen", 10, 20, (Span(12, 14, "ORG"),)),
    ]
    first, second = vote(views).winners
    assert first.votes == {"anna": "LOC", "bo": "LOC"}
    assert second.votes == {"chen": "ORG"}


def test_a_third_as_a_float_is_a_third() -> None:
    """Two votes of six reach a quorum of 1/3, however the third is written."""
    views = seen(a=[(0, 3, "LOC")], b=[(0, 3, "LOC")], c=[], d=[], e=[], f=[])
    assert won(vote(views, 1 / 3)) == won(vote(views, Fraction(1, 3))) == [(0, 3, "LOC")]
    assert won(vote(views, 0.34)) == []


@pytest.mark.parametrize("quorum", [0, -1, 1.5])
def test_impossible_quorum_is_refused(quorum: float) -> None:
    """A quorum that isn't a share is an error of the caller's."""
    with pytest.raises(UsageError, match="quorum"):
        vote([], quorum)


@given(VIEWS, st.randoms(use_true_random=False))
def test_order_does_not_matter(views: list[View], shuffler: random.Random) -> None:
    """The order of annotators and of their spans changes nothing."""
    mixed = [
        View(v.annotator, v.start, v.end, tuple(shuffler.sample(v.spans, len(v.spans))))
        for v in shuffler.sample(views, len(views))
    ]
    assert vote(mixed) == vote(views)


@given(VIEWS, st.sampled_from([Fraction(1, 3), Fraction(1, 2), Fraction(2, 3), Fraction(1)]))
def test_winners_are_flat_reach_the_quorum_and_were_given(
    views: list[View], quorum: Fraction
) -> None:
    """No winner overlaps another, lacks votes, or was invented."""
    outcome = vote(views, quorum)
    assert is_flat([Span(*key) for key in won(outcome)])
    everything = {span.key for view in views for span in view.spans}
    assert set(won(outcome)) <= everything
    assert all(w.marked >= quorum * len(views) for w in outcome.winners)


@given(SPANS, st.integers(2, 5))
def test_what_all_gave_alike_is_kept_as_it_is(spans: list[Span], annotators: int) -> None:
    """Identical flat annotations are their own gold, without dispute."""
    flat: list[Span] = []
    for span in sorted(spans, key=lambda s: s.key):
        if not flat or span.start >= flat[-1].end:
            flat.append(span)
    outcome = vote([View(f"{i}", 0, 30, tuple(flat)) for i in range(annotators)])
    assert won(outcome) == [span.key for span in flat]
    assert all(winner.share == 1 for winner in outcome.winners)
    assert not outcome.disputed
