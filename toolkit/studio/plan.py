"""What a push would do, told before it does anything: nothing is changed here.

A task is known by its key: document, place, and hash of the text. What the server has under
each key is compared with what it should have; work that people have begun is left as it is.
"""

from __future__ import annotations

import bisect
import dataclasses
from collections.abc import Callable, Iterable, Mapping, Sequence

from toolkit.model import Document, Passage, SuggestedSpan, Suggestion
from toolkit.schema import LabelSchema
from toolkit.settings import Workspace
from toolkit.studio.assign import assign
from toolkit.studio.gateway import Gateway
from toolkit.studio.label_config import check_config
from toolkit.studio.listing import Listing, list_tasks
from toolkit.studio.names import VERSION_OF, document_of_key, key, shown_version
from toolkit.studio.order import in_order
from toolkit.studio.projects import EVERYONE, by_annotator, one_line, workspace_projects
from toolkit.studio.push_plan import PushPlan, Shard, Share, Source
from toolkit.studio.state import remembered
from toolkit.studio.tasks import to_task, unsendable
from toolkit.studio.versions import Texts


def plan(  # noqa: PLR0917 - one argument for each thing that a plan is made of
    gateway: Gateway,
    workspace: Workspace,
    schema: LabelSchema,
    documents: Mapping[str, Document],
    suggestions: Iterable[Suggestion],
    annotators: Iterable[str],
    *,
    cut: Callable[[Document], Iterable[Passage]],
    order: str | None = None,
) -> PushPlan:
    """Look at the server, and say what is missing there; changes nothing.

    Args:
        gateway: the server.
        workspace: names the projects, and says who gets what in which order.
        schema: the labels.
        documents: by id.
        suggestions: at most one a document.
        annotators: names.
        cut: cuts a document into passages.
        order: a strategy of ``toolkit.studio.order`` in place of the workspace's.

    Raises:
        SchemaError: a project on the server, or a suggestion, has other labels.
        InputError, OffsetError: a document or suggestion can't be sent.
        UsageError: there are no annotators, or no such order.
    """
    by_document = {suggestion.doc_id: suggestion for suggestion in suggestions}
    sources, left_out = _sources(documents, by_document, schema, cut)
    passages = [passage for passage, _, _ in sources.values()]
    passages = in_order(
        passages, by_document, documents, order or workspace.settings.assignment.order
    )
    found = _found(gateway, workspace, schema)
    texts = Texts(documents)
    shards = [shard for theirs in found.values() for shard in theirs]
    conflicts = _conflicts(texts, documents, [shard.listing for shard in shards])
    annotators = list(annotators)
    shares = []
    for annotator, keys in _dealt(workspace, passages, annotators, found).items():
        mine = [one for one in keys if document_of_key(one) not in conflicts]
        shares.append(Share(annotator, tuple(mine), found.get(one_line(annotator), ())))
    is_shared = workspace.settings.assignment.projects == "shared"
    shares += [
        Share(annotator, (), found[one_line(annotator)], is_other_kind=True)
        for annotator in (annotators if is_shared else [EVERYONE])
        if one_line(annotator) in found
    ]
    made = PushPlan(
        workspace=workspace,
        schema=schema,
        shares=tuple(shares),
        annotators=(),
        sources=sources,
        texts=texts,
        projects=tuple(shard.project for shard in shards),
        conflicts=tuple(sorted(conflicts)),
        left_out=left_out,
        replaced_characters=sum(unsendable(passage.text) for passage in passages),
        model_version=prefilled_version(documents, by_document),
    )
    return _with_plans(made)


def prefilled_version(
    documents: Iterable[str], suggestions: Mapping[str, Suggestion]
) -> str | None:
    """The version, as the server has it, that is to be filled in: that of the last document."""
    versions = [suggestions[id_].model_version for id_ in documents if id_ in suggestions]
    return shown_version(versions[-1]) if versions else None


def _with_plans(made: PushPlan) -> PushPlan:
    plans = [made.compared(share, share.shards) for share in made.shares]
    return dataclasses.replace(made, annotators=tuple(plans))


def _sources(
    documents: Mapping[str, Document],
    suggestions: Mapping[str, Suggestion],
    schema: LabelSchema,
    cut: Callable[[Document], Iterable[Passage]],
) -> tuple[dict[str, Source], tuple[str, ...]]:
    """What every task is made of, and the spans that no passage holds whole."""
    sources: dict[str, Source] = {}
    left_out: list[str] = []
    for document in documents.values():
        if VERSION_OF in document.meta:
            continue  # an earlier text, whose tasks are there
        some = list(cut(document))
        portions, crossing = _portions(some, suggestions.get(document.id))
        for passage, portion in zip(some, portions, strict=True):
            to_task(passage, portion, schema, document)  # every error comes before any write
            sources[key(passage)] = (passage, document, portion)
        left_out += [
            f"document {document.id!r}: {span.label} {span.start}-{span.end} crosses the end of "
            f"a passage and is not shown (rule {span.rule})"
            for span in crossing
        ]
    return sources, tuple(left_out)


Found = Mapping[str, tuple[Shard, ...]]
"""The projects that are there, by annotator, with their tasks."""


def _found(gateway: Gateway, workspace: Workspace, schema: LabelSchema) -> Found:
    found = {}
    for annotator, projects in by_annotator(workspace_projects(gateway, workspace)).items():
        shards = []
        for project in projects:
            check_config(project, schema)
            known, since = remembered(workspace, gateway.url, project.id)
            listing = list_tasks(gateway, project.id, known, since, count=project.tasks)
            shards.append(Shard(project.id, listing))
        found[annotator] = tuple(shards)
    return found


def _dealt(
    workspace: Workspace, passages: Sequence[Passage], annotators: Sequence[str], found: Found
) -> dict[str, list[str]]:
    """The keys of the passages that each annotator is to have, in the order of ``passages``."""
    settings = workspace.settings.assignment
    here = {one_line(annotator) for annotator in annotators}
    # What somebody who has left never began is nobody's work, and has to be somebody's.
    taken = {
        annotator: {
            task.key
            for shard in shards
            for task in shard.listing.tasks.values()
            if task.key and (task.begun or annotator in here)
        }
        for annotator, shards in found.items()
        if annotator != EVERYONE
    }
    shares = assign(
        passages,
        annotators,
        overlap=settings.overlap,
        calibration=settings.calibration,
        by=settings.by,
        taken=taken,
        salt=settings.salt,
    )
    keys = [key(passage) for passage in passages]
    if settings.projects == "shared":
        return {EVERYONE: keys}
    dealt = {}
    for annotator, theirs in shares.items():
        mine = {key(passage) for passage in theirs}
        dealt[annotator] = [one for one in keys if one in mine]
    return dealt


def _conflicts(
    texts: Texts, documents: Mapping[str, Document], listings: Iterable[Listing]
) -> set[str]:
    """The documents of which somebody has begun a passage that stands in no text we have."""
    return {
        document_of_key(one)
        for listing in listings
        for one, tasks in listing.by_key().items()
        if document_of_key(one) in documents
        and any(task.begun for task in tasks)
        and texts.of_key(one) is None
    }


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
