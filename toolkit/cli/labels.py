"""``labels``: a change of the labels over everything that has them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

import typer

from toolkit.cli import console
from toolkit.cli.options import AsJson, Debug, Folder
from toolkit.errors import UsageError
from toolkit.relabelling import LabelChange

DryRun = Annotated[bool, typer.Option("--dry-run", help="Print what would change, and end.")]
Local = Annotated[
    bool, typer.Option("--local", help="Leave the projects on the server alone; files only.")
]


def rename(
    old: Annotated[str, typer.Argument(metavar="OLD")],
    new: Annotated[str, typer.Argument(metavar="NEW")],
    dry_run: DryRun = False,
    local: Local = False,
    workspace: Folder = None,
    as_json: AsJson = False,
    debug: Debug = False,
) -> None:
    """Call a label otherwise.

    In the label config, suggestions, annotations, gold, settings and the projects on the
    server; run again, it finishes what was left. Do it when nobody works.
    """
    _change(LabelChange((old,), (new,)), dry_run, local, workspace, as_json=as_json)


def merge(
    labels: Annotated[list[str], typer.Argument(metavar="LABEL...")],
    into: Annotated[str, typer.Option("--into", metavar="LABEL", help="One of them or a new one.")],
    dry_run: DryRun = False,
    local: Local = False,
    workspace: Folder = None,
    as_json: AsJson = False,
    debug: Debug = False,
) -> None:
    """Make several labels one.

    Spans that are then the same are one. Else as ``rename``.
    """
    _change(LabelChange(tuple(labels), (into,)), dry_run, local, workspace, as_json=as_json)


def split(
    label: Annotated[str, typer.Argument(metavar="LABEL")],
    into: Annotated[list[str], typer.Option("--into", metavar="LABEL", help="Once for each.")],
    where: Annotated[
        list[str] | None,
        typer.Option(metavar="LABEL=PATTERN", help="What text is which; else the first --into."),
    ] = None,
    dry_run: DryRun = False,
    local: Local = False,
    workspace: Folder = None,
    as_json: AsJson = False,
    debug: Debug = False,
) -> None:
    """Make one label several.

    A span goes to the label whose PATTERN, a regular expression, matches its whole text. What
    a pattern can't tell, people can: look at the spans in Label Studio afterwards. Rules give
    the first label until you edit them. Else as ``rename``.
    """
    patterns = {}
    for one in where or ():
        name, equals, pattern = one.partition("=")
        if not equals:
            raise UsageError(f"--where {one}: no =", "Write e.g. --where 'GPE=.*[省市县]'.")
        patterns[name] = pattern
    _change(
        LabelChange((label,), tuple(into), patterns), dry_run, local, workspace, as_json=as_json
    )


def _change(  # a command each, one way to do it
    change: LabelChange, dry_run: bool, local: bool, workspace: Folder, *, as_json: bool
) -> None:
    from toolkit.settings import open_workspace
    from toolkit.stages import labels as stage
    from toolkit.stages import studio

    space = open_workspace(workspace)
    now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    if local:
        result = (
            stage.foresee(space, None, change)
            if dry_run
            else stage.carry_out(space, None, change, now)
        )
    else:
        with studio.gateway_to(space) as gateway:
            result = (
                stage.foresee(space, gateway, change)
                if dry_run
                else stage.carry_out(space, gateway, change, now)
            )
    if as_json:
        console.json_result({"dry_run": dry_run, **_as_table(result)})
        return
    console.output(f"{result.change}{' (dry run: nothing was changed)' if dry_run else ''}")
    rows = [(name, spans, "") for name, spans in result.files.items()]
    for one in result.projects or ():
        keeps = "keeps the old label until drafts are submitted; run it again" if one.keeps else ""
        rows.append((f"project {one.project} ({one.annotations} annotations)", one.regions, keeps))
    console.table(["where", "spans", ""], rows)
    console.say_each("problem", result.problems)
    console.say_each("to mend by hand", result.to_mend)
    if not dry_run:
        console.say(
            "Next: 'toolkit preannotate' and 'toolkit push', for suggestions by the new labels."
        )


def _as_table(result: object) -> dict[str, object]:
    import msgspec

    table: dict[str, object] = msgspec.to_builtins(result)
    return table
