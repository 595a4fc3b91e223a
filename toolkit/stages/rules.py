"""Documents to suggestions."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
from msgspec import Struct

from toolkit import __version__, records
from toolkit.model import Document, Suggestion
from toolkit.settings import Workspace
from toolkit.stages.working import run_folder
from toolkit.stages.workspace import (
    Progress,
    check_target,
    least_scores,
    no_documents,
    pack_of,
    schema_of,
    silent,
)

if TYPE_CHECKING:
    from toolkit.parallel.work import PutAside
    from toolkit.rules.explain import Explanation
    from toolkit.rules.pack import Pack
    from toolkit.rules.tokens import Tokenizer


class PreannotateResult(Struct, frozen=True):
    """What ``preannotate`` did; ``by_label`` counts spans.

    ``hidden`` of them don't reach the threshold of their label: people won't be shown them.
    ``put_aside`` are documents that could not be worked on.
    """

    documents: int
    spans: int
    by_label: dict[str, int]
    model_version: str
    hidden: int
    warnings: tuple[str, ...]
    put_aside: tuple[PutAside, ...] = ()


def preannotate(
    workspace: Workspace,
    source: Path | str | None = None,
    target: Path | str | None = None,
    *,
    progress: Progress = silent,
    watched: Callable[[str], None] | None = None,
) -> PreannotateResult:
    """Documents to suggestions, with the workspace's rule packs; both default to its files.

    Args:
        workspace: its rules, and ``[parallel]`` says where they run.
        source: a file, a folder or glob of parts, an address, or ``-``.
        target: a file, a folder for parts, an address, or ``-``.
        progress: counts bytes of the input.
        watched: is told the address of a dashboard, where there is one.

    Raises:
        RecordError: a line isn't a document, or two have the same id.
    """
    from toolkit.parallel.engines import fitted, open_engine
    from toolkit.parallel.places import plain
    from toolkit.parallel.run import open_input, run

    place = plain(str(target or workspace.suggestions))
    read = plain(str(source)) if source else None
    check_target(workspace, place, workspace.suggestions, [read])
    schema = schema_of(workspace)
    pack = pack_of(workspace)
    if source is None and not workspace.documents.exists():
        raise no_documents(workspace)
    given = open_input(read or workspace.documents)
    stage = rules_stage(workspace, pack)
    adjust = stage.adjust
    settings = fitted(workspace.settings.parallel, given.size)
    with run_folder(workspace, "preannotate", place) as folder, open_engine(settings) as engine:
        if watched and engine.dashboard:
            watched(engine.dashboard)
        done = run(
            stage,
            given,
            place,
            engine,
            folder,
            part_size=settings.part_size,
            progress=progress,
            distinct=True,
        )
    by_label = {label: done.counts[f"label {label}"] for label in schema.values}
    return PreannotateResult(
        documents=done.counts["documents"],
        spans=sum(by_label.values()),
        by_label=by_label,
        model_version=adjust.model_version,
        hidden=done.counts["hidden"],
        warnings=(*pack.warnings, *adjust.warnings),
        put_aside=done.put_aside,
    )


def rules_stage(workspace: Workspace, pack: Pack | None = None) -> Rules:
    """The workspace's rules, calibrated, as a stage."""
    pack = pack or pack_of(workspace)
    tokenizer = workspace.settings.rules.tokenizer
    return Rules(pack, tokenizer, Adjustment(workspace, pack), least_scores(workspace))


class Rules:
    """The rules of a workspace as a stage: a document in, a suggestion out.

    It carries the pack itself: what runs elsewhere is what was read here, whatever becomes of
    the files, and needs no file.
    """

    name = "preannotate"
    reads = Document

    def __init__(
        self, pack: Pack, tokenizer: Tokenizer, adjust: Adjustment, least: dict[str, float]
    ) -> None:
        pack.ready  # noqa: B018 - compiled here, once, and not in each worker
        self.pack = pack
        self.tokenizer = tokenizer
        self.adjust = adjust
        self.least = least

    @property
    def version(self) -> str:
        """Rules, scores, thresholds, and the code that runs them."""
        from toolkit.rules.cache import key_of

        made_of = [self.adjust.model_version, self.tokenizer, sorted(self.least.items())]
        return key_of(msgspec.json.encode([*made_of, __version__]))

    def start(self) -> Callable[[Iterator[Document], Counter[str]], Iterator[Suggestion]]:
        """The engine, ready."""
        from toolkit.rules.calibration import shown
        from toolkit.rules.engine import Engine
        from toolkit.rules.engine import preannotate as suggest

        engine = Engine(self.pack, self.tokenizer)

        def suggested(documents: Iterator[Document], counts: Counter[str]) -> Iterator[Suggestion]:
            for found in suggest(documents, engine):
                suggestion = self.adjust(found)
                if self.least:
                    among = shown(suggestion, self.least).spans
                    counts["hidden"] += len(suggestion.spans) - len(among)
                counts.update([f"label {span.label}" for span in suggestion.spans])
                counts["documents"] += 1
                yield suggestion

        return suggested


class Suggester:
    """The workspace's rules, ready to run over one text after another.

    What people are shown: with calibrated scores, and nothing under a threshold.
    """

    def __init__(self, workspace: Workspace) -> None:
        from toolkit.rules.engine import Engine

        self.schema = schema_of(workspace)
        pack = pack_of(workspace)
        self._engine = Engine(pack, workspace.settings.rules.tokenizer)
        self._adjust = Adjustment(workspace, pack)
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


class Adjustment:
    """Calibrated scores of a workspace, as part of the model version."""

    def __init__(self, workspace: Workspace, pack: Pack) -> None:
        from toolkit.stages.calibrated import read_calibration

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
        if self._scores:
            from toolkit.rules.calibration import rescored

            found = rescored(found, self._scores)
        return msgspec.structs.replace(found, model_version=self.model_version)
