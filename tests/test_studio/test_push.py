"""Tests of toolkit.studio.push against a real server."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.test_studio import sync_samples
from tests.test_studio.sync_samples import cut, documents, plan_for
from toolkit.errors import SchemaError, ServerRefused, ServerUnreachable, UsageError
from toolkit.model import Document, Passage, SuggestedSpan, Suggestion
from toolkit.schema import LabelSchema, parse_schema
from toolkit.settings import Workspace
from toolkit.settings import replace as changed
from toolkit.studio.annotations import from_annotation
from toolkit.studio.answers import ServerTask
from toolkit.studio.gateway import Gateway
from toolkit.studio.names import key
from toolkit.studio.plan import plan
from toolkit.studio.projects import EVERYONE, workspace_projects
from toolkit.studio.push import push
from toolkit.studio.push_plan import PushPlan
from toolkit.studio.state import opened_state
from toolkit.studio.versions import Texts, earlier_version

pytestmark = [pytest.mark.server, pytest.mark.xdist_group("studio")]


def _assert_each_once(gateway: Gateway, workspace: Workspace, count: int) -> None:
    """Both annotators' projects hold every passage of ``count`` documents once, and no more."""
    projects = workspace_projects(gateway, workspace)
    assert [annotator for annotator, _ in projects] == ["anna", "bo"]
    for _, project in projects:
        found = gateway.tasks_by_key(project.id, _wanted(count))
        assert found.keys() == _wanted(count)
        tasks = {task.id for tasks in found.values() for task in tasks}
        assert len(tasks) == len(_wanted(count))
        assert gateway.updated_tasks(project.id).keys() == tasks


def _wanted(count: int) -> set[str]:
    return {key(passage) for document in documents(count).values() for passage in cut(document)}


def test_push_twice_creates_nothing_twice(gateway: Gateway, workspace: Workspace) -> None:
    """A second push, with or without the state, finds everything there."""
    first = push(gateway, plan_for(gateway, workspace, 4))
    assert (first.created, first.left) == (32, 0)
    again = plan_for(gateway, workspace, 4)
    assert [(one.create, one.leave, one.begun) for one in again.annotators] == [([], 16, 0)] * 2
    (workspace.private / "studio" / "state.sqlite").unlink()
    second = push(gateway, again)
    assert (second.created, second.left, second.projects) == (0, 32, first.projects)
    _assert_each_once(gateway, workspace, 4)


def test_an_outdated_plan_creates_nothing_twice(gateway: Gateway, workspace: Workspace) -> None:
    """What another push created since the plan was made is left."""
    outdated = plan_for(gateway, workspace, 2)
    push(gateway, plan_for(gateway, workspace, 2))
    result = push(gateway, outdated)
    assert (result.created, result.left) == (0, 16)
    _assert_each_once(gateway, workspace, 2)


def test_more_documents_later(gateway: Gateway, workspace: Workspace) -> None:
    """Only what is new is created, in the project that is there."""
    first = push(gateway, plan_for(gateway, workspace, 1))
    seen: list[tuple[int, int]] = []
    second = push(
        gateway, plan_for(gateway, workspace, 3), progress=lambda done, of: seen.append((done, of))
    )
    assert (second.created, second.left, second.projects) == (16, 8, first.projects)
    assert seen == [(7, 16), (8, 16), (15, 16), (16, 16)]


@pytest.mark.parametrize("line", [1, 2, 4])
def test_a_killed_push_is_finished_by_the_next(
    line: int, studio: Any, gateway: Gateway, workspace: Workspace
) -> None:
    """After SIGKILL at some point of a push one more push leaves each passage once."""
    child = subprocess.Popen(
        [
            sys.executable,
            "-m",
            sync_samples.__name__,
            str(workspace.root),
            studio.url,
            "6",
        ],
        cwd=Path(__file__).parents[2],
        env={**os.environ, "LABEL_STUDIO_API_KEY": studio.admin.token},
        stdout=subprocess.PIPE,
        text=True,
    )
    with child:
        assert child.stdout is not None
        for _ in range(line):
            assert child.stdout.readline()
        child.send_signal(signal.SIGKILL)
    assert child.returncode == -signal.SIGKILL
    push(gateway, plan_for(gateway, workspace, 6))
    _assert_each_once(gateway, workspace, 6)


