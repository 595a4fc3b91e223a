"""The options that every command has, and those that several share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from toolkit.cli import console
from toolkit.errors import UsageError


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


def refuse_one_stdin_for_several(*files: Path | None) -> None:
    """Standard input can be read only once.

    Raises:
        UsageError: two of these files are ``-``.
    """
    if [str(file) for file in files].count("-") > 1:
        raise UsageError("only one file can come from standard input", "Name files for the others.")
