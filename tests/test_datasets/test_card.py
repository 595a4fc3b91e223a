"""The card says the counted numbers, and nothing in it can act as markup."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from toolkit.datasets.card import Card, write_card
from toolkit.datasets.counts import Counts, SplitCounts
from toolkit.datasets.leakage import measure
from toolkit.datasets.markdown import code, plain
from toolkit.datasets.splits import roles
from toolkit.model import GoldDocument, GoldSpan
from toolkit.resources import label_configs
from toolkit.schema import read_schema
from toolkit.settings import ExportSettings, ProjectSettings, Settings


def card(**changes: Any) -> str:
    """A card over three documents, with some settings or other fields changed."""
    counts = Counts({"train": SplitCounts(), "test": SplitCounts()})
    spans = (
        GoldSpan(0, 2, "LOC", decided_by="majority"),
        GoldSpan(2, 4, "LOC", decided_by="A2", confidence=0.5),
    )
    written: dict[str, list[GoldDocument]] = {"train": [], "test": []}
    alone = changes.pop("alone", False)
    for i, status in enumerate(("agreed", "agreed", "disputed")):
        split = "test" if i == 2 and not alone else "train"
        meta = {"date": f"2020-0{i + 1}-25 08:00", "source": "某*报*"} if i else {}
        document = GoldDocument(f"d{i}", "武汉湖北防控", spans, ("A1", "A2"), status, meta)  # type: ignore[arg-type]
        counts.add(document)
        counts.put(split, len(document.text), Counter(span.label for span in document.spans))
        written[split].append(document)
    schema = read_schema(label_configs() / "epidemic_news.xml")
    project = ProjectSettings(
        name=changes.pop("name", "疫情"), notice=changes.pop("notice", "示例")
    )
    export = ExportSettings(
        splits={"train": 0.75, "test": 0.25},
        licence=changes.pop("licence", ""),
        intended_use=changes.pop("intended_use", ""),
    )
    fields: dict[str, Any] = {
        "settings": Settings(project=project, export=export),
        "schema": schema,
        "counts": counts,
        "leakage": measure({k: v.copy for k, v in written.items()}, schema.values),
        "formats": ("jsonl", "parquet"),
        "facts": {"agreement": changes.pop("agreement", None), **changes.pop("facts", {})},
        "guidelines": True,
        "named": False,
        "lost": {},
        **changes,
    }
    return write_card(Card(**fields))


def test_the_counted_numbers_are_there() -> None:
    """Sizes of splits, spans by label and split, and the status of documents."""
    text = card()
    for row in (
        "| train | 75.0% | 2 | 12 | 4 | 66.7% |",
        "| test | 25.0% | 1 | 6 | 2 | 33.3% |",
        "| 合计 total |  | 3 | 18 | 6 |  |",
        " | 4 | 2 | 6 |\n| `FAC` | 设施场所 | ",
        "| `ORG` | 机构 | 有名称或所指明确的机构",
        "the evidence is thin or tied | 1 | 33.3% |",
        "all annotators gave the same spans | 2 | 66.7% |",
        "| `majority` | 3 | 50.0% |",
        "| `A2` | 3 | 50.0% |",
        "| A1 | 3 | 100.0% |",
        "2020-02-25 – 2020-03-25(2 / 3 ",
        "| 某\\*报\\* | 2 |",
        "| 没有说明 · not said | 1 |",
        "| 合计 total | 100.0% (2/2) | 100.0% (2/2) |",
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


def test_figures_say_what_they_are_and_rest_on() -> None:
    """Method, seed and n of the interval, and each measure's meaning with its source."""
    figure = {"name": "strict_f1", "value": 0.9, "low": 0.8, "high": 0.95, "n": 40}
    measures = {"strict_f1": {"title": "strict F1", "meaning": "F1 of spans (Hripcsak 2005)."}}
    found = {"overall": [figure], "measures": measures, "documents": 7, "samples": 50}
    text = card(agreement={**found, "interval": "bca", "seed": 3})
    assert "50 bootstrap samples of documents, near-duplicates together (BCa, seed 3)." in text
    assert "**n**: " in text
    assert "- **strict F1**: F1 of spans (Hripcsak 2005)." in text


def test_the_making_says_what_is_no_gold_and_what_confidence_is() -> None:
    """Documents that wait, what each method's confidence means, and what reviews decided."""
    text = card(
        facts={
            "not_gold": {"documents": 9, "annotated": 4, "unannotated": 2},
            "methods": {"majority": {"does": "a vote", "confidence": "the share"}},
            "reviewed": {"passages": 5, "documents": 3},
        }
    )
    assert "has 9 documents. Not in gold: 4 that somebody annotated" in text
    assert "and 2 that nobody did." in text
    assert "- `majority`: a vote; `confidence`: the share" in text
    assert "Reviewers decided 5 passages of 3 documents" in text


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


def test_weak_spots_are_told_from_the_numbers() -> None:
    """Labels that people differ on or that are rare, and what is undecided."""
    low = {"name": "strict_f1", "value": 0.61, "low": 0.5, "high": 0.7, "n": 9}
    high = {"name": "strict_f1", "value": 0.95, "low": 0.9, "high": 0.97, "n": 9}
    figures = {"overall": [high], "by_label": {"LOC": [low], "ORG": [high]}}
    text = card(agreement=figures)
    assert "`LOC`: 标注者分歧大 · annotators differ: F1 0.610 (0.500 – 0.700)" in text
    assert "`ORG`: 标注者分歧大" not in text
    assert "`LOC`: 实体少 · few spans: 6" in text
    assert "disputed documents: 1 (33.3%)" in text
    assert "confidence of 0.5 at most: 3 (50.0%)" in text
    assert "| `LOC` | 0.610 | 0.500 – 0.700 | 9 |" in text


@pytest.mark.parametrize(
    ("licence", "head"),
    [
        ("CC-BY-4.0", 'license: "cc-by-4.0"'),
        ("内部使用: 不得外传", 'license: other\nlicense_name: "内部使用: 不得外传"'),
    ],
)
def test_licence_and_use_are_what_the_owner_says(licence: str, head: str) -> None:
    """They stand in the head and the text; where nothing is said, that is said."""
    text = card(licence=licence, intended_use="只作研究")
    assert f"\n{head}\n" in text.split("---")[1]
    assert "只作研究" in text
    assert "not stated" not in text
    assert "license" not in card().split("---")[1]
    assert card().count("not stated") == 2


def test_suggestions_are_told_of() -> None:
    """How many annotations began with suggestions, and of which rules."""
    shown = {"annotations": 8, "with_suggestions": 6}
    text = card(facts={"suggestions_shown": shown, "rule_packs": ["epidemic_news-1-abc"]})
    assert "8 份标注中,6 份(75.0%)给出了规则预标注(`epidemic_news-1-abc`)" in text
    assert "habits may be left" in text
    assert "Nothing is recorded of suggestions" in card()


@given(st.text())
def test_code_is_one_line_without_its_marks(text: str) -> None:
    """A name as code can't end the code, the line or the cell."""
    shown = code(text)
    assert len(shown.splitlines()) <= 1
    assert "`" not in shown[1:-1]
    assert "|" not in shown


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
    assert "Only `train` has documents" in card(formats=["docbin"], alone=True)
    assert "spacy train" not in card(formats=["docbin"], alone=True)
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
