"""``preannotate`` and ``rules``: what the rules propose, and what became of it."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from toolkit.cli import console
from toolkit.cli.options import (
    AsJson,
    Debug,
    EngineName,
    Folder,
    Scheduler,
    Workers,
    say_dashboard,
    say_put_aside,
    with_engine,
)
from toolkit.errors import UsageError

if TYPE_CHECKING:
    from toolkit.rules.calibration import Reliability
    from toolkit.rules.cost import EditingWork
    from toolkit.rules.explain import Explanation
    from toolkit.rules.scorecard import RuleScore
    from toolkit.stages.calibrated import Truth
    from toolkit.stages.scoring import ScoreResult

Against = Annotated[
    str, typer.Option("--against", metavar="gold|annotations", help="Whom to compare with.")
]
TruthFile = Annotated[
    Path | None,
    typer.Argument(metavar="FILE", help="Gold or annotations; default: the workspace's."),
]

_SCORE_COLUMNS = (
    *("rule", "label", "spans", "kept", "moved", "relabelled", "removed"),
    *("precision", "95 % interval", "candidates", "overlaps", "conflicts", "only it"),
)


def preannotate(
    source: Annotated[
        str | None,
        typer.Argument(
            metavar="IN",
            help="Documents: a file, a folder or glob of parts, an address (s3://…); - for stdin.",
        ),
    ] = None,
    target: Annotated[
        str | None,
        typer.Argument(
            metavar="OUT", help="Suggestions: a file, or a folder/ of parts; - for stdout."
        ),
    ] = None,
    engine: EngineName = "",
    workers: Workers = None,
    scheduler: Scheduler = "",
    workspace: Folder = None,
    as_json: AsJson = False,
    debug: Debug = False,
) -> None:
    """Let the rules propose spans.

    Reads documents.jsonl, writes suggestions.jsonl.

    IN may be as little as {"id", "text"} a line; then OUT is standard output by default.
    Exit status 1 if a document could not be worked on; the others are done all the same.
    """
    from toolkit.stages import rules as stage
    from toolkit.stages import workspace as files

    space = with_engine(files.workspace_or_defaults(workspace), engine, workers, scheduler)
    if source is not None and target is None:
        target = "-"
    with console.progress("Documents read", in_bytes=True) as progress:
        result = stage.preannotate(space, source, target, progress=progress, watched=say_dashboard)
    console.say_each("note", result.warnings)
    if result.hidden:
        console.say(
            f"{console.count(result.hidden, 'span')} of these below [rules.thresholds]: "
            "annotators won't be shown them"
        )
    summary = (
        f"{console.count(result.spans, 'span')} in {console.count(result.documents, 'document')}"
        f" by {result.model_version}."
    )
    console.span_counts(
        summary,
        result,
        result.by_label,
        target=Path(target) if target else None,
        as_json=as_json,
    )
    if result.put_aside:
        say_put_aside(result.put_aside, target or "")
        sys.exit(1)
    if source is None and target != "-" and not as_json:
        console.say("Next: 'toolkit show DOC' shows them, 'toolkit serve' and 'push' send them.")


def check(
    packs: Annotated[
        list[str] | None, typer.Argument(metavar="PACK", help="Default: the workspace's.")
    ] = None,
    workspace: Folder = None,
    as_json: AsJson = False,
    debug: Debug = False,
) -> None:
    """Test each rule against its own examples.

    Exit status 1 if an example is missed or a counter-example found.
    """
    from toolkit.rules.check import check_pack
    from toolkit.stages import workspace as files

    space = files.workspace_or_defaults(workspace)
    pack = files.pack_of(space, packs)
    failures = check_pack(pack)
    console.say_each("note", pack.warnings)
    if as_json:
        console.json_result(
            {"pack": pack.model_version, "rules": len(pack.rules), "failures": failures}
        )
    else:
        for failure in failures:
            console.output(
                f"{failure.where}: rule {failure.rule}: example {failure.example!r}: {failure.what}"
            )
        verdict = f"{len(failures)} examples fail" if failures else "all examples hold"
        console.output(f"{pack.model_version}: {len(pack.rules)} rules, {verdict}.")
    if failures:
        sys.exit(1)


def explain(
    name: Annotated[str, typer.Argument(metavar="DOC", help="Id, its beginning, or file name.")],
    html: Annotated[
        Path | None, typer.Option("--html", metavar="FILE", help="Write a page instead.")
    ] = None,
    workspace: Folder = None,
    as_json: AsJson = False,
    debug: Debug = False,
) -> None:
    """Show why each span of a document is proposed.

    Its rule and score, its words with their parts of speech, which rules agreed, and the
    candidates that it beat.
    """
    from toolkit.settings import open_workspace
    from toolkit.stages import rules as stage
    from toolkit.stages import workspace as files

    space = open_workspace(workspace)
    document = files.find_document(space, name)
    explanations = stage.explain(space, document)
    if html is not None:
        stage.write_explanation(space, document, explanations, html)
        console.say(f"{html} is written.")
    if as_json:
        console.json_result({"document": document.id, "explanations": explanations})
    elif html is None:
        for one in explanations:
            _print_explanation(one)
        console.output(f"{console.count(len(explanations), 'span')} in {document.id}.")


def _print_explanation(one: Explanation) -> None:
    span = one.span
    value = f"  = {span.value}" if span.value else ""
    console.output(
        f"{span.start}-{span.end}  {_shown(span.text)}  {span.label}{value}\n"
        f"    {span.rule} {span.score:.2f}: {one.why}\n"
        f"    words: {' '.join(f'{_shown(word.text)}/{word.tag}' for word in one.words)}"
    )
    if one.origins:
        sources = "  ".join(
            f"{_shown(part.text)} {'/'.join((*part.labels, f'{part.start}-{part.end}'))}"
            for part in one.origins
        )
        console.output(f"    from: {sources}")
    if one.agreed:
        rules = ", ".join(f"{other.rule} {other.score:.2f}" for other in one.agreed)
        console.output(f"    agreed: {rules}")
    for other in one.beaten:
        console.output(
            f"    beat: {_shown(other.text)} {other.label} by {other.rule} {other.score:.2f}"
        )


def _shown(text: str | None) -> str:
    return (text or "").replace("\n", "⏎")


def score(
    source: TruthFile = None,
    against: Against = "gold",
    calibrate: Annotated[
        bool, typer.Option("--calibrate", help="Keep calibrated scores for 'preannotate'.")
    ] = False,
    workspace: Folder = None,
    as_json: AsJson = False,
    debug: Debug = False,
) -> None:
    """Show what became of each rule's spans.

    Against gold: today's rules on the gold documents. Against annotations: what each
    annotator did to the suggestions that they were shown.
    """
    result = _score(source, against, workspace, calibrate=calibrate)
    if as_json:
        console.json_result(result)
        return
    console.output(f"{result.model_version} against {result.truth} of {_texts(result)}.")
    if result.passed_over:
        console.output(
            f"{console.count(result.passed_over, 'annotation')} passed over: made on other "
            "suggestions, or on none."
        )
    console.table(_SCORE_COLUMNS, [_score_row(row) for row in result.rules])
    _print_work(result.work)
    _print_reliability("scores as they are", result.reliability)
    if result.calibrated is not None:
        _print_reliability("calibrated on other texts", result.calibrated)
    hidden = {label: least for label, least in result.thresholds.items() if least}
    if hidden:
        console.output(
            "For the least editing, toolkit.toml could say, for the next push:\n\n"
            "[rules.thresholds]"
        )
        for label, least in hidden.items():
            console.output(f"{label} = {least:.2f}")
    if calibrate:
        console.say("calibration.json is written. Next: 'toolkit preannotate' uses it.")


def cost(
    source: TruthFile = None,
    against: Against = "gold",
    workspace: Folder = None,
    as_json: AsJson = False,
    debug: Debug = False,
) -> None:
    """Count the editing work that suggestions leave.

    It stands beside the work of starting from blank. Drawing, removing and relabelling a
    span is one action each, moving it two.
    """
    result = _score(source, against, workspace, calibrate=False)
    if as_json:
        console.json_result(
            {"model_version": result.model_version, "truth": result.truth, "work": result.work}
        )
        return
    console.output(f"{result.model_version} against {result.truth} of {_texts(result)}.")
    _print_work(result.work)


def learn(
    source: Annotated[
        Path | None, typer.Argument(metavar="GOLD", help="Default: the workspace's gold.jsonl.")
    ] = None,
    target: Annotated[
        Path | None,
        typer.Option("-o", "--output", metavar="DIR", help="Default: rules/learned."),
    ] = None,
    workspace: Folder = None,
    as_json: AsJson = False,
    debug: Debug = False,
) -> None:
    """Propose rules from gold, as a pack to read.

    Names, vetoes, endings of names and what stands beside them, each with the places that
    speak for it. Only what lowers the editing work on documents held out is proposed. Read the
    pack, edit it, and name it in [rules] packs.
    """
    from toolkit.settings import open_workspace
    from toolkit.stages import learning as stage

    space = open_workspace(workspace)
    with console.progress("Learning") as progress:
        result = stage.learn(space, source, target, progress=progress)
    if as_json:
        console.json_result(result)
        return
    console.table(
        ["kind", "label", "estimate asked for", "actions saved", "right", "wrong"],
        [
            (one.kind, one.label, f"{one.least:.2f}", one.saved, one.right, one.wrong)
            for one in result.held_out
            if one.least <= 1 and one.right + one.wrong
        ],
        title="in documents held out",
    )
    if not result.rules:
        console.output(
            f"{console.count(result.documents, 'document')} teach nothing that would save work; "
            "nothing is written."
        )
        return
    entries = ", ".join(f"{number} {kind}" for kind, number in result.entries.items())
    console.output(
        f"{result.folder}: {console.count(result.rules, 'rule')} with {entries}, from "
        f"{console.count(result.documents, 'document')}; {result.rejected} refused."
    )
    before, after = result.expected.before, result.expected.after
    console.output(
        "On documents that didn't teach it, by cross-validation, the whole pack changes strict F1 "
        f"from {before.f1:.3f} to {after.f1:.3f} ({100 * (after.f1 - before.f1):+.1f} points) and "
        f"the editing work from {before.work} to {after.work} actions."
    )
    if after.work >= before.work:
        console.say("note: it saves no work there; more gold may teach more")
    names = ", ".join(f'"{name}"' for name in (*result.packs, result.folder))
    console.say(f"Next: read it, and name it in toolkit.toml: [rules] packs = [{names}]")


def _score(
    source: Path | None, against: str, workspace: Path | None, *, calibrate: bool
) -> ScoreResult:
    from toolkit.settings import open_workspace
    from toolkit.stages import scoring as stage

    truths: dict[str, Truth] = {truth: truth for truth in stage.TRUTHS}
    if against not in truths:
        raise UsageError(f"--against {against!r} is none of {', '.join(truths)}")
    space = open_workspace(workspace)
    with console.progress("Comparing") as progress:
        return stage.score(
            space, truths[against], source, write_calibration=calibrate, progress=progress
        )


def _texts(result: ScoreResult) -> str:
    what = "document" if result.truth == "gold" else "annotated passage"
    return console.count(result.texts, what)


def _score_row(row: RuleScore) -> tuple[object, ...]:
    precision = "" if row.precision is None else f"{row.precision:.2f}"
    between = "" if row.interval is None else "{:.2f} – {:.2f}".format(*row.interval)
    counts = (row.suggested, row.kept, row.boundary, row.relabelled, row.removed)
    rivals = (row.candidates, row.overlaps, row.conflicts, row.only_it)
    return (row.rule, row.label, *counts, precision, between, *rivals)


def _print_work(work: tuple[EditingWork, ...]) -> None:
    console.table(
        ["label", "from blank", "left", "share", "draw", "relabel", "move", "remove"],
        [
            (
                row.label or "all",
                row.blank,
                row.left,
                "" if row.share is None else f"{row.share:.0%}",
                *(row.drawn, row.relabelled, row.moved, row.removed),
            )
            for row in work
        ],
        title="editing work, in actions",
    )


def _print_reliability(title: str, found: Reliability) -> None:
    console.table(
        ["score", "spans", "mean score", "right"],
        [
            (f"{b.low:.1f} – {b.high:.1f}", b.spans, f"{b.score:.2f}", f"{b.right:.2f}")
            for b in found.bins
        ],
        title=f"{title}: expected calibration error {found.error:.3f}",
    )
