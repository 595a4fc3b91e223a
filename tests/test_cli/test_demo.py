"""The demo: the whole loop on the sample corpus, for real."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from tests.test_cli.conftest import Run, run_toolkit
from toolkit import resources, samples
from toolkit.demo import NOTICE
from toolkit.settings import open_workspace
from toolkit.stages.corpus import passages_of
from toolkit.stages.workspace import read_documents
from toolkit.studio.gateway import Gateway

pytestmark = [pytest.mark.server, pytest.mark.xdist_group("demo")]


def _records(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def _passage_count(demo: Path) -> int:
    """How many passages each annotator was given."""
    workspace = open_workspace(demo)
    return len(passages_of(workspace, read_documents(workspace)))


def test_every_label_comes_back_as_it_was_given(demo: Path) -> None:
    """What pull brings is, span for span, what the sample annotators labelled."""
    documents = {document["id"]: document for document in _records(demo / "documents.jsonl")}
    given = {
        (doc_id, annotator): {span.key for span in spans}
        for doc_id, document in documents.items()
        for annotator, spans in samples.sample_labels(
            resources.sample_corpus(), document["meta"]["file"], document["text"]
        ).items()
    }
    back: dict[tuple[str, str], set[tuple[int, int, str]]] = {name: set() for name in given}
    for annotation in _records(demo / "annotations.jsonl"):
        back[annotation["doc_id"], annotation["annotator"]] |= {
            (span["start"], span["end"], span["label"]) for span in annotation["spans"]
        }
    assert back == given


def test_the_annotators_are_real_and_blind(demo: Path) -> None:
    """Each annotator submitted with an account of their own, in a project of their own."""
    served = json.loads(run_toolkit("serve", "--json", cwd=demo).stdout)
    accounts = json.loads((demo / ".toolkit" / "studio" / "server.json").read_text())
    assert len({one for (one,) in served["projects"].values()}) == 3
    with Gateway(served["url"], accounts["admin"]["token"]) as gateway:
        people = gateway.users()
        for annotator, (project,) in served["projects"].items():
            tasks = list(gateway.export(project, list(gateway.updated_tasks(project))))
            authors = Counter(
                people[annotation["completed_by"]]
                for task in tasks
                for annotation in task["annotations"]
            )
            assert authors == {f"{annotator}@example.com": _passage_count(demo)}


def test_sample_data_says_so_everywhere(demo: Path) -> None:
    """Projects, report, card and manifest carry the notice."""
    assert NOTICE in (demo / "exports" / "report.html").read_text(encoding="utf-8")
    dataset = demo / "exports" / "sample@0.1.0"
    assert NOTICE in (dataset / "README.md").read_text(encoding="utf-8")
    assert NOTICE in (dataset / "manifest.json").read_text(encoding="utf-8")
    served = json.loads(run_toolkit("serve", "--json", cwd=demo).stdout)
    accounts = json.loads((demo / ".toolkit" / "studio" / "server.json").read_text())
    with Gateway(served["url"], accounts["admin"]["token"]) as gateway:
        for project in gateway.projects([one for (one,) in served["projects"].values()]):
            assert NOTICE in project.title
            assert NOTICE in project.description


def test_again_it_goes_on_and_leaves_people_s_work_alone(demo: Path) -> None:
    """A second demo makes no second project, task or annotation, and changes no gold."""
    names = ("documents.jsonl", "suggestions.jsonl", "annotations.jsonl", "gold.jsonl")
    before = {name: (demo / name).read_bytes() for name in names}
    done = run_toolkit("demo", str(demo), "--json", cwd=demo.parent)
    assert done.returncode == 0, done.stderr
    tasks = 3 * _passage_count(demo)
    assert f"0 tasks in 3 projects, {tasks} were there already" in done.stderr
    assert {name: (demo / name).read_bytes() for name in names} == before


@pytest.mark.parametrize(
    "command",
    ["status", "push", "pull", "pull --full", "agreement", "merge", "export", "report", "serve"],
)
def test_json_is_one_object_on_standard_output(command: str, demo: Path) -> None:
    """With --json, standard output is one JSON object and nothing else."""
    done = run_toolkit(*command.split(), "--json", cwd=demo)
    assert done.returncode == 0, done.stderr
    assert isinstance(json.loads(done.stdout), dict)


def test_a_workspace_of_ones_own_is_not_a_demo(tmp_path: Path, toolkit: Run) -> None:
    """The demo refuses a folder that is somebody's workspace, and touches nothing in it."""
    assert toolkit("init", "mine").returncode == 0
    before = sorted(tmp_path.rglob("*"))
    done = toolkit("demo", "mine")
    assert done.returncode == 1
    assert "workspace of your own" in done.stderr
    assert sorted(tmp_path.rglob("*")) == before
