"""What people submitted comes back whole, under their names; against a real server."""

from __future__ import annotations

from typing import Any

import pytest

from tests.test_studio.people import (
    PASSAGES,
    counts_of,
    pull,
    records_of,
    save_draft,
    span_of,
    submit,
    task_of,
)
from tests.test_studio.sync_samples import plan_for
from toolkit.model import Annotation, latest_annotations
from toolkit.records import write_jsonl
from toolkit.settings import Workspace, replace
from toolkit.studio.gateway import Gateway
from toolkit.studio.projects import marker
from toolkit.studio.push import push
from toolkit.studio.state import opened_state

pytestmark = [pytest.mark.server, pytest.mark.xdist_group("studio")]


def test_labels_come_back_exact_with_their_origins(
    gateway: Gateway,
    anna: Gateway,
    bo: Gateway,
    workspace: Workspace,
    projects: dict[str, int],
) -> None:
    """Two annotators in their own projects: spans, origins, names and versions are theirs."""
    first, second = PASSAGES[0], PASSAGES[1]
    kept = span_of(first, "王小明", "PERSON")
    changed = span_of(first, "😀河北省卫健委", "ORG")
    added = span_of(first, "1月1日", "TIME")
    submit(anna, projects["anna"], first, [kept, changed, added], lead_time=12.5)
    submit(bo, projects["bo"], first, [kept])
    submit(bo, projects["bo"], second, [span_of(second, "家向\n武汉  捐", "ORG")])
    result = pull(gateway, workspace)
    assert (counts_of(result), result.problems) == ((3, 0, 0, 0), [])
    assert (result.annotators["anna"].new, result.annotators["bo"].new) == (1, 2)
    by = {(one.annotator, one.start): one for one in records_of(workspace)}
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


def test_a_resubmission_is_kept_beside_the_first(
    gateway: Gateway,
    anna: Gateway,
    workspace: Workspace,
    projects: dict[str, int],
) -> None:
    """Both submissions are in the file, and the last one counts."""
    passage = PASSAGES[0]
    span = span_of(passage, "王小明", "PERSON")
    submit(anna, projects["anna"], passage, [span])
    pull(gateway, workspace)
    submit(anna, projects["anna"], passage)
    assert counts_of(pull(gateway, workspace)) == (0, 1, 0, 0)
    records = records_of(workspace)
    assert [len(one.spans) for one in records] == [1, 0]
    assert len({one.annotation_id for one in records}) == 1
    assert latest_annotations(records) == [records[1]]


def test_skips_drafts_and_second_thoughts(
    studio: Any,
    gateway: Gateway,
    anna: Gateway,
    workspace: Workspace,
    projects: dict[str, int],
) -> None:
    """A skip is pulled as one, a draft is only counted, two by one person are both kept."""
    tasks = [task_of(gateway, projects["anna"], passage) for passage in PASSAGES[:3]]
    anna.create_annotation(tasks[0], [], skipped=True)
    save_draft(studio, "anna", tasks[1])
    anna.create_annotation(tasks[2], [])
    anna.create_annotation(tasks[2], [])
    result = pull(gateway, workspace)
    assert (counts_of(result), result.skipped, result.drafts) == ((3, 0, 0, 0), 1, 1)
    assert [one.skipped for one in records_of(workspace)] == [True, False, False]
    assert len(latest_annotations(records_of(workspace))) == 1


def test_who_edited_last_is_on_the_record(
    studio: Any,
    gateway: Gateway,
    anna: Gateway,
    workspace: Workspace,
    projects: dict[str, int],
) -> None:
    """Somebody else's correction is a submission that names both people."""
    annotation = submit(anna, projects["anna"], PASSAGES[0])
    assert pull(gateway, workspace).edited == 0
    gateway.update_annotation(annotation, [])
    assert pull(gateway, workspace).edited == 1
    first, second = records_of(workspace)
    assert [(one.annotator, one.edited_by) for one in (first, second)] == [
        ("anna", None),
        ("anna", studio.admin.email),
    ]
    assert latest_annotations(records_of(workspace)) == [second]


def test_several_people_in_one_project(
    gateway: Gateway,
    anna: Gateway,
    bo: Gateway,
    workspace: Workspace,
    projects: dict[str, int],
) -> None:
    """A project that is nobody's own is everybody's: all is told apart by who submitted it."""
    gateway.delete_project(projects["bo"])
    shared = projects["anna"]
    gateway.update_project(shared, description=marker(workspace, ""))
    for passage in PASSAGES[:2]:
        submit(anna, shared, passage)
    bo.create_annotation(task_of(gateway, shared, PASSAGES[0]), [])
    result = pull(gateway, workspace)
    assert (result.new, result.problems) == (3, [])
    assert (result.annotators["anna"].new, result.annotators["bo"].new) == (2, 1)
    assert len(latest_annotations(records_of(workspace))) == 3


def test_unnamed_people_go_by_their_address(
    studio: Any,
    gateway: Gateway,
    workspace: Workspace,
    projects: dict[str, int],
) -> None:
    """Who toolkit.toml doesn't name is pulled under the e-mail address, and reported."""
    with Gateway(studio.url, studio.annotators["chen"].token) as chen:
        submit(chen, projects["anna"], PASSAGES[0])
    result = pull(gateway, workspace)
    email = studio.annotators["chen"].email
    assert [one.annotator for one in records_of(workspace)] == [email]
    assert result.problems == [
        f"project {projects['anna']}: 1 annotations in anna's project are by {email}"
    ]


def test_an_annotator_who_is_renamed_is_no_second_person(
    gateway: Gateway,
    anna: Gateway,
    workspace: Workspace,
    projects: dict[str, int],
) -> None:
    """Under another name in toolkit.toml, all that the person ever gave goes by it."""
    for passage in PASSAGES[:2]:
        submit(anna, projects["anna"], passage)
    pull(gateway, workspace)
    # As if it had been a week ago: the next pull looks only at what changed since.
    with opened_state(workspace, gateway.url) as state:
        state.pulled(projects["anna"], "2100-01-01T00:00:00.000000Z", {})
    emails = workspace.settings.annotators
    people = {"Anna": emails["anna"], "bo": emails["bo"]}
    renamed = replace(workspace, settings=replace(workspace.settings, annotators=people))
    pull(gateway, renamed)
    assert [one.annotator for one in records_of(workspace)] == ["Anna", "Anna"]


def test_records_from_elsewhere_stay(
    gateway: Gateway, workspace: Workspace, projects: dict[str, int]
) -> None:
    """Annotations that came from no server are kept in the file."""
    own = [Annotation("doc", "me"), Annotation("doc", "you")]
    write_jsonl(workspace.annotations, own)
    submit(gateway, projects["anna"], PASSAGES[0])
    pull(gateway, workspace)
    assert set(own) < set(records_of(workspace))
    assert len(records_of(workspace)) == 3


def test_another_prediction_than_the_projects(
    gateway: Gateway,
    anna: Gateway,
    workspace: Workspace,
    projects: dict[str, int],
) -> None:
    """What the annotator was shown is told by the prediction, not by the project's version."""
    submit(anna, projects["anna"], PASSAGES[0])
    push(gateway, plan_for(gateway, workspace, 3, "v2"))
    submit(anna, projects["anna"], PASSAGES[1])
    pull(gateway, workspace)
    assert [one.suggested for one in records_of(workspace)] == ["v1", "v2"]
