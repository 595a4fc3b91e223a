"""The same stage on one core, on two, and on a Dask cluster of the same two."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from benchmarks.figures import Figure, Target
from benchmarks.measuring import PROJECT, Absent

SCRIPT = PROJECT / "benchmarks" / "scale.py"


def workers(quick: bool) -> Iterator[Figure]:
    """``preannotate`` by the clock: two workers beside one, and Dask's two beside both."""
    if not SCRIPT.is_file():
        raise Absent("benchmarks/scale.py is not here")
    count, rounds = (5_000, 1) if quick else (20_000, 3)
    with tempfile.TemporaryDirectory() as folder:
        found = Path(folder) / "scale.json"
        size = ["--documents", str(count), "--rounds", str(rounds)]
        command = [sys.executable, str(SCRIPT), "speed", *size, "--json", str(found)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            raise Absent(f"scale.py: {(done.stderr.strip().splitlines() or ['no reason'])[-1]}")
        cases = json.loads(found.read_bytes())
    for name, peer, target in (
        ("two workers", "one worker", 1.8),
        ("two workers", "two commands, a half each", None),
        ("dask, two workers", "two workers", 0.85),
        ("dask, two workers", "dask's bare map, two workers", 0.85),
    ):
        ours, theirs = cases[name], cases[peer]
        yield Figure(
            name=f"preannotate of {count:,} documents, {name}",
            unit="s by the clock, without the start",
            less=True,
            ours=ours["work"],
            peer=peer,
            theirs=theirs["work"],
            target=Target(target, "ratio") if target else None,
            cpu=ours["cpu"],
            wall=ours["work"],
            peer_cpu=theirs["cpu"],
            peer_wall=theirs["work"],
            megabytes=ours["peak"],
        )
