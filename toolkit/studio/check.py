"""Whether the workspace's projects on the server are as the workspace says; and making them so.

Looking changes nothing. What can be set right without touching anybody's work (what annotators
look at, and how the labelling stream behaves) may be; labels never: that is ``relabel``'s.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from html.parser import HTMLParser
from typing import Any

from toolkit.schema import LabelSchema
from toolkit.settings import Workspace
from toolkit.studio.answers import ServerProject
from toolkit.studio.gateway import Gateway
from toolkit.studio.label_config import Difference, config_differences
from toolkit.studio.projects import (
    most_annotations,
    number_of,
    one_line,
    project_annotators,
    wanted_fields,
    workspace_projects,
)

_SWITCHES = {
    "show_instruction": ("instructions", "doesn't show the guidelines before labelling"),
    "show_collab_predictions": ("suggestions", "doesn't fill in suggestions"),
    "reveal_preannotations_interactively": ("suggestions", "hides suggestions until asked for"),
    "enable_empty_annotation": ("empty", "lets nobody submit a passage without spans"),
    "show_skip_button": ("skip", "has no button to skip a passage"),
    "sampling": ("order", "gives passages in another order than ours"),
}
"""Fields of the server's API, and what a project does whose field is otherwise than ours."""

_GUIDELINES = "expert_instruction"


@dataclass(frozen=True, slots=True)
class ProjectCheck:
    """One project, and what it has otherwise than the workspace says.

    ``annotator`` is empty for a project that all share; ``project_id`` and ``url`` are null
    where there is no project yet. ``mended`` are differences that were set right.
    """

    annotator: str
    project_id: int | None
    url: str | None
    differences: tuple[Difference, ...] = ()
    mended: tuple[Difference, ...] = ()

    @property
    def blocks(self) -> bool:
        """Whether it keeps a push from doing anything."""
        return any(one.blocks for one in self.differences)


def check_projects(
    gateway: Gateway,
    workspace: Workspace,
    schema: LabelSchema,
    model_version: str | None,
    *,
    mend: bool = False,
) -> list[ProjectCheck]:
    """Compare every project of the workspace, also of people who have left.

    Args:
        gateway: the server.
        workspace: says what projects are to be like.
        schema: the labels.
        model_version: the one whose suggestions are to be filled in (``prefilled_version``).
        mend: set right what ``Difference.remedy`` calls "mend".

    Raises:
        InputError: the guidelines can't be read.
        StudioError: the server could not be asked, or refused a change.
    """
    found = workspace_projects(gateway, workspace)
    numbered = {(annotator, number_of(project)): project for annotator, project in found[::-1]}
    checks = []
    for annotator, project in found:
        url = f"{gateway.url}projects/{project.id}"
        wanted = wanted_fields(workspace, schema, annotator)
        there = gateway.fields(project.id, wanted)
        differences = [*_differences(project, there, wanted, schema)]
        other = numbered[annotator, number_of(project)]
        if project.id != other.id and not project.tasks:
            differences.append(_twin(annotator, other))
        elif annotator in map(one_line, project_annotators(workspace)):
            differences += _pushed(project, model_version, most_annotations(workspace, annotator))
        elif annotator:
            differences.append(_unnamed(annotator))
        check = ProjectCheck(annotator, project.id, url, tuple(differences))
        checks.append(_mended(gateway, check, wanted) if mend else check)
    missing = [one for one in project_annotators(workspace) if one_line(one) not in dict(found)]
    not_yet = Difference("project", "isn't there yet", "push", field="")
    return checks + [ProjectCheck(one, None, None, (not_yet,)) for one in missing]


def _differences(
    project: ServerProject,
    there: Mapping[str, Any],
    wanted: Mapping[str, Any],
    schema: LabelSchema,
) -> Iterator[Difference]:
    yield from config_differences(project.label_config, schema)
    if _read(there.get(_GUIDELINES) or "") != _read(wanted[_GUIDELINES]):
        says = "shows other guidelines than ours"
        yield Difference("guidelines", says, "mend", field=_GUIDELINES)
    for name, (what, says) in _SWITCHES.items():
        if there.get(name) != wanted[name]:
            yield Difference(what, says, "mend", field=name)


def _pushed(project: ServerProject, model_version: str | None, people: int) -> Iterator[Difference]:
    """What the next push sets right by itself."""
    if project.maximum_annotations != people:
        says = f"gives each task to {project.maximum_annotations} people and not to {people}"
        yield Difference("overlap", says, "push", field="maximum_annotations")
    if project.tasks and model_version and project.model_version != model_version:
        says = f"fills in the suggestions of {project.model_version!r} and not {model_version!r}"
        yield Difference("prefill", says, "push", field="model_version")


def _unnamed(annotator: str) -> Difference:
    says = (
        f"is {annotator}'s, who has no work to get by toolkit.toml; whoever only goes by another"
        " name now keeps it by 'toolkit annotators rename'"
    )
    return Difference("annotator", says, "hand", field="description")


def _twin(annotator: str, kept: ServerProject) -> Difference:
    says = f"is empty and stands beside project {kept.id}, also of {annotator or 'everyone'}"
    return Difference("project", says, "push", field="")


def _mended(gateway: Gateway, check: ProjectCheck, wanted: Mapping[str, Any]) -> ProjectCheck:
    mendable = tuple(one for one in check.differences if one.remedy == "mend")
    if check.project_id is None or not mendable:
        return check
    gateway.update_project(check.project_id, **{one.field: wanted[one.field] for one in mendable})
    rest = tuple(one for one in check.differences if one not in mendable)
    return replace(check, differences=rest, mended=mendable)


class _Reader(HTMLParser):
    """Words and tags of a page, without attributes."""

    def __init__(self) -> None:
        super().__init__()
        self.read: list[str] = []

    def handle_starttag(self, tag: str, attrs: object) -> None:  # noqa: ARG002 - the base class's
        self.read.append(f"<{tag}>")

    def handle_data(self, data: str) -> None:
        self.read += data.split()


def _read(html: str) -> list[str]:
    """What people read in a page; the server's filter rewrites quotes and attributes."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    return reader.read
