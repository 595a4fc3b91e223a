"""Annotations to agreement and gold, everything to a report."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast, get_args

import msgspec
from msgspec import Struct

from toolkit import records
from toolkit.each import Each, in_turn
from toolkit.errors import InputError, RuleError, SchemaError, UsageError
from toolkit.model import GoldDocument
from toolkit.settings import FILE_NAME, Workspace
from toolkit.stages.workspace import (
    Progress,
    check_target,
    has_annotations,
    read_annotations,
    read_documents,
    read_gold,
    read_reviews,
    read_suggestions,
    schema_of,
    silent,
    stream_annotations,
    stream_documents,
)

if TYPE_CHECKING:
    from toolkit.agreement.anchoring import Anchoring
    from toolkit.agreement.breakdown import AgreementReport
    from toolkit.gold.simulate import Simulation
    from toolkit.gold.skills import Skill
    from toolkit.stages.merging import Corpus


class Asked(Struct, frozen=True):
    """What ``agreement`` was asked for.

    See ``agreement.breakdown.Wanted`` and ``agreement.counting.Counting``. ``groups`` are
    written ``A+B=AB``.
    """

    by: tuple[str, ...] = ()
    compared: tuple[str, str] | None = None
    against: Path | None = None
    trim: bool = False
    groups: tuple[str, ...] = ()
    nested: str = "all"
    gamma: bool = False
    gamma_documents: int | None = None


def agreement(
    workspace: Workspace,
    annotations: Path | None = None,
    documents: Path | None = None,
    asked: Asked | None = None,
    *,
    watched: Callable[[str], None] | None = None,
) -> AgreementReport:
    """Agreement of the annotations, with the workspace's bootstrap settings.

    γ, groups (``by``) and another set to compare with need all records in memory; all else
    is counted in portions, of very many where ``[parallel]`` says. ``watched`` is told the
    address of a dashboard, if there is one.

    Raises:
        UsageError: what was asked for doesn't exist.
        InputError: annotations and documents can't be read or don't fit.
    """
    from toolkit.agreement.breakdown import Wanted
    from toolkit.agreement.breakdown import agreement as measure
    from toolkit.agreement.counting import Counting, NestedSpans, read_groups
    from toolkit.agreement.gamma import GammaSettings
    from toolkit.stages import agreeing

    asked = asked or Asked()
    if asked.nested not in get_args(NestedSpans):
        raise UsageError(
            f"there is no {asked.nested!r} of nested spans",
            f"Say {', '.join(get_args(NestedSpans))}.",
        )
    settings = workspace.settings.agreement
    _refuse_texts_missing(workspace, annotations, documents)
    labels = _labels(workspace)
    counting = Counting(asked.trim, read_groups(asked.groups), cast("NestedSpans", asked.nested))
    if not (asked.by or asked.against or asked.gamma):
        return agreeing.agreement(
            stream_annotations(workspace, annotations),
            stream_documents(workspace, documents),
            documents or workspace.documents,
            agreeing.Work(labels, counting),
            settings=workspace.settings,
            watched=watched,
        )
    return measure(
        read_annotations(workspace, annotations),
        read_documents(workspace, documents),
        labels=labels,
        counting=counting,
        wanted=Wanted(
            by=asked.by,
            compared=asked.compared,
            against=read_annotations(workspace, asked.against) if asked.against else None,
            gamma=GammaSettings(seed=settings.seed) if asked.gamma else None,
            gamma_documents=asked.gamma_documents,
        ),
        samples=settings.samples,
        seed=settings.seed,
    )


def _refuse_texts_missing(
    workspace: Workspace, annotations: Path | None, documents: Path | None
) -> None:
    """Annotations that were made elsewhere have their texts elsewhere too."""
    if annotations is not None and documents is None and not workspace.documents.exists():
        raise InputError(
            f"{workspace.root} has no documents for {annotations}",
            'Name a file of {"id", "text"} lines with --documents.',
        )


def _labels(workspace: Workspace) -> tuple[str, ...]:
    """The schema's labels, to order tables by; researchers' own data may do without one."""
    if not (workspace.root / FILE_NAME).is_file():
        return ()
    try:
        return schema_of(workspace).values
    except SchemaError:
        return ()


class MergeResult(Struct, frozen=True):
    """What ``merge`` did; ``status`` counts documents, ``by_label`` spans.

    ``unseen`` are the documents that were annotated only in part, with the number of
    characters that nobody saw; they are left out, unless they were asked for. ``reviewed``
    spans were decided by a reviewer. ``skills``
    say what the annotators are like (``toolkit.gold.skills``), null where nobody asked.
    """

    documents: int
    spans: int
    method: str
    status: dict[str, int]
    by_label: dict[str, int]
    unseen: dict[str, int]
    reviewed: int = 0
    skills: tuple[Skill, ...] | None = None


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
    reviews: Path | None = None,
    skills: bool = False,
    watched: Callable[[str], None] | None = None,
) -> MergeResult:
    """Annotations to gold; documents that were seen only in part if ``partial`` is set.

    ``quorum`` and ``trust`` are what voting methods may be told (``toolkit.gold.methods``).
    ``reviews`` are decisions that gold has to follow; the workspace's own where its own
    annotations are merged.
    Gold of the workspace that nobody annotated here was imported, and stays.
    With ``skills`` also what gold says of its annotators. Where very many documents are merged
    is what ``[parallel]`` says; ``watched`` is told the address of a dashboard, if there is one.
    """
    import tempfile

    from toolkit.gold.methods import Choices, check_method
    from toolkit.gold.skills import Skills
    from toolkit.gold.vote import QUORUM
    from toolkit.parallel.engines import fitted, open_engine
    from toolkit.stages.merging import Corpus, Sums, Way, in_batches

    method = method or workspace.settings.gold.method
    check_method(method)
    check_target(workspace, target, workspace.gold, [annotations, documents, reviews])
    _refuse_texts_missing(workspace, annotations, documents)
    decisions = read_reviews(workspace, reviews) if reviews or annotations is None else []
    way = Way(
        method,
        Choices(quorum=QUORUM if quorum is None else quorum, trust=trust),
        partial,
        frozenset(one.annotator for one in decisions),
    )
    with ExitStack() as stack:
        corpus = Corpus(
            Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="toolkit-merge-"))),
            stream_documents(workspace, documents),
            documents or workspace.documents,
            stream_annotations(workspace, annotations),
            decisions,
        )
        each: Each = in_turn
        if not corpus.is_small:
            settings = fitted(workspace.settings.parallel, corpus.size)
            engine = stack.enter_context(open_engine(settings))
            each = engine.each
            if watched and engine.dashboard:
                watched(engine.dashboard)
        merging = corpus.merging(way, each)
        sums = Sums(Skills([], {}) if skills else None)
        own = annotations is None and target is None
        before = in_batches(_imported(workspace, corpus), way) if own else ()
        lines = sums.lines(chain(merging.portions, before))
        records.write_jsonl(target or workspace.gold, lines)
    labels = dict.fromkeys((*_labels(workspace), *sorted(sums.by_label)))
    drawing = workspace.settings.agreement
    return MergeResult(
        documents=sums.status.total(),
        spans=sums.by_label.total(),
        method=merging.method,
        status=dict(sums.status),
        by_label={label: sums.by_label[label] for label in labels if sums.by_label[label]},
        unseen=sums.unseen,
        reviewed=sums.reviewed,
        skills=None
        if sums.skills is None
        else tuple(sums.skills.table(samples=drawing.samples, seed=drawing.seed)),
    )


def _imported(workspace: Workspace, corpus: Corpus) -> Iterator[GoldDocument]:
    """The workspace's gold of documents without any annotation, each once."""
    taken: set[str] = set()
    if workspace.gold.exists():
        for gold in read_gold(workspace):
            if gold.doc_id not in taken and not corpus.annotated(gold.doc_id):
                taken.add(gold.doc_id)
                yield gold


