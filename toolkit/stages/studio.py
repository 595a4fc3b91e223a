"""Suggestions to Label Studio, annotations back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from toolkit import records
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

    from toolkit.studio.check import ProjectCheck
    from toolkit.studio.gateway import Gateway
    from toolkit.studio.project_pull import PullResult
    from toolkit.studio.push_plan import PushPlan, PushResult
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


def prepare_projects(workspace: Workspace, gateway: Gateway) -> dict[str, list[int]]:
    """Make sure that each annotator has a project with our labels; ids by annotator, in order."""
    from toolkit.studio.projects import own_projects, project_annotators
    from toolkit.studio.state import opened_state

    # The state's lock: a push at the same time would make them too.
    with opened_state(workspace, gateway.url):
        projects = own_projects(
            gateway, workspace, schema_of(workspace), project_annotators(workspace)
        )
    return {annotator: [one.id for one in some] for annotator, some in projects.items()}


def plan_push(workspace: Workspace, gateway: Gateway, *, order: str | None = None) -> PushPlan:
    """What ``push`` would do; nothing is changed.

    Args:
        workspace: what is pushed.
        gateway: the server.
        order: a strategy in place of ``[assignment] order``.
    """
    from toolkit.corpus.passages import split
    from toolkit.studio.plan import plan

    _need_annotators(workspace)
    size = workspace.settings.corpus.passage_chars
    return plan(
        gateway,
        workspace,
        schema_of(workspace),
        read_documents(workspace),
        read_suggestions(workspace).values(),
        workspace.settings.annotators,
        cut=lambda document: split(document, size),
        order=order,
    )


def _need_annotators(workspace: Workspace) -> None:
    if not workspace.settings.annotators:
        raise WorkspaceError(
            f"{workspace.root}: toolkit.toml names no annotators",
            'Add them under [annotators], each as name = "e-mail".',
        )


def check_push(workspace: Workspace, gateway: Gateway, *, mend: bool = False) -> list[ProjectCheck]:
    """How the projects on the server differ from what the workspace says; no task is touched.

    Args:
        workspace: what would be pushed.
        gateway: the server.
        mend: set right what only changes what annotators look at.
    """
    from toolkit.studio.check import check_projects
    from toolkit.studio.plan import prefilled_version
    from toolkit.studio.state import opened_state

    _need_annotators(workspace)
    version = prefilled_version(read_documents(workspace), read_suggestions(workspace))
    arguments = (gateway, workspace, schema_of(workspace), version)
    if not mend:
        return check_projects(*arguments)
    with opened_state(workspace, gateway.url):  # its lock: no push or pull at the same time
        return check_projects(*arguments, mend=True)


def push(
    workspace: Workspace,
    gateway: Gateway,
    *,
    order: str | None = None,
    new_version: bool = False,
    progress: Progress = silent,
) -> PushResult:
    """Carry out the plan.

    Args:
        workspace: what is pushed.
        gateway: the server.
        order: a strategy in place of ``[assignment] order``.
        new_version: where people have begun a text that is another now, keep the old one as
            a document of its own in documents.jsonl, and send the new one too.
        progress: is told the tasks that are done, and all.
    """
    from toolkit.studio.push import push as carry_out

    plan = plan_push(workspace, gateway, order=order)
    if new_version and plan.conflicts:
        keep_earlier_versions(workspace, gateway, plan)
        plan = plan_push(workspace, gateway, order=order)
    result = carry_out(gateway, plan, progress=progress)
    result.problems[:0] = plan.left_out
    return result


def keep_earlier_versions(workspace: Workspace, gateway: Gateway, plan: PushPlan) -> None:
    """Add the texts that people have begun, as the server has them, to documents.jsonl."""
    from toolkit.studio.versions import earlier_version

    documents = read_documents(workspace)
    for name in plan.conflicts:
        tasks = [
            task
            for project in plan.projects
            for task in gateway.texts_of(project, name)
            if plan.texts.of_key(task["data"]["key"]) is None
        ]
        kept = earlier_version(documents[name], tasks, plan.schema)
        documents[kept.id] = kept
    records.write_jsonl(workspace.documents, documents.values())


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
        suggestions=read_suggestions(workspace),
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
