"""The options that every command has, and those that several share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from toolkit.cli import console


def _set_debug(value: bool) -> bool:
    console.debug = console.debug or value
    return value


Folder = Annotated[
    Path | None,
    typer.Option(
        "--workspace", "-w", metavar="DIR", help="The workspace; default: the one you stand in."
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON object on standard output.")]
Debug = Annotated[
    bool, typer.Option("--debug", callback=_set_debug, help="Show a traceback on errors.")
]
DocumentsFile = Annotated[
    Path | None,
    typer.Option("--documents", metavar="FILE", help="Texts; default: the workspace's."),
]
AnnotationsFile = Annotated[
    Path | None,
    typer.Argument(
        metavar="ANNOTATIONS", help="Annotations (JSONL, - for stdin); default: the workspace's."
    ),
]