def test_an_import_still_on_its_way_is_waited_for(gateway: Gateway, workspace: Workspace) -> None:
    """What the state says is being sent is looked for before it is sent again."""
    made = plan_for(gateway, workspace, 1)
    (project,) = push(gateway, plan_for(gateway, workspace, 1)).projects["anna"]
    keys = list(_wanted(1))
    with opened_state(workspace, gateway.url) as state:
        state.begin_sending(project, keys, now=0)
    assert push(gateway, made).created == 0
    with opened_state(workspace, gateway.url) as state:
        assert state.sending(project) == {}
        assert {task.key for task in state.tasks(project).values()} == set(keys)


def test_doubled_tasks_are_undone(
    gateway: Gateway, workspace: Workspace, schema: LabelSchema
) -> None:
    """Of doubled tasks the begun one stays, or the oldest; two begun ones are reported."""
    (project,) = push(gateway, plan_for(gateway, workspace, 1)).projects["anna"]
    first = gateway.tasks_by_key(project, _wanted(1))
    tasks = [gateway.task(found[0].id) for found in first.values()]
    copies = gateway.import_tasks(project, [{"data": task["data"]} for task in tasks[:3]]).tasks
    gateway.create_annotation(copies[1], [])
    gateway.create_annotation(copies[2], [])
    gateway.create_annotation(tasks[2]["id"], [])
    result = push(gateway, plan_for(gateway, workspace, 1))
    assert (result.created, result.removed, len(result.problems)) == (0, 2, 1)
    left = set(gateway.updated_tasks(project))
    assert left == {tasks[0]["id"], copies[1], tasks[2]["id"], copies[2], tasks[3]["id"]}


def test_doubled_tasks_with_drafts_stay(
    studio: Any, gateway: Gateway, workspace: Workspace
) -> None:
    """What an annotator saved and did not submit counts as work, though no admin sees it."""
    (project,) = push(gateway, plan_for(gateway, workspace, 1)).projects["anna"]
    first = gateway.tasks_by_key(project, _wanted(1))
    tasks = [gateway.task(found[0].id) for found in first.values()]
    copies = gateway.import_tasks(project, [{"data": task["data"]} for task in tasks[:2]]).tasks
    for task in (copies[0], tasks[1]["id"], copies[1]):
        httpx.post(
            f"{studio.url.rstrip('/')}/api/tasks/{task}/drafts",
            json={"result": [], "lead_time": 1},
            headers={"Authorization": f"Token {studio.annotators['anna'].token}"},
        ).raise_for_status()
    result = push(gateway, plan_for(gateway, workspace, 1))
    assert (result.removed, len(result.problems)) == (1, 1)
    left = {tasks[1]["id"], tasks[2]["id"], tasks[3]["id"], *copies}
    assert set(gateway.updated_tasks(project)) == left


def test_work_that_begins_during_a_push_stays(
    studio: Any, gateway: Gateway, workspace: Workspace
) -> None:
    """A doubled task that is submitted after the push looked is not removed."""
    (project,) = push(gateway, plan_for(gateway, workspace, 1)).projects["anna"]
    first = gateway.tasks_by_key(project, _wanted(1))
    tasks = [gateway.task(found[0].id) for found in first.values()]
    (copy,) = gateway.import_tasks(project, [{"data": tasks[0]["data"]}]).tasks
    made = plan_for(gateway, workspace, 1)

    class Busy(Gateway):
        """A server on which somebody submits just before something is deleted."""

        def delete_untouched(self, project: int, tasks: Sequence[int]) -> None:
            for task in tasks:
                self.create_annotation(task, [])
            super().delete_untouched(project, tasks)

    with Busy(studio.url, studio.admin.token) as busy:
        assert push(busy, made).removed == 0
    assert set(gateway.updated_tasks(project)) == {copy, *(task["id"] for task in tasks)}


