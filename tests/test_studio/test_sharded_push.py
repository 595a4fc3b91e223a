"""Several projects behind one annotator, against a real server."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from tests.test_studio.sync_samples import cut, documents, plan_for
from toolkit.model import Annotation, latest_annotations
from toolkit.records import read_jsonl
from toolkit.schema import LabelSchema
from toolkit.settings import Workspace
from toolkit.settings import replace as changed
from toolkit.studio.check import check_projects
from toolkit.studio.gateway import Gateway
from toolkit.studio.names import document_of_key, key
from toolkit.studio.projects import EVERYONE, by_annotator, number_of, workspace_projects
from toolkit.studio.pull import pull
from toolkit.studio.push import push
from toolkit.studio.status import status
from toolkit.studio.submit import Submission, submit

pytestmark = [pytest.mark.server, pytest.mark.xdist_group("studio")]

TODAY = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture
def small(workspace: Workspace) -> Workspace:
    """Projects of nine passages, which is two documents and a piece."""
    return _with_room_for(9, workspace)


def _with_room_for(passages: int, workspace: Workspace) -> Workspace:
    studio = changed(workspace.settings.studio, project_passages=passages)
    settings = changed(workspace.settings, studio=studio)
    return Workspace(workspace.root, settings)


def _held(gateway: Gateway, workspace: Workspace, annotator: str) -> list[dict[str, int]]:
    """Tasks by key, of each of the annotator's projects in order."""
    found = []
    for project in by_annotator(workspace_projects(gateway, workspace))[annotator]:
        tasks = [task for task, _ in gateway.tasks(project.id)]
        assert len({task.key for task in tasks}) == len(tasks)
        found.append({task.key: task.id for task in tasks})
    return found


def _wanted(count: int) -> set[str]:
    return {key(passage) for document in documents(count).values() for passage in cut(document)}


def _assert_each_once(gateway: Gateway, workspace: Workspace, count: int) -> None:
    for annotator in ("anna", "bo"):
        held = [one for some in _held(gateway, workspace, annotator) for one in some]
        assert sorted(held) == sorted(_wanted(count))


def test_a_growing_corpus_opens_projects_and_moves_nothing(
    gateway: Gateway, small: Workspace
) -> None:
    """The last project is filled, then the next opened; documents are whole; nothing moves."""
    first = push(gateway, plan_for(gateway, small, 3))
    before = _held(gateway, small, "anna")
    assert [len(some) for some in before] == [8, 4]
    assert (first.created, len(first.opened)) == (24, 2)
    made = plan_for(gateway, small, 6)
    assert [[len(one.create) for one in plan.projects] for plan in made.annotators] == [
        [0, 4, 8],
        [0, 4, 8],
    ]
    second = push(gateway, made)
    assert (second.created, second.left, len(second.opened)) == (24, 24, 2)
    after = _held(gateway, small, "anna")
    assert [len(some) for some in after] == [8, 8, 8]
    assert before[0] == after[0]
    assert before[1].items() <= after[1].items()
    assert not {*map(document_of_key, after[0])} & {*map(document_of_key, after[1])}
    projects = by_annotator(workspace_projects(gateway, small))["anna"]
    assert [number_of(project) for project in projects] == [1, 2, 3]
    assert [project.title.split(" · ")[:2][-1] for project in projects[1:]] == ["2", "3"]
    third = push(gateway, plan_for(gateway, small, 6))
    assert (third.created, third.opened, third.left) == (0, [], 48)


def test_a_workspace_with_one_project_goes_on(gateway: Gateway, small: Workspace) -> None:
    """What was pushed into one project stays there, and only what is new opens another."""
    push(gateway, plan_for(gateway, _with_room_for(0, small), 4))
    assert push(gateway, plan_for(gateway, small, 4)).opened == []
    result = push(gateway, plan_for(gateway, small, 5))
    assert (result.created, len(result.opened)) == (8, 2)
    assert [len(some) for some in _held(gateway, small, "bo")] == [16, 4]


def test_people_see_one_project(
    studio: Any, gateway: Gateway, small: Workspace, schema: LabelSchema
) -> None:
    """Status adds up, pull brings what is in all of them, check finds them as they should be."""
    push(gateway, plan_for(gateway, small, 3))
    projects = by_annotator(workspace_projects(gateway, small))["anna"]
    corpus = documents(3)
    passages = [cut(document)[0] for document in corpus.values()]
    with Gateway(studio.url, studio.annotators["anna"].token) as anna:
        submit(anna, projects[0].id, [Submission(one, []) for one in passages[:2]], schema)
        submit(anna, projects[1].id, [Submission(passages[2], [])], schema)
    anna_row, bo_row = status(gateway, small, [], TODAY)
    assert (anna_row.assigned, anna_row.submitted, anna_row.left) == (12, 3, 9)
    assert anna_row.projects == tuple(project.id for project in projects)
    assert (anna_row.project_id, bo_row.left) == (projects[0].id, 12)
    result = pull(gateway, small, schema, corpus)
    assert (result.new, result.annotators["anna"].new, result.problems) == (3, 3, [])
    assert {one.doc_id for one in read_jsonl(small.annotations, Annotation)} == {*corpus}
    checks = check_projects(gateway, small, schema, "v1")
    assert sorted(one.annotator for one in checks) == ["anna", "anna", "bo", "bo"]
    assert not any(one.differences for one in checks)


