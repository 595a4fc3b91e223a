"""Shares of the work on a real server, as people come and go."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from tests.test_studio.sync_samples import cut, documents, plan_for
from toolkit.settings import Workspace, replace
from toolkit.studio.gateway import Gateway
from toolkit.studio.names import key
from toolkit.studio.projects import workspace_projects
from toolkit.studio.push import push

pytestmark = [pytest.mark.server, pytest.mark.xdist_group("studio")]


def _with(workspace: Workspace, *people: str, overlap: int) -> Workspace:
    settings = workspace.settings
    changed: Workspace = replace(
        workspace,
        settings=replace(
            settings,
            annotators={name: f"{name}@example.com" for name in people},
            assignment=replace(settings.assignment, overlap=overlap),
        ),
    )
    return changed


def _tasks(gateway: Gateway, workspace: Workspace) -> dict[str, dict[str, int]]:
    """Each annotator's tasks on the server, by the key of their passages."""
    wanted = [key(passage) for document in documents(4).values() for passage in cut(document)]
    return {
        annotator: {
            one: tasks[0].id for one, tasks in gateway.tasks_by_key(project.id, wanted).items()
        }
        for annotator, project in workspace_projects(gateway, workspace)
    }


def test_who_left_leaves_what_they_never_began(
    studio: Any, gateway: Gateway, workspace: Workspace
) -> None:
    """Each passage goes to one of two; when one leaves, the other gets all but what was begun."""
    both = _with(workspace, "anna", "bo", overlap=1)
    push(gateway, plan_for(gateway, both, 4))
    before = _tasks(gateway, both)
    assert sorted(len(tasks) for tasks in before.values()) == [8, 8]
    assert set(Counter(one for tasks in before.values() for one in tasks).values()) == {1}

    begun = min(before["bo"])
    with Gateway(studio.url, studio.annotators["bo"].token) as bo:
        bo.create_annotation(before["bo"][begun], [])
    alone = _with(workspace, "anna", overlap=1)
    push(gateway, plan_for(gateway, alone, 4))
    after = _tasks(gateway, alone)
    assert after["anna"].keys() == (before["anna"].keys() | before["bo"].keys()) - {begun}
    assert after["anna"].items() >= before["anna"].items()
    assert after["bo"][begun] == before["bo"][begun]
