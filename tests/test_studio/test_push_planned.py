"""What a plan finds before anything is sent; against a real server."""

from __future__ import annotations

import pytest

from tests.test_studio import sync_samples
from tests.test_studio.sync_samples import cut, documents, plan_for
from toolkit.errors import SchemaError, UsageError
from toolkit.model import SuggestedSpan, Suggestion
from toolkit.schema import LabelSchema
from toolkit.settings import Workspace
from toolkit.settings import replace as changed
from toolkit.studio.gateway import Gateway
from toolkit.studio.plan import plan
from toolkit.studio.projects import workspace_projects
from toolkit.studio.push import push

pytestmark = [pytest.mark.server, pytest.mark.xdist_group("studio")]


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
