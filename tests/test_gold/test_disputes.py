"""The queue of disputes."""

from __future__ import annotations

import pytest

from toolkit.gold.cases import View
from toolkit.gold.disputes import TIMED, Dispute, Doubt, Effort, disputes, doubted, measured_effort
from toolkit.gold.merge import merge
from toolkit.model import AnnotatedSpan, Annotation, Document, GoldDocument, GoldSpan, Passage

TEXTS = {
    "a": "武汉市第一医院说没有。",  # three versions of one place
    "b": "李明是书记。" + "今天天气很好。" * 40,  # a difference in a long text
    "c": "李明是书记。",  # the same difference in a short one
    "d": "武汉市。",  # all agree
}
DOCUMENTS = {id_: Document(id_, text) for id_, text in TEXTS.items()}


def whole(document: Document) -> list[Passage]:
    """One passage a document."""
    return [Passage(document.id, 0, len(document.text), document.text)]


def by(name: str, doc_id: str, *spans: tuple[int, int, str]) -> Annotation:
    """An annotation of a whole document."""
    text = TEXTS[doc_id]
    return Annotation(doc_id, name, tuple(AnnotatedSpan(*s, text[s[0] : s[1]]) for s in spans))


GIVEN = [
    by("anna", "a", (0, 7, "ORG")),
    by("bo", "a", (0, 7, "FAC")),
    by("chen", "a", (0, 3, "LOC")),
    *(by(name, "b", (0, 2, "PERSON")) for name in ("anna", "bo")),
    by("chen", "b"),
    *(by(name, "c", (0, 2, "PERSON")) for name in ("anna", "bo")),
    by("chen", "c"),
    *(by(name, "d", (0, 3, "LOC")) for name in ("anna", "bo", "chen")),
]


def queue(*reviews: Annotation) -> list[Dispute]:
    """The disputes of a vote."""
    gold = merge(GIVEN, DOCUMENTS, method="majority", reviews=reviews)
    return disputes(gold, GIVEN, DOCUMENTS, reviews, whole, Effort())


def test_what_a_minute_mends_most_comes_first() -> None:
    """More in doubt before less, short before long; what all agree on isn't there."""
    found = queue()
    assert [one.passage.doc_id for one in found] == ["a", "c", "b"]
    assert [one.per_minute for one in found] == sorted((o.per_minute for o in found), reverse=True)
    assert found[1].gain == pytest.approx(1 / 3)


def test_a_question_says_who_gave_what() -> None:
    """Kinds of difference, answers with their givers, and those who gave nothing."""
    first, short, _ = queue()
    (question,) = first.questions
    assert question.kinds == ("boundary", "label")
    assert {one.key: one.annotators for one in question.answers} == {
        (0, 7, "ORG"): ("anna",),
        (0, 7, "FAC"): ("bo",),
        (0, 3, "LOC"): ("chen",),
    }
    (question,) = short.questions
    assert (question.kinds, question.nothing) == (("presence",), ("chen",))
    assert set(short.versions) == {"anna", "bo", "chen"}


def test_what_was_decided_is_no_dispute() -> None:
    """A passage leaves the queue with its decision."""
    assert [one.passage.doc_id for one in queue(by("rita", "a", (0, 7, "ORG")))] == ["c", "b"]


def test_the_pace_is_that_of_the_people_here() -> None:
    """Twice the usual time for annotations makes decisions take twice as long; few say nothing."""
    usual = Effort()
    annotations = []
    documents = {}
    for number in range(TIMED):
        id_ = f"d{number}"
        documents[id_] = Document(id_, "一" * (10 + number))
        seconds = 2 * usual.seconds(10 + number, 0)
        annotations.append(Annotation(id_, "anna", lead_time=seconds))
    assert measured_effort(annotations, documents).character == pytest.approx(2 * usual.character)
    assert measured_effort(annotations[1:], documents) == usual


def test_passages_in_doubt_are_ordered_by_what_a_minute_mends() -> None:
    """A doubt belongs to the passage it begins in; what a reviewer decided is not asked again."""
    text = "甲" * 9
    gold = [GoldDocument("d", text, (GoldSpan(0, 2, "LOC"), GoldSpan(5, 6, "LOC")))]
    parts = [Passage("d", 0, 5, text[:5]), Passage("d", 5, 9, text[5:])]
    doubts = {"d": [Doubt(4, 6, "a", 0.5), Doubt(5, 6, "b", 0.4), Doubt(7, 8, "c", 0.4)]}
    worst, other = doubted(doubts, gold, lambda _: parts, {}, Effort())
    assert (worst.passage, worst.gain, len(worst.doubts)) == (parts[1], 0.8, 2)
    assert [span.key for span in worst.gold] == [(5, 6, "LOC")]
    assert (other.passage, other.gain, other.versions) == (parts[0], 0.5, {})
    decided = {"d": [View("chen", 5, 9, ())]}
    assert doubted(doubts, gold, lambda _: parts, decided, Effort()) == [other]
