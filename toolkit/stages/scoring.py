"""What people did to the rules' suggestions: scorecard, editing work, calibrated scores."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import msgspec
from msgspec import Struct

from toolkit import records
from toolkit.errors import InputError
from toolkit.model import Document, GoldDocument
from toolkit.rules.calibration import (
    Reliability,
    as_taught,
    calibrate,
    held_out,
    reliability,
)
from toolkit.rules.cost import EditingWork, editing_work, thresholds
from toolkit.rules.engine import Engine
from toolkit.rules.outcomes import Judgement, against_annotation, against_gold
from toolkit.rules.pack import Pack
from toolkit.rules.scorecard import RuleScore, Scoring
from toolkit.settings import Workspace
from toolkit.stages.calibrated import Calibration, Truth, read_calibration
from toolkit.stages.workspace import (
    Progress,
    pack_of,
    read_annotations,
    read_documents,
    read_suggestions,
    silent,
)

TRUTHS: tuple[Truth, ...] = get_args(Truth)


class ScoreResult(Struct, frozen=True):
    """What became of the suggestions.

    ``texts`` counts gold documents, or annotated passages; ``passed_over`` annotations
    that were made on other suggestions than today's or on none. ``reliability`` is that of
    the scores as they are, ``calibrated`` that of scores taught by other documents, null
    where there are fewer than two. ``thresholds`` are the least scores to show, by label,
    for the least editing; they are about the scores that ``preannotate`` gives next.
    """

    model_version: str
    truth: Truth
    texts: int
    passed_over: int
    rules: tuple[RuleScore, ...]
    work: tuple[EditingWork, ...]
    reliability: Reliability
    calibrated: Reliability | None
    thresholds: dict[str, float]


def score(
    workspace: Workspace,
    truth: Truth = "gold",
    source: Path | None = None,
    *,
    write_calibration: bool = False,
    progress: Progress = silent,
) -> ScoreResult:
    """Compare the workspace's rules with what people decided.

    Against gold, today's rules run over the gold documents; against annotations, the
    suggestions that annotators were shown are compared with what they made of them.

    Args:
        workspace: whose rule packs are scored.
        truth: gold or annotations.
        source: the file to read it from; default: the workspace's.
        write_calibration: keep calibrated scores for ``preannotate`` in calibration.json.
        progress: told of each text.

    Raises:
        InputError: there is nothing to compare with.
    """
    pack = pack_of(workspace)
    scoring, judgements, passed_over = Scoring(), list[Judgement](), 0
    if truth == "gold":
        for judgement in _on_gold(workspace, source, pack, scoring):
            judgements.append(judgement)
            progress(len(judgements), 0)
    else:
        judgements, passed_over = _on_annotations(workspace, source, scoring)
    if not judgements:
        raise InputError(
            f"no {truth} that was made on suggestions of these rules",
            "Run 'toolkit preannotate' and 'push' before people annotate.",
        )
    judged = [judgement.judged for judgement in judgements]
    flat = [one for those in judged for one in those]
    authored = {rule.id: rule.score for rule in pack.rules if rule.kind != "veto"}
    taught = Calibration(pack.model_version, truth, len(judgements), calibrate(flat, authored))
    # What annotators were shown has the scores that hold; today's rules have their authors'.
    holds = taught if write_calibration else truth == "gold" and read_calibration(workspace)
    result = ScoreResult(
        model_version=pack.model_version,
        truth=truth,
        texts=len(judgements),
        passed_over=passed_over,
        rules=tuple(scoring.scores()),
        work=tuple(editing_work(judgements)),
        reliability=reliability(flat),
        calibrated=reliability(held_out(judged, authored)) if len(judged) > 1 else None,
        thresholds=thresholds(as_taught(flat, holds.rules) if holds else flat),
    )
    if write_calibration:
        content = msgspec.json.format(msgspec.json.encode(taught), indent=1)
        records.write_text(workspace.calibration, content.decode() + "\n")
    return result


def _on_gold(
    workspace: Workspace, source: Path | None, pack: Pack, scoring: Scoring
) -> Iterator[Judgement]:
    engine = Engine(pack)
    path = source or workspace.gold
    if not path.exists():
        raise InputError(f"{workspace.root} has no gold yet", "Make it with 'toolkit merge'.")
    for gold in records.read_jsonl(path, GoldDocument):
        document = Document(gold.doc_id, gold.text, meta=gold.meta)
        judgement = against_gold(engine.suggest(document).spans, gold.spans)
        scoring.add(judgement, engine.candidates(document))
        yield judgement


def _on_annotations(
    workspace: Workspace, source: Path | None, scoring: Scoring
) -> tuple[list[Judgement], int]:
    documents = read_documents(workspace)
    suggestions = read_suggestions(workspace)
    judgements, passed_over = [], 0
    for annotation in records.counted_annotations(read_annotations(workspace, source), documents):
        suggestion = suggestions.get(annotation.doc_id)
        if suggestion is None or annotation.suggested != suggestion.model_version:
            passed_over += 1
            continue
        end = len(documents[annotation.doc_id].text) if annotation.end is None else annotation.end
        shown = [span for span in suggestion.spans if annotation.start <= span.start < end]
        judgements.append(against_annotation(shown, annotation.spans))
        scoring.add(judgements[-1])
    return judgements, passed_over
