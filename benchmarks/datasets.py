"""Whether exports are what a model learns the same from, and how fast and large they are made.

    python benchmarks/datasets.py crf [DIRECTORY …]
    python benchmarks/datasets.py export [--documents N] [--format NAME …] [--workers N]

``crf`` (needs python-crfsuite) trains a character CRF on the tags of a public set as its file has
them, and on those of our CoNLL export of it, and scores both on the set's development part. The
sets aren't ours to give away, so they are read in ../shared and skipped where it isn't.
``export`` does what ``toolkit export`` does, with generated gold of 15 spans a document and every
format, in a process of its own, and prints seconds and peak memory of it and of its workers.
"""

from __future__ import annotations

import argparse
import json
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from importlib.util import find_spec
from itertools import pairwise
from pathlib import Path
from typing import Any

PROJECT = Path(__file__).resolve().parent.parent
SETS = PROJECT.parent / "shared" / "data" / "zh-ner"

Tagged = list[tuple[list[str], list[str]]]
"""Sentences: their characters and the tags of these."""

_ITERATIONS = 60


def main() -> int:
    """Print the figures of the part that is asked for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parts = parser.add_subparsers(dest="part", required=True)
    crf = parts.add_parser("crf")
    crf.add_argument("sets", nargs="*", type=Path, default=[SETS / "resume", SETS / "weibo"])
    export = parts.add_parser("export")
    for one in (export, parts.add_parser("child")):
        one.add_argument("--documents", type=int, default=100_000)
        one.add_argument("--format", action="append", dest="formats")
        one.add_argument("--out", type=Path)
        one.add_argument("--workers", type=int, default=2)
    arguments = parser.parse_args()
    return {"crf": measure_crf, "export": measure_export, "child": export_here}[arguments.part](
        arguments
    )


# A CRF on the original and on the export.


def measure_crf(arguments: argparse.Namespace) -> int:
    """Strict span F1 of the CRF on both; equal where the export keeps everything."""
    if find_spec("pycrfsuite") is None:
        print("python-crfsuite is not installed, nothing measured")
        return 0
    for folder in arguments.sets:
        if not (folder / "train.jsonl").is_file():
            print(f"{folder}: no train.jsonl there, nothing measured")
            continue
        original = [original_tags(folder / f"{part}.jsonl") for part in ("train", "dev")]
        with tempfile.TemporaryDirectory() as place:
            exported = [
                exported_tags(folder / f"{part}.jsonl", part, Path(place))
                for part in ("train", "dev")
            ]
        same = [
            sum(a[1] == b[1] for a, b in zip(ours, theirs, strict=True))
            for ours, theirs in zip(exported, original, strict=True)
        ]
        sizes = [len(part) for part in original]
        print(f"{folder.name}: sentences {sizes}, of which tagged alike {same}")
        for name, (train, dev) in (("original", original), ("export", exported)):
            begun = time.process_time()
            print(f"  {name:9}{crf_scores(train, dev)}  {time.process_time() - begun:.0f} s CPU")
    return 0


def original_tags(path: Path) -> Tagged:
    """BIO tags from the spans of the file, by nobody's code but this; order as in the file."""
    sentences = []
    for line in path.open(encoding="utf-8"):
        record = json.loads(line)
        tags = ["O"] * len(record["text"])
        for start, end, label in record["spans"]:
            tags[start:end] = [f"B-{label}", *[f"I-{label}"] * (end - start - 1)]
        sentences.append((list(record["text"]), tags))
    return sentences


