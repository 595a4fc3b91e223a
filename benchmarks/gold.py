"""Gold and agreement on a crowd's annotations: quality against gold, and time.

    python benchmarks/gold.py [DIRECTORY]

The directory holds ``documents.jsonl``, ``annotations.jsonl`` and ``gold-dev.jsonl``
(47 crowd workers on CoNLL-2003; Rodrigues, Pereira, Ribeiro 2014). The text is not
ours to give away, so it is read where it lies and skipped where it doesn't.

The development part is halved by article to show how far figures swing. Both halves were
seen while the model was made (weights of the voices, by the small jobs of
``benchmarks/gold_small.py`` too), so neither stands for unseen data.
"""

from __future__ import annotations

import hashlib
import time
from pathlib import Path

import numpy as np
from msgspec import Struct

from benchmarks.measuring import directory_given
from toolkit.agreement.breakdown import agreement
from toolkit.gold.confidence import Scale, learnt
from toolkit.gold.layers import by_layers
from toolkit.gold.merge import cases_of, merge
from toolkit.gold.methods import METHODS, Choices
from toolkit.gold.skills import ALL, Skills
from toolkit.model import Annotation, Document, GoldDocument, Span
from toolkit.records import index_documents, read_jsonl

CROWD = Path(__file__).parents[2] / "shared" / "data" / "crowd-ner"

SAMPLES = 2000
"""Bootstrap samples over articles."""

RUNS: dict[str, tuple[str, Choices]] = {
    "majority >= 1/2": ("majority", Choices()),
    "majority >= 1/3": ("majority", Choices(quorum=1 / 3)),
    "majority-spans > 1/2": ("majority-spans", Choices(quorum=0.501)),
    "majority-spans >= 1/2": ("majority-spans", Choices()),
    "majority-spans >= 1/3": ("majority-spans", Choices(quorum=1 / 3)),
    "spans": ("spans", Choices()),
    "dawid-skene": ("dawid-skene", Choices()),
    "sequence": ("sequence", Choices()),
    "sequence-thorough": ("sequence-thorough", Choices()),
}

BEATEN = ("majority >= 1/3", "dawid-skene", "sequence")
"""What each method is compared with: the best vote, and the models."""

Keys = set[tuple[int, int, str]]


class Answer(Struct):
    """The right spans of one document."""

    doc_id: str
    spans: tuple[Span, ...]


class Crowd(Struct):
    """The data: documents with their article, annotations, and the right spans."""

    documents: dict[str, Document]
    annotations: list[Annotation]
    answers: dict[str, Keys]
    article: dict[str, str]


def read_crowd(directory: Path) -> Crowd:
    """The files of the directory."""
    source = directory / "documents.jsonl"
    documents = index_documents(read_jsonl(source, Document), source)
    return Crowd(
        documents,
        list(read_jsonl(directory / "annotations.jsonl", Annotation)),
        {
            answer.doc_id: {span.key for span in answer.spans}
            for answer in read_jsonl(directory / "gold-dev.jsonl", Answer)
        },
        {doc_id: document.meta["article"] for doc_id, document in documents.items()},
    )


def main() -> int:
    """Print the figures; 0 also where there is nothing to measure."""
    directory = directory_given(__doc__, CROWD)
    if not directory.is_dir():
        print(f"{directory}: not there, nothing measured")
        return 0
    crowd = read_crowd(directory)
    print(
        f"{len(crowd.documents)} documents, {len(crowd.annotations)} annotations, "
        f"gold for {len(crowd.answers)}"
    )
    measure_methods(crowd)
    measure_reviews(crowd)
    measure_skills(crowd)
    measure_agreement(crowd)
    return 0


