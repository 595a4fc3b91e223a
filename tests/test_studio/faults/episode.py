"""One workspace's life under faults, and the proof that they left no trace.

An episode pushes, annotates, pulls, grows the corpus, changes the model version and
annotates again; half of them then change a text that is begun, and keep both. Annotators have
projects of their own or share them, and they are large or so small that push opens more of them.
Each command is disturbed a few times; after each disturbance the local files are read, and
after each round one calm push and pull must give what an undisturbed run gives.
"""

from __future__ import annotations

import dataclasses
import multiprocessing
import random
import shutil
import sqlite3
import threading
import time
import uuid
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import httpx

from tests.test_studio.faults import proxy as proxies
from tests.test_studio.faults.proxy import Fault
from tests.test_studio.faults.samples import Corpus
from tests.test_studio.faults.service import Service, full_disk
from tests.test_studio.faults.worker import FAILED, Job, run
from tests.test_studio.sync_samples import schema
from toolkit.model import Annotation, Passage, Span, latest_annotations
from toolkit.records import read_jsonl, write_jsonl
from toolkit.settings import Workspace, open_workspace
from toolkit.studio.answers import ServerProject
from toolkit.studio.gateway import Gateway
from toolkit.studio.names import key
from toolkit.studio.projects import (
    EVERYONE,
    by_annotator,
    number_of,
    project_annotators,
    workspace_projects,
)
from toolkit.studio.pull import pull
from toolkit.studio.push_plan import PushPlan
from toolkit.studio.submit import Submission, submit
from toolkit.studio.tasks import to_task

_TIMEOUT = 4.0
_SETTLE = 8.0
_CALM_TIMEOUT = 120.0
_LONGEST_RUN = 240.0
_KILLED = -9
_HARMS = 10
"""How many things can happen to a request."""

Disturbance = Callable[[str], bool]
"""Runs a command and disturbs it; false where the command ended before it could be."""


@dataclass(slots=True)
class Tally:
    """What was done to how many runs, and how they ended."""

    fired: dict[str, int] = field(default_factory=dict)
    ends: dict[str, int] = field(default_factory=dict)

    @property
    def faults(self) -> int:
        """How many faults were injected."""
        return sum(self.fired.values())

    def add(self, name: str, end: str) -> None:
        """Count one."""
        self.fired[name] = self.fired.get(name, 0) + 1
        self.ends[end] = self.ends.get(end, 0) + 1


