"""The algebra of alignments."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from toolkit.corpus.alignment import (
    Alignment,
    Replacement,
    _widened,
    advance,
    all_to_raw,
    compose,
    identity,
    rewrite,
    to_raw,
    to_text,
)
from toolkit.errors import OffsetError

LETTERS = st.text("堅持黨的領導abc(&;)", max_size=30)


@st.composite
def replacements(draw: st.DrawFn, length: int) -> list[Replacement]:
    """Random drops, contractions and one-to-one changes of a text of this length."""
    found, position = [], 0
    while position < length and draw(st.booleans()):
        start = draw(st.integers(position, length - 1))
        end = draw(st.integers(start + 1, min(length, start + 5)))
        found.append(Replacement(start, end, "x" * draw(st.integers(0, end - start))))
        position = end
    return found


@st.composite
def chains(draw: st.DrawFn, steps: int) -> list[Alignment]:
    """That many rewrites, first to last, none cutting what an earlier one joined."""
    text = draw(LETTERS)
    chain, whole = [], identity(len(text))
    for _ in range(steps):
        found = draw(replacements(len(text)))
        advanced = advance(text, whole, found)
        text, step = rewrite(text, _widened(text, whole, found))
        whole = compose(step, whole)
        assert advanced == (text, whole)
        chain.append(step)
    return chain


def length_of(alignment: Alignment) -> int:
    """How many characters of text an alignment covers."""
    return alignment[-1][1] if alignment else 0


@given(chains(3))
def test_composition_is_associative(chain: list[Alignment]) -> None:
    """It doesn't matter which two of three steps are composed first."""
    first, second, third = chain
    assert compose(compose(third, second), first) == compose(third, compose(second, first))


@given(chains(3))
def test_alignments_are_sound(chain: list[Alignment]) -> None:
    """Segments cover the text without gap, run forward in the raw text, and never grow."""
    alignment = compose(compose(chain[2], chain[1]), chain[0])
    text_end = raw_end = 0
    for start, end, raw_start, raw_stop in alignment:
        assert start == text_end < end
        assert raw_end <= raw_start < raw_stop
        assert end - start <= raw_stop - raw_start
        text_end, raw_end = end, raw_stop
    assert text_end == length_of(chain[2])


@given(chains(2))
def test_identity_is_neutral(chain: list[Alignment]) -> None:
    """Composing with the identity changes nothing, on either side."""
    alignment = compose(chain[1], chain[0])
    raw_length = alignment[-1][3] if alignment else 0
    assert compose(alignment, identity(raw_length)) == alignment
    assert compose(identity(length_of(alignment)), alignment) == alignment


@given(chains(2), st.data())
def test_mapping_is_monotone(chain: list[Alignment], data: st.DataObject) -> None:
    """A span that begins and ends later never lands earlier, in either direction."""
    alignment = compose(chain[1], chain[0])
    length = length_of(alignment)
    a, b, c, d = sorted(data.draw(st.integers(0, length)) for _ in range(4))
    for earlier, later in (((a, c), (b, d)), ((a, b), (c, d)), ((a, b), (a, d))):
        if earlier[0] == earlier[1] or later[0] == later[1]:
            continue
        first, second = to_raw(alignment, *earlier), to_raw(alignment, *later)
        assert first[0] <= second[0]
        assert first[1] <= second[1]
        back, again = to_text(alignment, *first), to_text(alignment, *second)
        assert back[0] <= again[0]
        assert back[1] <= again[1]


@given(chains(2), st.data())
def test_there_and_back(chain: list[Alignment], data: st.DataObject) -> None:
    """A span that cuts no whole stretch is itself after a way to the raw text and back."""
    alignment = compose(chain[1], chain[0])
    edges = {0}
    for start, end, raw_start, raw_end in alignment:
        one_to_one = end - start == raw_end - raw_start
        edges |= set(range(start, end + 1)) if one_to_one else {start, end}
    start, end = sorted(data.draw(st.sampled_from(sorted(edges))) for _ in range(2))
    if start < end:
        assert to_text(alignment, *to_raw(alignment, start, end)) == (start, end)


@given(LETTERS, st.data())
def test_kept_characters_stand_at_their_raw_address(text: str, data: st.DataObject) -> None:
    """Every character of a one-to-one stretch that wasn't replaced is the raw character."""
    found = data.draw(replacements(len(text)))
    mended, alignment = rewrite(text, found)
    replaced = {i for start, end, _ in found for i in range(start, end)}
    for position, character in enumerate(mended):
        start, end = to_raw(alignment, position, position + 1)
        if end - start == 1 and start not in replaced:
            assert text[start] == character


