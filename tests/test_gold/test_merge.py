"""Annotations → gold documents."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from toolkit.errors import InputError, OffsetError, UsageError
from toolkit.gold.merge import cases_of, merge, unseen
from toolkit.gold.methods import METHODS
from toolkit.model import AnnotatedSpan, Annotation, Document, GoldDocument

TEXT = "岳文柏任河北省卫生健康委主任"
DOCUMENTS = {
    "news": Document("news", TEXT, meta={"week": "5"}),
    "other": Document("other", "武汉市江汉区"),
}
NAME = AnnotatedSpan(0, 3, "PERSON", "岳文柏")
OFFICE = AnnotatedSpan(4, 12, "ORG", "河北省卫生健康委")
PLACE = AnnotatedSpan(4, 7, "LOC", "河北省")


def by(annotator: str, *spans: AnnotatedSpan, doc_id: str = "news") -> Annotation:
    """An annotation of a whole document."""
    return Annotation(doc_id, annotator, spans)


def only(annotations: list[Annotation]) -> GoldDocument:
    """The one gold document."""
    (gold,) = merge(annotations, DOCUMENTS)
    return gold


def test_two_who_agree() -> None:
    """What both gave is gold, agreed, with full confidence and the document's meta."""
    gold = only([by("anna", NAME, OFFICE), by("bo", NAME, OFFICE)])
    assert (gold.status, gold.annotators, gold.meta) == ("agreed", ("anna", "bo"), {"week": "5"})
    assert [(span.key, span.text) for span in gold.spans] == [
        ((0, 3, "PERSON"), "岳文柏"),
        ((4, 12, "ORG"), "河北省卫生健康委"),
    ]
    assert {span.confidence for span in gold.spans} == {1.0}
    assert {span.decided_by for span in gold.spans} == {"majority"}


def test_two_against_one() -> None:
    """A settled difference is merged; confidence is the share, votes name everybody."""
    gold = only([by("anna", OFFICE), by("bo", OFFICE), by("chen", PLACE)])
    assert gold.status == "merged"
    (span,) = gold.spans
    assert span.key == OFFICE.key
    assert span.confidence == 2 / 3
    assert span.votes == {"anna": "ORG", "bo": "ORG", "chen": None}


def test_one_against_one() -> None:
    """A tie is settled for now and marked as disputed."""
    gold = only([by("anna", NAME), by("bo")])
    assert gold.status == "disputed"
    assert [(span.key, span.confidence) for span in gold.spans] == [(NAME.key, 0.5)]


def test_one_annotator() -> None:
    """A lone annotator's spans are gold that says who was alone."""
    gold = only([by("anna", NAME)])
    assert gold.status == "single"
    assert [(span.decided_by, span.votes) for span in gold.spans] == [
        ("single", {"anna": "PERSON"})
    ]


def test_nothing_marked_is_an_answer() -> None:
    """Two who looked and found nothing make an agreed document without spans."""
    gold = only([by("anna"), by("bo")])
    assert (gold.status, gold.spans) == ("agreed", ())


def test_documents_nobody_annotated_give_nothing() -> None:
    """A skipped task is no annotation, and an untouched document no gold."""
    assert list(merge([Annotation("other", "anna", skipped=True)], DOCUMENTS)) == []
    assert list(merge([], DOCUMENTS)) == []


def test_passages_of_one_document_come_together() -> None:
    """Passages are merged each for itself, into one gold document in the order of the text."""
    gold = only(
        [
            Annotation("news", "chen", (AnnotatedSpan(12, 14, "TITLE"),), 12, 14),
            Annotation("news", "anna", (NAME, OFFICE), 0, 12),
            Annotation("news", "bo", (NAME, OFFICE), 0, 12),
        ]
    )
    assert gold.status == "agreed"
    assert [span.decided_by for span in gold.spans] == ["majority", "majority", "single"]
    assert gold.annotators == ("anna", "bo", "chen")


