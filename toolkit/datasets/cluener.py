"""CLUENER-style JSON: a text a line, its entities by label and surface, ends inclusive.

::

    {"id": "a.txt", "text": "彭小军认为", "label": {"PERSON": {"彭小军": [[0, 2]]}}}

The last number of a span is its last character, as the CLUENER2020 benchmark has it.
Spans may overlap. Confidence and votes are in the JSONL of the same export.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from msgspec import Struct

from toolkit import records
from toolkit.model import GoldDocument, GoldSpan
from toolkit.spans import check_spans


class _Line(Struct, omit_defaults=True):
    text: str
    label: dict[str, dict[str, list[tuple[int, int]]]] = {}
    id: str | int = ""


def write_cluener(path: Path, documents: Iterable[GoldDocument]) -> int:
    """Write documents, whole or not at all; returns how many there were."""
    return records.write_jsonl(path, map(_line, documents))


def read_cluener(path: Path) -> Iterator[GoldDocument]:
    """Read CLUENER-style lines, one document at a time; one without id gets its line's number.

    Raises:
        InputError: the file isn't there, or a line isn't of this form.
        OffsetError: a span doesn't stand where it says.
    """
    for number, line in enumerate(records.read_jsonl(path, _Line), 1):
        name = str(line.id) if line.id != "" else str(number)
        spans = [
            GoldSpan(start, last + 1, label, surface)
            for label, surfaces in line.label.items()
            for surface, places in surfaces.items()
            for start, last in places
        ]
        check_spans(name, line.text, spans)
        yield GoldDocument(name, line.text, tuple(sorted(spans, key=lambda span: span.key)))


def _line(document: GoldDocument) -> _Line:
    labels: dict[str, dict[str, list[tuple[int, int]]]] = {}
    for span in document.spans:
        surface = document.text[span.start : span.end]
        places = labels.setdefault(span.label, {}).setdefault(surface, [])
        places.append((span.start, span.end - 1))
    return _Line(document.text, labels, document.doc_id)