def test_a_passage_that_is_in_two_projects_is_undone(gateway: Gateway, small: Workspace) -> None:
    """Of a passage doubled across projects the begun task stays, or that of the first."""
    push(gateway, plan_for(gateway, small, 3))
    first, second = by_annotator(workspace_projects(gateway, small))["anna"]
    held = _held(gateway, small, "anna")[0]
    tasks = [gateway.task(id_) for id_ in list(held.values())[:2]]
    copies = gateway.import_tasks(second.id, [{"data": one["data"]} for one in tasks]).tasks
    gateway.create_annotation(copies[0], [])
    result = push(gateway, plan_for(gateway, small, 3))
    assert (result.created, result.removed, result.problems) == (0, 2, [])
    assert tasks[0]["id"] not in gateway.updated_tasks(first.id)
    assert copies[0] in gateway.updated_tasks(second.id)
    assert copies[1] not in gateway.updated_tasks(second.id)
    _assert_each_once(gateway, small, 3)


def test_two_projects_of_one_number_are_both_theirs(gateway: Gateway, small: Workspace) -> None:
    """What two pushes at once opened twice is used; an empty one goes."""
    push(gateway, plan_for(gateway, small, 3))
    last = by_annotator(workspace_projects(gateway, small))["anna"][-1]
    twins = [
        gateway.create_project(
            title="twin", description=last.description, label_config=last.label_config
        )
        for _ in range(2)
    ]
    tasks = [gateway.task(id_)["data"] for id_ in _held(gateway, small, "anna")[1].values()]
    gateway.import_tasks(twins[0], [{"data": one} for one in tasks])
    result = push(gateway, plan_for(gateway, small, 3))
    assert (result.created, result.removed) == (0, 4)
    left = by_annotator(workspace_projects(gateway, small))["anna"]
    assert [project.id for project in left][:2] == [left[0].id, last.id]
    assert twins[1] not in [project.id for project in left]
    _assert_each_once(gateway, small, 3)


def test_shared_projects_are_several_too(gateway: Gateway, small: Workspace) -> None:
    """One project for all becomes several for all, each with the overlap."""
    assignment = changed(small.settings.assignment, projects="shared", overlap=2)
    shared = changed(small, settings=changed(small.settings, assignment=assignment))
    result = push(gateway, plan_for(gateway, shared, 3))
    assert (result.created, len(result.projects[EVERYONE]), len(result.opened)) == (12, 2, 1)
    projects = by_annotator(workspace_projects(gateway, shared))[EVERYONE]
    assert [project.maximum_annotations for project in projects] == [2, 2]


def test_the_other_kind_of_project_is_emptied_of_what_nobody_began(
    studio: Any, gateway: Gateway, workspace: Workspace, schema: LabelSchema
) -> None:
    """From own to shared and back: begun tasks stay and are pulled, the rest is withdrawn."""
    own = push(gateway, plan_for(gateway, workspace, 1)).projects
    with Gateway(studio.url, studio.annotators["anna"].token) as anna:
        passage = cut(next(iter(documents(1).values())))[0]
        submit(anna, own["anna"][0], [Submission(passage, [])], schema)
    assignment = changed(workspace.settings.assignment, projects="shared")
    shared = changed(workspace, settings=changed(workspace.settings, assignment=assignment))
    made = plan_for(gateway, shared, 1)
    assert [(one.annotator, len(one.withdraw), one.kept) for one in made.annotators] == [
        (EVERYONE, 0, 0),
        ("anna", 3, 1),
        ("bo", 4, 0),
    ]
    result = push(gateway, made)
    assert (result.created, result.withdrawn, result.kept) == (4, 7, 1)
    assert list(result.projects) == [EVERYONE]
    assert any("anna: by [assignment] projects" in one for one in result.problems)
    back = push(gateway, plan_for(gateway, workspace, 1))
    assert (back.created, back.withdrawn, back.projects) == (7, 4, own)
    assert pull(gateway, workspace, schema, documents(1)).new == 1
    (counted,) = latest_annotations(read_jsonl(workspace.annotations, Annotation))
    assert counted.annotator == "anna"
