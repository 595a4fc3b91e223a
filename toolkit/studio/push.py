"""Tasks to the server, as planned; what it removes is doubled or empty and nobody's work.

What makes it safe to kill and to repeat: a task is known by the key in its data. Before
each import the keys are looked up and only what is missing is sent; an import is one
transaction on the server. The state notes what is being sent before it is, because the
server may still be at work on an import whose sender is gone: the next push waits for
that one. Should a task be doubled all the same (two machines at once), the copies that
nobody has begun are removed; so are empty projects beside an annotator's own.
"""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec

from toolkit.errors import StudioError
from toolkit.model import Passage
from toolkit.studio.failures import in_doubt
from toolkit.studio.gateway import Gateway, ServerTask
from toolkit.studio.plan import PushPlan
from toolkit.studio.projects import own_projects, remove_twins
from toolkit.studio.state import State, opened_state
from toolkit.studio.tasks import document_of_key, key, to_task

Progress = Callable[[int, int], None]
"""Called with how much is done, and of how much."""

_ATTEMPTS = 3
_SETTLE_SECONDS = 20.0
"""How long an import may go on after its sender is gone; a batch takes the server 1 or 2."""

_RETRY_SECONDS = 3.0
"""Where its database was locked the server begins an import again after this time, and may
then make tasks twice or without their predictions."""

_POLL_SECONDS = 0.5
_BATCH_BYTES = 20_000_000
"""The server refuses bodies over 250 MB, and holds several copies of one in memory."""


@dataclass(slots=True)
class PushResult:
    """What a push did; ``projects`` are ids by annotator.

    ``removed`` are doubled tasks, ``completed`` tasks that had lost their suggestions.
    """

    created: int = 0
    left: int = 0
    stale: int = 0
    removed: int = 0
    completed: int = 0
    projects: dict[str, int] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)


def push(gateway: Gateway, plan: PushPlan, *, progress: Progress | None = None) -> PushResult:
    """Carry out a plan. Killed at any moment and made again, it ends in the same state.

    Raises:
        StudioError: the server could not be asked, or a batch failed for good; what was
            sent until then stays and is found by the next push.
        WorkspaceError: another push or pull is at work in this workspace.
    """
    result = PushResult()
    total = sum(len(one.create) for one in plan.annotators)
    done = 0
    with opened_state(plan.workspace, gateway.url) as state:
        projects = own_projects(
            gateway, plan.workspace, plan.schema, [one.annotator for one in plan.annotators]
        )
        for one in plan.annotators:
            project = projects[one.annotator]
            result.projects[one.annotator] = project.id
            result.left += one.leave
            result.stale += one.stale
            sender = _Sender(gateway, state, project.id, plan)
            sender.doubt(key(passage) for passage in one.mend)
            sender.settle()
            for batch in _batches(one.create, plan):
                created = sender.send(batch)
                result.created += created
                result.left += len(batch) - created
                done += len(batch)
                if progress:
                    progress(done, total)
            sender.mend(result)
            result.problems += sender.otherwise_cut(one.annotator)
            # The server refuses a version that no prediction of the project has.
            if one.fills_in and project.model_version != plan.model_version:
                gateway.update_project(project.id, model_version=plan.model_version)
        result.problems += remove_twins(gateway, plan.workspace)
    return result


