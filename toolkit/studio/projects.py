"""The workspace's projects on the server.

One an annotator, so that nobody sees another's work; or one that all share, where the server
gives each task to as many people as the overlap says, and shows nobody another's work in the
labelling stream. A project is known by one line in its description; its title may be changed
by hand.
"""

from __future__ import annotations

import html
from collections.abc import Iterable
from typing import Any

from toolkit.errors import InputError, StudioError
from toolkit.schema import LabelSchema
from toolkit.settings import Workspace
from toolkit.studio.answers import ServerProject
from toolkit.studio.failures import in_doubt
from toolkit.studio.gateway import Gateway
from toolkit.studio.label_config import check_config

EVERYONE = ""
"""The annotator of a project that all share."""

_LONGEST_TITLE = 50  # the server's limit

# The server's page takes all space from headings and tables, and its filter lets no style
# attribute through, but a style sheet. It is kept to the guidelines by their <article>.
_STYLE = """<style>
article h1 { margin: 0 0 .6em; font-size: 1.5em; font-weight: 600; line-height: 1.3 }
article h2 { margin: 1.4em 0 .5em; font-size: 1.25em; font-weight: 600; line-height: 1.3 }
article h3 { margin: 1.1em 0 .4em; font-size: 1.05em; font-weight: 600 }
article p { margin: .5em 0; line-height: 1.7 }
article ul { margin: .4em 0; padding-left: 1.4em; list-style: disc; line-height: 1.7 }
article ol { margin: .4em 0; padding-left: 1.6em; list-style: decimal; line-height: 1.7 }
article table { margin: .6em 0; border-collapse: collapse }
article th, article td { padding: .3em .7em; border: 1px solid rgba(128, 128, 128, .3) }
article th { text-align: left; font-weight: 600 }
</style>
"""


def workspace_projects(gateway: Gateway, workspace: Workspace) -> list[tuple[str, ServerProject]]:
    """The annotators' projects of this workspace, with the annotator's name; oldest first.

    Also those of annotators whom toolkit.toml no longer names: their labels count.
    """
    start = marker(workspace, "")
    found = {}
    for project, description in gateway.descriptions().items():
        for line in description.splitlines():
            if line.startswith(start):
                found[project] = line.removeprefix(start)
                break
    return [(found[project.id], project) for project in gateway.projects(list(found))]


def find_project(gateway: Gateway, workspace: Workspace, annotator: str) -> ServerProject | None:
    """The annotator's project; the fullest, should there be several."""
    return chosen_projects(workspace_projects(gateway, workspace)).get(one_line(annotator))


def chosen_projects(found: list[tuple[str, ServerProject]]) -> dict[str, ServerProject]:
    """The fullest project of each annotator, the oldest of equal ones."""
    chosen: dict[str, ServerProject] = {}
    for annotator, project in found:
        if annotator not in chosen or project.tasks > chosen[annotator].tasks:
            chosen[annotator] = project
    return chosen


def remove_twins(gateway: Gateway, workspace: Workspace) -> list[str]:
    """Remove empty projects beside an annotator's own; returns what could not be.

    One is left where a push is killed while the server makes it, and the next push is
    too quick to see it.
    """
    found = workspace_projects(gateway, workspace)
    chosen = chosen_projects(found)
    problems = []
    for annotator, project in found:
        keep = chosen[annotator]
        if project.id == keep.id:
            continue
        if project.tasks == 0:
            gateway.delete_project(project.id)
        else:
            problems.append(
                f"{annotator or 'everyone'} has the projects {keep.id} and {project.id}, "
                "both with tasks; nothing was removed, and both are pulled"
            )
    return problems


def own_projects(
    gateway: Gateway, workspace: Workspace, schema: LabelSchema, annotators: Iterable[str]
) -> dict[str, ServerProject]:
    """Each annotator's project, made where there is none.

    Raises:
        SchemaError: one that is there has other labels than ours.
        InputError: the guidelines can't be read.
        StudioError: one could not be made, or there is no telling whether it was.
    """
    known = chosen_projects(workspace_projects(gateway, workspace))
    own = {}
    for annotator in annotators:
        project = known.get(one_line(annotator))
        if project is None:
            project = _make_project(gateway, workspace, schema, annotator)
        check_config(project, schema)
        people = most_annotations(workspace, annotator)
        if project.maximum_annotations != people:
            gateway.update_project(project.id, maximum_annotations=people)
        own[annotator] = project
    return own


