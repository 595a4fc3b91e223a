"""Suggestions to Label Studio, annotations back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from toolkit.errors import ServerUnreachable, WorkspaceError
from toolkit.settings import Workspace
from toolkit.stages.workspace import (
    Progress,
    has_annotations,
    read_annotations,
    read_documents,
    read_suggestions,
    schema_of,
    silent,
)

if TYPE_CHECKING:
    from datetime import datetime

    from toolkit.studio.gateway import Gateway
    from toolkit.studio.plan import PushPlan
    from toolkit.studio.pull import PullResult
    from toolkit.studio.push import PushResult
    from toolkit.studio.server import Connection
    from toolkit.studio.status import AnnotatorStatus


class StatusResult(Struct, frozen=True):
    """How far everybody is; ``url`` is null where no server answered, and ``why`` says so."""

    url: str | None
    annotators: list[AnnotatorStatus]
    why: str = ""


def gateway_to(workspace: Workspace, connection: Connection | None = None) -> Gateway:
    """The way into the workspace's Label Studio, or into the one that ``connection`` names."""
    from toolkit.studio import server
    from toolkit.studio.gateway import Gateway

    there = connection or server.connection(workspace)
    return Gateway(there.url, there.token, timeout=workspace.settings.studio.timeout_seconds)


def prepare_projects(workspace: Workspace, gateway: Gateway) -> dict[str, int]:
    """Make sure that each annotator has a project with our labels; ids by annotator."""
    from toolkit.studio.projects import own_projects
    from toolkit.studio.state import opened_state

    # The state's lock: a push at the same time would make them too.
    with opened_state(workspace, gateway.url):
        projects = own_projects(
            gateway, workspace, schema_of(workspace), workspace.settings.annotators
        )
    return {annotator: project.id for annotator, project in projects.items()}


def plan_push(workspace: Workspace, gateway: Gateway) -> PushPlan:
    """What ``push`` would do; nothing is changed."""
    from toolkit.corpus.passages import split
    from toolkit.studio.plan import plan

    if not workspace.settings.annotators:
        raise WorkspaceError(
            f"{workspace.root}: toolkit.toml names no annotators",
            'Add them under [annotators], each as name = "e-mail".',
        )
    size = workspace.settings.corpus.passage_chars
    return plan(
        gateway,
        workspace,
        schema_of(workspace),
        read_documents(workspace),
        read_suggestions(workspace).values(),
        workspace.settings.annotators,
        cut=lambda document: split(document, size),
    )


def push(workspace: Workspace, gateway: Gateway, *, progress: Progress = silent) -> PushResult:
    """Send what the plan says is missing."""
    from toolkit.studio.push import push as carry_out

    plan = plan_push(workspace, gateway)
    result = carry_out(gateway, plan, progress=progress)
    result.problems[:0] = plan.left_out
    return result


def pull(
    workspace: Workspace, gateway: Gateway, *, full: bool = False, progress: Progress = silent
) -> PullResult:
    """Fetch what was submitted into annotations.jsonl."""
    from toolkit.studio.pull import pull as fetch

    return fetch(
        gateway,
        workspace,
        schema_of(workspace),
        read_documents(workspace),
        full=full,
        progress=progress,
    )


def status(
    workspace: Workspace, now: datetime, connection: Connection | None = None
) -> StatusResult:
    """How far each annotator is; where the server doesn't answer, how far the last pull saw them.

    Raises:
        ServerRefused: the server answers, and doesn't let us in.
        RecordError: annotations.jsonl holds something else.
    """
    from toolkit.studio.status import known_status
    from toolkit.studio.status import status as ask

    history = read_annotations(workspace) if has_annotations(workspace) else []
    try:
        with gateway_to(workspace, connection) as gateway:
            return StatusResult(gateway.url, ask(gateway, workspace, history, now))
    except ServerUnreachable as error:
        return StatusResult(None, known_status(workspace, history, now), str(error))
