"""What we ask of Label Studio: its users, projects, tasks and annotations, and thin.

Reads are repeated after a failure; writes never are, because the server may have done
what it could not answer for: who writes looks up what is there before writing again.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import quote

import msgspec

from toolkit.studio.transport import Transport

if TYPE_CHECKING:
    from types import TracebackType

_MOST_KEYS = 500
_MOST_KEY_BYTES = 40_000
"""Keys in one look-up; the server takes a request line of 64 kB."""

_MOST_EXPORTED = 500
_MOST_FULL = 100
_PAGE = 5000
_PROJECT_PAGE = 100


@dataclass(frozen=True, slots=True)
class ServerTask:
    """A task of ours, as a look-up by key finds it."""

    id: int
    key: str
    model_versions: tuple[str, ...]
    begun: bool
    """Whether somebody had submitted or skipped it then; drafts don't show here."""


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import made: task ids in the order of the request, and how many predictions."""

    tasks: list[int]
    predictions: int


@dataclass(frozen=True, slots=True)
class ServerProject:
    """A project; ``submitted`` and ``skipped`` count annotations, the others tasks."""

    id: int
    created_at: str
    title: str
    description: str
    label_config: str
    model_version: str
    tasks: int
    labelled: int
    submitted: int
    skipped: int


class _User(msgspec.Struct):
    id: int
    email: str


class _ProjectPage(msgspec.Struct):
    results: list[dict[str, Any]]
    next: str | None


class _TaskPage(msgspec.Struct):
    tasks: list[dict[str, Any]]
    total: int


class Gateway:
    """One user's way into one Label Studio server. Nothing is sent before the first call.

    Args:
        url: where the server is, with its path if it has one.
        token: a legacy token or a personal access token.
        timeout: seconds that a request may go without an answer.

    Raises:
        UsageError: ``url`` isn't an address that could be asked.
        ServerRefused: ``token`` can't be a token.
    """

    def __init__(self, url: str, token: str, *, timeout: float = 600) -> None:
        self._http = Transport(url, token, timeout=timeout)

    def __enter__(self) -> Gateway:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the connections."""
        self._http.close()

    @property
    def url(self) -> str:
        """Where the server is, with a final slash."""
        return self._http.url

    # Who

    def whoami(self) -> tuple[int, str]:
        """Id and e-mail of the token's user; the cheapest way to see that both are right."""
        user = self._http.read(lambda sdk: sdk.users.whoami())
        return int(user.id or 0), str(user.email)

    def users(self) -> dict[int, str]:
        """E-mail addresses by user id."""
        return {user.id: user.email for user in self._http.get("api/users/", {}, list[_User])}

    # Projects

    def descriptions(self) -> dict[int, str]:
        """What all projects say about themselves, by id, oldest first."""
        rows = self._projects({"include": "id,description"})
        return {row["id"]: row["description"] or "" for row in rows}

    def projects(self, ids: Sequence[int]) -> list[ServerProject]:
        """Those of the projects that there are, oldest first.

        The server counts while it lists, so only the wanted ones are asked for.
        """
        include = (
            "id,created_at,title,description,label_config,model_version,task_number,"
            "num_tasks_with_annotations,total_annotations_number,skipped_annotations_number"
        )
        rows: list[Mapping[str, Any]] = []
        for start in range(0, len(ids), _PROJECT_PAGE):
            some = ",".join(map(str, ids[start : start + _PROJECT_PAGE]))
            rows += self._projects({"include": include, "ids": some})
        return [_project(row) for row in rows]

    def create_project(self, **fields: Any) -> int:
        """Make a project with these fields of the server's API; returns its id."""
        project = self._http.write(lambda sdk: sdk.projects.create(**fields))
        return int(cast("int", project.id))

    def update_project(self, project: int, **fields: Any) -> None:
        """Change fields of a project; the same change twice is one change."""
        self._http.write(lambda sdk: sdk.projects.update(project, **fields))

    def delete_project(self, project: int) -> None:
        """Delete a project with all that is in it; one that is gone already is no error."""
        self._http.delete(lambda sdk: sdk.projects.delete(project))

    # Tasks

    def tasks_by_key(self, project: int, keys: Iterable[str]) -> dict[str, list[ServerTask]]:
        """The project's tasks with these keys; more than one where a task was doubled."""
        found: dict[str, list[ServerTask]] = {}
        for some in _key_batches(keys):
            rows = self._tasks(
                project,
                [_filter("data.key", "in_list", "String", some)],
                include=(
                    "id,data,predictions_model_versions,total_annotations,cancelled_annotations"
                ),
                # The server works out the model versions only where it sorts by them.
                ordering="tasks:predictions_model_versions",
                page_size=_PAGE,
            ).tasks
            for row in rows:
                task = _task(row)
                found.setdefault(task.key, []).append(task)
        for tasks in found.values():
            tasks.sort(key=lambda task: task.id)
        return found

    def updated_tasks(self, project: int, since: str | None = None) -> dict[int, str]:
        """Times of the last change by task id, of the tasks that changed after ``since``.

        Pages are asked for by id and not by number, so that tasks that come or go
        meanwhile shift nothing.

        Args:
            project: its id.
            since: as the server writes times, with microseconds and Z; None is all tasks.
        """
        times: dict[int, str] = {}
        last = 0
        while True:
            filters = [_filter("id", "greater", "Number", last)]
            if since:
                filters.append(_filter("updated_at", "greater", "Datetime", since))
            answer = self._tasks(project, filters, include="id,updated_at", page_size=_PAGE)
            for row in answer.tasks:
                times[row["id"]] = row["updated_at"]
                last = row["id"]
            if answer.total <= len(answer.tasks):
                return times

    def draft_count(self, project: int) -> int:
        """How many tasks hold work that is saved and not submitted."""
        filters = [_filter("draft_exists", "equal", "Boolean", True)]
        return int(self._tasks(project, filters, include="id", page_size=1).total)

    def is_begun(self, project: int, task: int) -> bool:
        """Whether a task holds anybody's work at this moment: submitted, skipped or saved.

        The task itself (``task``) shows drafts only to the person who saved them.
        """
        filters = [
            _filter("id", "equal", "Number", task),
            _filter("draft_exists", "equal", "Boolean", True),
        ]
        # Drafts first: a draft that is submitted between the two is then an annotation.
        saved = self._tasks(project, filters, include="id", page_size=1).total
        return saved > 0 or any(self.export(project, [task]))

    def full_tasks(self, project: int, keys: Iterable[str]) -> dict[str, dict[str, Any]]:
        """The project's tasks with these keys, as ``task`` gives them; the oldest of each.

        Slow for the server: 6 ms a task, where ``tasks_by_key`` takes 1.
        """
        found: dict[str, dict[str, Any]] = {}
        for some in _key_batches(keys, _MOST_FULL):
            filters = [_filter("data.key", "in_list", "String", some)]
            for row in self._tasks(project, filters, page_size=_PAGE, fields="all").tasks:
                found.setdefault(row["data"]["key"], row)
        return found

    def task(self, task: int) -> dict[str, Any]:
        """One task with its predictions, annotations and drafts in full."""
        return self._http.get(f"api/tasks/{task}/", {}, dict[str, Any])

    def import_tasks(self, project: int, tasks: Sequence[Mapping[str, Any]]) -> Imported:
        """Add tasks with their predictions in one transaction.

        Twice the same is two of them: look up what is there first. Where SQLite was locked
        the server begins again, 3 seconds later or more, and has by then forgotten the
        predictions: compare ``predictions`` with what was sent.
        """
        request = cast("Any", tasks)
        answer: Any = self._http.write(
            lambda sdk: sdk.projects.import_tasks(project, request=request, return_task_ids=True)
        )
        return Imported([int(task) for task in answer.task_ids], int(answer.prediction_count))

    def import_predictions(self, project: int, predictions: Sequence[Mapping[str, Any]]) -> None:
        """Add predictions to tasks that are there; each names its task as ``task``.

        Twice the same is two of them. The server recounts the whole project each time.
        """
        request = cast("Any", predictions)
        self._http.write(lambda sdk: sdk.projects.import_predictions(project, request=request))

    def delete_task(self, task: int) -> None:
        """Delete a task with all that hangs on it; one that is gone already is no error."""
        self._http.delete(lambda sdk: sdk.tasks.delete(str(task)))

    # Annotations

    def export(self, project: int, tasks: Sequence[int]) -> Iterator[dict[str, Any]]:
        """Those of the tasks that have annotations, skipped ones included, in full."""
        for start in range(0, len(tasks), _MOST_EXPORTED):
            some = list(tasks[start : start + _MOST_EXPORTED])
            params = {"exportType": "JSON", "ids[]": some}
            yield from self._http.get(
                f"api/projects/{project}/export", params, list[dict[str, Any]]
            )

    def prediction(self, prediction: int) -> dict[str, Any]:
        """One prediction in full."""
        return self._http.get(f"api/predictions/{prediction}/", {}, dict[str, Any])

    def create_annotation(
        self,
        task: int,
        result: Sequence[dict[str, Any]],
        *,
        lead_time: float | None = None,
        parent_prediction: int | None = None,
        skipped: bool = False,
    ) -> int:
        """Submit an annotation as the token's user; returns its id."""
        optional = {"lead_time": lead_time, "parent_prediction": parent_prediction}
        given: Any = {name: value for name, value in optional.items() if value is not None}
        annotation = self._http.write(
            lambda sdk: sdk.annotations.create(task, result=result, was_cancelled=skipped, **given)
        )
        return int(cast("int", annotation.id))

    def update_annotation(self, annotation: int, result: Sequence[dict[str, Any]]) -> None:
        """Submit an annotation again, with other regions."""
        self._http.write(lambda sdk: sdk.annotations.update(annotation, result=result))

    # How

    def _projects(self, params: dict[str, Any]) -> list[Mapping[str, Any]]:
        rows: list[Mapping[str, Any]] = []
        page = 0
        while True:
            page += 1
            here = {**params, "page": page, "page_size": _PROJECT_PAGE}
            answer = self._http.get("api/projects/", here, _ProjectPage)
            rows += answer.results
            if answer.next is None:
                return sorted(rows, key=lambda row: int(row["id"]))

    def _tasks(
        self,
        project: int,
        filters: list[dict[str, Any]],
        *,
        page_size: int,
        ordering: str = "tasks:id",
        **shape: str,
    ) -> _TaskPage:
        query = {"filters": {"conjunction": "and", "items": filters}, "ordering": [ordering]}
        params = {
            "project": project,
            "page_size": page_size,
            "query": _json(query),
            **shape,
        }
        return self._http.get("api/tasks/", params, _TaskPage)


