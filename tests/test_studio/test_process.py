"""Our process and its port: known from any other, ended only if it is ours."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from toolkit.studio import process
from toolkit.studio.process import HOST, Process

MARKER = "a-marker-of-this-test"


def sleeper(folder: Path, code: str = "pass") -> Process:
    """A process that does nothing for a minute after running ``code``."""
    command = [sys.executable, "-c", f"import time; {code}; time.sleep(60)", MARKER]
    return process.spawn(command, {}, folder / "log", MARKER)


@pytest.fixture
def child(tmp_path: Path) -> Iterator[Process]:
    """A running process of ours."""
    started = sleeper(tmp_path)
    yield started
    process.end(started)


def test_a_process_runs_until_it_is_ended(child: Process) -> None:
    """It is known while it lives, ended once, and not there to be ended again."""
    assert process.runs(child)
    assert process.end(child)
    assert not process.runs(child)
    assert not process.end(child)


def test_a_process_that_was_killed_does_not_run(child: Process) -> None:
    """A child that has died and was not waited for counts as gone."""
    os.kill(child.pid, signal.SIGKILL)
    os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
    assert not process.runs(child)


@pytest.mark.parametrize("change", [{"started": "another moment"}, {"marker": "another-marker"}])
def test_the_process_of_somebody_else_is_left_alone(child: Process, change: dict[str, str]) -> None:
    """The same id with another start or another command line is another process."""
    other = msgspec.structs.replace(child, **change)
    assert not process.runs(other)
    assert not process.end(other)
    assert process.runs(child)


def test_a_process_that_ignores_the_polite_signal_is_killed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """SIGKILL follows where SIGTERM does nothing."""
    monkeypatch.setattr(process, "_PATIENCE", 0.5)
    ready = tmp_path / "ready"
    code = (
        "import signal, pathlib; signal.signal(signal.SIGTERM, signal.SIG_IGN);"
        f"pathlib.Path({str(ready)!r}).touch()"
    )
    stubborn = sleeper(tmp_path, code)
    while not ready.exists():
        assert process.runs(stubborn)
    assert process.end(stubborn)
    assert not process.runs(stubborn)


def test_a_process_outlives_the_one_that_spawned_it(tmp_path: Path) -> None:
    """The server goes on when the command that started it has ended."""
    code = (
        "import sys, pathlib; from toolkit.studio import process; import msgspec;"
        f"p = process.spawn([sys.executable, '-c', 'import time; time.sleep(60)', {MARKER!r}],"
        f" {{}}, pathlib.Path({str(tmp_path / 'log')!r}), {MARKER!r});"
        "sys.stdout.write(msgspec.json.encode(p).decode())"
    )
    made = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)
    left = msgspec.json.decode(made.stdout, type=Process)
    assert made.stderr == b""
    assert process.end(left)


def test_ps_tells_the_same_as_proc(child: Process) -> None:
    """Where there is no /proc, ps gives a start time and the command line."""
    if not Path("/bin/ps").exists():
        pytest.skip("ps not installed")
    known = process._describe_by_ps(child.pid)
    assert known is not None
    assert MARKER in known[1]
    assert known == process._describe_by_ps(child.pid)
    process.end(child)
    assert process._describe_by_ps(child.pid) is None


def test_the_log_of_a_process_is_private(tmp_path: Path, child: Process) -> None:
    """Only the user can read what the server says."""
    assert (tmp_path / "log").stat().st_mode & 0o777 == 0o600


def test_a_port_is_free_until_somebody_listens() -> None:
    """A free port is one that can be listened on, and then it isn't free any more."""
    port = process.free_port()
    assert process.is_free(port)
    with socket.create_server((HOST, port)):
        assert not process.is_free(port)
    assert process.is_free(port)
    assert not process.is_free(70_000)
