"""The records."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from tests.strategies import annotations_of, documents, gold_of, suggestions_of
from toolkit.errors import RecordError
from toolkit.model import (
    AnnotatedSpan,
    Annotation,
    Document,
    GoldDocument,
    Span,
    SuggestedSpan,
    Suggestion,
    latest_annotations,
)


def _submission(
    *labels: str, updated_at: str | None = None, skipped: bool = False, who: str = "ann"
) -> Annotation:
    """One annotator's record for document d, with one span a label."""
    spans = tuple(AnnotatedSpan(i, i + 1, label) for i, label in enumerate(labels))
    return Annotation("d", who, spans, updated_at=updated_at, skipped=skipped)


@given(st.data())
def test_records_come_back_from_json_as_they_were(data: st.DataObject) -> None:
    """Every record is the same after a way through JSON."""
    document = data.draw(documents())
    for record, kind in (
        (document, Document),
        (data.draw(suggestions_of(document)), Suggestion),
        (data.draw(annotations_of(document)), Annotation),
        (data.draw(gold_of(document)), GoldDocument),
    ):
        assert msgspec.json.decode(msgspec.json.encode(record), type=kind) == record


def test_researchers_may_bring_the_least() -> None:
    """A document needs only id and text, an annotation only doc_id, annotator and spans."""
    document = msgspec.json.decode('{"id":"d","text":"武汉"}', type=Document)
    assert document == Document("d", "武汉")
    annotation = msgspec.json.decode(
        '{"doc_id":"d","annotator":"ann","spans":[{"start":0,"end":2,"label":"LOC"}]}',
        type=Annotation,
    )
    assert annotation.spans == (AnnotatedSpan(0, 2, "LOC"),)
    assert annotation.passage == ("d", 0, None)


def test_records_cannot_be_changed() -> None:
    """A record is frozen."""
    with pytest.raises(AttributeError):
        Span(0, 1, "LOC").start = 2  # type: ignore[misc]  # the point of the test


def test_spans_sort_with_and_without_text() -> None:
    """Spans of all kinds sort by start, end and label, whether they carry a text or not."""
    spans = [
        Span(2, 3, "LOC"),
        SuggestedSpan(0, 2, "ORG", "武汉", rule="r"),
        Span(0, 2, "LOC"),
        Span(0, 1, "LOC", "武"),
        AnnotatedSpan(0, 2, "LOC", "武汉"),
    ]
    assert [span.key for span in sorted(spans)] == sorted(span.key for span in spans)
    assert max(spans).key == (2, 3, "LOC")


def test_a_span_has_no_order_with_other_things() -> None:
    """A span is not compared with a tuple."""
    with pytest.raises(TypeError):
        Span(0, 1, "LOC") < (0, 1)  # noqa: B015 - the point of the test


def test_the_last_submission_counts() -> None:
    """Of one annotator's submissions for a passage the last by time counts, in any order."""
    first = _submission("LOC", updated_at="2020-01-25T08:00:00Z")
    second = _submission("ORG", updated_at="2020-01-26T08:00:00Z")
    assert latest_annotations([first, second]) == [second]
    assert latest_annotations([second, first]) == [second]


@pytest.mark.parametrize(
    ("earlier", "later"),
    [
        ("2020-01-25T08:00:00Z", "2020-01-25T08:00:00.250000Z"),
        ("2020-01-25T08:30:00+08:00", "2020-01-25T01:00:00Z"),
        ("2020-01-25T08:00:00", "2020-01-25T08:00:01Z"),
        ("2020-01-25", "2020-01-25T00:00:01+00:00"),
    ],
)
def test_times_are_compared_as_times(earlier: str, later: str) -> None:
    """Fractions of a second and offsets from UTC don't mislead, as comparing letters would."""
    first, second = _submission("LOC", updated_at=earlier), _submission("ORG", updated_at=later)
    assert latest_annotations([second, first]) == [second]


@pytest.mark.parametrize("time", [None, "", "2020-01-25T08:00:00Z"])
def test_without_a_time_the_later_record_counts(time: str | None) -> None:
    """Where times are missing or the same, the place in the list decides."""
    first = _submission("LOC", updated_at=time)
    second = _submission("ORG", updated_at=None if time else time)
    assert latest_annotations([first, second]) == [second]
    assert latest_annotations([second, first]) == [first]


def test_creation_stands_in_for_a_missing_update() -> None:
    """A record that was never updated counts from when it was created."""
    first = Annotation("d", "ann", created_at="2020-01-25T08:00:00Z")
    second = Annotation("d", "ann", created_at="2020-01-26T08:00:00Z", task_id=1)
    assert latest_annotations([second, first]) == [second]


