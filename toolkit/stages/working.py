"""The folder that a run works in: one run at a time, and what a killed one left is removed."""

from __future__ import annotations

import contextlib
import hashlib
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from toolkit import records
from toolkit.errors import WorkspaceError
from toolkit.settings import FILE_NAME, Workspace


@contextlib.contextmanager
def working_folder(
    workspace: Workspace, command: str, target: Path | str, *, resumed: bool = False
) -> Iterator[Path]:
    """A folder below ``.toolkit``, for one run of a command; gone when it ends well.

    What earlier runs left of the target that were killed is removed. So is their folder, and
    that of a run that ends in an error, unless the next run goes on with what it holds.

    Args:
        workspace: below whose ``.toolkit`` it is.
        command: names folder and lock.
        target: what the run writes; at an address there are no parts to remove.
        resumed: whether the folder of a run that didn't end well is left to the next one. Then
            each target has its own, so that runs with several targets can be at work.

    Raises:
        WorkspaceError: the same command is at work in this workspace, or there can't be a
            folder.
    """
    from filelock import FileLock, Timeout

    name = command
    if resumed:
        place = str(target) if "://" in str(target) else str(Path(target).resolve())
        name = f"{command}-{hashlib.sha256(place.encode()).hexdigest()[:12]}"
    folder = workspace.private / name
    with _explaining(workspace.private):
        workspace.private.mkdir(parents=True, exist_ok=True)
        lock = FileLock(workspace.private / f"{name}.lock")
        try:
            lock.acquire(timeout=0)
        except Timeout:
            raise WorkspaceError(
                f"another 'toolkit {command}' is at work in {workspace.root}",
                "Wait until it ends.",
            ) from None
    try:
        if not resumed:
            shutil.rmtree(folder, ignore_errors=True)
        if "://" not in str(target):
            records.remove_parts(Path(target))
        with _explaining(workspace.private):
            folder.mkdir(exist_ok=resumed)
        try:
            yield folder
        except BaseException:
            if not resumed:
                shutil.rmtree(folder, ignore_errors=True)
            raise
        shutil.rmtree(folder, ignore_errors=True)
    finally:
        lock.release()


@contextlib.contextmanager
def run_folder(workspace: Workspace, command: str, target: str) -> Iterator[Path]:
    """The folder of a run over parts (``toolkit.parallel.run``), which the next one goes on with.

    Without a workspace, and where the result goes to standard output, it is a temporary one.
    """
    if target == "-" or not (workspace.root / FILE_NAME).is_file():
        with tempfile.TemporaryDirectory(prefix=f"toolkit-{command}-") as folder:
            yield Path(folder)
        return
    with working_folder(workspace, command, target, resumed=True) as folder:
        yield folder


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