class Episode:
    """A workspace of its own on the service's server."""

    def __init__(self, service: Service, rng: random.Random, tally: Tally) -> None:
        self._service = service
        self._rng = rng
        self._tally = tally
        self._proxy = service.proxy
        self._context = multiprocessing.get_context("forkserver")
        self._context.set_forkserver_preload([run.__module__])
        name = uuid.uuid4().hex[:12]
        self._root = service.folder / name
        self._root.mkdir()
        people = {who: one.email for who, one in service.server.annotators.items()}
        self._people = [who for who in people if who in {"anna", "bo"}]
        room, kind = rng.choice([0, 5, 9]), rng.choice(["own", "own", "shared"])
        self.about = f"{kind} projects of {room or 'any number of'} passages"
        """What tells it from other episodes."""
        settings = "".join(f'{who} = "{people[who]}"\n' for who in self._people)
        (self._root / "toolkit.toml").write_text(
            f'[project]\nname = "{name}"\n[labels]\nguidelines = ""\n[studio]\nbatch = 7\n'
            f"project_passages = {room}\n"
            f'[assignment]\nprojects = "{kind}"\n'
            f"[annotators]\n{settings}",
            "utf-8",
        )
        self._workspace = open_workspace(self._root)
        self._log = service.logs / f"{name}.log"
        self._corpus = Corpus(0, 2, "v1")
        self._begun_in: dict[tuple[str, str], Corpus] = {}
        """By owner and key: the corpus when somebody began the passage."""
        self._lengths = {
            "push": (8, 4),
            "push --new-version": (16, 4),
            "pull": (12, 1),
            "pull --full": (16, 1),
        }
        self._seen: dict[tuple[object, ...], Annotation] = {}
        self._deck: list[Disturbance] = []

    def live(self, faults: int) -> None:
        """Go through all rounds, with about so many faults in each.

        Raises:
            AssertionError: a fault left a trace; says which.
        """
        self._round(["push"], faults)
        self._annotate()
        self._round(["pull"], faults)
        self._annotate()
        self._corpus = Corpus(1, 4, "v2")
        self._round(["push", "push", "pull", "pull --full"], faults)
        if self._rng.random() < 1 / 2:
            self._annotate()
            self._corpus = dataclasses.replace(self._corpus, is_edited=True)
            write_jsonl(self._workspace.documents, self._corpus.known(self._workspace).values())
            self._round(["push --new-version"] * 3 + ["push", "pull"], faults)

    @property
    def log(self) -> str:
        """What the workers said."""
        return self._log.read_text(encoding="utf-8") if self._log.exists() else ""

    def _round(self, commands: list[str], faults: int) -> None:
        for _ in range(faults):
            self._disturb(self._rng.choice(commands))
            self._check_files()
        for command in ("push --new-version" if self._corpus.is_edited else "push", "pull"):
            self._calm(command)
            self._check_files()
        self._check_server()
        self._check_local()

    # Disturbances

    def _disturb(self, command: str) -> None:
        """Disturb the command in the next way of a shuffled deck that has them all."""
        if not self._deck:
            self._deck = [
                *(partial(self._harm_a_request, which) for which in range(_HARMS)),
                *[self._kill_some_time] * 2,
                self._fill_the_disk,
                self._two_at_once,
            ]
            self._rng.shuffle(self._deck)
        card = self._deck.pop()
        if not card(command):
            self._deck.insert(0, card)
        self._service.ensure_server()

    def _harm_a_request(self, which: int, command: str) -> bool:
        process = self._worker(command)
        hold = _TIMEOUT + self._rng.uniform(0.2, _SETTLE / 2)
        status = self._rng.choice([429, 500, 502, 504])
        moment = self._rng.uniform(0, 0.15)
        kinds: list[tuple[str, proxies.Answer]] = [
            ("connection cut before", proxies.cut),
            ("connection cut in the request", proxies.cut_in_request),
            ("connection cut after", proxies.cut_after),
            ("connection cut in the answer", proxies.cut_in_answer),
            (f"{status} and not done", proxies.refuse(status)),
            (f"{status} and done", proxies.fail_after(status)),
            ("time-out after commit", proxies.slow(hold)),
            ("time-out before arrival", proxies.late(hold)),
            ("kill -9 in a request", proxies.killing(process.kill, moment)),
            ("kill -9 of the server", proxies.killing(self._service.kill_server, moment)),
        ]
        name, act = kinds[which]
        writes_only = command.startswith("push") and self._rng.random() < 0.6
        at = self._rng.randint(1, self._lengths[command][writes_only])
        fault = Fault(name, act, at, writes_only)
        with self._proxy.harming(fault), self._watching():
            process.start()
            end = self._end_of(process)
        if fault.fired.is_set():
            # The server may be killed after it answered the worker's last request.
            assert fault.ended.wait(_LONGEST_RUN), f"{name} doesn't come to its end"
            where = f"{command}, {'write' if writes_only else 'request'} {at}"
            self._note(name, where, end)
        return fault.fired.is_set()

    def _kill_some_time(self, command: str) -> bool:
        process = self._worker(command)
        with self._proxy.harming(None), self._watching():
            process.start()
            process.join(self._rng.uniform(0, 3))
            process.kill()
            end = self._end_of(process)
        if end == _KILLED:
            self._note("kill -9 at some time", command, end)
        return end == _KILLED

    def _fill_the_disk(self, command: str) -> bool:
        free = self._rng.choice([0, 4096, 16384, 40960])
        with full_disk(self._service.folder, free) as is_full, self._proxy.harming(None):
            # Without a disk of our own to fill, no file may become longer than this.
            process = self._worker(command, largest_file=None if is_full else free)
            with self._watching():
                process.start()
                end = self._end_of(process)
        self._note("disk full", f"{command}, {free} bytes free", end)
        return True

    def _two_at_once(self, command: str) -> bool:
        twin = self._root
        if command.startswith("push") and self._rng.random() < 0.5:
            twin = self._root.with_name(f"{self._root.name}-twin")
            shutil.copytree(self._root, twin, dirs_exist_ok=True)
        first, second = self._worker(command), self._worker(command, workspace=twin)
        with self._proxy.harming(None), self._watching():
            first.start()
            time.sleep(self._rng.uniform(0, 0.5))
            second.start()
            ends = [self._end_of(first), self._end_of(second)]
        if twin != self._root:
            shutil.rmtree(twin)
        self._note("two at once", f"{command} {twin.name}", max(ends))
        return True

    def _calm(self, command: str) -> None:
        process = self._worker(command, timeout=_CALM_TIMEOUT)
        with self._proxy.harming(None), self._watching():
            process.start()
            end = self._end_of(process)
        assert end == 0, f"an undisturbed {command} ended with {end}"
        self._lengths[command] = (max(1, self._proxy.requests), max(1, self._proxy.writes))

    def _worker(
        self,
        command: str,
        *,
        timeout: float = _TIMEOUT,
        workspace: Path | None = None,
        largest_file: int | None = None,
    ) -> Any:
        job = Job(
            command=command,
            workspace=workspace or self._root,
            url=self._proxy.url,
            token=self._service.server.admin.token,
            timeout=timeout,
            corpus=self._corpus,
            settle_seconds=_SETTLE,
            log=self._log,
            largest_file=largest_file,
        )
        return self._context.Process(target=run, args=(job,))

    def _end_of(self, process: Any) -> int:
        process.join(_LONGEST_RUN)
        if process.is_alive():
            process.kill()
            process.join()
            raise AssertionError(f"a worker did not end within {_LONGEST_RUN:g} seconds")
        code = int(process.exitcode)
        assert code in {0, FAILED, _KILLED}, f"a worker ended with {code}, see its log"
        return code

    def _note(self, name: str, where: str, end: int) -> None:
        told = {0: "ended well", FAILED: "ended with an error", _KILLED: "killed"}[end]
        self._tally.add(name, told)
        with self._log.open("a", encoding="utf-8") as log:
            log.write(f"  ^ {name} ({where}): {told}\n")

    # People

    def _annotate(self) -> None:
        """Everybody submits some passages, anew or again; some skip or delete one."""
        for who in self._people:
            owner = who if who in self._owners else EVERYONE
            token = self._service.server.annotators[who].token
            with Gateway(self._service.server.url, token) as gateway:
                chosen = self._rng.sample(self._corpus.passages, 4)
                tasks = []
                for passage in chosen:
                    project, task = self._place(gateway, owner, key(passage))
                    submit(gateway, project, [Submission(passage, self._spans(passage))], schema())
                    self._begun_in.setdefault((owner, key(passage)), self._corpus)
                    tasks.append(task)
                if self._rng.random() < 0.5:
                    gateway.create_annotation(tasks[0], [], skipped=True)
                if self._rng.random() < 0.5:
                    self._delete_one(tasks[1])

    @property
    def _owners(self) -> list[str]:
        return project_annotators(self._workspace)

    def _place(self, gateway: Gateway, owner: str, name: str) -> tuple[int, int]:
        """The project and the task of a passage."""
        (found,) = [
            (project.id, task.id)
            for project in by_annotator(workspace_projects(gateway, self._workspace))[owner]
            for task in gateway.tasks_by_key(project.id, [name]).get(name, ())
        ]
        return found

    def _delete_one(self, task: int) -> None:
        """Delete somebody's annotation of the task, as the administrator."""
        server = self._service.server
        with httpx.Client(base_url=server.url) as http:
            http.headers["Authorization"] = f"Token {server.admin.token}"
            (annotation, *_) = http.get(f"/api/tasks/{task}/annotations/").json()
            http.delete(f"/api/annotations/{annotation['id']}/").raise_for_status()

    def _spans(self, passage: Passage) -> list[Span]:
        spans = []
        for start in self._rng.sample(range(len(passage.text) - 2), 2):
            text = passage.text[start : start + 2]
            if text == text.strip():
                spans.append(Span(passage.start + start, passage.start + start + 2, "ORG", text))
        return spans

    # Proofs

    def _check_server(self) -> None:
        """Each passage is one task with what it is to show, in one of its owner's projects."""
        token = self._service.server.admin.token
        with Gateway(self._service.server.url, token) as gateway:
            theirs = by_annotator(workspace_projects(gateway, self._workspace))
            assert sorted(theirs) == sorted(self._owners), "orphan projects"
            for owner, projects in theirs.items():
                numbers = Counter(map(number_of, projects))
                empty = [one for one in projects if not one.tasks and numbers[number_of(one)] > 1]
                assert not empty, f"{owner}: empty projects {empty}"
                tasks: dict[str, dict[str, Any]] = {}
                for project in projects:
                    self._read_project(gateway, project, tasks)
                self._check_tasks(gateway, owner, tasks)

    def _read_project(
        self, gateway: Gateway, project: ServerProject, tasks: dict[str, dict[str, Any]]
    ) -> None:
        """Add its tasks by key, none of which may be there."""
        ids = sorted(gateway.updated_tasks(project.id))
        found = gateway.tasks_in_full(project.id, ids) if ids else []
        ours = {task["data"]["key"]: task for task in found}
        assert len(ours) == len(ids), f"project {project.id}: doubled tasks"
        assert not ours.keys() & tasks.keys(), f"project {project.id}: in another one too"
        version = self._corpus.model_version
        if any(one["model_version"] == version for task in found for one in task["predictions"]):
            assert project.model_version == version, f"fills in {project.model_version}"
        tasks.update(ours)

    def _check_tasks(
        self, gateway: Gateway, owner: str, tasks: Mapping[str, dict[str, Any]]
    ) -> None:
        """Those of what is there now, and those that are begun, and no others."""
        wanted = {key(passage) for passage in self._corpus.passages}
        begun = {name for name, task in tasks.items() if task["annotations"]}
        for name in {name for who, name in self._begun_in if who == owner} - begun:
            del self._begun_in[owner, name]  # what was submitted there was deleted again
        there = wanted | {name for who, name in self._begun_in if who == owner}
        assert tasks.keys() == there, f"{owner}: tasks {tasks.keys() ^ there}"
        plans = {
            corpus: corpus.plan(gateway, self._workspace)
            for corpus in {self._corpus, *self._begun_in.values()}
        }
        for name, task in tasks.items():
            made_by = self._begun_in.get((owner, name), self._corpus)
            self._check_task(owner, name, task, plans[made_by])

    def _check_task(self, who: str, name: str, task: Mapping[str, Any], plan: PushPlan) -> None:
        passage, document, _ = plan.sources[name]
        expected = to_task(passage, plan.shown(who, name), plan.schema, document)
        assert task["data"] == expected["data"], f"{who}: data of {name}"
        found = [(one["model_version"], one["result"]) for one in task["predictions"]]
        given = [(one["model_version"], one["result"]) for one in expected.get("predictions", [])]
        assert found == given, f"{who}: {name} shows {found} and not {given}"

    def _check_local(self) -> None:
        """What counts is what a fresh workspace pulls, and each submission is there."""
        fresh = self._root.with_name(f"{self._root.name}-fresh")
        fresh.mkdir()
        shutil.copy(self._root / "toolkit.toml", fresh)
        workspace = open_workspace(fresh)
        token = self._service.server.admin.token
        with Gateway(self._service.server.url, token) as gateway:
            pull(gateway, workspace, schema(), self._corpus.known(self._workspace))
        calm, ours = _read(workspace), _read(self._workspace)
        shutil.rmtree(fresh)
        here = {_name(record): record for record in ours}
        assert len(here) == len(ours), "a submission is there twice"
        for record in calm:
            assert here.get(_name(record)) == record, f"lost or other: {record}"
        assert latest_annotations(ours) == latest_annotations(calm), "other labels count"

    def _check_files(self) -> None:
        """Nothing that was ever in the file is gone, and the state can be opened."""
        self._read_whole()
        state = self._workspace.private / "studio" / "state.sqlite"
        if state.exists():
            with sqlite3.connect(state) as db:
                assert db.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
            db.close()

    def _read_whole(self) -> None:
        found = {_name(record): record for record in _read(self._workspace)}
        for name, record in self._seen.items():
            assert name in found, f"gone from annotations.jsonl: {record}"
            assert found[name].spans == record.spans, f"changed in annotations.jsonl: {record}"
        self._seen = found

    @contextmanager
    def _watching(self) -> Iterator[None]:
        """Read the file again and again while the block runs."""
        ended = threading.Event()
        problems: list[BaseException] = []

        def watch() -> None:
            while not ended.wait(0.02):
                try:
                    self._read_whole()
                except Exception as error:
                    problems.append(error)
                    return

        thread = threading.Thread(target=watch)
        thread.start()
        try:
            yield
        finally:
            ended.set()
            thread.join()
        if problems:
            raise AssertionError(f"a file was wrong during a run: {problems[0]}")


def _read(workspace: Workspace) -> list[Annotation]:
    if not workspace.annotations.exists():
        return []
    return list(read_jsonl(workspace.annotations, Annotation))


def _name(record: Annotation) -> tuple[object, ...]:
    return (record.task_id, record.annotation_id, record.updated_at)
