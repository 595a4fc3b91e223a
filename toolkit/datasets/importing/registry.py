"""What ``toolkit import`` can read, by name: every format with a reader, and other tools' files."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from msgspec import Struct

from toolkit.datasets.formats import FORMATS
from toolkit.datasets.formats import Read as ReadGold
from toolkit.datasets.importing.columns import read_columns
from toolkit.datasets.importing.doccano import read_doccano
from toolkit.datasets.importing.imported import Imported, Read
from toolkit.datasets.importing.label_studio_export import read_label_studio_export
from toolkit.errors import UsageError


class Readable(Struct, frozen=True):
    """A kind of file or folder; ``what`` is a line for the docs' table."""

    name: str
    read: Read
    what: str


def _gold(read: ReadGold) -> Read:
    def read_gold(path: Path) -> Iterator[Imported]:
        for document in read(path):
            yield Imported(
                where=f"{path}, document {document.doc_id!r}",
                text=document.text,
                spans=document.spans,
                id=document.doc_id,
                gold=document,
            )

    return read_gold


_OTHERS = (
    Readable("conll", read_columns, "CoNLL columns, a file or a folder: BIO, BIOES, BMES, BILOU"),
    Readable("doccano", read_doccano, "doccano's JSONL, or a folder with a file an annotator"),
    Readable(
        "label-studio",
        read_label_studio_export,
        "Label Studio's JSON from any project, with any number of annotators a task",
    ),
)

READABLE: dict[str, Readable] = {
    format_.name: Readable(format_.name, _gold(format_.read), format_.what)
    for format_ in FORMATS.values()
    if format_.read and not format_.name.startswith("conll-")
} | {one.name: one for one in _OTHERS}


def readable(name: str) -> Readable:
    """The kind of file of this name; every ``conll-…`` is ``conll``, which tells them apart.

    Raises:
        UsageError: there is none.
    """
    found = READABLE.get("conll" if name.startswith("conll-") and name in FORMATS else name)
    if found is None:
        raise UsageError(f"there is no format {name!r} to read", f"Known: {', '.join(READABLE)}.")
    return found
