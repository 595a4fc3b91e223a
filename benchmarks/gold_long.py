"""Long spans: whole spans against votes and the sequential model.

    python benchmarks/gold_long.py [DIRECTORY]

Two kinds. Invented abstracts: sentences of invented words with spans of 5 to 40 tokens of
one label; annotators find 30 to 60 %, shift boundaries, split and invent. And two coders'
mentions of groups in speeches, with the review of some as truth (the directory holds
``uk-commons-coder1.jsonl``, ``-coder2``, ``-review``); labels are left out, since the
review's are others than the coders'.
"""

from __future__ import annotations

import json
import random
import time
from pathlib import Path

from benchmarks.gold import Keys
from benchmarks.gold_small import strict_f1
from benchmarks.measuring import directory_given
from toolkit.gold.merge import merge
from toolkit.gold.methods import Choices
from toolkit.model import AnnotatedSpan, Annotation, Document

GROUPS = Path(__file__).parents[2] / "shared" / "data" / "group-mentions"

RUNS = {
    "spans >= 1/2": ("majority-spans", 0.5),
    "spans >= 1/3": ("majority-spans", 1 / 3),
    "spans >= 1/4": ("majority-spans", 0.25),
    "place >= 1/3": ("majority", 1 / 3),
    "sequence": ("sequence", 0.5),
    "spans": ("spans", 0.5),
    "auto": ("auto", 0.5),
}

Job = tuple[list[Annotation], dict[str, Document], dict[str, Keys]]


def main() -> int:
    """Print a line of strict F1 for each job."""
    directory = directory_given(__doc__, GROUPS)
    for people in (3, 6, 9):
        show(f"invented, {people} each", [invented(300, people, seed) for seed in range(2)])
    if directory.is_dir():
        show("group mentions", [reviewed(directory)])
    return 0


def show(name: str, jobs: list[Job]) -> None:
    """Strict F1 of every run, a mean over the jobs, and its time."""
    figures = []
    for run, (method, quorum) in RUNS.items():
        begun = time.process_time()
        values = [
            strict_f1(
                {
                    gold.doc_id: {span.key for span in gold.spans}
                    for gold in merge(
                        annotations, documents, method=method, choices=Choices(quorum=quorum)
                    )
                },
                truth,
            )
            for annotations, documents, truth in jobs
        ]
        figures.append(
            f"{run} {100 * sum(values) / len(values):.1f} ({time.process_time() - begun:.1f} s)"
        )
    print(f"{name:20}{'  '.join(figures)}", flush=True)


def invented(documents: int, people: int, seed: int) -> Job:
    """Abstracts nobody wrote, each seen by some of thirty invented annotators."""
    rng = random.Random(seed)  # noqa: S311 - invented data
    crowd = [
        (f"a{n:02}", rng.uniform(0.3, 0.6), rng.uniform(0.15, 0.5), rng.uniform(0.0, 0.8))
        for n in range(30)
    ]
    annotations, texts, truth = [], {}, {}
    for number in range(documents):
        words = [f"w{int(rng.paretovariate(0.7)) % 5000}" for _ in range(200)]
        starts = [0]
        for word in words:
            starts.append(starts[-1] + len(word) + 1)
        spans, place = [], rng.randint(0, 20)
        while place < 150:
            length = rng.randint(5, 40)
            spans.append((place, place + length))
            place += length + rng.randint(5, 60)
        doc_id = f"d{number:03}"

        def characters(
            marked: list[tuple[int, int]], starts: list[int] = starts
        ) -> list[tuple[int, int, str]]:
            return [(starts[a], starts[b] - 1, "P") for a, b in marked]

        texts[doc_id] = Document(doc_id, " ".join(words))
        truth[doc_id] = set(characters(spans))
        for name, finds, shifts, invents in rng.sample(crowd, people):
            marked = given(rng, spans, finds, shifts, invents)
            mine = tuple(AnnotatedSpan(*key) for key in characters(marked))
            annotations.append(Annotation(doc_id, name, mine))
    return annotations, texts, truth


def given(
    rng: random.Random, spans: list[tuple[int, int]], finds: float, shifts: float, invents: float
) -> list[tuple[int, int]]:
    """What an annotator gives for these spans of words, flat and in order."""
    marked: list[tuple[int, int]] = []
    for first, last in spans:
        if rng.random() > finds:
            continue
        start, end = first, last
        if rng.random() < shifts:
            start = max(0, start + rng.choice((-3, -2, -1, 1, 2, 3)))
        if rng.random() < shifts:
            end = min(200, end + rng.choice((-6, -4, -2, -1, 1, 2)))
        if end - start > 12 and rng.random() < 0.15:
            middle = rng.randint(start + 4, end - 4)
            marked += [(start, middle), (middle + 1, end)]
        else:
            marked.append((start, max(end, start + 1)))
    if rng.random() < invents:
        start = rng.randint(0, 180)
        marked.append((start, start + rng.randint(3, 15)))
    flat: list[tuple[int, int]] = []
    for one in sorted(marked):
        if not flat or one[0] >= flat[-1][1]:
            flat.append(one)
    return flat


def reviewed(directory: Path) -> Job:
    """Two coders, and the review of the same sentences."""
    read = {
        name: [
            json.loads(line)
            for line in (directory / f"uk-commons-{name}.jsonl").read_text("utf-8").splitlines()
        ]
        for name in ("coder1", "coder2", "review")
    }
    truth = {row["text"]: {(a, b, "GROUP") for a, b, _ in row["label"]} for row in read["review"]}
    annotations, documents, seen = [], {}, set()
    for name in ("coder1", "coder2"):
        for row in read[name]:
            documents[row["text"]] = Document(row["text"], row["text"])
            if (name, row["text"]) in seen:
                continue
            seen.add((name, row["text"]))
            spans: list[AnnotatedSpan] = []
            for a, b, _ in sorted(row["label"]):
                if not spans or a >= spans[-1].end:
                    spans.append(AnnotatedSpan(a, b, "GROUP"))
            annotations.append(Annotation(row["text"], name, tuple(spans)))
    shared = {text for name, text in seen if ("coder1", text) in seen and ("coder2", text) in seen}
    return annotations, documents, {text: keys for text, keys in truth.items() if text in shared}


if __name__ == "__main__":
    raise SystemExit(main())
