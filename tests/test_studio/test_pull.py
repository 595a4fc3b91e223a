"""Tests of toolkit.studio.pull and submit against a real server."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Any

import httpx
import pytest

from tests.test_studio.sync_samples import cut, documents, plan_for
from tests.test_studio.sync_samples import schema as schema_
from toolkit.model import Annotation, Passage, Span, latest_annotations
from toolkit.records import read_jsonl, write_jsonl
from toolkit.schema import LabelSchema
from toolkit.settings import Workspace, replace
from toolkit.studio.gateway import Gateway
from toolkit.studio.project_pull import PullResult
from toolkit.studio.projects import marker
from toolkit.studio.pull import pull
from toolkit.studio.push import push
from toolkit.studio.state import opened_state
from toolkit.studio.submit import Submission, submit
from toolkit.studio.tasks import key

pytestmark = [pytest.mark.server, pytest.mark.xdist_group("studio")]

SCHEMA = schema_()
CORPUS = documents(2)
PASSAGES = [passage for document in CORPUS.values() for passage in cut(document)]


def _span(passage: Passage, found: str, label: str) -> Span:
    start = passage.start + passage.text.index(found)
    return Span(start, start + len(found), label, found)


def _submit(
    gateway: Gateway,
    project: int,
    passage: Passage,
    spans: Sequence[Span],
    lead_time: float | None = None,
) -> int:
    (annotation,) = submit(gateway, project, [Submission(passage, spans, lead_time)], SCHEMA)
    return annotation


def _pull(
    gateway: Gateway, workspace: Workspace, schema: LabelSchema, *, full: bool = False
) -> PullResult:
    return pull(gateway, workspace, schema, CORPUS, full=full)


def _counts(result: PullResult) -> tuple[int, int, int, int]:
    return (result.new, result.changed, result.unchanged, result.deleted)


def _records(workspace: Workspace) -> list[Annotation]:
    return list(read_jsonl(workspace.annotations, Annotation))


@pytest.fixture
def projects(gateway: Gateway, workspace: Workspace) -> dict[str, int]:
    """Two documents pushed; the projects of anna and bo."""
    made = push(gateway, plan_for(gateway, workspace, 2)).projects
    return {annotator: project for annotator, (project,) in made.items()}


@pytest.fixture
def anna(studio: Any) -> Iterator[Gateway]:
    """The server as anna."""
    with Gateway(studio.url, studio.annotators["anna"].token) as opened:
        yield opened


@pytest.fixture
def bo(studio: Any) -> Iterator[Gateway]:
    """The server as bo."""
    with Gateway(studio.url, studio.annotators["bo"].token) as opened:
        yield opened


def test_labels_come_back_exact_with_their_origins(  # noqa: PLR0917 - fixtures
    gateway: Gateway,
    anna: Gateway,
    bo: Gateway,
    workspace: Workspace,
    schema: LabelSchema,
    projects: dict[str, int],
) -> None:
    """Two annotators in their own projects: spans, origins, names and versions are theirs."""
    first, second = PASSAGES[0], PASSAGES[1]
    kept = _span(first, "王小明", "PERSON")
    changed = _span(first, "😀河北省卫健委", "ORG")
    added = _span(first, "1月1日", "TIME")
    _submit(anna, projects["anna"], first, [kept, changed, added], lead_time=12.5)
    _submit(bo, projects["bo"], first, [kept])
    _submit(bo, projects["bo"], second, [_span(second, "家向\n武汉  捐", "ORG")])
    result = _pull(gateway, workspace, schema)
    assert (_counts(result), result.problems) == ((3, 0, 0, 0), [])
    assert (result.annotators["anna"].new, result.annotators["bo"].new) == (1, 2)
    by = {(one.annotator, one.start): one for one in _records(workspace)}
    assert set(by) == {("anna", 0), ("bo", 0), ("bo", second.start)}
    annas = by["anna", 0]
    assert [(s.text, s.label, s.origin, s.rule) for s in annas.spans] == [
        ("1月1日", "TIME", "added", ""),
        ("😀河北省卫健委", "ORG", "changed", "terms"),
        ("王小明", "PERSON", "suggested", "terms"),
    ]
    assert (annas.suggested, annas.lead_time, annas.passage) == (
        "v1",
        12.5,
        (first.doc_id, 0, first.end),
    )
    assert [s.text for s in by["bo", second.start].spans] == ["家向\n武汉  捐"]


def test_pulling_again_changes_nothing(
    gateway: Gateway,
    anna: Gateway,
    workspace: Workspace,
    schema: LabelSchema,
    projects: dict[str, int],
) -> None:
    """Incremental, full, or without the state: the file stays the same to the byte."""
    for passage in PASSAGES[:3]:
        _submit(anna, projects["anna"], passage, [])
    assert _counts(_pull(gateway, workspace, schema)) == (3, 0, 0, 0)
    file, inode = workspace.annotations.read_bytes(), workspace.annotations.stat().st_ino
    assert _counts(_pull(gateway, workspace, schema)) == (0, 0, 3, 0)
    assert _counts(_pull(gateway, workspace, schema, full=True)) == (0, 0, 3, 0)
    (workspace.private / "studio" / "state.sqlite").unlink()
    assert _counts(_pull(gateway, workspace, schema)) == (0, 0, 3, 0)
    assert workspace.annotations.read_bytes() == file
    assert workspace.annotations.stat().st_ino == inode
    workspace.annotations.unlink()
    assert _counts(_pull(gateway, workspace, schema, full=True)) == (3, 0, 0, 0)
    assert workspace.annotations.read_bytes() == file


def test_a_resubmission_is_kept_beside_the_first(
    gateway: Gateway,
    anna: Gateway,
    workspace: Workspace,
    schema: LabelSchema,
    projects: dict[str, int],
) -> None:
    """Both submissions are in the file, and the last one counts."""
    passage = PASSAGES[0]
    span = _span(passage, "王小明", "PERSON")
    _submit(anna, projects["anna"], passage, [span])
    _pull(gateway, workspace, schema)
    _submit(anna, projects["anna"], passage, [])
    assert _counts(_pull(gateway, workspace, schema)) == (0, 1, 0, 0)
    records = _records(workspace)
    assert [len(one.spans) for one in records] == [1, 0]
    assert len({one.annotation_id for one in records}) == 1
    assert latest_annotations(records) == [records[1]]


def test_skips_drafts_and_second_thoughts(  # noqa: PLR0917 - fixtures
    studio: Any,
    gateway: Gateway,
    anna: Gateway,
    workspace: Workspace,
    schema: LabelSchema,
    projects: dict[str, int],
) -> None:
    """A skip is pulled as one, a draft is only counted, two by one person are both kept."""
    tasks = [
        gateway.tasks_by_key(projects["anna"], [key(passage)])[key(passage)][0].id
        for passage in PASSAGES[:3]
    ]
    anna.create_annotation(tasks[0], [], skipped=True)
    httpx.post(
        f"{studio.url.rstrip('/')}/api/tasks/{tasks[1]}/drafts",
        json={"result": [], "lead_time": 1},
        headers={"Authorization": f"Token {studio.annotators['anna'].token}"},
    ).raise_for_status()
    anna.create_annotation(tasks[2], [])
    anna.create_annotation(tasks[2], [])
    result = _pull(gateway, workspace, schema)
    assert (_counts(result), result.skipped, result.drafts) == ((3, 0, 0, 0), 1, 1)
    assert [one.skipped for one in _records(workspace)] == [True, False, False]
    assert len(latest_annotations(_records(workspace))) == 1


def _delete(studio: Any, annotation: int) -> None:
    httpx.delete(
        f"{studio.url.rstrip('/')}/api/annotations/{annotation}/",
        headers={"Authorization": f"Token {studio.admin.token}"},
    ).raise_for_status()


def test_what_is_deleted_there_stays_here_and_does_not_count(  # noqa: PLR0917 - fixtures
    studio: Any,
    gateway: Gateway,
    anna: Gateway,
    workspace: Workspace,
    schema: LabelSchema,
    projects: dict[str, int],
) -> None:
    """A deleted annotation and a deleted task: each is told once, and marked in the file."""
    ids = [_submit(anna, projects["anna"], passage, []) for passage in PASSAGES[:4]]
    _submit(anna, projects["anna"], PASSAGES[0], [_span(PASSAGES[0], "王小明", "PERSON")])
    _pull(gateway, workspace, schema)
    before = _records(workspace)
    _delete(studio, ids[0])
    assert _pull(gateway, workspace, schema).deleted == 1
    name = key(PASSAGES[1])
    gateway.delete_task(gateway.tasks_by_key(projects["anna"], [name])[name][0].id)
    result = _pull(gateway, workspace, schema)
    assert (result.deleted, result.annotators["anna"].deleted) == (1, 1)
    for full in (False, True):
        result = _pull(gateway, workspace, schema, full=full)
        assert (result.deleted, result.differences) == (0, [])
    after = _records(workspace)
    assert [replace(one, deleted_at=None) for one in after] == before
    assert {one.annotation_id for one in after if one.deleted_at} == set(ids[:2])
    assert {one.annotation_id for one in latest_annotations(after)} == set(ids[2:])


def test_many_that_are_deleted_at_once(  # noqa: PLR0917 - fixtures
    studio: Any,
    gateway: Gateway,
    anna: Gateway,
    workspace: Workspace,
    schema: LabelSchema,
    projects: dict[str, int],
) -> None:
    """The data manager's own actions on many tasks are noticed as well."""
    for passage in PASSAGES[:5]:
        _submit(anna, projects["anna"], passage, [])
    _pull(gateway, workspace, schema)
    some = gateway.tasks_by_key(projects["anna"], [key(passage) for passage in PASSAGES[:4]])
    tasks = [found[0].id for found in some.values()]
    for action, chosen in (("delete_tasks_annotations", tasks[:2]), ("delete_tasks", tasks[2:])):
        httpx.post(
            f"{studio.url.rstrip('/')}/api/dm/actions",
            params={"id": action, "project": projects["anna"]},
            json={"selectedItems": {"all": False, "included": chosen}},
            headers={"Authorization": f"Token {studio.admin.token}"},
        ).raise_for_status()
        assert _pull(gateway, workspace, schema).deleted == 2
    assert [one.passage for one in latest_annotations(_records(workspace))] == [
        (PASSAGES[4].doc_id, PASSAGES[4].start, PASSAGES[4].end)
    ]


