"""Ingest over a workspace: what is added, mirrored, kept and refused."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from toolkit.errors import InputError, UsageError
from toolkit.records import write_jsonl
from toolkit.settings import Workspace, replace
from toolkit.stages.corpus import ingest, with_standard_input
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


def test_a_bad_file_stops_everything_unless_it_is_skipped(workspace: Workspace) -> None:
    """One file that isn't text leaves documents.jsonl as it was; --skip-bad goes on."""
    write(workspace, "corpus/a.txt", "武汉市召开会议。")
    ingest(workspace)
    before = workspace.documents.read_bytes()
    write(workspace, "corpus/c.txt", "无锡市召开会议。")
    (workspace.root / "corpus" / "b.txt").write_bytes(b"\x00\x01\x02\xff" * 100)
    with pytest.raises(InputError, match=r"b\.txt"):
        ingest(workspace)
    assert workspace.documents.read_bytes() == before
    result = ingest(workspace, skip_bad=True)
    assert result.documents == 2
    assert len(result.rejected) == 1


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


def test_columns_of_settings_and_flags(workspace: Workspace) -> None:
    """toolkit.toml names columns for good, a flag for one run; each key for itself."""
    write(workspace, "corpus/a.csv", "编号,正文,摘要\nn1,武汉市召开会议。,无锡市召开会议。\n")
    with pytest.raises(InputError, match="its columns are 编号, 正文, 摘要"):
        ingest(workspace)
    columns = {"id": "编号", "text": "正文"}
    corpus = replace(workspace.settings.corpus, columns=columns)
    named = replace(workspace, settings=replace(workspace.settings, corpus=corpus))
    assert ingest(named).documents == 1
    assert read_documents(workspace)["n1"].text == "武汉市召开会议。"
    ingest(named, columns={"text": "摘要"})
    assert read_documents(workspace)["n1"].text == "无锡市召开会议。"


def test_standard_input_becomes_a_file(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is kept in the corpus folder, unless what is done with it fails."""
    data = io.TextIOWrapper(io.BytesIO('{"text":"武汉市召开会议。"}\n'.encode()))
    monkeypatch.setattr("sys.stdin", data)
    with with_standard_input(workspace, [Path("-")], "jsonl") as paths:
        assert ingest(workspace, paths).documents == 1
    (document,) = read_documents(workspace).values()
    assert document.source is not None
    assert document.source.path.startswith("corpus/stdin-")
    assert ingest(workspace).documents == 1
    before = list((workspace.root / "corpus").iterdir())
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"x\xff\xff")))
    with (
        pytest.raises(InputError, match="byte offset 1"),
        with_standard_input(workspace, [Path("-")]) as paths,
    ):
        ingest(workspace, paths)
    assert list((workspace.root / "corpus").iterdir()) == before
    with pytest.raises(UsageError, match="--format"), with_standard_input(workspace, [], "csv"):
        pass
