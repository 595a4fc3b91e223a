"""Very many documents are merged by what a sample of them teaches."""

from __future__ import annotations

import pickle

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from toolkit.gold import sample
from toolkit.gold.cases import Case, View
from toolkit.gold.merge import fit, merge, merged_whole, names_in
from toolkit.gold.methods import METHODS, Choices
from toolkit.model import AnnotatedSpan, Annotation, Document, Span

TEXT = "甲乙丙丁戊己庚辛壬癸" * 4
RIGHT = (AnnotatedSpan(3, 6, "PER"), AnnotatedSpan(20, 22, "LOC"))
CHOICES = Choices(trust={"anna": 2.0})


def crowd(documents: int) -> list[Case]:
    """Three people mark the same two places; the third one now and then misses one."""
    rng = np.random.default_rng(5)
    return [
        Case(
            Document(f"d{number}", TEXT),
            (
                View("anna", 0, len(TEXT), RIGHT),
                View("bo", 0, len(TEXT), RIGHT),
                View("cleo", 0, len(TEXT), RIGHT[int(rng.random() < 0.2) :]),
            ),
        )
        for number in range(documents)
    ]


@pytest.mark.parametrize("method", METHODS)
def test_what_a_sample_teaches_decides_as_the_whole_does(method: str) -> None:
    """With clear evidence a fitted method gives the spans of a merge of all, in order."""
    cases = crowd(60)
    whole = list(merged_whole(cases, method, CHOICES))
    fitted = fit(cases[:40], names_in(cases), method, CHOICES)
    merged = list(fitted.gold(cases))
    assert [gold.doc_id for gold in merged] == [gold.doc_id for gold in whole]
    for one, other in zip(merged, whole, strict=True):
        assert [span.key for span in one.spans] == [span.key for span in other.spans]
        assert [span.decided_by for span in one.spans] == [span.decided_by for span in other.spans]


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("size", [1, 7, 60])
def test_gold_does_not_depend_on_the_portion(method: str, size: int) -> None:
    """However cases are dealt to portions, and in which process, their gold is the same."""
    cases = crowd(60)
    fitted = fit(cases[:40], names_in(cases), method, CHOICES)
    elsewhere = pickle.loads(pickle.dumps(fitted))  # noqa: S301 - what we have just pickled
    pieces = [gold for at in range(0, 60, size) for gold in elsewhere.gold(cases[at : at + size])]
    assert pieces == list(fitted.gold(cases))


def test_a_string_seen_nowhere_else_is_no_less_credible() -> None:
    """Confidence is about that of a merge of all, for strings that the sample didn't have."""
    cases = []
    for number in range(100):
        text = f"the word is name{number:03} and so on"
        span = AnnotatedSpan(12, 19, "PER")
        views = tuple(View(who, 0, len(text), (span,)) for who in ("anna", "bo", "cleo"))
        cases.append(Case(Document(f"d{number}", text), views))
    fitted = fit(cases[:60], names_in(cases), "sequence")
    whole = list(merged_whole(cases, "sequence"))
    for one, other in zip(fitted.gold(cases), whole, strict=True):
        assert one.status == other.status == "agreed"
        assert one.spans[0].confidence == pytest.approx(other.spans[0].confidence, abs=0.1)


@pytest.mark.parametrize("method", METHODS)
def test_an_empty_sample_teaches_nothing(method: str) -> None:
    """Where no document of the sample is complete, all who agree are still believed."""
    cases = crowd(3)
    fitted = fit([], names_in(cases), method, CHOICES)
    assert [span.key for span in next(fitted.gold(cases)).spans] == [s.key for s in RIGHT]


def test_layers_that_the_sample_did_not_have_are_merged_too() -> None:
    """Nested spans are gold where the sample's spans were all flat."""
    cases = crowd(50)
    spans = (Span(3, 9, "PER"), Span(4, 6, "PER"))
    nested = Case(Document("n", TEXT), tuple(View(n, 0, len(TEXT), spans) for n in ("anna", "bo")))
    fitted = fit(cases, names_in([*cases, nested]), "sequence")
    (gold,) = fitted.gold([nested])
    assert [span.key for span in gold.spans] == [span.key for span in spans]


def test_many_documents_are_merged_by_a_sample(monkeypatch: pytest.MonkeyPatch) -> None:
    """Beyond the room of a sample gold is there of all documents, in their order."""
    cases = crowd(50)
    annotations = [
        Annotation(case.document.id, view.annotator, tuple(view.spans))  # type: ignore[arg-type]
        for case in cases
        for view in case.views
    ]
    documents = {case.document.id: case.document for case in cases}
    whole = list(merge(annotations, documents, method="sequence"))
    monkeypatch.setattr(sample, "FEW", 0)
    monkeypatch.setattr(sample, "ROOM", 10 * cases[0].size)
    merged = list(merge(annotations, documents, method="sequence"))
    assert [[s.key for s in g.spans] for g in merged] == [[s.key for s in g.spans] for g in whole]
    assert merged != whole  # confidences are of the sample


@given(st.lists(st.tuples(st.integers(0, 2), st.integers(1, 9)), min_size=1), st.integers(1, 50))
def test_everybody_and_every_label_is_in_the_sample(
    documents: list[tuple[int, int]], room: int
) -> None:
    """Whatever the room, the sample has everybody, and depends on ids and not on places."""

    def drawn(order: list[int]) -> set[int]:
        wanted = sample.Wanted()
        ranks = [sample.rank_of(str(number)) for number in order]
        for place, number in enumerate(order):
            wanted.see(place, ranks[place], "annotator", [str(documents[number][0])])
        found = sample.drawn(ranks, [documents[number][1] for number in order], wanted, room)
        assert found == sorted(set(found))
        return {order[place] for place in found}

    numbers = list(range(len(documents)))
    taken = drawn(numbers)
    assert {documents[number][0] for number in taken} == {who for who, _ in documents}
    assert drawn(numbers[::-1]) == taken
