"""A plan carried out: tasks to the server, suggestions replaced, stray tasks withdrawn.

What makes it safe to kill and to repeat: a task is known by the key in its data, and what the
server holds is looked up before anything is sent. An import is one transaction on the server.
The state notes what is being sent before it is, because the server may still be at work on an
import whose sender is gone: the next push waits for that one. After any doubt the keys are
looked up, and only what is missing is sent again. Should a task be doubled all the same (two
machines at once), the copies that nobody has begun are removed; so are empty projects beside
an annotator's own. Work that somebody has begun is never touched.
"""

from __future__ import annotations

import dataclasses
import itertools
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import msgspec

from toolkit.errors import StudioError
from toolkit.studio.answers import ServerProject, ServerTask
from toolkit.studio.failures import in_doubt, retry_after
from toolkit.studio.gateway import Gateway
from toolkit.studio.listing import NOTHING, Listing, earlier, list_tasks
from toolkit.studio.plan import AnnotatorPlan, PushPlan, Share
from toolkit.studio.projects import own_projects, remove_twins
from toolkit.studio.replace import Replacer
from toolkit.studio.state import State, opened_state
from toolkit.studio.tasks import shown_version, suggestions_digest, to_task

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
    """What a push did, in tasks; ``projects`` are ids by annotator ("" where all share one).

    ``created`` were sent; ``replaced`` got other suggestions; ``left`` were as they should
    be; ``begun`` have other suggestions than they would get now, and keep them; ``withdrawn``
    were deleted, since they should not be there, and ``kept`` were not, since they are
    begun. ``removed`` were doubled. ``conflicts`` are documents of which nothing was sent.
    """

    created: int = 0
    replaced: int = 0
    left: int = 0
    begun: int = 0
    withdrawn: int = 0
    kept: int = 0
    removed: int = 0
    replaced_characters: int = 0
    conflicts: list[str] = field(default_factory=list)
    projects: dict[str, int] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)


def push(gateway: Gateway, plan: PushPlan, *, progress: Progress | None = None) -> PushResult:
    """Carry out a plan. Killed at any moment and made again, it ends in the same state.

    Raises:
        StudioError: the server could not be asked, or a batch failed for good; what was
            sent until then stays and is found by the next push.
        WorkspaceError: another push or pull is at work in this workspace.
    """
    result = PushResult(
        conflicts=list(plan.conflicts), replaced_characters=plan.replaced_characters
    )
    total = sum(len(one.create) + len(one.replace) for one in plan.annotators)
    done = itertools.count(1)

    def step(tasks: int) -> None:
        for _ in range(tasks):
            number = next(done)
        if progress and tasks:
            progress(number, max(total, number))

    with opened_state(plan.workspace, gateway.url) as state:
        names = [share.annotator for share in plan.shares]
        projects = own_projects(gateway, plan.workspace, plan.schema, names)
        for share in plan.shares:
            project = projects[share.annotator]
            result.projects[share.annotator] = project.id
            work = _ProjectPush(gateway, state, project, plan, share, result)
            try:
                work.carry_out(step)
            except StudioError:
                state.set_listed(project.id, None)  # what we remember may be why
                raise
        result.problems += remove_twins(gateway, plan.workspace)
    return result


