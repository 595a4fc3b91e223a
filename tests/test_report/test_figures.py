"""The report's numbers are counted as its last section says."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.test_report.report_samples import TEXT, VERSION, agreement, report, submissions
from toolkit.errors import InputError
from toolkit.model import AnnotatedSpan, Annotation, GoldDocument, GoldSpan, Origin, SuggestedSpan
from toolkit.model import Suggestion as Proposal
from toolkit.report.figures import MOST_DISPUTED, MOST_QUOTES, Number
from toolkit.report.handling import Handling


def test_the_corpus_is_counted() -> None:
    """Documents, characters, what the rules proposed, and where they found nothing."""
    corpus = report().corpus
    assert corpus.documents == 5
    assert corpus.characters == len(TEXT) + 2 + 3
    assert (corpus.median_characters, corpus.longest) == (1, len(TEXT))
    assert (corpus.suggestions, corpus.silent) == (2, 1)
    assert corpus.suggested == {"TIME": 1, "PERSON": 1, "LOC": 1, "ORG": 1}
    assert corpus.model_versions == (VERSION,)


def test_progress_counts_the_last_submission() -> None:
    """A second submission replaces the first; a skipped passage is no work done."""
    li, zhang = report().progress
    assert (li.annotator, li.passages, li.spans, li.skipped) == ("li", 1, 4, 0)
    assert (li.timed, li.median_seconds, li.seconds) == (1, 42.0, 42.0)
    assert (zhang.passages, zhang.documents, zhang.skipped, zhang.spans) == (3, 3, 1, 1)
    assert (zhang.timed, zhang.median_seconds) == (0, None)


def test_documents_by_number_of_annotators() -> None:
    """Every document is somewhere, those that nobody saw included."""
    assert report().annotators_a_document == {0: 2, 1: 2, 2: 1}


def test_the_fate_of_each_suggestion() -> None:
    """Kept, trimmed, removed and added are told apart, by the suggestion's label."""
    told = report().suggestions
    rows = {row.label: row for row in told.labels}
    assert rows["TIME"] == Handling("TIME", kept=2)
    assert rows["PERSON"] == Handling("PERSON", kept=1, removed=1)
    assert rows["LOC"] == Handling("LOC", changed=1, removed=1)
    assert rows["ORG"] == Handling("ORG", removed=2)
    assert rows["NUM"] == Handling("NUM", added=1)
    assert (told.annotations, told.without, told.unknown_version) == (2, 1, 1)


def test_only_suggestions_in_the_passage_were_shown() -> None:
    """What lies outside of the annotated passage was not there to be removed."""
    passage = Annotation("d1", "li", start=6, end=13, suggested=VERSION)
    rows = {row.label: row for row in report(annotations=[passage]).suggestions.labels}
    assert rows == {"PERSON": Handling("PERSON", removed=1), "LOC": Handling("LOC", removed=1)}


def test_a_relabelled_suggestion_is_changed_under_its_own_label() -> None:
    """The row tells what became of the rule's proposal."""
    span = AnnotatedSpan(16, 18, "TITLE", origin="changed")
    done = [Annotation("d1", "li", (span,), suggested=VERSION)]
    rows = {row.label: row for row in report(annotations=done).suggestions.labels}
    assert rows["ORG"] == Handling("ORG", changed=1)
    assert "TITLE" not in rows


def test_a_change_that_was_undone_is_none() -> None:
    """Whoever moves an end and moves it back has kept the suggestion."""
    span = AnnotatedSpan(16, 18, "ORG", origin="changed")
    done = [Annotation("d1", "li", (span,), suggested=VERSION)]
    rows = {row.label: row for row in report(annotations=done).suggestions.labels}
    assert rows["ORG"] == Handling("ORG", kept=1)


