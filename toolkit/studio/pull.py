"""Annotations from the server into ``annotations.jsonl``, which keeps all of history.

The file only grows: every submission that was ever seen stays, also when it was changed
or deleted on the server. ``model.latest_annotations`` picks what counts. The file is
written before the state moves on, so a pull that is killed is merely made again.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from toolkit.errors import InputError, SchemaError, ServerFailed
from toolkit.model import Annotation, Document
from toolkit.schema import LabelSchema
from toolkit.settings import Workspace
from toolkit.studio.gateway import Gateway, ServerProject
from toolkit.studio.history import History, Kind
from toolkit.studio.projects import marker, workspace_projects
from toolkit.studio.state import State, opened_state
from toolkit.studio.tasks import document_id, from_annotation

_OVERLAP = timedelta(seconds=60)
"""How far before the last change seen we look again: what was begun earlier may be
committed later."""


@dataclass(slots=True)
class PullCounts:
    """What one annotator's project had.

    ``new``, ``changed`` and ``unchanged`` are the submissions that were looked at,
    ``skipped`` how many of the new and changed ones skip the passage, ``drafts`` the
    tasks with work that isn't submitted (never pulled).
    """

    new: int = 0
    changed: int = 0
    unchanged: int = 0
    skipped: int = 0
    drafts: int = 0


@dataclass(slots=True)
class PullResult:
    """Totals as in ``PullCounts``; ``vanished`` were pulled once and are gone there now."""

    new: int = 0
    changed: int = 0
    unchanged: int = 0
    skipped: int = 0
    drafts: int = 0
    vanished: int = 0
    problems: list[str] = field(default_factory=list)
    annotators: dict[str, PullCounts] = field(default_factory=dict)


def pull(
    gateway: Gateway,
    workspace: Workspace,
    schema: LabelSchema,
    documents: Mapping[str, Document],
    *,
    full: bool = False,
    progress: Callable[[int, int], None] | None = None,
) -> PullResult:
    """Bring what annotators submitted since the last pull into ``annotations.jsonl``.

    An annotation that can't be used (its document is unknown or was changed, a label is
    unknown, a region's text differs) is a problem in the result; the others are pulled,
    and it is tried again each time.

    Args:
        gateway: the server.
        workspace: whose projects, and where the file is.
        schema: the labels that may come back.
        documents: by id.
        full: look at every task, whatever the state says.
        progress: called with projects done and in all.

    Raises:
        StudioError: the server could not be asked; the file is as good as before.
        RecordError: ``annotations.jsonl`` holds something else.
        WorkspaceError: another push or pull is at work in this workspace.
    """
    result = PullResult()
    with opened_state(workspace, gateway.url) as state:
        history = History(workspace.annotations)
        people = _people(gateway, workspace)
        # Who goes by another name now goes by it everywhere.
        full = full or any(people.get(id_, name) != name for id_, name in state.people().items())
        puller = _Puller(
            gateway,
            schema,
            documents,
            people=people,
            state=state,
            history=history,
        )
        projects = workspace_projects(gateway, workspace)
        for done, (annotator, project) in enumerate(projects, 1):
            counts = result.annotators.setdefault(annotator, PullCounts())
            result.problems += puller.pull_project(annotator, project, counts, full=full)
            if progress:
                progress(done, len(projects))
        result.vanished = puller.find_vanished([project for _, project in projects], full=full)
        state.set_people(people)
        strays = (state.projects() & gateway.descriptions().keys()) - {
            project.id for _, project in projects
        }
        result.problems += [
            f"project {stray} was pulled before and is not any more: its description has no line "
            f"{marker(workspace, '…')!r}"
            for stray in sorted(strays)
        ]
    for name in PullCounts.__slots__:
        setattr(result, name, sum(getattr(one, name) for one in result.annotators.values()))
    return result


class _Puller:
    """Reads projects into the history, and keeps the state in step."""

    def __init__(
        self,
        gateway: Gateway,
        schema: LabelSchema,
        documents: Mapping[str, Document],
        *,
        people: Mapping[int, str],
        state: State,
        history: History,
    ) -> None:
        self._gateway = gateway
        self._schema = schema
        self._documents = documents
        self._people = people
        self._state = state
        self._history = history
        self._predictions: dict[int, dict[str, Any]] = {}
        self._unresolved: set[int] = set()
        self._vanished = state.vanished()

    def pull_project(
        self, annotator: str, project: ServerProject, counts: PullCounts, *, full: bool
    ) -> list[str]:
        """Read what changed in the project; returns the problems."""
        before = None if full else self._state.watermark(project.id)
        began = time.monotonic()
        times = self._gateway.updated_tasks(project.id, _earlier(before, _OVERLAP))
        listed = timedelta(seconds=time.monotonic() - began)
        tasks = set(times) | set(self._state.unresolved(project.id).values())
        seen: set[int] = set()
        unresolved: dict[int, int] = {}
        problems = []
        others: Counter[str] = Counter()
        for task in self._gateway.export(project.id, sorted(tasks)):
            for annotation in task["annotations"]:
                seen.add(annotation["id"])
                try:
                    record = self._record(task, annotation)
                except (InputError, SchemaError) as error:
                    problems.append(str(error))
                    unresolved[annotation["id"]] = task["id"]
                    continue
                if self._keep(record, counts) != "unchanged" and record.annotator != annotator:
                    others[record.annotator] += 1
        problems += [
            f"project {project.id}: {count} annotations in {annotator}'s project are by {other}"
            for other, count in sorted(others.items())
        ]
        counts.drafts += self._gateway.draft_count(project.id)
        self._history.write()
        # What changed behind the list's reader may be older than what the list ends with.
        newest = _earlier(max(times.values(), default=None), listed)
        self._state.pulled(project.id, max(newest or "", before or "") or None, unresolved)
        self._unresolved.update(unresolved)
        gone = {id_ for id_, task_id in self._history.tasks.items() if task_id in tasks} - seen
        self._vanished = (self._vanished | gone) - seen
        return problems

    def find_vanished(self, projects: Iterable[ServerProject], *, full: bool) -> int:
        """Count the annotations that are gone, with the tasks that are gone.

        A deleted task shows in no list of changes, so the ids are compared, but only
        where the server counts other annotations than we do.
        """
        projects = list(projects)
        live = (set(self._history.tasks) - self._vanished) | self._unresolved
        if full or len(live) != sum(one.submitted + one.skipped for one in projects):
            there = {task for one in projects for task in self._gateway.updated_tasks(one.id)}
            self._vanished |= {
                id_ for id_, task in self._history.tasks.items() if task not in there
            }
        self._state.set_vanished(self._vanished)
        return len(self._vanished)

    def _record(self, task: dict[str, Any], annotation: Mapping[str, Any]) -> Annotation:
        name = document_id(task)
        document = self._documents.get(name)
        if document is None:
            raise InputError(
                f"task {task['id']}: there is no document {name!r} here",
                "Ingest it again; what was annotated stays on the server.",
            )
        task = self._with_parent(task, annotation)
        return from_annotation(task, annotation, self._schema, document, self._people)

    def _keep(self, record: Annotation, counts: PullCounts) -> Kind:
        kind = self._history.add(record)
        setattr(counts, kind, getattr(counts, kind) + 1)
        if kind != "unchanged":
            counts.skipped += record.skipped
        return kind

    def _with_parent(self, task: dict[str, Any], annotation: Mapping[str, Any]) -> dict[str, Any]:
        """The task with the prediction that the annotator saw, where the export lacks it."""
        parent = annotation.get("parent_prediction")
        if parent is None or (annotation.get("prediction") or {}).get("id") == parent:
            return task
        if parent not in self._predictions:
            try:
                self._predictions[parent] = self._gateway.prediction(parent)
            except ServerFailed as error:
                if error.status != 404:  # noqa: PLR2004 - HTTP's own number says it
                    raise
                self._predictions[parent] = {}  # deleted since; what was shown is unknown
        return {**task, "predictions": [self._predictions[parent]]}


def _people(gateway: Gateway, workspace: Workspace) -> dict[int, str]:
    """Annotator names by user id; whoever toolkit.toml doesn't name goes by e-mail."""
    names = {email.casefold(): name for name, email in workspace.settings.annotators.items()}
    return {id_: names.get(email.casefold(), email) for id_, email in gateway.users().items()}


def _earlier(moment: str | None, by: timedelta) -> str | None:
    if moment is None:
        return None
    before = datetime.fromisoformat(moment).astimezone(UTC) - by
    # The server takes this form and no other, and answers 500 to the rest.
    return before.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
