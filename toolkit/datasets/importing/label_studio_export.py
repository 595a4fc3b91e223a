"""Label Studio's JSON as somebody else's project gives it: any names, any number of annotators.

Regions of ``<Labels>`` on plain text are read, whatever ``from_name`` and ``to_name`` are; what
else a region says (choices, relations, ratings) is no span and is passed over. A task may have
several annotations; who gave one is its ``completed_by``: an e-mail address where the export
has it, else ``user-`` and the number. Drafts and predictions are nobody's word and are passed over.

Servers before 1.23 counted UTF-16 units. Where a region's own text stands at its offsets so
counted and not as code points, its whole task is read so; where it stands at neither, that
is an error.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

from toolkit.datasets.importing.imported import Imported
from toolkit.datasets.json_array import read_array
from toolkit.errors import InputError
from toolkit.model import GoldSpan

_TEXT_FIELDS = ("text", "content", "document", "body", "sentence")
"""Where the text of a task usually is; else it is the longest of its texts."""

_HINT = "Export the project as JSON (not JSON-MIN)."


class _Value(msgspec.Struct):
    start: int | None = None
    end: int | None = None
    text: str | None = None
    labels: list[str] = []
    hypertextlabels: list[str] = []


class _Region(msgspec.Struct):
    value: _Value = msgspec.field(default_factory=_Value)
    type: str = ""


class _Annotation(msgspec.Struct):
    result: list[_Region] = []
    completed_by: int | str | dict[str, Any] | None = None
    was_cancelled: bool = False
    created_at: str | None = None
    updated_at: str | None = None
    lead_time: float | None = None


class _Task(msgspec.Struct):
    data: dict[str, Any]
    id: int | str | None = None
    annotations: list[_Annotation] = []
    completions: list[_Annotation] = []
    """What annotations were called before 1.0."""


def read_label_studio_export(path: Path) -> Iterator[Imported]:
    """Read a project's export: one text for each annotation; a task without one gives none.

    Raises:
        InputError: the file isn't there or isn't such a list, or a region can't be placed.
    """
    try:
        for number, task in enumerate(read_array(path, _Task), 1):
            yield from _task(task, f"{path}, task {task.id if task.id is not None else number}")
    except FileNotFoundError:
        raise InputError(f"{path}: no such file", "Name the file that was exported.") from None
    except (OSError, ValueError, msgspec.ValidationError) as error:
        raise InputError(f"{path}: not a list of Label Studio's tasks ({error})", _HINT) from None


def _task(task: _Task, where: str) -> Iterator[Imported]:
    given = [*task.annotations, *task.completions]
    text = _text_of(task.data, where)
    name = task.data.get("doc_id")
    id_ = name if isinstance(name, str) else "" if task.id is None else str(task.id)
    for annotation in given:
        yield Imported(
            where=where,
            text=text,
            spans=() if annotation.was_cancelled else _spans(annotation.result, text, where),
            id=id_,
            annotator=_who(annotation.completed_by),
            created_at=annotation.created_at,
            updated_at=annotation.updated_at,
            lead_time=annotation.lead_time,
            skipped=annotation.was_cancelled,
        )


def _text_of(data: Mapping[str, Any], where: str) -> str:
    usual = [data[name] for name in _TEXT_FIELDS if isinstance(data.get(name), str)]
    if usual:
        return str(usual[0])
    texts = [value for name, value in data.items() if isinstance(value, str) and name != "doc_id"]
    if not texts:
        raise InputError(f"{where}: has no text in its data", _HINT)
    return max(texts, key=len)


def _who(completed_by: int | str | dict[str, Any] | None) -> str:
    if isinstance(completed_by, dict):
        email = completed_by.get("email")
        return str(email) if email else _who(completed_by.get("id"))
    if isinstance(completed_by, int):
        return f"user-{completed_by}"
    return completed_by or ""


def _spans(regions: Sequence[_Region], text: str, where: str) -> tuple[GoldSpan, ...]:
    values = []
    for region in regions:
        if region.value.hypertextlabels:
            raise InputError(
                f"{where}: labels an HTML page, whose offsets are of its markup",
                "Label plain text (<Text>), or bring the spans in another format.",
            )
        if region.value.labels:
            values.append(region.value)
    spans = [_placed(value, text) for value in values]
    if any(span is None for span in spans):
        units = _code_points(text)
        spans = [_placed(value, text, units) for value in values]
    for value, span in zip(values, spans, strict=True):
        if span is None:
            raise InputError(
                f"{where}: {str(value.text)[:40]!r} isn't what stands at "
                f"{value.start}-{value.end}, by code points or by UTF-16 units",
                "Was the task's text changed after it was labelled?",
            )
    return tuple(
        GoldSpan(*span, label)
        for value, span in zip(values, spans, strict=True)
        if span is not None
        for label in value.labels
    )


def _placed(value: _Value, text: str, units: Sequence[int] | None = None) -> tuple[int, int] | None:
    """Where a region is in code points; None if its text doesn't stand there."""
    if value.start is None or value.end is None:
        return None
    start, end = value.start, value.end
    if units is not None:
        if not 0 <= start < end < len(units):
            return None
        start, end = units[start], units[end]
    if not 0 <= start < end <= len(text):
        return None
    said = value.text
    same = said is None or _bare(said) == _bare(text[start:end])
    return (start, end) if same else None


def _bare(text: str) -> str:
    """Without the white space, which Label Studio writes in several ways."""
    return "".join(text.replace("\\n", "").split())


def _code_points(text: str) -> list[int]:
    """For each UTF-16 unit of the text, and its end, the code point that it is in."""
    units: list[int] = []
    for number, char in enumerate(text):
        units += [number] * (2 if ord(char) > 0xFFFF else 1)  # noqa: PLR2004 - a surrogate pair
    return [*units, len(text)]
