"""One project made as a plan says; ``toolkit.studio.push`` has the promises it keeps."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Any

import msgspec

from toolkit.errors import StudioError
from toolkit.studio.answers import ServerProject, ServerTask
from toolkit.studio.doubled import undo_doubled
from toolkit.studio.failures import in_doubt, retry_after
from toolkit.studio.gateway import Gateway
from toolkit.studio.listing import Listing, earlier, list_tasks
from toolkit.studio.names import shown_version, suggestions_digest
from toolkit.studio.push_plan import ProjectPlan, PushPlan, PushResult, Shard, Share
from toolkit.studio.replace import Replacer
from toolkit.studio.state import State
from toolkit.studio.tasks import to_task

_ATTEMPTS = 3
_SETTLE_SECONDS = 20.0
"""How long an import may go on after its sender is gone; a batch takes the server 1 or 2."""

_RETRY_SECONDS = 3.0
"""Where its database was locked the server begins an import again after this time, and may
then make tasks twice or without their predictions."""

_POLL_SECONDS = 0.5
_BATCH_BYTES = 20_000_000
"""The server refuses bodies over 250 MB, and holds several copies of one in memory."""


class ProjectPush:
    """One project made as it should be."""

    def __init__(  # noqa: PLR0917 - what a push is made of, handed on
        self,
        gateway: Gateway,
        state: State,
        project: ServerProject,
        before: Listing,
        plan: PushPlan,
        share: Share,
        result: PushResult,
    ) -> None:
        self._gateway = gateway
        self._state = state
        self.project = project
        self._id = project.id
        self._before = before
        self._version = project.model_version
        self._plan = plan
        self._share = share
        self._result = result
        self._doubtful: set[str] = set()
        self._slow: set[str] = set()

    def look(self) -> Shard:
        """The project's tasks, once nothing can still arrive; the state is told of them."""
        self._settle()
        before = self._before
        listing = list_tasks(self._gateway, self._id, before.tasks, before.time)
        self._state.set_tasks(self._id, listing.tasks.values())
        return Shard(self._id, listing)

    def carry_out(
        self, todo: ProjectPlan, listing: Listing, step: Callable[[int], None], is_changed: bool
    ) -> None:
        """Do what is to be done; ``is_changed`` says that something was since ``look``."""
        for batch in self._batches(todo.create):
            created = self._send(batch)
            self._result.created += created
            self._result.left += len(batch) - created
            step(len(batch))
        if todo.create:
            self._select()
        self._replace(todo.replace, step)
        self._look_again()
        self._withdraw(todo.withdraw)
        self._select()
        if is_changed or todo.create or todo.replace or todo.withdraw or self._doubtful:
            self._remember_begun(listing)
        else:
            self._state.set_listed(self._id, listing.time)

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
            self._state.begin_sending(self._id, missing, time.time())
            self._settle()
            there = self._gateway.tasks_by_key(self._id, missing)
            missing = [key for key in missing if key not in there]
            if not missing:
                break
        return len(tasks)

    def _import(self, keys: Sequence[str], tasks: Mapping[str, dict[str, Any]]) -> None:
        began = time.time()
        self._state.begin_sending(self._id, keys, began)
        request = [tasks[key] for key in keys]
        try:
            made = self._gateway.import_tasks(self._id, request)
        except StudioError as error:
            if not in_doubt(error):
                self._state.end_sending(self._id, keys)
            raise
        self._state.put_tasks(
            self._id,
            [self._made(id_, key) for id_, key in zip(made.tasks, keys, strict=True)],
        )
        self._state.end_sending(self._id, keys)
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
        while waiting := self._state.sending(self._id):
            found = self._gateway.tasks_by_key(self._id, waiting)
            late = time.time() - _SETTLE_SECONDS
            over = [key for key, since in waiting.items() if key in found or since < late]
            self._state.end_sending(self._id, over)
            self._doubtful.update(waiting)
            if len(over) < len(waiting):
                time.sleep(_POLL_SECONDS)

    # Replace

    def _replace(self, tasks: Sequence[ServerTask], step: Callable[[int], None]) -> None:
        replacer = Replacer(self._gateway, self._id, self._task, settle_seconds=_SETTLE_SECONDS)
        for done in replacer.replace(tasks):
            self._result.replaced += len(done.replaced)
            self._result.begun += done.begun
            self._state.put_tasks(
                self._id, [self._made(task.id, task.key) for task in done.replaced]
            )
            step(len(done.replaced) + done.begun)
            if done.replaced:
                self._select()

    def _look_again(self) -> None:
        """Look at what is in doubt: undo doubled tasks, complete those without suggestions.

        What was slow is in doubt only where the server counts otherwise than we do.
        """
        if self._slow:
            tasks = self._state.tasks(self._id).values()
            known = (len(tasks), sum(task.predictions for task in tasks))
            if self._gateway.totals(self._id) != known:
                self._doubtful |= self._slow
        found = self._gateway.tasks_by_key(self._id, self._doubtful)
        if not found:
            return
        doubled = [[(self._id, task) for task in some] for some in found.values() if some[1:]]
        gone = undo_doubled(self._gateway, self._state, doubled, self._result)
        drafted = frozenset(self._gateway.drafted(self._id))
        there = {task.id: task for some in found.values() for task in some}
        listing = Listing(there, None, drafted).without(gone)
        self._state.put_tasks(self._id, listing.tasks.values())
        wanted = found.keys() & {*self._share.keys}
        todo = self._plan.compared_project(self._share, wanted, Shard(self._id, listing))
        self._replace(todo.replace, lambda _: None)

    # Remove

    def _withdraw(self, tasks: Sequence[ServerTask]) -> None:
        """Delete tasks that should not be there, but for those that were begun meanwhile."""
        if not tasks:
            return
        wanted = {task.id for task in tasks}
        self._gateway.delete_untouched(self._id, sorted(wanted))
        there = self._gateway.tasks_by_key(self._id, {task.key for task in tasks})
        left = wanted & {task.id for some in there.values() for task in some}
        self._result.kept += len(left)
        self._result.withdrawn += len(wanted - left)
        self._state.drop_tasks(self._id, wanted - left)

    # In the end

    def _select(self) -> None:
        """Make the plan's model version the one that is filled in, once a task has it.

        The server refuses a version that no prediction of the project has.
        """
        version = self._plan.model_version
        if version is None or version == self._version:
            return
        if any(version in task.model_versions for task in self._state.tasks(self._id).values()):
            self._gateway.update_project(self._id, model_version=version)
            self._version = version

    def _remember_begun(self, before: Listing) -> None:
        """Note up to when the state knows the project: what we did, and what people did meanwhile.

        What we did ourselves is noted already and need not be listed.
        """
        now = self._gateway.last_change(self._id)
        if now != before.time:
            begun = self._gateway.tasks(self._id, earlier(before.time, timedelta()), begun=True)
            self._state.put_tasks(self._id, [task for task, _ in begun])
        self._state.set_listed(self._id, now)
