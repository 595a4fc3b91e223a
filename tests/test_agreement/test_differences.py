"""Kinds of difference, examples of them, and confusions."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from toolkit.agreement.differences import (
    LONGEST,
    Confusion,
    Difference,
    by_document,
    confusion,
    examples,
    find_differences,
    picks,
)
from toolkit.agreement.layout import lay_out, shared_rows
from toolkit.agreement.span_f1 import find_contacts
from toolkit.model import AnnotatedSpan, Annotation, Document, Span

TEXT = "示范区管委会副主任马宇航一行到武汉市江汉区"
Spans = list[tuple[int, int, str]]


def told(
    anna: Spans, bo: Spans, *, text: str = TEXT, limit: int = 9
) -> tuple[dict[str, int], tuple[Difference, ...], set[tuple[str, str, int]]]:
    """Counts by kind, examples and confusions of two annotators of one document."""
    annotations = [
        Annotation("news", name, tuple(AnnotatedSpan(*s) for s in spans))
        for name, spans in (("anna", anna), ("bo", bo))
    ]
    layout = lay_out(annotations, {"news": Document("news", text)}, ())
    rows = shared_rows(layout)
    contacts = find_contacts(layout, rows)
    differences = find_differences(layout, rows, contacts)
    confusions = {(c.label_a, c.label_b, c.count) for c in confusion(layout, rows, contacts)}
    picked = picks(by_document(layout, differences), ["news"], limit)
    return differences.counts, examples(layout, differences, picked), confusions


@pytest.mark.parametrize(
    ("anna", "bo", "kind"),
    [
        ([(9, 12, "PERSON")], [], "missed"),
        ([], [(9, 12, "PERSON")], "missed"),
        ([(0, 6, "ORG")], [(0, 3, "ORG")], "boundary"),
        ([(0, 6, "ORG")], [(0, 6, "LOC")], "label"),
        ([(0, 6, "ORG")], [(0, 3, "LOC")], "label"),
        ([(15, 21, "LOC")], [(15, 18, "LOC"), (18, 21, "LOC")], "split/merge"),
    ],
)
def test_kinds(anna: Spans, bo: Spans, kind: str) -> None:
    """Each kind is told from the others, and the example carries both sides."""
    counts, (example,), _ = told(anna, bo)
    assert {name: count for name, count in counts.items() if count} == {kind: 1}
    assert (example.doc_id, example.pair, example.kind) == ("news", ("anna", "bo"), kind)
    assert example.first == tuple(Span(*s) for s in anna)
    assert example.second == tuple(Span(*s) for s in bo)


def test_what_is_alike_is_no_difference() -> None:
    """Equal spans are set aside first, so that a span nested in one is simply missed."""
    outer, inner = (0, 6, "ORG"), (0, 3, "LOC")
    counts, (example,), confusions = told([outer, inner], [outer])
    assert counts["missed"] == sum(counts.values()) == 1
    assert example.first == (Span(*inner),)
    assert confusions == {("ORG", "ORG", 1), ("LOC", "—", 1)}


def test_the_text_stands_where_it_says() -> None:
    """An example's text is a stretch of the document that holds the spans."""
    _, (example,), _ = told([(9, 12, "PERSON")], [])
    assert TEXT[example.text_start :].startswith(example.text)
    (span,) = example.first
    start = span.start - example.text_start
    assert example.text[start : start + 3] == "马宇航"


def test_a_very_long_span_is_cut_in_its_example() -> None:
    """Ten million characters marked by mistake make a short example."""
    _, (example,), _ = told([(0, 10**6, "ORG")], [], text="字" * 10**6)
    assert len(example.text) == LONGEST


def test_confusions_prefer_what_is_alike() -> None:
    """Of two partners the one with the same label is the one; the other stands alone."""
    _, _, confusions = told([(15, 21, "LOC")], [(15, 18, "ORG"), (18, 21, "LOC")])
    assert confusions == {("LOC", "LOC", 1), ("ORG", "—", 1)}


def test_confusions_have_no_direction() -> None:
    """Who of the two said which label makes no difference."""
    _, _, one_way = told([(0, 3, "ORG")], [(0, 3, "LOC")])
    _, _, other_way = told([(0, 3, "LOC")], [(0, 3, "ORG")])
    assert one_way == other_way == {("LOC", "ORG", 1)}


def test_examples_are_of_all_kinds() -> None:
    """A rare kind is shown beside a common one."""
    text = "字" * 300
    missed: Spans = [(10 * i, 10 * i + 2, "LOC") for i in range(1, 20)]
    _, found, _ = told([(0, 2, "LOC"), *missed], [(0, 3, "LOC")], text=text, limit=4)
    assert [example.kind for example in found] == ["missed", "missed", "missed", "boundary"]


SPANS = st.lists(
    st.tuples(st.integers(0, 12), st.integers(1, 6), st.sampled_from(["LOC", "ORG"])),
    max_size=6,
    unique=True,
).map(lambda many: [(s, s + n, label) for s, n, label in many])


@given(SPANS, SPANS)
def test_every_span_is_alike_or_in_one_difference(anna: Spans, bo: Spans) -> None:
    """Nothing is left out and nothing counted twice, in differences and in confusions."""
    _, found, confusions = told(anna, bo, limit=100)
    alike = set(anna) & set(bo)
    first = [span.key for example in found for span in example.first]
    second = [span.key for example in found for span in example.second]
    assert sorted(first) == sorted(set(anna) - alike)
    assert sorted(second) == sorted(set(bo) - alike)
    spans_in = sum(count * (1 if b == "—" else 2) for _, b, count in confusions)
    assert spans_in == len(anna) + len(bo)
    assert all(isinstance(entry, str) for a, b, _ in confusions for entry in (a, b))


def test_records_of_confusion() -> None:
    """A confusion says two labels and how often."""
    layout = lay_out([], {}, ())
    rows = shared_rows(layout)
    assert confusion(layout, rows, find_contacts(layout, rows)) == ()
    assert Confusion("LOC", "ORG", 3).count == 3
