"""Label Studio's JSON: tasks with one annotation each, as its import takes and its export gives.

Offsets are code points, as Label Studio 1.23 counts them. Each document is a task with
``data.doc_id`` and the text in the field that the label config names.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec

from toolkit.datasets.choices import Choices
from toolkit.datasets.json_array import read_array
from toolkit.errors import InputError
from toolkit.model import GoldDocument, GoldSpan
from toolkit.records import replacing
from toolkit.spans import check_spans

_TEXT_FIELDS = ("text", "content", "document", "body")
"""Where the text of a task may be, if no region says so."""


def write_label_studio(path: Path, documents: Iterable[GoldDocument], choices: Choices) -> int:
    """Write documents as a list of tasks, whole or not at all; returns how many there were."""
    encoder = msgspec.json.Encoder()
    count = 0
    with replacing(path) as out:
        out.write(b"[")
        for document in documents:
            out.write((b",\n" if count else b"\n") + encoder.encode(_task(document, choices)))
            count += 1
        out.write(b"\n]\n")
    return count


def read_label_studio(path: Path) -> Iterator[GoldDocument]:
    """Read tasks of one annotation each; those that were skipped count as none.

    Raises:
        InputError: the file isn't there or isn't such a list, or a task has several
            annotations, which are somebody's and no gold.
        OffsetError: a span doesn't fit its text.
    """
    for number, task in enumerate(_tasks(path), 1):
        data = task.get("data", {})
        name = str(data.get("doc_id") or task.get("id") or number)
        given = [one for one in task.get("annotations", ()) if not one.get("was_cancelled")]
        if len(given) > 1:
            raise InputError(
                f"{path}: task {name!r} has {len(given)} annotations, and gold is one",
                "Import it as annotations, and merge them.",
            )
        regions = given[0]["result"] if given else []
        text = _text_of(data, path, name)
        spans = tuple(sorted(_spans(regions, text), key=lambda span: span.key))
        check_spans(name, text, spans)
        yield GoldDocument(name, text, spans)


def _task(document: GoldDocument, choices: Choices) -> dict[str, Any]:
    schema = choices.schema
    result = [
        {
            "id": f"g{number}",
            "from_name": schema.labels_tag,
            "to_name": schema.text_tag,
            "type": "labels",
            "value": {
                "start": span.start,
                "end": span.end,
                "text": document.text[span.start : span.end],
                "labels": [span.label],
            },
        }
        for number, span in enumerate(document.spans)
    ]
    return {
        "data": {schema.data_key: document.text, "doc_id": document.doc_id},
        "annotations": [{"result": result, "ground_truth": True}],
    }


def _tasks(path: Path) -> Iterator[dict[str, Any]]:
    try:
        yield from read_array(path, dict[str, Any])
    except FileNotFoundError:
        raise InputError(f"{path}: no such file") from None
    except (OSError, ValueError, msgspec.ValidationError) as error:
        raise InputError(
            f"{path}: not a list of Label Studio's tasks ({error})",
            "Export the project as JSON (not JSON-MIN).",
        ) from None


def _text_of(data: Mapping[str, Any], path: Path, name: str) -> str:
    texts = [data[field] for field in _TEXT_FIELDS if isinstance(data.get(field), str)]
    texts = texts or [
        value for field, value in data.items() if isinstance(value, str) and field != "doc_id"
    ]
    if not texts:
        raise InputError(f"{path}: task {name!r} has no text in its data")
    text: str = texts[0]
    return text


def _spans(regions: Iterable[Mapping[str, Any]], text: str) -> Iterator[GoldSpan]:
    for region in regions:
        value = region.get("value", {})
        for label in value.get("labels", ()):
            start, end = value["start"], value["end"]
            yield GoldSpan(start, end, label, text[start:end])
