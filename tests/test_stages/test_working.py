"""The folder that a run works in."""

from __future__ import annotations

import contextlib
import sqlite3
from pathlib import Path

import pytest

from toolkit.errors import WorkspaceError
from toolkit.stages.working import working_folder
from toolkit.stages.workspace import init


def fill(folder: Path) -> None:
    """Write more into a database there than it may hold."""
    with contextlib.closing(sqlite3.connect(folder / "some.sqlite")) as database:
        database.execute("PRAGMA max_page_count = 2")
        database.execute("CREATE TABLE texts (text)")
        database.execute("INSERT INTO texts VALUES (?)", ("长" * 10_000,))


def test_a_full_database_is_said_and_leaves_nothing(tmp_path: Path) -> None:
    """What SQLite says of a full disk becomes an error that says what to do."""
    space = init(tmp_path)[0]
    with (
        pytest.raises(WorkspaceError, match=r"full.*Make room"),
        working_folder(space, "ingest", space.documents) as folder,
    ):
        fill(folder)
    assert not folder.exists()


def test_a_folder_that_can_not_be_made_is_said(tmp_path: Path) -> None:
    """A file in its place is named, and the next run isn't kept waiting."""
    space = init(tmp_path)[0]
    space.private.mkdir()
    (space.private / "ingest").write_text("in the way", encoding="utf-8")
    for _ in range(2):
        with (
            pytest.raises(WorkspaceError, match="can't be written to"),
            working_folder(space, "ingest", space.documents),
        ):
            pytest.fail("there is no folder to work in")
