"""A team at work at once on a real Label Studio, through one or more of its processes.

``benchmarks.studio_size`` runs it: ``--team`` without a pause, ``--pushing`` at the pace of
people while somebody pushes. Each request goes to the process that has the fewest, as nginx's
``least_conn`` hands them out. With several numbers of processes one server is measured with
each of them in turn, so that what else the machine does weighs on all alike.
"""

from __future__ import annotations

import contextlib
import random
import statistics
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import httpx

from benchmarks.label_studios import ADMIN, LabelStudio
from benchmarks.studio_pull import CHARS, SPANS, invented, task_of
from toolkit.resources import label_configs
from toolkit.schema import LabelSchema, read_schema
from toolkit.settings import LabelSettings, Settings, Workspace
from toolkit.studio.accounts import Account, client
from toolkit.studio.gateway import Gateway
from toolkit.studio.projects import own_projects

Row = dict[str, Any]

BATCH = 250
WORK_SECONDS = 20.0
TASKS = 250
"""In each of the team's projects, which is more than anybody gets done meanwhile."""

PAUSE_SECONDS = 30.0
"""Between two tasks of a person while somebody pushes: twice the pace of a passage a minute."""

QUIET_SECONDS = 45.0
"""How long they work before anything is pushed."""


class Balancer:
    """Hands out addresses of processes: that of the fewest open requests, in turn where equal."""

    def __init__(self, urls: Sequence[str]) -> None:
        self._open = dict.fromkeys(urls, 0)
        self._lock = threading.Lock()

    @contextlib.contextmanager
    def process(self) -> Iterator[str]:
        """An address, for the time of one request."""
        with self._lock:
            url = min(self._open, key=self._open.__getitem__)
            self._open[url] = self._open.pop(url) + 1  # now the last among equals
        try:
            yield url
        finally:
            with self._lock:
                self._open[url] -= 1


class Person:
    """An annotator's browser."""

    def __init__(self, balancer: Balancer, urls: Sequence[str], who: Account, project: int) -> None:
        self._balancer = balancer
        self._clients = {url: client(url, who.token, seconds=600) for url in urls}
        self._project = project

    def work(self) -> tuple[float, float]:
        """Take the next task and submit it: seconds that each of these two took."""
        began = time.perf_counter()
        with self._balancer.process() as url:
            task = ask_next(self._clients[url], self._project)
        shown = time.perf_counter()
        with self._balancer.process() as url:
            give(self._clients[url], task)
        return shown - began, time.perf_counter() - shown

    def close(self) -> None:
        """Close the connections."""
        for one in self._clients.values():
            one.close()


