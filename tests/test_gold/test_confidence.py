"""Confidence: tempered, told by names elsewhere, and taught by reviews."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from toolkit.gold.cases import Case, Decision, Key, View
from toolkit.gold.confidence import UNREVIEWED, Scale, Shapes, Signals, Strings, learnt
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


def said(**signals: float) -> Signals:
    """Signals of which only some say anything."""
    return Signals(*(0.0 for _ in Signals._fields))._replace(**signals)


@given(st.floats(0, 1), st.floats(0, 1))
def test_more_probable_is_never_less_confident(one: float, other: float) -> None:
    """Of two spans that differ in nothing else, the order stays; both stay between 0 and 1."""
    scale = Scale.of([case()])
    low, high = (
        scale.calibrated(settled(probability)).spans[0].confidence
        for probability in sorted((one, other))
    )
    assert 0 < low <= high < 1


def test_a_model_is_less_sure_after_tempering() -> None:
    """Near-certainty comes out as high confidence, and not as certainty."""
    (span,) = Scale.of([case()]).calibrated(settled(0.9999)).spans
    assert 0.75 < span.confidence < 0.95


def test_other_names_elsewhere_lower_confidence() -> None:
    """A string that everybody else gives another label is less sure than one nobody else names."""
    here = case(Span(0, 3, "LOC"))
    strings = Strings([here, *[case(Span(0, 3, "ORG"))] * 2])
    assert strings.named("武汉市", "LOC", 1) < 0 == Strings([here]).named("武汉市", "LOC", 1)
    scale = Scale.of([here])
    assert scale.confidence(said(named=-1.0), "LOC") < scale.confidence(said(), "LOC")


def test_looks_that_others_do_not_bear_out_lower_confidence() -> None:
    """Where only one of two gives the small-lettered spans of a label, these are less sure."""
    text = "Wuhan soccer"
    cases = [
        Case(
            Document("d", text),
            (
                View("a", 0, 12, (Span(0, 5, "MISC"), Span(6, 12, "MISC"))),
                View("b", 0, 12, (Span(0, 5, "MISC"),)),
            ),
        )
    ] * 50
    shapes = Shapes(cases)
    assert shapes.said("soccer", "MISC") < 0 < shapes.said("Wuhan", "MISC")
    assert shapes.said("soccer", "PER") == 0


def test_scripts_without_capitals_have_one_look() -> None:
    """Of Chinese names no look tells anything."""
    cases = [case(Span(0, 3, "LOC")), case(Span(3, 7, "LOC"), annotator="b")]
    assert Shapes(cases).said("武汉市", "LOC") == 0


def test_lost_spans_stay_on_the_same_scale_and_in_order() -> None:
    """Alternatives are calibrated as gold spans are, the most credible first."""
    lost = (
        Alternative(0, 3, "LOC", text="武汉市", confidence=0.3, annotators=("a",)),
        Alternative(0, 7, "ORG", text=TEXT, confidence=0.1, annotators=("b",)),
    )
    scale = Scale.of([case(Span(0, 3, "LOC"))])
    found = scale.calibrated(Decision((), disputed=False, rejected=lost)).rejected
    assert [one.key for one in found] == [one.key for one in lost]
    signals = scale.signals(lost[0], 0.3, {}, 1)
    assert found[0].confidence == scale.confidence(signals, "LOC")


def test_disputed_is_said_of_confidences_and_not_of_probabilities() -> None:
    """A span that the model is sure of, and the scale is not, makes a dispute; and back."""
    scale = Scale.of([case()])
    sure = structs.replace(scale, weights=(5.0, *UNREVIEWED[1:]))
    unsure = structs.replace(scale, weights=(-5.0, *UNREVIEWED[1:]))
    assert not sure.calibrated(settled(0.5)).disputed
    assert unsure.calibrated(settled(0.99)).disputed


def test_without_reviews_nothing_is_learnt() -> None:
    """No review leaves the scale as it was delivered."""
    scale = learnt(Scale.of([case()]), [])
    assert (scale.weights, scale.labels, scale.reviewed) == (UNREVIEWED, {}, 0)


@pytest.mark.parametrize("share", [0.3, 0.9])
def test_reviews_teach_how_often_a_label_is_right(share: float) -> None:
    """After many reviews, the confidence of a label's spans is how often they were right."""
    rng = random.Random(0)  # noqa: S311 - invented data
    right: set[Key] = {(0, 3, "LOC")}
    none: set[Key] = set()
    reviewed = [(settled(0.9), right if rng.random() < share else none) for _ in range(400)]
    scale = learnt(Scale.of([case(Span(0, 3, "LOC"))]), reviewed)
    observed = sum(bool(truth) for _, truth in reviewed) / len(reviewed)
    assert scale.calibrated(settled(0.9)).spans[0].confidence == pytest.approx(observed, abs=0.05)
    assert scale.reviewed == 400


def test_one_review_moves_little() -> None:
    """A single wrong span doesn't overthrow what was known before."""
    scale = Scale.of([case()])
    taught = learnt(scale, [(settled(0.9), set())])
    before, after = (one.calibrated(settled(0.9)).spans[0].confidence for one in (scale, taught))
    assert before - 0.35 < after < before


def hospitals(count: int) -> tuple[list[Annotation], dict[str, Document]]:
    """As many documents in which all of three people mark the city and the hospital."""
    documents = {f"d{n}": Document(f"d{n}", TEXT) for n in range(count)}
    spans = (AnnotatedSpan(0, 3, "LOC"), AnnotatedSpan(3, 7, "ORG"))
    return [Annotation(doc_id, name, spans) for doc_id in documents for name in "abc"], documents


def test_merge_gives_calibrated_confidences() -> None:
    """Where all agree, the sequential model's gold is credible and not certain."""
    annotations, documents = hospitals(20)
    for gold in merge(annotations, documents, method="sequence"):
        assert [0.6 < span.confidence < 0.96 for span in gold.spans] == [True, True]


def test_what_reviewers_struck_out_makes_its_like_less_sure() -> None:
    """Reviews that strike one label's spans out lower its confidence where nobody reviewed."""
    annotations, documents = hospitals(40)
    kept = (AnnotatedSpan(0, 3, "LOC"),)
    reviews = [Annotation(f"d{n}", "chief", kept) for n in range(10)]

    def of_last(reviews: list[Annotation]) -> dict[str, float]:
        *_, last = merge(annotations, documents, method="sequence", reviews=reviews)
        found = {span.label: span.confidence for span in last.spans}
        return found | {lost.label: lost.confidence for lost in last.rejected}

    before, after = of_last([]), of_last(reviews)
    assert after["ORG"] < before["ORG"] - 0.2
    assert after["LOC"] > after["ORG"]
