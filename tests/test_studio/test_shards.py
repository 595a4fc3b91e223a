"""Tests of toolkit.studio.shards, which needs no server; test_sharded_push has the others."""

from __future__ import annotations

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from toolkit.studio.names import document_of_key
from toolkit.studio.shards import deal


def _keys(*documents: tuple[str, int]) -> list[str]:
    return [
        f"{name}:{number}-{number + 1}:x" for name, count in documents for number in range(count)
    ]


def test_the_last_project_is_filled_and_then_the_next_opened() -> None:
    """Documents go whole into the last project, and where they don't fit into a new one."""
    a, b, c = _keys(("a", 3)), _keys(("b", 3)), _keys(("c", 2))
    assert deal([*a, *b, *c], {}, [], 5) == [a, [*b, *c]]
    assert deal([*a, *b, *c], dict.fromkeys(a, 0), [3], 6) == [[*a, *b], c]


def test_a_document_stays_together_while_there_is_room() -> None:
    """New passages of a document go where the others are; when that is full, to the last."""
    old, new = _keys(("a", 2)), _keys(("a", 5))[2:]
    homes = dict.fromkeys(old, 0)
    assert deal([*old, *new], homes, [4, 1], 5) == [[*old, new[0]], new[1:]]
    assert deal([*old, *new], homes, [2, 1], 5) == [[*old, *new], []]


def test_a_document_longer_than_a_project_is_cut() -> None:
    """It takes as many projects as it needs, each full."""
    keys = _keys(("a", 7))
    assert deal(keys, {}, [], 3) == [keys[:3], keys[3:6], keys[6:]]


def test_no_limit_is_one_project() -> None:
    """With 0 nothing is ever opened."""
    keys = _keys(("a", 70), ("b", 30))
    assert deal(keys, {}, [], 0) == [keys]
    assert deal(keys, dict.fromkeys(keys[:70], 0), [70, 9], 0) == [keys[:70], keys[70:]]


@given(
    st.lists(st.integers(1, 9), min_size=1, max_size=12),
    st.integers(1, 12),
    st.lists(st.integers(0, 11), min_size=1, max_size=3),
    st.randoms(use_true_random=False),
)
def test_each_passage_is_in_one_project_and_never_moves(
    lengths: list[int], most: int, sizes: list[int], draw: object
) -> None:
    """Every key once, none moved, order kept, no new project over the limit, none left empty."""
    keys = _keys(*((f"d{number}", length) for number, length in enumerate(lengths)))
    draw.shuffle(keys)  # type: ignore[attr-defined]
    homes = {one: number % len(sizes) for number, one in enumerate(keys) if number % 3 == 0}
    held = Counter(homes.values())
    sizes = [size + held[number] for number, size in enumerate(sizes)]
    dealt = deal(keys, homes, sizes, most)
    assert sorted(one for some in dealt for one in some) == sorted(keys)
    place = {one: number for number, some in enumerate(dealt) for one in some}
    assert all(place[one] == home for one, home in homes.items())
    assert all(some == [one for one in keys if place[one] == n] for n, some in enumerate(dealt))
    assert all(1 <= len(some) <= most for some in dealt[len(sizes) :])
    for number, size in enumerate(sizes):
        added = sum(one not in homes for one in dealt[number])
        assert added <= max(0, most - size)
    again = deal(keys, place, [len(some) for some in dealt], most)
    assert again == dealt


def test_whole_documents_stay_whole() -> None:
    """Where nothing is there yet, no document that fits into a project is in two."""
    keys = _keys(*((f"d{number}", 1 + number % 4) for number in range(40)))
    for some in deal(keys, {}, [], 6):
        names = {document_of_key(one) for one in some}
        assert all(one in some for one in keys if document_of_key(one) in names)
