"""What we ask of Label Studio: its users, projects, tasks and annotations, and thin.

Reads are repeated after a failure; writes never are, because the server may have done
what it could not answer for: who writes looks up what is there before writing again.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import quote

import msgspec

from toolkit.studio.answers import Imported, ServerProject, ServerTask, project_in, task_in
from toolkit.studio.callbacks import Callbacks
from toolkit.studio.transport import Transport

if TYPE_CHECKING:
    from types import TracebackType

_MOST_KEYS = 500
_MOST_KEY_BYTES = 40_000
"""Keys in one look-up; the server takes a request line of 64 kB."""

_MOST_EXPORTED = 500
_MOST_FULL = 100
_PAGE = 5000
_MOST_DELETED = 500
_LISTED_PAGE = 1000
"""Tasks in one page of a list that holds their texts."""

_TASK_FIELDS = (
    "id,data,updated_at,predictions_model_versions,predictions_results,total_predictions,"
    "total_annotations,cancelled_annotations"
)
_PROJECT_PAGE = 100


class _User(msgspec.Struct):
    id: int
    email: str


class _ProjectPage(msgspec.Struct):
    results: list[dict[str, Any]]
    next: str | None


class _TaskPage(msgspec.Struct):
    tasks: list[dict[str, Any]]
    total: int
    total_predictions: int


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
        self.callbacks = Callbacks(self._http)
        """What the server calls when something happens."""

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
    def requests(self) -> int:
        """How many requests were sent until now."""
        return self._http.requests

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
            "id,created_at,title,description,label_config,model_version,maximum_annotations,"
            "task_number,"
            "num_tasks_with_annotations,total_annotations_number,skipped_annotations_number"
        )
        rows: list[Mapping[str, Any]] = []
        for start in range(0, len(ids), _PROJECT_PAGE):
            some = ",".join(map(str, ids[start : start + _PROJECT_PAGE]))
            rows += self._projects({"include": include, "ids": some})
        return [project_in(row) for row in rows]

    def fields(self, project: int, names: Iterable[str]) -> Mapping[str, Any]:
        """Fields of a project, as the server's API names and gives them; none if it is gone."""
        rows = self._projects({"include": ",".join(["id", *names]), "ids": project})
        return rows[0] if rows else {}

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
            filters = [_filter("data.key", "in_list", "String", some), *_ALL_COLUMNS]
            rows = self._tasks(project, filters, include=_TASK_FIELDS, page_size=_PAGE).tasks
            for row in rows:
                task = task_in(row)
                found.setdefault(task.key, []).append(task)
        for tasks in found.values():
            tasks.sort(key=lambda task: task.id)
        return found

    def tasks(
        self, project: int, since: str | None = None, *, begun: bool = False
    ) -> Iterator[tuple[ServerTask, str]]:
        """The project's tasks with the times of their last change, page by page, by id.

        Tasks that no push made are left out. Annotations and new predictions change a
        task's time; drafts don't, and deletions show nowhere.

        Args:
            project: its id.
            since: as ``updated_tasks`` has it; None is all tasks.
            begun: only those that somebody has submitted or skipped.
        """
        last = 0
        while True:
            filters = [_filter("id", "greater", "Number", last), *_ALL_COLUMNS]
            if begun:
                filters.append(_filter("annotations_ids", "empty", "Number", False))
            if since:
                filters.append(_filter("updated_at", "greater", "Datetime", since))
            answer = self._tasks(project, filters, include=_TASK_FIELDS, page_size=_LISTED_PAGE)
            for row in answer.tasks:
                last = row["id"]
                yield task_in(row), row["updated_at"]
            if answer.total <= len(answer.tasks):
                return

    def last_change(self, project: int) -> str | None:
        """The time of the project's last change, as the server writes times."""
        answer = self._tasks(
            project, [], include="id,updated_at", page_size=1, ordering="-tasks:updated_at"
        )
        return str(answer.tasks[0]["updated_at"]) if answer.tasks else None

    def totals(self, project: int) -> tuple[int, int]:
        """How many tasks and predictions the project has, as the server counts them."""
        answer = self._tasks(project, [], include="id", page_size=1)
        return answer.total, answer.total_predictions

    def drafted(self, project: int) -> set[int]:
        """The tasks that hold work which is saved and not submitted."""
        filters = [_filter("draft_exists", "equal", "Boolean", True)]
        return {row["id"] for row in self._pages(project, filters)}

    def updated_tasks(self, project: int, since: str | None = None) -> dict[int, str]:
        """Times of the last change by task id, of the tasks that changed after ``since``.

        Pages are asked for by id and not by number, so that tasks that come or go
        meanwhile shift nothing.

        Args:
            project: its id.
            since: as the server writes times, with microseconds and Z; None is all tasks.
        """
        filters = [_filter("updated_at", "greater", "Datetime", since)] if since else []
        return {row["id"]: row["updated_at"] for row in self._pages(project, filters)}

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

    def tasks_in_full(self, project: int, tasks: Sequence[int]) -> list[dict[str, Any]]:
        """Those of the tasks that there are, with predictions, annotations and ``draft_exists``."""
        filters = [
            _filter("id", "in_list", "Number", list(tasks)),
            _filter("draft_exists", "in_list", "Boolean", [False, True]),
        ]
        return self._tasks(project, filters, page_size=_PAGE, fields="all").tasks

    def texts_of(self, project: int, document: str) -> list[dict[str, Any]]:
        """Id and data of the project's tasks of a document."""
        filters = [_filter("data.doc_id", "equal", "String", document)]
        return self._tasks(project, filters, include="id,data", page_size=_PAGE).tasks

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

    def update_prediction(self, prediction: int, **fields: Any) -> None:
        """Change a prediction where it is; the same change twice is one change.

        It keeps its id, which an editor that shows it sends along: Label Studio refuses a
        submission (400) whose prediction was deleted meanwhile.
        """
        self._http.write(lambda sdk: sdk.predictions.update(prediction, **fields))

    def delete_prediction(self, prediction: int) -> None:
        """Delete a prediction; one that is gone already is no error."""
        self._http.delete(lambda sdk: sdk.predictions.delete(prediction))

    def delete_untouched(self, project: int, tasks: Sequence[int]) -> None:
        """Delete those of the tasks in which there is nobody's work: neither submitted nor saved.

        The server looks at that while it deletes.
        """
        filters = [
            _filter("draft_exists", "equal", "Boolean", False),
            _filter("annotations_ids", "empty", "Number", True),
        ]
        for start in range(0, len(tasks), _MOST_DELETED):  # an empty selection would be all tasks
            body = {
                "selectedItems": {
                    "all": False,
                    "included": list(tasks[start : start + _MOST_DELETED]),
                },
                "filters": {"conjunction": "and", "items": filters},
            }
            self._http.post("api/dm/actions", {"id": "delete_tasks", "project": project}, body)

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

    def annotation(self, annotation: int) -> dict[str, Any]:
        """One annotation in full, as it is at this moment."""
        return self._http.get(f"api/annotations/{annotation}/", {}, dict[str, Any])

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

    def _pages(self, project: int, filters: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
        """Id and time of all tasks that the filters let through."""
        last = 0
        while True:
            here = [_filter("id", "greater", "Number", last), *filters]
            answer = self._tasks(project, here, include="id,updated_at", page_size=_PAGE)
            for row in answer.tasks:
                last = row["id"]
                yield row
            if answer.total <= len(answer.tasks):
                return

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


# A list works out a column only where it filters by it or sorts by it. These two let
# every task through.
_ALL_COLUMNS = (
    _filter("predictions_model_versions", "contains", "List", []),
    _filter("predictions_results", "not_in_list", "String", []),
)


def _json(value: Any) -> str:
    return msgspec.json.encode(value).decode()
