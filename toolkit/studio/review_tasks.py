"""Disputes as Label Studio tasks; pure.

A task shows the passage, why it is disputed, and the versions to choose from: gold, filled
in, and each annotator's under a pseudonym.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec

from toolkit.errors import SchemaError
from toolkit.gold.disputes import Dispute, Doubt, Kind, Question
from toolkit.model import Document, GoldSpan, Passage, Span
from toolkit.schema import LabelSchema
from toolkit.studio.tasks import cleaned, to_result, to_task

GOLD = "gold"
"""The version that the merge made."""

_KINDS: dict[Kind, str] = {"presence": "有无", "boundary": "边界", "label": "标签"}
"""In the language of the guidelines."""

_MOST_QUESTIONS = 6
"""So many questions a heading explains; more would push the text off the page."""

_LONGEST_ANSWER = 24


def review_config(schema: LabelSchema) -> str:
    """The label config with the reason for the dispute above everything.

    Raises:
        SchemaError: the config isn't XML.
    """
    from xml.etree.ElementTree import Element, ParseError, tostring

    from defusedxml.ElementTree import fromstring

    try:
        root = fromstring(schema.xml)
    except ParseError as error:
        raise SchemaError(f"label config: not well-formed XML ({error})", "Mend it.") from None
    root.insert(0, Element("Header", {"value": "$why", "size": "5"}))
    return str(tostring(root, encoding="unicode"))


def pseudonyms(known: Mapping[str, str], annotators: Iterable[str]) -> dict[str, str]:
    """Names like A1 by annotator; who has one keeps it.

    New names are dealt by a hash of the annotator's, so that they don't follow the alphabet.
    """
    names = dict(known)
    new = {one for one in annotators if one not in names}
    taken = set(names.values())
    numbers = (f"A{number}" for number in range(1, len(taken) + len(new) + 1))
    free = (name for name in numbers if name not in taken)
    drawn = sorted(new, key=lambda one: hashlib.sha256(one.encode()).digest())
    return names | dict(zip(drawn, free, strict=False))


def review_task(
    dispute: Dispute, names: Mapping[str, str], schema: LabelSchema, document: Document
) -> dict[str, Any]:
    """The dispute as an import item.

    ``data.version`` tells it from what the same passage was as another dispute.

    Args:
        dispute: on a passage of ``document``.
        names: pseudonyms by annotator.
        schema: names the tags; must have all the labels.
        document: the passage's document.

    Raises:
        OffsetError, InputError: as ``tasks.to_task``.
        SchemaError: a span's label isn't in the schema.
    """
    task = to_task(dispute.passage, None, schema, document)
    versions: dict[str, Sequence[Span]] = {
        names[who]: spans for who, spans in dispute.versions.items()
    }
    shown = {**dict(sorted(versions.items(), key=_by_number)), GOLD: dispute.gold}
    task["data"]["why"] = cleaned(_why(dispute, names))
    told = [
        task["data"],
        [
            (name, [(*s.key, round(getattr(s, "confidence", 0.0), 2)) for s in spans])
            for name, spans in shown.items()
        ],
    ]
    digest = hashlib.sha256(msgspec.json.encode(told)).hexdigest()[:12]
    task["data"]["version"] = digest
    predictions: list[dict[str, Any]] = []
    used = 0  # The editor merges regions with one id, so ids go on through all versions.
    for name, spans in shown.items():
        result = _regions(dispute.passage, spans, schema, digest, used)
        used += len(result)
        predictions.append({"model_version": name, "result": result})
    task["predictions"] = predictions
    return task


def _by_number(version: tuple[str, Sequence[Span]]) -> tuple[int, str]:
    return (len(version[0]), version[0])


def _regions(
    passage: Passage, spans: Sequence[Span], schema: LabelSchema, digest: str, used: int
) -> list[dict[str, Any]]:
    for span in spans:
        schema.label(span.label)
    regions = to_result(passage, spans, None, schema)
    for number, (region, span) in enumerate(zip(regions, sorted(spans), strict=True), used):
        region["id"] = f"{digest}-{number}"
        del region["origin"]
        if isinstance(span, GoldSpan):
            region["score"] = span.confidence
            region["meta"] = {"text": [f"{span.confidence:.0%}"]}
    return regions


def _why(dispute: Dispute, names: Mapping[str, str]) -> str:
    """What is in question, on one line, the most doubtful first."""
    first = sorted(dispute.questions, key=lambda one: (-one.gain, one.answers[0].key))
    said = [_said(one, names) for one in first]
    said += [_doubted(one, dispute.passage) for one in dispute.doubts]
    if len(said) > _MOST_QUESTIONS:
        said[_MOST_QUESTIONS:] = [f"+{len(said) - _MOST_QUESTIONS}"]
    return " ‖ ".join(said)


def _doubted(doubt: Doubt, passage: Passage) -> str:
    text = passage.text[doubt.start - passage.start : doubt.end - passage.start]
    return f"「{_short(text)}」{doubt.why}"


def _said(question: Question, names: Mapping[str, str]) -> str:
    answers = [
        f"「{_short(one.text or '')}」{one.label} "
        f"{_who(one.annotators, names)} {one.confidence:.0%}"
        for one in question.answers
    ]
    if question.nothing:
        answers.append(f"∅ {_who(question.nothing, names)}")
    return f"{'/'.join(_KINDS[kind] for kind in question.kinds)}：{' | '.join(answers)}"


def _who(annotators: Iterable[str], names: Mapping[str, str]) -> str:
    return "+".join(sorted((names[one] for one in annotators), key=lambda n: (len(n), n))) or GOLD


def _short(text: str) -> str:
    one_line = " ".join(text.split())
    if len(one_line) <= _LONGEST_ANSWER:
        return one_line
    half = _LONGEST_ANSWER // 2
    return f"{one_line[:half]}…{one_line[-half:]}"
