"""The shadow text: what makes differently written texts the same for every rule."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from toolkit.rules.borders import BORDER
from toolkit.rules.shadow import shadow, shadow_of_all


@given(st.text(st.characters(exclude_categories=())))
def test_the_shadow_has_the_length_of_the_text(text: str) -> None:
    """Offsets in the shadow are offsets in the text, whatever the text holds."""
    assert len(shadow(text)) == len(text)


@given(st.text(st.characters(exclude_categories=())))
def test_the_shadow_of_a_shadow_is_itself(text: str) -> None:
    """There is one form of everything."""
    assert shadow(shadow(text)) == shadow(text)


def test_width_and_script_make_no_difference() -> None:
    """Full-width, ASCII, traditional and simplified forms look the same to a rule."""
    assert shadow("（２０２０年，武漢）胡蘿蔔") == shadow("(2020年,武汉)胡萝卜")
    assert shadow("乾隆、乾淨") == "乾隆、干净"


@given(st.lists(st.text(), max_size=3))
def test_short_and_long_texts_are_shown_alike(texts: list[str]) -> None:
    """Long ones by numpy, short ones without; several with borders between them."""
    filler = "一" * 2_000
    alone = BORDER.join(shadow(text) for text in [*texts, filler])
    assert shadow_of_all([*texts, filler]) == alone
