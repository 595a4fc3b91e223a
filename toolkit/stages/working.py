"""The folder that a run works in: one run at a time, and what a killed one left is removed."""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Iterator
from pathlib import Path

from toolkit import records
from toolkit.errors import WorkspaceError
from toolkit.settings import Workspace


@contextlib.contextmanager
def working_folder(workspace: Workspace, command: str, target: Path) -> Iterator[Path]:
    """An empty folder below ``.toolkit``, for one run of a command; gone when it ends.

    What earlier runs left that were killed is removed: their folder, and what they had
    written of the target by then.

    Raises:
        WorkspaceError: the same command is at work in this workspace, or there can't be a
            folder.
    """
    from filelock import FileLock, Timeout

    folder = workspace.private / command
    with _explaining(workspace.private):
        workspace.private.mkdir(parents=True, exist_ok=True)
        lock = FileLock(workspace.private / f"{command}.lock")
        try:
            lock.acquire(timeout=0)
        except Timeout:
            raise WorkspaceError(
                f"another 'toolkit {command}' is at work in {workspace.root}",
                "Wait until it ends.",
            ) from None
    try:
        shutil.rmtree(folder, ignore_errors=True)
        records.remove_parts(target)
        with _explaining(workspace.private):
            folder.mkdir()
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        lock.release()


@contextlib.contextmanager
def _explaining(folder: Path) -> Iterator[None]:
    """Say of a folder that can't be worked in what the matter is."""
    try:
        yield
    except OSError as error:
        raise WorkspaceError(
            f"{folder}: can't be written to ({error.strerror})",
            "The command needs a workspace that you can write to.",
        ) from None
