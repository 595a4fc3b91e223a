"""The workspace's projects on the server.

Each annotator has their own, so that nobody sees another's work; or all share theirs, where the
server gives each task to as many people as the overlap says, and shows nobody another's work in
the labelling stream. Where there are more passages than one project carries well
(``toolkit.studio.shards``) there are several, which are numbered and worked through in turn.
A project is known by lines in its description; its title may be changed by hand.
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
"""The annotator of projects that all share."""

_NUMBER = "toolkit: shard="
"""Begins the line of a project's description that says which of the annotator's it is."""

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


def by_annotator(found: Iterable[tuple[str, ServerProject]]) -> dict[str, list[ServerProject]]:
    """Each annotator's projects, in the order in which they are worked through."""
    theirs: dict[str, list[ServerProject]] = {}
    for annotator, project in found:
        theirs.setdefault(annotator, []).append(project)
    for projects in theirs.values():
        projects.sort(key=lambda project: (number_of(project), project.id))
    return theirs


def number_of(project: ServerProject) -> int:
    """Which of an annotator's projects it is, from 1."""
    for line in project.description.splitlines():
        number = line.removeprefix(_NUMBER)
        if number != line and number.isdecimal():
            return int(number)
    return 1


def remove_twins(gateway: Gateway, workspace: Workspace) -> set[int]:
    """Remove empty projects beside one of the same annotator and number; returns their ids.

    One is left where a push is killed while the server makes it, and the next push is
    too quick to see it. One that two pushes filled at once is one more of the annotator's.
    """
    removed = set()
    numbered: dict[tuple[str, int], list[ServerProject]] = {}
    for annotator, project in workspace_projects(gateway, workspace):
        numbered.setdefault((annotator, number_of(project)), []).append(project)
    for twins in numbered.values():
        keep = max(twins, key=lambda project: (project.tasks, -project.id))
        for project in twins:
            if project.tasks == 0 and project.id != keep.id:
                gateway.delete_project(project.id)
                removed.add(project.id)
    return removed


def own_projects(
    gateway: Gateway, workspace: Workspace, schema: LabelSchema, annotators: Iterable[str]
) -> dict[str, list[ServerProject]]:
    """Each annotator's projects, in order; the first is made where there is none.

    Raises:
        SchemaError: one that is there has other labels than ours.
        InputError: the guidelines can't be read.
        StudioError: one could not be made, or there is no telling whether it was.
    """
    known = by_annotator(workspace_projects(gateway, workspace))
    own = {}
    for annotator in annotators:
        projects = known.get(one_line(annotator)) or [
            open_project(gateway, workspace, schema, annotator, 1)
        ]
        people = most_annotations(workspace, annotator)
        for project in projects:
            check_config(project, schema)
            if project.maximum_annotations != people:
                gateway.update_project(project.id, maximum_annotations=people)
        own[annotator] = projects
    return own


def rename_projects(gateway: Gateway, workspace: Workspace, old: str, new: str) -> list[int]:
    """Make an annotator's projects another's; returns the ids of those that are now.

    A title that somebody has changed by hand stays. Done again it finishes what is left.
    """
    theirs = by_annotator(workspace_projects(gateway, workspace))
    for project in theirs.get(one_line(old), []):
        before, after = marker(workspace, old), marker(workspace, new)
        lines = [after if line == before else line for line in project.description.splitlines()]
        fields = {"description": "\n".join(lines)}
        number = number_of(project)
        if project.title == project_title(workspace, old, number):
            fields["title"] = project_title(workspace, new, number)
        gateway.update_project(project.id, **fields)
    ours = by_annotator(workspace_projects(gateway, workspace)).get(one_line(new), [])
    return [project.id for project in ours]


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


def open_project(
    gateway: Gateway, workspace: Workspace, schema: LabelSchema, annotator: str, number: int
) -> ServerProject:
    """Make one more project of an annotator's.

    Raises:
        InputError: the guidelines can't be read.
        StudioError: it could not be made, or there is no telling whether it was.
    """
    fields = _identity(workspace, annotator, number) | wanted_fields(workspace, schema, annotator)
    try:
        return gateway.projects([gateway.create_project(**fields)])[0]
    except StudioError as error:
        if in_doubt(error):
            there = by_annotator(workspace_projects(gateway, workspace))
            for project in there.get(one_line(annotator), []):
                if number_of(project) == number:
                    return project
        raise


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


def _identity(workspace: Workspace, annotator: str, number: int) -> dict[str, Any]:
    notice = workspace.settings.project.notice
    lines = [one_line(notice)] if notice else []
    lines += [f"{_NUMBER}{number}"] if number > 1 else []
    return {
        "title": project_title(workspace, annotator, number),
        "description": "\n".join([*lines, marker(workspace, annotator)]),
    }


def marker(workspace: Workspace, annotator: str) -> str:
    """The line of a project's description that says whose it is."""
    name = one_line(workspace.settings.project.name)
    return f"toolkit: workspace={name} annotator={one_line(annotator)}"


def project_title(workspace: Workspace, annotator: str, number: int = 1) -> str:
    """What a project is called: annotator, number, name, notice, in the 50 characters there are.

    The annotator first: the server's page shows only the beginning of a long title. The
    first project has no number, since most annotators have no other.
    """
    project = workspace.settings.project
    parts = [one_line(part) for part in (annotator, project.name, project.notice)]
    parts = [part for part in parts if part]
    numbered = f" · {number}" if number > 1 else ""
    longest = _LONGEST_TITLE - len(numbered)
    if len(" · ".join(parts)) > longest:
        room = longest // len(parts) - len(" · ")
        parts = [part if len(part) <= room else part[: room - 1] + "…" for part in parts]
    return " · ".join([parts[0] + numbered, *parts[1:]])


def one_line(text: str) -> str:
    """A name as it stands in a title or description."""
    return " ".join(text.split())
