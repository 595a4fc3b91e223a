"""A change of labels over files, settings and live projects."""

from __future__ import annotations

import uuid
from pathlib import Path
from typing import Any

import msgspec
import pytest

from toolkit.corpus.passages import split
from toolkit.errors import StudioError
from toolkit.model import Annotation, Document, GoldDocument, Passage, Span, Suggestion
from toolkit.records import read_jsonl
from toolkit.relabelling import LabelChange
from toolkit.schema import parse_schema
from toolkit.settings import Workspace, open_workspace
from toolkit.stages import corpus, labels, results, rules
from toolkit.stages import studio as sync
from toolkit.stages.workspace import init, pack_of, schema_of
from toolkit.studio.gateway import Gateway
from toolkit.studio.projects import workspace_projects
from toolkit.studio.submit import Submission, submit

TEXT = "1月25日，湖北省武汉市召开新闻发布会，张建党主任到场。"
RENAME = LabelChange(("LOC",), ("PLACE",))
NOW = "2026-01-02T03:04:05Z"


@pytest.fixture
def space(tmp_path: Path, studio_annotator: str) -> Workspace:
    """A workspace of one document with suggestions, and a threshold."""
    init(tmp_path)
    toml = (tmp_path / "toolkit.toml").read_text("utf-8")
    head, _, tail = toml.partition("[annotators]\n")
    _, _, tail = tail.partition("\n\n")
    toml = f'{head}[annotators]\nanna = "{studio_annotator}"\n\n{tail}'
    toml = toml.replace('name = "epidemic-news"', f'name = "{uuid.uuid4().hex[:12]}"')
    toml = toml.replace("[rules.thresholds]\n", "[rules.thresholds]\nLOC = 0.1  # low\n")
    (tmp_path / "toolkit.toml").write_text(toml, "utf-8")
    (tmp_path / "corpus" / "a.txt").write_text(TEXT, "utf-8")
    made = open_workspace(tmp_path)
    corpus.ingest(made)
    rules.preannotate(made)
    return made


@pytest.fixture
def studio_annotator(request: pytest.FixtureRequest) -> str:
    """Anna's address: on the shared server where the test needs one."""
    if request.node.get_closest_marker("server"):
        address: str = request.getfixturevalue("studio").annotators["anna"].email
        return address
    return "anna@example.com"


def _labels(path: Path, type_: type[Any]) -> set[str]:
    return {span.label for record in read_jsonl(path, type_) for span in record.spans}


def test_files_settings_and_rules_follow_a_rename(space: Workspace) -> None:
    """After it nothing knows the old label, the rules propose the new one, and it is recorded."""
    assert "LOC" in _labels(space.suggestions, Suggestion)
    done = labels.carry_out(space, None, RENAME, NOW)
    assert done.files["suggestions.jsonl"] >= 2
    assert done.projects is None
    assert any("names LOC" in place for place in done.to_mend)
    after = open_workspace(space.root)
    assert "LOC" not in schema_of(after)
    assert after.settings.rules.thresholds == {"PLACE": 0.1}
    assert "# low" in (space.root / "toolkit.toml").read_text("utf-8")
    assert {"PLACE"} <= _labels(after.suggestions, Suggestion)
    before = after.suggestions.read_bytes()
    rules.preannotate(after)
    assert "LOC" not in _labels(after.suggestions, Suggestion)
    spans = [one.spans for one in read_jsonl(after.suggestions, Suggestion)]
    assert spans == [
        one.spans
        for one in msgspec.json.decode(b"[" + before.strip() + b"]", type=list[Suggestion])
    ]
    (record,) = (space.root / labels.RECORD).read_text("utf-8").splitlines()
    assert '"PLACE"' in record


def test_a_dry_run_changes_nothing(space: Workspace) -> None:
    """It counts what would change and leaves every file as it was."""
    before = {path: path.read_bytes() for path in space.root.rglob("*") if path.is_file()}
    foreseen = labels.foresee(space, None, RENAME)
    assert foreseen.files["suggestions.jsonl"] >= 2
    assert {path: path.read_bytes() for path in space.root.rglob("*") if path.is_file()} == before


def test_a_renamed_pack_is_another_version(space: Workspace) -> None:
    """Suggestions by other labels are not taken for those that are there."""
    version = pack_of(space).model_version
    labels.carry_out(space, None, RENAME, NOW)
    assert pack_of(open_workspace(space.root)).model_version != version


def _passage(space: Workspace) -> Passage:
    (document,) = read_jsonl(space.documents, Document)
    (passage,) = split(document, 500)
    return passage


@pytest.mark.server
@pytest.mark.xdist_group("studio")
def test_live_projects_follow_and_a_run_that_was_cut_short_is_finished(
    space: Workspace, studio: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Annotations on the server have the new label, with their author and their origins.

    The first run fails when it wants to write; the second one finishes what it left.
    """
    with (
        Gateway(studio.url, studio.admin.token) as gateway,
        Gateway(studio.url, studio.annotators["anna"].token) as anna,
    ):
        sync.push(space, gateway)
        ((_, project),) = workspace_projects(gateway, space)
        spans = [Span(0, 5, "TIME"), Span(6, 9, "LOC"), Span(9, 12, "LOC")]
        (annotation,) = submit(
            anna, project.id, [Submission(_passage(space), spans)], schema_of(space)
        )
        assert labels.foresee(space, gateway, RENAME).projects[0].regions == 2  # type: ignore[index]

        def fails(*_: object, **__: object) -> None:
            raise StudioError("the line went dead")

        with monkeypatch.context() as cut:
            cut.setattr(Gateway, "update_annotation", fails)
            with pytest.raises(StudioError):
                labels.carry_out(space, gateway, RENAME, NOW)
        assert "LOC" in schema_of(space)  # here nothing changed yet, and pull goes on
        assert sync.pull(space, gateway).problems == []

        done = labels.carry_out(space, gateway, RENAME, NOW)
        assert [(one.annotations, one.regions, one.keeps) for one in done.projects or ()] == [
            (1, 2, False)
        ]
        now = gateway.annotation(annotation)
        assert [r["value"]["labels"] for r in now["result"]] == [["TIME"], ["PLACE"], ["PLACE"]]
        assert {r["origin"] for r in now["result"]} <= {"prediction", "manual"}
        ((_, project),) = workspace_projects(gateway, space)
        assert {*parse_schema(project.label_config).values} == {*schema_of(space).values}

        after = open_workspace(space.root)
        assert sync.pull(after, gateway).problems == []
        assert _labels(after.annotations, Annotation) == {"TIME", "PLACE"}
        results.merge(after)
        assert _labels(after.gold, GoldDocument) == {"TIME", "PLACE"}
        (kept,) = (space.private / "labels").glob("*.jsonl")
        assert b'"LOC"' in kept.read_bytes()
