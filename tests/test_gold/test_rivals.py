"""Which of the spans that lost stand with one that won."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from toolkit.gold.cases import Case, View, decision
from toolkit.model import Document, Span

TEXT = "武汉市卫生健康委员会今日通报"
KEYS = st.builds(
    lambda start, length, label: (start, min(start + length, len(TEXT)), label),
    st.integers(0, len(TEXT) - 1),
    st.integers(1, 6),
    st.sampled_from(["LOC", "ORG"]),
)


@given(st.sets(KEYS, max_size=5), st.sets(KEYS, max_size=5))
def test_what_lost_stands_with_all_that_it_overlaps(
    winners: set[tuple[int, int, str]], given_spans: set[tuple[int, int, str]]
) -> None:
    """Nested or not: with each winner that shares a character, and else among the rejected."""
    spans = tuple(Span(*key) for key in sorted(given_spans))
    case = Case(Document("d", TEXT), (View("anna", 0, len(TEXT), spans),))
    settled = decision(
        case, dict.fromkeys(winners, 0.9), dict.fromkeys(given_spans, 0.2), "majority"
    )
    lost = sorted(given_spans - winners)
    for span in settled.spans:
        overlapping = [key for key in lost if key[0] < span.end and span.start < key[1]]
        assert [one.key for one in span.alternatives] == overlapping
    alone = [key for key in lost if all(key[1] <= w[0] or w[1] <= key[0] for w in winners)]
    assert [one.key for one in settled.rejected] == alone
