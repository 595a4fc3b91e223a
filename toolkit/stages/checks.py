"""``check``: what may be wrong with gold, before it is exported."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct

from toolkit import records
from toolkit.errors import SchemaError, UsageError
from toolkit.model import Annotation, GoldDocument
from toolkit.settings import Workspace
from toolkit.spans import check_spans
from toolkit.stages.results import DocumentWords
from toolkit.stages.versions import CURRENT, read_version
from toolkit.stages.workspace import (
    check_target,
    has_annotations,
    read_annotations,
    read_documents,
    read_suggestions,
    schema_of,
)

if TYPE_CHECKING:
    from toolkit.datasets.checks.finding import Finding
    from toolkit.datasets.checks.passages import DoubtfulPassage
    from toolkit.datasets.checks.surfaces import Surface


class Checked(Struct, frozen=True):
    """What was looked at and found; ``findings`` are sorted by doubt, ``kinds`` counts them.

    ``surfaces`` are the texts with several labels, those first whose settling brings most.
    """

    documents: int
    spans: int
    kinds: dict[str, int]
    findings: tuple[Finding, ...]
    surfaces: tuple[Surface, ...]


def check(
    workspace: Workspace,
    gold: str = CURRENT,
    *,
    kinds: Sequence[str] = (),
    least: float = 0.0,
    model: bool = False,
) -> Checked:
    """Look gold over.

    Args:
        workspace: whose labels, words and annotations are looked at too.
        gold: ``gold``, a version, a path, or ``-`` for standard input.
        kinds: the checks to make; none for all that need no extra.
        least: doubts under this are left out.
        model: also the check by a model, which needs the extra ``[crf]``.

    Raises:
        UsageError: there is no such check, or ``least`` is no share.
        InputError: the gold can't be read, or the model's package isn't there.
        OffsetError: a span doesn't stand where it says.
    """
    from toolkit.datasets.checks import registry, surfaces
    from toolkit.datasets.checks.finding import Material

    if not 0 <= least <= 1:
        raise UsageError(f"a doubt of {least:g} there is none", "Say a number from 0 to 1.")
    documents = list(_sound(_gold(workspace, gold)))
    asked = list(kinds or registry.WITHOUT_MODEL)
    if model:
        asked.append(registry.BY_MODEL)
    material = Material(
        gold=lambda: documents,
        labels=_labels(workspace),
        words=DocumentWords(workspace),
        annotations=lambda: _annotations(workspace) if gold == CURRENT else (),
        suggestions=read_suggestions(workspace) if gold == CURRENT else {},
    )
    found = [one for one in registry.find(material, asked) if one.doubt >= least]
    found.sort(key=registry.by_doubt)
    counts = Counter(one.kind for one in found)
    return Checked(
        documents=len(documents),
        spans=sum(len(document.spans) for document in documents),
        kinds={kind: counts[kind] for kind in registry.CHECKS if kind in asked},
        findings=tuple(found),
        surfaces=tuple(surfaces.work_list(documents)),
    )


def doubtful_passages(workspace: Workspace, findings: Iterable[Finding]) -> list[DoubtfulPassage]:
    """The workspace's passages that the findings lie in, for a review, the worst first."""
    from toolkit.datasets.checks.passages import doubtful_passages as passages_in_doubt
    from toolkit.stages.corpus import passages_of

    return passages_in_doubt(passages_of(workspace, read_documents(workspace)), findings)


def write_findings(workspace: Workspace, findings: Iterable[Finding], target: Path) -> int:
    """Write findings as a table for spreadsheets; returns how many there were."""
    from toolkit.datasets.checks.table import write_csv

    check_target(workspace, target, workspace.report)  # no file of a stage is replaced
    return write_csv(target, findings)


def _gold(workspace: Workspace, name: str) -> Iterable[GoldDocument]:
    if name == "-":
        return records.read_jsonl("-", GoldDocument)
    return read_version(workspace, name)


def _sound(gold: Iterable[GoldDocument]) -> Iterator[GoldDocument]:
    for document in gold:
        check_spans(document.doc_id, document.text, document.spans)
        yield document


def _labels(workspace: Workspace) -> tuple[str, ...]:
    try:
        return schema_of(workspace).values
    except SchemaError:
        return ()


def _annotations(workspace: Workspace) -> Sequence[Annotation]:
    if not has_annotations(workspace) or not workspace.documents.exists():
        return ()
    return records.counted_annotations(read_annotations(workspace), read_documents(workspace))
