"""One-to-one matching of spans (``toolkit.spans.match``), which F1 rests on."""

from __future__ import annotations

from functools import cache

from hypothesis import given
from hypothesis import strategies as st

from toolkit.model import Span
from toolkit.spans import match, overlaps

SPANS = st.lists(
    st.builds(
        lambda start, length, label: Span(start, start + length, label),
        st.integers(0, 12),
        st.integers(1, 6),
        st.sampled_from(["LOC", "ORG"]),
    ),
    max_size=6,
)


def largest(left: list[Span], right: list[Span]) -> int:
    """The size of the largest matching by label and overlap, by trying everything."""

    @cache
    def best(i: int, free: frozenset[int]) -> int:
        if i == len(left):
            return 0
        partners = [
            j for j in free if overlaps(left[i], right[j]) and left[i].label == right[j].label
        ]
        return max([best(i + 1, free), *(1 + best(i + 1, free - {j}) for j in partners)])

    return best(0, frozenset(range(len(right))))


@given(SPANS, SPANS)
def test_no_matching_is_larger(left: list[Span], right: list[Span]) -> None:
    """The matching is one to one, keeps the rule, and none has more pairs."""
    pairs = match(left, right, lambda a, b: a.label == b.label)
    assert len({i for i, _ in pairs}) == len({j for _, j in pairs}) == len(pairs)
    assert all(overlaps(left[i], right[j]) and left[i].label == right[j].label for i, j in pairs)
    assert len(pairs) == largest(left, right)


def test_a_chain_as_long_as_a_book() -> None:
    """Two who cut a long text at shifted places are matched in full, without recursion."""
    count = 5000
    left = [Span(10 * i, 10 * i + 10, "LOC") for i in reversed(range(count))]
    right = [Span(0, 5, "LOC"), *(Span(10 * i + 5, 10 * i + 15, "LOC") for i in range(count - 1))]
    assert len(match(left, right, lambda a, b: a.label == b.label)) == count
