"""Small jobs: does the model hold against voting where there is little to learn from?

    python benchmarks/gold_small.py [DIRECTORY]

Some articles of the development part, some of each article's workers, several seeds,
and two regimes: all workers, and those whose own strict F1 is at least 60.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Sequence
from statistics import mean

import numpy as np

from benchmarks.gold import CROWD, Crowd, Keys, counts, f1, read_crowd
from benchmarks.measuring import directory_given
from toolkit.gold.merge import merge
from toolkit.gold.methods import Choices
from toolkit.model import Annotation

RULES = {
    "place, then label >= 1/2": ("majority", 0.5),
    "place, then label >= 1/3": ("majority", 1 / 3),
    "spans > 1/2": ("majority-spans", 0.501),
    "spans >= 1/2": ("majority-spans", 0.5),
    "spans >= 1/3": ("majority-spans", 1 / 3),
}
MODELS = ("dawid-skene", "sequence", "sequence-thorough")
SEEDS = range(4)


def main() -> int:
    """Print a line for each cell: the best rule, the models, and the lead of the default."""
    directory = directory_given(__doc__, CROWD)
    if not directory.is_dir():
        print(f"{directory}: not there, nothing measured")
        return 0
    crowd = read_crowd(directory)
    good = {name for name, value in worker_f1(crowd).items() if value >= 0.6}
    leads = []
    for regime, workers in (("all workers", None), ("workers with F1 >= 60", good)):
        for articles in (20, 40, 60):
            for several in (2, 3):
                begun = time.process_time()
                cell: dict[str, list[float]] = defaultdict(list)
                for seed in SEEDS:
                    for name, value in one_job(crowd, workers, articles, several, seed).items():
                        cell[name].append(value)
                means = {name: 100 * mean(values) for name, values in cell.items()}
                rule = max(RULES, key=means.__getitem__)
                leads.append(means["sequence"] - means[rule])
                print(
                    f"{regime:22} {articles} x {several}  {rule:25}{means[rule]:.1f}  "
                    + "  ".join(f"{name} {means[name]:.1f}" for name in MODELS)
                    + f"  lead {leads[-1]:+.1f}  {time.process_time() - begun:.0f} s",
                    flush=True,
                )
    print(f"mean lead of sequence over the best rule of each cell {mean(leads):+.2f}")
    print(f"smallest {min(leads):+.2f}")
    return 0


def worker_f1(crowd: Crowd) -> dict[str, float]:
    """Each worker's own strict F1 against gold, pooled over their documents."""
    table: dict[str, np.ndarray] = defaultdict(lambda: np.zeros(3))
    for annotation in crowd.annotations:
        if annotation.doc_id in crowd.answers:
            found = {span.key for span in annotation.spans}
            table[annotation.annotator] += counts(found, crowd.answers[annotation.doc_id])
    return {name: f1(row) for name, row in table.items()}


def one_job(
    crowd: Crowd, workers: set[str] | None, articles: int, several: int, seed: int
) -> dict[str, float]:
    """Strict F1 of every rule and model on one job drawn with this seed."""
    rng = np.random.default_rng(seed)
    by_article: dict[str, list[Annotation]] = defaultdict(list)
    for annotation in crowd.annotations:
        if annotation.doc_id in crowd.answers and (
            workers is None or annotation.annotator in workers
        ):
            by_article[crowd.article[annotation.doc_id]].append(annotation)
    taken: list[Annotation] = []
    drawn = 0
    for article in rng.permutation(sorted(by_article)):
        names = sorted({annotation.annotator for annotation in by_article[article]})
        if len(names) < several or drawn == articles:
            continue
        drawn += 1
        chosen = set(rng.choice(names, several, replace=False).tolist())
        taken += [a for a in by_article[article] if a.annotator in chosen]
    ids = {annotation.doc_id for annotation in taken}
    documents = {doc_id: crowd.documents[doc_id] for doc_id in crowd.documents if doc_id in ids}
    answers = {doc_id: crowd.answers[doc_id] for doc_id in ids}
    runs: list[tuple[str, str, Choices]] = [
        *((rule, method, Choices(quorum=quorum)) for rule, (method, quorum) in RULES.items()),
        *((model, model, Choices()) for model in MODELS),
    ]
    return {
        name: strict_f1(
            {
                gold.doc_id: {span.key for span in gold.spans}
                for gold in merge(taken, documents, method=method, choices=choices)
            },
            answers,
        )
        for name, method, choices in runs
    }


def strict_f1(found: dict[str, Keys], answers: dict[str, Keys]) -> float:
    """Strict F1 over these documents."""
    rows: Sequence[np.ndarray] = [counts(found.get(i, set()), keys) for i, keys in answers.items()]
    return f1(np.sum(rows, axis=0))


if __name__ == "__main__":
    raise SystemExit(main())
