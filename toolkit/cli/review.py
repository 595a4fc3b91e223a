"""``review push``, ``review pull``: disputes to a reviewer, decisions back into gold."""

from __future__ import annotations

from typing import Annotated

import typer

from toolkit.cli import console
from toolkit.cli.options import AsJson, Debug, Folder


def push(
    minutes: Annotated[
        float | None,
        typer.Option(metavar="N", min=0.1, help="What can be decided in N minutes."),
    ] = None,
    most: Annotated[
        int | None, typer.Option(metavar="N", min=1, help="At most N passages.")
    ] = None,
    workspace: Folder = None,
    as_json: AsJson = False,
    debug: Debug = False,
) -> None:
    """Send disputes to a reviewer.

    One project holds the passages of gold.jsonl on which annotators differ, first those where
    a minute of review mends most. Each shows why it is disputed, and the versions to switch
    between: gold, filled in, and each annotator's as A1, A2 …  It can be run again after
    anything: what nobody has begun is brought up to date, what is no dispute any more goes.
    """
    from toolkit.settings import open_workspace
    from toolkit.stages import review as stage
    from toolkit.stages import studio

    space = open_workspace(workspace)
    with studio.gateway_to(space) as gateway, console.progress("Sending") as progress:
        result = stage.push_disputes(space, gateway, most=most, minutes=minutes, progress=progress)
    console.say_each("problem", result.problems)
    if as_json:
        console.json_result(result)
        return
    if not result.project:
        console.output("There is nothing to review: annotators differ nowhere.")
        return
    console.output(
        f"{console.count(result.disputes, 'passage')} in dispute; "
        f"{console.count(result.created, 'task')} created, {result.left} were there already."
    )
    console.output_counts(
        [
            (result.renewed, "of them in place of one that showed something else"),
            (result.begun, "are decided or begun, and were left alone ('toolkit review pull')"),
            (result.withdrawn, "were withdrawn: they are no dispute any more"),
        ]
    )
    if result.seconds:
        console.output(
            f"  What is open takes about {result.seconds / 60:.0f} minutes and is expected to "
            f"mend {result.gain:.1f} spans."
        )
    console.output(f"  {gateway.url}projects/{result.project}")


def pull(
    full: Annotated[
        bool,
        typer.Option("--full", help="Compare what we know with everything on the server."),
    ] = False,
    workspace: Folder = None,
    as_json: AsJson = False,
    debug: Debug = False,
) -> None:
    """Bring a reviewer's decisions into gold.

    reviews.jsonl keeps every decision ever seen, and gold.jsonl follows the last one on each
    passage. So does every later merge, whose model learns from them besides.
    """
    from toolkit.settings import open_workspace
    from toolkit.stages import review as stage
    from toolkit.stages import studio

    space = open_workspace(workspace)
    with studio.gateway_to(space) as gateway, console.progress("Fetching") as progress:
        result = stage.pull_decisions(space, gateway, full=full, progress=progress)
    came = result.submissions
    console.say_each("problem", came.problems)
    if as_json:
        console.json_result(result)
        return
    console.output(
        f"{console.count(came.new, 'new decision')}, {came.changed} changed, "
        f"{came.unchanged} as they were."
    )
    for who, counts in came.annotators.items():
        console.output(f"  {who}: {counts.new} new, {counts.changed} changed")
    if result.decided is not None:
        console.output(
            f"  gold.jsonl: {console.count(result.decided, 'span')} decided by review, "
            f"{result.changed} other than before."
        )
    if came.drafts:
        console.output(f"  {came.drafts} drafts not submitted yet (not fetched)")
    if came.deleted or came.skipped:
        console.say("Decisions were taken back: 'toolkit merge' decides those passages anew.")
    elif came.new or came.changed:
        console.say("'toolkit merge' lets the model learn from them.")