class Team:
    """The first ``people`` of the server's annotators, each with a project of tasks."""

    def __init__(self, server: LabelStudio, people: int, folder: Path) -> None:
        self._server = server
        self._annotators = server.annotators[:people]
        settings = Settings(
            annotators={one.name: one.email for one in self._annotators},
            labels=LabelSettings(guidelines=""),
        )
        names = [one.name for one in self._annotators]
        with Gateway(server.url, ADMIN.token, timeout=3600) as gateway:
            own = own_projects(gateway, Workspace(folder, settings), schema(), names)
            self._projects = {name: own[name][0].id for name in names}
            for project in self._projects.values():
                if not gateway.totals(project)[0]:
                    gateway.import_tasks(project, unbegun(0, TASKS))

    def without_pause(self, processes: int) -> Row:
        """All of them ask for a task and submit it, over and over."""
        waits: list[tuple[float, float]] = []
        over = time.monotonic() + WORK_SECONDS

        def work(person: Person) -> None:
            while time.monotonic() < over:
                waits.append(person.work())

        cpu, began = self._server.seconds(), time.monotonic()
        with self._at_work(Balancer(self._server.urls[:processes]), work):
            pass
        seconds = time.monotonic() - began
        return {
            "annotators": len(self._annotators),
            "processes": processes,
            "tasks_per_second": round(len(waits) / seconds, 2),
            **_spread([sum(both) for both in waits]),
            "cpu_seconds_per_task": round((self._server.seconds() - cpu) / len(waits), 4),
        }

    def while_somebody_pushes(self, processes: int, tasks: int) -> Row:
        """They work at people's pace, first alone, then while so many tasks are imported."""
        balancer = Balancer(self._server.urls[:processes])
        quiet: list[tuple[float, float]] = []
        pushing: list[tuple[float, float]] = []
        phase, over = [quiet], threading.Event()

        def work(person: Person) -> None:
            over.wait(random.uniform(0, PAUSE_SECONDS))  # noqa: S311 - not a secret
            while not over.is_set():
                began_in = phase[0]
                began_in.append(person.work())
                over.wait(PAUSE_SECONDS)

        with self._at_work(balancer, work):
            try:
                time.sleep(QUIET_SECONDS)
                phase[0] = pushing
                began = time.monotonic()
                self._import(balancer, tasks)
                seconds = time.monotonic() - began
            finally:
                over.set()
        return {
            "annotators": len(self._annotators),
            "processes": processes,
            "pushed": tasks,
            "push_seconds": round(seconds, 1),
            "quiet": _phase(quiet),
            "pushing": _phase(pushing),
        }

    @contextlib.contextmanager
    def _at_work(self, balancer: Balancer, work: Callable[[Person], None]) -> Iterator[None]:
        """Everybody works on a thread of their own; waited for at the end."""
        people = [
            Person(balancer, self._server.urls, one, self._projects[one.name])
            for one in self._annotators
        ]
        threads = [threading.Thread(target=work, args=(one,)) for one in people]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            for thread in threads:
                thread.join()
            for one in people:
                one.close()

    def _import(self, balancer: Balancer, tasks: int) -> None:
        """As a push does, into a project that nobody works in."""
        with contextlib.ExitStack() as stack:
            gateways = {
                url: stack.enter_context(Gateway(url, ADMIN.token, timeout=3600))
                for url in self._server.urls
            }
            first = next(iter(gateways.values()))
            project = first.create_project(title="pushed", label_config=schema().xml)
            for start in range(0, tasks, BATCH):
                batch = unbegun(start, min(start + BATCH, tasks))
                with balancer.process() as url:
                    gateways[url].import_tasks(project, batch)


def unbegun(first: int, end: int) -> list[dict[str, object]]:
    """Tasks that nobody has begun."""
    labels = schema()
    tasks = [task_of(invented(number), labels, 0) for number in range(first, end)]
    for task in tasks:
        task.pop("annotations", None)
    return tasks


def ask_next(http: httpx.Client, project: int) -> Row:
    """The next task as the labelling stream asks for it."""
    answer = http.post("/api/dm/actions", params={"id": "next_task", "project": project}, json={})
    answer.raise_for_status()
    found: Row = answer.json()
    return found


def give(http: httpx.Client, task: Row) -> None:
    """Submit a task as a person would who agrees with its suggestions."""
    text = task["data"]["text"]
    regions = [
        {
            "id": f"r{start}",
            "from_name": "label",
            "to_name": "text",
            "type": "labels",
            "value": {"start": start, "end": start + 4, "text": text[start : start + 4]}
            | {"labels": ["LOC"]},
        }
        for start in range(0, CHARS, CHARS // SPANS)
    ]
    http.post(
        f"/api/tasks/{task['id']}/annotations/", json={"result": regions, "lead_time": 9}
    ).raise_for_status()


def schema() -> LabelSchema:
    """The labels that the package ships."""
    return read_schema(label_configs() / "epidemic_news.xml")


def _phase(waits: Sequence[tuple[float, float]]) -> Row:
    shown, submitted = zip(*waits, strict=True)
    return {"tasks": len(waits), "next": _spread(shown), "submit": _spread(submitted)}


def _spread(seconds: Sequence[float]) -> Row:
    return {
        "median_seconds": round(statistics.median(seconds), 3),
        "p95_seconds": round(statistics.quantiles(seconds, n=20)[-1], 3),
        "longest_seconds": round(max(seconds), 3),
    }
