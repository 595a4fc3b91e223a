"""What the engine gives for documents, with the shipped pack and with small ones."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from toolkit.model import Document
from toolkit.rules.engine import Engine, preannotate
from toolkit.rules.pack import Pack
from toolkit.spans import check_spans, is_flat

SEEDS = Path(__file__).resolve().parents[3] / "shared" / "seeds"

ANYTHING = st.text(
    st.one_of(
        st.characters(),
        st.sampled_from(
            "2020年1月25日刘建党副主任王市委医院·《》“”〔〕,，：(\n\x00\ud800\U0001f600　"
        ),
    ),
    max_size=60,
)


def found(engine: Engine, text: str) -> list[tuple[str, str]]:
    """The spans' texts and labels."""
    spans = engine.suggest(Document("d", text)).spans
    return [(span.text or "", span.label) for span in spans]


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(ANYTHING)
def test_any_text_gives_flat_spans_that_fit(engine: Engine, text: str) -> None:
    """Flat, in order, in bounds, text equal to the slice, labels of the schema; no crash."""
    spans = engine.suggest(Document("d", text)).spans
    check_spans("d", text, spans)
    assert is_flat(spans)
    assert list(spans) == sorted(spans, key=lambda s: s.start)
    assert all(span.text == text[span.start : span.end] for span in spans)
    assert all(span.rule and 0 < span.score <= 1 for span in spans)


def test_organisation_title_and_person_are_three_spans(engine: Engine) -> None:
    """示范区管委会|副主任|马宇航, with a name from a list behind an office."""
    assert found(engine, "示范区管委会副主任李晓、马宇航,出席会议") == [
        ("示范区管委会", "ORG"),
        ("副主任", "TITLE"),
        ("李晓", "PERSON"),
        ("马宇航", "PERSON"),
    ]


def test_full_width_and_ascii_give_the_same_spans(engine: Engine) -> None:
    """Punctuation and digits in either form, at the same offsets."""
    text = "（记者 张劲松）２０２０年２月８日，共１６０名医务人员，投入５万元"
    ascii_text = "(记者 张劲松)2020年2月8日,共160名医务人员,投入5万元"
    full = engine.suggest(Document("d", text)).spans
    half = engine.suggest(Document("d", ascii_text)).spans
    assert [span.key for span in full] == [span.key for span in half]
    assert full[2].text == "２０２０年２月８日"


def test_name_proven_in_one_place_holds_in_the_others(engine: Engine) -> None:
    """刘建党 is no word that the tagger knows; the office in front of it proves it once."""
    spans = engine.suggest(Document("d", "管委会主任刘建党到场。针对工作刘建党作出安排。")).spans
    names = [span for span in spans if span.label == "PERSON"]
    assert [span.text for span in names] == ["刘建党", "刘建党"]
    assert names[1].score < names[0].score


def test_every_document_gets_a_suggestion(engine: Engine) -> None:
    """Where nothing is found the suggestion is there and empty."""
    documents = [Document("a", ""), Document("b", "在武汉"), Document("c", "什么也没有")]
    suggestions = list(preannotate(documents, engine))
    assert [s.doc_id for s in suggestions] == ["a", "b", "c"]
    assert [len(s.spans) for s in suggestions] == [0, 1, 0]
    assert {s.model_version for s in suggestions} == {engine.pack.model_version}


VETOED = """
[[rule]]
id = "loc.any"
kind = "pattern"
label = "LOC"
score = 0.9
why = "a place"
pattern = "中国|中国人|国"
examples = ["[[中国]]"]
[[rule]]
id = "veto"
kind = "veto"
why = "no place"
pattern = "中国人"
covers = "COVERS"
examples = ["[[中国人]]"]
"""


@pytest.mark.parametrize(("covers", "kept"), [("inside", []), ("equal", ["中国"]), ("overlap", [])])
def test_veto_strikes_what_it_covers(
    load_text: Callable[..., Pack], covers: str, kept: list[str]
) -> None:
    """Inside, equal, overlap: three ways for a veto to reach a candidate."""
    engine = Engine(load_text(VETOED.replace("COVERS", covers)))
    assert [text for text, _ in found(engine, "中国人")] == kept


BESIDE = """
[[rule]]
id = "person"
kind = "pattern"
label = "PERSON"
score = 0.9
why = "a name"
pattern = "张三"
examples = ["[[张三]]"]
[[rule]]
id = "title"
kind = "pattern"
label = "TITLE"
score = 0.9
why = "an office in front of a name"
pattern = "主任"
before = ["PERSON"]
examples = ["[[主任]]张三"]
counter_examples = ["主任"]
"""


def test_rule_may_ask_for_a_neighbour(load_text: Callable[..., Pack]) -> None:
    """主任 in front of a name is a title, alone it is not."""
    engine = Engine(load_text(BESIDE))
    assert found(engine, "主任张三和主任") == [("主任", "TITLE"), ("张三", "PERSON")]


@pytest.mark.skipif(not SEEDS.is_dir(), reason="the seed documents are not here")
def test_seed_documents_get_spans_of_every_kind(engine: Engine) -> None:
    """Five real documents: all go through, and among them all 13 labels are proposed."""
    documents = [Document(p.stem, p.read_text("utf-8")) for p in sorted(SEEDS.glob("*.txt"))]
    suggestions = list(preannotate(documents, engine))
    assert all(len(suggestion.spans) > 20 for suggestion in suggestions)
    labels = {span.label for suggestion in suggestions for span in suggestion.spans}
    assert len(labels) == 13
