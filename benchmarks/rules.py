"""How good the shipped rules are on public gold data: strict precision, recall and F1.

One command, from the project's folder: ``python benchmarks/rules.py [FOLDER] [--limit N]``.
The data is not part of the project; FOLDER (default ../shared/data/zh-ner) holds one folder
a set, each with a dev.jsonl of ``{"id","text","spans":[[start,end,label],…]}``. Nothing is
measured where a set is absent. A span counts where offsets and label are both right.
``--speed`` measures how fast the rules are instead; rules_speed.py says beside what. With
``--learn`` what 'toolkit rules learn' makes of it: the first half of each set teaches, and
the other half is measured with and without what was learned.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from benchmarks.rules_speed import speed
from toolkit.model import Document, GoldDocument, GoldSpan
from toolkit.rules.engine import Engine
from toolkit.rules.learning.learn import learn
from toolkit.rules.learning.write import write_pack
from toolkit.rules.pack import load_packs
from toolkit.schema import LabelSchema, read_schema
from toolkit.stages.learning import with_examples

PROJECT = Path(__file__).resolve().parent.parent

GENERAL = "epidemic_news"

Key = tuple[int, int, str]

_PEOPLE_AND_PLACES = {"PERSON": "PERSON", "LOC": "LOC", "FAC": "LOC", "ORG": "ORG"}


class Measure(NamedTuple):
    """What is compared: the set's labels in our words, and our labels as the set divides them.

    ``merged`` joins neighbouring places where the set marks an address as one span.
    ``recall_only`` is for sets that mark only the mentions that play a part.
    """

    name: str
    native: dict[str, str]
    ours: dict[str, str]
    merged: bool = False
    recall_only: bool = False


MEASURES = {
    "msra": [Measure("names", {"PER": "PERSON", "LOC": "LOC", "ORG": "ORG"}, _PEOPLE_AND_PLACES)],
    "peoples_daily": [
        Measure("names", {"PER": "PERSON", "LOC": "LOC", "ORG": "ORG"}, _PEOPLE_AND_PLACES)
    ],
    "cluener": [
        Measure(
            "names",
            {
                "name": "PERSON",
                "address": "LOC",
                "scene": "LOC",
                "government": "ORG",
                "organization": "ORG",
                "company": "ORG",
            },
            _PEOPLE_AND_PLACES,
            merged=True,
        ),
        Measure("titles", {"position": "TITLE"}, {"TITLE": "TITLE"}),
    ],
    "resume": [
        Measure("names", {"NAME": "PERSON", "LOC": "LOC", "ORG": "ORG"}, _PEOPLE_AND_PLACES),
        Measure("titles", {"TITLE": "TITLE"}, {"TITLE": "TITLE"}),
    ],
    "weibo": [
        Measure(
            "names",
            {"PER.NAM": "PERSON", "GPE.NAM": "LOC", "LOC.NAM": "LOC", "ORG.NAM": "ORG"},
            _PEOPLE_AND_PLACES,
        )
    ],
    "ecr_covid19": [Measure("times", {"Date": "TIME", "EndDate": "TIME"}, {"TIME": "TIME"})],
    "cec": [
        Measure("times", {"Time": "TIME", "ReportTime": "TIME"}, {"TIME": "TIME"}, recall_only=True)
    ],
}


HABITS = {"ecr_covid19": ["relative_days"], "cec": ["relative_times"]}
"""Packs that go on top, for a second figure, where a set marks what our guidelines leave out."""


class Tally:
    """Counts of right, wrong and missing spans, by label."""

    def __init__(self) -> None:
        self.right: Counter[str] = Counter()
        self.found: Counter[str] = Counter()
        self.gold: Counter[str] = Counter()

    def add(self, gold: set[Key], found: set[Key]) -> None:
        """Count one text."""
        self.gold.update(label for *_, label in gold)
        self.found.update(label for *_, label in found)
        self.right.update(label for *_, label in gold & found)

    def scores(self, labels: Iterable[str]) -> tuple[float, float, float]:
        """Precision, recall and F1 in percent, over these labels together."""
        right = sum(self.right[label] for label in labels)
        found = sum(self.found[label] for label in labels)
        gold = sum(self.gold[label] for label in labels)
        return (
            100 * right / max(found, 1),
            100 * right / max(gold, 1),
            200 * right / max(found + gold, 1),
        )


def merged(keys: Iterable[Key]) -> Iterator[Key]:
    """Neighbouring places become one."""
    last: Key | None = None
    for key in sorted(keys):
        if last and last[2] == key[2] == "LOC" and last[1] == key[0]:
            last = (last[0], key[1], "LOC")
            continue
        if last:
            yield last
        last = key
    if last:
        yield last


def texts(path: Path, limit: int) -> list[dict[str, Any]]:
    """The first ``limit`` texts of a file, with the set's spans."""
    with path.open(encoding="utf-8") as lines:
        return [json.loads(line) for line, _ in zip(lines, range(limit), strict=False)]


def measure(
    engine: Engine, records: Iterable[dict[str, Any]], measures: list[Measure]
) -> list[Tally]:
    """A tally for each measure."""
    tallies = [Tally() for _ in measures]
    for record in records:
        spans = engine.suggest(Document(record["id"], record["text"])).spans
        for one, tally in zip(measures, tallies, strict=True):
            gold = {(s, e, one.native[n]) for s, e, n in record["spans"] if n in one.native}
            found = {
                (span.start, span.end, one.ours[span.label])
                for span in spans
                if span.label in one.ours
            }
            tally.add(gold, set(merged(found)) if one.merged else found)
    return tallies


