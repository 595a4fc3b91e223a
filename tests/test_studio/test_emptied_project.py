"""Tests of what a pull says where much is gone from the server at once."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.test_studio.people import act_on
from tests.test_studio.sync_samples import documents, plan_for
from toolkit.model import Annotation, latest_annotations
from toolkit.records import read_jsonl
from toolkit.schema import LabelSchema
from toolkit.settings import Workspace
from toolkit.studio.gateway import Gateway
from toolkit.studio.project_pull import are_many
from toolkit.studio.pull import pull
from toolkit.studio.push import push


@pytest.mark.parametrize(
    ("gone", "there", "many"),
    [
        (0, 0, False),
        (9, 9, False),
        (10, 10, True),
        (10, 99, True),
        (10, 100, False),
        (999, 10_000, False),
        (1001, 10_000, True),
    ],
)
def test_many_are_ten_and_more_than_a_tenth(gone: int, there: int, many: bool) -> None:
    """What a person takes back now and then isn't many, and of few nothing is."""
    assert are_many(gone, there) is many


@pytest.mark.server
@pytest.mark.xdist_group("studio")
def test_what_an_older_backup_lost_can_count_again(
    studio: Any, gateway: Gateway, workspace: Workspace, schema: LabelSchema
) -> None:
    """It is said once, with the moment by which the command of the docs finds it."""
    (project,) = push(gateway, plan_for(gateway, workspace, 3)).projects["anna"]
    tasks = sorted(gateway.updated_tasks(project))
    with Gateway(studio.url, studio.annotators["anna"].token) as anna:
        for task in tasks:
            anna.create_annotation(task, [])
    assert pull(gateway, workspace, schema, documents(3)).problems == []
    act_on(studio, project, "delete_tasks_annotations", tasks[1:])
    (problem,) = pull(gateway, workspace, schema, documents(3)).problems
    assert f"11 of 12 of project {project}. They are kept" in problem
    assert pull(gateway, workspace, schema, documents(3)).problems == []

    moment = re.search(r"deleted_at (\S+Z)\.", problem)
    assert moment is not None
    lines = workspace.annotations.read_text("utf-8").splitlines(keepends=True)
    mended = [
        re.sub(r',"(deleted_at|project)":"[^"]*"', "", line)
        if f'"deleted_at":"{moment[1]}' in line
        else line
        for line in lines
    ]
    workspace.annotations.write_text("".join(mended), "utf-8")
    result = pull(gateway, workspace, schema, documents(3))
    assert (result.deleted, result.elsewhere, result.problems) == (0, 11, [])
    assert len(latest_annotations(read_jsonl(workspace.annotations, Annotation))) == 12
