"""Where one Label Studio project bends: the same few steps while a project grows.

    python -m benchmarks.studio_size --database sqlite --sizes 1000 10000 50000 -o size.json
    python -m benchmarks.studio_size --database postgresql --team 1 8 30 --processes 1 2
    python -m benchmarks.studio_size --database postgresql --pushing 5000 --processes 1 2
    python -m benchmarks.studio_size --plan 20000 100000

A real server of its own (SQLite, or a PostgreSQL that is started here). Tasks have 500
characters and 10 suggestions, as push makes them; half of them are annotated. At each size:

- ``import``: one import of 250 tasks, the mean of the last few;
- ``next``: the next task of the labelling stream, the median of some;
- ``submit``: submitting it;
- ``page``: a page of 30 tasks of the data manager, the first and the last;
- ``projects``: the project as the list of projects shows it, which counts;
- ``pull``: ``toolkit pull`` of 100 new annotations.

``--team``: so many annotators at once, each asking for a task and submitting it, over and over
in a project of their own: tasks a second of all, and how long one of them waits.

``--pushing``: 30 annotators who submit a task every 30 seconds, for a while alone and then while
so many tasks are imported: how long they wait for the next task, and for submitting it.

``--processes``: so many processes of Label Studio on one PostgreSQL, for ``--team`` and
``--pushing``. All that are named are started, and measured in turn.

``--plan``: what push itself needs to plan so many passages for 30 annotators, two of them on
each, where nothing is there yet: CPU seconds of ours, and the most memory.

Seconds by the clock hang on what else the machine does; CPU seconds of the server (its
database included) much less. Both are printed and written.
"""

from __future__ import annotations

import argparse
import importlib.metadata
import json
import os
import platform
import resource
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import TypeVar

import httpx

from benchmarks.label_studios import ADMIN, LabelStudio, label_studio
from benchmarks.studio import RULES, documents, suggestions, whole
from benchmarks.studio_pull import invented, task_of
from benchmarks.studio_team import BATCH, Row, Team, ask_next, give, schema
from toolkit.model import Document
from toolkit.settings import (
    AssignmentSettings,
    LabelSettings,
    ProjectSettings,
    Settings,
    Workspace,
)
from toolkit.studio.accounts import client
from toolkit.studio.gateway import Gateway
from toolkit.studio.plan import plan
from toolkit.studio.projects import own_projects
from toolkit.studio.pull import pull

T = TypeVar("T")

LAST_BATCHES = 4
REPEATS = 9
NEW = 100
REST = 62  # seconds; what changed in the minute before is looked at again by a pull
TEAM = 30


class Meter:
    """Measures one thing after the other on one server."""

    def __init__(self, server: LabelStudio) -> None:
        self._server = server

    def once(self, work: Callable[[], T]) -> tuple[Row, T]:
        """Seconds by the clock and of the server."""
        wall, cpu = time.perf_counter(), self._server.seconds()
        result = work()
        return {
            "seconds": round(time.perf_counter() - wall, 4),
            "cpu_seconds": round(self._server.seconds() - cpu, 4),
        }, result

    def often(self, work: Callable[[], object], times: int = REPEATS) -> Row:
        """The median by the clock, and the mean of the server's work."""
        cpu = self._server.seconds()
        taken = []
        for _ in range(times):
            began = time.perf_counter()
            work()
            taken.append(time.perf_counter() - began)
        return {
            "seconds": round(statistics.median(taken), 4),
            "cpu_seconds": round((self._server.seconds() - cpu) / times, 4),
        }


