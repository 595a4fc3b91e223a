"""What people did to suggestions, over a workspace's files."""

from __future__ import annotations

from pathlib import Path

import pytest
from msgspec.structs import replace

from toolkit.errors import InputError, RecordError, WorkspaceError
from toolkit.model import AnnotatedSpan, Annotation, Document, GoldDocument, GoldSpan
from toolkit.records import read_jsonl, write_jsonl
from toolkit.settings import Workspace, open_workspace
from toolkit.stages.calibrated import read_calibration
from toolkit.stages.results import report
from toolkit.stages.rules import preannotate
from toolkit.stages.scoring import score
from toolkit.stages.workspace import init, read_suggestions

TEXT = "1月20日,石泉县投入5万元。"


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    """Two documents, their suggestions, and gold in which the money is a number."""
    workspace = init(tmp_path)[0]
    write_jsonl(workspace.documents, [Document(name, TEXT) for name in ("a", "b")])
    spans = (GoldSpan(0, 5, "TIME", TEXT[:5]), GoldSpan(11, 14, "NUM", TEXT[11:14]))
    write_jsonl(workspace.gold, [GoldDocument(name, TEXT, spans) for name in ("a", "b")])
    preannotate(workspace)
    return workspace


def test_rules_are_scored_on_gold(workspace: Workspace) -> None:
    """A rule whose spans are gold keeps them all; one whose label is wrong relabels."""
    result = score(workspace)
    assert (result.truth, result.texts) == ("gold", 2)
    rows = {row.rule: row for row in result.rules}
    assert (rows["time.date"].kept, rows["time.date"].precision) == (2, 1)
    assert (rows["money.amount"].kept, rows["money.amount"].relabelled) == (0, 2)
    assert {row.label for row in result.work} >= {"TIME", "NUM", ""}


def test_annotations_count_where_these_suggestions_were_shown(workspace: Workspace) -> None:
    """What an annotator left, drew or deleted counts; work without these suggestions doesn't."""
    shown = read_suggestions(workspace)["a"].model_version
    kept = AnnotatedSpan(0, 5, "TIME", TEXT[:5], origin="suggested", rule="time.date")
    write_jsonl(
        workspace.annotations,
        [
            Annotation("a", "kim", (kept,), suggested=shown),
            Annotation("b", "kim", (kept,), suggested=None),
            Annotation("b", "lee", (), suggested="older"),
        ],
    )
    result = score(workspace, "annotations")
    assert (result.texts, result.passed_over) == (1, 2)
    rows = {row.rule: row for row in result.rules}
    assert (rows["time.date"].kept, rows["money.amount"].removed) == (1, 1)


def test_calibrated_scores_are_used_and_are_a_new_version(workspace: Workspace) -> None:
    """After --calibrate, preannotate gives the rules' new scores under another version."""
    before = read_suggestions(workspace)["a"]
    score(workspace, write_calibration=True)
    preannotate(workspace)
    after = read_suggestions(workspace)["a"]
    assert after.model_version.startswith(before.model_version)
    assert after.model_version != before.model_version
    scores = {span.rule: span.score for span in after.spans}
    old = {span.rule: span.score for span in before.spans}
    assert scores["money.amount"] < old["money.amount"]
    assert scores["time.date"] > old["time.date"]


def with_thresholds(workspace: Workspace, least: dict[str, float]) -> Workspace:
    """The workspace with other thresholds in its settings."""
    rules = replace(workspace.settings.rules, thresholds=least)
    return replace(workspace, settings=replace(workspace.settings, rules=rules))


def test_what_is_under_its_threshold_is_not_shown_and_counted(workspace: Workspace) -> None:
    """A threshold hides the spans of its label only, and says how many."""
    strict = with_thresholds(workspace, {"MONEY": 1.0})
    result = preannotate(strict)
    assert result.hidden == 2
    labels = {span.label for s in read_suggestions(strict).values() for span in s.spans}
    assert "MONEY" not in labels
    assert "TIME" in labels


def test_a_changed_threshold_holds_without_another_run_of_the_rules(workspace: Workspace) -> None:
    """Hidden spans stay in suggestions.jsonl; what is shown has a version of its own."""
    before = read_suggestions(workspace)["a"]
    strict = read_suggestions(with_thresholds(workspace, {"MONEY": 1.0}))["a"]
    assert {span.label for span in strict.spans} == {s.label for s in before.spans} - {"MONEY"}
    assert strict.model_version.startswith(before.model_version)
    assert strict.model_version != before.model_version
    assert read_suggestions(workspace)["a"] == before


def test_thresholds_are_about_the_scores_that_hold(workspace: Workspace) -> None:
    """Once scores are calibrated, what score recommends is one of the calibrated scores."""
    calibrated = score(workspace, write_calibration=True)
    preannotate(workspace)
    known = read_calibration(workspace)
    assert known is not None
    scores = {rule.score for rule in known.rules.values()}
    told = [least for least in calibrated.thresholds.values() if 0 < least <= 1]
    assert all(least in scores for least in told)
    assert score(workspace).thresholds == calibrated.thresholds


def test_a_threshold_for_an_unknown_label_is_refused(workspace: Workspace) -> None:
    """A typo in [rules.thresholds] is no silent nothing."""
    settings = workspace.root / "toolkit.toml"
    text = settings.read_text(encoding="utf-8")
    settings.write_text(
        text.replace("[rules.thresholds]", "[rules.thresholds]\nMONY = 0.5"), encoding="utf-8"
    )
    with pytest.raises(WorkspaceError, match="MONY"):
        preannotate(open_workspace(workspace.root))


def test_a_damaged_calibration_says_what_to_do(workspace: Workspace) -> None:
    """A calibration.json that can't be read is named, and nothing is written."""
    before = list(read_jsonl(workspace.suggestions, dict))
    workspace.calibration.write_text("{", encoding="utf-8")
    with pytest.raises(RecordError, match=r"calibration\.json"):
        preannotate(workspace)
    assert list(read_jsonl(workspace.suggestions, dict)) == before
    workspace.calibration.unlink()
    assert read_calibration(workspace) is None


def test_nothing_to_compare_with(workspace: Workspace) -> None:
    """Without gold, or annotations of these suggestions, it says which step is missing."""
    workspace.gold.unlink()
    with pytest.raises(InputError, match="no gold yet"):
        score(workspace)
    write_jsonl(workspace.annotations, [Annotation("a", "kim")])
    with pytest.raises(InputError, match="made on suggestions"):
        score(workspace, "annotations")


def test_the_report_has_the_scores(workspace: Workspace) -> None:
    """The same figures as 'rules score': work, precision by rule, calibration error."""
    found = score(workspace)
    page = report(workspace, "2020-03-01").report.read_text(encoding="utf-8")
    assert found.calibrated is not None
    assert f"expected calibration error {found.reliability.error:.3f}" in page
    assert f"expected calibration error {found.calibrated.error:.3f}" in page
    assert "money.amount" in page
    all_labels = found.work[-1]
    assert f"{all_labels.left} are left of {all_labels.blank}" in page


def test_a_pack_that_is_gone_leaves_the_report_whole(workspace: Workspace) -> None:
    """The rest of the page doesn't depend on the rules; it says what is missing."""
    rules = replace(workspace.settings.rules, packs=("rules/gone",))
    without = replace(workspace, settings=replace(workspace.settings, rules=rules))
    page = report(without, "2020-03-01").report.read_text(encoding="utf-8")
    assert "there is no rule pack" in page
    assert "Spans by label" in page
