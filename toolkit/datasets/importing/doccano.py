"""doccano's JSONL: a text a line, with spans as lists or as entities.

(each on one line)::

    {"id": 7, "text": "彭小军认为", "label": [[0, 3, "PERSON"]]}
    {"id": 7, "text": "彭小军认为",
     "entities": [{"start_offset": 0, "end_offset": 3, "label": "PERSON"}]}

``labels`` for ``label`` and ``data`` for ``text`` are names that its releases had. A folder
holds a file an annotator, named for them, as doccano's archives do.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from msgspec import Struct

from toolkit import records
from toolkit.datasets.importing.imported import Imported
from toolkit.errors import InputError
from toolkit.model import GoldSpan


class _Entity(Struct):
    start_offset: int
    end_offset: int
    label: str


class _Line(Struct):
    text: str | None = None
    data: str | None = None
    id: int | str | None = None
    label: list[tuple[int, int, str]] = []
    labels: list[tuple[int, int, str]] = []
    entities: list[_Entity] = []


def read_doccano(path: Path) -> Iterator[Imported]:
    """Read a file, or the files of a folder, whose names are then the annotators'.

    Raises:
        InputError: the file isn't there or a line isn't of this form.
    """
    if not path.is_dir():
        yield from _file(path, "")
        return
    files = sorted(path.glob("*.jsonl"))
    if not files:
        raise InputError(f"{path}: holds no .jsonl file", "Name a file, or a folder of them.")
    for file in files:
        yield from _file(file, file.stem)


def _file(path: Path, annotator: str) -> Iterator[Imported]:
    for number, line in enumerate(records.read_jsonl(path, _Line), 1):
        where = f"{path}, record {number}"
        text = line.text if line.text is not None else line.data
        if text is None:
            raise InputError(f"{where}: has no text", 'doccano\'s lines have {"text": …}.')
        given = [*line.label, *line.labels]
        given += [(one.start_offset, one.end_offset, one.label) for one in line.entities]
        yield Imported(
            where=where,
            text=text,
            spans=tuple(GoldSpan(*one) for one in given),
            id="" if line.id is None else str(line.id),
            annotator=annotator,
        )
