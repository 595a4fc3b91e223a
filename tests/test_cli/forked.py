"""``toolkit`` in processes that are forked from one that has imported it.

A process of its own for every command is what a user has; importing the same packages
anew for every one of them is most of what hundreds of short commands take. That each
command imports what it needs, and nothing heavy before it needs it, is proven elsewhere:
by ``test_borders`` and by the wheel's tests.
"""

from __future__ import annotations

import importlib
import io
import multiprocessing
import os
import pkgutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import toolkit
from toolkit.cli import run

_HEAVY = (
    *("daachorse", "httpx", "label_studio_sdk.client", "numpy", "opencc", "openpyxl", "pandas"),
    *("pyarrow.dataset", "pyarrow.parquet", "rensa", "rich.progress", "rich.table", "rjieba"),
)
"""What the toolkit imports only inside of functions."""

_PATIENCE = 600.0


@dataclass(frozen=True, slots=True)
class Command:
    """A command line, where it runs, and its whole environment; ``streams`` is a folder."""

    arguments: tuple[str, ...]
    folder: Path
    environment: Mapping[str, str]
    streams: Path


def import_everything() -> None:
    """Import the toolkit and what it works with, in the process that the others come from."""
    for found in pkgutil.walk_packages(toolkit.__path__, "toolkit."):
        # Scripts that travel inside of datasets are no modules of ours.
        if not found.name.endswith(("__main__", "token_classification")):
            importlib.import_module(found.name)
    for name in _HEAVY:
        importlib.import_module(name)


def obey(command: Command) -> None:
    """Be the process that runs the command."""
    os.environ.clear()
    os.environ.update(command.environment)
    os.chdir(command.folder)
    for number, name, mode in ((0, "stdin", "r"), (1, "stdout", "w"), (2, "stderr", "w")):
        with (command.streams / name).open(mode) as file:
            os.dup2(file.fileno(), number)
    # As Python itself opens them where they are no terminal.
    sys.stdin = io.TextIOWrapper(os.fdopen(0, "rb", closefd=False), "utf-8")
    sys.stdout = io.TextIOWrapper(os.fdopen(1, "wb", closefd=False), "utf-8")
    sys.stderr = io.TextIOWrapper(
        os.fdopen(2, "wb", closefd=False), "utf-8", "backslashreplace", line_buffering=True
    )
    sys.argv = ["toolkit", *command.arguments]
    run()


def run_forked(
    arguments: tuple[str, ...], folder: Path, environment: Mapping[str, str], stdin: str
) -> subprocess.CompletedProcess[str]:
    """Run one command to its end."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.test_cli.preloaded"])
    with tempfile.TemporaryDirectory(prefix="streams.") as name:
        streams = Path(name)
        (streams / "stdin").write_text(stdin, "utf-8")
        command = Command(arguments, folder, environment, streams)
        process = context.Process(target=obey, args=(command,))
        process.start()
        process.join(_PATIENCE)
        if process.exitcode is None:
            process.kill()
            process.join()
        said = [(streams / name).read_text("utf-8") for name in ("stdout", "stderr")]
    status = process.exitcode
    process.close()
    assert status is not None
    return subprocess.CompletedProcess(list(arguments), status, *said)
