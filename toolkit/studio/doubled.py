"""Tasks for one and the same passage of an annotator's: all go but one, or those with work."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from toolkit.studio.gateway import Gateway
from toolkit.studio.push_plan import Held, PushResult
from toolkit.studio.state import State


def undo_doubled(
    gateway: Gateway, state: State, doubled: Sequence[Sequence[Held]], result: PushResult
) -> set[int]:
    """Delete the copies of doubled tasks that hold nobody's work; returns their ids.

    The begun one stays, or the first; where work hangs on several all of those do.

    Args:
        gateway: the server.
        state: forgets what is gone.
        doubled: for each passage its tasks, in whatever projects of one annotator.
        result: is told how many went, and where work hangs on several.
    """
    stray: dict[int, dict[int, str]] = defaultdict(dict)
    for held in doubled:
        begun = [one for one in held if one[1].begun or gateway.is_begun(one[0], one[1].id)]
        stays = (begun or [*held])[0]
        for project, task in held:
            if (project, task) != stays and (project, task) not in begun:
                stray[project][task.id] = task.key
    gone: set[int] = set()
    for project, keys in stray.items():
        gateway.delete_untouched(project, sorted(keys))
        there = gateway.tasks_by_key(project, set(keys.values()))
        left = {task.id for tasks in there.values() for task in tasks}
        state.drop_tasks(project, keys.keys() - left)
        gone |= keys.keys() - left
    result.removed += len(gone)
    for held in doubled:
        left_of_it = [(project, task) for project, task in held if task.id not in gone]
        if len(left_of_it) > 1:
            places = ", ".join(f"{task.id} (project {project})" for project, task in left_of_it)
            result.problems.append(
                f"passage {held[0][1].key} has the tasks {places}, all with work in them; "
                "nothing was removed"
            )
    return gone