def test_tasks_that_lost_their_suggestions_get_them(
    gateway: Gateway, workspace: Workspace, schema: LabelSchema
) -> None:
    """A task without predictions that nobody has begun is completed; a begun one is left."""
    made = plan_for(gateway, workspace, 1)
    without = plan(gateway, workspace, schema, documents(1), [], ["anna", "bo"], cut=cut)
    (project,) = push(gateway, without).projects["anna"]
    tasks = gateway.tasks_by_key(project, _wanted(1))
    begun = min(tasks)
    gateway.create_annotation(tasks[begun][0].id, [])
    result = push(gateway, plan_for(gateway, workspace, 1))
    assert (result.created, result.replaced, result.begun) == (0, 7, 1)
    for name, (task,) in gateway.tasks_by_key(project, _wanted(1)).items():
        assert task.model_versions == (() if name == begun else ("v1",))
        wanted = made.sources[name][2]
        if name != begun and wanted:
            (prediction,) = gateway.task(task.id)["predictions"]
            assert len(prediction["result"]) == len(wanted.spans)
    again = push(gateway, plan_for(gateway, workspace, 1))
    assert (again.created, again.replaced) == (0, 0)


def test_twin_projects_are_undone(gateway: Gateway, workspace: Workspace) -> None:
    """An empty project beside an annotator's own goes; a second one with tasks is theirs too."""
    (project,) = push(gateway, plan_for(gateway, workspace, 1)).projects["anna"]
    own = dict(workspace_projects(gateway, workspace))["anna"]
    twins = [
        gateway.create_project(
            title="twin", description=own.description, label_config=own.label_config
        )
        for _ in range(2)
    ]
    gateway.import_tasks(twins[0], [{"data": {"text": "added by hand"}}])
    result = push(gateway, plan_for(gateway, workspace, 1))
    assert (result.created, result.projects["anna"]) == (0, [project, twins[0]])
    left = [found.id for name, found in workspace_projects(gateway, workspace) if name == "anna"]
    assert left == [project, twins[0]]


def test_a_new_pack_version_replaces_what_nobody_has_begun(
    gateway: Gateway, workspace: Workspace
) -> None:
    """Each task has one prediction, of the new version, which fills in; begun ones keep theirs."""
    (project,) = push(gateway, plan_for(gateway, workspace, 1)).projects["anna"]
    tasks = gateway.tasks_by_key(project, _wanted(1))
    begun = min(tasks)
    gateway.create_annotation(tasks[begun][0].id, [])
    before = {one["id"]: one["predictions"] for one in _in_full(gateway, project)}
    made = plan_for(gateway, workspace, 2, "v2")
    assert [
        (len(one.create), len(one.replace), one.leave, one.begun) for one in made.annotators
    ] == [(4, 3, 0, 1), (4, 4, 0, 0)]
    result = push(gateway, made)
    assert (result.created, result.replaced, result.begun) == (8, 7, 1)
    projects = dict(workspace_projects(gateway, workspace))
    assert {project.model_version for project in projects.values()} == {"v2"}
    for row in _in_full(gateway, project):
        (prediction,) = row["predictions"]
        is_begun = row["data"]["key"] == begun
        assert prediction["model_version"] == ("v1" if is_begun else "v2")
        if row["id"] in before:  # an editor that shows the old ones can still submit
            assert prediction["id"] == before[row["id"]][0]["id"]
    again = plan_for(gateway, workspace, 2, "v2")
    assert [(len(one.replace), one.begun) for one in again.annotators] == [(0, 1), (0, 0)]


