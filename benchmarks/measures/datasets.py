"""Exports, and the check for mistakes."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

from benchmarks.figures import Figure, fewer_seconds
from benchmarks.invented import articles
from benchmarks.measuring import SHARED, Absent, cost_of, cost_of_command, toolkit
from toolkit import resources
from toolkit.records import write_jsonl
from toolkit.schema import read_schema


def export(quick: bool) -> Iterator[Figure]:
    """Gold to a version in the default formats, and DocBin beside spaCy's own."""
    from toolkit.stages.workspace import init

    count = 1_000 if quick else 20_000
    with tempfile.TemporaryDirectory() as folder:
        workspace = Path(folder)
        init(workspace)
        write_jsonl(workspace / "gold.jsonl", (a.gold for a in articles(count, length=300)))
        write_jsonl(
            workspace / "documents.jsonl",
            (a.document for a in articles(count, length=300)),
        )
        ours = cost_of_command(toolkit("export", "--workspace", workspace, "--workers", "1"))
        hub = (
            "import sys, datasets\n"
            "gold = datasets.load_dataset('json', data_files=sys.argv[1], split='train',"
            " cache_dir=sys.argv[2])\n"
            "gold.to_parquet(sys.argv[2] + '/a.parquet')\n"
            "gold.to_json(sys.argv[2] + '/a.jsonl', force_ascii=False)\n"
        )
        theirs = None
        if find_spec("datasets") is not None:
            gold = workspace / "gold.jsonl"
            theirs = cost_of_command([sys.executable, "-P", "-c", hub, gold, workspace / "hub"])
        yield fewer_seconds(
            f"export of {count:,} documents: JSONL, CoNLL × 2, Parquet, splits, card",
            ours,
            "datasets: JSONL and Parquet" if theirs else "",
            theirs,
        )
        yield from _docbin(workspace, 200 if quick else 2_000)


def _docbin(folder: Path, count: int) -> Iterator[Figure]:
    if find_spec("spacy") is None:
        return
    import spacy
    from spacy.tokens import Doc, DocBin, Span

    from toolkit.datasets.choices import Choices
    from toolkit.datasets.docbin import write_docbin

    made = [one.gold for one in articles(count, length=300)]
    vocab = spacy.blank("zh").vocab

    def bare() -> None:
        box = DocBin(store_user_data=True)
        for gold in made:
            doc = Doc(vocab, words=list(gold.text), spaces=[False] * len(gold.text))
            doc.set_ents([Span(doc, span.start, span.end, span.label) for span in gold.spans])
            box.add(doc)
        box.to_disk(folder / "bare.spacy")

    bare()
    choices = Choices(read_schema(resources.label_configs() / "epidemic_news.xml"))
    _, ours = cost_of(lambda: write_docbin(folder / "ours.spacy", made, choices))
    _, theirs = cost_of(bare)
    yield fewer_seconds(f"DocBin of {count:,} documents", ours, "spaCy's DocBin", theirs)


def checks(quick: bool) -> Iterator[Figure]:
    """Of the first hundred doubts of ``check --model``, those that are on a planted error."""
    from benchmarks import checks as script
    from toolkit.datasets.checks.finding import Material
    from toolkit.datasets.checks.places import by_place
    from toolkit.datasets.checks.registry import find

    if find_spec("pycrfsuite") is None:
        raise Absent("python-crfsuite is not installed")
    path = SHARED / "zh-ner" / "resume" / "train.jsonl"
    if not path.is_file():
        raise Absent("../shared/data/zh-ner/resume is not here")
    gold, planted = script.plant(script.read(path, 400 if quick else None), 0.02, 1)
    found, spent = cost_of(lambda: by_place(find(Material(gold=lambda: gold), ["model-disagrees"])))
    first = script.met_by(found, planted)[:100]
    yield Figure(
        name="check --model on resume, its first 100 doubts",
        unit="right",
        ours=sum(map(bool, first)) / len(first),
        peer="spans drawn by chance",
        theirs=len(planted) / sum(len(document.spans) for document in gold),
        cpu=spent.cpu,
        wall=spent.wall,
    )
