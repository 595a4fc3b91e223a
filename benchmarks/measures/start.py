"""What it takes to start."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from benchmarks.figures import Figure, Target, fewer_seconds
from benchmarks.measuring import cost_of_command, toolkit
from toolkit.model import Document
from toolkit.records import write_jsonl


def start(quick: bool) -> Iterator[Figure]:
    """The command line from nothing, caches warm, beside what the peers take to start."""
    rounds = 2 if quick else 5
    with tempfile.TemporaryDirectory() as folder:
        text = Path(folder) / "one.jsonl"
        write_jsonl(text, [Document("d", "副市长刘建党2020年2月8日在武汉市第七医院说")])
        once = "import jieba.posseg; list(jieba.posseg.cut('副市长刘建党在武汉市第七医院说'))"
        rows: list[tuple[str, list[str | Path], str, list[str | Path], float]] = [
            (
                "toolkit --help",
                toolkit("--help"),
                "python -c pass",
                [sys.executable, "-c", "pass"],
                0.2,
            ),
            (
                "toolkit preannotate of one sentence",
                toolkit("preannotate", text, Path(folder) / "out.jsonl"),
                "jieba.posseg of one sentence",
                [sys.executable, "-c", once],
                0.6,
            ),
        ]
        # Python keeps what it compiles, here too where the environment tells it not to.
        kept = os.environ | {"PYTHONPYCACHEPREFIX": str(Path(folder) / "bytecode")}
        kept.pop("PYTHONDONTWRITEBYTECODE", None)
        for name, ours, peer, theirs, target in rows:
            costs = []
            for command in (ours, theirs):
                cost_of_command(command, kept)
                found = (cost_of_command(command, kept) for _ in range(rounds))
                costs.append(min(found, key=lambda cost: cost.cpu))
            yield fewer_seconds(name, costs[0], peer, costs[1], Target(target))
