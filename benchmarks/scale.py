"""What several cores and Dask bring, and how much memory a large corpus takes.

    python benchmarks/scale.py speed [--documents N] [--rounds N] [--json FILE]
    python benchmarks/scale.py memory [--limit MB] [--times N] [--json FILE]

``speed`` runs the rules over a generated corpus with one worker, with two, as two commands that
know nothing of each other over a half each (what the machine itself allows), on a Dask cluster
of two, and as Dask's own bare map over the same parts, each in a process of its own; the
seconds are those of the work, without the start of engine and workers, which has a column of
its own. All are run in turn several times, and of each the quickest counts.
``memory`` runs ``toolkit preannotate`` over a generated corpus several times as large as the
address space that each process may have (RLIMIT_AS).

Other work on the machine slows all of them: read the rows against each other.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections import Counter
from contextlib import ExitStack
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

from toolkit import resources
from toolkit.corpus.encodings import decode
from toolkit.parallel.engines import open_engine
from toolkit.parallel.parts import Part, open_input, parts, read
from toolkit.parallel.run import run
from toolkit.parallel.work import Stage, records_in, started
from toolkit.settings import ParallelSettings
from toolkit.stages.rules import rules_stage
from toolkit.stages.workspace import workspace_or_defaults

PROJECT = Path(__file__).resolve().parent.parent

PART_SIZE = ParallelSettings().part_size

CASES: dict[str, tuple[str, int]] = {
    "one worker": ("local", 1),
    "two workers": ("local", 2),
    "two commands, a half each": ("halves", 2),
    "dask, two workers": ("dask", 2),
    "dask's bare map, two workers": ("bare", 2),
}
"""What is measured: engine and workers."""


def main() -> int:
    """Print the figures of the part that is asked for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    commands = parser.add_subparsers(dest="command", required=True)
    speed_ = commands.add_parser("speed")
    speed_.add_argument("--documents", type=int, default=20_000)
    speed_.add_argument("--rounds", type=int, default=3)
    memory_ = commands.add_parser("memory")
    memory_.add_argument("--limit", type=int, default=1_000, help="MB of address space")
    memory_.add_argument("--times", type=float, default=1.5, help="corpus size, in limits")
    for one in (speed_, memory_):
        one.add_argument("--json", type=Path)
    child = commands.add_parser("child")
    child.add_argument("case", choices=CASES)
    child.add_argument("source", type=Path)
    arguments = parser.parse_args()
    if arguments.command == "child":
        print(json.dumps(measured(arguments.case, arguments.source)))
        return 0
    figures = speed(arguments) if arguments.command == "speed" else memory(arguments)
    if arguments.json:
        arguments.json.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")
    return 0


def corpus(path: Path, *, size: int = 0, documents: int = 0) -> int:
    """Generate documents of 100 to 500 characters, until there are so many bytes or documents.

    They are stretches of the sample corpus. Nothing is held in memory.
    """
    samples = sorted(resources.sample_corpus().glob("*.txt"))
    text = "".join(decode(one.read_bytes(), one.name)[0] for one in samples)
    draw = random.Random(11)  # noqa: S311 - a corpus, no secret
    number = written = 0
    with path.open("w", encoding="utf-8") as out:
        while written < size or number < documents:
            start = draw.randrange(len(text) - 500)
            record = {"id": f"d{number:09}", "text": text[start : start + draw.randint(100, 500)]}
            line = json.dumps(record, ensure_ascii=False) + "\n"
            written += len(line.encode())
            number += 1
            out.write(line)
    return number


def speed(arguments: argparse.Namespace) -> dict[str, Any]:
    """Seconds of each case in its quickest round, and how many times the first one's speed."""
    figures: dict[str, Any] = {"documents": arguments.documents, "rounds": arguments.rounds}
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "corpus.jsonl"
        corpus(source, documents=arguments.documents)
        halve(source)
        print(f"{arguments.documents:,} documents, {source.stat().st_size / 1e6:.0f} MB")
        rounds = [
            {case: one_round(case, source) for case in CASES} for _ in range(arguments.rounds)
        ]
    print(f"{'':30}{'start s':>9}{'work s':>9}{'CPU s':>9}{'peak MB':>9}{'times':>8}")
    for case in CASES:
        one = figures[case] = min((each[case] for each in rounds), key=lambda one: one["work"])
        one["times"] = figures["one worker"]["work"] / one["work"]
        print(
            f"{case:30}{one['start']:9.1f}{one['work']:9.1f}{one['cpu']:9.1f}"
            f"{one['peak']:9.0f}{one['times']:8.2f}"
        )
    return figures


