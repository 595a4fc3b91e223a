"""Matched spans, counted over the whole corpus at once, against one passage at a time."""

from __future__ import annotations

from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st

from toolkit.agreement.layout import lay_out, shared_rows
from toolkit.agreement.span_f1 import CRITERIA, SpanCounts, alignment, count_spans, find_contacts
from toolkit.model import AnnotatedSpan, Annotation, Document
from toolkit.spans import match

LABELS = ("LOC", "ORG")
DOCUMENTS = {name: Document(name, "字" * 20) for name in ("d0", "d1")}
RULES = {
    "strict": lambda a, b: a.key == b.key,
    "boundary": lambda a, b: (a.start, a.end) == (b.start, b.end),
    "overlap": lambda a, b: a.label == b.label,
    "any_overlap": lambda a, b: True,
}


def span_counts(annotations: list[Annotation]) -> SpanCounts:
    """Lay out, match and count."""
    layout = lay_out(annotations, DOCUMENTS, LABELS)
    rows = shared_rows(layout)
    return count_spans(layout, rows, find_contacts(layout, rows))


SPANS = st.lists(
    st.builds(
        lambda start, length, label: AnnotatedSpan(start, start + length, label),
        st.integers(0, 12),
        st.integers(1, 8),
        st.sampled_from(LABELS),
    ),
    max_size=6,
    unique_by=lambda span: span.key,
).map(tuple)

ANNOTATIONS = st.lists(
    st.builds(Annotation, st.sampled_from(sorted(DOCUMENTS)), st.sampled_from("abc"), SPANS),
    max_size=6,
    unique_by=lambda a: (a.doc_id, a.annotator),
)


@given(ANNOTATIONS)
def test_counts_are_those_of_one_passage_at_a_time(annotations: list[Annotation]) -> None:
    """Under each criterion as many spans are matched as ``spans.match`` says, pair by pair."""
    found = span_counts(annotations)
    expected = dict.fromkeys(RULES, 0)
    compared = 0
    for one, other in combinations(annotations, 2):
        if one.doc_id != other.doc_id:
            continue
        compared += len(one.spans) + len(other.spans)
        for name, rule in RULES.items():
            expected[name] += len(match(one.spans, other.spans, rule))
    assert found.compared.sum() == compared
    assert {name: table.sum() for name, table in found.matched.items()} == expected


@given(ANNOTATIONS)
def test_looser_criteria_match_no_less(annotations: list[Annotation]) -> None:
    """Strict is the least, any overlap the most; no span is matched twice."""
    found = span_counts(annotations)
    matched = {criterion.name: found.matched[criterion.name].sum() for criterion in CRITERIA}
    assert matched["strict"] <= min(matched["boundary"], matched["overlap"])
    assert max(matched["boundary"], matched["overlap"]) <= matched["any_overlap"]
    assert 2 * matched["any_overlap"] <= found.compared.sum()


@given(ANNOTATIONS)
def test_the_alignment_is_one_to_one_and_keeps_what_is_equal(
    annotations: list[Annotation],
) -> None:
    """All equal spans are aligned, and none has two partners with the same annotator."""
    layout = lay_out(annotations, DOCUMENTS, LABELS)
    rows = shared_rows(layout)
    contacts = find_contacts(layout, rows)
    chosen = alignment(layout, contacts)
    equal = contacts.same_offsets & contacts.same_label
    assert chosen[equal].all()
    for side in (contacts.left, contacts.right):
        pairs = list(zip(contacts.row[chosen].tolist(), side[chosen].tolist(), strict=True))
        assert len(set(pairs)) == len(pairs)


def test_a_span_counts_against_those_who_saw_all_of_it() -> None:
    """What an annotator could not have given is not held against anybody."""
    whole = Annotation("d0", "a", (AnnotatedSpan(2, 4, "LOC"), AnnotatedSpan(9, 12, "ORG")))
    part = Annotation("d0", "b", (AnnotatedSpan(2, 4, "LOC"),), 0, 10)
    found = span_counts([whole, part])
    assert found.compared.sum() == 2
    assert found.matched["strict"].sum() == 1
    assert found.per_annotator.tolist() == [1, 1]


def test_the_larger_matching_wins_over_the_first() -> None:
    """One's long span and short one both find a partner, though greed would take one."""
    one = Annotation("d0", "a", (AnnotatedSpan(0, 10, "LOC"), AnnotatedSpan(12, 14, "LOC")))
    other = Annotation("d0", "b", (AnnotatedSpan(0, 2, "LOC"), AnnotatedSpan(8, 14, "LOC")))
    assert span_counts([one, other]).matched["overlap"].sum() == 2