def test_a_changed_rule_touches_only_what_it_changes(
    gateway: Gateway, workspace: Workspace, schema: LabelSchema
) -> None:
    """Tasks whose suggestions are the same by the new rules are not asked for nor written."""
    corpus = documents(2)
    old = sync_samples.suggestions(corpus.values(), "pack-1-aaaaaaaaaaaa")
    new = sync_samples.suggestions(corpus.values(), "pack-1-bbbbbbbbbbbb")
    fewer = tuple(span for span in new[0].spans if span.text != "武汉")
    new[0] = changed(new[0], spans=fewer)

    def made(suggestions: list[Suggestion]) -> PushPlan:
        return plan(gateway, workspace, schema, corpus, suggestions, ["anna"], cut=cut)

    (project,) = push(gateway, made(old)).projects["anna"]
    before = gateway.updated_tasks(project)
    result = push(gateway, made(new))
    assert (result.replaced, result.left, result.begun) == (1, 7, 0)
    times = gateway.updated_tasks(project)
    (touched,) = [task for task in times if times[task] != before[task]]
    (prediction,) = gateway.task(touched)["predictions"]
    assert [region["value"]["text"] for region in prediction["result"]] == ["N95口罩"]
    assert {one["meta"]["version"] for one in prediction["result"]} == {"pack-1-bbbbbbbbbbbb"}
    (workspace.private / "studio" / "state.sqlite").unlink()
    assert [(one.leave, len(one.replace)) for one in made(new).annotators] == [(8, 0)]


def test_what_the_cache_cant_know_is_listed_anew(gateway: Gateway, workspace: Workspace) -> None:
    """Deleted tasks show in no list of changes, but in the server's count."""
    (project,) = push(gateway, plan_for(gateway, workspace, 1)).projects["anna"]
    gateway.delete_task(min(gateway.updated_tasks(project)))
    result = push(gateway, plan_for(gateway, workspace, 1))
    assert (result.created, result.left) == (1, 7)
    _assert_each_once(gateway, workspace, 1)


def test_a_second_push_asks_little(gateway: Gateway, workspace: Workspace) -> None:
    """Nothing has changed: the projects, what changed in each, and drafts; no writes."""
    push(gateway, plan_for(gateway, workspace, 3))
    before = gateway.requests
    push(gateway, plan_for(gateway, workspace, 3))
    assert gateway.requests - before <= 18


def test_tasks_that_should_not_be_there_are_withdrawn(
    studio: Any, gateway: Gateway, workspace: Workspace
) -> None:
    """Those of a document that is gone go, but for the ones that hold work."""
    (project,) = push(gateway, plan_for(gateway, workspace, 2)).projects["anna"]
    gone = sorted(_wanted(2) - _wanted(1))
    tasks = gateway.tasks_by_key(project, gone)
    gateway.create_annotation(tasks[gone[0]][0].id, [], skipped=True)
    httpx.post(
        f"{studio.url.rstrip('/')}/api/tasks/{tasks[gone[1]][0].id}/drafts",
        json={"result": [], "lead_time": 1},
        headers={"Authorization": f"Token {studio.annotators['anna'].token}"},
    ).raise_for_status()
    made = plan_for(gateway, workspace, 1)
    assert [(len(one.withdraw), one.kept) for one in made.annotators] == [(2, 2), (4, 0)]
    result = push(gateway, made)
    assert (result.withdrawn, result.kept, result.created) == (6, 2, 0)
    assert any("2 tasks that are begun should not be there" in one for one in result.problems)
    left = gateway.tasks_by_key(project, _wanted(2))
    assert left.keys() == {*_wanted(1), *gone[:2]}


def test_documents_that_are_cut_otherwise_are_sent_anew(
    gateway: Gateway, workspace: Workspace, schema: LabelSchema
) -> None:
    """The old passages go where nobody has begun them; it is no conflict, for the text is there."""

    def whole(document: Document) -> list[Passage]:
        return [Passage(document.id, 0, len(document.text), document.text)]

    (project,) = push(gateway, plan_for(gateway, workspace, 1)).projects["anna"]
    begun = min(gateway.updated_tasks(project))
    gateway.create_annotation(begun, [])
    again = plan(gateway, workspace, schema, documents(1), [], ["anna"], cut=whole)
    assert again.conflicts == ()
    result = push(gateway, again)
    assert (result.created, result.withdrawn, result.kept) == (1, 3, 1)