def test_what_is_there_again_counts_again(
    gateway: Gateway,
    anna: Gateway,
    workspace: Workspace,
    schema: LabelSchema,
    projects: dict[str, int],
) -> None:
    """As after a server was set back to a backup and then forward again."""
    annotation = _submit(anna, projects["anna"], PASSAGES[0], [])
    _pull(gateway, workspace, schema)
    (record,) = _records(workspace)
    write_jsonl(workspace.annotations, [replace(record, deleted_at="2026-01-01T00:00:00Z")])
    assert _counts(_pull(gateway, workspace, schema)) == (0, 1, 0, 0)
    assert _records(workspace) == [record]
    assert record.annotation_id == annotation


def test_a_project_that_is_deleted_takes_nobodys_work_back(  # noqa: PLR0917 - fixtures
    gateway: Gateway,
    anna: Gateway,
    bo: Gateway,
    workspace: Workspace,
    schema: LabelSchema,
    projects: dict[str, int],
) -> None:
    """Who tidies the server up when all is pulled keeps every label, and is told."""
    _submit(anna, projects["anna"], PASSAGES[0], [])
    _submit(bo, projects["bo"], PASSAGES[0], [])
    _pull(gateway, workspace, schema)
    before = _records(workspace)
    gateway.delete_project(projects["anna"])
    result = _pull(gateway, workspace, schema)
    assert (result.deleted, result.elsewhere, result.problems) == (0, 1, [])
    assert _records(workspace) == before
    assert len(latest_annotations(before)) == 2


