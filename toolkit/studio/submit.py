"""An annotator's labels entered through the API, as the editor would submit them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from toolkit.errors import InputError
from toolkit.model import Passage, Span
from toolkit.schema import LabelSchema
from toolkit.studio.gateway import Gateway
from toolkit.studio.names import key
from toolkit.studio.tasks import to_result


@dataclass(frozen=True, slots=True)
class Submission:
    """What an annotator gives for a passage; ``lead_time`` is seconds of work."""

    passage: Passage
    spans: Sequence[Span]
    lead_time: float | None = None


def submit(
    gateway: Gateway, project: int, submissions: Iterable[Submission], schema: LabelSchema
) -> list[int]:
    """Submit spans for passages, each over the suggestion that its task shows.

    Whoever the gateway's token belongs to is the annotator. Done twice, the second
    replaces the first, as when a person opens the task again.

    Args:
        gateway: the server, with the annotator's own token.
        project: the annotator's project.
        submissions: spans in offsets of the document.
        schema: names the tags.

    Returns:
        The annotations' ids, in the order of the submissions.

    Raises:
        InputError: the project has no task for a passage; nothing was submitted.
    """
    given = list(submissions)
    tasks = gateway.full_tasks(project, [key(one.passage) for one in given])
    for one in given:
        if key(one.passage) not in tasks:
            raise InputError(
                f"project {project} has no task for document {one.passage.doc_id!r}, "
                f"{one.passage.start}-{one.passage.end}",
                "Push it first.",
            )
    user, _ = gateway.whoami()
    ids = []
    for one in given:
        task = tasks[key(one.passage)]
        prediction = task["predictions"][-1] if task["predictions"] else None
        result = to_result(one.passage, one.spans, prediction, schema)
        own = [a["id"] for a in task["annotations"] if _user(a["completed_by"]) == user]
        if own:
            gateway.update_annotation(own[-1], result)
            ids.append(int(own[-1]))
            continue
        ids.append(
            gateway.create_annotation(
                task["id"],
                result,
                lead_time=one.lead_time,
                parent_prediction=prediction["id"] if prediction else None,
            )
        )
    return ids


def _user(completed_by: object) -> object:
    return completed_by["id"] if isinstance(completed_by, dict) else completed_by
