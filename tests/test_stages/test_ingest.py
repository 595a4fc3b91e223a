"""Ingest over a workspace: what is added, mirrored, kept and refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from toolkit import records
from toolkit.errors import InputError
from toolkit.records import write_jsonl
from toolkit.settings import Workspace
from toolkit.stages.corpus import ingest
from toolkit.stages.workspace import init, read_documents


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    """An empty workspace."""
    return init(tmp_path)[0]


def write(workspace: Workspace, name: str, text: str) -> Path:
    """Put a file into the workspace."""
    path = workspace.root / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def test_paths_add_and_the_folder_mirrors(workspace: Workspace) -> None:
    """Named paths are added to what is there; without paths only the corpus folder counts."""
    write(workspace, "corpus/a.txt", "武汉市召开会议。")
    extra = write(workspace, "elsewhere/b.txt", "无锡市召开会议。")
    assert ingest(workspace).documents == 1
    added = ingest(workspace, [extra])
    assert (added.documents, added.new, added.gone) == (2, 1, 0)
    mirrored = ingest(workspace)
    assert (mirrored.documents, mirrored.new, mirrored.gone) == (1, 0, 1)


def test_a_renamed_file_keeps_its_document(workspace: Workspace) -> None:
    """A document is known by its content and not by its file's name."""
    path = write(workspace, "corpus/a.txt", "武汉市召开会议。")
    ingest(workspace)
    (before,) = read_documents(workspace)
    path.rename(path.with_name("z.txt"))
    result = ingest(workspace)
    assert (result.new, result.gone) == (0, 0)
    assert list(read_documents(workspace)) == [before]


def test_the_same_text_twice_is_one_document_and_a_note(workspace: Workspace) -> None:
    """An exact duplicate is left out and said, and is no failure."""
    write(workspace, "corpus/a.txt", "武汉市召开会议。")
    write(workspace, "corpus/b.txt", "武汉市召开会议。")
    result = ingest(workspace)
    assert result.documents == 1
    assert len(result.duplicates) == 1
    assert "b.txt" in result.duplicates[0]


def test_a_bad_file_stops_nothing(workspace: Workspace) -> None:
    """One file that isn't text is left out and said, and the good ones are there."""
    write(workspace, "corpus/a.txt", "武汉市召开会议。")
    write(workspace, "corpus/c.txt", "无锡市召开会议。")
    (workspace.root / "corpus" / "b.txt").write_bytes(b"\x00\x01\x02\xff" * 100)
    result = ingest(workspace)
    assert result.documents == 2
    assert result.rejected_count == 1
    assert "b.txt" in result.rejected[0]
    assert result.rejected_file is not None
    (line,) = records.read_jsonl(result.rejected_file, dict)
    assert "b.txt" in line["path"]
    assert line["reason"] in result.rejected[0]


def test_where_nothing_can_be_used_nothing_is_written(workspace: Workspace) -> None:
    """A run without a single document keeps the old ones, and says why; no list stays behind."""
    path = write(workspace, "corpus/a.txt", "武汉市召开会议。")
    ingest(workspace)
    before = workspace.documents.read_bytes()
    path.write_bytes(b"\x00\x01\x02\xff" * 100)
    with pytest.raises(InputError, match=r"a\.txt") as caught:
        ingest(workspace)
    assert "Nothing was written" in caught.value.hint
    assert workspace.documents.read_bytes() == before


def test_the_list_of_what_was_left_out_is_of_the_last_run(workspace: Workspace) -> None:
    """A run that leaves nothing out removes the list of the run before."""
    write(workspace, "corpus/a.txt", "武汉市召开会议。")
    twice = write(workspace, "corpus/b.txt", "武汉市召开会议。")
    listed = ingest(workspace).rejected_file
    assert listed is not None
    assert listed.exists()
    twice.unlink()
    assert ingest(workspace).rejected_file is None
    assert not listed.exists()


def test_annotated_documents_are_never_dropped(workspace: Workspace) -> None:
    """What somebody annotated stays when its file has gone."""
    path = write(workspace, "corpus/a.txt", "武汉市召开会议。")
    write(workspace, "corpus/b.txt", "无锡市召开会议。")
    ingest(workspace)
    doc_id = next(iter(read_documents(workspace)))
    write_jsonl(workspace.annotations, [{"doc_id": doc_id, "annotator": "x", "spans": []}])
    path.unlink()
    result = ingest(workspace)
    assert result.kept_for_annotations == (doc_id,)
    assert doc_id in read_documents(workspace)


def test_the_text_under_annotations_never_changes(workspace: Workspace) -> None:
    """A record of one's own id whose text changed is refused once somebody annotated it."""
    rows = workspace.root / "corpus" / "rows.jsonl"
    write_jsonl(rows, [{"id": "n1", "text": "武汉市召开会议。"}])
    ingest(workspace)
    write_jsonl(rows, [{"id": "n1", "text": "武汉市今天召开会议。"}])
    assert ingest(workspace).documents == 1
    write_jsonl(workspace.annotations, [{"doc_id": "n1", "annotator": "x", "spans": []}])
    assert ingest(workspace).documents == 1
    before = workspace.documents.read_bytes()
    write_jsonl(rows, [{"id": "n1", "text": "无锡市召开会议。"}])
    with pytest.raises(InputError, match="'n1' has annotations"):
        ingest(workspace)
    assert workspace.documents.read_bytes() == before
    write_jsonl(rows, [{"id": "n1", "text": "无锡市召开会议。"}, {"id": "n2", "text": "新的。"}])
    result = ingest(workspace)
    assert "'n1' has annotations" in result.rejected[0]
    assert (result.documents, result.new, result.gone) == (2, 1, 0)
    assert result.kept_for_annotations == ()
    assert read_documents(workspace)["n1"].text == "武汉市今天召开会议。"
