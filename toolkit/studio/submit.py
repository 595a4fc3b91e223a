"""An annotator's labels entered through the API, as the editor would submit them."""

from __future__ import annotations

from collections.abc import Iterable

from toolkit.errors import InputError
from toolkit.model import Passage, Span
from toolkit.schema import LabelSchema
from toolkit.studio.gateway import Gateway
from toolkit.studio.tasks import key, to_result


def submit(
    gateway: Gateway,
    project: int,
    passage: Passage,
    spans: Iterable[Span],
    schema: LabelSchema,
    *,
    lead_time: float | None = None,
) -> int:
    """Submit spans for a passage over the suggestion that its task shows.

    Whoever the gateway's token belongs to is the annotator. Done twice, the second
    replaces the first, as when a person opens the task again.

    Args:
        gateway: the server, with the annotator's own token.
        project: the annotator's project.
        passage: which task.
        spans: in offsets of the document.
        schema: names the tags.
        lead_time: seconds that the work took.

    Returns:
        The annotation's id.

    Raises:
        InputError: the project has no task for the passage.
    """
    tasks = gateway.tasks_by_key(project, [key(passage)]).get(key(passage))
    if not tasks:
        raise InputError(
            f"project {project} has no task for document {passage.doc_id!r}, "
            f"{passage.start}-{passage.end}",
            "Push it first.",
        )
    task = gateway.task(tasks[0].id)
    prediction = task["predictions"][-1] if task["predictions"] else None
    result = to_result(passage, spans, prediction, schema)
    user, _ = gateway.whoami()
    for annotation in task["annotations"]:
        by = annotation["completed_by"]
        if user == (by["id"] if isinstance(by, dict) else by):
            gateway.update_annotation(annotation["id"], result)
            return int(annotation["id"])
    return gateway.create_annotation(
        task["id"],
        result,
        lead_time=lead_time,
        parent_prediction=prediction["id"] if prediction else None,
    )