def test_a_changed_text_is_a_conflict_with_a_way_out(
    gateway: Gateway, workspace: Workspace, schema: LabelSchema
) -> None:
    """Nothing of the document is sent; with the old text beside it the new one goes out."""
    (project,) = push(gateway, plan_for(gateway, workspace, 2)).projects["anna"]
    corpus = documents(2)
    first = next(iter(corpus.values()))
    old = gateway.tasks_by_key(project, [key(one) for one in cut(first)])
    begun = gateway.create_annotation(old[key(cut(first)[1])][0].id, [])
    corpus[first.id] = changed(first, text=f"新{first.text}")

    def made(documents: dict[str, Document]) -> PushPlan:
        found = sync_samples.suggestions(corpus.values())
        return plan(gateway, workspace, schema, documents, found, ["anna", "bo"], cut=cut)

    conflicting = made(corpus)
    assert conflicting.conflicts == (first.id,)
    result = push(gateway, conflicting)
    assert (result.conflicts, result.created, result.withdrawn) == ([first.id], 0, 0)
    kept = earlier_version(corpus[first.id], gateway.texts_of(project, first.id), schema)
    assert (kept.text, kept.damaged) == (first.text, ())
    assert kept.id.startswith(f"{first.id}@")
    both = {**corpus, kept.id: kept}
    result = push(gateway, made(both))
    assert (result.conflicts, result.created, result.withdrawn) == ([], 8, 7)
    assert push(gateway, made(both)).created == 0
    (task,) = [
        one
        for one in gateway.export(project, sorted(gateway.updated_tasks(project)))
        if one["annotations"]
    ]
    document = Texts(both).of_task(task)
    assert document == kept
    annotation = from_annotation(task, task["annotations"][0], schema, kept, {})
    assert (annotation.doc_id, annotation.annotation_id) == (kept.id, begun)


def test_control_passages_show_nothing(
    gateway: Gateway, workspace: Workspace, schema: LabelSchema
) -> None:
    """They have no prediction, and don't look as if one were missing."""
    settings = changed(
        workspace.settings, assignment=changed(workspace.settings.assignment, control=0.5)
    )
    half = Workspace(workspace.root, settings)
    (project,) = push(gateway, plan_for(gateway, half, 3)).projects["anna"]
    shown = {task.predictions for task in _listed(gateway, project)}
    assert shown == {0, 1}
    result = push(gateway, plan_for(gateway, half, 3))
    assert (result.replaced, result.created, result.left) == (0, 0, 24)
    result = push(gateway, plan_for(gateway, workspace, 3))
    assert result.replaced > 0
    assert {task.predictions for task in _listed(gateway, project)} == {1}
    push(gateway, plan_for(gateway, half, 3))
    assert {task.predictions for task in _listed(gateway, project)} == {0, 1}


def test_one_project_for_all_is_blind_in_the_stream(
    studio: Any, gateway: Gateway, workspace: Workspace
) -> None:
    """Both annotators are given each task, and see nothing of what the other did."""
    settings = changed(
        workspace.settings, assignment=changed(workspace.settings.assignment, projects="shared")
    )
    shared = Workspace(workspace.root, settings)
    result = push(gateway, plan_for(gateway, shared, 1))
    assert (result.created, list(result.projects)) == (4, [EVERYONE])
    (project,) = result.projects[EVERYONE]
    assert gateway.projects([project])[0].maximum_annotations == 2
    seen: dict[str, set[int]] = {"anna": set(), "bo": set()}
    for name in ("anna", "bo", "anna", "bo", "bo", "anna", "bo", "anna"):
        given = httpx.get(
            f"{studio.url.rstrip('/')}/api/projects/{project}/next",
            headers={"Authorization": f"Token {studio.annotators[name].token}"},
        ).json()
        assert given["annotations"] == []
        assert len(given["predictions"]) == 1
        seen[name].add(given["id"])
        with Gateway(studio.url, studio.annotators[name].token) as theirs:
            theirs.create_annotation(given["id"], [])
    assert seen["anna"] == seen["bo"] == set(gateway.updated_tasks(project))
    assert push(gateway, plan_for(gateway, shared, 1)).created == 0


def _listed(gateway: Gateway, project: int) -> list[ServerTask]:
    return [task for task, _ in gateway.tasks(project)]


