"""Checks over a workspace: what they look at, and what their table may not replace."""

from __future__ import annotations

from pathlib import Path

import pytest

from toolkit.errors import OffsetError, UsageError
from toolkit.model import Document, GoldDocument, GoldSpan
from toolkit.records import write_jsonl
from toolkit.settings import Workspace, replace
from toolkit.stages.checks import check, write_findings
from toolkit.stages.workspace import init

TEXT = "棠州没有疫情。"


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    """Three documents with gold, one of which differs."""
    made, _ = init(tmp_path / "news")
    labels = {"a": "LOC", "b": "LOC", "c": "ORG"}
    write_jsonl(made.documents, [Document(name, TEXT) for name in labels])
    write_jsonl(
        made.gold,
        [GoldDocument(name, TEXT, (GoldSpan(0, 2, label),)) for name, label in labels.items()],
    )
    return made


def test_the_rarer_label_is_found(workspace: Workspace) -> None:
    """With its place, and its text in the work list; a greater doubt leaves it out."""
    result = check(workspace, kinds=["label-differs"])
    assert (result.documents, result.spans, result.kinds) == (3, 3, {"label-differs": 1})
    assert [(one.doc_id, one.label) for one in result.findings] == [("c", "ORG")]
    assert [(one.text, one.labels) for one in result.surfaces] == [("棠州", {"LOC": 2, "ORG": 1})]
    assert check(workspace, kinds=["label-differs"], least=0.9).findings == ()


def test_the_table_replaces_no_file_of_the_workspace(workspace: Workspace, tmp_path: Path) -> None:
    """Gold stays gold, wherever the table is told to go."""
    found = check(workspace).findings
    before = workspace.gold.read_bytes()
    with pytest.raises(UsageError, match=r"gold\.jsonl"):
        write_findings(workspace, found, workspace.gold)
    assert workspace.gold.read_bytes() == before
    assert write_findings(workspace, found, tmp_path / "x.csv") == len(found)


def test_gold_that_does_not_stand_is_an_error(workspace: Workspace) -> None:
    """A span outside of its text is told of, and doubts are shares."""
    write_jsonl(workspace.gold, [GoldDocument("a", TEXT, (GoldSpan(0, 99, "LOC"),))])
    with pytest.raises(OffsetError, match="0-99"):
        check(workspace)
    with pytest.raises(UsageError, match="from 0 to 1"):
        check(workspace, least=2)


def test_several_cores_find_the_same(workspace: Workspace) -> None:
    """Check by check in processes of their own, with the same doubts in the same order."""
    both = {"workers": 2, "engine": "local"}
    settings = replace(workspace.settings, parallel=replace(workspace.settings.parallel, **both))
    assert check(replace(workspace, settings=settings)) == check(workspace)
