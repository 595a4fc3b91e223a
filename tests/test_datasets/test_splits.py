"""Who is dealt to which split: groups whole, earlier documents where they were, labels alike."""

from __future__ import annotations

import hashlib
import random
from collections import Counter
from collections.abc import Mapping, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from toolkit.datasets.splits import Item, divide, item_of, salt_of, shares_of
from toolkit.errors import UsageError
from toolkit.model import GoldDocument, GoldSpan
from toolkit.settings import ExportSettings

SHARES = {"train": 0.8, "dev": 0.1, "test": 0.1}
FREQUENT, RARE = ("LOC", "ORG", "TIME"), ("LAW", "MONEY")


def _items(prefix: str) -> st.SearchStrategy[list[Item]]:
    """A few documents with a few labels, some of them in one of three groups."""
    few = st.integers(0, 3)
    rows = st.lists(st.tuples(few, few, few, few), max_size=12)

    def made(found: list[tuple[int, int, int, int]]) -> list[Item]:
        return [
            Item(
                f"{prefix}{number}",
                (f"text {prefix}{number}", *((f"group {prefix}{group}",) if group else ())),
                {label: n for label, n in zip("abc", labels, strict=True) if n},
            )
            for number, (group, *labels) in enumerate(found)
        ]

    return rows.map(made)


def corpus(seed: int, documents: int = 400) -> list[Item]:
    """Documents as news is: most labels in most of them, two in one of twenty."""
    draw = random.Random(seed)  # noqa: S311 - a corpus, and no secret
    made = []
    for number in range(documents):
        labels = {label: draw.randint(1, 12) for label in FREQUENT if draw.random() < 0.8}
        labels |= {label: draw.randint(1, 6) for label in RARE if draw.random() < 0.05}
        group = f"group {seed} {draw.randrange(documents)}"
        made.append(Item(f"doc-{seed}-{number}", (group,), labels))
    return made


def by_hash(documents: Sequence[Item], shares: Mapping[str, float]) -> dict[str, str]:
    """The division that a plain hash of the group makes, to compare with."""
    found = {}
    for item in documents:
        digest = hashlib.blake2b(item.keys[0].encode(), digest_size=8).digest()
        point, border = int.from_bytes(digest, "big") / 2**64, 0.0
        for split, share in shares.items():
            border += share
            if point < border:
                found[item.doc_id] = split
                break
    return found


def off(documents: Sequence[Item], splits: Mapping[str, str], shares: Mapping[str, float]) -> float:
    """How far the share of a label's spans, or of the documents, is off at worst."""
    have: dict[str, Counter[str]] = {split: Counter() for split in shares}
    for item in documents:
        have[splits[item.doc_id]].update({**item.labels, "": 1})
    total = sum(have.values(), Counter())
    return max(
        abs(have[split][column] / total[column] - share)
        for split, share in shares.items()
        for column in total
    )


def test_known_documents_stay_where_they_are() -> None:
    """A change of the dealing would silently move documents between splits of old versions."""
    documents = [Item(f"doc-{i}", (f"text {i}",), {"LOC": 1 + i % 3}) for i in range(20)]
    found = divide(documents, SHARES, "split-1").splits
    assert {doc: split for doc, split in found.items() if split != "train"} == {
        "doc-2": "test",
        "doc-3": "dev",
        "doc-6": "test",
        "doc-14": "dev",
    }


@given(_items("d"), _items("e"))
def test_a_corpus_that_grows_keeps_every_earlier_document(
    first: list[Item], more: list[Item]
) -> None:
    """With the record of what was dealt, new documents change nothing for the earlier ones."""
    earlier = divide(first, SHARES, "s").splits
    later = divide([*more, *first], SHARES, "s", earlier)
    assert {doc_id: later.splits[doc_id] for doc_id in earlier} == earlier
    assert later.moved == ()
    assert later.splits.keys() == earlier.keys() | {item.doc_id for item in more}


@given(_items("d"), st.randoms(use_true_random=False))
def test_the_order_of_the_gold_plays_no_part(first: list[Item], chance: random.Random) -> None:
    """The same documents are dealt alike in any order, and again with their own record."""
    dealt = divide(first, SHARES, "s").splits
    shuffled = chance.sample(first, len(first))
    assert divide(shuffled, SHARES, "s").splits == dealt
    assert divide(first, SHARES, "s", dealt).splits == dealt