def test_the_last_submission_counts() -> None:
    """Of a history only each annotator's last word has a vote."""
    gold = only(
        [
            Annotation("news", "anna", (PLACE,), updated_at="2020-02-02T00:00:00Z"),
            Annotation("news", "anna", (OFFICE,), updated_at="2020-02-03T00:00:00Z"),
        ]
    )
    assert [span.key for span in gold.spans] == [OFFICE.key]


def test_whole_document_and_its_offsets_are_one_passage() -> None:
    """An open end and the text's length mean the same passage."""
    gold = only([by("anna", NAME), Annotation("news", "bo", (NAME,), 0, len(TEXT))])
    assert gold.status == "agreed"


def test_unknown_method_names_the_known() -> None:
    """A method that isn't there is refused at the call, with those that are."""
    with pytest.raises(UsageError, match=", ".join(METHODS)):
        merge([], DOCUMENTS, method="coin")


def test_unknown_document_is_named() -> None:
    """An annotation of a document that isn't there stops the merge."""
    with pytest.raises(InputError, match="'lost'"):
        merge([by("anna", doc_id="lost")], DOCUMENTS)


@pytest.mark.parametrize(
    "annotation",
    [
        by("anna", AnnotatedSpan(0, 3, "PERSON", "韩永红")),
        by("anna", AnnotatedSpan(0, 99, "PERSON")),
        Annotation("news", "anna", (NAME,), 2, 9),
        Annotation("news", "anna", (), 2, 99),
    ],
)
def test_wrong_offsets_stop_the_merge(annotation: Annotation) -> None:
    """A span that says another text, or lies outside of text or passage, is never merged."""
    with pytest.raises(OffsetError, match="'news'"):
        merge([annotation], DOCUMENTS)


SPAN = st.builds(
    lambda start, length, label: AnnotatedSpan(start, min(start + length, 14), label),
    st.integers(0, 13),
    st.integers(1, 6),
    st.sampled_from(["LOC", "ORG"]),
)
CROWD = st.lists(st.lists(SPAN, max_size=4).map(tuple), min_size=1, max_size=4).map(
    lambda many: [by(f"annotator {i}", *spans) for i, spans in enumerate(many)]
)


@given(CROWD, st.randoms(use_true_random=False))
def test_the_order_of_records_does_not_matter(
    crowd: list[Annotation], shuffler: random.Random
) -> None:
    """Shuffled records give the same gold."""
    assert only(shuffler.sample(crowd, len(crowd))) == only(crowd)


@given(CROWD)
def test_renaming_annotators_renames_votes_only(crowd: list[Annotation]) -> None:
    """Who they are changes neither spans nor confidence nor status."""
    new = {f"annotator {i}": f"person {9 - i}" for i in range(9)}
    gold = only(crowd)
    renamed = only([Annotation(a.doc_id, new[a.annotator], a.spans) for a in crowd])
    assert [(s.key, s.confidence) for s in renamed.spans] == [
        (s.key, s.confidence) for s in gold.spans
    ]
    assert renamed.status == gold.status
    for before, after in zip(gold.spans, renamed.spans, strict=True):
        assert after.votes == {new[who]: label for who, label in before.votes.items()}


@given(CROWD)
def test_confidence_is_the_share_of_votes(crowd: list[Annotation]) -> None:
    """Confidence is what the votes say: the share with exactly this span's label."""
    for span in only(crowd).spans:
        votes = list(span.votes.values())
        assert len(votes) == len(crowd)
        assert span.confidence == votes.count(span.label) / len(votes)


def test_what_nobody_saw_is_counted() -> None:
    """A document is incomplete until its passages cover it; white space needs nobody."""
    documents = {"long": Document("long", "武汉市\n\n江汉区 医院")}
    first = Annotation("long", "anna", start=0, end=3)
    second = Annotation("long", "bo", start=5, end=8)
    third = Annotation("long", "bo", start=9, end=11)
    skipped = Annotation("long", "anna", start=9, end=11, skipped=True)
    assert unseen(cases_of([first, skipped], documents)) == {"long": 5}
    assert unseen(cases_of([second], documents)) == {"long": 5}
    assert unseen(cases_of([third, first, second, skipped], documents)) == {}
    assert unseen(cases_of([by("anna")], DOCUMENTS)) == {}
