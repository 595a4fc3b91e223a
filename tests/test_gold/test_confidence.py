"""Confidence: tempered, told by names elsewhere, and taught by reviews."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from toolkit.gold.cases import Case, Decision, Key, View
from toolkit.gold.confidence import UNREVIEWED, Scale, Strings, learnt
from toolkit.gold.merge import merge
from toolkit.model import Alternative, AnnotatedSpan, Annotation, Document, GoldSpan, Span

TEXT = "武汉市中心医院"


def case(*spans: Span, annotator: str = "a") -> Case:
    """One document that one annotator marked."""
    return Case(Document("d", TEXT), (View(annotator, 0, len(TEXT), spans),))


def settled(probability: float, label: str = "LOC") -> Decision:
    """One gold span with a model's probability, given by one of two."""
    span = GoldSpan(
        0, 3, label, text=TEXT[:3], confidence=probability, votes={"a": label, "b": None}
    )
    return Decision((span,), disputed=False)


@given(st.floats(0, 1), st.floats(0, 1))
def test_more_probable_is_never_less_confident(one: float, other: float) -> None:
    """Of two spans that differ in nothing else, the order stays; both stay between 0 and 1."""
    scale = Scale(Strings([case()]))
    low, high = sorted((one, other))
    first, second = (scale.confidence(p, "LOC", "武汉市", 1) for p in (low, high))
    assert 0 < first <= second < 1


def test_a_model_is_less_sure_after_tempering() -> None:
    """Near-certainty comes out as high confidence, and not as certainty."""
    (span,) = Scale(Strings([case()])).calibrated(settled(0.9999)).spans
    assert 0.8 < span.confidence < 0.95


def test_other_names_elsewhere_lower_confidence() -> None:
    """A string that everybody else gives another label is less sure than one nobody else names."""
    other = case(Span(0, 3, "ORG"))
    alone = Scale(Strings([case(Span(0, 3, "LOC"))])).calibrated(settled(0.9))
    disputed = Scale(Strings([case(Span(0, 3, "LOC")), other, other])).calibrated(settled(0.9))
    assert disputed.spans[0].confidence < alone.spans[0].confidence


def test_lost_spans_stay_on_the_same_scale_and_in_order() -> None:
    """Alternatives are calibrated as gold spans are, the most credible first."""
    lost = (
        Alternative(0, 3, "LOC", text="武汉市", confidence=0.3, annotators=("a",)),
        Alternative(0, 7, "ORG", text=TEXT, confidence=0.1, annotators=("b",)),
    )
    scale = Scale(Strings([case(Span(0, 3, "LOC"))]))
    found = scale.calibrated(Decision((), disputed=False, rejected=lost)).rejected
    assert [one.key for one in found] == [one.key for one in lost]
    assert found[0].confidence == scale.confidence(0.3, "LOC", "武汉市", 1)


def test_without_reviews_nothing_is_learnt() -> None:
    """No review leaves the scale as it was delivered."""
    scale = learnt([case()], [])
    assert (scale.weights, scale.labels, scale.reviewed) == (UNREVIEWED, {}, 0)


@pytest.mark.parametrize("share", [0.3, 0.9])
def test_reviews_teach_how_often_a_label_is_right(share: float) -> None:
    """After many reviews, the confidence of a label's spans is how often they were right."""
    rng = random.Random(0)  # noqa: S311 - invented data
    right: set[Key] = {(0, 3, "LOC")}
    none: set[Key] = set()
    reviewed = [(settled(0.9), right if rng.random() < share else none) for _ in range(400)]
    scale = learnt([case(Span(0, 3, "LOC"))], reviewed)
    observed = sum(bool(truth) for _, truth in reviewed) / len(reviewed)
    assert scale.calibrated(settled(0.9)).spans[0].confidence == pytest.approx(observed, abs=0.05)
    assert scale.reviewed == 400


def test_one_review_moves_little() -> None:
    """A single wrong span doesn't overthrow what was known before."""
    scale = learnt([case()], [(settled(0.9), set())])
    before = Scale(scale.strings).calibrated(settled(0.9)).spans[0].confidence
    after = scale.calibrated(settled(0.9)).spans[0].confidence
    assert before - 0.35 < after < before


def test_merge_gives_calibrated_confidences() -> None:
    """Where all agree, the sequential model's gold is credible and not certain."""
    documents = {f"d{n}": Document(f"d{n}", TEXT) for n in range(20)}
    annotations = [
        Annotation(doc_id, name, (AnnotatedSpan(0, 3, "LOC"),))
        for doc_id in documents
        for name in "abc"
    ]
    for gold in merge(annotations, documents, method="sequence"):
        assert [0.6 < span.confidence < 0.95 for span in gold.spans] == [True]
