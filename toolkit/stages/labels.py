"""A change of labels over everything that has them: config, files, settings, live projects."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from toolkit import records
from toolkit.model import Annotation, GoldDocument, GoldSpan, Suggestion
from toolkit.relabelling import (
    LabelChange,
    changed_config,
    changed_names,
    changed_spans,
    checked,
)
from toolkit.schema import read_schema
from toolkit.settings import FILE_NAME, Workspace
from toolkit.stages import review, studio

if TYPE_CHECKING:
    from toolkit.studio.answers import ServerProject
    from toolkit.studio.gateway import Gateway
    from toolkit.studio.relabel import ProjectChange

R = TypeVar("R", Annotation, GoldDocument, Suggestion)

RECORD = "label_changes.jsonl"
"""In the workspace: what was changed when, one object a line."""


class LabelsChanged(Struct, frozen=True):
    """What a change of labels did, or would do.

    ``files`` counts spans by file; ``projects`` is null where they were left out;
    ``to_mend`` are places that only a person can mend; ``problems`` what could not be done.
    """

    change: str
    files: dict[str, int]
    projects: tuple[ProjectChange, ...] | None
    to_mend: tuple[str, ...]
    problems: tuple[str, ...] = ()


class _Recorded(Struct):
    time: str
    old: tuple[str, ...]
    new: tuple[str, ...]
    where: dict[str, str]
    files: dict[str, int]
    projects: dict[str, int]


def foresee(workspace: Workspace, gateway: Gateway | None, change: LabelChange) -> LabelsChanged:
    """What ``carry_out`` would do; nothing is changed.

    Raises:
        UsageError: the change can't be made.
    """
    from toolkit.studio.relabel import foreseen

    change = checked(change, read_schema(_config(workspace)))
    projects = None
    if gateway is not None:
        found = _projects(workspace, gateway)
        projects = tuple(foreseen(gateway, project, change) for project in found)
    return LabelsChanged(
        change=change.words,
        files={path.name: _count(path, type_, change) for path, type_ in _files(workspace)},
        projects=projects,
        to_mend=tuple(_to_mend(workspace, change)),
    )


def carry_out(
    workspace: Workspace, gateway: Gateway | None, change: LabelChange, time: str
) -> LabelsChanged:
    """Make the change everywhere; killed at any moment, it is finished by being run again.

    First everything is pulled, then the projects change, then the files here, and last the
    label config, so that a run that was cut short finds its labels as it left them.
    What an annotation was like on the server before is kept in ``.toolkit/labels/``.

    Args:
        workspace: whose labels change.
        gateway: the server, or null to leave the projects alone.
        change: which labels become which.
        time: for the record, ISO 8601.

    Raises:
        UsageError: the change can't be made.
        InputError: something that was submitted could not be pulled.
        StudioError: the server failed; what was done is done.
    """
    from toolkit.studio.state import opened_state

    config = _config(workspace)
    change = checked(change, read_schema(config))
    projects: tuple[ProjectChange, ...] | None = None
    problems: list[str] = []
    if gateway is not None:
        if any(label in read_schema(config) for label in change.old):
            problems += studio.pull(workspace, gateway).problems
            problems += review.fetch_decisions(workspace, gateway).problems
        with opened_state(workspace, gateway.url):  # no push or pull meanwhile
            projects = _relabel_projects(workspace, gateway, change, time)
    files = {path.name: _rewrite(path, type_, change) for path, type_ in _files(workspace)}
    _rewrite_settings(workspace, change)
    xml = config.read_text("utf-8")
    if (after := changed_config(xml, change)) != xml:
        records.write_text(config, after)
    _record(workspace, change, time, files, projects)
    return LabelsChanged(
        change=change.words,
        files=files,
        projects=projects,
        to_mend=tuple(_to_mend(workspace, change)),
        problems=tuple(problems),
    )


def _relabel_projects(
    workspace: Workspace, gateway: Gateway, change: LabelChange, time: str
) -> tuple[ProjectChange, ...]:
    from toolkit.studio.relabel import relabel

    folder = workspace.private / "labels"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    kept = folder / f"{re.sub(r'[^0-9]', '', time)}.jsonl"

    def keep(annotation: dict[str, Any]) -> None:
        with kept.open("ab") as file:
            file.write(msgspec.json.encode(annotation) + b"\n")

    return tuple(
        relabel(gateway, project, change, keep) for project in _projects(workspace, gateway)
    )


def _projects(workspace: Workspace, gateway: Gateway) -> list[ServerProject]:
    from toolkit.studio.projects import workspace_projects
    from toolkit.studio.review import review_projects

    own = [project for _, project in workspace_projects(gateway, workspace)]
    return [*own, *review_projects(gateway, workspace)]


def _config(workspace: Workspace) -> Path:
    return workspace.path(workspace.settings.labels.config)


def _files(workspace: Workspace) -> list[tuple[Path, type[Any]]]:
    """The files whose spans have labels; exported versions stay as they are for good."""
    files: list[tuple[Path, type[Any]]] = [
        (workspace.suggestions, Suggestion),
        (workspace.annotations, Annotation),
        (workspace.reviews, Annotation),
        (workspace.gold, GoldDocument),
    ]
    return [(path, type_) for path, type_ in files if path.exists()]


def _changed(record: R, change: LabelChange) -> R:
    spans = changed_spans(record.spans, change)
    if isinstance(record, GoldDocument):
        spans = tuple(_with_votes(span, change) for span in spans)
        rejected = changed_spans(record.rejected, change)
        return replace(record, spans=spans, rejected=rejected)
    return replace(record, spans=spans)


def _with_votes(span: GoldSpan, change: LabelChange) -> GoldSpan:
    text = span.text or ""
    votes = {
        name: None if label is None else change.label_of(label, text)
        for name, label in span.votes.items()
    }
    return replace(span, votes=votes, alternatives=changed_spans(span.alternatives, change))


def _count(path: Path, type_: type[R], change: LabelChange) -> int:
    return sum(
        span.label in change.old and change.label_of(span.label, span.text or "") != span.label
        for record in records.read_jsonl(path, type_)
        for span in record.spans
    )


def _rewrite(path: Path, type_: type[R], change: LabelChange) -> int:
    count = _count(path, type_, change)
    if count:
        records.write_jsonl(
            path, (_changed(one, change) for one in records.read_jsonl(path, type_))
        )
    return count


_TABLE = re.compile(r"^\s*\[(?P<name>[^\]]+)\]")

_ENTRY = re.compile(r"""^\s*(?P<quote>["']?)(?P<key>[^"'=#]+?)(?P=quote)\s*=(?P<value>.*)$""")


def _rewrite_settings(workspace: Workspace, change: LabelChange) -> None:
    """Thresholds, and what packs call labels, in toolkit.toml; all else stays as it is written."""
    path = workspace.root / FILE_NAME
    before = path.read_text("utf-8")
    names = changed_names(workspace.settings.rules.labels, change)
    written = [f"{_quoted(pack)} = {_quoted(ours)}\n" for pack, ours in names.items()]
    table, lines = "", list[str]()
    for line in before.splitlines(keepends=True):
        if found := _TABLE.match(line):
            table = found["name"].strip()
        entry = _ENTRY.match(line)
        if table == "rules.thresholds" and entry and entry["key"] in change.old:
            line = f"{change.new[0]} ={entry['value']}\n"  # noqa: PLW2901
        elif table == "rules.labels" and entry:
            continue  # written anew, behind the table's head
        lines.append(line)
        if found and table == "rules.labels":
            lines += written
            written = []
    after = "".join(lines)
    if written:
        after = f"{after.rstrip()}\n\n[rules.labels]\n{''.join(written)}"
    if after != before:
        records.write_text(path, after)


def _quoted(name: str) -> str:
    return msgspec.json.encode(name).decode()  # a basic string of TOML is one of JSON


def _to_mend(workspace: Workspace, change: LabelChange) -> Iterator[str]:
    """Places that speak of the old labels to people."""
    guidelines = workspace.settings.labels.guidelines
    paths = [workspace.path(guidelines)] if guidelines else []
    for path in paths:
        try:
            lines = path.read_text("utf-8").splitlines()
        except (OSError, UnicodeDecodeError):
            continue
        for number, line in enumerate(lines, 1):
            for old in change.old:
                word = rf"(?<![A-Za-z0-9_]){re.escape(old)}(?![A-Za-z0-9_])"
                if old not in change.new and re.search(word, line):
                    yield f"{path}, line {number}: names {old}"
    if change.kind != "rename":
        yield f"{_config(workspace)}: hints and names of {', '.join(change.new)}"


def _record(
    workspace: Workspace,
    change: LabelChange,
    time: str,
    files: dict[str, int],
    projects: tuple[ProjectChange, ...] | None,
) -> None:
    path = workspace.root / RECORD
    before = list(records.read_jsonl(path, _Recorded)) if path.exists() else []
    regions = {str(one.project): one.regions for one in projects or ()}
    one = _Recorded(time, change.old, change.new, change.where, files, regions)
    records.write_jsonl(path, [*before, one])
