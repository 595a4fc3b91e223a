"""What counts as the same span."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from toolkit.agreement.breakdown import AgreementReport, agreement
from toolkit.agreement.counting import Counting, apply, read_groups
from toolkit.errors import UsageError
from toolkit.model import AnnotatedSpan, Annotation, Document

TEXT = "《人民日报》 报道,武汉市江汉区。"
NEWS = {"news": Document("news", TEXT)}


def strict(report: AgreementReport) -> float | None:
    """The headline."""
    return report.overall[0].value


def two(anna: AnnotatedSpan, bo: AnnotatedSpan) -> list[Annotation]:
    """One span of each of two."""
    return [Annotation("news", "anna", (anna,)), Annotation("news", "bo", (bo,))]


def test_edges() -> None:
    """Quotation marks and spaces around a span make a difference until they are trimmed."""
    with_marks = two(AnnotatedSpan(0, 7, "DOC", TEXT[:7]), AnnotatedSpan(1, 5, "DOC"))
    assert strict(agreement(with_marks, NEWS)) == 0
    found = agreement(with_marks, NEWS, counting=Counting(trim=True))
    assert strict(found) == 1
    assert found.counting.trim


def test_a_span_of_nothing_but_edge_stays() -> None:
    """What is all punctuation has no other edges to have."""
    (kept, _) = apply(
        Counting(trim=True), two(AnnotatedSpan(0, 1, "DOC"), AnnotatedSpan(5, 7, "DOC")), NEWS
    )
    assert kept.spans == (AnnotatedSpan(0, 1, "DOC"),)


def test_groups_of_labels() -> None:
    """Labels of one group are one label, where the first of them stood."""
    counting = Counting(groups=read_groups(["PERSON + TITLE = WHO"]))
    pair = two(AnnotatedSpan(0, 4, "PERSON"), AnnotatedSpan(0, 4, "TITLE"))
    found = agreement(pair, NEWS, labels=("LOC", "TITLE", "PERSON"), counting=counting)
    assert strict(found) == 1
    assert list(found.by_label) == ["LOC", "WHO"]


@pytest.mark.parametrize("written", ["PERSON", "=WHO", "A+=B", "A+B="])
def test_no_group(written: str) -> None:
    """What isn't of the form A+B=AB is refused, with an example."""
    with pytest.raises(UsageError, match="no group of labels"):
        read_groups([written])


def test_wrong_groups() -> None:
    """A label of two groups and a label that doesn't exist are refused by name."""
    with pytest.raises(UsageError, match="'A' is in two groups"):
        read_groups(["A+B=X", "A+C=Y"])
    with pytest.raises(UsageError, match="no label 'NOWHERE'"):
        agreement([], {}, labels=("LOC",), counting=Counting(groups={"NOWHERE": "LOC"}))


def test_nested_spans() -> None:
    """Outermost leaves out what lies in a longer span, innermost what holds a shorter one."""
    city, district = AnnotatedSpan(11, 14, "LOC"), AnnotatedSpan(14, 17, "LOC")
    whole, other, crossing = (
        AnnotatedSpan(11, 17, "LOC"),
        AnnotatedSpan(11, 17, "ORG"),
        AnnotatedSpan(16, 18, "LOC"),
    )
    given_spans = (city, district, whole, other, crossing)
    annotation = [Annotation("news", "anna", given_spans)]
    (outer,) = apply(Counting(nested="outermost"), annotation, NEWS)
    assert set(outer.spans) == {whole, other, crossing}
    (inner,) = apply(Counting(nested="innermost"), annotation, NEWS)
    assert set(inner.spans) == {city, district, crossing}


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(1, 6), st.sampled_from("AB")), max_size=7))
def test_nested_spans_by_definition(drawn: list[tuple[int, int, str]]) -> None:
    """Both choices equal their definitions, written out over all pairs of spans."""
    spans = [AnnotatedSpan(start, start + length, label) for start, length, label in drawn]

    def inside(a: AnnotatedSpan, b: AnnotatedSpan) -> bool:
        return b.start <= a.start and a.end <= b.end and (a.start, a.end) != (b.start, b.end)

    annotation = [Annotation("d", "anna", tuple(spans))]
    document = {"d": Document("d", "字" * 20)}
    (outer,) = apply(Counting(nested="outermost"), annotation, document)
    (inner,) = apply(Counting(nested="innermost"), annotation, document)
    assert set(outer.spans) == {a for a in spans if not any(inside(a, b) for b in spans)}
    assert set(inner.spans) == {a for a in spans if not any(inside(b, a) for b in spans)}
