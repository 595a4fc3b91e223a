"""Units, counted in runs, against units counted one by one."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from toolkit.agreement.coefficients import (
    cohen_kappa,
    coincidences,
    fleiss_kappa,
    krippendorff_alpha_nominal,
)
from toolkit.agreement.layout import Layout, lay_out, shared_rows
from toolkit.agreement.units import UnitCounts, count_units
from toolkit.errors import InputError
from toolkit.model import AnnotatedSpan, Annotation, Document

LABELS = ("LOC", "ORG")
LENGTH = 12
PASSAGES = ((0, LENGTH), (0, 7), (7, LENGTH), (3, 9))


def counts(annotations: list[Annotation], documents: list[Document]) -> tuple[Layout, UnitCounts]:
    """Lay out and count."""
    layout = lay_out(annotations, {document.id: document for document in documents}, LABELS)
    return layout, count_units(layout, shared_rows(layout))


@st.composite
def annotated(draw: st.DrawFn) -> tuple[list[Annotation], list[Document]]:
    """Up to three documents, with tokens or without, by up to three annotators in passages."""
    documents, annotations = [], []
    for d in range(draw(st.integers(1, 3))):
        tokens = draw(st.sampled_from([None, ((0, 2), (3, 5), (5, 6), (6, 9), (10, 12))]))
        documents.append(Document(f"d{d}", "字" * LENGTH, tokens=tokens))
        for annotator in draw(st.sets(st.sampled_from("abc"))):
            start, end = draw(st.sampled_from(PASSAGES))
            spans = draw(st.lists(st.tuples(st.integers(0, 11), st.integers(1, 5)), max_size=3))
            given_spans = tuple(
                AnnotatedSpan(s, s + n, draw(st.sampled_from(LABELS)))
                for s, n in spans
                if start <= s and s + n <= end
            )
            annotations.append(Annotation(f"d{d}", annotator, given_spans, start, end))
    return annotations, documents


def ratings(
    annotations: list[Annotation], documents: list[Document]
) -> Iterator[tuple[str, dict[str, int]]]:
    """Each unit of each document with the category that each annotator gave it."""
    for document in documents:
        single = tuple((i, i + 1) for i in range(len(document.text)))
        for start, end in single if document.tokens is None else document.tokens:
            unit = {}
            for annotation in annotations:
                inside = annotation.start <= start and end <= (annotation.end or 0)
                if annotation.doc_id != document.id or not inside:
                    continue
                covering = [s for s in annotation.spans if s.start < end and start < s.end]
                covering.sort(key=lambda s: (s.end - s.start, s.start, s.end, s.label))
                unit[annotation.annotator] = 1 + LABELS.index(covering[-1].label) if covering else 0
            yield document.id, unit


@given(annotated())
def test_runs_count_like_units(case: tuple[list[Annotation], list[Document]]) -> None:
    """Every coefficient is the one that units written out one by one give."""
    layout, found = counts(*case)
    units = [unit for _, unit in ratings(*case)]
    table = np.array(
        [[list(unit.values()).count(c) for c in range(3)] for unit in units], dtype=np.float64
    )
    expected = coincidences(table)
    np.testing.assert_allclose(found.agreed.sum(0), np.diag(expected))
    np.testing.assert_allclose(found.used.sum(0), expected.sum(0))
    several = [unit for unit in units if len(unit) > 1]
    assert found.shared.sum() == len(several)
    if several:
        sizes = [len(unit) for unit in several]
        assert found.raters == (min(sizes), max(sizes))
    rows = shared_rows(layout)
    for first, second in combinations(range(len(layout.annotators)), 2):
        names = layout.annotators[first], layout.annotators[second]
        contingency = np.zeros((3, 3))
        for unit in units:
            if set(names) <= set(unit):
                contingency[unit[names[0]], unit[names[1]]] += 1
        mine = (rows.first == first) & (rows.second == second)
        np.testing.assert_allclose(found.pair_agreed[mine].sum(0), np.diag(contingency))
        np.testing.assert_allclose(found.pair_first[mine].sum(0), contingency.sum(1))
        np.testing.assert_allclose(found.pair_second[mine].sum(0), contingency.sum(0))


def test_the_longest_of_nested_spans_counts() -> None:
    """A place inside an organisation is part of the organisation."""
    nested = (AnnotatedSpan(0, 6, "ORG"), AnnotatedSpan(0, 3, "LOC"))
    document = Document("d", "字" * LENGTH)
    layout, found = counts(
        [Annotation("d", "a", nested), Annotation("d", "b", nested[:1])], [document]
    )
    assert layout.labels == ("", *LABELS)
    assert found.pair_first.tolist() == found.pair_second.tolist() == [[6, 0, 6]]
    assert found.kind == "characters"


def test_tokens_are_units_where_they_are_given() -> None:
    """A span of three characters over two tokens covers two units, also in part."""
    document = Document("d", "江汉区人民", tokens=((0, 2), (2, 3), (3, 5)))
    span = (AnnotatedSpan(1, 3, "LOC"),)
    _, found = counts([Annotation("d", "a", span), Annotation("d", "b")], [document])
    assert found.pair_first.tolist() == [[1, 2, 0]]
    assert found.pair_second.tolist() == [[3, 0, 0]]
    assert found.kind == "tokens"


@pytest.mark.parametrize("tokens", [((0, 2), (1, 3)), ((2, 4), (0, 2)), ((0, 9),), ((-1, 2),)])
def test_impossible_tokens_are_refused(tokens: tuple[tuple[int, int], ...]) -> None:
    """Tokens that overlap, go back or leave the text name their document."""
    document = Document("odd", "江汉区人民", tokens=tokens)
    with pytest.raises(InputError, match="'odd'"):
        counts([Annotation("odd", "a"), Annotation("odd", "b")], [document])


def test_coefficients_agree_with_each_other() -> None:
    """On one document of two annotators the margins give the table's own κ and α."""
    document = Document("d", "字" * 100)
    first = tuple(AnnotatedSpan(s, s + 10, "LOC") for s in (0, 20))
    second = tuple(AnnotatedSpan(s, s + 10, "LOC") for s in (5, 20))
    _, found = counts([Annotation("d", "a", first), Annotation("d", "b", second)], [document])
    table = np.array([[75, 5], [5, 15]])
    assert found.pair_agreed[0, :2].tolist() == [75, 15]
    units = np.repeat([[2, 0], [1, 1], [0, 2]], [75, 10, 15], axis=0)
    assert cohen_kappa(table) == pytest.approx(0.6875)
    assert fleiss_kappa(units) == pytest.approx(0.6875)
    assert krippendorff_alpha_nominal(coincidences(units)) == pytest.approx(
        1 - (1 - 0.6875) * 199 / 200
    )
