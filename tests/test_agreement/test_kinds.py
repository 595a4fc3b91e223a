"""Kinds of difference in finer form, by direction."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from toolkit.agreement.breakdown import AgreementReport, agreement
from toolkit.agreement.kinds import DETAILS
from toolkit.model import AnnotatedSpan, Annotation, Document

TEXT = "示范区管委会副主任马宇航一行到武汉市江汉区"
Spans = list[tuple[int, int, str]]


def told(anna: Spans, bo: Spans) -> AgreementReport:
    """The report of two annotators of one document."""
    annotations = [
        Annotation("news", name, tuple(AnnotatedSpan(*span) for span in spans))
        for name, spans in (("anna", anna), ("bo", bo))
    ]
    return agreement(annotations, {"news": Document("news", TEXT)}, samples=1)


@pytest.mark.parametrize(
    ("anna", "bo", "kind"),
    [
        ([(9, 12, "PERSON")], [], "extra"),
        ([], [(9, 12, "PERSON")], "missed"),
        ([(0, 6, "ORG")], [(3, 6, "ORG")], "left end longer"),
        ([(3, 6, "ORG")], [(0, 6, "ORG")], "left end shorter"),
        ([(0, 6, "ORG")], [(0, 3, "ORG")], "right end longer"),
        ([(0, 3, "ORG")], [(0, 6, "ORG")], "right end shorter"),
        ([(0, 6, "ORG")], [(1, 3, "ORG")], "both ends longer"),
        ([(1, 3, "ORG")], [(0, 6, "ORG")], "both ends shorter"),
        ([(0, 4, "ORG")], [(2, 6, "ORG")], "shifted"),
        ([(0, 6, "ORG")], [(0, 6, "LOC")], "label"),
        ([(0, 6, "ORG")], [(0, 3, "LOC")], "label and boundary"),
        ([(15, 18, "LOC"), (18, 21, "LOC")], [(15, 21, "LOC")], "split"),
        ([(15, 21, "LOC")], [(15, 18, "LOC"), (18, 21, "LOC")], "joined"),
        ([(0, 4, "A"), (4, 8, "A")], [(0, 2, "A"), (2, 6, "A")], "cut otherwise"),
    ],
)
def test_each_kind_from_both_sides(anna: Spans, bo: Spans, kind: str) -> None:
    """The pair's first sees the kind, the second its counterpart; the example says it too."""
    found = told(anna, bo)
    (example,) = found.differences
    assert example.detail == kind
    by_pair = {name: count for name, count in found.kinds_by_pair["anna – bo"].items() if count}
    assert by_pair == {kind: 1}
    for who, seen in (("anna", kind), ("bo", DETAILS[kind])):
        mine = {name: count for name, count in found.kinds_by_annotator[who].items() if count}
        assert mine == {seen: 1}


def test_the_other_side_of_the_other_side() -> None:
    """Seen from the other side twice is what it was."""
    for kind, other in DETAILS.items():
        assert DETAILS[other] == kind


SPANS = st.lists(
    st.tuples(st.integers(0, 12), st.integers(1, 7), st.sampled_from("AB")), max_size=6
).map(lambda drawn: [(start, start + length, label) for start, length, label in drawn])


@given(SPANS, SPANS)
def test_finer_kinds_add_up(anna: Spans, bo: Spans) -> None:
    """The finer kinds of a pair are all of its differences, each once."""
    found = told(anna, bo)
    assert sum(found.kinds_by_pair["anna – bo"].values()) == sum(found.kinds.values())