def test_who_edited_last_is_on_the_record(  # noqa: PLR0917 - fixtures
    studio: Any,
    gateway: Gateway,
    anna: Gateway,
    workspace: Workspace,
    schema: LabelSchema,
    projects: dict[str, int],
) -> None:
    """Somebody else's correction is a submission that names both people."""
    annotation = _submit(anna, projects["anna"], PASSAGES[0], [])
    assert _pull(gateway, workspace, schema).edited == 0
    gateway.update_annotation(annotation, [])
    assert _pull(gateway, workspace, schema).edited == 1
    first, second = _records(workspace)
    assert [(one.annotator, one.edited_by) for one in (first, second)] == [
        ("anna", None),
        ("anna", studio.admin.email),
    ]
    assert latest_annotations(_records(workspace)) == [second]


def test_several_people_in_one_project(  # noqa: PLR0917 - fixtures
    gateway: Gateway,
    anna: Gateway,
    bo: Gateway,
    workspace: Workspace,
    schema: LabelSchema,
    projects: dict[str, int],
) -> None:
    """A project that is nobody's own is everybody's: all is told apart by who submitted it."""
    gateway.delete_project(projects["bo"])
    shared = projects["anna"]
    gateway.update_project(shared, description=marker(workspace, ""))
    for passage in PASSAGES[:2]:
        _submit(anna, shared, passage, [])
    task = gateway.tasks_by_key(shared, [key(PASSAGES[0])])[key(PASSAGES[0])][0].id
    bo.create_annotation(task, [])
    result = _pull(gateway, workspace, schema)
    assert (result.new, result.problems) == (3, [])
    assert (result.annotators["anna"].new, result.annotators["bo"].new) == (2, 1)
    assert len(latest_annotations(_records(workspace))) == 3


