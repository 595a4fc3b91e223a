"""Which suggestions a push changes; against a real server."""

from __future__ import annotations

from typing import Any

import pytest

from tests.test_studio import sync_samples
from tests.test_studio.people import keys_of
from tests.test_studio.sync_samples import cut, documents, plan_for
from toolkit.model import Suggestion
from toolkit.schema import LabelSchema
from toolkit.settings import Workspace
from toolkit.settings import replace as changed
from toolkit.studio.answers import ServerTask
from toolkit.studio.gateway import Gateway
from toolkit.studio.plan import plan
from toolkit.studio.projects import workspace_projects
from toolkit.studio.push import push
from toolkit.studio.push_plan import PushPlan

pytestmark = [pytest.mark.server, pytest.mark.xdist_group("studio")]


def test_tasks_that_lost_their_suggestions_get_them(
    gateway: Gateway, workspace: Workspace, schema: LabelSchema
) -> None:
    """A task without predictions that nobody has begun is completed; a begun one is left."""
    made = plan_for(gateway, workspace, 1)
    without = plan(gateway, workspace, schema, documents(1), [], ["anna", "bo"], cut=cut)
    (project,) = push(gateway, without).projects["anna"]
    tasks = gateway.tasks_by_key(project, keys_of(1))
    begun = min(tasks)
    gateway.create_annotation(tasks[begun][0].id, [])
    result = push(gateway, plan_for(gateway, workspace, 1))
    assert (result.created, result.replaced, result.begun) == (0, 7, 1)
    for name, (task,) in gateway.tasks_by_key(project, keys_of(1)).items():
        assert task.model_versions == (() if name == begun else ("v1",))
        wanted = made.sources[name][2]
        if name != begun and wanted:
            (prediction,) = gateway.task(task.id)["predictions"]
            assert len(prediction["result"]) == len(wanted.spans)
    again = push(gateway, plan_for(gateway, workspace, 1))
    assert (again.created, again.replaced) == (0, 0)


def test_a_new_pack_version_replaces_what_nobody_has_begun(
    gateway: Gateway, workspace: Workspace
) -> None:
    """Each task has one prediction, of the new version, which fills in; begun ones keep theirs."""
    (project,) = push(gateway, plan_for(gateway, workspace, 1)).projects["anna"]
    tasks = gateway.tasks_by_key(project, keys_of(1))
    begun = min(tasks)
    gateway.create_annotation(tasks[begun][0].id, [])
    before = {one["id"]: one["predictions"] for one in _in_full(gateway, project)}
    made = plan_for(gateway, workspace, 2, "v2")
    assert [
        (len(one.create), len(one.replace), one.leave, one.begun) for one in made.annotators
    ] == [(4, 3, 0, 1), (4, 4, 0, 0)]
    result = push(gateway, made)
    assert (result.created, result.replaced, result.begun) == (8, 7, 1)
    projects = dict(workspace_projects(gateway, workspace))
    assert {project.model_version for project in projects.values()} == {"v2"}
    for row in _in_full(gateway, project):
        (prediction,) = row["predictions"]
        is_begun = row["data"]["key"] == begun
        assert prediction["model_version"] == ("v1" if is_begun else "v2")
        if row["id"] in before:  # an editor that shows the old ones can still submit
            assert prediction["id"] == before[row["id"]][0]["id"]
    again = plan_for(gateway, workspace, 2, "v2")
    assert [(len(one.replace), one.begun) for one in again.annotators] == [(0, 1), (0, 0)]


def test_a_changed_rule_touches_only_what_it_changes(
    gateway: Gateway, workspace: Workspace, schema: LabelSchema
) -> None:
    """Tasks whose suggestions are the same by the new rules are not asked for nor written."""
    corpus = documents(2)
    old = sync_samples.suggestions(corpus.values(), "pack-1-aaaaaaaaaaaa")
    new = sync_samples.suggestions(corpus.values(), "pack-1-bbbbbbbbbbbb")
    fewer = tuple(span for span in new[0].spans if span.text != "武汉")
    new[0] = changed(new[0], spans=fewer)

    def made(suggestions: list[Suggestion]) -> PushPlan:
        return plan(gateway, workspace, schema, corpus, suggestions, ["anna"], cut=cut)

    (project,) = push(gateway, made(old)).projects["anna"]
    before = gateway.updated_tasks(project)
    result = push(gateway, made(new))
    assert (result.replaced, result.left, result.begun) == (1, 7, 0)
    times = gateway.updated_tasks(project)
    (touched,) = [task for task in times if times[task] != before[task]]
    (prediction,) = gateway.task(touched)["predictions"]
    assert [region["value"]["text"] for region in prediction["result"]] == ["N95口罩"]
    assert {one["meta"]["version"] for one in prediction["result"]} == {"pack-1-bbbbbbbbbbbb"}
    (workspace.private / "studio" / "state.sqlite").unlink()
    assert [(one.leave, len(one.replace)) for one in made(new).annotators] == [(8, 0)]


def test_control_passages_show_nothing(
    gateway: Gateway, workspace: Workspace, schema: LabelSchema
) -> None:
    """They have no prediction, and don't look as if one were missing."""
    settings = changed(
        workspace.settings, assignment=changed(workspace.settings.assignment, control=0.5)
    )
    half = Workspace(workspace.root, settings)
    projects = [
        id_ for ids in push(gateway, plan_for(gateway, half, 3)).projects.values() for id_ in ids
    ]

    def shown() -> list[int]:
        return [len(row["predictions"]) for id_ in projects for row in _in_full(gateway, id_)]

    control = shown().count(0)
    assert 0 < control < len(shown()) == 24
    counted = [task.predictions for id_ in projects for task in _listed(gateway, id_)]
    assert sorted(counted) == sorted(shown())
    result = push(gateway, plan_for(gateway, half, 3))
    assert (result.replaced, result.created, result.left) == (0, 0, 24)
    result = push(gateway, plan_for(gateway, workspace, 3))
    assert (result.replaced, {*shown()}) == (control, {1})
    result = push(gateway, plan_for(gateway, half, 3))
    assert (result.replaced, shown().count(0)) == (control, control)


def _listed(gateway: Gateway, project: int) -> list[ServerTask]:
    return [task for task, _ in gateway.tasks(project)]


def _in_full(gateway: Gateway, project: int) -> list[dict[str, Any]]:
    return gateway.tasks_in_full(project, sorted(gateway.updated_tasks(project)))
