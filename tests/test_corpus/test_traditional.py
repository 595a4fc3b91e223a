"""Traditional characters as simplified ones."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from toolkit.corpus.alignment import identity
from toolkit.corpus.damage import traditional
from toolkit.corpus.repair import PASSES, repair

SIMPLIFY = next(step for step in PASSES if step.name == "traditional")

TEXTS = st.text(
    st.one_of(st.sampled_from("堅持黨的領導後来乾坤乾净發髮\n\ud800A，"), st.characters()),
    max_size=40,
)


@given(TEXTS)
def test_each_character_becomes_one(text: str) -> None:
    """The length stays, every character keeps its place, and a second run changes nothing."""
    simplified, alignment = SIMPLIFY(text)
    assert len(simplified) == len(text)
    assert alignment == identity(len(text))
    assert list(traditional.find(simplified)) == []


def test_only_what_differs_is_replaced() -> None:
    """A replacement holds the characters that change, and the words around them count."""
    found = list(traditional.find("堅持黨的領導，乾隆帝乾了一杯。"))
    assert [(start, end, text) for start, end, text in found] == [
        (0, 1, "坚"),
        (2, 3, "党"),
        (4, 6, "领导"),
        (10, 11, "干"),
    ]


def test_simplified_text_is_not_touched() -> None:
    """There is nothing to do, in a line of any length."""
    text = "市委书记岳文柏说，著名专家了解后来的情况。\n" * 5000
    assert list(traditional.find(text)) == []


def test_it_is_off_unless_asked_for() -> None:
    """Which script annotators see is theirs to choose."""
    assert not SIMPLIFY.default
    assert repair("堅持黨的領導").text == "堅持黨的領導"
