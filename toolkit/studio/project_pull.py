"""One project's annotations read into the history; ``toolkit.studio.pull`` keeps the promises."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from msgspec.structs import replace

from toolkit.errors import InputError, SchemaError, ServerFailed
from toolkit.model import Annotation, Document, Suggestion
from toolkit.schema import LabelSchema
from toolkit.studio.annotations import document_id, from_annotation
from toolkit.studio.answers import ServerProject
from toolkit.studio.gateway import Gateway
from toolkit.studio.history import History, Kind
from toolkit.studio.state import State
from toolkit.studio.unusable import UnusableFile
from toolkit.studio.versions import Texts

_OVERLAP = timedelta(seconds=60)
"""How far before the last change seen we look again: what was begun earlier may be
committed later."""

_FEWEST_OF_MANY = 10
_SHARE_OF_MANY = 0.1
"""People take back few at a time. At least so many of a project that are gone at once, and more
than this share of it, may be the doing of whoever restored the server's database."""

_MISSED = {"new": "was missing", "changed": "had been submitted again"}
"""What is wrong with an incremental pull to whose file an annotation is new, or changed."""

_TIME = "%Y-%m-%dT%H:%M:%S.%fZ"
"""The server takes times in this form and no other, and answers 500 to the rest."""


@dataclass(slots=True)
class PullCounts:
    """What one person's submissions were to the file.

    ``new``, ``changed`` and ``unchanged`` are the submissions that were looked at;
    ``skipped`` how many of the new and changed ones skip the passage, ``edited`` how many
    somebody else changed last; ``deleted`` are annotations that were found to be gone.
    """

    new: int = 0
    changed: int = 0
    unchanged: int = 0
    skipped: int = 0
    edited: int = 0
    deleted: int = 0


@dataclass(slots=True)
class PullResult:
    """Totals as in ``PullCounts``, and what is nobody's in particular.

    ``drafts`` are tasks with work that isn't submitted (never pulled), ``elsewhere``
    annotations in the file from projects that aren't there (any more), which go on
    counting. Of a full pull, ``compared`` is how many annotations the incremental state
    was compared on, and ``differences`` what it was wrong about until now.
    """

    new: int = 0
    changed: int = 0
    unchanged: int = 0
    skipped: int = 0
    edited: int = 0
    deleted: int = 0
    drafts: int = 0
    elsewhere: int = 0
    compared: int | None = None
    differences: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    annotators: dict[str, PullCounts] = field(default_factory=dict)


def pull_project(
    reader: Reader,
    state: State,
    annotator: str,
    project: ServerProject,
    *,
    whole: bool,
    prove: bool,
) -> None:
    """Read what changed in a project, and more where the server counts otherwise than we.

    Deleted tasks show in no list of changes, so that only the count tells of them. It also
    differs where somebody submits in this moment: first we look for that.
    """
    since = None if whole else state.watermark(project.id)
    reading = reader.begin(annotator, project, state.unresolved(project.id))
    reached = reader.read(reading, since)
    if since is not None and reader.miscounts(reading):
        reached = reader.read(reading, reached)
        if reader.miscounts(reading):
            reader.miss_tasks(reading)
        if reader.miscounts(reading):
            reached = reader.read(reading, None)
    if prove and since is not None:
        reached = reader.prove(reading, reached)
    reader.write()
    state.pulled(project.id, reached, reading.unresolved)
    reader.tell(reading)


def are_many(gone: int, there: int) -> bool:
    """Whether so many of a project's annotations are gone at once that somebody should look."""
    return gone >= _FEWEST_OF_MANY and gone > there * _SHARE_OF_MANY


class _Reading:
    """What is known of a project while it is read; ``owner`` is empty where all share it.

    ``there`` is how many of its annotations in the file should be on the server, ``gone``
    how many of them are not.
    """

    def __init__(
        self, owner: str, project: ServerProject, unresolved: dict[int, int], history: History
    ) -> None:
        self.owner = owner
        self.id = project.id
        self.name = _name(project)
        self.unresolved = unresolved
        self.problems: dict[int, str] = {}
        self.looked_at: set[int] = set()
        self.there = len(history.annotations(self.name))
        self.gone = 0
        self.others: Counter[str] = Counter()