def measure_methods(crowd: Crowd) -> None:
    """Quality, time and confidence of every run, and what it is ahead of."""
    assert {method for method, _ in RUNS.values()} == set(METHODS) - {"expert"}
    articles = sorted({crowd.article[doc_id] for doc_id in crowd.answers})
    tables: dict[str, np.ndarray] = {}
    for name, (method, choices) in RUNS.items():
        begun = time.process_time()
        merged = list(merge(crowd.annotations, crowd.documents, method=method, choices=choices))
        spent = time.process_time() - begun
        table = by_article(crowd, merged, articles)
        tables[name] = table
        in_a = np.array([half_of(article) == "A" for article in articles])
        right, given, wanted = table.sum(axis=0)
        print(
            f"{name:24}P {right / given:.3f}  R {right / wanted:.3f}"
            f"  F1 {f1(table.sum(axis=0)):.4f}"
            f"  A {f1(table[in_a].sum(axis=0)):.4f}  B {f1(table[~in_a].sum(axis=0)):.4f}"
            f"  {spent:.1f} s CPU  {confidence(crowd, merged)}"
        )
    for name in ("sequence", "sequence-thorough"):
        for other in BEATEN:
            if other != name:
                low, high = lead(tables[name], tables[other])
                print(f"{name} - {other}: [{100 * low:+.2f}, {100 * high:+.2f}] by article")


def half_of(article: str) -> str:
    """The half of the development part that an article belongs to."""
    return "AB"[int(hashlib.md5(article.encode(), usedforsecurity=False).hexdigest(), 16) % 2]


def by_article(crowd: Crowd, merged: list[GoldDocument], articles: list[str]) -> np.ndarray:
    """Articles x (right, given, wanted)."""
    row = {article: i for i, article in enumerate(articles)}
    table = np.zeros((len(articles), 3))
    found = {gold.doc_id: {span.key for span in gold.spans} for gold in merged}
    for doc_id, keys in crowd.answers.items():
        table[row[crowd.article[doc_id]]] += counts(found.get(doc_id, set()), keys)
    return table


def counts(found: Keys, wanted: Keys) -> np.ndarray:
    """Right, given and wanted spans of one document."""
    return np.array([len(found & wanted), len(found), len(wanted)], dtype=np.float64)


def f1(row: np.ndarray) -> float:
    """Strict F1 of right, given, wanted."""
    return float(2 * row[0] / (row[1] + row[2])) if row[1] + row[2] else 0.0


def lead(table: np.ndarray, other: np.ndarray) -> tuple[float, float]:
    """The 95 % interval of the difference in F1: a paired bootstrap over articles."""
    rng = np.random.default_rng(0)
    drawn = rng.multinomial(len(table), np.full(len(table), 1 / len(table)), size=SAMPLES)
    first, second = drawn @ table, drawn @ other
    difference = 2 * first[:, 0] / (first[:, 1] + first[:, 2]) - 2 * second[:, 0] / (
        second[:, 1] + second[:, 2]
    )
    low, high = np.percentile(difference, [2.5, 97.5])
    return float(low), float(high)


def confidence(crowd: Crowd, merged: list[GoldDocument]) -> str:
    """Expected calibration error, AUROC, and the wrong spans among the least confident 10 %."""
    pairs = [
        (span.confidence, span.key in crowd.answers[gold.doc_id])
        for gold in merged
        if gold.doc_id in crowd.answers
        for span in gold.spans
    ]
    error, area, share = calibration(pairs)
    return f"ECE {error:.3f}  AUROC {area:.3f}  first tenth has {share:.1%} of wrong spans"