def test_full_proves_what_was_known(
    gateway: Gateway,
    anna: Gateway,
    workspace: Workspace,
    schema: LabelSchema,
    projects: dict[str, int],
) -> None:
    """It says that all is the same, or exactly what was not, and mends that."""
    for passage in PASSAGES[:3]:
        _submit(anna, projects["anna"], passage, [])
    _pull(gateway, workspace, schema)
    result = _pull(gateway, workspace, schema, full=True)
    assert (result.compared, result.differences, result.problems) == (3, [], [])
    # A state that believes to know more than it does.
    with opened_state(workspace, gateway.url) as state:
        state.pulled(projects["anna"], "2100-01-01T00:00:00.000000Z", {})
    again = _submit(anna, projects["anna"], PASSAGES[1], [_span(PASSAGES[1], "武汉", "LOC")])
    assert _pull(gateway, workspace, schema).changed == 0
    result = _pull(gateway, workspace, schema, full=True)
    (difference,) = result.differences
    assert f"annotation {again} had been submitted again" in difference
    assert (result.compared, result.changed) == (3, 1)
    assert _pull(gateway, workspace, schema, full=True).differences == []
    with opened_state(workspace, gateway.url) as state:
        assert "2100" not in str(state.watermark(projects["anna"]))


def test_a_file_that_lost_lines_is_whole_again(
    gateway: Gateway,
    anna: Gateway,
    workspace: Workspace,
    schema: LabelSchema,
    projects: dict[str, int],
) -> None:
    """Where the server counts more than the file has, everything is read, also without --full."""
    for passage in PASSAGES[:3]:
        _submit(anna, projects["anna"], passage, [])
    _pull(gateway, workspace, schema)
    file = workspace.annotations.read_bytes()
    # As if it had been a week ago: the next pull looks only at what changed since.
    with opened_state(workspace, gateway.url) as state:
        state.pulled(projects["anna"], "2100-01-01T00:00:00.000000Z", {})
    workspace.annotations.write_bytes(file.split(b"\n", 1)[1])
    assert _pull(gateway, workspace, schema).new == 1
    assert workspace.annotations.read_bytes() == file


