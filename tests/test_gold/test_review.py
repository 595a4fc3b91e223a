"""Reviewers' decisions in gold."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from toolkit.errors import InputError, OffsetError
from toolkit.gold.merge import merge
from toolkit.gold.methods import METHODS, Choices
from toolkit.gold.review import applied
from toolkit.model import AnnotatedSpan, Annotation, Document, latest_decisions

CHOICES = Choices(trust={"anna": 2.0})
TEXT = "Wuhan said so. Hubei did not."
DOCUMENTS = {"d": Document("d", TEXT)}


def by(name: str, *spans: tuple[int, int, str], **more: object) -> Annotation:
    """An annotation of the document, or a decision about it."""
    return Annotation("d", name, tuple(AnnotatedSpan(*one) for one in spans), **more)  # type: ignore[arg-type]  # by name


THREE = [
    by("anna", (0, 5, "LOC"), (15, 20, "LOC")),
    by("bo", (0, 5, "LOC")),
    by("chen", (0, 10, "ORG"), (15, 20, "LOC")),
]


@pytest.mark.parametrize("method", METHODS)
def test_gold_is_what_a_reviewer_decided(method: str) -> None:
    """Where a reviewer decided, gold is that, by whatever method, and says who decided."""
    reviews = [by("rita", (0, 5, "ORG"), start=0, end=14)]
    (gold,) = merge(THREE, DOCUMENTS, method=method, choices=CHOICES, reviews=reviews)
    decided = [span for span in gold.spans if span.end <= 14]
    assert [(s.key, s.confidence, s.decided_by) for s in decided] == [((0, 5, "ORG"), 1.0, "rita")]
    assert decided[0].votes == {"anna": "LOC", "bo": "LOC", "chen": None}
    assert {one.key for one in decided[0].alternatives} == {(0, 5, "LOC"), (0, 10, "ORG")}
    assert all(s.decided_by != "rita" for s in gold.spans if s.start >= 14)
    assert gold.annotators == ("anna", "bo", "chen")


@pytest.mark.parametrize("method", METHODS)
def test_a_whole_document_that_was_reviewed_is_settled(method: str) -> None:
    """No dispute is left, also where the reviewer wants no span at all."""
    (gold,) = merge(THREE, DOCUMENTS, method=method, choices=CHOICES, reviews=[by("rita")])
    assert not gold.spans
    assert gold.status == "merged"
    assert {one.key for one in gold.rejected} == {(0, 5, "LOC"), (0, 10, "ORG"), (15, 20, "LOC")}
    assert {one.confidence for one in gold.rejected} == {0.0}


def test_the_last_of_two_reviewers_decides() -> None:
    """Of two decisions on one stretch the later counts, and of the earlier what it leaves."""
    early = by("rita", (0, 5, "LOC"), (15, 20, "LOC"), updated_at="2020-01-01T00:00:00Z")
    late = by("sam", (15, 20, "ORG"), start=15, end=29, updated_at="2020-01-02T00:00:00Z")
    (gold,) = merge(THREE, DOCUMENTS, reviews=[late, early])
    assert [(s.key, s.decided_by) for s in gold.spans] == [
        ((0, 5, "LOC"), "rita"),
        ((15, 20, "ORG"), "sam"),
    ]


def test_a_decision_taken_back_decides_nothing() -> None:
    """A skip by the same reviewer takes a decision back; one by another doesn't."""
    decided = by("rita", (0, 5, "ORG"), updated_at="2020-01-01T00:00:00Z")
    skip = replace(decided, spans=(), skipped=True, updated_at="2020-01-02T00:00:00Z")
    assert latest_decisions([decided, skip]) == []
    assert latest_decisions([decided, replace(skip, annotator="sam")]) == [decided]


@pytest.mark.parametrize("method", ["dawid-skene", "sequence"])
def test_decisions_teach_the_model(method: str) -> None:
    """Who is right against the majority is believed where nobody decided, once that is seen."""
    rng = random.Random(1)  # noqa: S311 - invented data
    documents, annotations, reviews = {}, [], []
    for number in range(80):
        word = rng.choice(["Wuhan", "Hubei", "Xinhua"])
        doc_id = f"d{number:02}"
        documents[doc_id] = Document(doc_id, f"yesterday {word} said nothing")
        place = (10, 10 + len(word))
        for name, label in (("a", "LOC"), ("b", "LOC"), ("c", "ORG")):
            annotations.append(Annotation(doc_id, name, (AnnotatedSpan(*place, label),)))
        if number < 40:
            reviews.append(Annotation(doc_id, "rita", (AnnotatedSpan(*place, "ORG"),)))

    def share_of_org(reviews: list[Annotation]) -> float:
        gold = list(merge(annotations, documents, method=method, reviews=reviews))[40:]
        return sum(s.label == "ORG" for one in gold for s in one.spans) / len(gold)

    assert share_of_org([]) == 0.0
    assert share_of_org(reviews) == 1.0


def test_decisions_that_come_later_are_applied_as_a_merge_would() -> None:
    """To apply decisions to gold that is there gives what a merge with them gives, there."""
    reviews = [by("rita", (0, 5, "ORG"), start=0, end=14)]
    gold = list(merge(THREE, DOCUMENTS, method="majority"))
    (later,) = applied(gold, DOCUMENTS, THREE, reviews)
    (merged,) = merge(THREE, DOCUMENTS, method="majority", reviews=reviews)
    assert later == merged


def test_a_decision_about_another_text_is_refused() -> None:
    """A span that isn't what stands there, or an unknown document, stops the merge."""
    wrong = replace(by("rita"), spans=(AnnotatedSpan(0, 5, "LOC", "Beijing"),))
    with pytest.raises(OffsetError):
        list(merge(THREE, DOCUMENTS, reviews=[wrong]))
    with pytest.raises(InputError):
        list(merge(THREE, DOCUMENTS, reviews=[replace(wrong, doc_id="other")]))


SPANS = st.lists(
    st.tuples(st.integers(0, 28), st.integers(1, 8), st.sampled_from(["LOC", "ORG"])), max_size=4
).map(lambda some: [(start, min(29, start + length), label) for start, length, label in some])


@given(st.lists(SPANS, min_size=1, max_size=3), SPANS, st.sampled_from(sorted(METHODS)))
@settings(max_examples=60, deadline=None)
def test_any_decision_on_a_whole_document_is_gold(
    given_: list[list[tuple[int, int, str]]], decided: list[tuple[int, int, str]], method: str
) -> None:
    """Whatever people gave, nested or not, gold of a reviewed document is the decision."""
    annotations = [by(f"a{number}", *spans) for number, spans in enumerate(given_)]
    trust = Choices(trust={"a0": 2.0})
    (gold,) = merge(
        annotations, DOCUMENTS, method=method, choices=trust, reviews=[by("rita", *decided)]
    )
    assert {span.key for span in gold.spans} == set(decided)