def exported_tags(path: Path, split: str, place: Path) -> Tagged:
    """The same from the CoNLL file of an export, read as plain columns; in the file's order."""
    from toolkit.datasets.export import export
    from toolkit.model import GoldDocument, GoldSpan
    from toolkit.schema import parse_schema
    from toolkit.settings import ExportSettings, Settings

    records = [json.loads(line) for line in path.open(encoding="utf-8")]
    labels = sorted({label for record in records for *_, label in record["spans"]})
    tags = "".join(f'<Label value="{label}"/>' for label in labels)
    export(
        (
            GoldDocument(
                record["id"],
                record["text"],
                tuple(
                    GoldSpan(s, e, label, record["text"][s:e]) for s, e, label in record["spans"]
                ),
            )
            for record in records
        ),
        place / split,
        schema=parse_schema(
            f'<View><Labels name="l" toName="t">{tags}</Labels>'
            '<Text name="t" value="$text"/></View>'
        ),
        settings=Settings(export=ExportSettings(splits={split: 1.0})),
        formats=["conll-bio"],
        facts={},
    )
    blocks = (place / split / "conll-bio" / f"{split}.conll").read_text("utf-8").split("\n\n")
    sentences = []
    for block in blocks[:-1]:
        rows = [line.split("\t") for line in block.split("\n")[1:]]
        sentences.append(([row[0] for row in rows], [row[1] for row in rows]))
    return sentences


def crf_scores(train: Tagged, dev: Tagged) -> str:
    """Strict precision, recall and F1 of a CRF on ``dev`` that learnt from ``train``."""
    import pycrfsuite

    from toolkit.datasets.token_classification import spans

    trainer = pycrfsuite.Trainer(verbose=False)
    for characters, tags in train:
        trainer.append(features(characters), tags)
    trainer.set_params({"c1": 0.1, "c2": 0.01, "max_iterations": _ITERATIONS})
    with tempfile.TemporaryDirectory() as folder:
        trainer.train(f"{folder}/model")
        tagger = pycrfsuite.Tagger()
        tagger.open(f"{folder}/model")
        right = given = wanted = 0
        for characters, tags in dev:
            found, there = spans(tagger.tag(features(characters))), spans(tags)
            right, given, wanted = (
                right + len(found & there),
                given + len(found),
                wanted + len(there),
            )
    return f"P {right / given:.4f}  R {right / wanted:.4f}  F1 {2 * right / (given + wanted):.4f}"


def features(characters: Sequence[str]) -> list[list[str]]:
    """Each character with two on each side, and the pairs among them."""
    padded = ["<", "<", *characters, ">", ">"]
    rows = []
    for i in range(2, len(padded) - 2):
        window = padded[i - 2 : i + 3]
        singles = [f"{place}{char}" for place, char in enumerate(window)]
        pairs = [f"{place}{a}{b}" for place, (a, b) in enumerate(pairwise(window), 5)]
        rows.append([*singles, *pairs])
    return rows


# Time and memory of an export.


def measure_export(arguments: argparse.Namespace) -> int:
    """Run the export in a process of its own, so that its memory is all that is counted."""
    with tempfile.TemporaryDirectory(dir=arguments.out) as folder:
        command = [sys.executable, __file__, "child", "--out", folder]
        command += ["--documents", str(arguments.documents)]
        command += ["--workers", str(arguments.workers)]
        for name in arguments.formats or ():
            command += ["--format", name]
        return subprocess.run(command, check=False).returncode


def export_here(arguments: argparse.Namespace) -> int:
    """Export generated gold, and say what it took; called in a process of its own."""
    from toolkit.datasets.formats import FORMATS
    from toolkit.records import write_jsonl
    from toolkit.resources import label_configs
    from toolkit.schema import read_schema
    from toolkit.settings import open_workspace
    from toolkit.stages.export import export

    config = label_configs() / "epidemic_news.xml"
    (arguments.out / "toolkit.toml").write_text(
        f'[labels]\nconfig = {json.dumps(str(config))}\nguidelines = ""\n'
        f"[parallel]\nworkers = {arguments.workers}\n",
        "utf-8",
    )
    space = open_workspace(arguments.out)
    write_jsonl(space.gold, generated(arguments.documents, read_schema(config).values))
    names = arguments.formats or [name for name, format_ in FORMATS.items() if format_.ready]
    begun, cpu = time.perf_counter(), cpu_seconds()
    exported = export(space, formats=names)
    children = arguments.workers if arguments.workers > 1 else 0
    took, spent = time.perf_counter() - begun, cpu_seconds() - cpu
    size = sum(file.stat().st_size for file in exported.folder.rglob("*") if file.is_file())
    print(
        f"{sum(exported.documents.values()):,} documents, {sum(exported.spans.values()):,} spans, "
        f"{len(names)} formats: {took:.1f} s, {spent:.1f} s CPU, "
        f"at most {peak_megabytes(children):,.0f} MB, {size / 1e6:,.0f} MB written"
    )
    return 0


