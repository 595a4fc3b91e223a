"""Documents to suggestions."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
from msgspec import Struct

from toolkit import records
from toolkit.errors import RecordError, WorkspaceError
from toolkit.model import Document, Suggestion
from toolkit.schema import LabelSchema
from toolkit.settings import Workspace
from toolkit.stages.workspace import (
    Progress,
    check_target,
    read_documents,
    schema_of,
    silent,
)

if TYPE_CHECKING:
    from toolkit.rules.explain import Explanation
    from toolkit.rules.pack import Pack


class PreannotateResult(Struct, frozen=True):
    """What ``preannotate`` did; ``by_label`` counts spans.

    ``hidden`` spans did not reach the threshold of their label and were left out.
    """

    documents: int
    spans: int
    by_label: dict[str, int]
    model_version: str
    hidden: int
    warnings: tuple[str, ...]


def preannotate(
    workspace: Workspace,
    source: Path | None = None,
    target: Path | None = None,
    *,
    progress: Progress = silent,
) -> PreannotateResult:
    """Documents to suggestions, with the workspace's rule packs; both default to its files.

    ``progress`` counts characters, so that one long document moves it, too.
    """
    from toolkit.rules.engine import Engine
    from toolkit.rules.engine import preannotate as suggest
    from toolkit.rules.pack import load_packs

    check_target(workspace, target, workspace.suggestions, [source])
    schema = schema_of(workspace)
    pack = load_packs(workspace.settings.rules.packs, workspace.root, schema)
    if source is None:
        read_documents(workspace)  # says what is missing before any work is done
    adjust = _Adjustment(workspace, pack, schema)
    engine = Engine(pack, workspace.settings.rules.tokenizer)
    by_label: Counter[str] = Counter()
    done = hidden = 0

    def counted() -> Iterator[Suggestion]:
        nonlocal done, hidden
        documents = _distinct(source or workspace.documents)
        for found in suggest(documents, engine, lambda characters: progress(characters, 0)):
            suggestion = adjust(found)
            hidden += len(found.spans) - len(suggestion.spans)
            by_label.update(span.label for span in suggestion.spans)
            done += 1
            yield suggestion

    records.write_jsonl(target or workspace.suggestions, counted())
    return PreannotateResult(
        documents=done,
        spans=by_label.total(),
        by_label={label: by_label[label] for label in schema.values},
        model_version=adjust.model_version,
        hidden=hidden,
        warnings=(*pack.warnings, *adjust.warnings),
    )


def explain(workspace: Workspace, document: Document) -> list[Explanation]:
    """Why the workspace's rules propose what they propose for a document."""
    from toolkit.rules.engine import Engine
    from toolkit.rules.explain import explain as explained
    from toolkit.rules.pack import load_packs

    schema = schema_of(workspace)
    pack = load_packs(workspace.settings.rules.packs, workspace.root, schema)
    return explained(Engine(pack), document)


def write_explanation(
    workspace: Workspace, document: Document, explanations: list[Explanation], target: Path
) -> None:
    """The same as an HTML page, the text coloured."""
    from toolkit.report.explanation import build

    check_target(workspace, target, target)
    marks = {label.value: (label.color, label.name) for label in schema_of(workspace).labels}
    records.write_text(
        target, build(document.id, document.text, msgspec.to_builtins(explanations), marks)
    )


class _Adjustment:
    """Calibrated scores and thresholds of a workspace, as part of the model version."""

    def __init__(self, workspace: Workspace, pack: Pack, schema: LabelSchema) -> None:
        from toolkit.stages.scoring import read_calibration

        calibration = read_calibration(workspace)
        self._scores = {r: c.score for r, c in calibration.rules.items()} if calibration else {}
        self._least = workspace.settings.rules.thresholds
        unknown = [label for label in self._least if label not in schema]
        if unknown:
            raise WorkspaceError(
                f"[rules.thresholds] {', '.join(unknown)}: the label config has no such label",
                f"It has {', '.join(schema.values)}.",
            )
        self.warnings: tuple[str, ...] = ()
        self.model_version = pack.model_version
        if calibration and calibration.model_version != pack.model_version:
            note = f"scores were calibrated on {calibration.model_version}"
            self.warnings = (f"{note}; 'toolkit rules score --calibrate' does it anew",)
        if self._scores or self._least:
            content = msgspec.json.encode((self._scores, self._least), order="sorted")
            digest = hashlib.sha256(content).hexdigest()[:6]
            self.model_version = f"{pack.model_version}-{digest}"

    def __call__(self, found: Suggestion) -> Suggestion:
        """The suggestion as people are to see it."""
        from toolkit.rules.calibration import adjusted

        suggestion = adjusted(found, self._scores, self._least)
        return msgspec.structs.replace(suggestion, model_version=self.model_version)


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