class Growing:
    """One project that grows, and what annotators and we do with it."""

    def __init__(self, server: LabelStudio, folder: Path) -> None:
        self._server = server
        self._meter = Meter(server)
        self._schema = schema()
        self._anna = server.annotators[0]
        self._folder = folder
        self._documents: dict[str, Document] = {}
        settings = Settings(
            annotators={self._anna.name: self._anna.email}, labels=LabelSettings(guidelines="")
        )
        self._workspace = Workspace(folder, settings)
        self._gateway = Gateway(server.url, ADMIN.token, timeout=3600)
        own = own_projects(self._gateway, self._workspace, self._schema, [self._anna.name])
        self._project = own[self._anna.name][0].id
        with Gateway(server.url, self._anna.token) as anna:
            self._user, _ = anna.whoami()

    def rows(self, sizes: list[int]) -> Iterator[Row]:
        """A row for each size."""
        for size in sizes:
            row: Row = {"tasks": size, "import": self._grow(size)}
            row |= self._as_annotator()
            row["projects"] = self._meter.often(lambda: self._gateway.projects([self._project]))
            self._pull()  # so that only what is new is left
            time.sleep(REST)
            self._submit(1)  # puts the mark of the next pull behind the minute that just passed
            self._pull()
            self._submit(NEW)
            row["pull"], count = self._meter.once(self._pull)
            assert count == NEW, f"{count} new annotations came and not {NEW}"
            row["database_megabytes"] = self._server.megabytes()
            yield row

    def _grow(self, size: int) -> Row:
        taken: list[Row] = []
        for start in range(len(self._documents), size, BATCH):
            some = [invented(number) for number in range(start, min(start + BATCH, size))]
            self._documents |= {one.id: one for one in some}
            tasks = [task_of(one, self._schema, self._user) for one in some]
            row, _ = self._meter.once(partial(self._gateway.import_tasks, self._project, tasks))
            taken.append(row)
        last = taken[-LAST_BATCHES:]
        return {name: round(statistics.mean(one[name] for one in last), 4) for name in last[0]}

    def _as_annotator(self) -> Row:
        with client(self._server.url, self._anna.token, seconds=3600) as http:
            task = ask_next(http, self._project)
            row: Row = {"next": self._meter.often(lambda: ask_next(http, self._project))}
            row["submit"] = self._meter.often(lambda: give(http, task), 1)
            row["page"] = self._meter.often(lambda: ask_page(http, self._project, 1))
            pages = len(self._documents) // 30
            row["last_page"] = self._meter.often(lambda: ask_page(http, self._project, pages), 3)

            def one() -> None:
                give(http, ask_next(http, self._project))

            row["next_and_submit"] = self._meter.often(one)
        return row

    def _pull(self) -> int:
        result = pull(self._gateway, self._workspace, self._schema, self._documents)
        assert not result.problems, result.problems[0]
        return result.new

    def _submit(self, count: int) -> None:
        with client(self._server.url, self._anna.token, seconds=3600) as http:
            for _ in range(count):
                give(http, ask_next(http, self._project))


def measure_plan(server: LabelStudio, passages: int, folder: Path) -> Row:
    """A plan for a team of 30, whom no account is needed for yet."""
    people = {f"a{number}": f"a{number}@example.com" for number in range(TEAM)}
    settings = Settings(
        project=ProjectSettings(name=f"plan {passages}"),
        annotators=people,
        assignment=AssignmentSettings(overlap=2),
        labels=LabelSettings(guidelines=""),
    )
    began = time.process_time()
    corpus = documents(passages)
    told = list(suggestions(corpus.values(), RULES[0]))
    made = time.process_time()
    with Gateway(server.url, ADMIN.token) as gateway:
        done = plan(gateway, Workspace(folder, settings), schema(), corpus, told, people, cut=whole)
    return {
        "passages": passages,
        "tasks": sum(len(one.create) for one in done.annotators),
        "projects": sum(len(one.projects) for one in done.annotators),
        "cpu_seconds": round(time.process_time() - made, 1),
        "cpu_seconds_of_the_corpus": round(made - began, 1),
        "peak_megabytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
    }


def ask_page(http: httpx.Client, project: int, page: int) -> None:
    """A page of the data manager, as it asks for one."""
    params = {"project": project, "page": page, "page_size": 30}
    http.get("/api/tasks", params=params).raise_for_status()


def main() -> int:
    """Measure, print and write."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--database", choices=["sqlite", "postgresql"], default="sqlite")
    parser.add_argument("--sizes", type=int, nargs="*", default=[])
    parser.add_argument("--team", type=int, nargs="*", default=[], help="annotators at once")
    parser.add_argument("--pushing", type=int, nargs="*", default=[], help="tasks")
    parser.add_argument("--processes", type=int, nargs="+", default=[1], help="of Label Studio")
    parser.add_argument("--plan", type=int, nargs="*", default=[], help="passages")
    parser.add_argument("-o", "--output", type=Path)
    arguments = parser.parse_args()
    result: Row = {
        "machine": f"{platform.machine()}, {os.cpu_count()} cores",
        "python": platform.python_version(),
        "label_studio": importlib.metadata.version("label-studio"),
        "database": arguments.database,
        "sizes": [],
        "team": [],
        "pushing": [],
        "plan": [],
    }

    def keep(kind: str, row: Row) -> None:
        row["load"] = round(os.getloadavg()[0], 1)
        result[kind].append(row)
        print(json.dumps(row), flush=True)
        if arguments.output:
            arguments.output.write_text(json.dumps(result, indent=1) + "\n", "utf-8")

    count = max([1, *arguments.team, TEAM if arguments.pushing else 1])
    people = [f"person{number}" for number in range(count)]
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        here = Path(folder)
        (here / "workspace").mkdir()
        with label_studio(
            here, arguments.database, people=people, processes=max(arguments.processes)
        ) as server:
            if arguments.sizes:
                for row in Growing(server, here / "workspace").rows(sorted(arguments.sizes)):
                    keep("sizes", row)
            for count in arguments.team:
                team = Team(server, count, here / "workspace")
                for processes in arguments.processes:
                    keep("team", team.without_pause(processes))
            for tasks in arguments.pushing:
                team = Team(server, TEAM, here / "workspace")
                for processes in arguments.processes:
                    keep("pushing", team.while_somebody_pushes(processes, tasks))
            for passages in sorted(arguments.plan):
                keep("plan", measure_plan(server, passages, here / "workspace"))
    return 0


if __name__ == "__main__":
    sys.exit(main())