def calibration(pairs: list[tuple[float, bool]]) -> tuple[float, float, float]:
    """The same as numbers, of confidences and whether the span was right."""
    said = np.array([pair[0] for pair in pairs])
    right = np.array([pair[1] for pair in pairs], dtype=np.float64)
    bins = np.minimum((said * 10).astype(int), 9)
    error = sum(abs(said[bins == b].sum() - right[bins == b].sum()) for b in range(10)) / len(said)
    order = np.argsort(said, kind="stable")
    rank = np.empty(len(said))
    # Spans with the same confidence share their mean rank.
    _, inverse, size = np.unique(said, return_inverse=True, return_counts=True)
    rank = (np.cumsum(size) - (size - 1) / 2)[inverse]
    good = right.sum()
    area = (rank[right == 1].sum() - good * (good + 1) / 2) / (good * (len(right) - good))
    wrong = 1 - right[order[: len(order) // 10]].mean()
    share = wrong * (len(order) // 10) / (len(right) - good)
    return float(error), float(area), float(share)


REVIEWED = (0, 50, 100, 200)
"""How many passages a person reviews, drawn at random."""


def measure_reviews(crowd: Crowd) -> None:
    """What reviews do to the confidence of ``sequence`` on what nobody reviewed: ten draws."""
    cases = cases_of(crowd.annotations, crowd.documents)
    scored = [
        (case, settled)
        for case, settled in zip(
            cases,
            by_layers(cases, lambda _, flat: METHODS["sequence"].decide(flat, Choices())),
            strict=True,
        )
        if case.document.id in crowd.answers
    ]
    before = Scale.of(cases)
    for size in REVIEWED:
        figures = []
        for seed in range(10):
            drawn = np.random.default_rng(seed).choice(len(scored), size, replace=False)
            taken = set(drawn.tolist())
            answered = [(scored[i][1], crowd.answers[scored[i][0].document.id]) for i in taken]
            scale = learnt(before, answered)
            figures.append(
                calibration(
                    [
                        (span.confidence, span.key in crowd.answers[case.document.id])
                        for number, (case, settled) in enumerate(scored)
                        if number not in taken
                        for span in scale.calibrated(settled).spans
                    ]
                )
            )
        (error, area, share), (spread, _, _) = np.mean(figures, axis=0), np.std(figures, axis=0)
        print(
            f"{size:4} reviewed: ECE {error:.3f} ± {spread:.3f}  AUROC {area:.3f}"
            f"  first tenth has {share:.1%} of wrong spans"
        )


def measure_skills(crowd: Crowd) -> None:
    """How the table of skills ranks annotators, beside how gold does, on the same documents."""
    skills = Skills(crowd.annotations, crowd.documents)
    begun = time.process_time()
    for gold in merge(crowd.annotations, crowd.documents, method="sequence"):
        if gold.doc_id in crowd.answers:
            skills.see(gold)
    table = {
        skill.annotator: skill
        for skill in skills.table(samples=200, seed=0)
        if skill.label == ALL and skill.f1.value is not None
    }
    spent = time.process_time() - begun
    truth = {name: np.zeros(3) for name in table}
    for one in crowd.annotations:
        if one.doc_id in crowd.answers and one.annotator in truth:
            truth[one.annotator] += counts(
                {span.key for span in one.spans}, crowd.answers[one.doc_id]
            )
    names = sorted(table)
    said_f1 = np.array([table[name].f1.value for name in names], dtype=np.float64)
    said_finds = np.array([table[name].finds.value for name in names], dtype=np.float64)
    true_f1 = np.array([f1(truth[name]) for name in names])
    true_finds = np.array([truth[name][0] / truth[name][2] for name in names])
    held = np.mean(
        [
            (table[n].f1.low or 0) <= value <= (table[n].f1.high or 0)
            for n, value in zip(names, true_f1, strict=True)
        ]
    )
    print(
        f"skills of {len(names)}: rank correlation of F1 {spearman(said_f1, true_f1):.3f}, of finds"
        f" {spearman(said_finds, true_finds):.3f}; mean error of F1"
        f" {np.abs(said_f1 - true_f1).mean():.3f}; interval holds it for {held:.0%};"
        f" {spent:.1f} s CPU with the merge"
    )


def spearman(one: np.ndarray, other: np.ndarray) -> float:
    """Spearman's rank correlation of values without ties."""
    ranks = [np.argsort(np.argsort(values)) for values in (one, other)]
    return float(np.corrcoef(*ranks)[0, 1])


def measure_agreement(crowd: Crowd) -> None:
    """The agreement report's headline and its time."""
    begun, begun_wall = time.process_time(), time.perf_counter()
    report = agreement(crowd.annotations, crowd.documents)
    spent, wall = time.process_time() - begun, time.perf_counter() - begun_wall
    for figure in report.overall:
        print(f"{figure.name:24}{figure.value} [{figure.low}, {figure.high}] {figure.undefined}")
    print(f"{report.samples} samples in {spent:.1f} s CPU, {wall:.1f} s wall")


if __name__ == "__main__":
    raise SystemExit(main())