def project_annotators(workspace: Workspace) -> list[str]:
    """For whom there are projects: each annotator, or ``EVERYONE``."""
    if workspace.settings.assignment.projects == "shared":
        return [EVERYONE]
    return list(workspace.settings.annotators)


def most_annotations(workspace: Workspace, annotator: str) -> int:
    """How many people are to annotate each task of the annotator's project."""
    if annotator != EVERYONE:
        return 1
    people = max(1, len(workspace.settings.annotators))
    return min(workspace.settings.assignment.overlap or people, people)


def _make_project(
    gateway: Gateway, workspace: Workspace, schema: LabelSchema, annotator: str
) -> ServerProject:
    fields = _identity(workspace, annotator) | wanted_fields(workspace, schema, annotator)
    try:
        return gateway.projects([gateway.create_project(**fields)])[0]
    except StudioError as error:
        known = find_project(gateway, workspace, annotator) if in_doubt(error) else None
        if known is None:
            raise
        return known


def guidelines_html(workspace: Workspace) -> str:
    """The guidelines as annotators see them: the notice first, then the Markdown as HTML.

    Markup inside the Markdown is shown as text and never executed.

    Raises:
        InputError: the guidelines file can't be read.
    """
    from markdown_it import MarkdownIt

    parts = []
    notice = workspace.settings.project.notice
    if notice:
        parts.append(f"<p><strong>{html.escape(notice)}</strong></p>\n")
    if workspace.settings.labels.guidelines:
        path = workspace.path(workspace.settings.labels.guidelines)
        try:
            text = path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise InputError(
                f"{path}: the guidelines can't be read ({error})",
                "Name another file as [labels] guidelines in toolkit.toml.",
            ) from None
        parts.append(MarkdownIt("commonmark", {"html": False}).enable("table").render(text))
    return f"<article>\n{_STYLE}{''.join(parts)}</article>\n"


def wanted_fields(workspace: Workspace, schema: LabelSchema, annotator: str) -> dict[str, Any]:
    """What an annotator's project is to be like, in fields of the server's API.

    Raises:
        InputError: the guidelines can't be read.
    """
    return {
        "label_config": schema.xml,
        "expert_instruction": guidelines_html(workspace),
        "show_instruction": True,
        "show_collab_predictions": True,
        "reveal_preannotations_interactively": False,
        "enable_empty_annotation": True,
        "show_skip_button": True,
        "sampling": "Sequential sampling",
        "maximum_annotations": most_annotations(workspace, annotator),
    }


def _identity(workspace: Workspace, annotator: str) -> dict[str, Any]:
    notice = workspace.settings.project.notice
    line = marker(workspace, annotator)
    return {
        "title": project_title(workspace, annotator),
        "description": f"{one_line(notice)}\n{line}" if notice else line,
    }


def marker(workspace: Workspace, annotator: str) -> str:
    """The line of a project's description that says whose it is."""
    name = one_line(workspace.settings.project.name)
    return f"toolkit: workspace={name} annotator={one_line(annotator)}"


def project_title(workspace: Workspace, annotator: str) -> str:
    """What the project is called: annotator, name, notice, in the 50 characters there are.

    The annotator first: the server's page shows only the beginning of a long title.
    """
    project = workspace.settings.project
    parts = [one_line(part) for part in (annotator, project.name, project.notice)]
    parts = [part for part in parts if part]
    if len(" · ".join(parts)) > _LONGEST_TITLE:
        room = _LONGEST_TITLE // len(parts) - len(" · ")
        parts = [part if len(part) <= room else part[: room - 1] + "…" for part in parts]
    return " · ".join(parts)


def one_line(text: str) -> str:
    """A name as it stands in a title or description."""
    return " ".join(text.split())
