"""A workspace's files, read back for people and for the stages."""

from __future__ import annotations

from pathlib import Path

import pytest

from toolkit.errors import UsageError, WorkspaceError
from toolkit.settings import Workspace
from toolkit.stages import workspace as files
from toolkit.stages.corpus import ingest


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    """A workspace with two ingested files."""
    space, _ = files.init(tmp_path)
    (tmp_path / "corpus" / "wuhan.txt").write_text("武汉市召开会议。\n", encoding="utf-8")
    (tmp_path / "corpus" / "wuxi.txt").write_text("无锡市召开会议。\n", encoding="utf-8")
    ingest(space)
    return space


def test_a_document_is_found_by_id_and_by_file(workspace: Workspace) -> None:
    """An id, its beginning, a path, a file name and its beginning all name a document."""
    document = files.find_document(workspace, "wuhan.txt")
    assert document.text.startswith("武汉市")
    for name in (document.id, document.id[:6], "corpus/wuhan.txt", "wuh"):
        assert files.find_document(workspace, name) == document


def test_a_name_that_fits_none_or_several_is_refused(workspace: Workspace) -> None:
    """A name must mean one document; the error says which ones it could mean."""
    with pytest.raises(UsageError, match="could be any of"):
        files.find_document(workspace, "wu")
    with pytest.raises(UsageError, match="no document 'beijing'"):
        files.find_document(workspace, "beijing")


def test_init_refuses_a_file(tmp_path: Path) -> None:
    """A workspace is a folder."""
    (tmp_path / "file").write_text("")
    with pytest.raises(WorkspaceError, match="is a file"):
        files.init(tmp_path / "file")


def test_outside_of_a_workspace_the_shipped_labels_are_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Commands that work on files alone find a schema without a workspace."""
    monkeypatch.chdir(tmp_path)
    space = files.workspace_or_defaults(None)
    assert files.schema_of(space).values[:2] == ("PERSON", "TITLE")


def test_wrong_settings_are_not_passed_over(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In a workspace whose toolkit.toml is wrong nothing is done by the settings that we ship."""
    (workspace.root / "toolkit.toml").write_text("[parallel]\nworkers = -3\n", encoding="utf-8")
    monkeypatch.chdir(workspace.root / "corpus")
    with pytest.raises(WorkspaceError, match="workers"):
        files.workspace_or_defaults(None)
