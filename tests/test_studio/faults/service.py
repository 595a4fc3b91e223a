"""A Label Studio of our own that can be killed, the proxy before it, and a disk to fill."""

from __future__ import annotations

import contextlib
import itertools
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

from tests.test_studio.faults.proxy import Proxy
from toolkit.settings import Settings, Workspace
from toolkit.studio import process, server
from toolkit.studio.server import Server

_DISK_BYTES = 6_000_000
_BALLAST = "ballast"
_PORT_SECONDS = 30.0


class Service:
    """Running while it is open. ``folder`` is where workspaces go.

    Args:
        home: the folder of the server's own workspace, kept apart so that its disk never
            fills.
        folder: an empty folder.
    """

    def __init__(self, home: Path, folder: Path) -> None:
        self.folder = folder
        self.logs = home / "logs"
        self.logs.mkdir()
        people = {name: f"{name}@example.com" for name in ("anna", "bo")}
        self._workspace = Workspace(home, Settings(annotators=people))
        self.server: Server = server.start(self._workspace, port=_fixed_port())
        self.proxy = Proxy(("127.0.0.1", self._port))

    def close(self) -> None:
        """End the server."""
        self.proxy.close()
        server.stop(self._workspace)

    def kill_server(self) -> None:
        """Give it no time for anything."""
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.server.pid, signal.SIGKILL)

    def ensure_server(self) -> None:
        """Start it again where it was killed: the same data on the same port."""
        if process.runs(self.server.process):
            return
        # Its last threads may hold the port for a moment longer than it lives.
        deadline = time.monotonic() + _PORT_SECONDS
        while not process.is_free(self._port) and time.monotonic() < deadline:
            time.sleep(0.1)
        self.server = server.start(self._workspace, port=self._port)

    @property
    def _port(self) -> int:
        port = urlsplit(self.server.url).port
        assert port is not None
        return port


def _fixed_port() -> int:
    """A free port that no outgoing connection is given while the server is down."""
    return next(port for port in itertools.count(21000) if process.is_free(port))


@contextlib.contextmanager
def small_disk(folder: Path) -> Iterator[bool]:
    """Make ``folder`` a disk of its own while it is open; false where we may not."""
    mount = shutil.which("mount")
    command = [mount or "mount", "-t", "tmpfs", "-o", f"size={_DISK_BYTES}", "tmpfs", str(folder)]
    if mount is None or os.geteuid() != 0 or subprocess.run(command, check=False).returncode:
        yield False
        return
    try:
        yield True
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


@contextlib.contextmanager
def full_disk(folder: Path, free: int) -> Iterator[bool]:
    """Leave no more than ``free`` bytes of a small disk; false where ``folder`` isn't one."""
    if not folder.is_mount():
        yield False
        return
    ballast = folder / _BALLAST
    with ballast.open("wb", buffering=0) as out, contextlib.suppress(OSError):
        while True:
            out.write(b"\0" * 4096)
    length = ballast.stat().st_size
    os.truncate(ballast, max(0, length - free))
    try:
        yield True
    finally:
        ballast.unlink()
