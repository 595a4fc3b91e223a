"""``import``: what a team has from elsewhere."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from toolkit.cli import console
from toolkit.cli.options import AsJson, Debug, Folder
from toolkit.errors import UsageError

if TYPE_CHECKING:
    from toolkit.stages.importing import ImportResult

_SHOWN = 20
"""How many documents a message names."""


def import_(
    path: Annotated[Path, typer.Argument(metavar="FILE", help="A file or a folder.")],
    format_: Annotated[
        str, typer.Option("--format", metavar="NAME", help="conll, doccano, brat, label-studio, …")
    ],
    as_: Annotated[
        str | None,
        typer.Option(
            "--as", metavar="gold|annotations", help="Default: gold; with --annotator annotations."
        ),
    ] = None,
    annotator: Annotated[
        str, typer.Option(metavar="NAME", help="Whose it is where the file doesn't say.")
    ] = "",
    map_: Annotated[
        list[str] | None,
        typer.Option("--map", metavar="OLD=NEW", help="What we call a label (repeatable)."),
    ] = None,
    skip_labels: Annotated[
        bool, typer.Option("--skip-labels", help="Leave out spans of labels that we lack.")
    ] = False,
    prefix: Annotated[
        str, typer.Option(metavar="TEXT", help="Goes before the ids that the file gives.")
    ] = "",
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Look at all of it and write nothing.")
    ] = False,
    workspace: Folder = None,
    as_json: AsJson = False,
    debug: Debug = False,
) -> None:
    """Bring in gold or annotations from elsewhere.

    Its texts become documents where they aren't there yet, unrepaired, so that every offset
    holds. What is there already is never overwritten, and the same file twice adds nothing.
    All of it is imported, or nothing.
    """
    from toolkit.settings import open_workspace
    from toolkit.stages import importing as stage

    if as_ not in {None, "gold", "annotations"}:
        raise UsageError(f"there is no --as {as_}", "Say gold or annotations.")
    wanted: Literal["gold", "annotations"] = "gold"
    if as_ == "annotations" or (as_ is None and annotator):
        wanted = "annotations"
    result = stage.import_(
        open_workspace(workspace),
        path,
        format_,
        as_=wanted,
        annotator=annotator,
        labels=_names(map_ or []),
        skip_labels=skip_labels,
        prefix=prefix,
        dry_run=dry_run,
    )
    _notes(result)
    if as_json:
        console.json_result(result)
        return
    console.output(
        f"{console.count(result.read, 'text')} read: "
        f"{console.count(result.new_documents, 'new document')}, "
        f"{result.added:,} added as {wanted}, {result.same:,} known already"
        f"{' (dry run: nothing was written)' if dry_run else ''}."
    )
    console.table(["label", "spans"], result.by_label.items())
    if result.texts:
        console.say(f"The texts are kept as they came in {result.texts}.")


def _names(pairs: list[str]) -> dict[str, str]:
    names = {}
    for pair in pairs:
        old, equals, new = pair.rpartition("=")
        if not (old and equals and new):
            raise UsageError(f"--map {pair} is no OLD=NEW", "Say e.g. --map PER=PERSON.")
        names[old] = new
    return names


def _notes(result: ImportResult) -> None:
    """What was left out, and why."""
    for label, count in result.skipped_labels.items():
        console.say(f"left out: {console.count(count, 'span')} of {label}")
    if result.empty:
        console.say(f"left out: {console.count(result.empty, 'text')} without a character")
    if result.kept_count:
        console.say(
            f"kept: {console.count(result.kept_count, 'document')} that have other gold already: "
            f"{console.named(result.kept, _SHOWN, result.kept_count)}."
        )
        console.say("  'toolkit diff gold FILE' shows what differs; --as annotations takes both.")