class _Sender:
    """Imports into one project, each task once."""

    def __init__(self, gateway: Gateway, state: State, project: int, plan: PushPlan) -> None:
        self._gateway = gateway
        self._state = state
        self._project = project
        self._plan = plan
        self._doubtful: set[str] = set()

    def doubt(self, keys: Iterable[str]) -> None:
        """Look at these again in the end."""
        self._doubtful.update(keys)

    def settle(self) -> None:
        """Wait until no import that an earlier push or attempt began can still arrive."""
        while waiting := self._state.sending(self._project):
            found = self._gateway.tasks_by_key(self._project, waiting)
            self._state.sent(self._project, {key: tasks[0].id for key, tasks in found.items()})
            late = time.time() - _SETTLE_SECONDS
            self._state.end_sending(
                self._project, [key for key, since in waiting.items() if since < late]
            )
            self._doubtful.update(waiting)
            if self._state.sending(self._project):
                time.sleep(_POLL_SECONDS)

    def send(self, tasks: Mapping[str, dict[str, Any]]) -> int:
        """Add those of the tasks, given by key, that aren't there; returns how many."""
        there = self._gateway.tasks_by_key(self._project, tasks)
        missing = [key for key in tasks if key not in there]
        created = len(missing)
        for attempt in itertools.count(1):
            if not missing:
                break
            try:
                self._import(missing, tasks)
                break
            except StudioError as error:
                if not in_doubt(error) or attempt == _ATTEMPTS:
                    raise
            self._state.begin_sending(self._project, missing, time.time())
            self.settle()
            there = self._gateway.tasks_by_key(self._project, missing)
            missing = [key for key in missing if key not in there]
        return created

    def mend(self, result: PushResult) -> None:
        """Look again at what is in doubt: undo doubled tasks, give suggestions to bare ones.

        Of doubled tasks the begun one stays, or the oldest; where work hangs on more than
        one they are kept and reported.
        """
        found = self._gateway.tasks_by_key(self._project, self._doubtful)
        bare: list[dict[str, Any]] = []
        for name, tasks in found.items():
            keep = self._only_one(tasks, result)
            if len(keep) > 1:
                result.problems.append(
                    f"passage {name} has the tasks {', '.join(str(task.id) for task in keep)} in "
                    f"project {self._project}, all with work in them; nothing was removed"
                )
            elif not keep[0].model_versions and not self._is_begun(keep[0]):
                bare += [{"task": keep[0].id, **one} for one in self._predictions(name)]
        if bare:
            self._gateway.import_predictions(self._project, bare)
            result.completed += len(bare)

    def otherwise_cut(self, annotator: str) -> list[str]:
        """Whether the project holds the same documents in other passages than the plan's."""
        documents = {document.id for _, document, _ in self._plan.sources.values()}
        others = [
            name
            for name in self._state.tasks(self._project)
            if name not in self._plan.sources and document_of_key(name) in documents
        ]
        if not others:
            return []
        problem = (
            f"{annotator} has {len(others)} tasks from when these documents were cut otherwise; "
            "they were left, and what is annotated in old and new ones counts in both "
            "(was [corpus] passage_chars changed?)"
        )
        return [problem]

    def _only_one(self, tasks: Sequence[ServerTask], result: PushResult) -> list[ServerTask]:
        """Delete the doubled tasks that hold nobody's work; returns those that are left.

        People work meanwhile, so that each is asked about just before it goes.
        """
        if len(tasks) == 1:
            return [*tasks]
        begun = [task for task in tasks if self._is_begun(task)]
        stays = (begun or tasks)[0]
        keep = []
        for task in tasks:
            if task == stays or task in begun or self._is_begun(task):
                keep.append(task)
            else:
                self._gateway.delete_task(task.id)
                result.removed += 1
        return keep

    def _predictions(self, name: str) -> list[dict[str, Any]]:
        if name not in self._plan.sources:  # an earlier push's, of a document that is gone
            return []
        passage, document, suggestion = self._plan.sources[name]
        task = to_task(passage, suggestion, self._plan.schema, document)
        predictions: list[dict[str, Any]] = task.get("predictions", [])
        return predictions

    def _import(self, keys: Sequence[str], tasks: Mapping[str, dict[str, Any]]) -> None:
        began = time.time()
        self._state.begin_sending(self._project, keys, began)
        request = [tasks[key] for key in keys]
        try:
            made = self._gateway.import_tasks(self._project, request)
        except StudioError as error:
            if not in_doubt(error):
                self._state.end_sending(self._project, keys)
            raise
        self._state.sent(self._project, dict(zip(keys, made.tasks, strict=True)))
        sent = sum(len(task.get("predictions", ())) for task in request)
        if made.predictions != sent or time.time() - began >= _RETRY_SECONDS:
            self.doubt(keys)

    def _is_begun(self, task: ServerTask) -> bool:
        return self._gateway.is_begun(self._project, task.id)


def _batches(passages: Sequence[Passage], plan: PushPlan) -> Iterator[dict[str, dict[str, Any]]]:
    batch: dict[str, dict[str, Any]] = {}
    size = 0
    for passage in passages:
        _, document, suggestion = plan.sources[key(passage)]
        task = to_task(passage, suggestion, plan.schema, document)
        length = len(msgspec.json.encode(task))
        full = len(batch) == plan.workspace.settings.studio.batch or size + length > _BATCH_BYTES
        if batch and full:
            yield batch
            batch, size = {}, 0
        batch[key(passage)] = task
        size += length
    if batch:
        yield batch
