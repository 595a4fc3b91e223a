"""Suggestions as Label Studio tasks, and what comes back as annotations; pure.

The only module that knows what the server and its editor do to text. Measured on
Label Studio 1.23.2: offsets are code points and are kept exactly; ``value.text`` is not
the slice (the editor writes a newline as backslash-n and collapses spaces); nothing that
we send is checked; two regions with one id are merged by the editor; one NUL stops
PostgreSQL, and one lone surrogate stops every later export of the project.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, TypeVar

from toolkit.errors import InputError, OffsetError, SchemaError
from toolkit.model import (
    AnnotatedSpan,
    Annotation,
    Document,
    Origin,
    Passage,
    Span,
    SuggestedSpan,
    Suggestion,
)
from toolkit.schema import LabelSchema
from toolkit.spans import check_spans, match, overlaps

T = TypeVar("T")

_UNSENDABLE = re.compile("[\x00\ud800-\udfff]")
_REPLACEMENT = "\ufffd"

VERSION_OF = "version_of"
"""In the metadata of a document that keeps an earlier text: the id of the document it was."""

_RULES_HASH = re.compile(r"-[0-9a-f]{12}$")
_REGION_ID = re.compile(r"([0-9a-f]{12})-\d+")

# What the editor may drop or rewrite between the characters of value.text.
_EDITOR_SPACE = re.compile(r"\\[nrt]|[\s\u200b\ufeff]")

_ORIGINS: dict[str, Origin] = {"prediction": "suggested", "prediction-changed": "changed"}


def key(passage: Passage) -> str:
    """The passage's name on the server: ``doc_id:start-end:`` and 12 digits of its text's hash.

    The server keeps it in the task's data, where it can be filtered on.
    """
    digest = hashlib.sha256(passage.text.encode("utf-8", "surrogatepass")).hexdigest()
    return f"{passage.doc_id}:{passage.start}-{passage.end}:{digest[:12]}"


def document_of_key(key_: str) -> str:
    """The id of the document whose passage has this key."""
    return key_.rsplit(":", 2)[0]


def is_of(key_: str, document: Document) -> bool:
    """Whether the passage with this key is a stretch of this very text, however it is cut."""
    place, _, digest = key_.rpartition(":")
    start, _, end = place.rpartition(":")[2].partition("-")
    if not (start.isdecimal() and end.isdecimal()):
        return False
    text = document.text[int(start) : int(end)]
    return key(Passage("", int(start), int(end), text)).endswith(f":{digest}")


def cleaned(text: str) -> str:
    """The text with what the server can't hold (NUL, lone surrogates) as U+FFFD."""
    return _UNSENDABLE.sub(_REPLACEMENT, text)


def unsendable(text: str) -> int:
    """How many characters ``cleaned`` replaces."""
    return len(_UNSENDABLE.findall(text))


def shown_version(model_version: str) -> str:
    """The model version as the server knows it: without the hash of the rules, if it has one."""
    return _RULES_HASH.sub("", model_version)


def suggestions_digest(passage: Passage, spans: Iterable[SuggestedSpan]) -> str:
    """What tells suggestions of a passage from other suggestions; empty if there are none."""
    told = [
        (
            span.start - passage.start,
            span.end - passage.start,
            *(span.label, span.rule, span.score, span.value, span.flags),
        )
        for span in sorted(spans, key=lambda span: span.key)
    ]
    return hashlib.sha256(repr(told).encode(errors="replace")).hexdigest()[:12] if told else ""


def digest_of_region(region_id: str) -> str:
    """The digest of the suggestions that a region came with; empty if it says none."""
    found = _REGION_ID.fullmatch(region_id)
    return found[1] if found else ""


def document_id(task: Mapping[str, Any]) -> str:
    """The id of the document that a server's task was made from.

    Raises:
        InputError: the task wasn't made by ``to_task``.
    """
    return _field(task, "doc_id", str)