def as_gold(
    engine: Engine, records: Iterable[dict[str, Any]], measures: list[Measure]
) -> Iterator[GoldDocument]:
    """A set's texts as gold in our labels, where the set draws fewer lines than we do.

    A place that our rules call a site is one, and an address that they divide is divided.
    """
    native = {name: label for one in measures for name, label in one.native.items()}
    for record in records:
        document = Document(record["id"], record["text"])
        ours = sorted(span.key for span in engine.suggest(document).spans)
        keys: set[Key] = set()
        for start, end, name in record["spans"]:
            label = native.get(name, "")
            inside = [k for k in ours if start <= k[0] and k[1] <= end and k[2] in ("LOC", "FAC")]
            levels = list(merged((s, e, "LOC") for s, e, _ in inside))
            divided = len(inside) > 1 and measures[0].merged
            if label == "LOC" and levels == [(start, end, label)] and (divided or len(inside) == 1):
                keys.update(inside)
            elif label:
                keys.add((start, end, label))
        yield GoldDocument(
            document.id, document.text, tuple(GoldSpan(*key) for key in sorted(keys))
        )


def report_learning(
    engine: Engine, schema: LabelSchema, name: str, records: list[dict[str, Any]]
) -> None:
    """Print what the first half of a set teaches, and its gain on the other half."""
    measures = MEASURES[name]
    half = len(records) // 2
    began = time.process_time()
    learned = learn(as_gold(engine, records[:half], measures), engine)
    rules = with_examples(learned, ["epidemic_news"], PROJECT, schema)
    seconds = time.process_time() - began
    entries = sum(len(rule.entries) for rule in rules)
    print(f"{name:14} {half} texts teach {len(rules)} rules with {entries} terms, {seconds:.1f} s")
    was, then = learned.expected.before, learned.expected.after
    print(
        f"{name:14} expected F {100 * was.f1:.1f} -> {100 * then.f1:.1f}, "
        f"{was.work} -> {then.work} actions, by cross-validation over these"
    )
    before = measure(engine, records[half:], measures)
    after = before
    if rules:
        with tempfile.TemporaryDirectory() as folder:
            write_pack(Path(folder), learned, rules)
            pack = load_packs(["epidemic_news", folder], PROJECT, schema)
            after = measure(Engine(pack), records[half:], measures)
    for one, old, new in zip(measures, before, after, strict=True):
        labels = sorted(set(one.ours.values()))
        (*_, f), (p, r, better) = old.scores(labels), new.scores(labels)
        print(
            f"{name:14} {one.name:7} F {f:5.1f} -> P {p:5.1f}  R {r:5.1f}  F {better:5.1f}"
            f"  ({better - f:+.1f} on the {len(records) - half} other texts)"
        )


def report(name: str, one: Measure, tally: Tally) -> None:
    """Print a measure: all labels together, then each."""
    labels = sorted(set(one.ours.values()))
    for title, chosen in (("all", labels), *((label, [label]) for label in labels[1:] and labels)):
        p, r, f = tally.scores(chosen)
        figures = f"      R {r:5.1f}" if one.recall_only else f"P {p:5.1f}  R {r:5.1f}  F {f:5.1f}"
        print(f"{name:14} {one.name:7} {title:7} {figures}")


def main() -> None:
    """Measure every set that is there."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", nargs="?", type=Path)
    parser.add_argument("--limit", type=int, default=1000, help="texts of each set")
    parser.add_argument("--speed", action="store_true", help="how fast, and not how good")
    parser.add_argument("--spacy", action="store_true", help="beside it spaCy's SpanRuler")
    parser.add_argument("--learn", action="store_true", help="learn on one half of each set")
    arguments = parser.parse_args()
    folder = arguments.folder or PROJECT.parent / "shared" / "data" / "zh-ner"
    schema = read_schema(PROJECT / "label_configs" / "epidemic_news.xml")
    if arguments.speed:
        speed(schema, folder, spacy=arguments.spacy)
        return
    general = Engine(load_packs([GENERAL], PROJECT, schema))
    print(general.pack.model_version)
    for name, measures in MEASURES.items():
        path = folder / name / "dev.jsonl"
        if arguments.learn and (folder / name / "train.jsonl").is_file():
            path = folder / name / "train.jsonl"
        if not path.is_file():
            print(f"{name:14} not here")
            continue
        records = texts(path, arguments.limit)
        if arguments.learn:
            if not measures[0].recall_only:
                report_learning(general, schema, name, records)
            continue
        began = time.process_time()
        tallies = measure(general, records, measures)
        for one, tally in zip(measures, tallies, strict=True):
            report(name, one, tally)
        print(f"{name:14} {time.process_time() - began:.1f} s of CPU time")
        if name in HABITS:
            habits = Engine(load_packs([GENERAL, *HABITS[name]], PROJECT, schema))
            for one, tally in zip(measures, measure(habits, records, measures), strict=True):
                report(f"+ {' '.join(HABITS[name])}", one, tally)


if __name__ == "__main__":
    main()
