"""From annotations to gold and to a report, on files alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from toolkit import records
from toolkit.model import (
    AnnotatedSpan,
    Annotation,
    Document,
    GoldDocument,
    GoldSpan,
    SuggestedSpan,
    Suggestion,
)
from toolkit.settings import Workspace
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


def _with_and_without(workspace: Workspace) -> Workspace:
    """Two documents, each done by one person with a wrong suggestion and by one without."""
    texts = {name: f"{name}市召开会议。" for name in ("武汉", "无锡")}
    records.write_jsonl(workspace.documents, [Document(n, text) for n, text in texts.items()])
    spans = (SuggestedSpan(3, 5, "ORG", "召开"),)
    kept = (AnnotatedSpan(3, 5, "ORG", "召开"),)
    records.write_jsonl(workspace.suggestions, [Suggestion(n, "v1", spans) for n in texts])
    given = [
        Annotation(name, who, kept if shown else (), suggested="v1" if shown else None)
        for name, who, shown in (
            ("武汉", "li", True),
            ("武汉", "wu", False),
            ("无锡", "li", False),
            ("无锡", "wu", True),
        )
    ]
    records.write_jsonl(workspace.annotations, given)
    return workspace


def test_anchoring_is_judged_by_gold_that_somebody_decided(workspace: Workspace) -> None:
    """A merge of the same annotations is no judge; a person's decision is, document by document."""
    space = _with_and_without(workspace)
    results.merge(space)
    measured = results.anchoring(space)
    assert (measured.shown, measured.control) == (2, 2)
    assert (measured.by_gold, measured.by_others) == (0, 4)
    decided = (GoldSpan(0, 3, "LOC", "武汉市", decided_by="zhang"),)
    records.write_jsonl(space.gold, [GoldDocument("武汉", "武汉市召开会议。", decided)])
    measured = results.anchoring(space)
    assert (measured.by_gold, measured.by_others) == (2, 2)
    kept = next(effect for effect in measured.effects if effect.name == "wrong_kept")
    # Only wu has a wrong one that was shown, by li's word, and one that wasn't, by zhang's.
    assert (kept.shown, kept.control, kept.n_shown, kept.n_control) == (1.0, 0.0, 1, 1)


def test_the_report_gives_the_figures_that_it_shows(workspace: Workspace) -> None:
    """Where nobody has annotated there are none."""
    reported = results.report(_with_and_without(workspace), "2020-03-01")
    assert reported.anchoring is not None
    assert "2 submissions with suggestions, 2 without" in reported.report.read_text("utf-8")
    workspace.annotations.unlink()
    assert results.report(workspace, "2020-03-01").anchoring is None
