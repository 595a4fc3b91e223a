"""``check``: what may be wrong with gold, before it is exported."""

from __future__ import annotations

import contextlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from msgspec import Struct

from toolkit import records
from toolkit.errors import SchemaError, UsageError
from toolkit.model import Annotation, GoldDocument
from toolkit.settings import Workspace
from toolkit.spans import check_spans
from toolkit.stages.export import DocumentWords
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
    from toolkit.datasets.checks.finding import Finding, Material
    from toolkit.datasets.checks.surfaces import Surface


Gold = Callable[[], Iterable[GoldDocument]]


class Checked(Struct, frozen=True):
    """What was looked at and found.

    ``findings`` are one a place, sorted by doubt; ``kinds`` counts for each check the findings
    that it has a part in, so that the sum is more than their number where checks met.

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
    watched: Callable[[str], None] | None = None,
) -> Checked:
    """Look gold over.

    Args:
        workspace: whose labels, words and annotations are looked at too.
        gold: ``gold``, a version, a path, or ``-`` for standard input.
        kinds: the checks to make; none for all that need no extra.
        least: doubts under this are left out.
        model: also the check by a model, which needs the extra ``[crf]``.
        watched: is told the address of a dashboard, where there is one.

    Raises:
        UsageError: there is no such check, or ``least`` is no share.
        InputError: the gold can't be read, or the model's package isn't there.
        OffsetError: a span doesn't stand where it says.
    """
    from toolkit.datasets.checks import registry, surfaces
    from toolkit.datasets.checks.places import by_place
    from toolkit.parallel.engines import fitted, open_engine

    if not 0 <= least <= 1:
        raise UsageError(f"a doubt of {least:g} there is none", "Say a number from 0 to 1.")
    asked = list(kinds or registry.WITHOUT_MODEL)
    if model:
        asked.append(registry.BY_MODEL)
    with _readable(workspace, gold) as documents:
        count = spans = characters = 0
        for document in documents():
            check_spans(document.doc_id, document.text, document.spans)
            count += 1
            spans += len(document.spans)
            characters += len(document.text)
        material = _material(workspace, documents, is_current=gold == CURRENT)
        with open_engine(fitted(workspace.settings.parallel, 3 * characters)) as engine:
            if watched and engine.dashboard:
                watched(engine.dashboard)
            found = [
                one
                for one in by_place(registry.find(material, asked, engine.each))
                if one.doubt >= least
            ]
        ambiguous = surfaces.work_list(documents())
    counts = Counter(kind for one in found for kind in one.kinds)
    return Checked(
        documents=count,
        spans=spans,
        kinds={kind: counts[kind] for kind in registry.CHECKS if kind in asked},
        findings=tuple(found),
        surfaces=tuple(ambiguous),
    )


def _material(workspace: Workspace, documents: Gold, *, is_current: bool) -> Material:
    """What is looked at; of gold that isn't the workspace's own, the gold alone."""
    from toolkit.datasets.checks.finding import Material

    return Material(
        gold=documents,
        labels=_labels(workspace),
        words=DocumentWords(workspace),
        annotations=partial(_annotations, workspace) if is_current else tuple,
        suggestions=read_suggestions(workspace) if is_current else {},
    )


def write_findings(workspace: Workspace, findings: Iterable[Finding], target: Path) -> int:
    """Write findings as a table for spreadsheets; returns how many there were."""
    from toolkit.datasets.checks.table import write_csv

    check_target(workspace, target, workspace.report)  # no file of a stage is replaced
    return write_csv(target, findings)


@contextlib.contextmanager
def _readable(workspace: Workspace, name: str) -> Iterator[Gold]:
    """The gold as a stream that can be read again; standard input is kept on disk for it."""
    if name != "-":
        yield partial(read_version, workspace, name)
        return
    with TemporaryDirectory() as folder:
        kept = Path(folder) / "gold.jsonl"
        records.write_jsonl(kept, records.read_jsonl("-", GoldDocument))
        yield partial(records.read_jsonl, kept, GoldDocument)


def _labels(workspace: Workspace) -> tuple[str, ...]:
    try:
        return schema_of(workspace).values
    except SchemaError:
        return ()


def _annotations(workspace: Workspace) -> Sequence[Annotation]:
    if not has_annotations(workspace) or not workspace.documents.exists():
        return ()
    return records.counted_annotations(read_annotations(workspace), read_documents(workspace))
