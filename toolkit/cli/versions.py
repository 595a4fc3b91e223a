"""``diff``: two versions of gold."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from toolkit.cli import console
from toolkit.cli.options import AsJson, Debug, Folder

_SHOWN = 20
"""How many changes are printed; --json and --html have them all."""


def diff(
    before: Annotated[str, typer.Argument(metavar="A", help="gold, 0.1.0, a folder or a file.")],
    after: Annotated[str, typer.Argument(metavar="B", help="The later one.")] = "gold",
    html: Annotated[
        Path | None, typer.Option("--html", metavar="FILE", help="All changes as a page.")
    ] = None,
    workspace: Folder = None,
    as_json: AsJson = False,
    debug: Debug = False,
) -> None:
    """Compare two versions of gold.

    By document and label: what was added, removed, relabelled, moved, and by whom. A version is
    the gold as it is now (gold), an exported one (0.1.0), or a path.
    """
    from toolkit.datasets.compare import KINDS
    from toolkit.stages import versions
    from toolkit.stages import workspace as files

    space = files.workspace_or_defaults(workspace)
    found = versions.compare(space, before, after)
    if html is not None:
        versions.write_comparison(space, (before, after), found, html)
    if as_json:
        console.json_result(found)
        return
    console.output(
        f"{before} → {after}: {console.count(found.documents, 'document')} in both, "
        f"{found.same} of them with the same spans."
    )
    for what, ids in (
        ("new", found.documents_added),
        ("gone", found.documents_removed),
        ("with another text", found.texts_changed),
    ):
        if ids:
            console.output(f"{len(ids)} {what}: {console.named(ids, _SHOWN)}")
    for title, table in (("by label", found.by_label), ("by whom", found.by_person)):
        if table:
            rows = [(name or "—", *(row[kind] for kind in KINDS)) for name, row in table.items()]
            console.table([title, *KINDS], rows)
    if found.changes:
        console.table(
            ["document", "at", "what", before, after],
            [
                (
                    change.doc_id,
                    (change.after or change.before).start,  # type: ignore[union-attr]
                    change.kind,
                    *(f"{s.label} {s.text}" if s else "—" for s in (change.before, change.after)),
                )
                for change in found.changes[:_SHOWN]
            ],
        )
        if len(found.changes) > _SHOWN:
            console.say(f"and {len(found.changes) - _SHOWN} more; --html or --json has them all.")
