"""What a push does where documents are gone, cut otherwise or changed; against a real server."""

from __future__ import annotations

from typing import Any

import pytest

from tests.test_studio import sync_samples
from tests.test_studio.people import keys_of, save_draft
from tests.test_studio.sync_samples import cut, documents, plan_for
from toolkit.model import Document, Passage
from toolkit.schema import LabelSchema
from toolkit.settings import Workspace
from toolkit.settings import replace as changed
from toolkit.studio.annotations import from_annotation
from toolkit.studio.gateway import Gateway
from toolkit.studio.names import key
from toolkit.studio.plan import plan
from toolkit.studio.push import push
from toolkit.studio.push_plan import PushPlan
from toolkit.studio.versions import Texts, earlier_version

pytestmark = [pytest.mark.server, pytest.mark.xdist_group("studio")]


def test_tasks_that_should_not_be_there_are_withdrawn(
    studio: Any, gateway: Gateway, workspace: Workspace
) -> None:
    """Those of a document that is gone go, but for the ones that hold work."""
    (project,) = push(gateway, plan_for(gateway, workspace, 2)).projects["anna"]
    gone = sorted(keys_of(2) - keys_of(1))
    tasks = gateway.tasks_by_key(project, gone)
    gateway.create_annotation(tasks[gone[0]][0].id, [], skipped=True)
    save_draft(studio, "anna", tasks[gone[1]][0].id)
    made = plan_for(gateway, workspace, 1)
    assert [(len(one.withdraw), one.kept) for one in made.annotators] == [(2, 2), (4, 0)]
    result = push(gateway, made)
    assert (result.withdrawn, result.kept, result.created) == (6, 2, 0)
    assert any("2 tasks that are begun should not be there" in one for one in result.problems)
    left = gateway.tasks_by_key(project, keys_of(2))
    assert left.keys() == {*keys_of(1), *gone[:2]}


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
