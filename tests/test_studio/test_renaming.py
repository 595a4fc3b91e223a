"""An annotator by another name, on a real server."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.test_studio.sync_samples import cut, documents, plan_for
from toolkit.errors import ServerUnreachable, UsageError
from toolkit.model import Alternative, Annotation, GoldDocument, GoldSpan
from toolkit.records import read_jsonl, write_jsonl
from toolkit.schema import LabelSchema
from toolkit.settings import FILE_NAME, Workspace, open_workspace
from toolkit.stages.renaming import rename
from toolkit.studio.gateway import Gateway
from toolkit.studio.names import key
from toolkit.studio.projects import by_annotator, workspace_projects
from toolkit.studio.pull import pull
from toolkit.studio.push import push
from toolkit.studio.submit import Submission, submit


@pytest.fixture
def begun(
    studio: Any,
    gateway: Gateway,
    workspace: Workspace,
    schema: LabelSchema,
    monkeypatch: pytest.MonkeyPatch,
) -> Workspace:
    """A passage of anna's is submitted and pulled; commands go to the shared server."""
    monkeypatch.setenv("LABEL_STUDIO_URL", studio.url)
    monkeypatch.setenv("LABEL_STUDIO_API_KEY", studio.admin.token)
    (project,) = push(gateway, plan_for(gateway, workspace, 1)).projects["anna"]
    with Gateway(studio.url, studio.annotators["anna"].token) as anna:
        passage = cut(next(iter(documents(1).values())))[0]
        submit(anna, project, [Submission(passage, [])], schema)
    pull(gateway, workspace, schema, documents(1))
    return workspace


@pytest.mark.server
@pytest.mark.xdist_group("studio")
def test_who_has_a_new_name_keeps_everything(
    gateway: Gateway, begun: Workspace, schema: LabelSchema
) -> None:
    """The project goes on, nothing is sent twice, and what was annotated is theirs."""
    before = by_annotator(workspace_projects(gateway, begun))["anna"]
    done = rename(begun, "anna", " 安娜  b ")
    assert (done.new, done.projects) == ("安娜 b", (before[0].id,))
    assert done.files == {"annotations.jsonl": 1}
    renamed = open_workspace(begun.root)
    assert list(renamed.settings.annotators) == ["安娜 b", "bo"]
    (after,) = by_annotator(workspace_projects(gateway, renamed))["安娜 b"]
    assert (after.id, after.title.split(" · ")[0]) == (before[0].id, "安娜 b")
    result = push(gateway, plan_for(gateway, renamed, 1))
    assert (result.created, result.projects["安娜 b"]) == (0, [after.id])
    pulled = pull(gateway, renamed, schema, documents(1))
    assert (pulled.new, pulled.changed, pulled.elsewhere) == (0, 0, 0)
    assert {one.annotator for one in read_jsonl(begun.annotations, Annotation)} == {"安娜 b"}
    with pytest.raises(UsageError, match="neither 'anna' nor 'x'"):
        rename(renamed, "anna", "x")
    with pytest.raises(UsageError, match="both"):
        rename(renamed, "bo", "安娜 b")


@pytest.mark.server
@pytest.mark.xdist_group("studio")
def test_a_name_that_was_changed_by_hand_is_followed(gateway: Gateway, begun: Workspace) -> None:
    """The project that a push has made meanwhile is joined; what was begun is there once."""
    path = begun.root / FILE_NAME
    path.write_text(path.read_text("utf-8").replace("anna =", "ann ="), "utf-8")
    changed = open_workspace(begun.root)
    push(gateway, plan_for(gateway, changed, 1))
    done = rename(changed, "anna", "ann")
    assert len(done.projects or ()) == 2
    push(gateway, plan_for(gateway, changed, 1))
    wanted = {key(passage) for one in documents(1).values() for passage in cut(one)}
    found = [
        task
        for project in by_annotator(workspace_projects(gateway, changed))["ann"]
        for task, _ in gateway.tasks(project.id)
    ]
    assert sorted(task.key for task in found) == sorted(wanted)
    assert sum(task.begun for task in found) == 1


def test_gold_says_the_new_name(tmp_path: Path) -> None:
    """Votes, deciders, and who gave what lost; without a server where nothing was pushed."""
    (tmp_path / FILE_NAME).write_text('[annotators]\nanna = "a@x"\nbo = "b@x"\n', "utf-8")
    workspace = open_workspace(tmp_path)
    lost = Alternative(1, 2, "LOC", "b", confidence=0.5, annotators=("bo", "anna"))
    span = GoldSpan(
        0, 1, "ORG", "a", votes={"anna": "ORG", "bo": None}, decided_by="anna", alternatives=(lost,)
    )
    gold = GoldDocument("d", "ab", (span,), ("anna", "bo"), rejected=(lost,))
    write_jsonl(workspace.gold, [gold])
    done = rename(workspace, "anna", "ann")
    assert (done.projects, done.files) == (None, {"gold.jsonl": 1})
    (after,) = read_jsonl(workspace.gold, GoldDocument)
    assert after.annotators == ("ann", "bo")
    assert (after.spans[0].votes, after.spans[0].decided_by) == ({"ann": "ORG", "bo": None}, "ann")
    assert (
        after.rejected[0].annotators == after.spans[0].alternatives[0].annotators == ("bo", "ann")
    )
    assert list(open_workspace(tmp_path).settings.annotators) == ["ann", "bo"]


def test_without_the_server_nothing_is_renamed(tmp_path: Path) -> None:
    """Where passages were pushed, the projects have to be renamed too."""
    (tmp_path / FILE_NAME).write_text('[annotators]\nanna = "a@x"\n', "utf-8")
    workspace = open_workspace(tmp_path)
    state = workspace.private / "studio" / "state.sqlite"
    state.parent.mkdir(parents=True)
    state.touch()
    with pytest.raises(ServerUnreachable):
        rename(workspace, "anna", "ann")
    assert list(open_workspace(tmp_path).settings.annotators) == ["anna"]