class Reader:
    """Reads projects into the history, and counts."""

    def __init__(
        self,
        gateway: Gateway,
        schema: LabelSchema,
        documents: Mapping[str, Document],
        *,
        suggestions: Mapping[str, Suggestion],
        people: Mapping[int, str],
        history: History,
        unusable: UnusableFile,
        result: PullResult,
    ) -> None:
        self._gateway = gateway
        self._schema = schema
        self._texts = Texts(documents)
        self._suggestions = suggestions
        self.people = people
        self._history = history
        self._unusable = unusable
        self._result = result
        self._now = datetime.now(UTC).strftime(_TIME)
        self._predictions: dict[int, dict[str, Any]] = {}
        self._emptied: list[str] = []

    def begin(self, owner: str, project: ServerProject, unresolved: dict[int, int]) -> _Reading:
        """What is known of a project before it is read."""
        return _Reading(owner, project, unresolved, self._history)

    def read(self, reading: _Reading, since: str | None) -> str | None:
        """Read what changed since then, or everything; returns up to when it was read."""
        began = time.monotonic()
        times = self._gateway.updated_tasks(reading.id, _earlier(since, _OVERLAP))
        listed = timedelta(seconds=time.monotonic() - began)
        self._read_tasks(reading, times, is_whole=since is None)
        # What changed behind the list's reader may be older than what the list ends with.
        newest = _earlier(max(times.values(), default=None), listed)
        return max(newest or "", since or "") or None

    def miscounts(self, reading: _Reading) -> bool:
        """Whether the server has more or fewer annotations in the project than we know of."""
        found = self._gateway.projects([reading.id])
        return bool(found) and found[0].submitted + found[0].skipped != len(self._live(reading))

    def miss_tasks(self, reading: _Reading) -> None:
        """Withdraw what was annotated in tasks that aren't there any more."""
        there = self._gateway.updated_tasks(reading.id)
        live = self._live(reading)
        self._withdraw(reading, {id_ for id_, task in live.items() if task not in there})

    def prove(self, reading: _Reading, reached: str | None) -> str | None:
        """Read everything, and note what differs from what was known.

        What changed after what was read until now isn't a difference but merely new.
        """
        times = self._gateway.updated_tasks(reading.id)
        differences = self._read_tasks(reading, times, is_whole=True)
        self._result.compared = (self._result.compared or 0) + len(self._live(reading))
        for annotation, (task, what) in differences.items():
            changed = _utc(times[task]) if task in times else None
            if changed is None or changed <= (reached or ""):
                self._result.differences.append(
                    f"project {reading.id}, task {task}: annotation {annotation} {what}"
                )
        # A mark that is ahead of all changes was wrong.
        return min(reached or "", _utc(max(times.values()))) if times else reached

    def write(self) -> None:
        """Bring what was read onto the disk."""
        self._unusable.write()
        self._history.write()

    def tell(self, reading: _Reading) -> None:
        """Add what the user has to know of the project to the result."""
        self._result.drafts += self._gateway.draft_count(reading.id)
        self._result.problems += reading.problems.values()
        self._result.problems += [
            f"project {reading.id}: {count} annotations in {reading.owner}'s project are by {other}"
            for other, count in sorted(reading.others.items())
        ]
        if are_many(reading.gone, reading.there):
            self._emptied.append(f"{reading.gone} of {reading.there} of project {reading.id}")

    def tell_elsewhere(self, projects: Iterable[ServerProject]) -> None:
        """Add what is in the file from other projects than these to the result."""
        self._result.elsewhere = self._history.elsewhere(map(_name, projects))

    def tell_emptied(self) -> None:
        """Add to the result where much is gone from the server at once, and what to do."""
        if self._emptied:
            self._result.problems.append(
                f"annotations that were pulled are not on the server any more: "
                f"{', '.join(self._emptied)}. They are kept and not counted, with the deleted_at "
                f"{self._now}. If nobody deleted them, and an older backup of the server was put "
                "back, docs/scale-label-studio.md says how they count again (Backups)"
            )

    def _read_tasks(
        self, reading: _Reading, times: Mapping[int, str], *, is_whole: bool
    ) -> dict[int, tuple[int, str]]:
        """Read the tasks; returns what was not as we knew it, by annotation, with its task."""
        tasks = set(times) | set(reading.unresolved.values())
        before = self._live(reading)
        seen: set[int] = set()
        differences = {}
        for task in self._gateway.export(reading.id, sorted(tasks)):
            for annotation in task["annotations"]:
                seen.add(annotation["id"])
                kind = self._read_annotation(reading, task, annotation)
                if kind in _MISSED:
                    differences[annotation["id"]] = (task["id"], _MISSED[kind])
        looked_at = before if is_whole else {a: t for a, t in before.items() if t in tasks}
        gone = looked_at.keys() - seen
        self._withdraw(reading, gone)
        return differences | {one: (before[one], "had been deleted") for one in gone}

    def _read_annotation(
        self, reading: _Reading, task: dict[str, Any], annotation: dict[str, Any]
    ) -> Kind | None:
        """What an annotation is to the file; None where it can't be used."""
        id_ = annotation["id"]
        try:
            record = self._record(task, annotation, reading.name)
        except (InputError, SchemaError) as error:
            reading.problems[id_] = str(error)
            reading.unresolved[id_] = task["id"]
            self._unusable.keep(reading.name, task, annotation, str(error))
            return None
        reading.problems.pop(id_, None)
        reading.unresolved.pop(id_, None)
        self._unusable.used(reading.name, id_)
        kind = self._history.add(record)
        counts = self._counts(record.annotator)
        if kind != "unchanged" or id_ not in reading.looked_at:
            setattr(counts, kind, getattr(counts, kind) + 1)
        reading.looked_at.add(id_)
        if kind != "unchanged":
            counts.skipped += record.skipped
            counts.edited += record.edited_by is not None
            if reading.owner and record.annotator != reading.owner:
                reading.others[record.annotator] += 1
        return kind

    def _record(
        self, task: dict[str, Any], annotation: Mapping[str, Any], project: str
    ) -> Annotation:
        document = self._texts.of_task(task)
        if document is None:
            raise InputError(
                f"task {task['id']}: there is no document {document_id(task)!r} here",
                "Ingest it again; what was annotated stays on the server.",
            )
        task = self._with_parent(task, annotation)
        record = from_annotation(
            task,
            annotation,
            self._schema,
            document,
            self.people,
            suggestion=self._suggestions.get(document.id),
        )
        editor = annotation.get("updated_by")
        edited_by = None if editor is None else self.people.get(editor, f"user {editor}")
        return replace(
            record,
            project=project,
            edited_by=None if edited_by == record.annotator else edited_by,
        )

    def _live(self, reading: _Reading) -> dict[int, int]:
        """The project's annotations that should be on the server, with their tasks."""
        return self._history.annotations(reading.name) | reading.unresolved

    def _withdraw(self, reading: _Reading, annotations: Iterable[int]) -> None:
        gone = set(annotations)
        for id_ in gone & reading.unresolved.keys():
            del reading.unresolved[id_]
            reading.problems.pop(id_, None)
        gone &= self._history.annotations(reading.name).keys()
        reading.gone += len(gone)
        for annotator in self._history.withdraw(reading.name, gone, self._now):
            self._counts(annotator).deleted += 1

    def _counts(self, annotator: str) -> PullCounts:
        return self._result.annotators.setdefault(annotator, PullCounts())

    def _with_parent(self, task: dict[str, Any], annotation: Mapping[str, Any]) -> dict[str, Any]:
        """The task with the prediction that the annotator saw, where the export lacks it."""
        parent = annotation.get("parent_prediction")
        if parent is None or (annotation.get("prediction") or {}).get("id") == parent:
            return task
        if parent not in self._predictions:
            try:
                self._predictions[parent] = self._gateway.prediction(parent)
            except ServerFailed as error:
                if error.status != 404:  # noqa: PLR2004 - HTTP's own number says it
                    raise
                self._predictions[parent] = {}  # deleted since; what was shown is unknown
        return {**task, "predictions": [self._predictions[parent]]}


def _name(project: ServerProject) -> str:
    """What tells a project from all others, also of other servers."""
    return f"{project.id}@{_utc(project.created_at)}"


def _earlier(moment: str | None, by: timedelta) -> str | None:
    return None if moment is None else _utc(moment, minus=by)


def _utc(moment: str, *, minus: timedelta = timedelta()) -> str:
    return (datetime.fromisoformat(moment).astimezone(UTC) - minus).strftime(_TIME)
