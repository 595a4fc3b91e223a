"""The projects of disputes: a reviewer decides there, and never in an annotator's project.

One has what annotators differ on, another what a check of gold doubts.

It is known by a line of its own in the description, so that nothing that looks for
annotators' projects finds it. What a push of disputes does can be killed and repeated as a
push of passages can: tasks are known by their keys, all that is there is looked up before
anything is sent, what is on its way is noted before it is sent and waited for, and work that
somebody has begun is never touched.
"""

from __future__ import annotations

import itertools
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

import msgspec

from toolkit.errors import InputError, StudioError
from toolkit.gold.disputes import Dispute
from toolkit.model import Document
from toolkit.records import write_text
from toolkit.schema import LabelSchema
from toolkit.settings import Workspace
from toolkit.studio.answers import ServerProject
from toolkit.studio.failures import in_doubt, retry_after
from toolkit.studio.gateway import Gateway
from toolkit.studio.label_config import check_config
from toolkit.studio.names import key
from toolkit.studio.projects import guidelines_html, one_line, project_title
from toolkit.studio.review_tasks import GOLD, pseudonyms, review_config, review_task
from toolkit.studio.state import State, opened_state

_ATTEMPTS = 3
_SETTLE_SECONDS = 20.0
"""How long an import may go on after its sender is gone."""

_POLL_SECONDS = 0.5
_LOOKED_AT = 100
"""Tasks that are read in full together; the server takes 6 ms for each."""

Role = Literal["review", "check"]
"""Why a passage is in question: annotators differ, or a check of gold doubts it."""

_TITLES: Mapping[Role, str] = {"review": "审核 review", "check": "质检 check"}

Task = dict[str, Any]


@dataclass(slots=True)
class ReviewPushed:
    """What a push of disputes did, in tasks.

    ``created`` were sent, ``renewed`` of them in place of ones that showed something else;
    ``left`` are open and as they should be; ``begun`` are decided, or saved as a draft;
    ``withdrawn`` are no dispute any more. ``disputes`` are all that there are, ``seconds``
    the expected time and ``gain`` the expected number of spans mended by the tasks that
    are open now.
    """

    project: int = 0
    disputes: int = 0
    created: int = 0
    renewed: int = 0
    left: int = 0
    begun: int = 0
    withdrawn: int = 0
    seconds: float = 0.0
    gain: float = 0.0
    problems: list[str] = field(default_factory=list)


def review_marker(workspace: Workspace, role: Role) -> str:
    """The line of a project's description that says whose it is, and what for."""
    return f"toolkit: workspace={one_line(workspace.settings.project.name)} role={role}"


def review_projects(
    gateway: Gateway, workspace: Workspace, role: Role | None = None
) -> list[ServerProject]:
    """The workspace's projects of disputes, the oldest first; all roles' if none is named.

    There should be one at most of each.
    """
    roles = get_args(Role) if role is None else (role,)
    lines = {review_marker(workspace, one) for one in roles}
    found = [id_ for id_, said in gateway.descriptions().items() if lines & {*said.splitlines()}]
    return gateway.projects(found) if found else []


def chosen(disputes: Sequence[Dispute], *, most: int | None, minutes: float | None) -> int:
    """How many of the disputes, taken from the first, fit: so many, or so much time."""
    count = len(disputes) if most is None else min(most, len(disputes))
    if minutes is None:
        return count
    spent = itertools.accumulate(one.seconds for one in disputes[:count])
    return sum(seconds <= 60 * minutes for seconds in spent)


