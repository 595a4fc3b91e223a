"""Raw files to documents."""

from __future__ import annotations

import contextlib
import hashlib
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct

from toolkit import records
from toolkit.errors import InputError, UsageError
from toolkit.model import Annotation, Document, Passage
from toolkit.settings import Workspace
from toolkit.stages.workspace import Progress, silent

if TYPE_CHECKING:
    from toolkit.corpus.ingest import Rejected


class IngestResult(Struct, frozen=True):
    """What ``ingest`` did.

    ``repairs`` counts edits by pass; ``duplicates`` and ``rejected`` say path and reason.
    """

    documents: int
    characters: int
    new: int
    gone: int
    kept_for_annotations: tuple[str, ...]
    repairs: dict[str, int]
    duplicates: tuple[str, ...]
    rejected: tuple[str, ...]


def ingest(
    workspace: Workspace,
    paths: Sequence[Path] = (),
    *,
    skip_bad: bool = False,
    columns: Mapping[str, str] | None = None,
    progress: Progress = silent,
) -> IngestResult:
    """Raw files to documents.jsonl.

    Without ``paths``, documents.jsonl becomes what the corpus folder holds; a document
    that people have annotated stays even where its file is gone. With ``paths``, their
    documents are added to those that are there.

    ``columns`` override those of the settings, one by one.

    Raises:
        InputError: a file can't be used and ``skip_bad`` is not set, or a document that
            people have annotated would get another text; nothing was written.
    """
    from toolkit.corpus.ingest import Ingested
    from toolkit.corpus.ingest import ingest as ingest_files
    from toolkit.corpus.sources import find_files

    files = find_files(list(paths) or [workspace.path(workspace.settings.corpus.folder)])
    names = {**workspace.settings.corpus.columns, **(columns or {})}
    before = _texts(workspace)
    annotated = _annotated(workspace)
    seen: set[str] = set()
    characters = 0
    kept: list[str] = []
    repairs: Counter[str] = Counter()
    rejected: list[Rejected] = []
    duplicates: list[Rejected] = []

    def documents() -> Iterator[Document]:
        # An error in here ends the writing, and documents.jsonl stays as it was.
        nonlocal characters
        results = ingest_files(files, workspace.root, columns=names)
        for done, result in enumerate(results, 1):
            progress(min(done, len(files)), len(files))
            if isinstance(result, Ingested):
                document = result.document
                if document.id in annotated & before.keys():
                    _check_unchanged(document, before[document.id])
                seen.add(document.id)
                characters += len(document.text)
                repairs.update(edit.pass_name for edit in result.edits)
                yield document
            elif result.duplicate_of:
                duplicates.append(result)
            else:
                rejected.append(result)
        if rejected and not skip_bad:
            raise _refused(rejected)
        if not seen:
            raise InputError("no file could be used", "Nothing was written.")
        for document in _read(workspace):
            if document.id not in seen and (paths or document.id in annotated):
                kept.append(document.id)
                characters += len(document.text)
                yield document

    count = records.write_jsonl(workspace.documents, documents())
    return IngestResult(
        documents=count,
        characters=characters,
        new=len(seen - before.keys()),
        gone=len(before.keys() - seen) - len(kept),
        kept_for_annotations=() if paths else tuple(kept),
        repairs=dict(sorted(repairs.items())),
        duplicates=tuple(str(duplicate.reason) for duplicate in duplicates),
        rejected=tuple(str(reject.reason) for reject in rejected),
    )


@contextlib.contextmanager
def with_standard_input(
    workspace: Workspace, paths: Sequence[Path], format_: str = ""
) -> Iterator[list[Path]]:
    """The paths, with ``-`` replaced by a file in the corpus folder that holds what came in.

    Spans must stay traceable, so standard input is kept; it goes again where the block
    fails.

    Raises:
        UsageError: the format isn't one that we read, or no path is ``-``.
        InputError: nothing came in, or it can't be kept.
    """
    from toolkit.corpus.sources import kept

    if all(str(path) != "-" for path in paths):
        if format_:
            raise UsageError(
                "--format is for standard input", "Files say by their suffix what they are."
            )
        yield list(paths)
        return
    folder = workspace.path(workspace.settings.corpus.folder)
    with kept(sys.stdin.buffer, folder, format_ or "txt") as kept_file:
        yield [kept_file if str(path) == "-" else path for path in paths]


def _read(workspace: Workspace) -> Iterator[Document]:
    if workspace.documents.exists():
        yield from records.read_jsonl(workspace.documents, Document)


def _texts(workspace: Workspace) -> dict[str, bytes]:
    """A hash of the text of each document that is there; texts themselves may be many."""
    return {document.id: _hash(document.text) for document in _read(workspace)}


def _hash(text: str) -> bytes:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()


def _annotated(workspace: Workspace) -> set[str]:
    if not workspace.annotations.exists():
        return set()
    return {a.doc_id for a in records.read_jsonl(workspace.annotations, Annotation)}


def _check_unchanged(document: Document, before: bytes) -> None:
    if _hash(document.text) != before:
        raise InputError(
            f"document {document.id!r} has annotations, and its text has changed",
            "Nothing was written. Give the changed text an id of its own, so that both stay.",
        )


def _refused(rejected: Sequence[Rejected]) -> InputError:
    more = f" (and {len(rejected) - 1} more)" if len(rejected) > 1 else ""
    hint = f"{rejected[0].reason.hint} Nothing was written; --skip-bad goes on without it."
    return InputError(f"{rejected[0].reason.what}{more}", hint.strip())


def passages_of(workspace: Workspace, documents: dict[str, Document]) -> list[Passage]:
    """The passages that become tasks, in document order."""
    from toolkit.corpus.passages import split

    size = workspace.settings.corpus.passage_chars
    return [passage for document in documents.values() for passage in split(document, size)]