def cpu_seconds() -> float:
    """Of this process and of its children that have ended."""
    usages = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(usage.ru_utime + usage.ru_stime for usage in usages)


def peak_megabytes(children: int) -> float:
    """The most that this process had, and as often the largest of its children as there were any.

    No less than what they had at any one time, since they need not have peaked together.
    """
    own, largest = (
        resource.getrusage(who).ru_maxrss / 1024
        for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    )
    return own + children * largest


_IN_NAMES = "文柏承德武汉湖北江海东西南北山河林春明华安平宁阳洪永新建国光州城川云龙"
_IN_TEXTS = (
    "一不有在人这中大为上个国我以要他时来用们生到作地于出就分对成会可主发年动同工也能下过子说产种面而方"
    "后多定行学法所民得经十三之进着等部度家电力里如水化高自二理起小物现实加量都两体制机当使点从业本去把性"
    "好应开它合还因由其些然前外天政四日那社义事平形相全表间样与关各重新线内数正心反你明看原又么利比或但质"
    "气第向道命此变条只没结解问意建月公无系军很情者最立代想已通并提直题党程展五果料象员革位入常文总次品式"
)


def generated(count: int, labels: Sequence[str]) -> Iterator[Any]:
    """Gold of 15 spans a document, as the sentences of this genre have them."""
    from toolkit.model import GoldDocument, GoldSpan

    chance = random.Random(1)  # noqa: S311 - the same documents each time, and no secret

    def some(characters: str, most: int) -> str:
        return "".join(chance.choices(characters, k=chance.randint(2, most)))

    names = [
        lambda: chance.choice("岳李王张刘陈") + some(_IN_NAMES, 2),
        lambda: f"{some(_IN_NAMES, 3)}市第{chance.choice('一二三四五')}人民医院",
        lambda: f"{some(_IN_NAMES, 2)}省{some(_IN_NAMES, 3)}县",
        lambda: f"{chance.randint(1, 12)}月{chance.randint(1, 28)}日",
        lambda: f"{chance.randint(1, 2000)}例",
        lambda: "疾控中心主任",
    ]
    between = [
        lambda: "在当天的通报会上说,",
        lambda: f"前往{some(_IN_TEXTS, 6)}支援,",
        lambda: "全力以赴抗击新型冠状病毒。\n",
        lambda: f"{some(_IN_TEXTS, 8)}。累计报告确诊病例",
        lambda: f",{some(_IN_TEXTS, 4)}的",
    ]
    for number in range(count):
        text, spans = "", []
        for _ in range(15):
            text += chance.choice(between)()
            name = chance.choice(names)()
            votes = {"A1": "PERSON", "A2": None}
            start, end = len(text), len(text) + len(name)
            label = chance.choice(labels)
            spans.append(
                GoldSpan(
                    start, end, label, name, confidence=0.5, votes=votes, decided_by="majority"
                )
            )
            text += name + chance.choice(between)()
        yield GoldDocument(
            f"news-{number:06}", text, tuple(spans), ("A1", "A2"), "merged", {"title": "防控通报"}
        )


if __name__ == "__main__":
    raise SystemExit(main())
