"""A pull asks for what has changed, and misses nothing; against a real server."""

from __future__ import annotations

import time
from datetime import timedelta
from typing import Any

import pytest

from tests.test_studio.people import PASSAGES, counts_of, pull, span_of, submit, task_of
from toolkit.settings import Workspace
from toolkit.studio.gateway import Gateway
from toolkit.studio.state import opened_state

pytestmark = [pytest.mark.server, pytest.mark.xdist_group("studio")]


def test_pulling_again_changes_nothing(
    gateway: Gateway,
    anna: Gateway,
    workspace: Workspace,
    projects: dict[str, int],
) -> None:
    """Incremental, full, or without the state: the file stays the same to the byte."""
    for passage in PASSAGES[:3]:
        submit(anna, projects["anna"], passage)
    assert counts_of(pull(gateway, workspace)) == (3, 0, 0, 0)
    file, inode = workspace.annotations.read_bytes(), workspace.annotations.stat().st_ino
    assert counts_of(pull(gateway, workspace)) == (0, 0, 3, 0)
    assert counts_of(pull(gateway, workspace, full=True)) == (0, 0, 3, 0)
    (workspace.private / "studio" / "state.sqlite").unlink()
    assert counts_of(pull(gateway, workspace)) == (0, 0, 3, 0)
    assert workspace.annotations.read_bytes() == file
    assert workspace.annotations.stat().st_ino == inode
    workspace.annotations.unlink()
    assert counts_of(pull(gateway, workspace, full=True)) == (3, 0, 0, 0)
    assert workspace.annotations.read_bytes() == file


def test_full_proves_what_was_known(
    gateway: Gateway,
    anna: Gateway,
    workspace: Workspace,
    projects: dict[str, int],
) -> None:
    """It says that all is the same, or exactly what was not, and mends that."""
    for passage in PASSAGES[:3]:
        submit(anna, projects["anna"], passage)
    pull(gateway, workspace)
    result = pull(gateway, workspace, full=True)
    assert (result.compared, result.differences, result.problems) == (3, [], [])
    # A state that believes to know more than it does.
    with opened_state(workspace, gateway.url) as state:
        state.pulled(projects["anna"], "2100-01-01T00:00:00.000000Z", {})
    again = submit(anna, projects["anna"], PASSAGES[1], [span_of(PASSAGES[1], "武汉", "LOC")])
    assert pull(gateway, workspace).changed == 0
    result = pull(gateway, workspace, full=True)
    (difference,) = result.differences
    assert f"annotation {again} had been submitted again" in difference
    assert (result.compared, result.changed) == (3, 1)
    assert pull(gateway, workspace, full=True).differences == []
    with opened_state(workspace, gateway.url) as state:
        assert "2100" not in str(state.watermark(projects["anna"]))


def test_a_file_that_lost_lines_is_whole_again(
    gateway: Gateway,
    anna: Gateway,
    workspace: Workspace,
    projects: dict[str, int],
) -> None:
    """Where the server counts more than the file has, everything is read, also without --full."""
    for passage in PASSAGES[:3]:
        submit(anna, projects["anna"], passage)
    pull(gateway, workspace)
    file = workspace.annotations.read_bytes()
    # As if it had been a week ago: the next pull looks only at what changed since.
    with opened_state(workspace, gateway.url) as state:
        state.pulled(projects["anna"], "2100-01-01T00:00:00.000000Z", {})
    workspace.annotations.write_bytes(file.split(b"\n", 1)[1])
    assert pull(gateway, workspace).new == 1
    assert workspace.annotations.read_bytes() == file


def test_what_changes_while_the_changes_are_listed_is_pulled_next(  # noqa: PLR0917 - fixtures
    studio: Any,
    gateway: Gateway,
    anna: Gateway,
    workspace: Workspace,
    projects: dict[str, int],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A long list of changes takes time, and what changes behind its reader isn't skipped."""
    first, last = PASSAGES[0], PASSAGES[-1]
    works: list[int] = []

    class Slow(Gateway):
        """A server whose first list takes a second; anna works behind its reader, then ahead."""

        def updated_tasks(self, project: int, since: str | None = None) -> dict[int, str]:
            listed = super().updated_tasks(project, since)
            if project != projects["anna"] or works:
                return listed
            works.append(project)
            submit(anna, project, first)
            time.sleep(1)
            submit(anna, project, last)
            task = task_of(gateway, project, last)
            return {**listed, task: gateway.updated_tasks(project)[task]}

    monkeypatch.setattr("toolkit.studio.project_pull._OVERLAP", timedelta())
    with Slow(studio.url, studio.admin.token) as slow:
        pull(slow, workspace)
    with opened_state(workspace, gateway.url) as state:
        mark = state.watermark(projects["anna"])
    task = task_of(gateway, projects["anna"], first)
    assert task in gateway.updated_tasks(projects["anna"], mark)
