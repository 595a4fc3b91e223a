"""How far each annotator is: as the server counts it, or as the last pull left it."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import chain

from toolkit.model import Annotation, latest_annotations
from toolkit.settings import Workspace
from toolkit.studio.answers import ServerProject
from toolkit.studio.gateway import Gateway
from toolkit.studio.pace import estimated_end, is_idle, pace
from toolkit.studio.projects import EVERYONE, by_annotator, one_line, workspace_projects


@dataclass(frozen=True, slots=True)
class AnnotatorStatus:
    """One annotator, in all their projects; ``assigned`` to ``left`` count tasks.

    ``annotator`` is empty for what all do together in shared projects, where nobody is
    assigned any task before they open it. ``projects`` are ids in the order in which they
    are worked through; ``project_id`` and ``url`` are of the first with work left (of the last
    where there is none), and null where nothing was pushed yet. ``assigned``, ``drafts`` (saved
    and not submitted) and ``left`` are null where nobody knows. ``per_hour``, ``per_day`` and
    ``last`` are of what pull has brought (``toolkit.studio.pace``); ``estimated_end`` is a
    date, null where there is none, and ``idle`` says that they stopped a week ago or more.
    """

    annotator: str
    project_id: int | None = None
    url: str | None = None
    projects: tuple[int, ...] = ()
    assigned: int | None = 0
    submitted: int = 0
    skipped: int = 0
    drafts: int | None = 0
    left: int | None = 0
    per_hour: float | None = None
    per_day: float | None = None
    last: str | None = None
    estimated_end: str | None = None
    idle: bool = False


def status(
    gateway: Gateway, workspace: Workspace, history: Iterable[Annotation], now: datetime
) -> list[AnnotatorStatus]:
    """How far everybody is: those whom toolkit.toml names first, in its order.

    Args:
        gateway: the server, which counts.
        workspace: whose projects.
        history: what pull has brought, for the pace.
        now: the time, with its zone.

    Raises:
        StudioError: the server could not be asked.
        RecordError: a time in the history isn't ISO 8601.
    """
    known = _Known(history, now)
    theirs = by_annotator(workspace_projects(gateway, workspace))
    together = theirs.pop(EVERYONE, None)
    rows = []
    named = {one_line(name): name for name in workspace.settings.annotators}
    for annotator in dict.fromkeys((*named, *theirs)):
        name = named.get(annotator, annotator)
        if annotator in theirs:
            rows.append(known.timed(_counted(gateway, name, theirs[annotator], 1), name))
        else:
            rows.append(known.alone(name) if together else AnnotatorStatus(name))
    if together:
        row = _counted(gateway, EVERYONE, together, _people_of_a_passage(workspace))
        rows.append(known.timed(row, *known.people))
    return rows


def _counted(
    gateway: Gateway, annotator: str, projects: Sequence[ServerProject], people: int
) -> AnnotatorStatus:
    """What the server counts in projects each of whose tasks goes to so many people."""

    def done(project: ServerProject) -> int:
        return project.labelled if annotator else project.submitted

    left = [max(0, people * one.tasks - done(one) - one.skipped) for one in projects]
    now = next((one for one, some in zip(projects, left, strict=True) if some), projects[-1])
    return AnnotatorStatus(
        annotator=annotator,
        project_id=now.id,
        url=f"{gateway.url}projects/{now.id}/data",
        projects=tuple(one.id for one in projects),
        assigned=people * sum(one.tasks for one in projects),
        submitted=sum(map(done, projects)),
        skipped=sum(one.skipped for one in projects),
        drafts=sum(gateway.draft_count(one.id) for one in projects),
        left=sum(left),
    )


def known_status(
    workspace: Workspace, history: Iterable[Annotation], now: datetime
) -> list[AnnotatorStatus]:
    """How far everybody was at the last pull; what only the server knows is null.

    Raises:
        RecordError: a time in the history isn't ISO 8601.
    """
    known = _Known(history, now)
    return [
        known.alone(name) for name in dict.fromkeys((*workspace.settings.annotators, *known.people))
    ]


class _Known:
    """What the history says of each annotator."""

    def __init__(self, history: Iterable[Annotation], now: datetime) -> None:
        history = list(history)
        self._now = now
        self._submitted: dict[str, list[Annotation]] = defaultdict(list)
        for annotation in latest_annotations(history):
            self._submitted[annotation.annotator].append(annotation)
        counted = {(one.annotator, one.passage) for one in chain(*self._submitted.values())}
        skips = {(one.annotator, one.passage) for one in history if one.skipped}
        self._skipped = Counter(annotator for annotator, _ in skips - counted)

    @property
    def people(self) -> list[str]:
        """Who ever submitted or skipped anything."""
        return sorted({*self._submitted, *self._skipped})

    def alone(self, annotator: str) -> AnnotatorStatus:
        """One annotator without a project of their own, or without a server to ask."""
        row = AnnotatorStatus(
            annotator,
            assigned=None,
            submitted=len(self._submitted.get(annotator, ())),
            skipped=self._skipped[annotator],
            drafts=None,
            left=None,
        )
        return self.timed(row, annotator)

    def timed(self, row: AnnotatorStatus, *annotators: str) -> AnnotatorStatus:
        """The row with the pace of these annotators, and what follows from it."""
        at = pace(chain(*(self._submitted.get(annotator, ()) for annotator in annotators)))
        end = estimated_end(at, row.left or 0, self._now)
        return replace(
            row,
            per_hour=at.per_hour,
            per_day=at.per_day,
            last=at.last.isoformat() if at.last else None,
            estimated_end=end.isoformat() if end else None,
            idle=is_idle(at, self._now),
        )


def _people_of_a_passage(workspace: Workspace) -> int:
    """How many are to annotate each task of a shared project."""
    people = len(workspace.settings.annotators)
    return min(workspace.settings.assignment.overlap or people, people)
