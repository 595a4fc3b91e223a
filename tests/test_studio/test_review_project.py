"""The project of disputes on a real server: pushed, decided, pulled, kept."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from tests.test_studio.sync_samples import documents, plan_for
from tests.test_studio.sync_samples import schema as schema_
from toolkit import records
from toolkit.datasets.checks.finding import Finding
from toolkit.model import AnnotatedSpan, Annotation, GoldDocument, Passage, Span
from toolkit.schema import parse_schema
from toolkit.settings import Workspace
from toolkit.stages import results
from toolkit.stages import review as stage
from toolkit.studio.gateway import Gateway
from toolkit.studio.names import key
from toolkit.studio.projects import workspace_projects
from toolkit.studio.pull import pull
from toolkit.studio.push import push
from toolkit.studio.review import review_projects
from toolkit.studio.review_tasks import pseudonyms, review_config
from toolkit.studio.state import opened_state
from toolkit.studio.submit import Submission, submit

SCHEMA = schema_()
CORPUS = documents(3)


def _annotations() -> list[Annotation]:
    """Anna and bo on whole documents: they differ on 承德市 everywhere, and once on a name."""
    given = []
    for number, document in enumerate(CORPUS.values()):
        for name in ("anna", "bo"):
            spans = []
            for found, label in (("王小明", "PERSON"), ("承德市", "LOC"), ("雷神山医院", "FAC")):
                start = document.text.index(found)
                if (name, number, found) == ("bo", 0, "雷神山医院"):
                    label = "ORG"  # noqa: PLW2901 - bo has another opinion
                end = start + len(found) - ((name, found) == ("bo", "承德市"))
                spans.append(AnnotatedSpan(start, end, label, document.text[start:end]))
            given.append(Annotation(document.id, name, tuple(spans)))
    return given


@pytest.fixture
def disputed(workspace: Workspace) -> Workspace:
    """The workspace with three documents of a passage each, what two people gave, and gold."""
    config = workspace.root / "label_configs" / "epidemic_news.xml"
    config.parent.mkdir()
    config.write_text(SCHEMA.xml, "utf-8")
    records.write_jsonl(workspace.documents, CORPUS.values())
    records.write_jsonl(workspace.annotations, _annotations())
    results.merge(workspace, method="majority")
    return workspace


@pytest.fixture
def chen(studio: Any) -> Iterator[Gateway]:
    """The server as chen, who annotates nothing here and reviews."""
    with Gateway(studio.url, studio.annotators["chen"].token) as opened:
        yield opened


def _tasks(gateway: Gateway, project: int) -> list[dict[str, Any]]:
    return gateway.tasks_in_full(project, sorted(gateway.updated_tasks(project)))


def _gold(workspace: Workspace) -> dict[str, GoldDocument]:
    return {one.doc_id: one for one in records.read_jsonl(workspace.gold, GoldDocument)}


def _span(passage: Passage, found: str, label: str) -> Span:
    start = passage.start + passage.text.index(found)
    return Span(start, start + len(found), label, found)


pytestmark = [pytest.mark.server, pytest.mark.xdist_group("studio")]


def test_a_decision_comes_into_gold_and_stays(
    disputed: Workspace, gateway: Gateway, chen: Gateway
) -> None:
    """Two differ, a third decides in the review project; gold says so, also after a merge."""
    pushed = stage.push_disputes(disputed, gateway)
    assert pushed.created == pushed.disputes == 3
    (project,) = review_projects(gateway, disputed)
    first = stage.disputes_of(disputed)[0].passage
    wanted = [_span(first, "王小明", "PERSON"), _span(first, "承德市", "ORG")]
    submit(chen, project.id, [Submission(first, wanted)], SCHEMA)
    pulled = stage.pull_decisions(disputed, gateway)
    reviewer = "chen@example.com"  # no annotator of this workspace
    assert (pulled.submissions.new, pulled.submissions.problems) == (1, [])
    assert pulled.decided == len(wanted)
    (review,) = records.read_jsonl(disputed.reviews, Annotation)
    assert (review.annotator, review.suggested) == (reviewer, "gold")
    for method in (None, "sequence", "majority"):
        if method:
            results.merge(disputed, method=method)
        decided = [s for s in _gold(disputed)[first.doc_id].spans if s.decided_by == reviewer]
        assert [(s.key, s.confidence) for s in decided] == [(s.key, 1.0) for s in sorted(wanted)]
    again = stage.push_disputes(disputed, gateway)
    assert (again.created, again.begun, again.left) == (0, 1, 2)
    assert stage.pull_decisions(disputed, gateway).submissions.unchanged <= 1


def test_a_task_shows_all_versions_and_why(disputed: Workspace, gateway: Gateway) -> None:
    """Pseudonyms and gold as predictions, with ids that no other region has; the reason above."""
    project = stage.push_disputes(disputed, gateway).project
    for task in _tasks(gateway, project):
        versions = {one["model_version"]: one["result"] for one in task["predictions"]}
        assert set(versions) == {"A1", "A2", "gold"}
        ids = [region["id"] for result in versions.values() for region in result]
        assert len(ids) == len(set(ids))
        assert any(kind in task["data"]["why"] for kind in ("边界", "标签"))
        assert "anna" not in str(task["data"]) + str(versions)
    (found,) = gateway.projects([project])
    assert '<Header value="$why"' in found.label_config
    assert found.model_version == "gold"


def test_what_a_check_doubts_is_decided_in_a_project_of_its_own(
    disputed: Workspace, gateway: Gateway, chen: Gateway
) -> None:
    """The reason is above the text, the disputes stay where they are, and gold follows."""
    passage = stage.disputes_of(disputed)[0].passage
    wanted = [_span(passage, "王小明", "PERSON")]
    disputes = stage.push_disputes(disputed, gateway).project
    start, end = wanted[0].start, wanted[0].end
    finding = Finding(
        ("label-differs",), passage.doc_id, start, end, "LOC", "王小明", "LOC 1×", 0.9
    )
    overall = Finding(("few-examples",), "", 0, 0, "LAW", "", "no span at all", 1.0)
    pushed = stage.push_doubts(disputed, gateway, [finding, overall])
    assert (pushed.created, pushed.disputes) == (1, 1)
    assert pushed.project != disputes
    (task,) = _tasks(gateway, pushed.project)
    assert task["data"]["why"] == "「王小明」LOC LOC 1×"
    assert [one["model_version"] for one in task["predictions"]] == ["gold"]
    submit(chen, pushed.project, [Submission(passage, wanted)], SCHEMA)
    assert stage.pull_decisions(disputed, gateway).decided == len(wanted)
    assert [s.key for s in _gold(disputed)[passage.doc_id].spans] == [s.key for s in wanted]
    assert stage.push_doubts(disputed, gateway, [finding]).disputes == 0
    again = stage.push_disputes(disputed, gateway)
    assert (again.project, again.created) == (disputes, 0)


def test_a_push_again_changes_nothing_and_mends_what_is_wrong(
    disputed: Workspace, gateway: Gateway
) -> None:
    """Idempotent; a doubled, a damaged and an outdated task are made right, others stay."""
    pushed = stage.push_disputes(disputed, gateway)
    before = {task["data"]["key"]: task for task in _tasks(gateway, pushed.project)}
    again = stage.push_disputes(disputed, gateway)
    assert (again.created, again.left, again.withdrawn) == (0, 3, 0)
    doubled, damaged, stays = before.values()
    gateway.import_tasks(
        pushed.project,
        [
            {"data": doubled["data"], "predictions": []},
            {"data": {**stays["data"], "key": "x:0-1:y"}},
        ],
    )
    gateway.delete_prediction(damaged["predictions"][0]["id"])
    mended = stage.push_disputes(disputed, gateway)
    assert (mended.created, mended.renewed, mended.withdrawn) == (1, 1, 1)
    after = {task["data"]["key"]: task for task in _tasks(gateway, pushed.project)}
    assert after.keys() == before.keys()
    assert after[doubled["data"]["key"]]["id"] == doubled["id"]
    assert after[stays["data"]["key"]]["id"] == stays["id"]
    assert len(after[damaged["data"]["key"]]["predictions"]) == 3


def test_what_is_settled_goes_and_what_is_begun_stays(
    disputed: Workspace, gateway: Gateway, chen: Gateway
) -> None:
    """When annotators agree after all, their tasks go, but for one that was decided already."""
    project = stage.push_disputes(disputed, gateway).project
    first = stage.disputes_of(disputed)[0].passage
    submit(chen, project, [Submission(first, [])], SCHEMA)
    annas = [one for one in _annotations() if one.annotator == "anna"]
    agreed = [*annas, *(replace(one, annotator="bo") for one in annas)]
    records.write_jsonl(disputed.annotations, agreed)
    results.merge(disputed, method="majority")
    result = stage.push_disputes(disputed, gateway)
    assert (result.disputes, result.withdrawn, result.begun) == (0, 2, 1)
    assert [task["data"]["key"] for task in _tasks(gateway, project)] == [key(first)]


def test_few_at_first_then_more(disputed: Workspace, gateway: Gateway) -> None:
    """--most and --minutes take from the top of the queue; what is open stays."""
    order = [key(one.passage) for one in stage.disputes_of(disputed)]
    project = stage.push_disputes(disputed, gateway, most=1).project
    assert [task["data"]["key"] for task in _tasks(gateway, project)] == order[:1]
    assert stage.push_disputes(disputed, gateway, minutes=0.01).created == 0
    assert stage.push_disputes(disputed, gateway, most=2).created == 1
    assert len(_tasks(gateway, project)) == 2


def test_annotators_projects_and_the_review_project_are_kept_apart(
    disputed: Workspace, gateway: Gateway, chen: Gateway
) -> None:
    """Push, pull and status of annotators never take the review project for theirs."""
    push(gateway, plan_for(gateway, disputed, 3))
    project = stage.push_disputes(disputed, gateway).project
    first = stage.disputes_of(disputed)[0].passage
    submit(chen, project, [Submission(first, [])], SCHEMA)
    stage.pull_decisions(disputed, gateway)
    history = disputed.annotations.read_bytes()
    result = pull(gateway, disputed, SCHEMA, CORPUS)
    assert (result.new, result.problems) == (0, [])
    assert disputed.annotations.read_bytes() == history
    own = {one.id for _, one in workspace_projects(gateway, disputed)}
    assert len(own) == 2
    assert project not in own
    assert push(gateway, plan_for(gateway, disputed, 3)).withdrawn == 0
    assert stage.push_disputes(disputed, gateway).begun == 1


def test_a_push_waits_for_what_a_killed_one_sent(disputed: Workspace, gateway: Gateway) -> None:
    """What an import that was cut off has made is found and not sent again."""
    pushed = stage.push_disputes(disputed, gateway, most=1)
    keys = [key(one.passage) for one in stage.disputes_of(disputed)]
    with opened_state(disputed, gateway.url) as state:
        state.begin_sending(pushed.project, keys[:1], 0)
    assert stage.push_disputes(disputed, gateway).created == 2
    with opened_state(disputed, gateway.url) as state:
        assert state.sending(pushed.project) == {}


def test_the_config_has_the_same_labels_and_a_heading() -> None:
    """The reason stands first, and the config is the schema's otherwise."""
    config = review_config(SCHEMA)
    again = parse_schema(config)
    assert replace(again, xml="") == replace(SCHEMA, xml="")
    assert config.index("<Header") < config.index("<Labels")


def test_pseudonyms_stay() -> None:
    """Who has a name keeps it; newcomers get the next ones; nobody shares one."""
    first = pseudonyms({}, ["anna", "bo"])
    assert set(first.values()) == {"A1", "A2"}
    more = pseudonyms(first, ["anna", "bo", "chen", "aaron"])
    assert {name: more[name] for name in first} == first
    assert set(more.values()) == {"A1", "A2", "A3", "A4"}


def test_no_file_of_the_workspace_is_replaced_by_gold(tmp_path: Path) -> None:
    """reviews.jsonl is no place for a merge's result."""
    from toolkit.errors import UsageError
    from toolkit.settings import Settings
    from toolkit.stages.workspace import check_target

    space = Workspace(tmp_path, Settings())
    with pytest.raises(UsageError):
        check_target(space, space.reviews, space.gold)
