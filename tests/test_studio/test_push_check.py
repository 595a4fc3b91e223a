"""Tests of toolkit.studio.check against a real server."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.test_studio.sync_samples import documents, plan_for, suggestions
from toolkit.errors import SchemaError
from toolkit.records import write_jsonl
from toolkit.schema import LabelSchema
from toolkit.settings import Workspace, replace
from toolkit.studio.check import ProjectCheck, check_projects
from toolkit.studio.gateway import Gateway
from toolkit.studio.projects import by_annotator, workspace_projects
from toolkit.studio.push import push

pytestmark = [pytest.mark.server, pytest.mark.xdist_group("studio")]

GUIDELINES = """# 说明 <b>x</b> & "引号" 'x'

> 引文 `code` **粗** *斜* [链接](https://example.com/?a=1&b=2) ![图](x.png)

- 一
- 二

1. 三

---

    <script>alert(1)</script>

|标签|含义|
|-|-|
|人名|a > b|
"""


def _told(check: ProjectCheck) -> list[tuple[str, str]]:
    return sorted((one.what, one.remedy) for one in check.differences)


@pytest.fixture
def pushed(gateway: Gateway, workspace: Workspace) -> Workspace:
    """The workspace after a push of two documents."""
    (workspace.root / "guidelines.md").write_text(GUIDELINES, "utf-8")
    push(gateway, plan_for(gateway, workspace, 2))
    return workspace


def test_what_was_just_pushed_is_as_it_should_be(
    gateway: Gateway, pushed: Workspace, schema: LabelSchema
) -> None:
    """The server's own rewriting of what it was sent is no difference."""
    found = check_projects(gateway, pushed, schema, "v1")
    assert [(one.annotator, one.differences) for one in found] == [("anna", ()), ("bo", ())]
    assert str(found[0].url).endswith(f"/projects/{found[0].project_id}")


def test_looking_changes_nothing_and_mending_all_that_is_safe(
    gateway: Gateway, pushed: Workspace, schema: LabelSchema
) -> None:
    """Looks, guidelines and switches are set as they are here; the next push does the rest."""
    (project,) = by_annotator(workspace_projects(gateway, pushed))["anna"]
    assert project is not None
    gateway.update_project(
        project.id,
        label_config=schema.xml.replace(schema.labels[0].color, "#123456", 1),
        expert_instruction="<p>别的</p>",
        show_collab_predictions=False,
        sampling="Uniform sampling",
        maximum_annotations=3,
    )
    anna, bo = check_projects(gateway, pushed, schema, "v2")
    safe = [(what, "mend") for what in ("colour", "guidelines", "order", "suggestions")]
    rest = [("overlap", "push"), ("prefill", "push")]
    assert _told(anna) == sorted(safe + rest)
    assert _told(bo) == [("prefill", "push")]
    assert not anna.blocks
    assert _told(check_projects(gateway, pushed, schema, "v2")[0]) == sorted(safe + rest)

    anna, _ = check_projects(gateway, pushed, schema, "v2", mend=True)
    assert _told(anna) == rest
    assert sorted((one.what, one.remedy) for one in anna.mended) == safe
    push(gateway, plan_for(gateway, pushed, 2, "v2"))
    assert [one.differences for one in check_projects(gateway, pushed, schema, "v2")] == [(), ()]


def test_other_labels_block_and_are_never_mended(
    gateway: Gateway, pushed: Workspace, schema: LabelSchema
) -> None:
    """Labels stay as they are there, with the colours beside them; push refuses alike."""
    (project,) = by_annotator(workspace_projects(gateway, pushed))["anna"]
    assert project is not None
    theirs = schema.xml.replace("</Labels>", '<Label value="MINE" background="#123456"/></Labels>')
    theirs = theirs.replace(schema.labels[0].color, "#654321", 1)
    gateway.update_project(project.id, label_config=theirs, show_instruction=False)
    anna, bo = check_projects(gateway, pushed, schema, "v1", mend=True)
    assert (anna.blocks, bo.blocks) == (True, False)
    assert _told(anna) == [("colour", "hand"), ("labels", "hand")]
    assert [one.what for one in anna.mended] == ["instructions"]
    assert gateway.projects([project.id])[0].label_config == theirs.strip()
    with pytest.raises(SchemaError, match="has MINE that ours lacks"):
        plan_for(gateway, pushed, 2)


def test_the_command_tells_it_and_ends_with_1_if_something_blocks(
    gateway: Gateway, pushed: Workspace, schema: LabelSchema, studio: Any
) -> None:
    """One line a difference, with who sets it right; the token is nowhere."""
    write_jsonl(pushed.documents, documents(2).values())
    write_jsonl(pushed.suggestions, suggestions(documents(2).values()))
    (pushed.root / "label_configs").mkdir()
    (pushed.root / "label_configs" / "epidemic_news.xml").write_text(schema.xml, "utf-8")
    (project,) = by_annotator(workspace_projects(gateway, pushed))["bo"]
    assert project is not None
    theirs = schema.xml.replace("</Labels>", '<Label value="MINE"/></Labels>')
    gateway.update_project(project.id, label_config=theirs, sampling="Uniform sampling")

    def run(*flags: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "toolkit", "push", *flags, "-w", str(pushed.root)],
            env={
                **os.environ,
                "LABEL_STUDIO_URL": studio.url,
                "LABEL_STUDIO_API_KEY": studio.admin.token,
            },
            capture_output=True,
            text=True,
            check=False,
        )

    told = run("--check")
    assert told.returncode == 1, told.stderr
    assert f"bo: project {project.id}, " in told.stdout
    assert "  blocks  it has MINE that ours lacks\n" in told.stdout
    assert "order than ours ('toolkit push --check --mend' sets it right)" in told.stdout
    assert "'toolkit labels' renames" in told.stderr
    assert studio.admin.token not in told.stdout + told.stderr
    assert run("--mend").returncode == 2


def test_a_project_that_is_missing_is_the_next_pushs(
    gateway: Gateway, workspace: Workspace, schema: LabelSchema, tmp_path: Path
) -> None:
    """Nothing is made by looking; who has left is looked at too, but for their share."""
    found = check_projects(gateway, workspace, schema, None)
    assert [(one.annotator, one.project_id, _told(one)) for one in found] == [
        (name, None, [("project", "push")]) for name in ("anna", "bo")
    ]
    assert workspace_projects(gateway, workspace) == []
    push(gateway, plan_for(gateway, workspace, 1))
    settings = replace(workspace.settings, annotators={"bo": "bo@example.com"})
    left = replace(workspace, settings=settings)
    found = check_projects(gateway, left, schema, "v2")
    assert [(one.annotator, _told(one)) for one in found] == [
        ("anna", [("annotator", "hand")]),
        ("bo", [("prefill", "push")]),
    ]
