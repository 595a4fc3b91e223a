"""The card says the counted numbers, and nothing in it can act as markup."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from toolkit.datasets.card import Counts, SplitCounts, plain, write_card
from toolkit.datasets.splits import roles
from toolkit.model import GoldDocument, GoldSpan
from toolkit.resources import label_configs
from toolkit.schema import read_schema


def card(**changes: Any) -> str:
    """A card over three documents, with some arguments changed."""
    counts = Counts({"train": SplitCounts(), "test": SplitCounts()})
    spans = (GoldSpan(0, 2, "LOC"), GoldSpan(2, 4, "LOC"))
    for i, status in enumerate(("agreed", "agreed", "disputed")):
        split = "test" if i == 2 else "train"
        counts.add(split, GoldDocument(f"d{i}", "武汉湖北防控", spans, status=status))  # type: ignore[arg-type]
    arguments: dict[str, Any] = {
        "name": "疫情",
        "version": "0.1.0",
        "notice": "示例",
        "schema": read_schema(label_configs() / "epidemic_news.xml"),
        "counts": counts,
        "annotators": ["A1", "A2"],
        "agreement": None,
        "formats": ["jsonl", "parquet"],
        "salt": "split-1",
        "guidelines": True,
        **changes,
    }
    return write_card(**arguments)


def test_the_counted_numbers_are_there() -> None:
    """Sizes of splits, spans by label and split, and the status of documents."""
    text = card()
    for row in (
        "| train | 2 | 12 | 4 |",
        "| test | 1 | 6 | 2 |",
        "| 合计 total | 3 | 18 | 6 |",
        "| `LOC` | 地名 | 4 | 2 | 6 |",
        "| `ORG` | 机构 | 0 | 0 | 0 |",
        "the merge left a tie undecided | 1 |",
        "all annotators gave the same spans | 2 |",
    ):
        assert row in text


def test_the_notice_comes_before_the_contents() -> None:
    """What a reader must know first stands first."""
    text = card(notice="不是真实\n标注 <b>")
    assert "> 不是真实 标注 &lt;b&gt;" in text
    assert text.index("声明") < text.index("## 内容")
    assert "声明" not in card(notice="")


def test_agreement_shows_intervals_and_reasons() -> None:
    """A number comes with its interval, an undefined one with its reason."""
    overall = [
        {"name": "strict F1", "value": 0.9124, "low": 0.88, "high": 0.9412, "n": 40},
        {"name": "α", "value": None, "undefined": "only one annotator", "n": 3},
        {"name": "κ", "value": 0.5},
    ]
    text = card(agreement={"overall": overall})
    assert "| strict F1 | 0.912 | 0.880 – 0.941 | 40 |" in text
    assert "undefined: only one annotator |  | 3 |" in text
    assert "| κ | 0.500 |  |  |" in text
    assert "No agreement figures" in card()


def test_the_head_names_the_splits_that_have_files() -> None:
    """Hugging Face reads from the head which file is which split."""
    head = card().split("---")[1]
    assert "  - split: train\n    path: parquet/train.parquet\n" in head
    assert 'pretty_name: "疫情 0.1.0"' in head
    assert "configs" not in card(formats=["jsonl"])


@pytest.mark.parametrize("name", ['a"\nconfigs: []', "---\n# x", "<script>alert(1)</script>|"])
def test_a_hostile_name_is_text(name: str) -> None:
    """A name can't add a line to the head, a column to a table, or a tag to the page."""
    text = card(name=name)
    assert text.count("\n---\n") == 1
    assert text.count("\nconfigs:") == 1
    assert "<script" not in text.split("\n---\n")[1]


@given(st.text())
def test_plain_text_is_one_line(text: str) -> None:
    """Whatever it is made of, it stays on its line and every special character is escaped."""
    shown = plain(text)
    assert len(shown.splitlines()) <= 1
    assert "|" not in shown.replace("\\|", "")


def test_the_commands_name_the_splits_that_there_are() -> None:
    """One to learn from and one to be scored on, by their names; one alone isn't enough."""
    text = card(formats=["docbin", "parquet"])
    assert "--paths.train docbin/train.spacy --paths.dev docbin/test.spacy\n" in text
    assert "python token_classification.py --output model --splits train test\n" in text
    alone = Counts({"train": SplitCounts(), "dev": SplitCounts()})
    alone.add("train", GoldDocument("d", "武汉"))
    assert "Only `train` has documents" in card(formats=["docbin"], counts=alone)
    assert "spacy train" not in card(formats=["docbin"], counts=alone)
    assert "spacy train" not in card(formats=["jsonl"])


@pytest.mark.parametrize(
    ("splits", "found"),
    [
        (["train", "dev", "test"], ["train", "dev"]),
        (["test", "train"], ["train", "test"]),
        (["a", "b", "c"], ["a", "b"]),
        (["train", "validation", "test"], ["train", "validation"]),
        (["test"], ["test"]),
        ([], []),
    ],
)
def test_splits_have_roles(splits: list[str], found: list[str]) -> None:
    """Names decide what is learnt from and scored on, and else the order."""
    assert roles(splits) == found
