"""Raw files to documents."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct

from toolkit import records
from toolkit.errors import InputError
from toolkit.model import Annotation, Document, Passage
from toolkit.settings import Workspace
from toolkit.stages.workspace import Progress, read_documents, silent

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
    progress: Progress = silent,
) -> IngestResult:
    """Raw files to documents.jsonl.

    Without ``paths``, documents.jsonl becomes what the corpus folder holds; a document
    that people have annotated stays even where its file is gone. With ``paths``, their
    documents are added to those that are there.

    Raises:
        InputError: a file can't be used and ``skip_bad`` is not set; nothing was written.
    """
    from toolkit.corpus.ingest import Ingested
    from toolkit.corpus.ingest import ingest as ingest_files
    from toolkit.corpus.readers import find_files

    files = find_files(list(paths) or [workspace.path(workspace.settings.corpus.folder)])
    before = read_documents(workspace) if workspace.documents.exists() else {}
    found: dict[str, Document] = {}
    repairs: Counter[str] = Counter()
    rejected: list[Rejected] = []
    duplicates: list[Rejected] = []
    for done, result in enumerate(ingest_files(files, workspace.root), 1):
        progress(done, len(files))
        if isinstance(result, Ingested):
            found[result.document.id] = result.document
            repairs.update(edit.pass_name for edit in result.edits)
        elif result.duplicate_of:
            duplicates.append(result)
        else:
            rejected.append(result)
    if rejected and not skip_bad:
        more = f" (and {len(rejected) - 1} more)" if len(rejected) > 1 else ""
        hint = f"{rejected[0].reason.hint} Nothing was written; --skip-bad goes on without it."
        raise InputError(f"{rejected[0].reason.what}{more}", hint.strip())
    if not found:
        raise InputError("no file could be used", "Nothing was written.")

    missing = [doc_id for doc_id in before if doc_id not in found]
    annotated = _annotated(workspace) if missing else set()
    kept = missing if paths else [doc_id for doc_id in missing if doc_id in annotated]
    documents = {**{doc_id: before[doc_id] for doc_id in kept}, **found}
    records.write_jsonl(workspace.documents, documents.values())
    return IngestResult(
        documents=len(documents),
        characters=sum(len(document.text) for document in documents.values()),
        new=len(found.keys() - before.keys()),
        gone=len(missing) - len(kept),
        kept_for_annotations=() if paths else tuple(kept),
        repairs=dict(sorted(repairs.items())),
        duplicates=tuple(str(duplicate.reason) for duplicate in duplicates),
        rejected=tuple(str(reject.reason) for reject in rejected),
    )


def _annotated(workspace: Workspace) -> set[str]:
    if not workspace.annotations.exists():
        return set()
    return {a.doc_id for a in records.read_jsonl(workspace.annotations, Annotation)}


def passages_of(workspace: Workspace, documents: dict[str, Document]) -> list[Passage]:
    """The passages that become tasks, in document order."""
    from toolkit.corpus.passages import split

    size = workspace.settings.corpus.passage_chars
    return [passage for document in documents.values() for passage in split(document, size)]
