"""A document's split depends on its id, the salt and the shares, and on nothing else."""

from __future__ import annotations

import math
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from toolkit.datasets.splits import assign, split_of
from toolkit.errors import UsageError
from toolkit.model import GoldDocument

SHARES = {"train": 0.8, "dev": 0.1, "test": 0.1}


def test_known_documents_stay_where_they_are() -> None:
    """A change of the hash would silently move documents between splits of old versions."""
    found = {f"doc-{i}": assign(f"doc-{i}", SHARES, "split-1") for i in range(12)}
    assert {doc: split for doc, split in found.items() if split != "train"} == {
        "doc-0": "dev",
        "doc-2": "test",
    }


@given(st.lists(st.text(), min_size=1), st.text(min_size=1))
def test_near_duplicates_are_never_on_both_sides(ids: list[str], group: str) -> None:
    """Documents of a group are in one split, and it is that of the document that named it."""
    copies = [GoldDocument(doc_id, "", meta={"group": group}) for doc_id in ids]
    alone = split_of(GoldDocument(group, ""), SHARES, "s")
    assert {split_of(copy, SHARES, "s") for copy in copies} == {alone}


def test_shares_are_met() -> None:
    """Over many documents each split gets its share, within four standard deviations."""
    n = 20_000
    counts = Counter(assign(f"新闻-{i}", SHARES, "s") for i in range(n))
    for split, share in SHARES.items():
        assert abs(counts[split] - n * share) < 4 * math.sqrt(n * share * (1 - share))


@given(st.text(), st.text())
def test_a_zero_share_gets_nothing(doc_id: str, salt: str) -> None:
    """Not even at the very border."""
    assert assign(doc_id, {"a": 0.0, "b": 1.0, "c": 0.0}, salt) == "b"


@given(st.text(), st.floats(0.01, 100))
def test_only_proportions_count(doc_id: str, factor: float) -> None:
    """Eight, one and one part are the same as 80 %, 10 % and 10 % (dyadic factors exactly)."""
    power = 2.0 ** math.floor(math.log2(factor))
    scaled = {split: share * power for split, share in SHARES.items()}
    assert assign(doc_id, scaled, "s") == assign(doc_id, SHARES, "s")


def test_another_salt_is_another_division() -> None:
    """Two salts agree no more often than chance says: 0.8² + 0.1² + 0.1² = 0.66."""
    n = 5_000
    same = sum(assign(f"{i}", SHARES, "a") == assign(f"{i}", SHARES, "b") for i in range(n))
    assert abs(same / n - 0.66) < 0.03


@pytest.mark.parametrize("shares", [{}, {"train": 0.0}, {"train": 1.5, "test": -0.5}])
def test_impossible_shares_are_a_usage_error(shares: dict[str, float]) -> None:
    """There must be a split to put a document into."""
    with pytest.raises(UsageError):
        assign("d", shares, "s")
