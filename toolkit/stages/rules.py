"""Documents to suggestions."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
from msgspec import Struct

from toolkit import records
from toolkit.errors import RecordError
from toolkit.model import Document, Suggestion
from toolkit.settings import Workspace
from toolkit.stages.workspace import (
    Progress,
    check_target,
    least_scores,
    pack_of,
    read_documents,
    schema_of,
    silent,
)

if TYPE_CHECKING:
    from toolkit.rules.explain import Explanation
    from toolkit.rules.pack import Pack


class PreannotateResult(Struct, frozen=True):
    """What ``preannotate`` did; ``by_label`` counts spans.

    ``hidden`` of them don't reach the threshold of their label: people won't be shown them.
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
    from toolkit.rules.calibration import shown
    from toolkit.rules.engine import Engine
    from toolkit.rules.engine import preannotate as suggest

    check_target(workspace, target, workspace.suggestions, [source])
    schema = schema_of(workspace)
    pack = pack_of(workspace)
    if source is None:
        read_documents(workspace)  # says what is missing before any work is done
    least = least_scores(workspace)
    adjust = _Adjustment(workspace, pack)
    engine = Engine(pack, workspace.settings.rules.tokenizer)
    by_label: Counter[str] = Counter()
    done = hidden = 0

    def counted() -> Iterator[Suggestion]:
        nonlocal done, hidden
        documents = _distinct(source or workspace.documents)
        for found in suggest(documents, engine, lambda characters: progress(characters, 0)):
            suggestion = adjust(found)
            hidden += len(suggestion.spans) - len(shown(suggestion, least).spans)
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


class Suggester:
    """The workspace's rules, ready to run over one text after another.

    What people are shown: with calibrated scores, and nothing under a threshold.
    """

    def __init__(self, workspace: Workspace) -> None:
        from toolkit.rules.engine import Engine

        self.schema = schema_of(workspace)
        pack = pack_of(workspace)
        self._engine = Engine(pack, workspace.settings.rules.tokenizer)
        self._adjust = _Adjustment(workspace, pack)
        self._least = least_scores(workspace)

    @property
    def model_version(self) -> str:
        """The version of what people are shown."""
        return self._shown(Suggestion("", "")).model_version

    def __call__(self, documents: Sequence[Document]) -> list[Suggestion]:
        """A suggestion for each document."""
        return [self._shown(found) for found in self._engine.suggest_all(documents)]

    def _shown(self, found: Suggestion) -> Suggestion:
        from toolkit.rules.calibration import shown

        return shown(self._adjust(found), self._least)


def explain(workspace: Workspace, document: Document) -> list[Explanation]:
    """Why the workspace's rules propose what they propose for a document."""
    from toolkit.rules.engine import Engine
    from toolkit.rules.explain import explain as explained

    return explained(Engine(pack_of(workspace)), document)


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
    """Calibrated scores of a workspace, as part of the model version."""

    def __init__(self, workspace: Workspace, pack: Pack) -> None:
        from toolkit.stages.scoring import read_calibration

        calibration = read_calibration(workspace)
        self._scores = {r: c.score for r, c in calibration.rules.items()} if calibration else {}
        self.warnings: tuple[str, ...] = ()
        self.model_version = pack.model_version
        if calibration and calibration.model_version != pack.model_version:
            note = f"scores were calibrated on {calibration.model_version}"
            self.warnings = (f"{note}; 'toolkit rules score --calibrate' does it anew",)
        if self._scores:
            content = msgspec.json.encode(self._scores, order="sorted")
            digest = hashlib.sha256(content).hexdigest()[:6]
            self.model_version = f"{pack.model_version}-{digest}"

    def __call__(self, found: Suggestion) -> Suggestion:
        """The suggestion with calibrated scores."""
        from toolkit.rules.calibration import rescored

        suggestion = rescored(found, self._scores)
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
