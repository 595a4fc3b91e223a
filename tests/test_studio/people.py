"""What people do on the server with what was pushed, and what push and pull make of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import httpx

from tests.test_studio.sync_samples import cut, documents, schema
from toolkit.model import Annotation, Passage, Span
from toolkit.records import read_jsonl
from toolkit.settings import Workspace
from toolkit.studio import pull as pulling
from toolkit.studio.gateway import Gateway
from toolkit.studio.names import key
from toolkit.studio.project_pull import PullResult
from toolkit.studio.projects import workspace_projects
from toolkit.studio.submit import Submission
from toolkit.studio.submit import submit as submit_all

SCHEMA = schema()
CORPUS = documents(2)
PASSAGES = [passage for document in CORPUS.values() for passage in cut(document)]


def span_of(passage: Passage, found: str, label: str) -> Span:
    """The first place of these words in a passage."""
    start = passage.start + passage.text.index(found)
    return Span(start, start + len(found), label, found)


def task_of(gateway: Gateway, project: int, passage: Passage) -> int:
    """The passage's task in a project."""
    return gateway.tasks_by_key(project, [key(passage)])[key(passage)][0].id


def submit(
    gateway: Gateway,
    project: int,
    passage: Passage,
    spans: Sequence[Span] = (),
    lead_time: float | None = None,
) -> int:
    """Submit spans of one passage, as the gateway's user; returns the annotation."""
    (annotation,) = submit_all(gateway, project, [Submission(passage, spans, lead_time)], SCHEMA)
    return annotation


def save_draft(studio: Any, name: str, task: int) -> None:
    """Save work on a task without submitting it, as this annotator."""
    _ask(studio.annotators[name], "POST", f"{studio.url}/api/tasks/{task}/drafts", {"result": []})


def delete_annotation(studio: Any, annotation: int) -> None:
    """Delete what somebody submitted, as the administrator."""
    _ask(studio.admin, "DELETE", f"{studio.url}/api/annotations/{annotation}/")


def delete_task(studio: Any, task: int) -> None:
    """Delete a task with all that hangs on it, as the administrator."""
    _ask(studio.admin, "DELETE", f"{studio.url}/api/tasks/{task}/")


def act_on(studio: Any, project: int, action: str, tasks: Sequence[int]) -> None:
    """One of the data manager's own actions on the tasks, as the administrator."""
    url = f"{studio.url}/api/dm/actions?id={action}&project={project}"
    _ask(studio.admin, "POST", url, {"selectedItems": {"all": False, "included": list(tasks)}})


def pull(gateway: Gateway, workspace: Workspace, *, full: bool = False) -> PullResult:
    """Pull what was submitted on the two documents."""
    return pulling.pull(gateway, workspace, SCHEMA, CORPUS, full=full)


def counts_of(result: PullResult) -> tuple[int, int, int, int]:
    """New, changed, unchanged, deleted."""
    return (result.new, result.changed, result.unchanged, result.deleted)


def records_of(workspace: Workspace) -> list[Annotation]:
    """What was pulled until now."""
    return list(read_jsonl(workspace.annotations, Annotation))


def keys_of(count: int) -> set[str]:
    """The keys of all passages of ``count`` documents."""
    return {key(passage) for document in documents(count).values() for passage in cut(document)}


def assert_each_once(gateway: Gateway, workspace: Workspace, count: int) -> None:
    """Both annotators' projects hold every passage of ``count`` documents once, and no more."""
    projects = workspace_projects(gateway, workspace)
    assert [annotator for annotator, _ in projects] == ["anna", "bo"]
    for _, project in projects:
        found = gateway.tasks_by_key(project.id, keys_of(count))
        assert found.keys() == keys_of(count)
        tasks = {task.id for tasks in found.values() for task in tasks}
        assert len(tasks) == len(keys_of(count))
        assert gateway.updated_tasks(project.id).keys() == tasks


def _ask(who: Any, method: str, url: str, body: object = None) -> None:
    headers = {"Authorization": f"Token {who.token}"}
    httpx.request(method, url, json=body, headers=headers).raise_for_status()