def _in_full(gateway: Gateway, project: int) -> list[dict[str, Any]]:
    return gateway.tasks_in_full(project, sorted(gateway.updated_tasks(project)))


def test_the_project_shows_labels_guidelines_and_notice(
    gateway: Gateway, workspace: Workspace, schema: LabelSchema
) -> None:
    """Annotators find the label config, the guidelines and the notice."""
    push(gateway, plan_for(gateway, workspace, 1))
    project = dict(workspace_projects(gateway, workspace))["anna"]
    name = workspace.settings.project.name
    assert project.title == f"anna · {name} · 练习 & 演示"
    assert parse_schema(project.label_config).labels == schema.labels
    assert project.description == f"练习 & 演示\ntoolkit: workspace={name} annotator=anna"


def test_planning_changes_nothing(gateway: Gateway, workspace: Workspace) -> None:
    """A plan makes no project, no file and no state."""
    made = plan_for(gateway, workspace, 1)
    assert [(one.projects[0].project, len(one.create)) for one in made.annotators] == [
        (None, 4)
    ] * 2
    assert workspace_projects(gateway, workspace) == []
    assert not workspace.private.exists()


def test_other_labels_on_the_server_are_explained(gateway: Gateway, workspace: Workspace) -> None:
    """A project whose labels differ stops the plan, and is not changed."""
    (project,) = push(gateway, plan_for(gateway, workspace, 1)).projects["bo"]
    theirs = sync_samples.schema().xml.replace('"PERSON"', '"HUMAN"')
    gateway.update_project(project, label_config=theirs)
    with pytest.raises(SchemaError, match=r"lacks PERSON; has HUMAN that ours lacks"):
        plan_for(gateway, workspace, 1)
    assert dict(workspace_projects(gateway, workspace))["bo"].label_config == theirs.strip()


def test_errors_before_anything_is_sent(
    gateway: Gateway, workspace: Workspace, schema: LabelSchema
) -> None:
    """Bad input stops the plan: a label that is unknown, nobody to annotate."""
    corpus = documents(1)
    for_one = sync_samples.suggestions(corpus.values())[0]
    spans = tuple(changed(span, label="ALIEN") for span in for_one.spans)
    wrong = [Suggestion(for_one.doc_id, "v1", spans)]
    with pytest.raises(SchemaError, match="ALIEN"):
        plan(gateway, workspace, schema, corpus, wrong, ["anna"], cut=cut)
    with pytest.raises(UsageError, match="no annotators"):
        plan(gateway, workspace, schema, corpus, [], [], cut=cut)
    assert workspace_projects(gateway, workspace) == []


def test_a_span_over_the_end_of_a_passage_is_left_out_and_said(
    gateway: Gateway, workspace: Workspace, schema: LabelSchema
) -> None:
    """It doesn't stop the others, and it is told once."""
    corpus = documents(1)
    (document,) = corpus.values()
    (suggestion,) = sync_samples.suggestions(corpus.values())
    end = cut(document)[0].end
    over = SuggestedSpan(end - 2, end + 2, "LOC", document.text[end - 2 : end + 2], rule="over")
    wrong = changed(suggestion, spans=(*suggestion.spans, over))
    made = plan(gateway, workspace, schema, corpus, [wrong], ["anna"], cut=cut)
    assert len(made.left_out) == 1
    assert f"LOC {end - 2}-{end + 2} crosses the end of a passage" in made.left_out[0]
    shown = [portion.spans for *_, portion in made.sources.values() if portion]
    assert sorted(span for spans in shown for span in spans) == sorted(suggestion.spans)


def test_server_errors_are_one_line(studio: Any, workspace: Workspace, tmp_path: Path) -> None:
    """A wrong token and a dead port say what is wrong, without the token."""
    for url, error in ((studio.url, ServerRefused), ("http://127.0.0.1:9", ServerUnreachable)):
        with Gateway(url, "deadbeef" * 5) as gateway, pytest.raises(error) as caught:
            plan_for(gateway, workspace, 1)
        assert url in str(caught.value)
        assert "deadbeef" not in str(caught.value)
        assert "\n" not in str(caught.value)
        assert caught.value.__cause__ is None
