"""A change of labels carried into the workspace's projects on the server.

Each annotation is read, changed and written back by itself, and as it was before it is
handed to the caller first, who keeps it. Somebody who submits the same annotation in the
moment between (some hundredths of a second) would be overwritten: change labels when
nobody works.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from toolkit.errors import ServerFailed
from toolkit.relabelling import LabelChange, changed_config, changed_result
from toolkit.schema import parse_schema
from toolkit.studio.answers import ServerProject
from toolkit.studio.gateway import Gateway


@dataclass(frozen=True, slots=True)
class ProjectChange:
    """What a change means for one project.

    ``annotations`` are those that have the old labels, ``regions`` how many; ``drafts``
    are the tasks with unsubmitted work, which may have them too. ``config`` says whether
    the project's label config has to change, ``keeps`` whether it keeps the old labels
    because something unsubmitted has them.
    """

    project: int
    title: str
    annotations: int
    regions: int
    drafts: int
    config: bool
    keeps: bool = False


def foreseen(gateway: Gateway, project: ServerProject, change: LabelChange) -> ProjectChange:
    """What would be changed; nothing is."""
    return _carry(gateway, project, change, lambda *_: None)


def relabel(
    gateway: Gateway,
    project: ServerProject,
    change: LabelChange,
    keep: Callable[[dict[str, Any]], None],
) -> ProjectChange:
    """Change a project's annotations and config; done again it finishes what is left.

    The old and the new labels stand side by side in the config while annotations change, so
    that an editor that is open never meets a label that it doesn't know.

    Args:
        gateway: the server.
        project: one of ours.
        change: which labels become which.
        keep: is given each annotation as it was, before it is changed.
    """
    union = changed_config(project.label_config, change, keep_old=True)
    if union != project.label_config:
        gateway.update_project(project.id, label_config=union)

    def write(annotation: dict[str, Any], result: list[dict[str, Any]]) -> None:
        keep(annotation)
        gateway.update_annotation(annotation["id"], result)

    done = _carry(gateway, project, change, write)
    final = changed_config(project.label_config, change)
    if final == union:
        return done
    try:
        gateway.update_project(project.id, label_config=final)
    except ServerFailed:
        # The server refuses to drop a label that a draft has; it is dropped next time.
        return ProjectChange(
            done.project, done.title, done.annotations, done.regions, done.drafts, True, True
        )
    return done


def _carry(
    gateway: Gateway,
    project: ServerProject,
    change: LabelChange,
    write: Callable[[dict[str, Any], list[dict[str, Any]]], None],
) -> ProjectChange:
    schema = parse_schema(project.label_config, f"label config of project {project.id}")
    annotations = regions = 0
    tasks = sorted(gateway.updated_tasks(project.id))
    for task in gateway.export(project.id, tasks):
        text = task["data"].get(schema.data_key, "")
        for exported in task["annotations"]:
            if not changed_result(exported["result"], change, text, schema.labels_tag)[1]:
                continue
            now = gateway.annotation(exported["id"])  # as it is at this moment
            result, count = changed_result(now["result"], change, text, schema.labels_tag)
            if count:
                write(now, result)
                annotations += 1
                regions += count
    return ProjectChange(
        project=project.id,
        title=project.title,
        annotations=annotations,
        regions=regions,
        drafts=gateway.draft_count(project.id),
        config=changed_config(project.label_config, change) != project.label_config,
    )
