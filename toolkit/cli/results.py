"""``merge``, ``export``, ``report``: what the labels amount to."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from toolkit.cli import console
from toolkit.cli.options import (
    AnnotationsFile,
    AsJson,
    Debug,
    DocumentsFile,
    EngineName,
    Folder,
    Scheduler,
    Workers,
    refuse_one_stdin_for_several,
    say_dashboard,
    with_engine,
)
from toolkit.errors import UsageError

if TYPE_CHECKING:
    from toolkit.gold.simulate import Simulation
    from toolkit.gold.skills import Share, Skill


_NAMED = 5
"""How many documents a message names."""


def merge(
    annotations: AnnotationsFile = None,
    documents: DocumentsFile = None,
    target: Annotated[
        Path | None, typer.Option("--out", "-o", metavar="GOLD", help="Default: gold.jsonl.")
    ] = None,
    method: Annotated[
        str | None,
        typer.Option(
            help="auto, sequence, sequence-thorough, spans (long spans), dawid-skene, majority, "
            "majority-spans or expert. Default: the workspace's."
        ),
    ] = None,
    quorum: Annotated[
        float | None,
        typer.Option(metavar="SHARE", help="What majority asks for: 0.5, 0.34 …  Default: 0.5."),
    ] = None,
    trust: Annotated[
        str | None,
        typer.Option(
            metavar="NAMES", help="For expert: an order (anna,bo) or weights (anna=3,bo=1)."
        ),
    ] = None,
    partial: Annotated[
        bool, typer.Option("--partial", help="Also documents that were annotated only in part.")
    ] = False,
    reviews: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Decisions that gold follows; default: the workspace's."),
    ] = None,
    simulate: Annotated[
        bool,
        typer.Option(
            "--simulate",
            help="Say what further annotators and reviews would buy, and write nothing.",
        ),
    ] = False,
    skills: Annotated[
        bool, typer.Option("--skills", help="Also what each annotator is like, by label.")
    ] = False,
    engine: EngineName = "",
    workers: Workers = None,
    scheduler: Scheduler = "",
    workspace: Folder = None,
    as_json: AsJson = False,
    debug: Debug = False,
) -> None:
    """Merge annotations into gold.

    Each span carries its confidence and votes. A document is left out until somebody has
    submitted each of its passages: what nobody saw would look like text without entities.

    With ANNOTATIONS of your own and no -o, gold goes to standard output. --simulate writes
    no gold: it tells how much better it would be with one or two more annotators on every
    document, and with some documents reviewed.
    """
    from toolkit.gold.expert import parse_trust
    from toolkit.stages import results as stage
    from toolkit.stages import workspace as files

    refuse_one_stdin_for_several(annotations, documents)
    space = with_engine(files.workspace_or_defaults(workspace), engine, workers, scheduler)
    weights = None if trust is None else parse_trust(trust)
    if simulate:
        with console.progress("Simulating") as progress:
            outlook = stage.simulate(
                space,
                annotations,
                documents,
                method=method,
                quorum=quorum,
                trust=weights,
                reviews=reviews,
                progress=progress,
            )
        _print_simulation(outlook, as_json=as_json)
        return
    if annotations is not None and target is None:
        target = Path("-")
    if skills and str(target) == "-":
        raise UsageError(
            "gold and --skills can't both go to standard output", "Give gold a file with -o."
        )
    result = stage.merge(
        space,
        annotations,
        documents,
        target,
        method=method,
        quorum=quorum,
        trust=weights,
        partial=partial,
        reviews=reviews,
        skills=skills,
        watched=say_dashboard,
    )
    status = ", ".join(f"{count} {name}" for name, count in sorted(result.status.items()))
    summary = (
        f"{console.count(result.documents, 'document')}, "
        f"{console.count(result.spans, 'gold span')} by {result.method}"
        f"{f' ({status})' if status else ''}."
    )
    console.span_counts(summary, result, result.by_label, target=target, as_json=as_json)
    if result.skills is not None and not as_json:
        _show_skills(result.skills)
    _say_unseen(result.unseen, partial=partial)
    if result.reviewed:
        console.say(f"{console.count(result.reviewed, 'span')} decided by review.")
    if "disputed" in result.status:
        console.say(
            "In a disputed document the evidence is thin; "
            "'toolkit show DOC --gold' shows what stands."
        )


def _print_simulation(found: Simulation, *, as_json: bool) -> None:
    if as_json:
        console.json_result(found)
        return
    console.output(
        f"Expected strict F1 of gold by {found.method} against a truth drawn from the fitted "
        f"model; {found.documents:,} of {console.count(found.of, 'document')}, "
        f"{found.draws} draws."
    )
    console.table(
        ["if there were", "annotations", "F1", "95 %", "gain", "95 %"],
        [
            (
                one.work,
                f"+{one.annotations:,}" if one.annotations else "",
                f"{one.f1[0]:.3f}",
                f"{one.f1[1]:.3f} – {one.f1[2]:.3f}",
                *(
                    (f"{one.gain[0]:+.3f}", f"{one.gain[1]:+.3f} – {one.gain[2]:+.3f}")
                    if one.annotations or one.reviews
                    else ("", "")
                ),
            )
            for one in found.outlooks
        ],
    )
    console.say(
        "The levels are the model's belief and too high where annotators share mistakes; "
        "compare the gains (docs/review.md)."
    )


def _show_skills(skills: Sequence[Skill]) -> None:
    """A row for each annotator and label; shares with their 95 % intervals."""
    console.table(
        ["annotator", "label", "spans", "finds", "invents", "shifts", "confuses", "with", "F1"],
        [
            (
                skill.annotator,
                skill.label or "all",
                skill.spans,
                *map(_interval, (skill.finds, skill.invents, skill.shifts, skill.confuses)),
                skill.taken_for or "",
                _interval(skill.f1),
            )
            for skill in skills
        ],
    )
    console.say(
        "Measured against the gold that they made together; intervals are over documents and don't"
        " know how far that gold is off."
    )
    for name in (skill.annotator for skill in skills if not skill.label and not skill.documents):
        console.say(f"note: of {name}'s work nobody else saw any, so nothing is known of it.")


def _interval(share: Share) -> str:
    if share.value is None:
        return "–"
    return f"{share.value:.2f} ({share.low:.2f}–{share.high:.2f})"


def _say_unseen(unseen: dict[str, int], *, partial: bool) -> None:
    """Which documents nobody has seen all of, and what became of them."""
    if not unseen:
        return
    documents = [f"{doc_id} ({characters:,} characters)" for doc_id, characters in unseen.items()]
    console.say(
        f"{'note' if partial else 'left out'}: {console.count(len(documents), 'document')} of"
        f" which nobody has submitted all: {console.named(documents, _NAMED)}."
    )
    if not partial:
        console.say("  --partial takes them too, as if what is missing held no entity.")


def export(
    formats: Annotated[
        list[str] | None, typer.Option("--format", help="May be given several times.")
    ] = None,
    version: Annotated[str | None, typer.Option(help="Default: the workspace's.")] = None,
    nesting: Annotated[
        str | None,
        typer.Option(
            metavar="outermost|innermost", help="Which of overlapping spans a flat format takes."
        ),
    ] = None,
    k_fold: Annotated[
        int | None,
        typer.Option(
            "--k-fold", metavar="N", min=2, help="N equal folds in place of train, dev and test."
        ),
    ] = None,
    names: Annotated[
        bool, typer.Option("--names", help="People by their names, and not as A1, A2 …")
    ] = False,
    force: Annotated[bool, typer.Option("--force", help="Replace that version.")] = False,
    verify: Annotated[
        Path | None,
        typer.Option("--verify", metavar="DIR", help="Recheck an exported folder; write nothing."),
    ] = None,
    engine: EngineName = "",
    workers: Workers = None,
    scheduler: Scheduler = "",
    workspace: Folder = None,
    as_json: AsJson = False,
    debug: Debug = False,
) -> None:
    """Write gold as a dataset.

    Makes exports/<name>@<version>/ with splits, card, leakage report and manifest. Documents keep
    the split that an earlier version gave them (splits.jsonl); near-duplicates stay together.
    --k-fold makes a version of its own, <version>-Nfold. --verify rechecks every hash and every
    span of a folder that was exported; exit status 1 if anything differs.
    """
    if verify is not None:
        _verify(verify, as_json=as_json)
        return
    from toolkit.settings import open_workspace
    from toolkit.stages import export as stage

    space = with_engine(open_workspace(workspace), engine, workers, scheduler)
    result = stage.export(
        space,
        version=version,
        formats=formats or (),
        nesting=nesting,
        k_fold=k_fold,
        names=names,
        force=force,
        watched=say_dashboard,
    )
    if as_json:
        console.json_result(result)
        return
    console.output(f"{result.folder}{' was there already, unchanged' * result.unchanged}")
    console.table(
        ["split", "documents", "spans"],
        [(split, count, result.spans[split]) for split, count in result.documents.items()],
    )
    for name, count in result.lost.items():
        console.say(f"note: {name} can't hold {console.count(count, 'span')}; see lost_spans.csv.")
    if result.moved:
        console.say(
            f"note: {console.count(result.moved, 'document')} moved to another split than in an "
            "earlier version; leakage.json names them."
        )
    if result.shared:
        console.say(
            f"note: {console.count(result.shared, 'group')} of near-duplicates "
            "on two sides; leakage.json names them. 'toolkit ingest' gives them a common group."
        )


def _verify(folder: Path, *, as_json: bool) -> None:
    from toolkit.datasets.verify import verify

    result = verify(folder)
    if as_json:
        console.json_result(result)
    else:
        for problem in result.problems:
            console.output(f"problem: {problem}")
        verdict = f"{len(result.problems)} problems" if result.problems else "all as exported"
        console.output(
            f"{result.folder}: {console.count(result.files, 'file')}, "
            f"{console.count(result.spans, 'span')} read back in all formats; {verdict}."
        )
    if result.problems:
        sys.exit(1)


def report(
    target: Annotated[
        Path | None, typer.Option("--out", "-o", metavar="HTML", help="Default: in exports/.")
    ] = None,
    workspace: Folder = None,
    as_json: AsJson = False,
    debug: Debug = False,
) -> None:
    """Write every number so far as one HTML page.

    It needs no network to be read. --json also gives the figures of what suggestions do to
    annotators, by the passages that showed none: time saved, wrong suggestions kept, missing
    ones overlooked.
    """
    from toolkit.settings import open_workspace
    from toolkit.stages import results as stage

    space = open_workspace(workspace)
    made_at = datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC")
    reported = stage.report(space, made_at, target)
    if as_json:
        console.json_result(reported)
    else:
        console.output(str(reported.report))
