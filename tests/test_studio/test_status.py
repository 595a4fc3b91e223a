"""Tests of toolkit.studio.status against a real server."""

from __future__ import annotations

from typing import Any

import pytest

from tests.test_studio.sync_samples import plan_for
from toolkit.settings import Workspace
from toolkit.studio.gateway import Gateway
from toolkit.studio.push import push
from toolkit.studio.status import AnnotatorStatus, status

pytestmark = [pytest.mark.server, pytest.mark.xdist_group("studio")]


def test_before_and_after_work(studio: Any, gateway: Gateway, workspace: Workspace) -> None:
    """Everybody is listed from the start; tasks are counted as submitted or skipped."""
    assert status(gateway, workspace) == [
        AnnotatorStatus(name, None, None, 0, 0, 0, 0) for name in ("anna", "bo")
    ]
    projects = push(gateway, plan_for(gateway, workspace, 1)).projects
    tasks = sorted(gateway.updated_tasks(projects["anna"]))
    with Gateway(studio.url, studio.annotators["anna"].token) as anna:
        anna.create_annotation(tasks[0], [])
        anna.create_annotation(tasks[0], [])
        anna.create_annotation(tasks[1], [], skipped=True)
    first, second = status(gateway, workspace)
    assert (first.assigned, first.submitted, first.skipped, first.drafts) == (4, 1, 1, 0)
    assert (second.assigned, second.submitted, second.skipped, second.drafts) == (4, 0, 0, 0)
    assert first.url == f"{gateway.url}projects/{projects['anna']}/data"
