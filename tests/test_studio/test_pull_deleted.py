"""What is gone from the server; against a real server."""

from __future__ import annotations

from typing import Any

import pytest

from tests.test_studio.people import (
    PASSAGES,
    act_on,
    counts_of,
    delete_annotation,
    delete_task,
    pull,
    records_of,
    span_of,
    submit,
    task_of,
)
from toolkit.model import latest_annotations
from toolkit.records import write_jsonl
from toolkit.settings import Workspace, replace
from toolkit.studio.gateway import Gateway

pytestmark = [pytest.mark.server, pytest.mark.xdist_group("studio")]


def test_what_is_deleted_there_stays_here_and_does_not_count(
    studio: Any,
    gateway: Gateway,
    anna: Gateway,
    workspace: Workspace,
    projects: dict[str, int],
) -> None:
    """A deleted annotation and a deleted task: each is told once, and marked in the file."""
    ids = [submit(anna, projects["anna"], passage) for passage in PASSAGES[:4]]
    submit(anna, projects["anna"], PASSAGES[0], [span_of(PASSAGES[0], "王小明", "PERSON")])
    pull(gateway, workspace)
    before = records_of(workspace)
    delete_annotation(studio, ids[0])
    assert pull(gateway, workspace).deleted == 1
    delete_task(studio, task_of(gateway, projects["anna"], PASSAGES[1]))
    result = pull(gateway, workspace)
    assert (result.deleted, result.annotators["anna"].deleted) == (1, 1)
    for full in (False, True):
        result = pull(gateway, workspace, full=full)
        assert (result.deleted, result.differences) == (0, [])
    after = records_of(workspace)
    assert [replace(one, deleted_at=None) for one in after] == before
    assert {one.annotation_id for one in after if one.deleted_at} == set(ids[:2])
    assert {one.annotation_id for one in latest_annotations(after)} == set(ids[2:])


def test_many_that_are_deleted_at_once(
    studio: Any,
    gateway: Gateway,
    anna: Gateway,
    workspace: Workspace,
    projects: dict[str, int],
) -> None:
    """The data manager's own actions on many tasks are noticed as well."""
    for passage in PASSAGES[:5]:
        submit(anna, projects["anna"], passage)
    pull(gateway, workspace)
    tasks = [task_of(gateway, projects["anna"], passage) for passage in PASSAGES[:4]]
    for action, chosen in (("delete_tasks_annotations", tasks[:2]), ("delete_tasks", tasks[2:])):
        act_on(studio, projects["anna"], action, chosen)
        assert pull(gateway, workspace).deleted == 2
    assert [one.passage for one in latest_annotations(records_of(workspace))] == [
        (PASSAGES[4].doc_id, PASSAGES[4].start, PASSAGES[4].end)
    ]


def test_what_is_there_again_counts_again(
    gateway: Gateway,
    anna: Gateway,
    workspace: Workspace,
    projects: dict[str, int],
) -> None:
    """As after a server was set back to a backup and then forward again."""
    annotation = submit(anna, projects["anna"], PASSAGES[0])
    pull(gateway, workspace)
    (record,) = records_of(workspace)
    write_jsonl(workspace.annotations, [replace(record, deleted_at="2026-01-01T00:00:00Z")])
    assert counts_of(pull(gateway, workspace)) == (0, 1, 0, 0)
    assert records_of(workspace) == [record]
    assert record.annotation_id == annotation


def test_a_project_that_is_deleted_takes_nobodys_work_back(
    gateway: Gateway,
    anna: Gateway,
    bo: Gateway,
    workspace: Workspace,
    projects: dict[str, int],
) -> None:
    """Who tidies the server up when all is pulled keeps every label, and is told."""
    submit(anna, projects["anna"], PASSAGES[0])
    submit(bo, projects["bo"], PASSAGES[0])
    pull(gateway, workspace)
    before = records_of(workspace)
    gateway.delete_project(projects["anna"])
    result = pull(gateway, workspace)
    assert (result.deleted, result.elsewhere, result.problems) == (0, 1, [])
    assert records_of(workspace) == before
    assert len(latest_annotations(before)) == 2
