"""What a push would do, told before it does anything: nothing is changed here.

A task is known by its key: document, place, and hash of the text. What the server has under
each key is compared with what it should have; work that people have begun is left as it is.
"""

from __future__ import annotations

import bisect
import dataclasses
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from toolkit.model import Document, Passage, SuggestedSpan, Suggestion
from toolkit.schema import LabelSchema
from toolkit.settings import Workspace
from toolkit.studio.answers import ServerProject, ServerTask
from toolkit.studio.assign import assign
from toolkit.studio.control import is_control
from toolkit.studio.gateway import Gateway
from toolkit.studio.label_config import check_config
from toolkit.studio.listing import NOTHING, Listing, list_tasks
from toolkit.studio.order import in_order
from toolkit.studio.projects import (
    EVERYONE,
    chosen_projects,
    one_line,
    workspace_projects,
)
from toolkit.studio.state import remembered
from toolkit.studio.tasks import (
    VERSION_OF,
    document_of_key,
    key,
    shown_version,
    suggestions_digest,
    to_task,
    unsendable,
)
from toolkit.studio.versions import Texts

Source = tuple[Passage, Document, Suggestion | None]
"""What a task is made of; the suggestion is the passage's part of it."""


@dataclass(frozen=True, slots=True)
class AnnotatorPlan:
    """What a push would do for one annotator; ``project_id`` is null where it makes one."""

    annotator: str
    project_id: int | None
    create: tuple[str, ...]
    """Keys of passages that have no task, in the order in which annotators get them."""
    replace: tuple[ServerTask, ...]
    """Tasks that nobody has begun and whose suggestions aren't what they should be."""
    leave: int
    """Tasks that are as they should be."""
    begun: int
    """Tasks with other suggestions than they would get now, left alone since they are begun."""
    withdraw: tuple[ServerTask, ...]
    """Tasks that nobody has begun and that shouldn't be there: text gone, or not their share."""
    kept: int
    """Tasks that shouldn't be there and stay, since they are begun."""
    doubled: tuple[tuple[ServerTask, ...], ...]
    """Tasks for one and the same passage."""


@dataclass(frozen=True, slots=True)
class Share:
    """What one annotator is to have: keys of passages, in order.

    In a shared project ``annotator`` is empty.
    """

    annotator: str
    project: ServerProject | None
    keys: tuple[str, ...]
    listing: Listing = field(repr=False)


@dataclass(frozen=True, slots=True)
class PushPlan:
    """What a push would do, by annotator, and all it needs to do it."""

    workspace: Workspace
    schema: LabelSchema
    shares: tuple[Share, ...]
    annotators: tuple[AnnotatorPlan, ...]
    sources: Mapping[str, Source] = field(repr=False)
    """By passage key."""
    texts: Texts = field(repr=False)
    projects: tuple[int, ...]
    """All of the workspace's, also those of people who have left."""
    conflicts: tuple[str, ...]
    """Ids of documents whose text is another than the one that people have begun to annotate;
    nothing of them is sent."""
    left_out: tuple[str, ...]
    """Suggested spans that no passage holds whole, so that no annotator is shown them."""
    replaced_characters: int
    """How many characters of the texts the server can't hold; they are sent as U+FFFD."""
    model_version: str | None
    """The version, as the server has it, whose suggestions annotators find filled in."""

    def shown(self, annotator: str, key_: str) -> Suggestion | None:
        """The suggestions that the annotator's task of this passage shows."""
        passage, _, portion = self.sources[key_]
        return None if self._is_control(annotator, passage) else portion

    def compared(self, share: Share, listing: Listing) -> AnnotatorPlan:
        """What is to be done about an annotator's tasks as they are in ``listing``."""
        found = listing.by_key()
        wanted = set(share.keys)
        conflicts = set(self.conflicts)
        create = [one for one in share.keys if one not in found]
        replace, withdraw, leave, begun, kept = [], [], 0, 0, 0
        for one, tasks in found.items():
            document = document_of_key(one)
            if one in wanted:
                is_right = self._is_right(share.annotator, one, tasks[0])
                leave += is_right
                begun += tasks[0].begun and not is_right
                if not is_right and not tasks[0].begun:
                    replace.append(tasks[0])
            elif document in conflicts:
                leave += len(tasks)
            else:
                withdraw += [task for task in tasks if not task.begun]
                stay = sum(task.begun for task in tasks)
                if self._is_earlier(one):
                    leave += stay
                else:
                    kept += stay
        return AnnotatorPlan(
            annotator=share.annotator,
            project_id=share.project.id if share.project else None,
            create=tuple(create),
            replace=tuple(replace),
            leave=leave,
            begun=begun,
            withdraw=tuple(withdraw),
            kept=kept,
            doubled=tuple(tuple(tasks) for tasks in found.values() if len(tasks) > 1),
        )

    def _is_earlier(self, key_: str) -> bool:
        """Whether the passage is of an earlier text that was kept beside the present one."""
        document = self.texts.of_key(key_)
        return document is not None and VERSION_OF in document.meta

    def _is_right(self, annotator: str, key_: str, task: ServerTask) -> bool:
        """Whether a task shows what it should."""
        passage, _, portion = self.sources[key_]
        if portion is None:
            return True  # nothing is known to be wrong with what it shows
        if self._is_control(annotator, passage):
            return task.predictions == 0
        return (task.predictions, task.model_versions, task.digest) == (
            1,
            (shown_version(portion.model_version),),
            suggestions_digest(passage, portion.spans),
        )

    def _is_control(self, annotator: str, passage: Passage) -> bool:
        settings = self.workspace.settings.assignment
        return is_control(passage, annotator, share=settings.control, salt=settings.salt)


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
    conflicts = _conflicts(texts, documents, [listing for _, listing in found.values()])
    dealt = _dealt(workspace, passages, list(annotators), found)
    shares = []
    for annotator, keys in dealt.items():
        project, listing = found.get(one_line(annotator), (None, NOTHING))
        mine = [one for one in keys if document_of_key(one) not in conflicts]
        shares.append(Share(annotator, project, tuple(mine), listing))
    made = PushPlan(
        workspace=workspace,
        schema=schema,
        shares=tuple(shares),
        annotators=(),
        sources=sources,
        texts=texts,
        projects=tuple(project.id for project, _ in found.values()),
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
    plans = [made.compared(share, share.listing) for share in made.shares]
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


Found = Mapping[str, tuple[ServerProject, Listing]]
"""The projects that are there, by annotator, with their tasks."""


def _found(gateway: Gateway, workspace: Workspace, schema: LabelSchema) -> Found:
    found = {}
    for annotator, project in chosen_projects(workspace_projects(gateway, workspace)).items():
        check_config(project, schema)
        known, since = remembered(workspace, gateway.url, project.id)
        listing = list_tasks(gateway, project.id, known, since, count=project.tasks)
        found[annotator] = (project, listing)
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
            for task in listing.tasks.values()
            if task.key and (task.begun or annotator in here)
        }
        for annotator, (_, listing) in found.items()
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
