"""Gold and agreement on a crowd's annotations: quality against gold, and time.

    python benchmarks/gold.py [DIRECTORY]

The directory holds ``documents.jsonl``, ``annotations.jsonl`` and ``gold-dev.jsonl``
(47 crowd workers on CoNLL-2003; Rodrigues, Pereira, Ribeiro 2014). The text is not
ours to give away, so it is read where it lies and skipped where it doesn't.
"""

from __future__ import annotations

import sys
import time
from collections import Counter
from fractions import Fraction
from pathlib import Path

from msgspec import Struct

from toolkit.agreement.breakdown import agreement
from toolkit.gold.cases import View
from toolkit.gold.merge import METHODS, merge
from toolkit.gold.vote import vote
from toolkit.model import Annotation, Document, Span
from toolkit.records import index_documents, read_jsonl

CROWD = Path(__file__).parents[2] / "shared" / "data" / "crowd-ner"

Keys = set[tuple[int, int, str]]


class Answer(Struct):
    """The right spans of one document."""

    doc_id: str
    spans: tuple[Span, ...]


def main() -> int:
    """Print the figures; 0 also where there is nothing to measure."""
    directory = Path(sys.argv[1]) if len(sys.argv) > 1 else CROWD
    if not directory.is_dir():
        print(f"{directory}: not there, nothing measured")
        return 0
    source = directory / "documents.jsonl"
    documents = index_documents(read_jsonl(source, Document), source)
    annotations = list(read_jsonl(directory / "annotations.jsonl", Annotation))
    answers = {
        answer.doc_id: {span.key for span in answer.spans}
        for answer in read_jsonl(directory / "gold-dev.jsonl", Answer)
    }
    print(f"{len(documents)} documents, {len(annotations)} annotations, gold for {len(answers)}")
    measure_methods(annotations, documents, answers)
    measure_rules(annotations, documents, answers)
    measure_agreement(annotations, documents)
    return 0


def measure_methods(
    annotations: list[Annotation], documents: dict[str, Document], answers: dict[str, Keys]
) -> None:
    """Strict span precision, recall and F1 of every merge method."""
    for method in METHODS:
        if method == "expert":
            continue
        begun = time.process_time()
        gold = {
            document.doc_id: {span.key for span in document.spans}
            for document in merge(annotations, documents, method=method)
        }
        print(f"{method:24}{scored(gold, answers)}  {time.process_time() - begun:.1f} s CPU")


def measure_rules(
    annotations: list[Annotation], documents: dict[str, Document], answers: dict[str, Keys]
) -> None:
    """The span vote with other quorums, and beside it a vote on whole spans."""
    views: dict[str, list[View]] = {}
    for annotation in annotations:
        end = len(documents[annotation.doc_id].text)
        view = View(annotation.annotator, 0, end, annotation.spans)
        views.setdefault(annotation.doc_id, []).append(view)
    for quorum in (Fraction(501, 1000), Fraction(1, 2), Fraction(2, 5), Fraction(1, 3)):
        placed = {
            doc_id: {(won.start, won.end, won.label) for won in vote(seen, quorum).winners}
            for doc_id, seen in views.items()
        }
        whole = {doc_id: whole_spans(seen, quorum) for doc_id, seen in views.items()}
        print(f"quorum {float(quorum):.3f}: place, then label   {scored(placed, answers)}")
        print(f"quorum {float(quorum):.3f}: offsets with label  {scored(whole, answers)}")


def whole_spans(views: list[View], quorum: Fraction) -> Keys:
    """Spans that a quorum gave alike, label and all; the one with more votes, then longer."""
    votes = Counter(key for view in views for key in {span.key for span in view.spans})
    kept: Keys = set()
    for key, count in sorted(votes.items(), key=lambda v: (-v[1], v[0][0] - v[0][1], v[0])):
        free = all(key[1] <= other[0] or other[1] <= key[0] for other in kept)
        if count >= quorum * len(views) and free:
            kept.add(key)
    return kept


def measure_agreement(annotations: list[Annotation], documents: dict[str, Document]) -> None:
    """The agreement report's headline and its time."""
    begun, begun_wall = time.process_time(), time.perf_counter()
    report = agreement(annotations, documents)
    spent, wall = time.process_time() - begun, time.perf_counter() - begun_wall
    for figure in report.overall:
        print(f"{figure.name:24}{figure.value} [{figure.low}, {figure.high}] {figure.undefined}")
    print(f"{report.samples} samples in {spent:.1f} s CPU, {wall:.1f} s wall")


def scored(found: dict[str, Keys], answers: dict[str, Keys]) -> str:
    """Strict precision, recall and F1 over the documents that have an answer."""
    right = sum(len(found.get(doc_id, set()) & keys) for doc_id, keys in answers.items())
    given = sum(len(found.get(doc_id, set())) for doc_id in answers)
    wanted = sum(len(keys) for keys in answers.values())
    return f"P {right / given:.3f}  R {right / wanted:.3f}  F1 {2 * right / (given + wanted):.4f}"


if __name__ == "__main__":
    raise SystemExit(main())