def simulate(
    workspace: Workspace,
    annotations: Path | None = None,
    documents: Path | None = None,
    *,
    method: str | None = None,
    quorum: float | None = None,
    trust: dict[str, float] | None = None,
    reviews: Path | None = None,
    progress: Progress = silent,
) -> Simulation:
    """What further annotators and reviews would make of the gold; arguments as of ``merge``.

    Documents that were annotated only in part count with what was seen of them.
    """
    from toolkit.gold.merge import cases_of
    from toolkit.gold.methods import DEFAULT, Choices, method_for
    from toolkit.gold.simulate import simulate as foresee
    from toolkit.gold.vote import QUORUM

    history = read_annotations(workspace, annotations)
    texts = read_documents(workspace, documents)
    method = method or workspace.settings.gold.method
    return foresee(
        history,
        texts,
        method=method_for(cases_of(history, texts)) if method == DEFAULT else method,
        choices=Choices(quorum=QUORUM if quorum is None else quorum, trust=trust),
        reviews=read_reviews(workspace, reviews) if reviews or annotations is None else [],
        seed=workspace.settings.agreement.seed,
        progress=progress,
    )


def anchoring(workspace: Workspace) -> Anchoring:
    """What suggestions do to annotators, by the passages that showed none.

    Raises:
        InputError: nothing was pulled yet, or what was doesn't fit the documents.
    """
    from toolkit.agreement.anchoring import anchoring as measure

    settings = workspace.settings.agreement
    return measure(
        read_annotations(workspace),
        read_documents(workspace),
        read_suggestions(workspace),
        {gold.doc_id: gold for gold in _decided_gold(workspace)},
        samples=settings.samples,
        seed=settings.seed,
    )


