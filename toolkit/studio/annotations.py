"""What comes back from Label Studio, as annotations; pure.

``tasks`` says what the server and its editor do to text.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, TypeVar

from toolkit.errors import InputError, OffsetError, SchemaError
from toolkit.model import AnnotatedSpan, Annotation, Document, Origin, Passage, Suggestion
from toolkit.schema import LabelSchema
from toolkit.spans import check_spans
from toolkit.studio.names import VERSION_OF, digest_of_region, shown_version, suggestions_digest
from toolkit.studio.tasks import check_passage, cleaned, short

T = TypeVar("T")

# What the editor may drop or rewrite between the characters of value.text.
_EDITOR_SPACE = re.compile(r"\\[nrt]|[\s\u200b\ufeff]")

_ORIGINS: dict[str, Origin] = {"prediction": "suggested", "prediction-changed": "changed"}


def document_id(task: Mapping[str, Any]) -> str:
    """The id of the document that a server's task was made from.

    Raises:
        InputError: the task wasn't made by ``tasks.to_task``.
    """
    return _field(task, "doc_id", str)


def from_annotation(
    task: Mapping[str, Any],
    annotation: Mapping[str, Any],
    schema: LabelSchema,
    document: Document,
    people: Mapping[int, str],
    *,
    suggestion: Suggestion | None = None,
) -> Annotation:
    """One annotation of a task, as the server's JSON export gives it.

    Spans are cut anew out of the document. Relations between regions aren't spans and
    stay on the server. The same span given twice counts once.

    Args:
        task: one item of the export.
        annotation: one of the item's ``annotations``.
        schema: the labels that may come back.
        document: the task's document.
        people: annotator names by the server's user ids.
        suggestion: what is suggested for the document now. ``suggested`` names its model
            version where the annotator was shown just that, else the one that what they
            were shown was made by.

    Raises:
        OffsetError: the task's text isn't the document's, or a region isn't what stands
            at its offsets.
        SchemaError: a region has no label, or one that the schema lacks.
        InputError: the task wasn't made by ``tasks.to_task``.
    """
    passage = _passage_of(task, schema, document)
    where = f"task {task['id']}, annotation {annotation['id']} of document {document.id!r}"
    spans: dict[tuple[int, int, str], AnnotatedSpan] = {}
    for region in annotation["result"]:
        if region.get("type") != "relation":
            for span in _spans_of(region, passage, schema, document, where):
                spans.setdefault(span.key, span)
    return Annotation(
        doc_id=passage.doc_id,
        annotator=_person(annotation.get("completed_by"), people),
        spans=tuple(sorted(spans.values(), key=lambda span: span.key)),
        start=passage.start,
        end=passage.end,
        task_id=task["id"],
        annotation_id=annotation["id"],
        created_at=_utc(annotation["created_at"]),
        updated_at=_utc(annotation["updated_at"]),
        lead_time=annotation.get("lead_time"),
        skipped=bool(annotation.get("was_cancelled")),
        suggested=_shown(task, annotation, passage, suggestion),
    )


def _passage_of(task: Mapping[str, Any], schema: LabelSchema, document: Document) -> Passage:
    name = document_id(task)
    start, end = _field(task, "start", int), _field(task, "end", int)
    if name == document.meta.get(VERSION_OF):
        name = document.id
    sent = Passage(name, start, end, _field(task, schema.data_key, str))
    passage = Passage(document.id, start, end, document.text[start:end])
    check_passage(sent, document, cleaned(passage.text))
    return passage


def _field(task: Mapping[str, Any], name: str, type_: type[T]) -> T:
    value = task.get("data", {}).get(name)
    if not isinstance(value, type_):
        raise InputError(
            f"task {task.get('id')} on the server has no {name!r} that we know",
            "It was not made by 'toolkit push'; delete it, or ingest its text and push that.",
        )
    return value


def _spans_of(
    region: Mapping[str, Any],
    passage: Passage,
    schema: LabelSchema,
    document: Document,
    where: str,
) -> list[AnnotatedSpan]:
    value = region.get("value", {})
    labels = value.get("labels")
    if region.get("from_name") != schema.labels_tag or not labels:
        raise SchemaError(
            f"{where}: region {region.get('id')!r} has no label of <Labels {schema.labels_tag}>",
            "Give it a label in Label Studio, or delete it there, and pull again.",
        )
    unknown = [label for label in labels if label not in schema]
    if unknown:
        raise SchemaError(
            f"{where}: the label {unknown[0]!r} is not in the label config",
            "Add it to the config, or change the region in Label Studio, and pull again.",
        )
    start, end = value.get("start"), value.get("end")
    is_numbers = isinstance(start, int) and isinstance(end, int)
    if not is_numbers or not 0 <= start < end <= len(passage.text):
        raise OffsetError(
            f"{where}: region {start}-{end} does not fit a passage of {len(passage.text)} "
            "characters",
            "Draw it again in Label Studio, and pull again.",
        )
    sent = cleaned(passage.text[start:end])
    _check_region_text(value.get("text"), sent, f"{where}, {start}-{end}")
    spans = [
        AnnotatedSpan(
            start=passage.start + start,
            end=passage.start + end,
            label=label,
            text=passage.text[start:end],
            origin=_ORIGINS.get(region.get("origin", ""), "added"),
            rule=region.get("meta", {}).get("rule", ""),
        )
        for label in labels
    ]
    check_spans(document.id, document.text, spans)
    return spans


def _check_region_text(claimed: str | None, found: str, where: str) -> None:
    if claimed is not None and _EDITOR_SPACE.sub("", claimed) != _EDITOR_SPACE.sub("", found):
        raise OffsetError(
            f"{where}: the region says {short(claimed)}, but {short(found)} stands there",
            "Nothing was repaired; draw it again in Label Studio, and pull again.",
        )


def _person(user: Any, people: Mapping[int, str]) -> str:
    if isinstance(user, Mapping):  # some endpoints give the user and not its id
        user = user.get("id")
    return people.get(user, f"user {user}") if user is not None else "unknown user"


def _shown(
    task: Mapping[str, Any],
    annotation: Mapping[str, Any],
    passage: Passage,
    suggestion: Suggestion | None,
) -> str | None:
    """Which model version made what the annotator was shown; null where that was nothing."""
    parent = annotation.get("parent_prediction")
    if parent is None:
        return None
    # The copy inside the annotation is of the project's current model version, which
    # need not be the one that the annotator saw.
    candidates = [annotation.get("prediction"), *task.get("predictions", ())]
    for candidate in candidates:
        if isinstance(candidate, Mapping) and candidate.get("id") == parent:
            # Suggestions may be replaced while the annotator has the old ones on the
            # screen; what is left of those in the annotation knows better.
            regions = [*annotation["result"], *(candidate.get("result") or ())]
            return _made_by(regions, str(candidate["model_version"]), passage, suggestion)
    return None


def _made_by(
    regions: Iterable[Mapping[str, Any]],
    version: str,
    passage: Passage,
    suggestion: Suggestion | None,
) -> str:
    digest = made_by = ""
    for region in regions:
        digest = digest_of_region(str(region.get("id", "")))
        if digest:
            made_by = str((region.get("meta") or {}).get("version", ""))
            break
    if suggestion is not None and shown_version(suggestion.model_version) == version:
        inside = [
            span
            for span in suggestion.spans
            if passage.start <= span.start and span.end <= passage.end
        ]
        if suggestions_digest(passage, inside) == digest:
            return suggestion.model_version
    return made_by or version


def _utc(time: str) -> str:
    """One width for all times, so that they sort as text; the server drops zero microseconds."""
    return datetime.fromisoformat(time).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
