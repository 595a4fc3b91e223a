"""What tasks a project holds: what we remember of it, brought up to date by asking for changes."""

from __future__ import annotations

import dataclasses
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from toolkit.studio.answers import ServerTask
from toolkit.studio.gateway import Gateway

_OVERLAP = timedelta(seconds=2)
"""How far before the last change known we look again: what was begun earlier may be committed
later. Nothing hangs on it: who writes looks once more, or lets the server look."""


@dataclass(frozen=True, slots=True)
class Listing:
    """A project's tasks.

    ``time`` is that of the last change they know of, null where there is none; ``drafted``
    are the tasks that hold saved work.
    """

    tasks: Mapping[int, ServerTask]
    time: str | None
    drafted: frozenset[int] = frozenset()

    def by_key(self) -> dict[str, list[ServerTask]]:
        """Our tasks by key, the oldest first; more than one where a task was doubled.

        Saved work counts as begun here.
        """
        found: dict[str, list[ServerTask]] = defaultdict(list)
        for id_ in sorted(self.tasks):
            task = self.tasks[id_]
            if task.key:
                begun = task.begun or id_ in self.drafted
                found[task.key].append(dataclasses.replace(task, begun=begun))
        return found

    def without(self, gone: set[int]) -> Listing:
        """The same without some tasks."""
        tasks = {id_: task for id_, task in self.tasks.items() if id_ not in gone}
        return dataclasses.replace(self, tasks=tasks)


NOTHING = Listing({}, None)


def list_tasks(
    gateway: Gateway,
    project: int,
    known: Mapping[int, ServerTask],
    since: str | None,
    *,
    count: int | None = None,
) -> Listing:
    """The project's tasks now.

    Args:
        gateway: the server.
        project: its id.
        known: its tasks as they were at ``since``.
        since: the last change that ``known`` knows of; None where it can't be trusted.
        count: how many tasks the server counts. Where that many don't come out, tasks were
            deleted, and all are listed anew.
    """
    tasks = dict(known) if since else {}
    newest = since
    for task, time in gateway.tasks(project, earlier(since, _OVERLAP)):
        tasks[task.id] = task
        newest = max(newest or time, time)
    if since and count is not None and len(tasks) != count:
        return list_tasks(gateway, project, {}, None)
    return Listing(tasks, newest, frozenset(gateway.drafted(project)) if tasks else frozenset())


def earlier(moment: str | None, by: timedelta) -> str | None:
    """The time before another, written as the server takes times: any other form is a 500."""
    if moment is None:
        return None
    before = datetime.fromisoformat(moment).astimezone(UTC) - by
    return before.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
