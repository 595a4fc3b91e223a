"""Tests of toolkit.studio.status against a real server."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.test_studio.sync_samples import cut, documents, plan_for, schema
from toolkit.model import Annotation
from toolkit.records import read_jsonl
from toolkit.settings import Settings, Workspace
from toolkit.studio.gateway import Gateway
from toolkit.studio.projects import marker
from toolkit.studio.pull import pull
from toolkit.studio.push import push
from toolkit.studio.status import AnnotatorStatus, known_status, status
from toolkit.studio.tasks import to_task

TODAY = datetime.now(UTC)


@pytest.mark.server
@pytest.mark.xdist_group("studio")
def test_before_and_after_work(studio: Any, gateway: Gateway, workspace: Workspace) -> None:
    """Everybody is listed from the start; tasks are counted as submitted or skipped."""
    assert status(gateway, workspace, [], TODAY) == [
        AnnotatorStatus("anna"),
        AnnotatorStatus("bo"),
    ]
    projects = push(gateway, plan_for(gateway, workspace, 1)).projects
    tasks = sorted(gateway.updated_tasks(projects["anna"][0]))
    with Gateway(studio.url, studio.annotators["anna"].token) as anna:
        anna.create_annotation(tasks[0], [], lead_time=30)
        anna.create_annotation(tasks[0], [], lead_time=40)
        anna.create_annotation(tasks[1], [], skipped=True)
    first, second = status(gateway, workspace, [], TODAY)
    counts = (first.assigned, first.submitted, first.skipped, first.drafts, first.left)
    assert counts == (4, 1, 1, 0, 2)
    assert (second.assigned, second.submitted, second.skipped, second.left) == (4, 0, 0, 4)
    assert first.url == f"{gateway.url}projects/{projects['anna'][0]}/data"
    assert (first.per_hour, first.estimated_end) == (None, None)

    pull(gateway, workspace, schema(), documents(1))
    history = list(read_jsonl(workspace.annotations, Annotation))
    first, second = status(gateway, workspace, history, datetime.now(UTC))
    assert (first.per_hour, first.per_day) == (90.0, 1.0)
    assert first.estimated_end == (datetime.now(UTC) + timedelta(days=2)).date().isoformat()
    assert second.per_day is None
    there = known_status(workspace, history, datetime.now(UTC))
    assert [(one.annotator, one.submitted, one.skipped) for one in there] == [
        ("anna", 1, 1),
        ("bo", 0, 0),
    ]


@pytest.mark.server
@pytest.mark.xdist_group("studio")
def test_a_shared_project(studio: Any, gateway: Gateway, workspace: Workspace) -> None:
    """What all do together is counted by the server, what each did is what pull brought."""
    (document,) = documents(1).values()
    project = gateway.create_project(
        title="together",
        description=marker(workspace, ""),
        label_config=schema().xml,
        maximum_annotations=2,
    )
    tasks = gateway.import_tasks(
        project, [to_task(passage, None, schema(), document) for passage in cut(document)]
    ).tasks
    for name, done in (("anna", 3), ("bo", 1)):
        with Gateway(studio.url, studio.annotators[name].token) as person:
            for task in tasks[:done]:
                person.create_annotation(task, [], lead_time=60, skipped=task == tasks[2])
    pull(gateway, workspace, schema(), documents(1))
    history = list(read_jsonl(workspace.annotations, Annotation))
    anna, bo, together = status(gateway, workspace, history, datetime.now(UTC))
    assert (anna.submitted, anna.skipped, anna.assigned, anna.left) == (2, 1, None, None)
    assert (bo.submitted, bo.skipped, bo.per_day) == (1, 0, 1.0)
    assert (together.annotator, together.project_id, together.assigned) == ("", project, 8)
    assert (together.submitted, together.skipped, together.left) == (3, 1, 4)
    assert (together.per_day, together.per_hour) == (3.0, 60.0)


@pytest.fixture
def without_a_server(tmp_path: Path) -> Workspace:
    """A workspace that needs no server."""
    return Workspace(tmp_path, Settings(annotators={"anna": "a@x.org", "bo": "b@x.org"}))


def _given(annotator: str, document: str, day: int, **more: Any) -> Annotation:
    moment = (TODAY - timedelta(days=day)).isoformat()
    return Annotation(document, annotator, created_at=moment, updated_at=moment, **more)


def test_without_a_server_the_last_pull_speaks(without_a_server: Workspace) -> None:
    """What only the server knows is null; who isn't in toolkit.toml is listed after the others."""
    history = [
        _given("anna", "a", 2, skipped=True),
        _given("anna", "a", 1, lead_time=60.0),
        _given("anna", "b", 1, skipped=True),
        _given("chen", "a", 20, lead_time=60.0),
    ]
    anna, bo, chen = known_status(without_a_server, history, TODAY)
    assert (anna.submitted, anna.skipped, anna.per_hour, anna.idle) == (1, 1, 60.0, False)
    assert (anna.assigned, anna.drafts, anna.left, anna.estimated_end) == (None,) * 4
    assert (bo.annotator, bo.submitted, bo.last) == ("bo", 0, None)
    assert (chen.annotator, chen.submitted, chen.idle) == ("chen", 1, True)
