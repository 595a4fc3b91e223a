"""Tests of toolkit.studio.state."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from toolkit.errors import WorkspaceError
from toolkit.settings import Settings, Workspace
from toolkit.studio.answers import ServerTask
from toolkit.studio.places import locked, places_of
from toolkit.studio.state import opened_state

URL = "http://127.0.0.1:1/"


@pytest.fixture
def place(tmp_path: Path) -> Workspace:
    """A workspace without a server."""
    return Workspace(tmp_path, Settings())


def test_what_is_noted_is_there_next_time(place: Workspace) -> None:
    """Watermark, unresolved and tasks outlive the connection."""
    task = ServerTask(10, "a", ("v 1",), begun=True, predictions=1, digest="d")
    with opened_state(place, URL) as state:
        assert state.watermark(1) is None
        state.pulled(1, "2026-01-01T00:00:00.000000Z", {7: 70})
        state.pulled(2, None, {})
        state.begin_sending(1, ["a", "b"], 12.5)
        state.end_sending(1, ["a"])
        state.set_tasks(1, [task])
        state.set_listed(1, "2026-01-01T00:00:00.000000Z")
    with opened_state(place, URL) as state:
        assert state.watermark(1) == "2026-01-01T00:00:00.000000Z"
        assert state.watermark(2) is None
        assert state.unresolved(1) == {7: 70}
        assert state.sending(1) == {"b": 12.5}
        assert state.tasks(1) == {10: task}
        assert state.listed(1) == "2026-01-01T00:00:00.000000Z"
        state.drop_tasks(1, [10])
        state.set_listed(1, None)
        assert (state.tasks(1), state.listed(1)) == ({}, None)
        state.pulled(1, None, {})
        assert (state.watermark(1), state.unresolved(1)) == ("2026-01-01T00:00:00.000000Z", {})


def test_servers_are_apart(place: Workspace) -> None:
    """What is noted for one server isn't seen for another."""
    with opened_state(place, URL) as state:
        state.pulled(1, "2026-01-01T00:00:00.000000Z", {7: 70})
    with opened_state(place, "http://127.0.0.1:2/") as state:
        assert (state.watermark(1), state.unresolved(1)) == (None, {})


def test_only_one_at_a_time(place: Workspace) -> None:
    """While one process has the state open, another is told so at once."""
    program = (
        "import pathlib, sys\n"
        "from toolkit.errors import WorkspaceError\n"
        "from toolkit.settings import Settings, Workspace\n"
        "from toolkit.studio.state import opened_state\n"
        "try:\n"
        "    with opened_state(Workspace(pathlib.Path(sys.argv[1]), Settings()), 'x'): pass\n"
        "except WorkspaceError as error:\n"
        "    print(error)\n"
    )
    with opened_state(place, URL):
        said = subprocess.run(
            [sys.executable, "-c", program, place.root], capture_output=True, text=True, check=True
        ).stdout
    assert said.startswith("another push or pull is at work")
    with opened_state(place, URL) as state:
        assert state.unresolved(1) == {}


def test_a_server_can_be_stopped_meanwhile(place: Workspace) -> None:
    """Starting and stopping the embedded server doesn't wait for a push or a pull."""

    def never(sentence: str) -> None:
        raise AssertionError(sentence)

    with opened_state(place, URL), locked(places_of(place), never):
        pass


def test_nobody_else_can_read_it(place: Workspace) -> None:
    """The file is the user's own."""
    with opened_state(place, URL):
        pass
    assert (place.private / "studio" / "state.sqlite").stat().st_mode & 0o077 == 0


def test_a_broken_or_newer_file_says_what_to_do(place: Workspace) -> None:
    """A file that isn't a state of ours is an error with a way out, and stays."""
    path = place.private / "studio" / "state.sqlite"
    path.parent.mkdir(parents=True)
    path.write_bytes(b"not a database, and long enough to be seen as none" * 50)
    with pytest.raises(WorkspaceError, match="delete it"), opened_state(place, URL):
        pass
    path.unlink()
    db = sqlite3.connect(path)
    db.execute("PRAGMA user_version = 99")
    db.close()
    with pytest.raises(WorkspaceError, match="newer version"), opened_state(place, URL):
        pass


@pytest.mark.parametrize(
    ("code", "remedy"),
    [
        (sqlite3.SQLITE_FULL, "Make room"),
        (sqlite3.SQLITE_IOERR_WRITE, "Make room"),
        (sqlite3.SQLITE_READONLY, "may write to"),
        (sqlite3.SQLITE_BUSY, "Another program"),
        (sqlite3.SQLITE_CORRUPT, "delete it"),
    ],
)
def test_what_to_do_depends_on_what_is_wrong(place: Workspace, code: int, remedy: str) -> None:
    """Only a file that is itself wrong is to be deleted, and a full disk is not that."""
    failure = sqlite3.OperationalError("what SQLite says")
    failure.sqlite_errorcode = code
    with pytest.raises(WorkspaceError, match=remedy), opened_state(place, URL):
        raise failure


def test_a_full_disk_says_so(place: Workspace) -> None:
    """SQLite's own error, as it comes where no page more can be had."""

    def fill() -> None:
        with opened_state(place, URL) as state:
            (pages,) = state._db.execute("PRAGMA page_count").fetchone()
            state._db.execute(f"PRAGMA max_page_count = {pages}")
            state.begin_sending(1, [f"{number:0500}" for number in range(100)], 0.0)

    with pytest.raises(WorkspaceError, match="Make room"):
        fill()
