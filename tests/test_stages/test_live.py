"""The backend and a real Label Studio that calls it."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from toolkit import resources
from toolkit.corpus.passages import split
from toolkit.model import Annotation, Document, Passage, Span
from toolkit.records import read_jsonl
from toolkit.settings import Workspace, open_workspace
from toolkit.stages import live
from toolkit.studio.gateway import Gateway
from toolkit.studio.projects import open_project
from toolkit.studio.submit import Submission, submit

REPOSITORY = Path(__file__).parents[2]
TEXT = "1月25日，湖北省武汉市召开新闻发布会。"


def _toolkit(root: Path, studio: Any, *arguments: str) -> dict[str, Any]:
    """How to start a command of ours in the workspace, with the test's server."""
    return {
        "args": [sys.executable, "-m", "toolkit", *arguments],
        "cwd": root,
        "env": {
            **os.environ,
            "PYTHONPATH": str(REPOSITORY),
            "LABEL_STUDIO_URL": studio.url,
            "LABEL_STUDIO_API_KEY": studio.admin.token,
        },
        "text": True,
    }


@pytest.fixture
def pushed(tmp_path: Path, studio: Any) -> Workspace:
    """A workspace whose only document anna has as a task."""
    root = tmp_path
    config = resources.label_configs() / "epidemic_news.xml"
    (root / "toolkit.toml").write_text(
        f'[project]\nname = "{uuid.uuid4().hex[:12]}"\n'
        f'[labels]\nconfig = "{config}"\nguidelines = ""\n'
        f'[annotators]\nanna = "{studio.annotators["anna"].email}"\n',
        "utf-8",
    )
    (root / "corpus").mkdir()
    (root / "corpus" / "a.txt").write_text(TEXT, "utf-8")
    for command in ("ingest", "preannotate", "push"):
        subprocess.run(**_toolkit(root, studio, command), check=True, capture_output=True)
    return open_workspace(root)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def backend(pushed: Workspace, studio: Any) -> Iterator[subprocess.Popen[str]]:
    """The backend as its user starts it, connected to the projects."""
    process = subprocess.Popen(
        **_toolkit(
            pushed.root, studio, "backend", "--connect", f"--port={_free_port()}", "--every=3600"
        ),
        stderr=subprocess.PIPE,
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def _soon(found: Callable[[], Any]) -> Any:
    end = time.monotonic() + 60
    while not (answer := found()) and time.monotonic() < end:
        time.sleep(0.1)
    return answer


def _says(process: subprocess.Popen[str], words: str) -> str:
    assert process.stderr is not None
    for line in process.stderr:
        if words in line:
            return line
    raise AssertionError(f"it ended without saying {words!r}")


@pytest.mark.server
@pytest.mark.xdist_group("studio")
def test_a_task_added_by_hand_gets_suggestions_and_its_annotation_is_pulled_by_a_hint(
    pushed: Workspace, backend: subprocess.Popen[str], studio: Any
) -> None:
    """With an hour between polls, the webhook alone brings an annotation within seconds."""
    assert "1 projects call" in _says(backend, "projects call")
    with (
        Gateway(studio.url, studio.admin.token) as gateway,
        Gateway(studio.url, studio.annotators["anna"].token) as anna,
    ):
        (project,) = gateway.projects(list(_projects(gateway, pushed)))
        made = gateway.import_tasks(project.id, [{"data": {"text": TEXT}}])
        shown = gateway.task(made.tasks[0])["predictions"]
        assert len(shown) == 1
        places = {r["value"]["text"] for r in shown[0]["result"] if "LOC" in r["value"]["labels"]}
        assert "武汉市" in {p[-3:] for p in places}
        assert shown[0]["model_version"] == project.model_version

        schema = live.Rules(pushed)().schema
        later = open_project(gateway, pushed, schema, "anna", 2)
        submit(anna, project.id, [Submission(_passage(pushed), [Span(0, 5, "TIME")])], schema)
        (annotation,) = _soon(lambda: _annotations(pushed))
        assert [(s.start, s.end, s.label) for s in annotation.spans] == [(0, 5, "TIME")]

        # What a push has opened since is connected by the look that follows a pull.
        assert _soon(lambda: gateway.callbacks.ml_backends(later.id))
        (number,) = gateway.callbacks.ml_backends(project.id).values()
        _train(studio, number)
        assert _soon(pushed.scorecard.exists)
    backend.send_signal(signal.SIGINT)
    assert backend.wait(30) == 0


def _train(studio: Any, backend: int) -> None:
    """What the button "Start training" does."""
    answer = httpx.post(
        f"{studio.url}/api/ml/{backend}/train",
        headers={"Authorization": f"Token {studio.admin.token}"},
        json={},
        trust_env=False,
        timeout=60,
    )
    assert answer.is_success, answer.text


def _annotations(workspace: Workspace) -> list[Annotation]:
    if not workspace.annotations.exists():
        return []
    return list(read_jsonl(workspace.annotations, Annotation))


def _passage(workspace: Workspace) -> Passage:
    (document,) = read_jsonl(workspace.documents, Document)
    (passage,) = split(document, 500)
    return passage


def _projects(gateway: Gateway, workspace: Workspace) -> list[int]:
    name = workspace.settings.project.name
    return [id_ for id_, words in gateway.descriptions().items() if name in words]


@pytest.mark.server
@pytest.mark.xdist_group("studio")
def test_watch_ends_when_all_is_done(pushed: Workspace, studio: Any) -> None:
    """``watch --until-done`` waits for the last submission, and has it."""
    process = subprocess.Popen(
        **_toolkit(pushed.root, studio, "watch", "--until-done", "--every=1"),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    try:
        _says(process, "Watching")
        with Gateway(studio.url, studio.annotators["anna"].token) as anna:
            schema = live.Rules(pushed)().schema
            (project,) = _projects(anna, pushed)
            submit(anna, project, [Submission(_passage(pushed), [])], schema)
        _, said = process.communicate(timeout=120)
    finally:
        process.kill()
        process.communicate()
    assert process.returncode == 0
    assert "1 new annotation, 0 changed (anna 1)" in said
    assert len(_annotations(pushed)) == 1


def test_changed_rules_are_read_anew(tmp_path: Path) -> None:
    """A pack that changes while the backend runs answers with its new version."""
    pack = tmp_path / "rules"
    pack.mkdir()
    (tmp_path / "toolkit.toml").write_text('[rules]\npacks = ["rules"]\n', "utf-8")
    config = tmp_path / "label_configs" / "epidemic_news.xml"
    config.parent.mkdir()
    config.write_bytes((resources.label_configs() / "epidemic_news.xml").read_bytes())
    (pack / "pack.toml").write_text(_PACK.format(term="武汉"), "utf-8")
    rules = live.Rules(open_workspace(tmp_path))
    before = rules()
    assert rules() is before
    (pack / "pack.toml").write_text(_PACK.format(term="黄冈市"), "utf-8")
    after = rules()
    assert after.model_version != before.model_version


_PACK = """[pack]
name = "ours"
version = "1"

[[rule]]
id = "loc.ours"
kind = "pattern"
label = "LOC"
score = 0.9
why = "a place"
pattern = "{term}"
examples = ["在[[{term}]]"]
"""


def test_the_secret_is_made_once_and_for_the_user_alone(tmp_path: Path) -> None:
    """Two calls give the same secret, in a file that others can't read."""
    (tmp_path / "toolkit.toml").write_text("", "utf-8")
    space = open_workspace(tmp_path)
    secret = live.backend_secret(space)
    assert live.backend_secret(space) == secret
    assert len(secret) >= 30
    (path,) = space.private.rglob("backend.secret")
    assert path.stat().st_mode & 0o077 == 0
