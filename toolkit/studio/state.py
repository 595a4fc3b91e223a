"""What sync remembers between runs, in SQLite; the server is the truth.

The file can be deleted at any time: the next pull is then a full one, and the next push
looks everything up as it always does.
"""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any

from toolkit.errors import WorkspaceError
from toolkit.settings import Workspace
from toolkit.studio.answers import ServerTask

_MIGRATIONS = (
    """
    CREATE TABLE watermark (
        server TEXT NOT NULL,
        project INTEGER NOT NULL,
        time TEXT NOT NULL,
        PRIMARY KEY (server, project)
    ) WITHOUT ROWID;
    CREATE TABLE task (
        server TEXT NOT NULL,
        project INTEGER NOT NULL,
        key TEXT NOT NULL,
        task INTEGER NOT NULL,
        PRIMARY KEY (server, project, key)
    ) WITHOUT ROWID;
    CREATE TABLE unresolved (
        server TEXT NOT NULL,
        project INTEGER NOT NULL,
        annotation INTEGER NOT NULL,
        task INTEGER NOT NULL,
        PRIMARY KEY (server, project, annotation)
    ) WITHOUT ROWID;
    CREATE TABLE vanished (
        server TEXT NOT NULL,
        annotation INTEGER NOT NULL,
        PRIMARY KEY (server, annotation)
    ) WITHOUT ROWID;
    CREATE TABLE sending (
        server TEXT NOT NULL,
        project INTEGER NOT NULL,
        key TEXT NOT NULL,
        since REAL NOT NULL,
        PRIMARY KEY (server, project, key)
    ) WITHOUT ROWID;
    """,
    """
    CREATE TABLE person (
        server TEXT NOT NULL,
        user INTEGER NOT NULL,
        name TEXT NOT NULL,
        PRIMARY KEY (server, user)
    ) WITHOUT ROWID;
    """,
    # What was deleted is marked in annotations.jsonl, which has to know the projects for it:
    # the next pull looks at everything.
    """
    DROP TABLE vanished;
    DELETE FROM watermark;
    """,
    """
    DROP TABLE task;
    CREATE TABLE task (
        server TEXT NOT NULL,
        project INTEGER NOT NULL,
        task INTEGER NOT NULL,
        key TEXT NOT NULL,
        model_versions TEXT NOT NULL,
        begun INTEGER NOT NULL,
        predictions INTEGER NOT NULL,
        digest TEXT,
        PRIMARY KEY (server, project, task)
    ) WITHOUT ROWID;
    CREATE TABLE listed (
        server TEXT NOT NULL,
        project INTEGER NOT NULL,
        time TEXT NOT NULL,
        PRIMARY KEY (server, project)
    ) WITHOUT ROWID;
    """,
)
"""Applied in order; ``PRAGMA user_version`` counts those that were."""


class State:
    """The memory of one server's projects. Every method is one transaction.

    Raises:
        sqlite3.Error: the file can't be used; ``opened_state`` says it in our words.
    """

    def __init__(self, path: Path, server: str, *, read_only: bool = False) -> None:
        self._server = server
        if read_only:
            self._db = sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)
            return
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._db = _opened(path)

    def __enter__(self) -> State:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._db.close()

    def watermark(self, project: int) -> str | None:
        """The time up to which the project's changes were pulled."""
        rows = self._rows(
            "SELECT time FROM watermark WHERE server = ? AND project = ?", self._server, project
        )
        return str(rows[0][0]) if rows else None

    def projects(self) -> set[int]:
        """The projects that were ever pulled."""
        rows = self._rows("SELECT project FROM watermark WHERE server = ?", self._server)
        return {project for (project,) in rows}

    def unresolved(self, project: int) -> dict[int, int]:
        """Annotations that could not be used, with their tasks; every pull tries them again."""
        return dict(
            self._rows(
                "SELECT annotation, task FROM unresolved WHERE server = ? AND project = ?",
                self._server,
                project,
            )
        )

    def pulled(self, project: int, time: str | None, unresolved: Mapping[int, int]) -> None:
        """Note the end of a pull of the project; ``unresolved`` replaces what was there."""
        here = (self._server, project)
        with self._db:
            if time is not None:
                self._db.execute("INSERT OR REPLACE INTO watermark VALUES (?, ?, ?)", (*here, time))
            self._db.execute("DELETE FROM unresolved WHERE server = ? AND project = ?", here)
            self._db.executemany(
                "INSERT INTO unresolved VALUES (?, ?, ?, ?)",
                [(*here, annotation, task) for annotation, task in unresolved.items()],
            )

    def people(self) -> dict[int, str]:
        """The names that the last pull gave the server's users, by id."""
        return dict(self._rows("SELECT user, name FROM person WHERE server = ?", self._server))

    def set_people(self, people: Mapping[int, str]) -> None:
        """Replace the names."""
        with self._db:
            self._db.execute("DELETE FROM person WHERE server = ?", (self._server,))
            self._db.executemany(
                "INSERT INTO person VALUES (?, ?, ?)",
                [(self._server, user, name) for user, name in people.items()],
            )

    def tasks(self, project: int) -> dict[int, ServerTask]:
        """The project's tasks by id, as the last push left them."""
        rows = self._rows(
            "SELECT task, key, model_versions, begun, predictions, digest FROM task "
            "WHERE server = ? AND project = ? ORDER BY task",
            self._server,
            project,
        )
        return {
            id_: ServerTask(
                id_, key, tuple(versions.splitlines()), bool(begun), predictions, digest=digest
            )
            for id_, key, versions, begun, predictions, digest in rows
        }

    def listed(self, project: int) -> str | None:
        """The time of the last change that ``tasks`` know of; None if they aren't complete."""
        rows = self._rows(
            "SELECT time FROM listed WHERE server = ? AND project = ?", self._server, project
        )
        return str(rows[0][0]) if rows else None

    def set_listed(self, project: int, time: str | None) -> None:
        """Say that ``tasks`` are complete up to this time; None says that they aren't."""
        here = (self._server, project)
        with self._db:
            self._db.execute("DELETE FROM listed WHERE server = ? AND project = ?", here)
            if time is not None:
                self._db.execute("INSERT INTO listed VALUES (?, ?, ?)", (*here, time))

    def set_tasks(self, project: int, tasks: Iterable[ServerTask]) -> None:
        """Replace all tasks of the project."""
        with self._db:
            self._db.execute(
                "DELETE FROM task WHERE server = ? AND project = ?", (self._server, project)
            )
            self._put(project, tasks)

    def put_tasks(self, project: int, tasks: Iterable[ServerTask]) -> None:
        """Add tasks to the project's, or change them."""
        with self._db:
            self._put(project, tasks)

    def drop_tasks(self, project: int, tasks: Iterable[int]) -> None:
        """Forget tasks that are gone."""
        with self._db:
            self._db.executemany(
                "DELETE FROM task WHERE server = ? AND project = ? AND task = ?",
                [(self._server, project, task) for task in tasks],
            )

    def sending(self, project: int) -> dict[str, float]:
        """Keys whose import was begun and never seen to end, with the time it began."""
        return dict(
            self._rows(
                "SELECT key, since FROM sending WHERE server = ? AND project = ?",
                self._server,
                project,
            )
        )

    def begin_sending(self, project: int, keys: Iterable[str], now: float) -> None:
        """Note that an import of these keys begins, before it does."""
        with self._db:
            self._db.executemany(
                "INSERT OR REPLACE INTO sending VALUES (?, ?, ?, ?)",
                [(self._server, project, key, now) for key in keys],
            )

    def end_sending(self, project: int, keys: Iterable[str]) -> None:
        """Note that nothing is on its way for these keys any more."""
        with self._db:
            self._db.executemany(
                "DELETE FROM sending WHERE server = ? AND project = ? AND key = ?",
                [(self._server, project, key) for key in keys],
            )

    def _put(self, project: int, tasks: Iterable[ServerTask]) -> None:
        self._db.executemany(
            "INSERT OR REPLACE INTO task VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            [
                (
                    *(self._server, project, one.id, one.key, "\n".join(one.model_versions)),
                    *(one.begun, one.predictions, one.digest),
                )
                for one in tasks
            ],
        )

    def _rows(self, query: str, *values: str | int) -> list[Any]:
        return self._db.execute(query, values).fetchall()


