"""A server process that outlives the command that started it, and its port.

A process id alone proves nothing: the system gives it to another process once ours is
gone. A ``Process`` is therefore an id, the moment the system started it, and a word of
its command line; only a process that fits all three is ours to end.
"""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import time
from pathlib import Path

from msgspec import Struct

HOST = "127.0.0.1"

_PATIENCE = 10.0
"""Seconds that a process gets to end by itself before it is killed."""


class Process(Struct, frozen=True):
    """``started`` is opaque and differs between any two processes of one id."""

    pid: int
    started: str
    marker: str


class _Detached(subprocess.Popen[bytes]):
    """A process that is meant to outlive us: no warning that it still runs."""

    def __del__(self) -> None:
        pass


def spawn(command: list[str], environment: dict[str, str], log: Path, marker: str) -> Process:
    """Start a process in a session of its own; its output goes to ``log``, made private.

    ``marker`` is the word of the command line that it will be known by.
    """
    output = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        child = _Detached(
            command,
            env=environment,
            cwd=log.parent,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
            umask=0o077,
        )
    finally:
        os.close(output)
    known = _describe(child.pid)
    deadline = time.monotonic() + _PATIENCE
    # For a moment after exec, the system shows an empty command line.
    while known and marker not in known[1] and time.monotonic() < deadline:
        time.sleep(0.001)
        known = _describe(child.pid)
    return Process(child.pid, known[0] if known else "", marker)


def runs(process: Process) -> bool:
    """Whether exactly this process is alive."""
    known = _describe(process.pid)
    return known is not None and known[0] == process.started and process.marker in known[1]


def end(process: Process) -> bool:
    """End the process: politely, then by force. False if it didn't run any more."""
    if not runs(process):
        return False
    for how in (signal.SIGTERM, signal.SIGKILL):
        with contextlib.suppress(ProcessLookupError):
            os.kill(process.pid, how)
        deadline = time.monotonic() + _PATIENCE
        while time.monotonic() < deadline:
            if not runs(process):
                return True
            time.sleep(0.05)
    return not runs(process)


def free_port() -> int:
    """A port of 127.0.0.1 that nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def is_free(port: int) -> bool:
    """Whether a server could listen on this port of 127.0.0.1 now."""
    with socket.socket() as probe:
        # As servers do: connections that have just ended don't hold the port.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
            probe.listen()
        except (OSError, OverflowError):
            return False
    return True


def _describe(pid: int) -> tuple[str, str] | None:
    """When the process was started, and its command line; None if it isn't alive."""
    with contextlib.suppress(ChildProcessError):
        os.waitpid(pid, os.WNOHANG)  # a child of ours that has ended shall not linger
    if Path("/proc/self/stat").exists():
        return _describe_by_proc(pid)
    return _describe_by_ps(pid)


def _describe_by_proc(pid: int) -> tuple[str, str] | None:
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
        line = Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="surrogateescape")
        boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    except OSError:
        return None
    # The name in parentheses may hold anything, so fields count from its end: the state
    # is the first after it, the start time (ticks since boot) the twentieth.
    fields = stat.rpartition(")")[2].split()
    if fields[0] in "ZX":
        return None
    return f"{boot} {fields[19]}", line.replace("\0", " ")


def _describe_by_ps(pid: int) -> tuple[str, str] | None:
    """The same where there is no /proc (macOS, BSD)."""
    shown = subprocess.run(
        ["/bin/ps", "-ww", "-o", "stat=,lstart=,args=", "-p", str(pid)],
        capture_output=True,
        env={"LC_ALL": "C"},
        check=False,
    ).stdout.decode(errors="surrogateescape")
    state, _, rest = shown.strip().partition(" ")
    if not state or state.startswith("Z"):
        return None
    words = rest.split()
    return " ".join(words[:5]), " ".join(words[5:])
