"""How fast push is against a real Label Studio (SQLite), on a workspace of its own.

``python benchmarks/studio.py push`` sends 10,000 passages with 10 suggestions each, and beside
it, in the same run and to the same server, the bare fastest safe sequence: imports one after
the other, predictions inside, nothing looked up. Then a second push with nothing changed,
with and without the state, and one after a rule has changed what one passage of a hundred
is suggested. ``--batches`` compares sizes of the bare import.

Other work on the machine slows all of them: read the rows against each other, and by the CPU
seconds of the server's process, of which there is one and its only core is the limit.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

from benchmarks.measuring import peak_megabytes
from toolkit import resources
from toolkit.model import Document, Passage, SuggestedSpan, Suggestion
from toolkit.schema import LabelSchema, read_schema
from toolkit.settings import Workspace, open_workspace
from toolkit.studio import server
from toolkit.studio.gateway import Gateway
from toolkit.studio.plan import plan
from toolkit.studio.push import push
from toolkit.studio.push_plan import PushPlan
from toolkit.studio.tasks import to_task

SENTENCE = "一月二十日，省卫健委通报新增确诊病例，市防控指挥部要求各区做好排查。"
SPANS = 10
LENGTH = 500
RULES = ("pack-1-aaaaaaaaaaaa", "pack-1-bbbbbbbbbbbb")
"""The model versions before and after a rule has changed."""

SETTINGS = """[project]
name = "benchmark"
[labels]
guidelines = ""
[annotators]
anna = "anna@example.com"
[assignment]
control = 0
order = "documents"
"""


class Row(NamedTuple):
    """What it took: seconds, CPU seconds of both sides, requests, our largest size so far."""

    wall: float
    server: float
    ours: float
    requests: int
    megabytes: float


class Meter:
    """Measures work, prints its row and keeps it."""

    def __init__(self, gateway: Gateway, pid: int) -> None:
        self._gateway, self._pid = gateway, pid
        self.rows: dict[str, Row] = {}
        head = f"{'':34}{'wall s':>8}{'server':>8}{'ours':>8}{'requests':>10}{'peak MB':>9}"
        print(head, file=sys.stderr)

    def _server_seconds(self) -> float:
        fields = Path(f"/proc/{self._pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / 100

    def run(self, name: str, work: Any) -> Any:
        """Call ``work`` and print its row."""
        before = (time.monotonic(), self._server_seconds(), time.process_time())
        requests = self._gateway.requests
        result = work()
        after = (time.monotonic(), self._server_seconds(), time.process_time())
        wall, theirs, ours = (b - a for a, b in zip(before, after, strict=True))
        sent = self._gateway.requests - requests
        row = self.rows[name] = Row(wall, theirs, ours, sent, peak_megabytes())
        print(
            f"{name:34}{row.wall:8.1f}{row.server:8.1f}{row.ours:8.1f}{row.requests:10}"
            f"{row.megabytes:9.0f}",
            file=sys.stderr,
            flush=True,
        )
        return result


def documents(count: int) -> dict[str, Document]:
    """Documents of one passage each, no two alike."""
    text = SENTENCE * (LENGTH // len(SENTENCE) + 1)
    names = (f"新闻-{number:06}" for number in range(count))
    return {name: Document(name, f"{name}。{text}"[:LENGTH]) for name in names}


def suggestions(found: Iterable[Document], version: str) -> Iterator[Suggestion]:
    """Ten spans a document; by the second version one document of a hundred has nine."""
    for number, document in enumerate(found):
        spans = islice(_spans(document), SPANS - (version == RULES[1] and number % 100 == 0))
        yield Suggestion(document.id, version, tuple(spans))


def _spans(document: Document) -> Iterator[SuggestedSpan]:
    start = -1
    while (start := document.text.find("省卫健委", start + 1)) >= 0:
        for at, length, label in ((0, 4, "ORG"), (6, 6, "NUM")):
            end = start + at + length
            text = document.text[start + at : end]
            yield SuggestedSpan(start + at, end, label, text, rule="r.1", score=0.9)


def whole(document: Document) -> list[Passage]:
    """The document as one passage."""
    return [Passage(document.id, 0, len(document.text), document.text)]


def bare(gateway: Gateway, schema: LabelSchema, corpus: Sequence[Document], size: int) -> None:
    """Nothing but imports into a new project, and their making."""
    project = gateway.create_project(title=f"bare {size}", label_config=schema.xml)
    made = zip(corpus, suggestions(corpus, RULES[0]), strict=True)
    while some := list(islice(made, size)):
        gateway.import_tasks(
            project, [to_task(whole(one)[0], told, schema, one) for one, told in some]
        )


def measure_push(workspace: Workspace, count: int, sizes: Sequence[int]) -> dict[str, Row]:
    """The table, printed as it comes."""
    schema = read_schema(resources.label_configs() / "epidemic_news.xml")
    running = server.start(workspace)
    corpus = documents(count)
    with Gateway(running.url, running.admin.token) as gateway:
        meter = Meter(gateway, running.pid)

        def planned(version: str) -> PushPlan:
            told = suggestions(corpus.values(), version)
            return plan(gateway, workspace, schema, corpus, told, ["anna"], cut=whole)

        bare(gateway, schema, list(corpus.values())[:250], 250)  # the server warms up
        batch = workspace.settings.studio.batch
        for size in sizes or [batch]:
            meter.run(
                f"bare import, {size} a batch",
                lambda size=size: bare(gateway, schema, list(corpus.values()), size),
            )
        first = meter.run("first push", lambda: push(gateway, planned(RULES[0])))
        meter.run(
            f"bare import, {batch} again",
            lambda: bare(gateway, schema, list(corpus.values()), batch),
        )
        meter.run("second push", lambda: push(gateway, planned(RULES[0])))
        meter.run("third push", lambda: push(gateway, planned(RULES[0])))
        (workspace.private / "studio" / "state.sqlite").unlink()
        meter.run("push without the state", lambda: push(gateway, planned(RULES[0])))
        changed = meter.run("push after a rule changed", lambda: push(gateway, planned(RULES[1])))
        print(
            f"created {first.created}; the changed rule: {changed.replaced} replaced, "
            f"{changed.left} left as they are",
            file=sys.stderr,
        )
        return meter.rows


def main() -> None:
    """Read the command line and do it."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("what", choices=["push"])
    parser.add_argument("--passages", type=int, default=10_000)
    parser.add_argument("--batches", type=int, nargs="*", default=[], help="sizes to compare")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "toolkit.toml").write_text(SETTINGS, "utf-8")
        workspace = open_workspace(Path(folder))
        try:
            measure_push(workspace, arguments.passages, arguments.batches)
        finally:
            server.stop(workspace)


if __name__ == "__main__":
    main()
