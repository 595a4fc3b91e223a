"""What splits share is counted on what was written."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from toolkit.datasets.leakage import Leakage, Seen, measure
from toolkit.model import GoldDocument, GoldSpan


def document(doc_id: str, text: str, *spans: tuple[int, int, str], group: str = "") -> GoldDocument:
    """A document with these spans."""
    marked = tuple(GoldSpan(*span) for span in spans)
    return GoldDocument(doc_id, text, marked, meta={"group": group} if group else {})


TRAIN = [
    document("a", "武汉和湖北", (0, 2, "LOC"), (3, 5, "LOC"), group="g"),
    document("b", "武汉晚报", (0, 4, "ORG")),
]
TEST = [
    document("c", "武汉去武汉", (0, 2, "LOC"), (3, 5, "LOC")),
    document("d", "湖北有武汉晚报", (0, 2, "ORG"), (3, 7, "LOC"), group="g"),
]


def of(
    splits: dict[str, list[GoldDocument]],
    near_copies: Callable[[Iterable[str]], list[int | None]] | None = None,
    *,
    folds: bool = False,
) -> Leakage:
    """The leakage between these splits."""
    readers = {split: held.copy for split, held in splits.items()}
    return measure(readers, ("LOC", "ORG"), folds=folds, near_copies=near_copies)


def test_strings_seen_in_training_are_counted_by_label() -> None:
    """Different strings and mentions; a string under another label is none that was seen."""
    found = of({"train": TRAIN, "test": TEST})
    assert found.against == {"test": ("train",)}
    assert found.by_label["test"]["LOC"] == Seen(2, 1, 3, 2, mentions_otherwise=1)
    assert found.by_label["test"]["ORG"] == Seen(1, 0, 1, 0, mentions_otherwise=1)
    assert found.overall["test"] == Seen(3, 1, 4, 2, mentions_otherwise=2)


def test_shared_groups_and_texts_are_counted() -> None:
    """A group on two sides is a leak, and so is a text, whatever the ids are."""
    assert of({"train": TRAIN, "test": TEST}).shared_groups == 1
    assert of({"train": TRAIN, "test": TEST}).shared_texts == 0
    twice = of({"train": TRAIN, "dev": [document("e", TRAIN[0].text)], "test": []})
    assert twice.shared_texts == 1
    assert twice.shared_groups == 0


def test_folds_are_each_compared_with_all_the_others() -> None:
    """In cross-validation a model learns from every fold but the one it is tested on."""
    found = of({"fold_1": TRAIN[:1], "fold_2": TRAIN[1:], "fold_3": TEST}, folds=True)
    assert found.against["fold_3"] == ("fold_1", "fold_2")
    assert found.overall["fold_1"] == Seen(2, 1, 2, 1, mentions_otherwise=1)


def test_near_duplicates_are_found_again_and_told_by_id() -> None:
    """Whoever finds them is given all texts in the order of the splits."""
    asked: list[str] = []

    def find(texts: Iterable[str]) -> list[int | None]:
        asked.extend(texts)
        return [0, 1, None, 1]

    near = of({"train": TRAIN, "test": TEST}, find).near_duplicates
    assert asked == [one.text for one in (*TRAIN, *TEST)]
    assert near is not None
    assert (near.groups, near.documents, near.shared) == (2, 3, 1)
    assert near.examples == (("b", "d"),)
    assert of({"train": TRAIN}).near_duplicates is None