def test_what_cannot_be_used_is_kept_as_it_is(  # noqa: PLR0917 - fixtures
    studio: Any,
    gateway: Gateway,
    anna: Gateway,
    workspace: Workspace,
    schema: LabelSchema,
    projects: dict[str, int],
) -> None:
    """An unknown label, a text that isn't there, offsets outside: kept, named, and used later."""
    found = gateway.tasks_by_key(projects["anna"], [key(passage) for passage in PASSAGES])
    wrong = [("LOC", 0, 2, "上海"), ("LOC", 0, 999, "1月"), ("ALIEN", 0, 2, "1月")]
    ids = []
    for passage, (label, start, end, text) in zip(PASSAGES, wrong, strict=False):
        value = {"start": start, "end": end, "text": text, "labels": [label]}
        region = {"from_name": "label", "to_name": "text", "type": "labels", "value": value}
        task = found[key(passage)][0].id
        ids.append(anna.create_annotation(task, [{"id": "r", **region}]))
    kept = workspace.root / "annotations.unusable.jsonl"
    for _ in range(2):
        result = _pull(gateway, workspace, schema)
        assert (result.new, len(result.problems)) == (0, 3)
        lines = list(read_jsonl(kept, dict))
        assert [line["annotation"]["id"] for line in lines] == ids
        assert [line["annotation"]["result"][0]["value"]["text"] for line in lines] == [
            text for *_, text in wrong
        ]
    _delete(studio, ids[0])
    assert len(_pull(gateway, workspace, schema).problems) == 2
    anna.update_annotation(ids[1], [])
    assert (_pull(gateway, workspace, schema).new, len(list(read_jsonl(kept, dict)))) == (1, 2)
    assert _pull(gateway, workspace, schema, full=True).differences == []


def test_problems_are_reported_until_they_are_solved(
    gateway: Gateway,
    anna: Gateway,
    workspace: Workspace,
    schema: LabelSchema,
    projects: dict[str, int],
) -> None:
    """An unknown label, a changed text, an unknown document: named each time, then pulled."""
    good, alien, elsewhere = PASSAGES[0], PASSAGES[1], PASSAGES[4]
    _submit(anna, projects["anna"], good, [])
    wrong = _submit(anna, projects["anna"], alien, [_span(alien, "武汉", "ALIEN")])
    _submit(anna, projects["anna"], elsewhere, [])
    here = {alien.doc_id: CORPUS[alien.doc_id]}
    for _ in range(2):
        result = pull(gateway, workspace, schema, here)
        assert len(result.problems) == 2
        assert any("'ALIEN' is not in the label config" in one for one in result.problems)
        assert any(f"no document {elsewhere.doc_id!r}" in one for one in result.problems)
    assert len(_records(workspace)) == 1
    text = CORPUS[elsewhere.doc_id].text
    changed = {**here, elsewhere.doc_id: replace(CORPUS[elsewhere.doc_id], text=f"新{text}")}
    assert "was the document changed" in " ".join(
        pull(gateway, workspace, schema, changed).problems
    )
    anna.update_annotation(wrong, [])
    result = _pull(gateway, workspace, schema)
    assert (result.new, result.problems) == (2, [])
    assert len(_records(workspace)) == 3


def test_unnamed_people_go_by_their_address(
    studio: Any,
    gateway: Gateway,
    workspace: Workspace,
    schema: LabelSchema,
    projects: dict[str, int],
) -> None:
    """Who toolkit.toml doesn't name is pulled under the e-mail address, and reported."""
    with Gateway(studio.url, studio.annotators["chen"].token) as chen:
        _submit(chen, projects["anna"], PASSAGES[0], [])
    result = _pull(gateway, workspace, schema)
    email = studio.annotators["chen"].email
    assert [one.annotator for one in _records(workspace)] == [email]
    assert result.problems == [
        f"project {projects['anna']}: 1 annotations in anna's project are by {email}"
    ]


