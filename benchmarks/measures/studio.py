"""Label Studio, beside what the server itself takes."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

from benchmarks.figures import Figure, Target
from benchmarks.measuring import Absent


def push(quick: bool) -> Iterator[Figure]:
    """A first push beside the server's bare import of the same tasks, and a second one."""
    from benchmarks import studio as script
    from toolkit.settings import open_workspace
    from toolkit.studio import server

    if find_spec("label_studio") is None:
        raise Absent("label-studio is not installed")
    count = 1_000 if quick else 10_000
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "toolkit.toml").write_text(script.SETTINGS, "utf-8")
        workspace = open_workspace(Path(folder))
        try:
            rows = script.measure_push(workspace, count, ())
        finally:
            server.stop(workspace)
    # The server slows down as it fills, so that a bare import before and one after count.
    bare = [row for name, row in rows.items() if name.startswith("bare")]
    cpu = sum(row.ours + row.server for row in bare) / len(bare)
    wall = sum(row.wall for row in bare) / len(bare)
    for name, target in (("first push", Target(0.9, "ratio")), ("second push", None)):
        row = rows[name]
        yield Figure(
            name=f"{name} of {count:,} passages",
            unit="CPU s, server included",
            less=True,
            ours=row.ours + row.server,
            peer="the server's bare import",
            theirs=cpu,
            target=target,
            cpu=row.ours + row.server,
            wall=row.wall,
            peer_cpu=cpu,
            peer_wall=wall,
            megabytes=row.megabytes,
        )