def test_a_later_skip_takes_the_submission_back() -> None:
    """Who skips after having submitted has nothing that counts, until they submit again."""
    submitted = _submission("LOC", updated_at="2020-01-25T08:00:00Z")
    skip = _submission(updated_at="2020-01-26T08:00:00Z", skipped=True)
    again = _submission("ORG", updated_at="2020-01-27T08:00:00Z")
    assert latest_annotations([submitted, skip]) == []
    assert latest_annotations([skip, submitted]) == []
    assert latest_annotations([submitted, skip, again]) == [again]


def test_annotators_and_passages_are_apart() -> None:
    """One annotator's skip or correction touches neither others nor other passages."""
    mine, yours = _submission("LOC"), _submission("ORG", who="ben")
    elsewhere = Annotation("d", "ann", start=7, end=9)
    another = Annotation("d", "ann", start=5, end=7)
    skip = _submission(skipped=True)
    assert latest_annotations([elsewhere, yours, mine, another, skip]) == [
        yours,
        another,
        elsewhere,
    ]


def test_what_was_deleted_does_not_count() -> None:
    """The annotator's word before it counts again, and an annotation that is back counts."""
    first = _submission("LOC", updated_at="2020-01-25T08:00:00Z")
    second = _submission("ORG", updated_at="2020-01-26T08:00:00Z")
    gone = structs.replace(second, deleted_at="2020-01-27T08:00:00Z")
    assert latest_annotations([first, gone]) == [first]
    assert latest_annotations([gone]) == []
    assert latest_annotations([first, gone, second]) == [second]


def _cut(start: int, end: int | None, spans: Sequence[tuple[int, int]], at: int) -> Annotation:
    given = tuple(AnnotatedSpan(s, e, "LOC") for s, e in spans)
    time = f"2020-01-{at:02}T08:00:00Z"
    return Annotation("d", "ann", given, start=start, end=end, updated_at=time)


def test_no_stretch_counts_twice_for_one_person() -> None:
    """Of passages of different cuts the later counts whole, and the earlier where it is alone."""
    old = _cut(0, 20, [(1, 3), (8, 12), (14, 16), (18, 20)], at=1)
    new = _cut(10, 15, [(11, 12)], at=2)
    # 8-12 and 14-16 reach into the new passage, so that nobody has the last word on the rest.
    assert latest_annotations([old, new]) == [
        _cut(0, 8, [(1, 3)], at=1),
        new,
        _cut(16, 20, [(18, 20)], at=1),
    ]
    whole = structs.replace(new, start=0, end=None)
    assert latest_annotations([old, whole]) == [whole]
    assert latest_annotations([whole, structs.replace(old, updated_at="2020-01-03")])[1:] == [
        structs.replace(whole, start=20, spans=())
    ]


def test_a_skip_takes_nothing_from_other_cuts() -> None:
    """Who skips a passage because its text was done in another has still done it."""
    done, skip = _cut(0, 20, [(1, 3)], at=1), structs.replace(_cut(0, 10, [], at=2), skipped=True)
    assert latest_annotations([done, skip]) == [done]


@given(
    st.lists(
        st.tuples(
            st.integers(0, 30),
            st.integers(1, 20),
            st.lists(st.tuples(st.integers(0, 20), st.integers(1, 6)), max_size=4),
            st.sampled_from([None, 1, 2, 3]),
        ),
        max_size=6,
    )
)
def test_what_counts_of_one_person_never_overlaps(
    made: list[tuple[int, int, list[tuple[int, int]], int | None]],
) -> None:
    """Whatever the cuts: pieces are disjoint, hold whole spans, and lose only crossed ones."""
    history = []
    for start, length, spans, day in made:
        inside = [(start + s, min(start + s + n, start + length)) for s, n in spans if s < length]
        one = _cut(start, start + length, inside, at=day or 1)
        history.append(one if day else structs.replace(one, updated_at=None))
    counted = latest_annotations(history)
    for before, after in pairwise(counted):
        assert before.end is not None
        assert before.end <= after.start
    seen = set()
    for piece in counted:
        assert piece.end is not None
        assert all(piece.start <= s.start < s.end <= piece.end for s in piece.spans)
        seen |= set(range(piece.start, piece.end))
        if (piece.start, piece.end) in {(one.start, one.end) for one in history}:
            assert piece in history
    spanned = {i for one in history for s in one.spans for i in range(s.start, s.end)}
    read = {i for one in history for i in range(one.start, one.end or 0)}
    assert seen <= read
    assert read - seen <= spanned


def test_a_time_that_is_none_is_an_error() -> None:
    """A time that isn't ISO 8601 is named, with document and annotator."""
    with pytest.raises(RecordError, match="'d' by 'ann': 'yesterday'"):
        latest_annotations([_submission("LOC", updated_at="yesterday")])