@given(_items("d"), _items("d"))
def test_no_key_is_on_two_sides(first: list[Item], more: list[Item]) -> None:
    """Documents with a text or a group in common are together, whatever was recorded."""
    recorded = {item.doc_id: "test" if i % 2 else "train" for i, item in enumerate(more)}
    splits = divide(first, SHARES, "s", recorded).splits
    sides: dict[str, set[str]] = {}
    for item in first:
        for key in item.keys:
            sides.setdefault(key, set()).add(splits[item.doc_id])
    assert all(len(found) == 1 for found in sides.values())


def test_documents_that_become_one_group_go_where_most_were() -> None:
    """What has to move is told; nothing else moves."""
    grown = [Item(f"d{i}", ("group g",), {}) for i in range(3)]
    found = divide(grown, SHARES, "s", {"d0": "train", "d1": "test", "d2": "test"})
    assert set(found.splits.values()) == {"test"}
    assert found.moved == ("d0",)


def test_a_split_without_a_share_is_dealt_anew() -> None:
    """Documents of a split that the settings have no more are told as moved."""
    found = divide([Item("a", ("a",), {})], {"train": 1.0, "dev": 0.0}, "s", {"a": "dev"})
    assert found.splits == {"a": "train"}
    assert found.moved == ("a",)


@pytest.mark.parametrize("shares", [SHARES, {f"fold_{i}": 0.2 for i in range(5)}])
def test_labels_are_spread_better_than_by_hash(shares: dict[str, float]) -> None:
    """Of ten corpora each: within three points of the shares, and nearer than a plain hash."""
    for seed in range(10):
        documents = corpus(seed)
        dealt = off(documents, divide(documents, shares, "s").splits, shares)
        assert dealt < 0.03
        assert dealt < off(documents, by_hash(documents, shares), shares)


def test_what_grew_in_parts_is_spread_better_too() -> None:
    """Of ten corpora, each dealt in four batches: half as far off as by a plain hash."""
    dealt = hashed = 0.0
    for history in range(10):
        documents: list[Item] = []
        splits: dict[str, str] = {}
        for batch in range(4):
            documents += corpus(10 * history + batch, 100)
            splits = divide(documents, SHARES, "s", splits).splits
        dealt += off(documents, splits, SHARES)
        hashed += off(documents, by_hash(documents, SHARES), SHARES)
    assert dealt < hashed / 2


def test_another_salt_is_another_division() -> None:
    """Two salts agree about as often as chance says: 0.8² + 0.1² + 0.1² = 0.66."""
    documents = [Item(f"{i}", (f"{i}",), {"LOC": 1}) for i in range(2000)]
    a, b = (divide(documents, SHARES, salt).splits for salt in "ab")
    assert abs(sum(a[one] == b[one] for one in a) / len(a) - 0.66) < 0.05


@pytest.mark.parametrize("shares", [{}, {"train": 0.0}, {"train": 1.5, "test": -0.5}])
def test_impossible_shares_are_a_usage_error(shares: dict[str, float]) -> None:
    """There must be a split to put a document into."""
    with pytest.raises(UsageError):
        divide([], shares, "s")


@given(_items("d"))
def test_only_proportions_count(first: list[Item]) -> None:
    """Four, one and one part are the same as any multiple by a power of two."""
    shares = {"a": 4.0, "b": 1.0, "c": 1.0, "none": 0.0}
    scaled = {split: share * 4 for split, share in shares.items()}
    assert divide(first, shares, "s") == divide(first, scaled, "s")
    assert "none" not in divide(first, shares, "s").splits.values()


def test_equal_texts_and_groups_are_keys() -> None:
    """Two documents of one text share a key, and so do two of one group."""
    span = GoldSpan(0, 2, "LOC")
    a, b, c = (
        item_of(GoldDocument("a", "武汉", (span, span), meta={"group": "g"})),
        item_of(GoldDocument("b", "武汉")),
        item_of(GoldDocument("c", "湖北", meta={"group": "g"})),
    )
    assert {*a.keys} & {*b.keys}
    assert {*a.keys} & {*c.keys}
    assert not {*b.keys} & {*c.keys}
    assert a.labels == {"LOC": 2}


def test_folds_are_equal_splits_of_their_own_division() -> None:
    """Folds stand in for the splits, under a salt that no other division has."""
    folds = ExportSettings(k_fold=4)
    assert shares_of(folds) == {"fold_1": 0.25, "fold_2": 0.25, "fold_3": 0.25, "fold_4": 0.25}
    assert len({salt_of(ExportSettings(k_fold=k)) for k in (0, 4, 5)}) == 3
