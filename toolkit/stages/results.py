"""Annotations to agreement and gold, gold to datasets, everything to a report."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
from msgspec import Struct

from toolkit import records
from toolkit.errors import SchemaError
from toolkit.model import GoldDocument
from toolkit.settings import Workspace, check_version
from toolkit.stages.workspace import (
    check_target,
    has_annotations,
    read_annotations,
    read_documents,
    read_gold,
    read_suggestions,
    schema_of,
)

if TYPE_CHECKING:
    from toolkit.agreement.breakdown import AgreementReport
    from toolkit.datasets.export import Exported


def agreement(
    workspace: Workspace, annotations: Path | None = None, documents: Path | None = None
) -> AgreementReport:
    """Agreement of the annotations, with the workspace's bootstrap settings."""
    from toolkit.agreement.breakdown import agreement as measure

    settings = workspace.settings.agreement
    return measure(
        read_annotations(workspace, annotations),
        read_documents(workspace, documents),
        labels=_labels(workspace),
        samples=settings.samples,
        seed=settings.seed,
    )


def _labels(workspace: Workspace) -> tuple[str, ...]:
    """The schema's labels, to order tables by; researchers' own data may do without one."""
    try:
        return schema_of(workspace).values
    except SchemaError:
        return ()


class MergeResult(Struct, frozen=True):
    """What ``merge`` did; ``status`` counts documents, ``by_label`` spans.

    ``unseen`` are the documents that were annotated only in part, with the number of
    characters that nobody saw; they are left out, unless they were asked for.
    """

    documents: int
    spans: int
    method: str
    status: dict[str, int]
    by_label: dict[str, int]
    unseen: dict[str, int]


def merge(
    workspace: Workspace,
    annotations: Path | None = None,
    documents: Path | None = None,
    target: Path | None = None,
    *,
    method: str | None = None,
    quorum: float | None = None,
    trust: dict[str, float] | None = None,
    partial: bool = False,
) -> MergeResult:
    """Annotations to gold; documents that were seen only in part if ``partial`` is set.

    ``quorum`` and ``trust`` are what voting methods may be told (``toolkit.gold.merge``).
    """
    from toolkit.gold.merge import DEFAULT, Choices, method_for, unseen
    from toolkit.gold.merge import merge as merge_spans
    from toolkit.gold.vote import QUORUM

    method = method or workspace.settings.gold.method
    check_target(workspace, target, workspace.gold, [annotations, documents])
    history = read_annotations(workspace, annotations)
    texts = read_documents(workspace, documents)
    missing = unseen(history, texts)
    if not partial:
        history = [one for one in history if one.doc_id not in missing]
    if method == DEFAULT:
        method = method_for(history, texts)
    choices = Choices(quorum=QUORUM if quorum is None else quorum, trust=trust)
    status: Counter[str] = Counter()
    by_label: Counter[str] = Counter()

    def counted() -> Iterator[GoldDocument]:
        for gold in merge_spans(history, texts, method=method, choices=choices):
            status[gold.status] += 1
            by_label.update(span.label for span in gold.spans)
            yield gold

    records.write_jsonl(target or workspace.gold, counted())
    labels = dict.fromkeys((*_labels(workspace), *sorted(by_label)))
    return MergeResult(
        documents=status.total(),
        spans=by_label.total(),
        method=method,
        status=dict(status),
        by_label={label: by_label[label] for label in labels if by_label[label]},
        unseen=missing,
    )


def export(
    workspace: Workspace,
    *,
    version: str | None = None,
    formats: Sequence[str] = (),
    force: bool = False,
) -> Exported:
    """Gold to a version of the dataset under exports/."""
    from toolkit.datasets.export import export as write

    settings = workspace.settings
    if version is not None:
        check_version(version)
        settings = msgspec.structs.replace(
            settings, export=msgspec.structs.replace(settings.export, version=version)
        )
    gold = read_gold(workspace)
    guidelines = settings.labels.guidelines
    facts: dict[str, Any] = {"inputs": {workspace.gold.name: _sha256(workspace.gold)}}
    if has_annotations(workspace):
        facts["inputs"][workspace.annotations.name] = _sha256(workspace.annotations)
        facts["agreement"] = msgspec.to_builtins(agreement(workspace))
    return write(
        gold,
        workspace.exports / f"{settings.project.name}@{settings.export.version}",
        schema=schema_of(workspace),
        guidelines=workspace.path(guidelines) if guidelines else None,
        settings=settings,
        formats=tuple(formats) or settings.export.formats,
        facts=facts,
        force=force,
    )


def report(workspace: Workspace, made_at: str, target: Path | None = None) -> Path:
    """Every number so far as one HTML page; what is not there yet is said to be missing."""
    from toolkit.report.figures import collect
    from toolkit.report.page import build

    check_target(workspace, target, workspace.report)
    documents = read_documents(workspace)
    annotated = has_annotations(workspace)
    data = collect(
        workspace_name=workspace.settings.project.name,
        notice=workspace.settings.project.notice,
        schema=schema_of(workspace),
        documents=documents.values(),
        suggestions=read_suggestions(workspace).values(),
        annotations=read_annotations(workspace) if annotated else [],
        agreement=msgspec.to_builtins(agreement(workspace)) if annotated else None,
        gold=read_gold(workspace) if workspace.gold.exists() else [],
        made_at=made_at,
    )
    target = target or workspace.report
    records.write_text(target, build(data))
    return target


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