def state_file(workspace: Workspace) -> Path:
    """Where the state is; there is none before the first push or pull."""
    return workspace.private / "studio" / "state.sqlite"


@contextlib.contextmanager
def opened_state(workspace: Workspace, server: str) -> Iterator[State]:
    """The workspace's state, for one push or pull at a time.

    Raises:
        WorkspaceError: another push or pull is at work here, or the file can't be used.
    """
    with sync_lock(workspace):
        path = state_file(workspace)
        try:
            with State(path, server) as state:
                yield state
        except sqlite3.Error as error:
            raise WorkspaceError(f"{path}: can't be used ({error})", _remedy(error)) from None


def _remedy(error: sqlite3.Error) -> str:
    """What to do about it; deleting helps only where the file itself is wrong."""
    # The lowest byte is the kind of error, what is above it says more about it.
    kind = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF
    if kind in {sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR}:
        return "Is the disk full? Make room and run the command again; nothing is lost."
    if kind in {sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM}:
        return "Is it a file, in a folder, that you may write to? Run the command again then."
    if kind in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}:
        return "Another program has it open: end that, and run the command again."
    return "It is only a cache: delete it and run the command again."


@contextlib.contextmanager
def sync_lock(workspace: Workspace) -> Iterator[None]:
    """No push or pull while it is held, nor anything else that writes annotations.

    Raises:
        WorkspaceError: one is at work here.
    """
    from filelock import FileLock, Timeout

    folder = workspace.private / "studio"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    # Not the lock of ``studio.places``: a server may be stopped while a push hangs.
    lock = FileLock(folder / "sync.lock", timeout=0)
    try:
        lock.acquire()
    except Timeout:
        raise WorkspaceError(
            f"another push or pull is at work in {workspace.root}",
            "Wait until it is done, and run the command again.",
        ) from None
    try:
        yield
    finally:
        lock.release()


def remembered(
    workspace: Workspace, server: str, project: int
) -> tuple[dict[int, ServerTask], str | None]:
    """A project's tasks and ``State.listed``, without touching anything.

    None, where there is no state or none that can be read: it is only a cache.
    """
    path = state_file(workspace)
    if not path.exists():
        return {}, None
    try:
        with State(path, server, read_only=True) as state:
            return state.tasks(project), state.listed(project)
    except sqlite3.Error:
        return {}, None


def _opened(path: Path) -> sqlite3.Connection:
    path.touch(mode=0o600)
    db = sqlite3.connect(path)
    try:
        (version,) = db.execute("PRAGMA user_version").fetchone()
        if version > len(_MIGRATIONS):
            raise sqlite3.DatabaseError("a newer version of the toolkit wrote it")  # noqa: TRY301 - one way out
        for number, migration in enumerate(_MIGRATIONS[version:], version + 1):
            db.executescript(f"BEGIN; {migration} PRAGMA user_version = {number}; COMMIT;")
    except BaseException:
        db.close()
        raise
    return db
