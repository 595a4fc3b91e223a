"""Repair, reading, near-duplicates."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path

from benchmarks.figures import Figure, Target, fewer_seconds
from benchmarks.measuring import cost_of_command, least_cost, toolkit
from toolkit.records import write_jsonl


def repair(quick: bool) -> Iterator[Figure]:
    """The whole chain of repair beside ftfy and OpenCC, on the same texts."""
    import ftfy
    import opencc

    from benchmarks import corpus as script
    from tests.test_corpus.clean_texts import document, seeded
    from tests.test_corpus.damaging import combined

    converter = opencc.OpenCC("t2s")
    count, rounds = (40, 2) if quick else (200, 5)
    corpora = {
        "clean text": ([document(seeded(seed)).text for seed in range(count)], 10.0),
        "lightly damaged text": ([combined(seed, 0.005).raw for seed in range(count)], 2.0),
    }
    runs: dict[str, Callable[[str], object]] = {
        "": script.repair,
        "ftfy.fix_text": ftfy.fix_text,
        "OpenCC t2s": converter.convert,
    }
    for what, (texts, target) in corpora.items():
        size = sum(map(len, texts)) / 1e6
        costs = {name: least_cost(partial(_over, run, texts), rounds) for name, run in runs.items()}
        ours = costs.pop("")
        for name, theirs in costs.items():
            yield Figure(
                name=f"repair of {what}",
                unit="M characters a CPU second",
                ours=size / ours.cpu,
                peer=name,
                theirs=size / theirs.cpu,
                target=Target(target) if "ftfy" in name else None,
                cpu=ours.cpu,
                wall=ours.wall,
                peer_cpu=theirs.cpu,
                peer_wall=theirs.wall,
            )


def _over(run: Callable[[str], object], texts: Sequence[str]) -> None:
    for text in texts:
        run(text)


def ingest(quick: bool) -> Iterator[Figure]:
    """Documents of 1,000 characters from one JSONL file, groups of near-duplicates included."""
    from benchmarks.near_duplicates import mixed
    from toolkit.stages.workspace import init

    count = 2_000 if quick else 100_000
    with tempfile.TemporaryDirectory() as folder:
        raw = Path(folder) / "news.jsonl"
        texts = mixed(count)
        write_jsonl(raw, ({"id": f"n{n:06}", "text": text} for n, text in enumerate(texts)))
        init(Path(folder) / "workspace")
        ours = cost_of_command(
            toolkit("ingest", raw, "--workspace", Path(folder) / "workspace", "--workers", "1")
        )
        peer = (
            "import json, sys, ftfy\nfor line in open(sys.argv[1], encoding='utf-8'):\n"
            " row = json.loads(line)\n row['text'] = ftfy.fix_text(row['text'])\n"
            " print(json.dumps(row, ensure_ascii=False))\n"
        )
        theirs = cost_of_command([sys.executable, "-c", peer, raw])
    yield fewer_seconds(
        f"ingest of {count:,} documents of 1,000 characters, near-duplicates grouped",
        ours,
        "ftfy over the same JSON, nothing else",
        theirs,
    )


def near_duplicates(quick: bool) -> Iterator[Figure]:
    """Pairs that are grouped at the default threshold, of each kind of text."""
    from benchmarks import near_duplicates as script

    del quick  # it takes seconds
    for kind, together in script.grouped(0.6)[0].items():
        yield Figure(name=f"near-duplicates, {kind}", unit="of 300 pairs grouped", ours=together)
