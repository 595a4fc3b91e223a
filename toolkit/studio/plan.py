"""What a push would do, told before it does anything: nothing is changed here."""

from __future__ import annotations

import bisect
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from toolkit.model import Document, Passage, SuggestedSpan, Suggestion
from toolkit.schema import LabelSchema
from toolkit.settings import Workspace
from toolkit.studio.assign import assign
from toolkit.studio.gateway import Gateway, ServerTask
from toolkit.studio.projects import check_config, chosen_projects, workspace_projects
from toolkit.studio.tasks import key, to_task

Source = tuple[Passage, Document, Suggestion | None]
"""What a task is made of; the suggestion is the passage's part of it."""


@dataclass(frozen=True, slots=True)
class AnnotatorPlan:
    """What a push would do for one annotator; ``project_id`` is null where it makes one."""

    annotator: str
    project_id: int | None
    create: tuple[Passage, ...]
    leave: int
    """Tasks that are there, as they should be or as ``mend`` makes them."""
    stale: int
    """Tasks that are there with another model version's suggestions; left alone."""
    mend: tuple[Passage, ...]
    """Passages whose task is there twice, or without its suggestions and not begun."""
    fills_in: bool
    """Whether any task is to show suggestions of the plan's model version."""


@dataclass(frozen=True, slots=True)
class PushPlan:
    """What a push would do, by annotator, and all it needs to do it."""

    workspace: Workspace
    schema: LabelSchema
    annotators: tuple[AnnotatorPlan, ...]
    sources: Mapping[str, Source] = field(repr=False)
    """By passage key."""
    left_out: tuple[str, ...]
    """Suggested spans that no passage holds whole, so that no annotator is shown them."""
    model_version: str | None
    """The version whose suggestions annotators are to find filled in."""


def plan(  # noqa: PLR0917 - one argument for each thing that a plan is made of
    gateway: Gateway,
    workspace: Workspace,
    schema: LabelSchema,
    documents: Mapping[str, Document],
    suggestions: Iterable[Suggestion],
    annotators: Iterable[str],
    *,
    cut: Callable[[Document], Iterable[Passage]],
) -> PushPlan:
    """Look at the server, and say what is missing there; changes nothing.

    Args:
        gateway: the server.
        workspace: names the projects.
        schema: the labels.
        documents: by id, in the order annotators are to see them.
        suggestions: at most one a document.
        annotators: names.
        cut: cuts a document into passages.

    Raises:
        SchemaError: a project on the server, or a suggestion, has other labels.
        InputError, OffsetError: a document or suggestion can't be sent.
        UsageError: there are no annotators.
    """
    by_document = {suggestion.doc_id: suggestion for suggestion in suggestions}
    passages: list[Passage] = []
    sources: dict[str, Source] = {}
    left_out: list[str] = []
    for document in documents.values():
        some = list(cut(document))
        portions, crossing = _portions(some, by_document.get(document.id))
        for passage, portion in zip(some, portions, strict=True):
            to_task(passage, portion, schema, document)  # every error comes before any write
            sources[key(passage)] = (passage, document, portion)
        passages += some
        left_out += [
            f"document {document.id!r}: {span.label} {span.start}-{span.end} crosses the end of "
            f"a passage and is not shown (rule {span.rule})"
            for span in crossing
        ]
    versions = [by_document[id_].model_version for id_ in documents if id_ in by_document]
    newest = versions[-1] if versions else None
    projects = chosen_projects(workspace_projects(gateway, workspace))
    plans = []
    for annotator, theirs in assign(passages, list(annotators)).items():
        project = projects.get(annotator)
        found: dict[str, list[ServerTask]] = {}
        if project is not None:
            check_config(project, schema)
            found = gateway.tasks_by_key(project.id, [key(passage) for passage in theirs])
        plans.append(
            _annotator_plan(
                annotator,
                project.id if project else None,
                [sources[key(passage)] for passage in theirs],
                found,
                newest=newest,
            )
        )
    return PushPlan(
        workspace=workspace,
        schema=schema,
        annotators=tuple(plans),
        sources=sources,
        left_out=tuple(left_out),
        model_version=newest,
    )


def _annotator_plan(
    annotator: str,
    project: int | None,
    sources: Iterable[Source],
    found: Mapping[str, list[ServerTask]],
    *,
    newest: str | None,
) -> AnnotatorPlan:
    create, mend, leave, stale, fills_in = [], [], 0, 0, False
    for passage, _, suggestion in sources:
        tasks = found.get(key(passage), [])
        version = suggestion.model_version if suggestion else None
        is_bare = bool(tasks) and not tasks[0].model_versions and not tasks[0].begun
        if tasks and (len(tasks) > 1 or (version and is_bare)):
            mend.append(passage)
        if not tasks:
            create.append(passage)
        elif version is None or is_bare or version in tasks[0].model_versions:
            leave += 1
        else:
            stale += 1
            continue
        fills_in = fills_in or (version is not None and version == newest)
    return AnnotatorPlan(annotator, project, tuple(create), leave, stale, tuple(mend), fills_in)


def _portions(
    passages: Sequence[Passage], suggestion: Suggestion | None
) -> tuple[list[Suggestion | None], list[SuggestedSpan]]:
    """Each passage's part of the suggestion, and the spans that cross a passage's border.

    Looks only at the spans near a passage, so that long documents take linear time.
    """
    if suggestion is None:
        return [None] * len(passages), []
    spans = sorted(suggestion.spans, key=lambda span: span.key)
    longest = max((span.end - span.start for span in spans), default=0)
    starts = [span.start for span in spans]
    portions: list[Suggestion | None] = []
    crossing: dict[tuple[int, int, str], SuggestedSpan] = {}
    for passage in passages:
        first = bisect.bisect_left(starts, passage.start - longest)
        last = bisect.bisect_left(starts, passage.end)
        inside = []
        for span in spans[first:last]:
            if passage.start <= span.start and span.end <= passage.end:
                inside.append(span)
            elif span.end > passage.start:
                crossing[span.key] = span
        portions.append(Suggestion(suggestion.doc_id, suggestion.model_version, tuple(inside)))
    return portions, list(crossing.values())
