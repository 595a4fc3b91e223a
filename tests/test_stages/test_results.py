"""From annotations to gold and to a dataset, on files alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from toolkit import records
from toolkit.errors import InputError
from toolkit.model import AnnotatedSpan, Annotation, Document
from toolkit.settings import Workspace, replace
from toolkit.stages import results
from toolkit.stages import workspace as files


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    """A workspace with one document that two people annotated."""
    space, _ = files.init(tmp_path)
    records.write_jsonl(space.documents, [Document("d", "武汉市召开会议。")])
    spans = (AnnotatedSpan(0, 3, "LOC", "武汉市"),)
    records.write_jsonl(space.annotations, [Annotation("d", name, spans) for name in ("li", "wu")])
    results.merge(space)
    return space


def _with_guidelines(workspace: Workspace, name: str) -> Workspace:
    settings = workspace.settings
    labels = replace(settings.labels, guidelines=name)
    changed: Workspace = replace(workspace, settings=replace(settings, labels=labels))
    return changed


def test_the_guidelines_travel_with_the_dataset(workspace: Workspace) -> None:
    """What the settings name as guidelines lies beside the card."""
    exported = results.export(workspace)
    guidelines = workspace.path(workspace.settings.labels.guidelines)
    assert (exported.folder / "guidelines.md").read_bytes() == guidelines.read_bytes()


def test_a_workspace_without_guidelines_exports_none(workspace: Workspace) -> None:
    """Guidelines that are not named are not missed; ones that are named must be there."""
    exported = results.export(_with_guidelines(workspace, ""))
    assert "README.md" in exported.files
    assert "guidelines.md" not in exported.files
    with pytest.raises(InputError, match=r"nowhere\.md"):
        results.export(_with_guidelines(workspace, "nowhere.md"), version="0.2.0")
