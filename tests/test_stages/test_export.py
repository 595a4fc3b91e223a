"""A version of the dataset from a workspace: its record of splits, and what the manifest says."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from toolkit import records
from toolkit.datasets.splits import Dealt
from toolkit.errors import InputError, UsageError
from toolkit.model import AnnotatedSpan, Annotation, Document, SuggestedSpan, Suggestion
from toolkit.settings import Workspace, open_workspace, replace
from toolkit.stages import export, results
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
    exported = export.export(workspace)
    guidelines = workspace.path(workspace.settings.labels.guidelines)
    assert (exported.folder / "guidelines.md").read_bytes() == guidelines.read_bytes()


def test_a_workspace_without_guidelines_exports_none(workspace: Workspace) -> None:
    """Guidelines that are not named are not missed; ones that are named must be there."""
    exported = export.export(_with_guidelines(workspace, ""))
    assert "README.md" in exported.files
    assert "guidelines.md" not in exported.files
    with pytest.raises(InputError, match=r"nowhere\.md"):
        export.export(_with_guidelines(workspace, "nowhere.md"), version="0.2.0")


def _many(workspace: Workspace, count: int) -> None:
    """So many annotated documents, half of which showed suggestions, merged to gold."""
    texts = {f"d{i}": f"武汉市召开第{i}次会议。" for i in range(count)}
    records.write_jsonl(workspace.documents, [Document(d, text) for d, text in texts.items()])
    span = SuggestedSpan(0, 3, "LOC", "武汉市")
    records.write_jsonl(workspace.suggestions, [Suggestion(d, "pack-2-b", (span,)) for d in texts])
    kept = (AnnotatedSpan(0, 3, "LOC", "武汉市"),)
    given = [
        Annotation(d, who, kept, suggested="pack-1-a" if i % 2 else None)
        for i, d in enumerate(texts)
        for who in ("li", "wu")
    ]
    records.write_jsonl(workspace.annotations, given)
    results.merge(workspace)


def test_the_manifest_tells_of_reviews_and_of_what_is_no_gold(workspace: Workspace) -> None:
    """Decisions are an input with a hash; documents that aren't gold are counted."""
    _many(workspace, 20)
    documents = list(records.read_jsonl(workspace.documents, Document))
    begun = Document("begun", "武汉市开会。")
    records.write_jsonl(workspace.documents, [*documents, begun, Document("new", "明天开会。")])
    given = list(records.read_jsonl(workspace.annotations, Annotation))
    records.write_jsonl(workspace.annotations, [*given, Annotation("begun", "li", (), 0, 3)])
    twice = [Annotation("d1", who, (), 0, 11) for who in ("zhao", "qian")]
    records.write_jsonl(workspace.reviews, twice)
    results.merge(workspace)
    manifest = _manifest(export.export(workspace, formats=["jsonl"]).folder)
    hashed = hashlib.sha256(workspace.reviews.read_bytes()).hexdigest()
    assert manifest["inputs"]["reviews.jsonl"] == hashed
    facts = manifest["facts"]
    assert facts["reviewed"] == {"passages": 1, "documents": 1}
    assert facts["not_gold"] == {"documents": 22, "annotated": 1, "unannotated": 1}
    assert facts["methods"].keys() <= {"majority", "sequence", "spans"}
    assert all(told["confidence"] for told in facts["methods"].values())


def _dealt(path: Path) -> dict[str, str]:
    return {one.doc_id: one.split for one in records.read_jsonl(path, Dealt)}


def _manifest(folder: Path) -> dict[str, Any]:
    manifest: dict[str, Any] = json.loads((folder / "manifest.json").read_bytes())
    return manifest


def test_later_versions_keep_what_earlier_ones_dealt(workspace: Workspace) -> None:
    """A corpus that grows keeps its documents where they were, folds in a record of their own."""
    _many(workspace, 20)
    first = _dealt(export.export(workspace).folder / "splits.jsonl")
    assert _dealt(workspace.splits) == first
    _many(workspace, 60)
    export.export(workspace, k_fold=3)
    second = _dealt(export.export(workspace, version="0.2.0").folder / "splits.jsonl")
    assert first.items() <= second.items()
    kept = list(records.read_jsonl(workspace.splits, Dealt))
    assert {one.salt for one in kept} == {"split-1", "split-1/3-fold"}
    assert {one.doc_id: one.split for one in kept if one.salt == "split-1"} == second


def test_the_same_inputs_give_the_same_bytes_in_another_place(
    workspace: Workspace, tmp_path: Path
) -> None:
    """Another folder, and the record of splits that the first export made, change nothing."""
    _many(workspace, 20)
    first = export.export(workspace)
    again = export.export(workspace)
    assert again.unchanged
    moved = tmp_path.with_name(f"{tmp_path.name}-moved")
    moved.mkdir()
    tmp_path.rename(moved / "elsewhere")
    there = open_workspace(moved / "elsewhere")
    other = export.export(there, force=True)
    assert other.unchanged
    assert other.files == first.files


def test_the_manifest_says_what_went_in(workspace: Workspace) -> None:
    """Every input with its hash, the rules, the command, and whose figures they are."""
    _many(workspace, 20)
    folder = export.export(workspace, formats=["jsonl", "conll-bio-words"], names=True).folder
    manifest = _manifest(folder)
    inputs = {
        "toolkit.toml",
        "documents.jsonl",
        "suggestions.jsonl",
        "annotations.jsonl",
        "gold.jsonl",
        "epidemic_news.xml",
        "epidemic_news.md",
    }
    assert manifest["inputs"].keys() == inputs
    found = hashlib.sha256(workspace.annotations.read_bytes()).hexdigest()
    assert manifest["inputs"]["annotations.jsonl"] == found
    assert manifest["facts"]["agreement"]["annotations"] == found
    assert manifest["facts"]["rule_packs"] == ["pack-1-a", "pack-2-b"]
    shown = {"annotations": 40, "with_suggestions": 20}
    assert manifest["facts"]["suggestions_shown"] == shown
    command = "toolkit export --version 0.1.0 --nesting outermost --format jsonl"
    assert " ".join(manifest["command"]) == f"{command} --format conll-bio-words --names"
    assert "rjieba" in manifest["packages"]


def test_near_duplicates_are_looked_for_again(workspace: Workspace) -> None:
    """Copies without a common group are told where they are on two sides."""
    assert _copies(workspace, 0.6) == 1
    assert _copies(workspace, 0) is None


def _copies(workspace: Workspace, threshold: float) -> int | None:
    """Export copies of one text, each with another end, and say how many groups are shared."""
    text = "市疫情防控指挥部昨天召开会议,要求各县区把防控责任落实到每一个社区和村庄,做到不漏一户。"
    documents = [Document(f"c{i}", f"{text * 2}{i}") for i in range(12)]
    records.write_jsonl(workspace.documents, documents)
    records.write_jsonl(workspace.annotations, [Annotation(d.id, "li") for d in documents])
    results.merge(workspace)
    settings = workspace.settings
    corpus = replace(settings.corpus, near_duplicates=threshold)
    changed = replace(workspace, settings=replace(settings, corpus=corpus))
    return export.export(changed, force=True).shared


def test_folds_are_a_version_of_their_own(workspace: Workspace) -> None:
    """Unless a version is named, the number of folds stands behind that of the workspace."""
    _many(workspace, 12)
    assert export.export(workspace, k_fold=4).version == "0.1.0-4fold"
    assert export.export(workspace, k_fold=4, version="1.0").version == "1.0"
    with pytest.raises(UsageError, match="no cross-validation"):
        export.export(workspace, k_fold=1)