def _decided_gold(workspace: Workspace) -> Iterator[GoldDocument]:
    """Gold in which somebody decided; a merge of the annotations can't judge them."""
    from toolkit.gold.methods import METHODS

    if workspace.gold.exists():
        merged = {*METHODS, "single", ""}
        for gold in read_gold(workspace):
            if any(span.decided_by not in merged for span in gold.spans):
                yield gold


class Reported(Struct, frozen=True):
    """What ``report`` wrote, and the figures on it that no other command gives."""

    report: Path
    anchoring: Anchoring | None


def report(workspace: Workspace, made_at: str, target: Path | None = None) -> Reported:
    """Every number so far as one HTML page; what is not there yet is said to be missing."""
    from toolkit.report.figures import collect
    from toolkit.report.page import build

    check_target(workspace, target, workspace.report)
    documents = read_documents(workspace)
    annotated = has_annotations(workspace)
    effects = anchoring(workspace) if annotated else None
    data = collect(
        workspace_name=workspace.settings.project.name,
        notice=workspace.settings.project.notice,
        schema=schema_of(workspace),
        documents=documents.values(),
        suggestions=read_suggestions(workspace).values(),
        annotations=read_annotations(workspace) if annotated else [],
        scores=_scores(workspace, annotated=annotated),
        agreement=msgspec.to_builtins(agreement(workspace)) if annotated else None,
        gold=read_gold(workspace) if workspace.gold.exists() else [],
        made_at=made_at,
        anchoring=msgspec.to_builtins(effects) if effects else None,
    )
    target = target or workspace.report
    records.write_text(target, build(data))
    return Reported(target, effects)


def _scores(workspace: Workspace, *, annotated: bool) -> dict[str, Any] | str:
    """What became of the rules' suggestions, best told by gold; or why that can't be told."""
    from toolkit.stages.scoring import score

    if not annotated and not workspace.gold.exists():
        return "Nobody has annotated yet."
    try:
        found = score(workspace, "gold" if workspace.gold.exists() else "annotations")
    except (InputError, RuleError) as error:
        return f"The rules can't be scored: {error.what}."
    plain: dict[str, Any] = msgspec.to_builtins(found)
    plain["work"] = [
        {**row, "left": one.left} for row, one in zip(plain["work"], found.work, strict=True)
    ]
    return plain
