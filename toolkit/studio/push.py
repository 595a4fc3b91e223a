"""A plan carried out: tasks to the server, suggestions replaced, stray tasks withdrawn.

What makes it safe to kill and to repeat: a task is known by the key in its data, and what the
server holds is looked up before anything is sent. An import is one transaction on the server.
The state notes what is being sent before it is, because the server may still be at work on an
import whose sender is gone: the next push waits for that one. After any doubt the keys are
looked up, and only what is missing is sent again. Before passages are dealt to an annotator's
projects all of these are looked at, once nothing can still arrive in them. Should a task be
doubled all the same (two machines at once), the copies that nobody has begun are removed; so
are empty projects beside an annotator's own. Work that somebody has begun is never touched.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable

from toolkit.errors import StudioError
from toolkit.studio.answers import ServerProject
from toolkit.studio.doubled import undo_doubled
from toolkit.studio.gateway import Gateway
from toolkit.studio.listing import NOTHING
from toolkit.studio.project_push import ProjectPush
from toolkit.studio.projects import number_of, open_project, own_projects, remove_twins
from toolkit.studio.push_plan import AnnotatorPlan, PushPlan, PushResult, Shard, Share
from toolkit.studio.state import State, opened_state

Progress = Callable[[int, int], None]
"""Called with how much is done, and of how much."""


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
        names = [share.annotator for share in plan.shares if not share.is_other_kind]
        own = own_projects(gateway, plan.workspace, plan.schema, names)
        for share in plan.shares:
            projects = own.get(share.annotator)
            if projects is None:  # of the other kind
                projects = gateway.projects([shard.project for shard in share.shards])
            if projects:
                _SharePush(gateway, state, plan, share, result).carry_out(projects, step)
        gone = remove_twins(gateway, plan.workspace)
    for annotator, ids in result.projects.items():
        result.projects[annotator] = [one for one in ids if one not in gone]
    return result


class _SharePush:
    """One annotator's projects made as they should be."""

    def __init__(
        self, gateway: Gateway, state: State, plan: PushPlan, share: Share, result: PushResult
    ) -> None:
        self._gateway = gateway
        self._state = state
        self._plan = plan
        self._share = share
        self._result = result
        self._works: list[ProjectPush] = []

    def carry_out(self, projects: Iterable[ServerProject], step: Callable[[int], None]) -> None:
        """Do all of it; ``projects`` are those that there are, in order."""
        for project in projects:
            self._works.append(self._work(project))
        try:
            self._carry_out(step)
        except StudioError:
            for work in self._works:
                self._state.set_listed(work.project.id, None)  # what we remember may be why
            raise
        if not self._share.is_other_kind:
            ids = [work.project.id for work in self._works]
            self._result.projects[self._share.annotator] = ids

    def _carry_out(self, step: Callable[[int], None]) -> None:
        shards = [work.look() for work in self._works]
        todo = self._plan.compared(self._share, shards)
        changed: set[int] = set()
        if todo.doubled:
            changed = {project for held in todo.doubled for project, _ in held}
            gone = undo_doubled(self._gateway, self._state, todo.doubled, self._result)
            shards = [Shard(one.project, one.listing.without(gone)) for one in shards]
            todo = self._plan.compared(self._share, shards)
        self._count(todo)
        for number, part in enumerate(todo.projects):
            if part.project is None:
                self._open()
                shards.append(Shard(self._works[-1].project.id, NOTHING))
            work = self._works[number]
            work.carry_out(part, shards[number].listing, step, work.project.id in changed)

    def _open(self) -> None:
        """Make one more project, after the last there is."""
        number = max(number_of(work.project) for work in self._works) + 1
        plan = self._plan
        project = open_project(
            self._gateway, plan.workspace, plan.schema, self._share.annotator, number
        )
        self._works.append(self._work(project))
        self._result.opened.append(project.id)

    def _work(self, project: ServerProject) -> ProjectPush:
        known = {shard.project: shard.listing for shard in self._share.shards}
        before = known.get(project.id, NOTHING)
        return ProjectPush(
            self._gateway, self._state, project, before, self._plan, self._share, self._result
        )

    def _count(self, todo: AnnotatorPlan) -> None:
        who = f"{todo.annotator}: " if todo.annotator else ""
        self._result.left += todo.leave
        self._result.begun += todo.begun
        self._result.kept += todo.kept
        if self._share.is_other_kind:
            if todo.withdraw or todo.kept:
                self._result.problems.append(
                    f"{who}by [assignment] projects there is no work in "
                    f"{'their own' if who else 'the shared'} projects any more: "
                    f"{len(todo.withdraw)} tasks are withdrawn, {todo.kept} that are begun stay "
                    "and are still pulled"
                )
        elif todo.kept:
            self._result.problems.append(
                f"{who}{todo.kept} tasks that are begun should not be there any more (text or "
                "document gone, or cut otherwise); they stay, and are still pulled"
            )
