"""A workspace: how it begins, and its records read back."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import msgspec

from toolkit import records, resources
from toolkit.errors import InputError, RecordError, UsageError, WorkspaceError
from toolkit.model import Annotation, Document, GoldDocument, Suggestion
from toolkit.schema import LabelSchema, read_schema
from toolkit.settings import (
    FILE_NAME,
    Workspace,
    open_workspace,
    read_settings,
    workspace_around,
)

if TYPE_CHECKING:
    from toolkit.rules.pack import Pack

_NAMED = 5
"""How many documents an ambiguous name lists."""


class Progress(Protocol):
    """What a stage calls while it works."""

    def __call__(self, done: int, total: int, /) -> None:
        """``done`` of ``total`` are done; ``total`` is 0 where nobody knows."""


def silent(_done: int, _total: int) -> None:
    """Progress that nobody watches."""


def init(folder: Path) -> tuple[Workspace, list[str]]:
    """Make ``folder`` a workspace; files that are there already are left as they are.

    Returns:
        The workspace, and the paths (relative to it) that were made.
    """
    folder = folder.expanduser().resolve()
    if folder.exists() and not folder.is_dir():
        raise WorkspaceError(f"{folder} is a file", "Name a folder.")
    templates = [(resources.settings_template(), FILE_NAME)]
    templates += [
        (path, f"label_configs/{path.name}")
        for path in sorted(resources.label_configs().iterdir())
        if path.suffix in {".xml", ".md"}
    ]
    made = []
    for template, name in templates:
        if not (folder / name).exists():
            records.write_text(folder / name, template.read_text(encoding="utf-8"))
            made.append(name)
    if not (folder / ".gitignore").exists():
        records.write_text(folder / ".gitignore", ".toolkit/\n")
        made.append(".gitignore")
    workspace = open_workspace(folder)
    for name in (workspace.settings.corpus.folder, "exports"):
        if not workspace.path(name).is_dir():
            workspace.path(name).mkdir(parents=True)
            made.append(f"{name}/")
    return workspace, made


def workspace_or_defaults(folder: Path | None) -> Workspace:
    """The workspace, or the settings we ship, for commands that work on files alone.

    Raises:
        WorkspaceError: there is a workspace, and its toolkit.toml is wrong.
    """
    if folder is not None or workspace_around() is not None:
        return open_workspace(folder)
    # Outside of a workspace: the label config that we ship, wherever it lies.
    shipped = read_settings(resources.settings_template())
    configs = resources.label_configs()
    labels = msgspec.structs.replace(
        shipped.labels,
        config=str(configs / Path(shipped.labels.config).name),
        guidelines=str(configs / Path(shipped.labels.guidelines).name),
    )
    return Workspace(Path.cwd(), msgspec.structs.replace(shipped, labels=labels))


def check_target(
    workspace: Workspace,
    target: Path | str | None,
    own: Path,
    inputs: Iterable[Path | str | None] = (),
) -> None:
    """Refuse to write a result over what it is made from, or over another stage's file.

    Args:
        workspace: whose files are kept.
        target: where the result goes; null, ``-`` and addresses are always fine.
        own: the file of the workspace that this result replaces.
        inputs: what is read besides the workspace's files.

    Raises:
        UsageError: the target is one of those files.
    """
    if target is None or str(target) == "-" or "://" in str(target):
        return
    place = Path(target).resolve()
    if place in {Path(path).resolve() for path in inputs if path and str(path) != "-"}:
        raise UsageError(
            f"{target} is what this command reads, the result would replace it",
            "Name another file for the result.",
        )
    files = (
        workspace.root / FILE_NAME,
        workspace.documents,
        workspace.suggestions,
        workspace.annotations,
        workspace.reviews,
        workspace.gold,
        workspace.splits,
    )
    if place in {path.resolve() for path in files if path != own}:
        raise UsageError(
            f"{target} holds something else, the result would replace it",
            "Name another file for the result.",
        )


def schema_of(workspace: Workspace) -> LabelSchema:
    """The workspace's label schema."""
    return read_schema(workspace.path(workspace.settings.labels.config))


def pack_of(workspace: Workspace, packs: Sequence[str] | None = None) -> Pack:
    """The workspace's rule packs, or others, with labels called what its label config says."""
    from toolkit.rules.pack import load_packs

    rules = workspace.settings.rules
    return load_packs(packs or rules.packs, workspace.root, schema_of(workspace), rules.labels)


def read_documents(workspace: Workspace, path: Path | None = None) -> dict[str, Document]:
    """Documents by id, from ``path`` or the workspace."""
    return records.index_documents(stream_documents(workspace, path), path or workspace.documents)


