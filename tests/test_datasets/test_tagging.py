"""Spans and tags are two forms of the same thing, as long as the spans are flat."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.test_datasets.strategies import LABELS, TEXTS, flat_spans
from toolkit.datasets.tagging import Tagger, bio, bioes, spans_of, tag_names
from toolkit.errors import InputError
from toolkit.model import Span

both = pytest.mark.parametrize("tagger", [bio, bioes])


def test_bio_of_a_sentence() -> None:
    """Two spans that touch stay two: the second opens with B."""
    spans = [Span(0, 2, "ORG"), Span(2, 5, "PERSON"), Span(6, 7, "TITLE")]
    assert bio(8, spans) == [
        "B-ORG", "I-ORG", "B-PERSON", "I-PERSON", "I-PERSON", "O", "B-TITLE", "O",
    ]  # fmt: skip


def test_bioes_of_a_sentence() -> None:
    """The last unit is marked E, a span of one unit S."""
    spans = [Span(6, 7, "TITLE"), Span(0, 2, "ORG"), Span(2, 5, "PERSON")]
    assert bioes(8, spans) == [
        "B-ORG", "E-ORG", "B-PERSON", "I-PERSON", "E-PERSON", "O", "S-TITLE", "O",
    ]  # fmt: skip


@both
@given(data=st.data())
def test_tags_give_the_spans_back(tagger: Tagger, data: st.DataObject) -> None:
    """Spans → tags → spans is the identity for flat spans, labels with hyphens included."""
    text = data.draw(TEXTS)
    spans = data.draw(flat_spans(text))
    tags = tagger(len(text), spans)
    assert len(tags) == len(text)
    assert [span.key for span in spans_of(tags)] == [span.key for span in spans]
    assert set(tags) <= set(tag_names(tagger, LABELS))


@both
@given(data=st.data())
def test_spans_give_the_tags_back(tagger: Tagger, data: st.DataObject) -> None:
    """Tags → spans → tags is the identity for tags that a tagger gave."""
    text = data.draw(TEXTS)
    tags = tagger(len(text), data.draw(flat_spans(text)))
    assert tagger(len(tags), spans_of(tags)) == tags


@both
@pytest.mark.parametrize(
    "inner",
    [Span(1, 3, "LOC", "病毒"), Span(3, 6, "LOC", "肺炎的"), Span(0, 4, "LOC", "新病毒肺")],
    ids=["nested", "crossing", "same offsets"],
)
def test_overlap_is_an_error_that_names_both(tagger: Tagger, inner: Span) -> None:
    """Neither of two overlapping spans is dropped: document and both spans are named."""
    outer = Span(0, 4, "ORG", "新病毒肺")
    with pytest.raises(InputError) as caught:
        tagger(8, [inner, outer], doc_id="新闻7")
    for part in ("新闻7", "ORG 0-4", f"LOC {inner.start}-{inner.end}", "jsonl"):
        assert part in str(caught.value)


@both
@pytest.mark.parametrize("span", [Span(2, 2, "X"), Span(3, 9, "X"), Span(-1, 2, "X")])
def test_a_span_outside_of_the_text_is_an_error(tagger: Tagger, span: Span) -> None:
    """Offsets are never clipped."""
    with pytest.raises(InputError, match="does not fit a text of 8"):
        tagger(8, [span])


@both
def test_a_span_without_label_is_an_error(tagger: Tagger) -> None:
    """A tag without a label could not be read back."""
    with pytest.raises(InputError, match="no label"):
        tagger(8, [Span(0, 1, "")])


@pytest.mark.parametrize(
    ("tags", "bad"),
    [
        (["O", "I-ORG"], 1),
        (["B-ORG", "I-LOC"], 1),
        (["B-ORG", "E-ORG", "I-ORG"], 2),
        (["S-ORG", "E-ORG"], 1),
        (["B-"], 0),
        (["O-ORG"], 0),
        (["M-ORG"], 0),
        ([""], 0),
    ],
)
def test_impossible_tags_are_an_error(tags: list[str], bad: int) -> None:
    """A tag that goes on with nothing, or is none, is reported with its place."""
    with pytest.raises(InputError, match=f"'d', unit {bad}:"):
        spans_of(tags, doc_id="d")


def test_tag_names_have_a_fixed_order() -> None:
    """The order of the names numbers the tags, so it depends on the labels' order only."""
    assert tag_names(bio, ["A", "B"]) == ["O", "B-A", "I-A", "B-B", "I-B"]
    assert tag_names(bioes, ["A"]) == ["O", "B-A", "I-A", "E-A", "S-A"]
