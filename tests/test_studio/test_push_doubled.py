"""What is there twice; against a real server."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from tests.test_studio.people import keys_of, save_draft
from tests.test_studio.sync_samples import plan_for
from toolkit.schema import LabelSchema
from toolkit.settings import Workspace
from toolkit.studio.gateway import Gateway
from toolkit.studio.projects import workspace_projects
from toolkit.studio.push import push

pytestmark = [pytest.mark.server, pytest.mark.xdist_group("studio")]


def test_doubled_tasks_are_undone(
    gateway: Gateway, workspace: Workspace, schema: LabelSchema
) -> None:
    """Of doubled tasks the begun one stays, or the oldest; two begun ones are reported."""
    (project,) = push(gateway, plan_for(gateway, workspace, 1)).projects["anna"]
    first = gateway.tasks_by_key(project, keys_of(1))
    tasks = [gateway.task(found[0].id) for found in first.values()]
    copies = gateway.import_tasks(project, [{"data": task["data"]} for task in tasks[:3]]).tasks
    gateway.create_annotation(copies[1], [])
    gateway.create_annotation(copies[2], [])
    gateway.create_annotation(tasks[2]["id"], [])
    result = push(gateway, plan_for(gateway, workspace, 1))
    assert (result.created, result.removed, len(result.problems)) == (0, 2, 1)
    left = set(gateway.updated_tasks(project))
    assert left == {tasks[0]["id"], copies[1], tasks[2]["id"], copies[2], tasks[3]["id"]}


def test_doubled_tasks_with_drafts_stay(
    studio: Any, gateway: Gateway, workspace: Workspace
) -> None:
    """What an annotator saved and did not submit counts as work, though no admin sees it."""
    (project,) = push(gateway, plan_for(gateway, workspace, 1)).projects["anna"]
    first = gateway.tasks_by_key(project, keys_of(1))
    tasks = [gateway.task(found[0].id) for found in first.values()]
    copies = gateway.import_tasks(project, [{"data": task["data"]} for task in tasks[:2]]).tasks
    for task in (copies[0], tasks[1]["id"], copies[1]):
        save_draft(studio, "anna", task)
    result = push(gateway, plan_for(gateway, workspace, 1))
    assert (result.removed, len(result.problems)) == (1, 1)
    left = {tasks[1]["id"], tasks[2]["id"], tasks[3]["id"], *copies}
    assert set(gateway.updated_tasks(project)) == left


def test_work_that_begins_during_a_push_stays(
    studio: Any, gateway: Gateway, workspace: Workspace
) -> None:
    """A doubled task that is submitted after the push looked is not removed."""
    (project,) = push(gateway, plan_for(gateway, workspace, 1)).projects["anna"]
    first = gateway.tasks_by_key(project, keys_of(1))
    tasks = [gateway.task(found[0].id) for found in first.values()]
    (copy,) = gateway.import_tasks(project, [{"data": tasks[0]["data"]}]).tasks
    made = plan_for(gateway, workspace, 1)

    class Busy(Gateway):
        """A server on which somebody submits just before something is deleted."""

        def delete_untouched(self, project: int, tasks: Sequence[int]) -> None:
            for task in tasks:
                self.create_annotation(task, [])
            super().delete_untouched(project, tasks)

    with Busy(studio.url, studio.admin.token) as busy:
        assert push(busy, made).removed == 0
    assert set(gateway.updated_tasks(project)) == {copy, *(task["id"] for task in tasks)}


def test_twin_projects_are_undone(gateway: Gateway, workspace: Workspace) -> None:
    """An empty project beside an annotator's own goes; a second one with tasks is theirs too."""
    (project,) = push(gateway, plan_for(gateway, workspace, 1)).projects["anna"]
    own = dict(workspace_projects(gateway, workspace))["anna"]
    twins = [
        gateway.create_project(
            title="twin", description=own.description, label_config=own.label_config
        )
        for _ in range(2)
    ]
    gateway.import_tasks(twins[0], [{"data": {"text": "added by hand"}}])
    result = push(gateway, plan_for(gateway, workspace, 1))
    assert (result.created, result.projects["anna"]) == (0, [project, twins[0]])
    left = [found.id for name, found in workspace_projects(gateway, workspace) if name == "anna"]
    assert left == [project, twins[0]]
