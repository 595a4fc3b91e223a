"""What ``ingest --explain`` knows of documents and of files."""

from __future__ import annotations

from pathlib import Path

import pytest
from msgspec import structs

from toolkit.errors import InputError, UsageError
from toolkit.records import write_jsonl
from toolkit.settings import Workspace
from toolkit.stages.corpus import choose_passes, ingest
from toolkit.stages.explain import Explanation, explain
from toolkit.stages.workspace import init


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    """A workspace with two ingested files."""
    space = init(tmp_path)[0]
    (space.root / "corpus" / "a.txt").write_text("第一行。\r\n堅(jiān)持。", encoding="utf-8")
    write_jsonl(
        space.root / "corpus" / "rows.jsonl",
        [{"id": "r1", "text": "武&ldquo;汉"}, {"id": "r2", "text": "无锡"}],
    )
    ingest(space)
    return space


def explained(workspace: Workspace, name: str) -> list[Explanation]:
    """The explanations, with the passes that the workspace chooses."""
    return list(explain(workspace, name, choose_passes(workspace)))


def test_places_are_lines_and_columns_of_the_raw_text(workspace: Workspace) -> None:
    """A line that ends in CRLF counts once; offsets are those of the raw text."""
    (found,) = explained(workspace, "a.txt")
    assert found.stored == "the same"
    assert [
        (edit.pass_name, edit.line, edit.column, edit.raw_start, edit.raw_end, edit.before)
        for edit in found.edits
    ] == [("controls", 1, 5, 4, 5, "\r"), ("glosses", 2, 2, 7, 13, "(jiān)")]


def test_a_file_of_rows_is_explained_row_by_row(workspace: Workspace) -> None:
    """A path gives all its documents, an id one of them."""
    rows = explained(workspace, "corpus/rows.jsonl")
    assert [(row.id, row.place, len(row.edits)) for row in rows] == [
        ("r1", "corpus/rows.jsonl, row 1", 1),
        ("r2", "corpus/rows.jsonl, row 2", 0),
    ]
    assert explained(workspace, "r1") == rows[:1]


def test_a_text_that_would_come_out_differently_is_said(workspace: Workspace) -> None:
    """With other passes than the document was made with, its text is another one."""
    passes = choose_passes(workspace, without=["glosses"])
    for name in ("a.txt", "corpus/a.txt"):
        (found,) = explain(workspace, name, passes)
        assert found.stored == "another text"


def test_a_file_that_changed_or_was_never_ingested(workspace: Workspace) -> None:
    """By its path a file is explained as it is now; what is not there is named."""
    path = workspace.root / "corpus" / "a.txt"
    path.write_text("第二版", encoding="utf-8")
    (found,) = explained(workspace, str(path))
    assert (found.stored, found.edits) == ("no such document", ())
    with pytest.raises(InputError, match="has changed"):
        explained(workspace, "a.tx")
    with pytest.raises(UsageError, match="there is no document"):
        explained(workspace, "nowhere")
    with pytest.raises(UsageError, match="could be any of r1, r2"):
        explained(workspace, "r")


def test_a_table_is_explained_by_the_columns_it_is_ingested_by(workspace: Workspace) -> None:
    """Columns come from the settings and, over these, from the call."""
    table = workspace.root / "corpus" / "t.csv"
    table.write_text("正文,编号\n武&ldquo;汉,x1\n", encoding="utf-8")
    corpus = structs.replace(workspace.settings.corpus, columns={"text": "正文", "id": "nowhere"})
    named = structs.replace(workspace, settings=structs.replace(workspace.settings, corpus=corpus))
    passes = choose_passes(workspace)
    (found,) = explain(named, str(table), passes)
    assert len(found.edits) == 1
    (found,) = explain(named, str(table), passes, columns={"id": "编号"})
    assert found.id == "x1"
