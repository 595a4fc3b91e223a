"""Label Studio servers to measure: on SQLite or on a PostgreSQL of their own, in a folder.

Neither touches a server that is there: ports are free ones, and what is started is ended.
"""

from __future__ import annotations

import contextlib
import getpass
import os
import secrets
import shutil
import subprocess
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import httpx

from toolkit.studio import installed, process
from toolkit.studio.accounts import Account, add_account, new_account, who_answers
from toolkit.studio.process import HOST, Process

ADMIN = new_account("admin", "admin@localhost", token=secrets.token_hex(20))

_BINARIES = (*Path("/usr/lib/postgresql").glob("*/bin"), Path("/usr/bin"), Path("/usr/local/bin"))
_START_SECONDS = 600.0
_DATABASE_USER = "postgres"
"""Whom a PostgreSQL runs as where we are root, whom it refuses."""


@dataclass(frozen=True, slots=True)
class PostgreSQL:
    """A database server: its address, and its first process."""

    port: int
    pid: int


@dataclass(frozen=True, slots=True)
class LabelStudio:
    """What is measured: one process of Label Studio or more, and what the database needs.

    ``urls`` has the address of each process; all serve the same data.
    """

    urls: tuple[str, ...]
    processes: tuple[Process, ...]
    annotators: tuple[Account, ...]
    database: PostgreSQL | None
    folder: Path

    @property
    def url(self) -> str:
        """The first process."""
        return self.urls[0]

    def megabytes(self) -> float:
        """The size of the database's files."""
        kept = self.folder / ("postgresql/data/base" if self.database else "data")
        return round(sum(one.stat().st_size for one in kept.rglob("*") if one.is_file()) / 1e6, 1)

    def seconds(self) -> float:
        """CPU seconds of all processes until now, those of the database too."""
        roots = [one.pid for one in self.processes]
        return _worked([*roots, self.database.pid] if self.database else roots)


@contextlib.contextmanager
def label_studio(
    folder: Path, database: str, *, people: Sequence[str] = ("anna",), processes: int = 1
) -> Iterator[LabelStudio]:
    """A Label Studio in ``folder`` while it is open; ``database`` is sqlite or postgresql."""
    with contextlib.ExitStack() as stack:
        behind = stack.enter_context(postgresql(folder)) if database == "postgresql" else None
        data, home = folder / "data", folder / "home"
        data.mkdir()
        home.mkdir()
        (data / ".env").write_text(f"SECRET_KEY={secrets.token_urlsafe(50)}\n", "utf-8")
        if behind is None:
            shutil.copyfile(installed.database(print), data / installed.DATABASE)
        started: list[tuple[str, Process]] = []
        for _ in range(processes):
            one = _start(folder, data, home, behind)
            stack.callback(process.end, one[1])
            _wait(one[0], one[1], folder)
            started.append(one)
        url = started[0][0]
        accounts = [
            add_account(url, ADMIN.token, new_account(name, f"{name}@example.com"))
            for name in people
        ]
        yield LabelStudio(
            tuple(url for url, _ in started),
            tuple(one for _, one in started),
            tuple(accounts),
            behind,
            folder,
        )


@contextlib.contextmanager
def postgresql(folder: Path) -> Iterator[PostgreSQL]:
    """A PostgreSQL with its defaults in ``folder`` while it is open, as somebody who isn't root."""
    binaries = next((one for one in _BINARIES if (one / "initdb").exists()), None)
    if binaries is None:
        raise SystemExit("There is no PostgreSQL here (initdb was looked for).")
    home = folder / "postgresql"
    home.mkdir()
    as_user: list[str] = []
    if os.geteuid() == 0:
        shutil.chown(home, _DATABASE_USER)
        for one in (folder, *folder.parents):
            if not one.stat().st_mode & 0o001 and one.stat().st_uid == 0:
                one.chmod(one.stat().st_mode | 0o011)  # the user has to get through to it
        as_user = ["runuser", "-u", _DATABASE_USER, "--"]
    port = process.free_port()
    data, log = home / "data", home / "log"

    def run(program: str, *arguments: str) -> None:
        subprocess.run(
            [*as_user, str(binaries / program), *arguments],
            check=True,
            cwd=home,
            stdout=subprocess.DEVNULL,
        )

    owner = _DATABASE_USER if as_user else getpass.getuser()
    run(
        "initdb", "-D", str(data), "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8"
    )
    options = f"-p {port} -c listen_addresses={HOST} -c unix_socket_directories={home}"
    run("pg_ctl", "-D", str(data), "-o", options, "-l", str(log), "-w", "start")
    try:
        run("createdb", "-h", HOST, "-p", str(port), "-U", "postgres", "labelstudio")
        pid = int((data / "postmaster.pid").read_text().splitlines()[0])
        print(f"PostgreSQL of {owner} on port {port}", flush=True)
        yield PostgreSQL(port, pid)
    finally:
        run("pg_ctl", "-D", str(data), "-m", "fast", "-w", "stop")


def _start(
    folder: Path, data: Path, home: Path, database: PostgreSQL | None
) -> tuple[str, Process]:
    settings = {"USERNAME": ADMIN.email, "PASSWORD": ADMIN.password, "USER_TOKEN": ADMIN.token}
    if database is not None:
        settings |= {
            "DJANGO_DB": "default",
            "POSTGRE_NAME": "labelstudio",
            "POSTGRE_USER": "postgres",
            "POSTGRE_PASSWORD": "trusted",
            "POSTGRE_HOST": HOST,
            "POSTGRE_PORT": str(database.port),
        }
    port = process.free_port()
    command = installed.command(
        "label_studio.server",
        *("start", "--debug", "--no-browser", f"--internal-host={HOST}"),
        *(f"--port={port}", f"--data-dir={data}"),
    )
    environment = installed.environment(data, home, **settings)
    child = process.spawn(command, environment, folder / f"server-{port}.log", str(data))
    return f"http://{HOST}:{port}", child


def _wait(url: str, child: Process, folder: Path) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline:
        with contextlib.suppress(httpx.HTTPError):
            if who_answers(url, ADMIN.token, seconds=5) == ADMIN.email:
                return
        if not process.runs(child):
            raise SystemExit(f"Label Studio ended while it started; its logs are in {folder}")
        time.sleep(0.2)
    raise SystemExit("Label Studio did not come up")


def _worked(roots: Sequence[int]) -> float:
    """CPU seconds of these processes and all below them, ended ones included."""
    parents: dict[int, int] = {}
    ticks: dict[int, int] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal():
            with contextlib.suppress(OSError):
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
                parents[int(entry.name)] = int(fields[1])
                # utime, stime, and those of children that have ended and were waited for.
                ticks[int(entry.name)] = sum(map(int, fields[11:15]))
    ours = {*roots}
    while more := {pid for pid, parent in parents.items() if parent in ours} - ours:
        ours |= more
    return sum(ticks.get(pid, 0) for pid in ours) / os.sysconf("SC_CLK_TCK")