def halve(source: Path) -> None:
    """Put each half of the lines into a file beside the corpus."""
    with source.open("rb") as lines:
        count = sum(1 for _ in lines)
        lines.seek(0)
        for half, share in zip(halves(source), (count // 2, count - count // 2), strict=True):
            with half.open("wb") as out:
                out.writelines(islice(lines, share))


def halves(source: Path) -> tuple[Path, Path]:
    """Where they are."""
    return source.with_stem("first"), source.with_stem("second")


def one_round(case: str, source: Path) -> dict[str, float]:
    """A case once, in processes of its own."""
    if CASES[case][0] != "halves":
        return _answer(_child(case, source))
    both = [_answer(one) for one in [_child("one worker", half) for half in halves(source)]]
    most = {name: max(one[name] for one in both) for name in ("start", "work", "peak")}
    return {**most, "cpu": sum(one["cpu"] for one in both)}


def _child(case: str, source: Path) -> subprocess.Popen[bytes]:
    command = [sys.executable, __file__, "child", case, str(source)]
    return subprocess.Popen(command, env=_environment(), stdout=subprocess.PIPE)


def _answer(child: subprocess.Popen[bytes]) -> dict[str, float]:
    answer, _ = child.communicate()
    if child.returncode:
        raise subprocess.CalledProcessError(child.returncode, child.args)
    found: dict[str, float] = json.loads(answer)
    return found


def measured(case: str, source: Path) -> dict[str, float]:
    """One case in this process; ``peak`` is the largest process's memory in MB."""
    engine_name, workers = CASES[case]
    stage = rules_stage(workspace_or_defaults(None))
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        began = time.monotonic()
        if engine_name == "bare":
            client = stack.enter_context(_bare_cluster(workers))
            list(client.gather(client.map(partial(_warm, stage), range(workers), pure=False)))
            start, began = time.monotonic() - began, time.monotonic()
            _bare_map(client, stage, source, folder / "out.jsonl")
        else:
            settings = ParallelSettings(engine=engine_name, workers=workers)  # type: ignore[arg-type]
            engine = stack.enter_context(open_engine(settings))
            list(engine.each(partial(_warm, stage), range(2 * workers)))
            start, began = time.monotonic() - began, time.monotonic()
            run(
                *(stage, source, folder / "out.jsonl", engine, folder),
                part_size=PART_SIZE,
                distinct=True,
            )
        work = time.monotonic() - began
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return {
        "start": start,
        "work": work,
        "cpu": sum(one.ru_utime + one.ru_stime for one in used),
        "peak": max(one.ru_maxrss for one in used) / 1024,
    }


def _warm(stage: Stage[Any], _number: int) -> None:
    started(stage)


def _bare_cluster(workers: int) -> Any:
    import distributed

    library: Any = distributed  # it has no types
    cluster = library.LocalCluster(
        n_workers=workers, threads_per_worker=1, dashboard_address="127.0.0.1:0"
    )
    return library.Client(cluster)


def _bare_map(client: Any, stage: Stage[Any], source: Path, target: Path) -> None:
    """What one would write by hand: a map over parts, results to one file in order."""
    cut = list(parts(open_input(source), PART_SIZE))
    with target.open("wb") as out:
        for result in client.gather(client.map(partial(_bare, stage), cut, pure=False)):
            out.write(result)


def _bare(stage: Stage[Any], part: Part) -> bytes:
    import msgspec

    encode = msgspec.json.Encoder().encode
    pieces = [(piece, read(piece)) for piece in part.pieces]
    found = started(stage)(records_in(pieces, stage.reads), Counter())
    return b"".join(encode(one) + b"\n" for one in found)


def memory(arguments: argparse.Namespace) -> dict[str, Any]:
    """A corpus larger than the memory that each process may have."""
    limit = arguments.limit * 1_000_000
    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder) / "corpus.jsonl", Path(folder) / "out.jsonl"
        documents = corpus(source, size=int(arguments.times * limit))
        size = source.stat().st_size / 1e6
        command = [sys.executable, "-m", "toolkit", "preannotate", str(source), str(target)]
        began = time.monotonic()
        done = subprocess.run(
            [*command, "--workers", "2"],
            env=_environment(),
            preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (limit, limit)),
            check=False,
            stdout=subprocess.DEVNULL,
        )
        took = time.monotonic() - began
        used = resource.getrusage(resource.RUSAGE_CHILDREN)
        figures = {
            "documents": documents,
            "corpus MB": size,
            "limit MB": arguments.limit,
            "status": done.returncode,
            "seconds": took,
            "cpu": used.ru_utime + used.ru_stime,
            "peak MB": used.ru_maxrss / 1024,
            "result MB": target.stat().st_size / 1e6 if target.exists() else 0,
        }
    for name, value in figures.items():
        print(f"{name:14}{value:>14,.0f}")
    return figures


def _environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(PROJECT)}


if __name__ == "__main__":
    sys.exit(main())