@given(st.data())
def test_every_span_of_either_side_is_counted_once(data: st.DataObject) -> None:
    """Shown = kept + changed + removed, and what was given = kept + changed + added."""
    proposed = [SuggestedSpan(i, i + 2, "LOC") for i in data.draw(st.sets(st.integers(0, 15)))]
    origins: st.SearchStrategy[Origin] = st.sampled_from(["suggested", "changed", "added"])
    ends = st.tuples(st.integers(0, 15), st.integers(1, 3), st.sampled_from(["LOC", "ORG"]))
    given_ = [
        AnnotatedSpan(start, start + length, label, origin=data.draw(origins))
        for start, length, label in sorted(data.draw(st.sets(ends)))
    ]
    told = report(
        suggestions=[Proposal("d1", "v", tuple(proposed))],
        annotations=[Annotation("d1", "li", tuple(given_), suggested="v")],
    ).suggestions
    assert sum(row.shown for row in told.labels) == len(proposed)
    assert sum(row.kept + row.changed + row.added for row in told.labels) == len(given_)


def test_gold_is_counted() -> None:
    """Labels with their confidence, bins that cover all spans, and every status."""
    gold = report().gold
    assert (gold.documents, gold.spans) == (2, 3)
    assert {row.label: (row.spans, row.mean_confidence, row.unanimous) for row in gold.labels} == {
        "TIME": (1, 1.0, 1),
        "LOC": (1, 0.5, 0),
        "NUM": (1, 0.75, 0),
    }
    assert gold.confidence == (0, 1, 0, 1, 0, 0, 1)
    assert gold.status == {"agreed": 0, "merged": 0, "disputed": 1, "single": 1}


def test_disputed_spans_are_quoted_with_context() -> None:
    """The list shows what the doubt is about, and not what was agreed."""
    (disputed,) = report().gold.disputed
    assert [(q.text, q.label, q.confidence) for q in disputed.quotes] == [
        ("武汉", "LOC", 0.5),
        ("7名", "NUM", 0.75),
    ]
    quote = disputed.quotes[0]
    assert quote.before + quote.text + quote.after in TEXT


def test_long_lists_say_how_much_more_there_is() -> None:
    """Nothing is cut in silence."""
    text = "疫" * (MOST_QUOTES + 3)
    spans = tuple(GoldSpan(i, i + 1, "LOC", confidence=0.5) for i in range(len(text)))
    many = [GoldDocument(f"d{i}", text, spans, status="disputed") for i in range(MOST_DISPUTED + 5)]
    gold = report(gold=many).gold
    assert (len(gold.disputed), gold.more_disputed) == (MOST_DISPUTED, 5)
    assert (len(gold.disputed[0].quotes), gold.disputed[0].more) == (MOST_QUOTES, 3)


def test_labels_that_the_schema_lacks_are_shown_last() -> None:
    """A label of an older schema is counted like any other."""
    data = report(gold=[GoldDocument("d", "疫", (GoldSpan(0, 1, "OLD"),))])
    assert data.labels[-1].value == "OLD"
    assert data.labels[0].value == "PERSON"


def test_nothing_at_all_is_a_report_too() -> None:
    """An empty workspace has a report of zeros."""
    data = report(documents=[], suggestions=[], annotations=[], agreement=None, gold=[])
    assert (data.corpus.documents, data.progress, data.agreement) == (0, (), None)
    assert data.annotators_a_document == {}


@pytest.mark.parametrize(
    "wrong", [{"overall": 3}, {"overall": [{"value": 1}]}, {"differences": [{}]}]
)
def test_something_else_than_an_agreement_report_is_an_input_error(wrong: object) -> None:
    """The error says where such a report comes from."""
    with pytest.raises(InputError, match="toolkit agreement"):
        report(agreement=wrong)


def test_something_else_than_scores_is_an_input_error() -> None:
    """The error says where scores come from."""
    with pytest.raises(InputError, match="rules score"):
        report(scores={"rules": 3})


def test_a_missing_number_has_a_reason() -> None:
    """Even where the source gave none, and also where only the interval is missing."""
    assert Number("x").reason == "no reason was given"
    assert Number("x", 0.5, undefined="one document").reason == "one document"
    assert not Number("x", 0.5, 0.4, 0.6, undefined="ignored").reason
    assert not Number("x", 0.5).reason


def test_inputs_stay_as_they_are() -> None:
    """Counting changes neither the records nor the agreement report."""
    numbers, done = agreement(), submissions()
    report(agreement=numbers, annotations=done)
    assert numbers == agreement()
    assert done == submissions()