@given(chains(2), st.data())
def test_one_walk_gives_what_single_steps_give(chain: list[Alignment], data: st.DataObject) -> None:
    """Mapping ordered spans in one walk is mapping each of them by itself."""
    alignment = compose(chain[1], chain[0])
    edges = sorted(data.draw(st.sets(st.integers(0, length_of(alignment)))))
    spans = [*pairwise(edges)][:: data.draw(st.integers(1, 2))]
    assert list(all_to_raw(alignment, spans)) == [to_raw(alignment, *span) for span in spans]


def test_dropped_characters_belong_to_the_span_around_them() -> None:
    """Inside of a span they are part of its raw slice, at its edges they are not."""
    raw = "堅(jiān)持黨的領(lǐng)導(dǎo)是"
    text, alignment = rewrite(raw, [Replacement(1, 7), Replacement(11, 17), Replacement(18, 23)])
    assert text == "堅持黨的領導是"
    start, end = to_raw(alignment, 0, 6)
    assert raw[start:end] == "堅(jiān)持黨的領(lǐng)導"
    assert to_text(alignment, 1, 7) == (1, 1)


def test_a_whole_stretch_stays_whole() -> None:
    """What stands for a longer raw stretch is mapped to all of it, from every side."""
    alignment = ((0, 1, 0, 1), (1, 3, 1, 8), (3, 5, 8, 10))
    assert to_raw(alignment, 1, 2) == (1, 8)
    assert to_raw(alignment, 2, 4) == (1, 9)
    assert to_text(alignment, 4, 5) == (1, 3)
    assert to_raw(alignment, 5, 5) == (10, 10)
    assert to_raw((), 0, 0) == to_text((), 0, 9) == (0, 0)


def test_a_whole_stretch_is_never_cut() -> None:
    """A step that drops half of it leaves the other half to stand for all of it."""
    whole = ((0, 1, 0, 1), (1, 3, 1, 8), (3, 4, 8, 9))
    assert advance("甲乙丙丁", whole, [Replacement(2, 3)]) == (
        "甲乙丁",
        ((0, 1, 0, 1), (1, 2, 1, 8), (2, 3, 8, 9)),
    )
    assert advance("甲乙丙丁", whole, [Replacement(0, 2, "x"), Replacement(2, 4)]) == (
        "x",
        ((0, 1, 0, 9),),
    )
    with pytest.raises(ValueError, match="cuts the whole stretch 1-3"):
        compose(((0, 2, 0, 2),), whole)


def test_a_whole_stretch_over_a_gap() -> None:
    """What stands for a stretch in which an earlier step dropped something takes only that."""
    dropped = ((0, 2, 0, 2), (2, 6, 3, 7))  # 堅&␀amp; without the NUL
    decoded = ((0, 1, 0, 1), (1, 2, 1, 6))  # 堅&
    assert compose(decoded, dropped) == ((0, 1, 0, 1), (1, 2, 1, 7))


@pytest.mark.parametrize("span", [(0, 4), (-1, 2), (2, 1)])
def test_spans_outside_are_refused(span: tuple[int, int]) -> None:
    """A span that doesn't fit the alignment is an error, never clipped."""
    with pytest.raises(OffsetError, match="does not fit"):
        to_raw(identity(3), *span)


def test_a_raw_span_must_be_one() -> None:
    """A raw span that ends before it begins is an error."""
    with pytest.raises(OffsetError, match="not a span"):
        to_text(identity(3), 2, 1)


@pytest.mark.parametrize(
    "found",
    [
        [Replacement(0, 1, "ab")],
        [Replacement(1, 1)],
        [Replacement(2, 9)],
        [Replacement(1, 3), Replacement(2, 3)],
    ],
)
def test_unsound_replacements_are_refused(found: list[Replacement]) -> None:
    """Growth, insertion, overlap and reaching outside are errors of the caller."""
    with pytest.raises(ValueError, match="can't be applied"):
        rewrite("abc", found)


def test_alignments_that_do_not_meet_are_refused() -> None:
    """Two alignments of different texts don't compose."""
    with pytest.raises(ValueError, match="beyond"):
        compose(identity(4), identity(3))
