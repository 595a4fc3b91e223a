"""``preannotate`` and ``rules``: what the rules propose, and whether they keep their promises."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from toolkit.cli import console
from toolkit.cli.options import AsJson, Debug, Folder


def preannotate(
    source: Annotated[
        Path | None, typer.Argument(metavar="IN", help="Documents; - for stdin.")
    ] = None,
    target: Annotated[
        Path | None, typer.Argument(metavar="OUT", help="Suggestions; - for stdout.")
    ] = None,
    workspace: Folder = None,
    as_json: AsJson = False,
    debug: Debug = False,
) -> None:
    """Let the rules propose spans.

    Reads documents.jsonl, writes suggestions.jsonl.

    IN may be as little as {"id", "text"} a line; then OUT is standard output by default.
    """
    from toolkit.stages import rules as stage
    from toolkit.stages import workspace as files

    space = files.workspace_or_defaults(workspace)
    if source is not None and target is None:
        target = Path("-")
    with console.progress("Reading documents") as progress:
        result = stage.preannotate(space, source, target, progress=progress)
    for warning in result.warnings:
        console.say(f"note: {warning}")
    summary = (
        f"{console.count(result.spans, 'span')} in {console.count(result.documents, 'document')}"
        f" by {result.model_version}."
    )
    console.span_counts(summary, result, result.by_label, target=target, as_json=as_json)
    if source is None and str(target) != "-" and not as_json:
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
    from toolkit.rules.pack import load_packs
    from toolkit.stages import workspace as files

    space = files.workspace_or_defaults(workspace)
    pack = load_packs(packs or space.settings.rules.packs, space.root, files.schema_of(space))
    failures = check_pack(pack)
    for warning in pack.warnings:
        console.say(f"note: {warning}")
    if as_json:
        console.json_result(
            {"pack": pack.model_version, "rules": len(pack.rules), "failures": failures}
        )
    else:
        for failure in failures:
            console.output(f"{failure.rule}: {failure}")
        verdict = f"{len(failures)} examples fail" if failures else "all examples hold"
        console.output(f"{pack.model_version}: {len(pack.rules)} rules, {verdict}.")
    if failures:
        sys.exit(1)
