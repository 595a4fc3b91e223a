"""Tests of toolkit.studio.history."""

from __future__ import annotations

from pathlib import Path

import pytest
from msgspec.structs import replace

from toolkit.model import AnnotatedSpan, Annotation, latest_annotations
from toolkit.records import read_jsonl, write_jsonl
from toolkit.studio.history import History

FIRST = Annotation(
    "doc",
    "anna",
    (AnnotatedSpan(0, 2, "LOC"),),
    task_id=1,
    annotation_id=7,
    created_at="2026-01-01T00:00:00.000000Z",
    updated_at="2026-01-01T00:00:01.000000Z",
    suggested="v1",
)
SECOND = replace(FIRST, spans=(), updated_at="2026-01-02T00:00:00.000000Z")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where the file is."""
    return tmp_path / "annotations.jsonl"


def _rewritten(path: Path, *added: Annotation) -> list[Annotation]:
    history = History(path)
    for record in added:
        history.add(record)
    history.write()
    return list(read_jsonl(path, Annotation))


def test_a_submission_is_new_then_unchanged_and_a_later_one_is_a_change(path: Path) -> None:
    """Both submissions of an annotation stay, also when they come again."""
    history = History(path)
    kinds = [history.add(record) for record in (FIRST, FIRST, SECOND, FIRST)]
    assert kinds == ["new", "unchanged", "changed", "unchanged"]
    history.write()
    assert list(read_jsonl(path, Annotation)) == [FIRST, SECOND]
    assert History(path).tasks == {7: 1}


@pytest.mark.parametrize("unknown", ["task_id", "annotation_id", "updated_at"])
def test_records_that_are_from_no_server_stay_apart(path: Path, unknown: str) -> None:
    """Two people's records that lack an id or a time are both kept, whatever else they share."""
    anna = replace(FIRST, **{unknown: None})
    bo = replace(anna, annotator="bo")
    write_jsonl(path, [anna, bo])
    assert _rewritten(path, SECOND) == [anna, SECOND, bo]
    assert History(path).tasks == {7: 1}


def test_submissions_that_only_look_the_same_are_both_kept(path: Path) -> None:
    """Where a file was put together from two servers, nobody's labels take another's place."""
    elsewhere = replace(FIRST, annotator="bo", spans=())
    write_jsonl(path, [FIRST, elsewhere])
    assert _rewritten(path, SECOND) == [FIRST, SECOND, elsewhere]


def test_what_was_shown_stays_known(path: Path) -> None:
    """Suggestions that were deleted on the server were shown all the same."""
    assert _rewritten(path, FIRST, replace(FIRST, suggested=None)) == [FIRST]


def test_a_renamed_annotator_is_one_person(path: Path) -> None:
    """All submissions of an annotation go by its last name, so that one of them counts."""
    records = _rewritten(path, FIRST, replace(SECOND, annotator="Anna"))
    assert [record.annotator for record in records] == ["Anna", "Anna"]
    assert [record.updated_at for record in latest_annotations(records)] == [SECOND.updated_at]
