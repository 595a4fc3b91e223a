"""What the benchmarks share: what work costs, on which machine, and what a peer says.

Machines are noisy: CPU seconds count, and wall seconds stand beside them. Whatever is
compared is run in one process after another on the same machine, and in the same run.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import resource
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, TypeVar

from msgspec import Struct

T = TypeVar("T")

PROJECT = Path(__file__).resolve().parent.parent
SHARED = PROJECT.parent / "shared" / "data"
"""Public data sets that aren't ours to give away."""

PEERS = PROJECT / ".venv-peers" / "bin" / "python"
"""The Python of the peers that are too heavy for our own environment; `make peers` makes it."""


class Absent(Exception):  # noqa: N818 - a fact, and not a fault
    """Something that a measure needs isn't here; the message says what."""


class Cost(Struct, frozen=True):
    """What work took: CPU seconds, seconds by the clock, and MB at the peak (0: not measured)."""

    cpu: float
    wall: float
    megabytes: float = 0.0


def directory_given(script: str | None, otherwise: Path) -> Path:
    """The directory that a script was called with, if any; ``script`` says what it does."""
    parser = argparse.ArgumentParser(description=(script or "").strip().splitlines()[0])
    parser.add_argument("directory", type=Path, nargs="?", default=otherwise, help="of the data")
    found: Path = parser.parse_args().directory
    return found


def cost_of(work: Callable[[], T]) -> tuple[T, Cost]:
    """What a function gives, and what it took this process."""
    wall, cpu = time.perf_counter(), time.process_time()
    result = work()
    return result, Cost(time.process_time() - cpu, time.perf_counter() - wall)


def least_cost(work: Callable[[], object], rounds: int) -> Cost:
    """The cheapest of some rounds, by CPU seconds."""
    return min((cost_of(work)[1] for _ in range(rounds)), key=lambda cost: cost.cpu)


def cost_of_command(
    command: Sequence[str | Path], environment: Mapping[str, str] | None = None
) -> Cost:
    """What a command takes in a process of its own, with all that it starts and waits for.

    The memory is that of the largest of its processes. It runs in an empty folder, so that
    no workspace is taken for its own; the environment is ours, or another.

    Raises:
        Absent: it ended with another status than 0.
    """
    with tempfile.TemporaryFile() as said, tempfile.TemporaryDirectory() as empty:
        small = subprocess.Popen(
            [sys.executable, "-I", "-S", "-c", _LAUNCHER, *map(str, command)],
            stdout=subprocess.PIPE,
            stderr=said,
            cwd=empty,
            env=environment,
            start_new_session=True,
        )
        try:
            answer, _ = small.communicate()
        except BaseException:
            os.killpg(small.pid, signal.SIGTERM)
            small.wait()
            raise
        status, *cost = json.loads(answer)
        if status:
            said.seek(0)
            last = said.read().decode(errors="replace").strip().splitlines()[-1:]
            raise Absent(f"{Path(command[0]).name} ended with {status}: {''.join(last)}")
    return Cost(*cost)


# A process begins with the peak of the one that starts it, which may be large; this one isn't.
_LAUNCHER = """
import json, os, sys, time
begun = time.perf_counter()
nowhere = [(os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0)]
child = os.posix_spawn(sys.argv[1], sys.argv[1:], os.environ, file_actions=nowhere)
_, status, used = os.wait4(child, 0)
cost = used.ru_utime + used.ru_stime, time.perf_counter() - begun, used.ru_maxrss / 1024
print(json.dumps((os.waitstatus_to_exitcode(status), *cost)))
"""


def toolkit(*arguments: str | Path) -> list[str | Path]:
    """The command line of ``toolkit``, by this Python."""
    return [sys.executable, "-P", "-m", "toolkit", *arguments]


def peak_megabytes() -> float:
    """The most memory that this process has had."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def ask_peer(name: str, question: Mapping[str, Any]) -> dict[str, Any]:
    """What a heavy peer answers, from the environment of its own (``benchmarks/peers.py``).

    Raises:
        Absent: it isn't installed, or it failed.
    """
    if not PEERS.is_file():
        raise Absent("the peers' environment isn't there: make peers")
    # -P: a folder that holds a datasets.py must not stand in for the package of that name.
    command: list[str | Path] = [PEERS, "-P", PROJECT / "benchmarks" / "peers.py", name]
    done = subprocess.run(
        command, input=json.dumps(question), capture_output=True, text=True, check=False
    )
    if done.returncode:
        last = done.stderr.strip().splitlines()[-1:] or ["no reason given"]
        raise Absent(f"{name}: {last[0]}")
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def machine() -> dict[str, str | int]:
    """The machine, without anything that names it."""
    model = platform.machine()
    info = Path("/proc/cpuinfo")
    if info.is_file():
        lines = info.read_text(encoding="utf-8").splitlines()
        names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
        model = names[0] if names else model
    pages = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    return {
        "cpu": model,
        "cores": os.cpu_count() or 1,
        "memory_gb": round(pages / 2**30),
        "system": platform.system(),
        "python": platform.python_version(),
    }


def versions(names: Iterable[str]) -> dict[str, str]:
    """Versions of packages that are installed beside us; those that aren't are left out."""
    found = {}
    for name in names:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found
