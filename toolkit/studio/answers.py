"""What Label Studio's lists tell of a project and of a task, in our words."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from toolkit.studio.names import digest_of_region

_FIRST_ID = re.compile(r"\[\{id: ?([^,}]*)")


@dataclass(frozen=True, slots=True)
class ServerTask:
    """A task as lists of tasks show it; ``key`` is empty where no push made it.

    ``begun`` is whether somebody had submitted or skipped it then; drafts don't show here.
    ``predictions`` is how many there are; ``digest`` tells what the first of them suggests
    (``tasks.suggestions_digest``), and is null where there is none or it isn't known.
    """

    id: int
    key: str
    model_versions: tuple[str, ...]
    begun: bool
    predictions: int = 0
    digest: str | None = None


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
    maximum_annotations: int
    tasks: int
    labelled: int
    submitted: int
    skipped: int


def project_in(row: Mapping[str, Any]) -> ServerProject:
    """The project in a row of the server's list of projects."""
    return ServerProject(
        id=row["id"],
        created_at=row["created_at"],
        title=row["title"] or "",
        description=row["description"] or "",
        label_config=row["label_config"] or "",
        model_version=row["model_version"] or "",
        maximum_annotations=row["maximum_annotations"] or 1,
        tasks=row["task_number"] or 0,
        labelled=row["num_tasks_with_annotations"] or 0,
        submitted=row["total_annotations_number"] or 0,
        skipped=row["skipped_annotations_number"] or 0,
    )


def task_in(row: Mapping[str, Any]) -> ServerTask:
    """The task in a row of the server's list of tasks."""
    listed = str(row.get("predictions_model_versions") or "").split(",")
    versions = tuple(version.strip() for version in listed if version.strip())
    return ServerTask(
        id=row["id"],
        key=str(row["data"].get("key", "")),
        model_versions=versions,
        begun=bool(row["total_annotations"] or row["cancelled_annotations"]),
        # The server's own count may lag behind after it was killed.
        predictions=max(row["total_predictions"] or 0, len(versions)),
        digest=_digest(str(row.get("predictions_results") or "")),
    )


def _digest(results: str) -> str | None:
    """The digest in the beginning of a task's predictions, as lists show them: without quotes."""
    found = _FIRST_ID.match(results)
    if found:
        return digest_of_region(found[1]) or None
    return "" if results.startswith("[]") else None