def push_review(  # noqa: PLR0917 - one argument for each thing that it is made of
    gateway: Gateway,
    workspace: Workspace,
    schema: LabelSchema,
    documents: Mapping[str, Document],
    disputes: Sequence[Dispute],
    count: int,
    *,
    role: Role = "review",
    progress: Callable[[int, int], None] | None = None,
) -> ReviewPushed:
    """Make the project's open tasks the first ``count`` of the disputes.

    Tasks further down that are open already stay, and are brought up to date.

    Args:
        gateway: the server.
        workspace: whose disputes.
        schema: the labels.
        documents: by id.
        disputes: all there are, in order.
        count: so many of them are to be there.
        role: why they are in question, and so which project is meant.
        progress: called with tasks done, and all.

    Raises:
        SchemaError: the project, or a span, has other labels.
        StudioError: the server could not be asked; what was done until then stays.
        WorkspaceError: another push or pull is at work in this workspace.
    """
    with opened_state(workspace, gateway.url) as state:
        names = _names(workspace, disputes)
        tasks = {
            key(one.passage): review_task(one, names, schema, documents[one.passage.doc_id])
            for one in disputes
        }
        if not tasks and not review_projects(gateway, workspace, role):
            return ReviewPushed()  # nothing to decide is no reason for a project
        project = _own_project(gateway, workspace, schema, role)
        result = ReviewPushed(project.id, len(disputes))
        first = list(tasks)[:count]
        work = _ReviewPush(gateway, state, project.id, workspace, result)
        left = work.carry_out(tasks, first, progress or (lambda _done, _all: None))
        if left and project.model_version != GOLD:
            gateway.update_project(project.id, model_version=GOLD)
        for twin in review_projects(gateway, workspace, role):
            if twin.id != project.id and twin.tasks == 0:
                gateway.delete_project(twin.id)  # left by a push that was killed while it made it
    by_key = {key(one.passage): one for one in disputes}
    result.seconds = sum(by_key[one].seconds for one in left)
    result.gain = sum(by_key[one].gain for one in left)
    return result


class _ReviewPush:
    """The project made as it should be."""

    def __init__(
        self,
        gateway: Gateway,
        state: State,
        project: int,
        workspace: Workspace,
        result: ReviewPushed,
    ) -> None:
        self._gateway, self._state, self._project = gateway, state, project
        self._batch = workspace.settings.studio.batch
        self._result = result

    def carry_out(
        self,
        tasks: Mapping[str, Task],
        first: Sequence[str],
        progress: Callable[[int, int], None],
    ) -> list[str]:
        """Do it; returns the keys of the tasks that are open in the end."""
        for attempt in itertools.count(1):
            self._settle()
            there = self._there()
            begun = {one for one, some in there.items() if any(map(_is_begun, some))}
            right = {
                one
                for one, some in there.items()
                if one in tasks and not _is_begun(some[0]) and _is_same(some[0], tasks[one])
            }
            self._remove(there, begun, right, tasks)
            wanted = [one for one in tasks if one in {*first, *there} and one not in begun]
            missing = [one for one in wanted if one not in right]
            self._result.begun, self._result.left = len(begun), len(right)
            try:
                is_certain = self._create(missing, tasks, there, progress)
            except StudioError as error:
                if not in_doubt(error) or attempt == _ATTEMPTS:
                    raise
                time.sleep(retry_after(error))
                continue
            if is_certain or attempt == _ATTEMPTS:
                return wanted
        raise AssertionError  # the count never ends

    def _there(self) -> dict[str, list[Task]]:
        """Our tasks in the project by key, the one that stays first."""
        ids = sorted(self._gateway.updated_tasks(self._project))
        found: dict[str, list[Task]] = defaultdict(list)
        for start in range(0, len(ids), _LOOKED_AT):
            for task in self._gateway.tasks_in_full(self._project, ids[start : start + _LOOKED_AT]):
                if task["data"].get("key"):
                    found[task["data"]["key"]].append(task)
        for some in found.values():
            some.sort(key=lambda task: (not _is_begun(task), task["id"]))
        return found

    def _remove(
        self,
        there: Mapping[str, Sequence[Task]],
        begun: set[str],
        right: set[str],
        tasks: Mapping[str, Task],
    ) -> None:
        """Delete what nobody has begun and what isn't right: doubled, other, or no dispute now."""
        stray = {}
        for one, some in there.items():
            stays = some[:1] if one in begun | right else []
            for task in some:
                if task not in stays and not _is_begun(task):
                    stray[task["id"]] = one
        self._gateway.delete_untouched(self._project, sorted(stray))
        if not stray:
            return
        found = self._gateway.tasks_by_key(self._project, set(stray.values()))
        left = {task.id: one for one, some in found.items() for task in some}
        # What is still there was begun in this moment.
        begun.update(one for id_, one in stray.items() if id_ in left)
        gone = {one for id_, one in stray.items() if id_ not in left}
        self._result.withdrawn += len(gone - tasks.keys() - begun)

    def _create(
        self,
        keys: Sequence[str],
        tasks: Mapping[str, Task],
        there: Mapping[str, Sequence[Task]],
        progress: Callable[[int, int], None],
    ) -> bool:
        """Send tasks; returns whether they are there for certain, with all their versions."""
        is_certain = True
        done = 0
        for some in _batches(keys, self._batch):
            self._state.begin_sending(self._project, some, time.time())
            items = [tasks[one] for one in some]
            try:
                made = self._gateway.import_tasks(self._project, items)
            except StudioError as error:
                if not in_doubt(error):
                    self._state.end_sending(self._project, some)
                raise
            self._state.end_sending(self._project, some)
            is_certain &= made.predictions == sum(len(item["predictions"]) for item in items)
            self._result.created += len(some)
            self._result.renewed += sum(one in there for one in some)
            done += len(some)
            progress(done, len(keys))
        return is_certain

    def _settle(self) -> None:
        """Wait until no import that an earlier push or attempt began can still arrive."""
        while waiting := self._state.sending(self._project):
            found = self._gateway.tasks_by_key(self._project, waiting)
            late = time.time() - _SETTLE_SECONDS
            over = [one for one, since in waiting.items() if one in found or since < late]
            self._state.end_sending(self._project, over)
            if len(over) < len(waiting):
                time.sleep(_POLL_SECONDS)


