"""Annotations from the server into ``annotations.jsonl``, which keeps all of history.

The file only grows: every submission that was ever seen stays. One that was changed on the
server stays beside the later one; one that was deleted there, alone or with its task, is
marked, and ``model.latest_annotations`` passes it over. Where a whole project is gone
nobody took anybody's labels back: they go on counting. The file is written before the
state moves on, so a pull that is killed is merely made again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from toolkit.model import Document, Suggestion
from toolkit.schema import LabelSchema
from toolkit.settings import Workspace
from toolkit.studio.answers import ServerProject
from toolkit.studio.gateway import Gateway
from toolkit.studio.history import History
from toolkit.studio.project_pull import PullCounts, PullResult, Reader, pull_project
from toolkit.studio.projects import EVERYONE, marker, workspace_projects
from toolkit.studio.review import review_projects
from toolkit.studio.state import State, opened_state
from toolkit.studio.unusable import UnusableFile


def pull(
    gateway: Gateway,
    workspace: Workspace,
    schema: LabelSchema,
    documents: Mapping[str, Document],
    *,
    suggestions: Mapping[str, Suggestion] | None = None,
    full: bool = False,
    progress: Callable[[int, int], None] | None = None,
) -> PullResult:
    """Bring what annotators submitted since the last pull into ``annotations.jsonl``.

    An annotation that can't be used (its document is unknown or was changed, a label is
    unknown, a region's text differs) is a problem in the result and is kept as it is in
    ``annotations.unusable.jsonl``; the others are pulled, and it is tried again each time.

    Args:
        gateway: the server.
        workspace: whose projects, and where the file is.
        schema: the labels that may come back.
        documents: by id.
        suggestions: of today's rules, by document id; a record names their model version
            where the annotator was shown just these, whichever rules had made them.
        full: read everything besides, and say what the incremental pull had missed.
        progress: called with projects done and in all.

    Raises:
        StudioError: the server could not be asked; the file is as good as before.
        InputError: a file can't be read, or not be written.
        RecordError: ``annotations.jsonl`` holds something else.
        WorkspaceError: another push or pull is at work in this workspace.
    """
    result = PullResult(compared=0 if full else None)
    with (
        opened_state(workspace, gateway.url) as state,
        History(workspace.annotations) as history,
    ):
        projects = workspace_projects(gateway, workspace)
        for annotator, _ in projects:
            if annotator:
                result.annotators.setdefault(annotator, PullCounts())
        reader = Reader(
            gateway,
            schema,
            documents,
            suggestions=suggestions or {},
            people=_people(gateway, workspace),
            history=history,
            unusable=UnusableFile(workspace.annotations),
            result=result,
        )
        _pull_projects(reader, state, projects, full=full, progress=progress)
        result.problems += _unrecognised(gateway, workspace, state, projects)
        state.set_people(reader.people)
    return _with_totals(result)


def pull_reviews(
    gateway: Gateway,
    workspace: Workspace,
    schema: LabelSchema,
    documents: Mapping[str, Document],
    *,
    full: bool = False,
    progress: Callable[[int, int], None] | None = None,
) -> PullResult:
    """Bring what reviewers decided since the last time into ``reviews.jsonl``.

    The record of a decision is an ``Annotation``: ``annotator`` is the reviewer, and
    ``suggested`` the version that they began with (``gold``, or an annotator's pseudonym).
    All else is as with ``pull``, its arguments and errors too.
    """
    result = PullResult(compared=0 if full else None)
    with (
        opened_state(workspace, gateway.url) as state,
        History(workspace.reviews) as history,
    ):
        projects = [(EVERYONE, project) for project in review_projects(gateway, workspace)]
        reader = Reader(
            gateway,
            schema,
            documents,
            suggestions={},
            people=_people(gateway, workspace),
            history=history,
            unusable=UnusableFile(workspace.reviews),
            result=result,
        )
        _pull_projects(reader, state, projects, full=full, progress=progress)
    return _with_totals(result)


def _pull_projects(
    reader: Reader,
    state: State,
    projects: Sequence[tuple[str, ServerProject]],
    *,
    full: bool,
    progress: Callable[[int, int], None] | None,
) -> None:
    # Who goes by another name now goes by it everywhere.
    renamed = any(reader.people.get(id_, name) != name for id_, name in state.people().items())
    for done, (annotator, project) in enumerate(projects, 1):
        pull_project(reader, state, annotator, project, whole=renamed, prove=full)
        if progress:
            progress(done, len(projects))
    reader.tell_elsewhere(project for _, project in projects)
    reader.tell_emptied()


def _with_totals(result: PullResult) -> PullResult:
    for name in PullCounts.__slots__:
        setattr(result, name, sum(getattr(one, name) for one in result.annotators.values()))
    return result


def _unrecognised(
    gateway: Gateway,
    workspace: Workspace,
    state: State,
    projects: Iterable[tuple[str, ServerProject]],
) -> list[str]:
    known = {one.id for _, one in projects}
    strays = (state.projects() & gateway.descriptions().keys()) - known
    if strays:
        strays -= {one.id for one in review_projects(gateway, workspace)}
    return [
        f"project {stray} was pulled before and is not any more: its description has no line "
        f"{marker(workspace, '…')!r}"
        for stray in sorted(strays)
    ]


def _people(gateway: Gateway, workspace: Workspace) -> dict[int, str]:
    """Annotator names by user id; whoever toolkit.toml doesn't name goes by e-mail."""
    names = {email.casefold(): name for name, email in workspace.settings.annotators.items()}
    return {id_: names.get(email.casefold(), email) for id_, email in gateway.users().items()}