def _key_batches(keys: Iterable[str], most: int = _MOST_KEYS) -> Iterator[list[str]]:
    batch: list[str] = []
    size = 0
    for key in dict.fromkeys(keys):
        length = len(quote(_json(key))) + 1
        if batch and (len(batch) == most or size + length > _MOST_KEY_BYTES):
            yield batch
            batch, size = [], 0
        batch.append(key)
        size += length
    if batch:
        yield batch


def _filter(column: str, operator: str, type_: str, value: Any) -> dict[str, Any]:
    return {
        "filter": f"filter:tasks:{column}",
        "operator": operator,
        "type": type_,
        "value": value,
    }


def _json(value: Any) -> str:
    return msgspec.json.encode(value).decode()


def _project(row: Mapping[str, Any]) -> ServerProject:
    return ServerProject(
        id=row["id"],
        created_at=row["created_at"],
        title=row["title"] or "",
        description=row["description"] or "",
        label_config=row["label_config"] or "",
        model_version=row["model_version"] or "",
        tasks=row["task_number"] or 0,
        labelled=row["num_tasks_with_annotations"] or 0,
        submitted=row["total_annotations_number"] or 0,
        skipped=row["skipped_annotations_number"] or 0,
    )


def _task(row: Mapping[str, Any]) -> ServerTask:
    versions = str(row.get("predictions_model_versions") or "").split(",")
    return ServerTask(
        id=row["id"],
        key=row["data"]["key"],
        model_versions=tuple(version.strip() for version in versions if version.strip()),
        begun=bool(row["total_annotations"] or row["cancelled_annotations"]),
    )
