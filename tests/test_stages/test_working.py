"""The folder that a run works in."""

from __future__ import annotations

from pathlib import Path

import pytest

from toolkit.errors import WorkspaceError
from toolkit.stages.working import working_folder
from toolkit.stages.workspace import init


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
