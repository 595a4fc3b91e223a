"""What ``merge --simulate`` expects of one more annotator, beside what one more brings.

    python benchmarks/simulation.py [DIRECTORY]

Of the crowd's data (``benchmarks/gold.py``) 2, 3 and 4 annotators of each sentence are kept
by chance, of 1,400 sentences with gold. What the simulation expects of the next one is
compared with what the next real one does, against gold.
"""

from __future__ import annotations

import random
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import NamedTuple

from benchmarks.gold import CROWD, Crowd, read_crowd
from benchmarks.measuring import cost_of, directory_given
from toolkit.gold.merge import merge
from toolkit.gold.simulate import simulate
from toolkit.model import Annotation, Document

SENTENCES = 1400
KEPT = (2, 3, 4)
SEED = 0


def main() -> int:
    """Print the figures; 0 also where there is nothing to measure."""
    directory = directory_given(__doc__, CROWD)
    if not directory.is_dir():
        print(f"{directory}: not there, nothing measured")
        return 0
    errors = []
    for row in compared(directory):
        errors.append(row.gain[0] - (row.then - row.now))
        print(
            f"{row.method:9} {row.kept} -> {row.kept + 1}: F1 expected {row.level:.3f}, "
            f"measured {row.now:.3f}; gain expected {row.gain[0]:+.3f} ({row.gain[1]:+.3f} to "
            f"{row.gain[2]:+.3f}), measured {row.then - row.now:+.3f}; {row.cpu:.1f} CPU s",
            flush=True,
        )
    print(
        f"gain: mean error {sum(errors) / len(errors):+.3f}, "
        f"mean absolute error {sum(map(abs, errors)) / len(errors):.3f}"
    )
    return 0


class Row(NamedTuple):
    """What is expected of ``kept`` annotators and of one more, and what these bring.

    ``level`` and ``gain`` (with its 95 % interval) are expected, ``now`` and ``then`` measured.
    """

    method: str
    kept: int
    level: float
    gain: tuple[float, float, float]
    now: float
    then: float
    cpu: float


def compared(directory: Path) -> Iterator[Row]:
    """A row for each method and number of annotators."""
    crowd = read_crowd(directory)
    given = _shuffled(crowd)
    documents = {doc_id: crowd.documents[doc_id] for doc_id in given}
    for method in ("majority", "sequence"):
        for kept in KEPT:
            some = [one for each in given.values() for one in each[:kept]]
            more = [one for each in given.values() for one in each[: kept + 1]]
            expected, cost = cost_of(partial(simulate, some, documents, method=method))
            now, then = (_f1(one, crowd, documents, method) for one in (some, more))
            level, gain = expected.outlooks[0].f1[0], expected.outlooks[1].gain
            yield Row(method, kept, level, gain, now, then, cost.cpu)


def _shuffled(crowd: Crowd) -> dict[str, list[Annotation]]:
    """Annotations of some sentences, in an order drawn by chance."""
    rng = random.Random(SEED)  # noqa: S311 - a sample, no secret
    given: dict[str, list[Annotation]] = {
        doc_id: [] for doc_id in rng.sample(sorted(crowd.answers), SENTENCES)
    }
    for one in crowd.annotations:
        if one.doc_id in given:
            given[one.doc_id].append(one)
    return {doc_id: rng.sample(some, len(some)) for doc_id, some in given.items()}


def _f1(
    annotations: list[Annotation], crowd: Crowd, documents: dict[str, Document], method: str
) -> float:
    right = found = true = 0
    for gold in merge(annotations, documents, method=method):
        keys, answer = {span.key for span in gold.spans}, crowd.answers[gold.doc_id]
        right, found, true = right + len(keys & answer), found + len(keys), true + len(answer)
    return 2 * right / (found + true)


if __name__ == "__main__":
    sys.exit(main())