def to_task(
    passage: Passage, suggestion: Suggestion | None, schema: LabelSchema, document: Document
) -> dict[str, Any]:
    """The passage as an import item of Label Studio, with its part of the suggestion inside.

    Args:
        passage: a stretch of ``document``.
        suggestion: of the whole document; spans outside of the passage are left to the
            others. None gives a task without a prediction; a suggestion without spans
            gives an empty one ("looked, found nothing").
        schema: names the tags and the data key; must have all the labels.
        document: the passage's document.

    Raises:
        OffsetError: the passage or a span isn't what stands at its offsets, or a span
            crosses the passage's border.
        SchemaError: a span's label isn't in the schema.
        InputError: the document's id holds a character that the server can't keep, or a
            score isn't between 0 and 1.
    """
    _check_passage(passage, document)
    if unsendable(document.id):
        raise InputError(
            f"document {document.id!r}: its id holds a character that the server can't keep",
            "Give it another id, and run the command again.",
        )
    task: dict[str, Any] = {
        "data": {
            schema.data_key: cleaned(passage.text),
            "key": key(passage),
            "doc_id": passage.doc_id,
            "start": passage.start,
            "end": passage.end,
            "title": cleaned(document.meta.get("title", "")),
        }
    }
    if suggestion is not None:
        task["predictions"] = [_prediction(passage, suggestion, schema, document)]
    return task


def from_task(
    task: Mapping[str, Any], schema: LabelSchema, document: Document, people: Mapping[int, str]
) -> list[Annotation]:
    """All annotations of a task, as the server's JSON export gives it.

    Args:
        task: one item of the export.
        schema: the labels that may come back.
        document: the task's document.
        people: annotator names by the server's user ids.

    Raises:
        OffsetError: the task's text isn't the document's, or a region isn't what stands
            at its offsets.
        SchemaError: a region has no label, or one that the schema lacks.
        InputError: the task wasn't made by ``to_task``.
    """
    return [
        from_annotation(task, annotation, schema, document, people)
        for annotation in task["annotations"]
    ]


