"""Which of the spans that compete for the same characters are kept."""

from __future__ import annotations

from itertools import combinations
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from toolkit.model import SuggestedSpan
from toolkit.rules.overlap import Rival, best, standing, weight
from toolkit.spans import is_flat


def span(start: int, end: int, score: float = 0.9, label: str = "ORG") -> SuggestedSpan:
    """A candidate."""
    return SuggestedSpan(start, end, label, score=score, rule=f"r{start}{end}{label}")


def heavy(candidate: SuggestedSpan) -> int:
    """A candidate's weight."""
    return weight(candidate.score, candidate.end - candidate.start)


CANDIDATES = st.lists(
    st.builds(
        lambda start, length, score, label: span(start, start + length, score, label),
        st.integers(0, 12),
        st.integers(1, 6),
        st.sampled_from([0.3, 0.6, 0.9, 1.0]),
        st.sampled_from(["ORG", "LOC"]),
    ),
    max_size=9,
)


def test_long_name_beats_the_names_inside_it() -> None:
    """承德市第三医院 stays whole although 承德市 and 第三医院 are surer."""
    whole = span(0, 7, 0.8)
    assert best([span(0, 3, 0.9, "LOC"), span(3, 7, 0.85), whole]) == (whole,)


def test_two_sure_spans_beat_an_unsure_one_over_both() -> None:
    """The total counts, not the length."""
    sure = (span(0, 3, 0.95), span(3, 6, 0.95))
    assert best([span(2, 4, 0.99), *sure]) == sure
    assert best([span(0, 6, 0.6), *sure]) == sure


def test_at_equal_weight_the_longer_cover_wins() -> None:
    """A tie goes to the set that covers more characters."""
    long, short = span(0, 4, 0.5), span(1, 3, 0.5 * 4**1.25 / 2**1.25)
    assert heavy(long) == heavy(short)
    assert best([short, long]) == (long,)


@given(CANDIDATES)
def test_no_flat_subset_weighs_more(candidates: list[SuggestedSpan]) -> None:
    """Against every subset: what is kept is flat and the heaviest."""
    kept = best(candidates)
    assert is_flat(kept)
    heaviest = max(
        (
            sum(map(heavy, subset))
            for size in range(len(candidates) + 1)
            for subset in combinations(candidates, size)
            if is_flat(subset)
        ),
        default=0,
    )
    assert sum(map(heavy, kept)) == heaviest


@given(CANDIDATES, st.randoms(use_true_random=False))
def test_order_of_candidates_has_no_influence(
    candidates: list[SuggestedSpan], random: Random
) -> None:
    """The same candidates in any order give the same spans."""
    shuffled = list(candidates)
    random.shuffle(shuffled)
    assert best(shuffled) == best(candidates)


def rivals(candidates: list[SuggestedSpan]) -> list[Rival]:
    """Candidates as they compete."""
    return [Rival(s.end, s.start, -s.score, s.label, s.rule, heavy(s)) for s in candidates]


def test_place_nests_in_an_organisation_and_not_in_a_place() -> None:
    """承德 stays in 承德市医院 (ORG); 承德市, a place itself, is not divided."""
    outer, inner = span(0, 5, 0.9), span(0, 2, 0.5, "LOC")
    assert standing(rivals([outer, inner]), {"LOC"}) == rivals([outer, inner])
    assert standing(rivals([span(0, 5, 0.9, "LOC"), inner]), {"LOC"}) == rivals(
        [span(0, 5, 0.9, "LOC")]
    )


@given(CANDIDATES)
def test_nested_spans_lie_in_what_won_and_change_nothing_of_it(
    candidates: list[SuggestedSpan],
) -> None:
    """What won stays; what nests is shorter than, within and unlike the span around it."""
    flat = standing(rivals(candidates), frozenset())
    both = standing(rivals(candidates), {"LOC"})
    assert [one for one in both if one in flat] == flat
    inner = [one for one in both if one not in flat]
    for one in inner:
        assert one.label == "LOC"
        assert any(
            out.label != "LOC" and out.start <= one.start and one.end <= out.end for out in flat
        )
    assert all(a.end <= b.start or b.end <= a.start for a, b in combinations(inner, 2))
