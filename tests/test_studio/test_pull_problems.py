"""What a pull cannot use, or does not know; against a real server."""

from __future__ import annotations

from typing import Any

import pytest

from tests.test_studio.people import (
    CORPUS,
    PASSAGES,
    delete_annotation,
    pull,
    records_of,
    span_of,
    submit,
)
from toolkit.records import read_jsonl
from toolkit.schema import LabelSchema
from toolkit.settings import Workspace, replace
from toolkit.studio import pull as pulling
from toolkit.studio.gateway import Gateway
from toolkit.studio.names import key

pytestmark = [pytest.mark.server, pytest.mark.xdist_group("studio")]


def test_what_cannot_be_used_is_kept_as_it_is(
    studio: Any,
    gateway: Gateway,
    anna: Gateway,
    workspace: Workspace,
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
        result = pull(gateway, workspace)
        assert (result.new, len(result.problems)) == (0, 3)
        lines = list(read_jsonl(kept, dict))
        assert [line["annotation"]["id"] for line in lines] == ids
        assert [line["annotation"]["result"][0]["value"]["text"] for line in lines] == [
            text for *_, text in wrong
        ]
    delete_annotation(studio, ids[0])
    assert len(pull(gateway, workspace).problems) == 2
    anna.update_annotation(ids[1], [])
    assert (pull(gateway, workspace).new, len(list(read_jsonl(kept, dict)))) == (1, 2)
    assert pull(gateway, workspace, full=True).differences == []


def test_problems_are_reported_until_they_are_solved(
    gateway: Gateway,
    anna: Gateway,
    workspace: Workspace,
    schema: LabelSchema,
    projects: dict[str, int],
) -> None:
    """An unknown label, a changed text, an unknown document: named each time, then pulled."""
    good, alien, elsewhere = PASSAGES[0], PASSAGES[1], PASSAGES[4]
    submit(anna, projects["anna"], good)
    wrong = submit(anna, projects["anna"], alien, [span_of(alien, "武汉", "ALIEN")])
    submit(anna, projects["anna"], elsewhere)
    here = {alien.doc_id: CORPUS[alien.doc_id]}
    for _ in range(2):
        result = pulling.pull(gateway, workspace, schema, here)
        assert len(result.problems) == 2
        assert any("'ALIEN' is not in the label config" in one for one in result.problems)
        assert any(f"no document {elsewhere.doc_id!r}" in one for one in result.problems)
    assert len(records_of(workspace)) == 1
    text = CORPUS[elsewhere.doc_id].text
    changed = {**here, elsewhere.doc_id: replace(CORPUS[elsewhere.doc_id], text=f"新{text}")}
    assert "was the document changed" in " ".join(
        pulling.pull(gateway, workspace, schema, changed).problems
    )
    anna.update_annotation(wrong, [])
    result = pull(gateway, workspace)
    assert (result.new, result.problems) == (2, [])
    assert len(records_of(workspace)) == 3


def test_a_project_that_is_not_recognised_any_more_is_reported(
    gateway: Gateway,
    anna: Gateway,
    workspace: Workspace,
    projects: dict[str, int],
) -> None:
    """A project whose description was rewritten isn't skipped in silence; one that is gone is."""
    pull(gateway, workspace)
    gateway.update_project(projects["anna"], description="mine now")
    gateway.delete_project(projects["bo"])
    submit(anna, projects["anna"], PASSAGES[0])
    result = pull(gateway, workspace)
    (problem,) = result.problems
    assert problem.startswith(f"project {projects['anna']} was pulled before and is not any more")
    assert records_of(workspace) == []
