"""The options that every command has, and those that several share."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from toolkit.cli import console
from toolkit.errors import UsageError
from toolkit.settings import Workspace, is_scheduler, replace

if TYPE_CHECKING:
    from toolkit.parallel.work import PutAside

_TOLD = 10
"""Records that were put aside and are told one by one."""


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
EngineName = Annotated[
    str,
    typer.Option("--engine", metavar="local|dask", help="Where large inputs are worked on."),
]
Workers = Annotated[
    int | None,
    typer.Option(
        "--workers", metavar="N", help="Processes; 0: as many as cores, if the input pays for them."
    ),
]
Scheduler = Annotated[
    str,
    typer.Option(
        "--scheduler", metavar="ADDRESS", help="A Dask cluster that exists, e.g. tcp://host:8786."
    ),
]


def with_engine(
    workspace: Workspace, engine: str, workers: int | None, scheduler: str
) -> Workspace:
    """The workspace with ``[parallel]`` as the flags say; a scheduler means Dask.

    Raises:
        UsageError: a flag says what toolkit.toml could not say either.
    """
    if engine not in {"", "local", "dask"}:
        raise UsageError(f"--engine {engine!r} is neither local nor dask", "Say one of them.")
    if workers is not None and workers < 0:
        raise UsageError(f"--workers {workers} is under 0", "Say 0 for as many as cores.")
    if not is_scheduler(scheduler):
        raise UsageError(f"--scheduler {scheduler!r} is no address", "Say e.g. tcp://host:8786.")
    if scheduler and engine == "local":
        raise UsageError("--scheduler is Dask's, and --engine says local", "Leave one out.")
    changes: dict[str, object] = {}
    if scheduler:
        changes |= {"engine": "dask", "scheduler": scheduler}
    elif engine:
        changes["engine"] = engine
    if workers is not None:
        changes["workers"] = workers
    if not changes:
        return workspace
    parallel = replace(workspace.settings.parallel, **changes)
    changed: Workspace = replace(workspace, settings=replace(workspace.settings, parallel=parallel))
    return changed


def say_dashboard(address: str) -> None:
    """Where Dask shows what it does."""
    console.say(f"Dask's dashboard: {address}")


def say_put_aside(put_aside: Sequence[PutAside], target: str) -> None:
    """Tell of what could not be worked on; the command then ends with exit status 1."""
    for one in put_aside[:_TOLD]:
        console.say(f"put aside: {one.id or 'a record without an id'}: {one.reason}")
    if len(put_aside) > _TOLD:
        console.say(f"put aside: and {len(put_aside) - _TOLD:,} more")
    if put_aside and target != "-":
        console.say("The file *.put_aside.jsonl beside the result names them all.")


def refuse_one_stdin_for_several(*files: Path | None) -> None:
    """Standard input can be read only once.

    Raises:
        UsageError: two of these files are ``-``.
    """
    if [str(file) for file in files].count("-") > 1:
        raise UsageError("only one file can come from standard input", "Name files for the others.")
