"""What repair did to a document, and where in its raw file. Nothing is written."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Literal

from msgspec import Struct
from msgspec.structs import replace

from toolkit.corpus.earlier import Earlier, place_of
from toolkit.corpus.register import digest_of
from toolkit.errors import InputError
from toolkit.model import Document
from toolkit.settings import Workspace
from toolkit.stages.workspace import find_document, stored_documents

if TYPE_CHECKING:
    from toolkit.corpus.repair import Edit, RepairPass

Stored = Literal["the same", "another text", "no such document"]
"""What documents.jsonl has of the document: this text, another one, or nothing."""


class LocatedEdit(Struct, frozen=True):
    """An edit with its place in the raw text; lines and columns count from 1."""

    pass_name: str
    raw_start: int
    raw_end: int
    line: int
    column: int
    before: str
    after: str


class LocatedDamage(Struct, frozen=True):
    """A stretch of the raw text that is damaged and that nothing could recover."""

    raw_start: int
    raw_end: int
    line: int
    column: int
    text: str


class Explanation(Struct, frozen=True):
    """A document's edits in the order of its raw text.

    ``place`` is its file and row; lines and columns are those of the row's text where it has
    one. ``boilerplate`` are the lines that went from the text to its metadata.
    """

    id: str
    place: str
    encoding: str
    stored: Stored
    raw_characters: int
    characters: int
    edits: tuple[LocatedEdit, ...]
    boilerplate: tuple[str, ...] = ()
    damaged: tuple[LocatedDamage, ...] = ()


def explain(
    workspace: Workspace,
    name: str,
    passes: Sequence[RepairPass],
    *,
    columns: Mapping[str, str] | None = None,
) -> Iterator[Explanation]:
    """Explain a document, or each of those that a file holds, ingested or not.

    Args:
        workspace: whose documents are meant.
        name: a document's id or its beginning, or the path of a file.
        passes: the repair passes to run.
        columns: what tables call our columns, over those of the settings, one by one.

    Raises:
        UsageError: no document and no file has this name, or several documents have it.
        InputError: the raw file is gone, or can't be used.
    """
    file = _file(workspace, name)
    if file is not None:
        names = {**workspace.settings.corpus.columns, **(columns or {})}
        return _of_file(workspace, file, passes, names)
    return iter([_of_document(workspace, find_document(workspace, name), passes)])


def _file(workspace: Workspace, name: str) -> Path | None:
    """The file of this name, from here or from the workspace's folder."""
    for path in (Path(name), workspace.path(name)):
        try:
            if path.is_file():
                return path
        except OSError:  # a name that no file can have
            continue
    return None


def _of_file(
    workspace: Workspace, file: Path, passes: Sequence[RepairPass], columns: Mapping[str, str]
) -> Iterator[Explanation]:
    from toolkit.corpus.candidates import Rejected
    from toolkit.corpus.ingest import ingest

    refused: InputError | None = None
    explained = 0
    with TemporaryDirectory() as folder, Earlier(Path(folder)) as earlier:
        earlier.remember(stored_documents(workspace), ())
        for result in ingest([file], workspace.root, passes=passes, columns=columns):
            if isinstance(result, Rejected):
                refused = refused or result.reason
                continue
            explained += 1
            document = result.document
            was = earlier.get(document.id)
            stored: Stored = "no such document"
            if was is not None:
                same = was.text_digest == digest_of(document.text)
                stored = "the same" if same else "another text"
            made = result.candidate
            yield _explanation(document, made.raw, made.edits, stored)
    if refused is not None and not explained:
        raise refused


def _of_document(
    workspace: Workspace, document: Document, passes: Sequence[RepairPass]
) -> Explanation:
    from toolkit.corpus.readers import raw_text
    from toolkit.corpus.repair import repair

    raw = raw_text(document, workspace.root)
    repaired = repair(raw, passes)
    stored: Stored = "the same" if repaired.text == document.text else "another text"
    mended = replace(
        document, text=repaired.text, alignment=repaired.alignment, damaged=repaired.damaged
    )
    return _explanation(mended, raw, repaired.edits, stored)


def _explanation(
    document: Document, raw: str, edits: Sequence[Edit], stored: Stored
) -> Explanation:
    from toolkit.corpus.alignment import to_raw

    lines = line_starts(raw)
    return Explanation(
        id=document.id,
        place=place_of(document),
        encoding=document.source.encoding if document.source else "",
        stored=stored,
        raw_characters=len(raw),
        characters=len(document.text),
        edits=tuple(_located(edit, lines) for edit in sorted(edits, key=_raw_start)),
        boilerplate=tuple(document.meta.get("boilerplate", "").splitlines()),
        damaged=tuple(
            LocatedDamage(start, end, *line_and_column(start, lines), raw[start:end])
            for start, end in (to_raw(document.alignment, *it) for it in document.damaged)
        ),
    )


def _located(edit: Edit, lines: Sequence[int]) -> LocatedEdit:
    line, column = line_and_column(edit.raw_start, lines)
    return LocatedEdit(
        pass_name=edit.pass_name,
        raw_start=edit.raw_start,
        raw_end=edit.raw_end,
        line=line,
        column=column,
        before=edit.before,
        after=edit.after,
    )


def line_starts(raw: str) -> list[int]:
    """Where each line of a raw text begins; lines end in LF, CRLF, or CR alone."""
    return [0, *(found.end() for found in re.finditer(r"\r\n|[\r\n]", raw))]


def line_and_column(offset: int, lines: Sequence[int]) -> tuple[int, int]:
    """Line and column of an offset, from 1."""
    line = bisect_right(lines, offset)
    return line, offset - lines[line - 1] + 1


def _raw_start(edit: Edit) -> int:
    return edit.raw_start
