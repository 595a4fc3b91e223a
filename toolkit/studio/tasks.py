"""Suggestions as Label Studio tasks; pure.

With ``annotations``, for what comes back, the only place that knows what the server and its
editor do to text. Measured on Label Studio 1.23.2: offsets are code points and are kept
exactly; ``value.text`` is not the slice (the editor writes a newline as backslash-n and
collapses spaces); nothing that we send is checked; two regions with one id are merged by the
editor; one NUL stops PostgreSQL, and one lone surrogate stops every later export of the
project.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from toolkit.errors import InputError, OffsetError
from toolkit.model import Document, Passage, Span, SuggestedSpan, Suggestion
from toolkit.schema import LabelSchema
from toolkit.spans import check_spans, match, overlaps
from toolkit.studio.names import key, shown_version, suggestions_digest

_UNSENDABLE = re.compile("[\x00\ud800-\udfff]")
_REPLACEMENT = "\ufffd"


def cleaned(text: str) -> str:
    """The text with what the server can't hold (NUL, lone surrogates) as U+FFFD."""
    return _UNSENDABLE.sub(_REPLACEMENT, text)


def unsendable(text: str) -> int:
    """How many characters ``cleaned`` replaces."""
    return len(_UNSENDABLE.findall(text))


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
    check_passage(passage, document)
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


def check_passage(passage: Passage, document: Document, found: str | None = None) -> None:
    """Make sure that a passage is what stands at its place in the document.

    Args:
        passage: as it was cut, or as the server has it.
        document: the one that it should be of.
        found: what stands there, as the server was sent it; by default as it is.

    Raises:
        OffsetError: it is another document's, or something else stands there.
    """
    if found is None:
        found = document.text[passage.start : passage.end]
    where = f"document {document.id!r}, passage {passage.start}-{passage.end}"
    if passage.doc_id != document.id:
        raise OffsetError(f"{where} belongs to document {passage.doc_id!r}")
    if not 0 <= passage.start < passage.end <= len(document.text) or found != passage.text:
        raise OffsetError(
            f"{where} says {short(passage.text)}, but {short(found)} stands there",
            "Nothing was repaired; was the document changed after it was pushed?",
        )


def short(text: str, most: int = 40) -> str:
    """The beginning of a text, as an error shows it."""
    return repr(text if len(text) <= most else text[:most] + "…")