class _ProjectPush:
    """One project made as it should be."""

    def __init__(  # noqa: PLR0917 - what a push is made of, handed on
        self,
        gateway: Gateway,
        state: State,
        project: ServerProject,
        plan: PushPlan,
        share: Share,
        result: PushResult,
    ) -> None:
        self._gateway = gateway
        self._state = state
        self._project = project.id
        self._version = project.model_version
        self._plan = plan
        self._share = share
        self._result = result
        self._doubtful: set[str] = set()
        self._slow: set[str] = set()

    def carry_out(self, step: Callable[[int], None]) -> None:
        """Do all of it."""
        self._settle()
        listing = self._listing()
        todo = self._plan.compared(self._share, listing)
        if todo.doubled:
            listing = listing.without(self._undo(todo.doubled))
            todo = self._plan.compared(self._share, listing)
        self._count(todo)
        for batch in self._batches(todo.create):
            created = self._send(batch)
            self._result.created += created
            self._result.left += len(batch) - created
            step(len(batch))
        if todo.create:
            self._select()
        self._replace(todo, step)
        self._look_again()
        self._withdraw(todo.withdraw)
        self._select()
        did = (todo.create, todo.replace, todo.withdraw, todo.doubled, self._doubtful)
        if any(did):
            self._remember_begun(listing)
        else:
            self._state.set_listed(self._project, listing.time)

    def _listing(self) -> Listing:
        """The tasks as they are now, and the state told of them."""
        before = self._share.listing
        listing = list_tasks(self._gateway, self._project, before.tasks, before.time)
        if listing is not NOTHING:
            self._state.set_tasks(self._project, listing.tasks.values())
        return listing

    def _count(self, todo: AnnotatorPlan) -> None:
        who = f"{todo.annotator}: " if todo.annotator else ""
        self._result.left += todo.leave
        self._result.begun += todo.begun
        self._result.kept += todo.kept
        if todo.kept:
            self._result.problems.append(
                f"{who}{todo.kept} tasks that are begun should not be there any more (text or "
                "document gone, or cut otherwise); they stay, and are still pulled"
            )

    # Create

    def _send(self, tasks: Mapping[str, dict[str, Any]]) -> int:
        """Add the tasks, given by key; returns how many were not there after all.

        Only after a doubt is it looked whether they are: the project was listed before.
        """
        missing = [*tasks]
        for attempt in itertools.count(1):
            try:
                self._import(missing, tasks)
                break
            except StudioError as error:
                if not in_doubt(error) or attempt == _ATTEMPTS:
                    raise
                time.sleep(retry_after(error))
            self._state.begin_sending(self._project, missing, time.time())
            self._settle()
            there = self._gateway.tasks_by_key(self._project, missing)
            missing = [key for key in missing if key not in there]
            if not missing:
                break
        return len(tasks)

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
        self._state.put_tasks(
            self._project,
            [self._made(id_, key) for id_, key in zip(made.tasks, keys, strict=True)],
        )
        self._state.end_sending(self._project, keys)
        sent = sum(len(task.get("predictions", ())) for task in request)
        if made.predictions != sent:
            self._doubtful.update(keys)
        elif time.time() - began >= _RETRY_SECONDS:
            self._slow.update(keys)

    def _made(self, id_: int, key: str) -> ServerTask:
        """The task as it is on the server once it was made, or was given its suggestions."""
        shown = self._plan.shown(self._share.annotator, key)
        if shown is None:
            return ServerTask(id_, key, (), begun=False)
        digest = suggestions_digest(self._plan.sources[key][0], shown.spans)
        version = shown_version(shown.model_version)
        return ServerTask(id_, key, (version,), begun=False, predictions=1, digest=digest)

    def _batches(self, keys: Iterable[str]) -> Iterator[dict[str, dict[str, Any]]]:
        batch: dict[str, dict[str, Any]] = {}
        size = 0
        for key in keys:
            task = self._task(key)
            length = len(msgspec.json.encode(task))
            most = self._plan.workspace.settings.studio.batch
            if batch and (len(batch) == most or size + length > _BATCH_BYTES):
                yield batch
                batch, size = {}, 0
            batch[key] = task
            size += length
        if batch:
            yield batch

    def _task(self, key: str) -> dict[str, Any]:
        passage, document, _ = self._plan.sources[key]
        shown = self._plan.shown(self._share.annotator, key)
        return to_task(passage, shown, self._plan.schema, document)

    def _settle(self) -> None:
        """Wait until no import that an earlier push or attempt began can still arrive."""
        while waiting := self._state.sending(self._project):
            found = self._gateway.tasks_by_key(self._project, waiting)
            late = time.time() - _SETTLE_SECONDS
            over = [key for key, since in waiting.items() if key in found or since < late]
            self._state.end_sending(self._project, over)
            self._doubtful.update(waiting)
            if len(over) < len(waiting):
                time.sleep(_POLL_SECONDS)

    # Replace

    def _replace(self, todo: AnnotatorPlan, step: Callable[[int], None]) -> None:
        replacer = Replacer(
            self._gateway, self._project, self._task, settle_seconds=_SETTLE_SECONDS
        )
        for done in replacer.replace(todo.replace):
            self._result.replaced += len(done.replaced)
            self._result.begun += done.begun
            self._state.put_tasks(
                self._project, [self._made(task.id, task.key) for task in done.replaced]
            )
            step(len(done.replaced) + done.begun)
            if done.replaced:
                self._select()

    def _look_again(self) -> None:
        """Look at what is in doubt: undo doubled tasks, complete those without suggestions.

        What was slow is in doubt only where the server counts otherwise than we do.
        """
        if self._slow:
            tasks = self._state.tasks(self._project).values()
            known = (len(tasks), sum(task.predictions for task in tasks))
            if self._gateway.totals(self._project) != known:
                self._doubtful |= self._slow
        found = self._gateway.tasks_by_key(self._project, self._doubtful)
        if not found:
            return
        gone = self._undo([tuple(some) for some in found.values() if len(some) > 1])
        drafted = frozenset(self._gateway.drafted(self._project))
        keys = tuple(key for key in self._share.keys if key in found)
        share = dataclasses.replace(self._share, keys=keys)
        there = {task.id: task for some in found.values() for task in some}
        listing = Listing(there, None, drafted).without(gone)
        self._state.put_tasks(self._project, listing.tasks.values())
        self._replace(self._plan.compared(share, listing), lambda _: None)

    # Remove

    def _undo(self, doubled: Iterable[Sequence[ServerTask]]) -> set[int]:
        """Delete the copies of doubled tasks that hold nobody's work; returns their ids.

        The begun one stays, or the oldest; where work hangs on several all of those do.
        """
        gone: set[int] = set()
        for tasks in doubled:
            begun = [task for task in tasks if self._is_begun(task)]
            stays = (begun or [*tasks])[0]
            deleted = {task.id for task in tasks if task not in begun and task != stays}
            self._gateway.delete_untouched(self._project, sorted(deleted))
            there = self._gateway.tasks_by_key(self._project, [stays.key]).get(stays.key, [])
            left = {task.id for task in there}
            gone |= deleted - left
            self._result.removed += len(deleted - left)
            if len(left) > 1:
                self._result.problems.append(
                    f"passage {stays.key} has the tasks {', '.join(map(str, sorted(left)))} in "
                    f"project {self._project}, all with work in them; nothing was removed"
                )
        self._state.drop_tasks(self._project, gone)
        return gone

    def _withdraw(self, tasks: Sequence[ServerTask]) -> None:
        """Delete tasks that should not be there, but for those that were begun meanwhile."""
        if not tasks:
            return
        wanted = {task.id for task in tasks}
        self._gateway.delete_untouched(self._project, sorted(wanted))
        there = self._gateway.tasks_by_key(self._project, {task.key for task in tasks})
        left = wanted & {task.id for some in there.values() for task in some}
        self._result.kept += len(left)
        self._result.withdrawn += len(wanted - left)
        self._state.drop_tasks(self._project, wanted - left)

    def _is_begun(self, task: ServerTask) -> bool:
        return task.begun or self._gateway.is_begun(self._project, task.id)

    # In the end

    def _select(self) -> None:
        """Make the plan's model version the one that is filled in, once a task has it.

        The server refuses a version that no prediction of the project has.
        """
        version = self._plan.model_version
        if version is None or version == self._version:
            return
        if any(
            version in task.model_versions for task in self._state.tasks(self._project).values()
        ):
            self._gateway.update_project(self._project, model_version=version)
            self._version = version

    def _remember_begun(self, before: Listing) -> None:
        """Note up to when the state knows the project: what we did, and what people did meanwhile.

        What we did ourselves is noted already and need not be listed.
        """
        now = self._gateway.last_change(self._project)
        if now != before.time:
            begun = self._gateway.tasks(
                self._project, earlier(before.time, timedelta()), begun=True
            )
            self._state.put_tasks(self._project, [task for task, _ in begun])
        self._state.set_listed(self._project, now)
