"""Tests of toolkit.studio.control."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tests.strategies import identifiers, texts
from toolkit.model import Passage
from toolkit.studio.control import is_control

PASSAGES = [Passage(f"d{n}", 0, 4, f"第{n}段") for n in range(10_000)]

shares = st.floats(0, 1)


@given(identifiers, texts(min_size=1), identifiers, shares, shares)
def test_a_larger_share_keeps_the_smaller_sample(
    document: str, text: str, annotator: str, one: float, other: float
) -> None:
    """What is in the sample stays in it when the share grows; 0 is none and 1 is all."""
    passage = Passage(document, 0, len(text), text)

    def drawn(share: float) -> bool:
        return is_control(passage, annotator, share=share, salt="s")

    assert drawn(min(one, other)) <= drawn(max(one, other))
    assert (drawn(0), drawn(1)) == (False, True)


def test_the_share_is_what_was_asked_for() -> None:
    """Of 10,000 passages 5 % are drawn, within four standard deviations."""
    drawn = sum(is_control(passage, "anna", share=0.05, salt="s") for passage in PASSAGES)
    assert abs(drawn - 500) < 4 * (10_000 * 0.05 * 0.95) ** 0.5


def test_each_annotator_has_a_sample_of_their_own() -> None:
    """Two people's samples meet as rarely as chance lets them, so that passages are paired."""
    samples = [
        {p.doc_id for p in PASSAGES if is_control(p, name, share=0.2, salt=salt)}
        for name, salt in (("anna", "s"), ("bo", "s"), ("anna", "t"))
    ]
    for other in samples[1:]:
        assert abs(len(samples[0] & other) - 400) < 4 * (10_000 * 0.04 * 0.96) ** 0.5


def test_text_and_place_decide() -> None:
    """A passage keeps its lot while it is the same, and draws anew when its text changes."""
    changed = [Passage(p.doc_id, p.start, p.end, p.text[::-1]) for p in PASSAGES[:1000]]
    lots = [
        [is_control(p, "anna", share=0.5, salt="s") for p in some]
        for some in (PASSAGES[:1000], PASSAGES[:1000], changed)
    ]
    assert lots[0] == lots[1]
    assert 400 < sum(a != b for a, b in zip(lots[0], lots[2], strict=True)) < 600
