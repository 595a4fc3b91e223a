"""Tests of toolkit.studio.history."""

from __future__ import annotations

from pathlib import Path

import pytest
from msgspec.structs import replace

from toolkit.errors import InputError, RecordError
from toolkit.model import AnnotatedSpan, Annotation, latest_annotations
from toolkit.records import read_jsonl, write_jsonl
from toolkit.studio.history import History

PROJECT = "3@2026-01-01T00:00:00.000000Z"
FIRST = Annotation(
    "doc",
    "anna",
    (AnnotatedSpan(0, 2, "LOC"),),
    task_id=1,
    annotation_id=7,
    created_at="2026-01-01T00:00:00.000000Z",
    updated_at="2026-01-01T00:00:01.000000Z",
    suggested="v1",
    project=PROJECT,
)
SECOND = replace(FIRST, spans=(), updated_at="2026-01-02T00:00:00.000000Z")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where the file is."""
    return tmp_path / "annotations.jsonl"


def _rewritten(path: Path, *added: Annotation) -> list[Annotation]:
    with History(path) as history:
        for record in added:
            history.add(record)
        history.write()
    return list(read_jsonl(path, Annotation))


def test_a_submission_is_new_then_unchanged_and_a_later_one_is_a_change(path: Path) -> None:
    """Both submissions of an annotation stay, also when they come again."""
    with History(path) as history:
        kinds = [history.add(record) for record in (FIRST, FIRST, SECOND, FIRST)]
        assert kinds == ["new", "unchanged", "changed", "unchanged"]
        history.write()
    assert list(read_jsonl(path, Annotation)) == [FIRST, SECOND]
    with History(path) as history:
        assert history.annotations(PROJECT) == {7: 1}
        assert history.annotations("another server's") == {}


@pytest.mark.parametrize("unknown", ["task_id", "annotation_id", "updated_at"])
def test_records_that_are_from_no_server_stay_apart(path: Path, unknown: str) -> None:
    """Two people's records that lack an id or a time are both kept, whatever else they share."""
    anna = replace(FIRST, **{unknown: None})
    bo = replace(anna, annotator="bo")
    write_jsonl(path, [anna, bo])
    assert _rewritten(path, SECOND) == [anna, SECOND, bo]


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


def test_what_was_deleted_stays_in_the_file_and_says_so(path: Path) -> None:
    """All submissions of an annotation are withdrawn, and all are back when it is."""
    _rewritten(path, FIRST, SECOND)
    with History(path) as history:
        assert history.withdraw(PROJECT, [7], "2026-01-03") == ["anna"]
        assert history.annotations(PROJECT) == {}
        history.write()
    gone = [replace(one, deleted_at="2026-01-03") for one in (FIRST, SECOND)]
    assert list(read_jsonl(path, Annotation)) == gone
    with History(path) as history:
        assert history.annotations(PROJECT) == {}
        assert history.add(SECOND) == "changed"
        assert history.annotations(PROJECT) == {7: 1}
        history.write()
    assert list(read_jsonl(path, Annotation)) == [FIRST, SECOND]


def test_annotations_of_another_server_are_left_alone(path: Path) -> None:
    """The same numbers in another project, or made at another time, are other annotations."""
    elsewhere = replace(FIRST, project="3@2025-01-01T00:00:00.000000Z")
    earlier = replace(FIRST, created_at="2025-01-01T00:00:00.000000Z", annotator="bo")
    _rewritten(path, elsewhere, earlier, FIRST)
    with History(path) as history:
        assert history.elsewhere([PROJECT]) == 1
        history.withdraw(PROJECT, [7], "2026-01-03")
        history.write()
    found = {(one.project, one.annotator): one.deleted_at for one in read_jsonl(path, Annotation)}
    assert found[elsewhere.project, "anna"] is None
    assert found[PROJECT, "anna"] == "2026-01-03"


def test_records_from_before_projects_were_known_are_recognised(path: Path) -> None:
    """They take the project when they are seen again, with all their earlier submissions."""
    old = [replace(one, project=None) for one in (FIRST, SECOND)]
    write_jsonl(path, old)
    assert _rewritten(path, SECOND) == [FIRST, SECOND]


def test_what_it_does_not_know_stays_as_it_was(path: Path) -> None:
    """A line that isn't touched keeps its bytes, whoever wrote it; parts of killed runs go."""
    own = b'{"annotator": "me",  "doc_id": "a", "note": "mine"}'
    path.write_bytes(b"\xef\xbb\xbf" + own + b"\r\n\n")
    path.with_name(f".{path.name}.0123456789ab.part").write_bytes(b"half")
    with History(path) as history:
        history.add(FIRST)
        history.write()
        history.add(SECOND)
        history.write()
    first, *rest = path.read_bytes().splitlines()
    assert first == own
    assert len(rest) == 2
    assert [found.name for found in path.parent.iterdir()] == [path.name]


def test_much_that_is_new_waits_on_disk(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is new is the same in the file, however little memory it may take."""
    monkeypatch.setattr("toolkit.studio.history._HELD_BYTES", 1000)
    made = [replace(FIRST, annotation_id=n, start=n, end=n + 1) for n in range(100)]
    with History(path) as history:
        for record in reversed(made):
            history.add(record)
        history.write()
        assert history.add(made[50]) == "unchanged"
        history.write()
    assert list(read_jsonl(path, Annotation)) == made


def test_what_is_no_record_is_named(path: Path) -> None:
    """A broken line is an error with its number, and a folder is one too."""
    path.write_text('{"doc_id": "d", "annotator": "a"}\n{"doc_id": 1}\n')
    with pytest.raises(RecordError, match="line 2"):
        History(path)
    path.unlink()
    path.mkdir()
    with pytest.raises(InputError, match="can't be read"):
        History(path)
