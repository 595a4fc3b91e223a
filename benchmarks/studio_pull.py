"""Pulling from a real Label Studio: 100 new annotations among 10,000 tasks, and memory.

    python benchmarks/studio_pull.py [TASKS]

Starts a server of its own (SQLite) in a temporary folder. Every task has 10 suggestions of
500 characters of invented text; half of the tasks are annotated before anything is timed.
"""

from __future__ import annotations

import argparse
import importlib.util
import os
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from toolkit.model import AnnotatedSpan, Annotation, Document, Passage, SuggestedSpan, Suggestion
from toolkit.records import write_jsonl
from toolkit.resources import label_configs
from toolkit.schema import LabelSchema, read_schema
from toolkit.settings import LabelSettings, Settings, Workspace
from toolkit.studio import server
from toolkit.studio.gateway import Gateway
from toolkit.studio.history import History
from toolkit.studio.projects import own_projects
from toolkit.studio.pull import pull
from toolkit.studio.submit import Submission, submit
from toolkit.studio.tasks import to_result, to_task

T = TypeVar("T")

CHARS, SPANS, BATCH, NEW = 500, 10, 500, 100
REST = 65  # seconds
HELD = 100_000
"""Records in the file whose memory is measured."""


def main() -> int:
    """Print the figures; 0 also where no Label Studio is installed."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("tasks", type=int, nargs="?", default=10_000)
    parser.add_argument("--memory", type=Path, metavar="FILE", help="hold its history, and say so")
    options = parser.parse_args()
    if options.memory:
        hold(options.memory)
        return 0
    with tempfile.TemporaryDirectory() as folder:
        measure_memory(Path(folder))
        if importlib.util.find_spec("label_studio") is None:
            print("label-studio is not installed, nothing else measured")
            return 0
        count = options.tasks
        settings = Settings(
            annotators={"anna": "anna@example.com"}, labels=LabelSettings(guidelines="")
        )
        workspace = Workspace(Path(folder), settings)
        running = server.start(workspace)
        try:
            measure_pull(workspace, running, count)
        finally:
            server.stop(workspace)
    return 0


def measure_pull(workspace: Workspace, running: server.Server, count: int) -> None:
    """Time the first pull, one of few new annotations, one of none, and a full one."""
    schema = read_schema(label_configs() / "epidemic_news.xml")
    documents = {document.id: document for document in map(invented, range(count))}
    with (
        Gateway(running.url, running.admin.token) as gateway,
        Gateway(running.url, running.annotators["anna"].token) as anna,
    ):
        project = own_projects(gateway, workspace, schema, ["anna"])["anna"][0].id
        user, _ = anna.whoami()
        for start in range(0, count, BATCH):
            some = list(documents.values())[start : start + BATCH]
            gateway.import_tasks(project, [task_of(one, schema, user) for one in some])
        print(f"{count} tasks, {count // 2} annotated")

        def again(*, full: bool = False) -> str:
            result = pull(gateway, workspace, schema, documents, full=full)
            assert not result.problems
            assert not result.differences
            return f"{result.new} new, {result.unchanged} unchanged"

        timed("first pull", running.pid, again)
        # What changed in the last minute is looked at twice, so that all that is not to be
        # timed has to lie longer back than one other annotation.
        time.sleep(REST)
        fresh = [documents[f"doc{number}"] for number in range(1, count, count // NEW // 2 * 2)]
        work = [Submission(whole(one), suggestion_of(one).spans) for one in fresh]
        submit(anna, project, work[:1], schema)
        again()
        submit(anna, project, work[1:], schema)
        timed(f"pull of {len(fresh) - 1} new", running.pid, again)
        timed("pull of nothing new", running.pid, again)
        timed("pull --full", running.pid, lambda: again(full=True))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"peak of this process: {peak:.0f} MB")


def measure_memory(folder: Path) -> None:
    """Hold a long history in a process of its own, and one that is empty."""
    path = folder / "long.jsonl"
    write_jsonl(path, (annotation_of(number) for number in range(HELD)))
    sizes = []
    for file in (folder / "none.jsonl", path):
        command = [sys.executable, __file__, "--memory", str(file)]
        said = subprocess.run(command, check=True, capture_output=True, text=True).stdout
        sizes.append([float(part) for part in said.split()])
    (empty, _), (full, seconds) = sizes
    print(
        f"a history of {HELD} records of {SPANS} spans ({path.stat().st_size / 1e6:.0f} MB):"
        f" {full - empty:.0f} MB held, read in {seconds:.1f} CPU seconds"
    )


def hold(path: Path) -> None:
    """Read a history, add one record, write it, and say what that took."""
    began = time.process_time()
    with History(path) as history:
        history.add(annotation_of(HELD))
        history.write()
        seconds = time.process_time() - began
        print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, seconds)


def timed(what: str, pid: int, do: Callable[[], str]) -> None:
    """Say how long something took, by the clock and by what either process worked."""
    began, ours, theirs = time.perf_counter(), time.process_time(), worked(pid)
    said = do()
    took, ours, theirs = (
        time.perf_counter() - began,
        time.process_time() - ours,
        worked(pid) - theirs,
    )
    print(f"{what:22} {took:6.2f} s (CPU seconds: ours {ours:.2f}, server {theirs:.2f})  {said}")


def worked(pid: int) -> float:
    """CPU seconds of a process; not a number where the system doesn't tell."""
    stat = Path(f"/proc/{pid}/stat")
    if not stat.exists():
        return float("nan")
    fields = stat.read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def invented(number: int) -> Document:
    """A document of characters drawn by its number."""
    draw = random.Random(number)  # noqa: S311 - not a secret
    return Document(f"doc{number}", "".join(draw.choices("武汉上海新增病例口罩捐赠，。", k=CHARS)))


def whole(document: Document) -> Passage:
    """The document as one passage."""
    return Passage(document.id, 0, len(document.text), document.text)


def suggestion_of(document: Document) -> Suggestion:
    """Spans at even distances."""
    spans = tuple(
        SuggestedSpan(at, at + 4, "LOC", document.text[at : at + 4], rule="place", score=0.9)
        for at in range(0, CHARS, CHARS // SPANS)
    )
    return Suggestion(document.id, "v1", spans)


def task_of(document: Document, schema: LabelSchema, user: int) -> dict[str, object]:
    """The task; every second one with what the annotator made of it."""
    task = to_task(whole(document), suggestion_of(document), schema, document)
    if int(document.id.removeprefix("doc")) % 2 == 0:
        spans = suggestion_of(document).spans[1:]
        result = to_result(whole(document), spans, task["predictions"][0], schema)
        task["annotations"] = [{"completed_by": user, "result": result, "lead_time": 9}]
    return task


def annotation_of(number: int) -> Annotation:
    """A record as a pull would write it."""
    spans = tuple(
        AnnotatedSpan(at, at + 4, "LOC", f"地{number:03}"[:4], origin="suggested", rule="place")
        for at in range(0, CHARS, CHARS // SPANS)
    )
    time_ = f"2026-01-01T00:00:00.{number:06}Z"
    return Annotation(
        f"doc{number // 4}",
        f"annotator {number % 4}",
        spans,
        end=CHARS,
        task_id=number,
        annotation_id=number,
        created_at=time_,
        updated_at=time_,
        lead_time=9.5,
        suggested="pack-1.0.0-0123456789",
        project="1@2026-01-01T00:00:00.000000Z",
    )


if __name__ == "__main__":
    sys.exit(main())
