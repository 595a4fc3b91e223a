"""How far each annotator is, as the server counts it."""

from __future__ import annotations

from dataclasses import dataclass

from toolkit.settings import Workspace
from toolkit.studio.gateway import Gateway
from toolkit.studio.projects import workspace_projects


@dataclass(frozen=True, slots=True)
class AnnotatorStatus:
    """One annotator's project; the last four count tasks.

    ``project_id`` and ``url`` are null where nothing was pushed yet. ``drafts`` are
    saved and not submitted.
    """

    annotator: str
    project_id: int | None
    url: str | None
    assigned: int
    submitted: int
    skipped: int
    drafts: int


def status(gateway: Gateway, workspace: Workspace) -> list[AnnotatorStatus]:
    """How far everybody is: those whom toolkit.toml names first, in its order.

    Raises:
        StudioError: the server could not be asked.
    """
    found: dict[str, list[AnnotatorStatus]] = {
        annotator: [] for annotator in workspace.settings.annotators
    }
    for annotator, project in workspace_projects(gateway, workspace):
        found.setdefault(annotator, []).append(
            AnnotatorStatus(
                annotator=annotator,
                project_id=project.id,
                url=f"{gateway.url}projects/{project.id}/data",
                assigned=project.tasks,
                submitted=project.labelled,
                skipped=project.skipped,
                drafts=gateway.draft_count(project.id),
            )
        )
    return [
        one
        for annotator, projects in found.items()
        for one in projects or [AnnotatorStatus(annotator, None, None, 0, 0, 0, 0)]
    ]