def stream_documents(workspace: Workspace, path: Path | None = None) -> Iterator[Document]:
    """Documents one at a time, from ``path`` or the workspace."""
    if path is None and not workspace.documents.exists():
        raise no_documents(workspace)
    return records.read_jsonl(path or workspace.documents, Document)


def no_documents(workspace: Workspace) -> InputError:
    """What is wrong where documents.jsonl isn't there."""
    return InputError(
        f"{workspace.root} has no documents yet",
        "Put raw files in corpus/ and run 'toolkit ingest'.",
    )


def least_scores(workspace: Workspace) -> dict[str, float]:
    """By label the least score of a suggestion that people are shown: ``[rules.thresholds]``.

    Raises:
        WorkspaceError: the label config lacks a label.
    """
    least = workspace.settings.rules.thresholds
    schema = schema_of(workspace) if least else None
    unknown = [label for label in least if schema and label not in schema]
    if schema and unknown:
        raise WorkspaceError(
            f"[rules.thresholds] {', '.join(unknown)}: the label config has no such label",
            f"It has {', '.join(schema.values)}.",
        )
    return least


def read_suggestions(workspace: Workspace) -> dict[str, Suggestion]:
    """What people are shown, by document id; empty where ``preannotate`` has not run.

    suggestions.jsonl has all that the rules propose; what doesn't reach the threshold of
    its label is left out here, so that a changed threshold needs no run of the rules.
    """
    from toolkit.rules.calibration import shown

    if not workspace.suggestions.exists():
        return {}
    least = least_scores(workspace)
    found = records.read_jsonl(workspace.suggestions, Suggestion)
    return {one.doc_id: shown(one, least) for one in found}


_ANNOTATION = (
    'A line is e.g. {"doc_id": "a", "annotator": "anna", '
    '"spans": [{"start": 0, "end": 2, "label": "PERSON"}]}; offsets count characters.'
)
"""How annotations look that were made elsewhere."""


def read_annotations(workspace: Workspace, path: Path | None = None) -> list[Annotation]:
    """The history of annotations, from ``path`` or the workspace."""
    return list(stream_annotations(workspace, path))


def stream_annotations(workspace: Workspace, path: Path | None = None) -> Iterator[Annotation]:
    """The history of annotations, one at a time, from ``path`` or the workspace."""
    if path is None and not workspace.annotations.exists():
        raise InputError(
            f"{workspace.root} has no annotations yet",
            "Fetch them with 'toolkit pull', or name a file.",
        )
    return _annotations(path or workspace.annotations, own=path is None)


def _annotations(path: Path, *, own: bool) -> Iterator[Annotation]:
    annotation = None
    try:
        for annotation in records.read_jsonl(path, Annotation):
            yield annotation
    except RecordError as error:
        if own:
            raise
        raise RecordError(error.what, _ANNOTATION) from None
    if annotation is None:
        raise InputError(
            f"{path} holds no annotation",
            "Fetch some with 'toolkit pull' when annotators have submitted.",
        )


def read_reviews(workspace: Workspace, path: Path | None = None) -> list[Annotation]:
    """The history of reviewers' decisions, from ``path`` or the workspace.

    Empty where the workspace has none yet.
    """
    if path is None and not workspace.reviews.exists():
        return []
    return list(records.read_jsonl(path or workspace.reviews, Annotation))


def has_annotations(workspace: Workspace) -> bool:
    """Whether ``pull`` has brought anything yet."""
    return workspace.annotations.exists() and workspace.annotations.stat().st_size > 0


def read_gold(workspace: Workspace) -> Iterator[GoldDocument]:
    """Gold documents, one at a time."""
    if not workspace.gold.exists():
        raise InputError(f"{workspace.root} has no gold yet", "Make it with 'toolkit merge'.")
    return records.read_jsonl(workspace.gold, GoldDocument)


def stored_documents(workspace: Workspace) -> Iterator[Document]:
    """What documents.jsonl holds, one at a time; nothing where there is none yet."""
    if workspace.documents.exists():
        yield from records.read_jsonl(workspace.documents, Document)


def find_document(workspace: Workspace, name: str) -> Document:
    """The one document whose id or file's name is ``name``, or begins with it.

    Raises:
        UsageError: there is none, or there are several.
    """
    found: list[Document] = []
    for document in stored_documents(workspace):
        if document.id == name:
            return document
        path = document.source.path if document.source else ""
        if document.id.startswith(name) or path == name or Path(path).name.startswith(name):
            found = [*found, document][:_NAMED]
    if len(found) == 1:
        return found[0]
    if found:
        raise UsageError(
            f"{name!r} could be any of {', '.join(document.id for document in found)}",
            "Say more of it.",
        )
    raise UsageError(f"there is no document {name!r}", "'toolkit show' without a name lists them.")
