"""Documents to suggestions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from msgspec import Struct

from toolkit import records
from toolkit.errors import RecordError
from toolkit.model import Document, Suggestion
from toolkit.settings import Workspace
from toolkit.stages.workspace import (
    Progress,
    check_target,
    read_documents,
    schema_of,
    silent,
)


class PreannotateResult(Struct, frozen=True):
    """What ``preannotate`` did; ``by_label`` counts spans."""

    documents: int
    spans: int
    by_label: dict[str, int]
    model_version: str
    warnings: tuple[str, ...]


def preannotate(
    workspace: Workspace,
    source: Path | None = None,
    target: Path | None = None,
    *,
    progress: Progress = silent,
) -> PreannotateResult:
    """Documents to suggestions, with the workspace's rule packs; both default to its files."""
    from toolkit.rules.engine import Engine
    from toolkit.rules.engine import preannotate as suggest
    from toolkit.rules.pack import load_packs

    check_target(workspace, target, workspace.suggestions, [source])
    schema = schema_of(workspace)
    pack = load_packs(workspace.settings.rules.packs, workspace.root, schema)
    if source is None:
        read_documents(workspace)  # says what is missing before any work is done
    engine = Engine(pack, workspace.settings.rules.tokenizer)
    by_label: Counter[str] = Counter()
    done = 0

    def counted() -> Iterator[Suggestion]:
        nonlocal done
        documents = _distinct(source or workspace.documents)
        for suggestion in suggest(documents, engine):
            by_label.update(span.label for span in suggestion.spans)
            done += 1
            progress(done, 0)
            yield suggestion

    records.write_jsonl(target or workspace.suggestions, counted())
    return PreannotateResult(
        documents=done,
        spans=by_label.total(),
        by_label={label: by_label[label] for label in schema.values},
        model_version=pack.model_version,
        warnings=tuple(pack.warnings),
    )


def _distinct(source: Path) -> Iterator[Document]:
    """The documents of a file, one at a time; only their ids are kept."""
    known: set[str] = set()
    for document in records.read_jsonl(source, Document):
        if document.id in known:
            raise RecordError(
                f"{source}: two documents have the id {document.id!r}",
                "Give each document its own id.",
            )
        known.add(document.id)
        yield document
