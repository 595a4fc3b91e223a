"""Other suggestions for tasks that nobody has begun.

A prediction is changed where it is and not deleted and made anew: it keeps its id, and the
annotator who has the task on the screen can submit it (Label Studio refuses a submission
whose prediction is gone). The same change made twice is one change, so this can be killed
and repeated at any point, and no task is without its suggestions meanwhile.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from toolkit.errors import StudioError
from toolkit.studio.answers import ServerTask
from toolkit.studio.failures import in_doubt, retry_after
from toolkit.studio.gateway import Gateway

_BATCH = 25
"""Tasks that are looked at together: few, for each must still be nobody's when it is changed."""

_ATTEMPTS = 3
_POLL_SECONDS = 0.5


@dataclass(frozen=True, slots=True)
class Replaced:
    """What became of some tasks; ``begun`` of them were begun meanwhile and were left alone."""

    replaced: Sequence[ServerTask]
    begun: int


class Replacer:
    """Gives the tasks of one project the suggestions that they should have.

    Args:
        gateway: the server.
        project: its id.
        wanted: the import item of the task with a key; without predictions where the task
            is to show none.
        settle_seconds: how long a request may go on after we lost it.
    """

    def __init__(
        self,
        gateway: Gateway,
        project: int,
        wanted: Callable[[str], Mapping[str, Any]],
        *,
        settle_seconds: float,
    ) -> None:
        self._gateway = gateway
        self._project = project
        self._wanted = wanted
        self._settle_seconds = settle_seconds

    def replace(self, tasks: Sequence[ServerTask]) -> Iterator[Replaced]:
        """Replace the suggestions of tasks, some at a time."""
        bare: list[ServerTask] = []
        for start in range(0, len(tasks), _BATCH):
            some = tasks[start : start + _BATCH]
            for attempt in range(1, _ATTEMPTS + 1):
                try:
                    done, without = self._replace(some)
                    break
                except StudioError as error:
                    if not in_doubt(error) or attempt == _ATTEMPTS:
                        raise
                    time.sleep(retry_after(error))  # then look at all of them again
            bare += without
            yield done
        if bare:
            yield self._complete(bare)

    def _replace(self, tasks: Sequence[ServerTask]) -> tuple[Replaced, list[ServerTask]]:
        """Change the predictions that are there; returns the tasks that have none, too."""
        rows = self._gateway.tasks_in_full(self._project, [task.id for task in tasks])
        untouched = {row["id"]: row for row in rows if not _is_begun(row)}
        replaced, bare = [], []
        for task in tasks:
            if task.id not in untouched:
                continue
            there = [prediction["id"] for prediction in untouched[task.id]["predictions"]]
            wanted = self._wanted(task.key).get("predictions", ())
            if wanted and not there:
                bare.append(task)
                continue
            for fields in wanted:
                self._gateway.update_prediction(there.pop(), **{"score": None, **fields})
            for prediction in there:
                self._gateway.delete_prediction(prediction)
            replaced.append(task)
        return Replaced(replaced, len(tasks) - len(untouched)), bare

    def _complete(self, tasks: Sequence[ServerTask]) -> Replaced:
        """Give predictions to tasks that have none, in one call.

        Twice the same would be two of them: after a doubt we wait until no call can still
        be at work.
        """
        missing = [*tasks]
        for attempt in range(1, _ATTEMPTS + 1):
            request = [
                {"task": task.id, **prediction}
                for task in missing
                for prediction in self._wanted(task.key)["predictions"]
            ]
            try:
                self._gateway.import_predictions(self._project, request)
                break
            except StudioError as error:
                if not in_doubt(error) or attempt == _ATTEMPTS:
                    raise
                time.sleep(retry_after(error))
            missing = self._settled(missing)
            if not missing:
                break
        return Replaced([*tasks], 0)

    def _settled(self, tasks: Sequence[ServerTask]) -> list[ServerTask]:
        """Those that got none by a call that is in doubt, once it can't come any more."""
        over = time.monotonic() + self._settle_seconds
        while True:
            there = self._gateway.tasks_by_key(self._project, [task.key for task in tasks])
            complete = {task.id for some in there.values() for task in some if task.predictions}
            missing = [task for task in tasks if task.id not in complete]
            if not missing or time.monotonic() > over:
                return missing
            time.sleep(_POLL_SECONDS)


def _is_begun(row: Mapping[str, Any]) -> bool:
    counted = row["total_annotations"] or row["cancelled_annotations"]
    return bool(row["annotations"] or row["draft_exists"] or counted)