def test_an_annotator_who_is_renamed_is_no_second_person(
    gateway: Gateway,
    anna: Gateway,
    workspace: Workspace,
    schema: LabelSchema,
    projects: dict[str, int],
) -> None:
    """Under another name in toolkit.toml, all that the person ever gave goes by it."""
    for passage in PASSAGES[:2]:
        _submit(anna, projects["anna"], passage, [])
    _pull(gateway, workspace, schema)
    # As if it had been a week ago: the next pull looks only at what changed since.
    with opened_state(workspace, gateway.url) as state:
        state.pulled(projects["anna"], "2100-01-01T00:00:00.000000Z", {})
    emails = workspace.settings.annotators
    people = {"Anna": emails["anna"], "bo": emails["bo"]}
    renamed = replace(workspace, settings=replace(workspace.settings, annotators=people))
    _pull(gateway, renamed, schema)
    assert [one.annotator for one in _records(workspace)] == ["Anna", "Anna"]


def test_what_changes_while_the_changes_are_listed_is_pulled_next(  # noqa: PLR0917 - fixtures
    studio: Any,
    gateway: Gateway,
    anna: Gateway,
    workspace: Workspace,
    schema: LabelSchema,
    projects: dict[str, int],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A long list of changes takes time, and what changes behind its reader isn't skipped."""
    first, last = PASSAGES[0], PASSAGES[-1]
    works: list[int] = []

    class Slow(Gateway):
        """A server whose first list takes a second; anna works behind its reader, then ahead."""

        def updated_tasks(self, project: int, since: str | None = None) -> dict[int, str]:
            listed = super().updated_tasks(project, since)
            if project != projects["anna"] or works:
                return listed
            works.append(project)
            _submit(anna, project, first, [])
            time.sleep(1)
            _submit(anna, project, last, [])
            task = gateway.tasks_by_key(project, [key(last)])[key(last)][0].id
            return {**listed, task: gateway.updated_tasks(project)[task]}

    monkeypatch.setattr("toolkit.studio.project_pull._OVERLAP", timedelta())
    with Slow(studio.url, studio.admin.token) as slow:
        _pull(slow, workspace, schema)
    with opened_state(workspace, gateway.url) as state:
        mark = state.watermark(projects["anna"])
    task = gateway.tasks_by_key(projects["anna"], [key(first)])[key(first)][0].id
    assert task in gateway.updated_tasks(projects["anna"], mark)


def test_a_project_that_is_not_recognised_any_more_is_reported(
    gateway: Gateway,
    anna: Gateway,
    workspace: Workspace,
    schema: LabelSchema,
    projects: dict[str, int],
) -> None:
    """A project whose description was rewritten isn't skipped in silence; one that is gone is."""
    _pull(gateway, workspace, schema)
    gateway.update_project(projects["anna"], description="mine now")
    gateway.delete_project(projects["bo"])
    _submit(anna, projects["anna"], PASSAGES[0], [])
    result = _pull(gateway, workspace, schema)
    (problem,) = result.problems
    assert problem.startswith(f"project {projects['anna']} was pulled before and is not any more")
    assert _records(workspace) == []


def test_records_from_elsewhere_stay(
    gateway: Gateway, workspace: Workspace, schema: LabelSchema, projects: dict[str, int]
) -> None:
    """Annotations that came from no server are kept in the file."""
    own = [Annotation("doc", "me"), Annotation("doc", "you")]
    write_jsonl(workspace.annotations, own)
    _submit(gateway, projects["anna"], PASSAGES[0], [])
    _pull(gateway, workspace, schema)
    assert set(own) < set(_records(workspace))
    assert len(_records(workspace)) == 3


def test_another_prediction_than_the_projects(
    gateway: Gateway,
    anna: Gateway,
    workspace: Workspace,
    schema: LabelSchema,
    projects: dict[str, int],
) -> None:
    """What the annotator was shown is told by the prediction, not by the project's version."""
    _submit(anna, projects["anna"], PASSAGES[0], [])
    push(gateway, plan_for(gateway, workspace, 3, "v2"))
    _submit(anna, projects["anna"], PASSAGES[1], [])
    _pull(gateway, workspace, schema)
    assert [one.suggested for one in _records(workspace)] == ["v1", "v2"]
