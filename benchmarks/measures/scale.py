"""The same stage on one core, on two, and on a Dask cluster of the same two."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

from benchmarks.figures import Figure, Target
from benchmarks.invented import articles
from benchmarks.measuring import Absent, Cost, cost_of_command, toolkit
from toolkit.records import write_jsonl


def workers(quick: bool) -> Iterator[Figure]:
    """``preannotate`` by the clock: two workers beside one, and Dask's two beside our own."""
    if find_spec("toolkit.parallel") is None:
        raise Absent("toolkit.parallel is not here")
    count = 5_000 if quick else 100_000
    with tempfile.TemporaryDirectory() as folder:
        documents = Path(folder) / "documents.jsonl"
        write_jsonl(documents, (one.document for one in articles(count, length=300)))

        def taken(number: int, engine: str) -> Cost:
            # A folder of its own each: parts that are kept there would be taken over.
            out = Path(folder, f"{engine}-{number}", "suggestions.jsonl")
            out.parent.mkdir()
            options = ["--workers", str(number), "--engine", engine]
            return cost_of_command(toolkit("preannotate", documents, out, *options))

        one, two = taken(1, "local"), taken(2, "local")
        dask = taken(2, "dask") if find_spec("distributed") else None
    rows = [("2 workers", two, "1 worker", one, 1.8)]
    if dask:
        rows.append(("2 workers of Dask", dask, "2 workers", two, 0.85))
    for name, ours, peer, theirs, target in rows:
        yield Figure(
            name=f"preannotate of {count:,} documents, {name}",
            unit="s by the clock",
            less=True,
            ours=ours.wall,
            peer=peer,
            theirs=theirs.wall,
            target=Target(target, "ratio"),
            cpu=ours.cpu,
            wall=ours.wall,
            peer_cpu=theirs.cpu,
            peer_wall=theirs.wall,
            megabytes=ours.megabytes,
        )
