"""A push, made again after anything, leaves each passage once; against a real server."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.test_studio import sync_samples
from tests.test_studio.people import assert_each_once, delete_task, keys_of
from tests.test_studio.sync_samples import plan_for
from toolkit.errors import ServerRefused, ServerUnreachable
from toolkit.schema import LabelSchema, parse_schema
from toolkit.settings import Workspace
from toolkit.settings import replace as changed
from toolkit.studio.gateway import Gateway
from toolkit.studio.projects import EVERYONE, workspace_projects
from toolkit.studio.push import push
from toolkit.studio.state import opened_state

pytestmark = [pytest.mark.server, pytest.mark.xdist_group("studio")]


def test_push_twice_creates_nothing_twice(gateway: Gateway, workspace: Workspace) -> None:
    """A second push, with or without the state, finds everything there."""
    first = push(gateway, plan_for(gateway, workspace, 4))
    assert (first.created, first.left) == (32, 0)
    again = plan_for(gateway, workspace, 4)
    assert [(one.create, one.leave, one.begun) for one in again.annotators] == [([], 16, 0)] * 2
    (workspace.private / "studio" / "state.sqlite").unlink()
    second = push(gateway, again)
    assert (second.created, second.left, second.projects) == (0, 32, first.projects)
    assert_each_once(gateway, workspace, 4)


def test_an_outdated_plan_creates_nothing_twice(gateway: Gateway, workspace: Workspace) -> None:
    """What another push created since the plan was made is left."""
    outdated = plan_for(gateway, workspace, 2)
    push(gateway, plan_for(gateway, workspace, 2))
    result = push(gateway, outdated)
    assert (result.created, result.left) == (0, 16)
    assert_each_once(gateway, workspace, 2)


def test_more_documents_later(gateway: Gateway, workspace: Workspace) -> None:
    """Only what is new is created, in the project that is there."""
    first = push(gateway, plan_for(gateway, workspace, 1))
    seen: list[tuple[int, int]] = []
    second = push(
        gateway, plan_for(gateway, workspace, 3), progress=lambda done, of: seen.append((done, of))
    )
    assert (second.created, second.left, second.projects) == (16, 8, first.projects)
    assert seen == [(7, 16), (8, 16), (15, 16), (16, 16)]


@pytest.mark.parametrize("line", [1, 2, 4])
def test_a_killed_push_is_finished_by_the_next(
    line: int, studio: Any, gateway: Gateway, workspace: Workspace
) -> None:
    """After SIGKILL at some point of a push one more push leaves each passage once."""
    child = subprocess.Popen(
        [
            sys.executable,
            "-m",
            sync_samples.__name__,
            str(workspace.root),
            studio.url,
            "6",
        ],
        cwd=Path(__file__).parents[2],
        env={**os.environ, "LABEL_STUDIO_API_KEY": studio.admin.token},
        stdout=subprocess.PIPE,
        text=True,
    )
    with child:
        assert child.stdout is not None
        for _ in range(line):
            assert child.stdout.readline()
        child.send_signal(signal.SIGKILL)
    assert child.returncode == -signal.SIGKILL
    push(gateway, plan_for(gateway, workspace, 6))
    assert_each_once(gateway, workspace, 6)


def test_an_import_still_on_its_way_is_waited_for(gateway: Gateway, workspace: Workspace) -> None:
    """What the state says is being sent is looked for before it is sent again."""
    made = plan_for(gateway, workspace, 1)
    (project,) = push(gateway, plan_for(gateway, workspace, 1)).projects["anna"]
    keys = list(keys_of(1))
    with opened_state(workspace, gateway.url) as state:
        state.begin_sending(project, keys, now=0)
    assert push(gateway, made).created == 0
    with opened_state(workspace, gateway.url) as state:
        assert state.sending(project) == {}
        assert {task.key for task in state.tasks(project).values()} == set(keys)


def test_what_the_cache_cant_know_is_listed_anew(
    studio: Any, gateway: Gateway, workspace: Workspace
) -> None:
    """Deleted tasks show in no list of changes, but in the server's count."""
    (project,) = push(gateway, plan_for(gateway, workspace, 1)).projects["anna"]
    delete_task(studio, min(gateway.updated_tasks(project)))
    result = push(gateway, plan_for(gateway, workspace, 1))
    assert (result.created, result.left) == (1, 7)
    assert_each_once(gateway, workspace, 1)


def test_a_second_push_asks_little(gateway: Gateway, workspace: Workspace) -> None:
    """Nothing has changed: the projects, what changed in each, and drafts; no writes."""
    push(gateway, plan_for(gateway, workspace, 3))
    before = gateway.requests
    push(gateway, plan_for(gateway, workspace, 3))
    assert gateway.requests - before <= 18


def test_one_project_for_all_is_blind_in_the_stream(
    studio: Any, gateway: Gateway, workspace: Workspace
) -> None:
    """Both annotators are given each task, and see nothing of what the other did."""
    settings = changed(
        workspace.settings, assignment=changed(workspace.settings.assignment, projects="shared")
    )
    shared = Workspace(workspace.root, settings)
    result = push(gateway, plan_for(gateway, shared, 1))
    assert (result.created, list(result.projects)) == (4, [EVERYONE])
    (project,) = result.projects[EVERYONE]
    assert gateway.projects([project])[0].maximum_annotations == 2
    seen: dict[str, set[int]] = {"anna": set(), "bo": set()}
    for name in ("anna", "bo", "anna", "bo", "bo", "anna", "bo", "anna"):
        given = httpx.get(
            f"{studio.url.rstrip('/')}/api/projects/{project}/next",
            headers={"Authorization": f"Token {studio.annotators[name].token}"},
        ).json()
        assert given["annotations"] == []
        assert len(given["predictions"]) == 1
        seen[name].add(given["id"])
        with Gateway(studio.url, studio.annotators[name].token) as theirs:
            theirs.create_annotation(given["id"], [])
    assert seen["anna"] == seen["bo"] == set(gateway.updated_tasks(project))
    assert push(gateway, plan_for(gateway, shared, 1)).created == 0


def test_the_project_shows_labels_guidelines_and_notice(
    gateway: Gateway, workspace: Workspace, schema: LabelSchema
) -> None:
    """Annotators find the label config, the guidelines and the notice."""
    push(gateway, plan_for(gateway, workspace, 1))
    project = dict(workspace_projects(gateway, workspace))["anna"]
    name = workspace.settings.project.name
    assert project.title == f"anna · {name} · 练习 & 演示"
    assert parse_schema(project.label_config).labels == schema.labels
    assert project.description == f"练习 & 演示\ntoolkit: workspace={name} annotator=anna"


def test_server_errors_are_one_line(studio: Any, workspace: Workspace, tmp_path: Path) -> None:
    """A wrong token and a dead port say what is wrong, without the token."""
    for url, error in ((studio.url, ServerRefused), ("http://127.0.0.1:9", ServerUnreachable)):
        with Gateway(url, "deadbeef" * 5) as gateway, pytest.raises(error) as caught:
            plan_for(gateway, workspace, 1)
        assert url in str(caught.value)
        assert "deadbeef" not in str(caught.value)
        assert "\n" not in str(caught.value)
        assert caught.value.__cause__ is None