def from_annotation(
    task: Mapping[str, Any],
    annotation: Mapping[str, Any],
    schema: LabelSchema,
    document: Document,
    people: Mapping[int, str],
    *,
    suggestion: Suggestion | None = None,
) -> Annotation:
    """One annotation of a task; arguments and errors as in ``from_task``.

    ``suggested`` names the model version of ``suggestion``, what is suggested for the
    document now, where the annotator was shown just that; else the one that it was made by.

    Spans are cut anew out of the document. Relations between regions aren't spans and
    stay on the server. The same span given twice counts once.
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


def to_result(
    passage: Passage,
    spans: Iterable[Span],
    prediction: Mapping[str, Any] | None,
    schema: LabelSchema,
) -> list[dict[str, Any]]:
    """Spans as the editor would submit them, over the prediction that it was filled with.

    A suggested region that is among the spans keeps its id and has the origin
    "prediction"; one that a span overlaps is taken to be changed into it; all other
    spans are "manual".

    Args:
        passage: what is annotated.
        spans: in offsets of the document.
        prediction: as in ``to_task(…)["predictions"]`` or as the server gives it.
        schema: names the tags.
    """
    wanted = sorted(spans, key=lambda span: span.key)
    regions = list(prediction["result"]) if prediction else []
    suggested = [_plain_span(region, passage) for region in regions]
    same = match(wanted, suggested, lambda a, b: a.key == b.key)
    kept = dict(same)
    left = [i for i in range(len(wanted)) if i not in kept]
    right = [j for j in range(len(suggested)) if j not in set(kept.values())]
    pairs = match([wanted[i] for i in left], [suggested[j] for j in right], overlaps)
    changed = {left[i]: right[j] for i, j in pairs}

    result = []
    for i, span in enumerate(wanted):
        region = _region(f"m{i}", span, passage, schema)
        if i in kept:
            region = {**regions[kept[i]], "origin": "prediction"}
        elif i in changed:
            region = {
                **regions[changed[i]],
                "value": region["value"],
                "origin": "prediction-changed",
            }
        else:
            region["origin"] = "manual"
        result.append(region)
    return result


def _prediction(
    passage: Passage, suggestion: Suggestion, schema: LabelSchema, document: Document
) -> dict[str, Any]:
    inside = [span for span in suggestion.spans if _is_inside(span, passage)]
    check_spans(document.id, document.text, inside)
    # The editor merges regions with one id, so the id is the place in this list.
    result = []
    digest = suggestions_digest(passage, inside)
    for number, span in enumerate(sorted(inside, key=lambda span: span.key)):
        region = _suggested_region(f"{digest}-{number}", span, passage, schema)
        region["meta"]["version"] = suggestion.model_version
        result.append(region)
    prediction: dict[str, Any] = {
        "model_version": shown_version(suggestion.model_version),
        "result": result,
    }
    if inside:
        prediction["score"] = min(span.score for span in inside)
    return prediction


def _is_inside(span: SuggestedSpan, passage: Passage) -> bool:
    if span.end <= passage.start or passage.end <= span.start:
        return False
    if passage.start <= span.start and span.end <= passage.end:
        return True
    raise OffsetError(
        f"document {passage.doc_id!r}, span {span.label} {span.start}-{span.end} crosses the "
        f"border of the passage {passage.start}-{passage.end}",
        "Passages end where sentences end; does the rule match over the end of one?",
    )


def _suggested_region(
    region_id: str,
    span: SuggestedSpan,
    passage: Passage,
    schema: LabelSchema,
) -> dict[str, Any]:
    where = f"document {passage.doc_id!r}, span {span.label} {span.start}-{span.end}"
    schema.label(span.label)
    if not 0 <= span.score <= 1:
        raise InputError(f"{where} has the score {span.score}", "Scores are between 0 and 1.")
    rule = cleaned(span.rule)
    shown = [f"{rule}: {span.score:.0%}"]
    meta: dict[str, Any] = {"text": shown, "rule": rule}
    if span.value:
        flags = f" ({', '.join(span.flags)})" if span.flags else ""
        value = cleaned(span.value)
        shown.insert(0, cleaned(f"= {value}{flags}"))
        meta["value"] = value
    return {
        **_region(region_id, span, passage, schema),
        "score": span.score,
        "meta": meta,
    }


def _region(region_id: str, span: Span, passage: Passage, schema: LabelSchema) -> dict[str, Any]:
    start, end = span.start - passage.start, span.end - passage.start
    return {
        "id": region_id,
        "from_name": schema.labels_tag,
        "to_name": schema.text_tag,
        "type": "labels",
        "value": {
            "start": start,
            "end": end,
            "text": cleaned(passage.text[start:end]),
            "labels": [span.label],
        },
    }


def _plain_span(region: Mapping[str, Any], passage: Passage) -> Span:
    value = region["value"]
    return Span(value["start"] + passage.start, value["end"] + passage.start, value["labels"][0])


def _passage_of(task: Mapping[str, Any], schema: LabelSchema, document: Document) -> Passage:
    name = document_id(task)
    start, end = _field(task, "start", int), _field(task, "end", int)
    if name == document.meta.get(VERSION_OF):
        name = document.id
    sent = Passage(name, start, end, _field(task, schema.data_key, str))
    passage = Passage(document.id, start, end, document.text[start:end])
    _check_passage(sent, document, cleaned(passage.text))
    return passage


def _field(task: Mapping[str, Any], name: str, type_: type[T]) -> T:
    value = task.get("data", {}).get(name)
    if not isinstance(value, type_):
        raise InputError(
            f"task {task.get('id')} on the server has no {name!r} that we know",
            "It was not made by 'toolkit push'; delete it, or ingest its text and push that.",
        )
    return value


def _check_passage(passage: Passage, document: Document, found: str | None = None) -> None:
    if found is None:
        found = document.text[passage.start : passage.end]
    where = f"document {document.id!r}, passage {passage.start}-{passage.end}"
    if passage.doc_id != document.id:
        raise OffsetError(f"{where} belongs to document {passage.doc_id!r}")
    if not 0 <= passage.start < passage.end <= len(document.text) or found != passage.text:
        raise OffsetError(
            f"{where} says {_short(passage.text)}, but {_short(found)} stands there",
            "Nothing was repaired; was the document changed after it was pushed?",
        )


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
            f"{where}: the region says {_short(claimed)}, but {_short(found)} stands there",
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


def _short(text: str, most: int = 40) -> str:
    return repr(text if len(text) <= most else text[:most] + "…")