def _is_begun(task: Task) -> bool:
    skipped = task.get("cancelled_annotations")
    return bool(task["annotations"] or skipped or task["draft_exists"])


def _is_same(task: Task, wanted: Task) -> bool:
    """Whether a task shows what it should, with all versions."""
    versions = sorted(one["model_version"] for one in task["predictions"])
    return bool(
        task["data"].get("version") == wanted["data"]["version"]
        and versions == sorted(one["model_version"] for one in wanted["predictions"])
    )


def _batches(keys: Sequence[str], most: int) -> Iterator[Sequence[str]]:
    for start in range(0, len(keys), most):
        yield keys[start : start + most]


def _own_project(
    gateway: Gateway, workspace: Workspace, schema: LabelSchema, role: Role
) -> ServerProject:
    known = review_projects(gateway, workspace, role)
    if not known:
        try:
            made = gateway.create_project(**_fields(workspace, schema, role))
            known = gateway.projects([made])
        except StudioError as error:
            known = review_projects(gateway, workspace, role) if in_doubt(error) else []
            if not known:
                raise
    fullest = max(known, key=lambda project: (project.tasks, -project.id))
    check_config(fullest, schema)
    return fullest


def _fields(workspace: Workspace, schema: LabelSchema, role: Role) -> Mapping[str, Any]:
    line = review_marker(workspace, role)
    notice = one_line(workspace.settings.project.notice)
    return {
        "title": project_title(workspace, _TITLES[role]),
        "description": f"{notice}\n{line}" if notice else line,
        "label_config": review_config(schema),
        "expert_instruction": guidelines_html(workspace),
        "show_instruction": False,
        "show_collab_predictions": True,
        "maximum_annotations": 1,
    }


def _names(workspace: Workspace, disputes: Sequence[Dispute]) -> dict[str, str]:
    """The annotators' pseudonyms, which stay what they are while the workspace's state is there.

    Kept beside the other state and not on the server, where a reviewer could read them.
    """
    path = workspace.private / "studio" / "pseudonyms.json"
    known: dict[str, str] = {}
    if path.exists():
        try:
            known = msgspec.json.decode(path.read_bytes(), type=dict[str, str])
        except (OSError, msgspec.MsgspecError) as error:
            raise InputError(
                f"{path}: can't be read ({error})",
                "Delete it: annotators get other pseudonyms then.",
            ) from None
    names = pseudonyms(known, {who for one in disputes for who in one.versions})
    if names != known:
        write_text(path, msgspec.json.encode(names).decode(), mode=0o600)
    return names
