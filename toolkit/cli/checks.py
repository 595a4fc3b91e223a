"""``check``: what may be wrong with gold."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import msgspec
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
    with_engine,
)
from toolkit.errors import UsageError

if TYPE_CHECKING:
    from toolkit.settings import Workspace
    from toolkit.stages.checks import Checked
    from toolkit.studio.review import ReviewPushed

_SHOWN = 20
"""How many findings and texts are printed; --json and --csv have them all."""

_TEXT_SHOWN = 30
"""Characters of a finding's text on the terminal."""


def check(
    gold: Annotated[
        str, typer.Argument(metavar="GOLD", help="gold, 0.1.0, a file, or - for stdin.")
    ] = "gold",
    only: Annotated[
        list[str] | None, typer.Option("--only", metavar="KIND", help="Repeatable; default: all.")
    ] = None,
    least: Annotated[
        float, typer.Option("--least", metavar="DOUBT", help="Leave lesser doubts out; 0 to 1.")
    ] = 0.0,
    model: Annotated[
        bool, typer.Option("--model", help="Also by a model of the other documents; needs [crf].")
    ] = False,
    csv: Annotated[
        Path | None, typer.Option("--csv", metavar="FILE", help="All findings as a table.")
    ] = None,
    push: Annotated[
        bool, typer.Option("--push", help="Send the passages in doubt to a review project.")
    ] = False,
    most: Annotated[
        int | None, typer.Option(metavar="N", min=1, help="With --push: at most N passages.")
    ] = None,
    minutes: Annotated[
        float | None,
        typer.Option(metavar="N", min=0.1, help="With --push: what N minutes are enough for."),
    ] = None,
    engine: EngineName = "",
    workers: Workers = None,
    scheduler: Scheduler = "",
    workspace: Folder = None,
    as_json: AsJson = False,
    debug: Debug = False,
) -> None:
    """Look gold over for likely mistakes.

    The same text labelled differently, or not at all; boundaries inside words, at punctuation,
    over lines; odd lengths; labels with few examples; annotators who never change a suggestion.
    Sorted by doubt. Findings are for people to judge: the exit status is 0 with any.

    With --push the passages they lie in become a project of their own, the most worthwhile
    first; 'toolkit review pull' brings what is decided there into gold.
    """
    from toolkit.stages import checks as stage
    from toolkit.stages import workspace as files
    from toolkit.stages.versions import CURRENT

    if push and gold != CURRENT:
        raise UsageError("--push is for the workspace's own gold", "Leave GOLD out.")
    if not push and (most or minutes):
        raise UsageError("--most and --minutes go with --push", "Add it.")
    space = with_engine(files.workspace_or_defaults(workspace), engine, workers, scheduler)
    result = stage.check(
        space, gold, kinds=only or (), least=least, model=model, watched=say_dashboard
    )
    if csv is not None:
        stage.write_findings(space, result.findings, csv)
    pushed = _push(space, result, most, minutes) if push else None
    if as_json:
        console.json_result({**msgspec.structs.asdict(result), "pushed": pushed})
        return
    console.output(
        f"{console.count(result.documents, 'document')}, {console.count(result.spans, 'span')}: "
        f"{console.count(len(result.findings), 'doubt')}."
    )
    console.table(["check", "doubts"], result.kinds.items())
    if result.findings:
        console.table(
            ["doubt", "check", "document", "at", "label", "text", "why"],
            [
                (
                    f"{one.doubt:.2f}",
                    ", ".join(one.kinds),
                    one.doc_id or "—",
                    f"{one.start}-{one.end}" if one.doc_id else "—",
                    one.label or "—",
                    _short(one.text) or "—",
                    one.why,
                )
                for one in result.findings[:_SHOWN]
            ],
        )
    if result.surfaces:
        console.table(
            ["text with several labels", "places", "weight"],
            [
                (
                    _short(one.text),
                    ", ".join(f"{label} {count}" for label, count in one.labels.items()),
                    f"{one.weight:.1f}",
                )
                for one in result.surfaces[:_SHOWN]
            ],
        )
    if pushed is not None:
        _sent(pushed)
    more = max(len(result.findings), len(result.surfaces)) - _SHOWN
    if more > 0 and csv is None:
        console.say("There are more: --csv FILE or --json has them all, --least 0.5 the strongest.")


def _push(
    space: Workspace, result: Checked, most: int | None, minutes: float | None
) -> ReviewPushed:
    from toolkit.stages import review, studio

    with studio.gateway_to(space) as gateway, console.progress("Sending") as progress:
        return review.push_doubts(
            space, gateway, result.findings, most=most, minutes=minutes, progress=progress
        )


def _sent(pushed: ReviewPushed) -> None:
    console.say_each("problem", pushed.problems)
    console.output(
        f"{console.count(pushed.disputes, 'passage')} in doubt; "
        f"{console.count(pushed.created, 'task')} created, {pushed.left} were there already, "
        f"{pushed.begun} are decided or begun."
    )
    if pushed.created or pushed.left:
        console.output(f"  What is open takes about {pushed.seconds / 60:.0f} minutes.")
        console.say("'toolkit review pull' brings decisions into gold.")


def _short(text: str) -> str:
    shown = text.replace("\n", "\\n")
    return shown if len(shown) <= _TEXT_SHOWN else f"{shown[: _TEXT_SHOWN - 1]}…"
