"""Agreement of any number of documents: what ``results.agreement`` is made of.

Documents and annotations are dealt to portions on disk, each portion is counted by itself,
as many at a time as there are workers, and only the sums come together in memory.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

import numpy as np
from msgspec import Struct

from toolkit.agreement.breakdown import AgreementReport
from toolkit.agreement.counting import Counting
from toolkit.agreement.findings import Findings
from toolkit.agreement.in_parts import Records, agreement_in_parts, part
from toolkit.gold.sample import rank_of
from toolkit.model import Annotation, Document
from toolkit.parallel.engines import InProcess, fitted, open_engine
from toolkit.settings import Settings
from toolkit.stages.joined import Joined, Portion

PORTION = 1_500_000
"""Characters times readers of a portion: large enough for numpy, small enough for memory."""

WORTH_A_WORKER = 5_000_000
"""Characters times readers that take about twice as long to count as a worker takes to start."""


class Work(Struct, frozen=True):
    """Counts portions, here or in another process."""

    labels: tuple[str, ...]
    counting: Counting

    def __call__(self, portion: Portion) -> Findings:
        """What is found in the portion's documents."""
        documents, annotations, _ = portion.read()
        return part((annotations, documents), self.labels, self.counting)


def agreement(
    annotations: Iterable[Annotation],
    documents: Iterable[Document],
    origin: Path | str,
    work: Work,
    *,
    settings: Settings,
    watched: Callable[[str], None] | None = None,
) -> AgreementReport:
    """The report of ``breakdown.agreement``, whatever the order and the number of the records.

    Args:
        annotations: a history.
        documents: with ids of their own.
        origin: where the documents are from, for messages.
        work: what to count.
        settings: how many samples to draw, and where to count.
        watched: is told the address of a dashboard, if there is one.

    Raises:
        InputError: an annotation's document isn't among the documents, or its tokens aren't
            in order.
        OffsetError: a span or a passage doesn't fit its text.
        RecordError: two documents share an id.
        UsageError: a label in a group doesn't exist.
    """
    with tempfile.TemporaryDirectory(prefix="toolkit-agreement-") as folder:
        joined = Joined(Path(folder), rank_of, documents, origin)
        sizes = np.zeros(len(joined), dtype=np.int64)
        for numbers, batch in joined.add(annotations):
            np.add.at(sizes, numbers, joined.sizes(numbers, batch))

        def read(doc_ids: Sequence[str]) -> Records:
            some = [one.read() for one in joined.some(sorted(joined.numbers(doc_ids).tolist()))]
            return (
                [one for _, mine, _ in some for one in mine],
                {doc_id: one for found, _, _ in some for doc_id, one in found.items()},
            )

        return agreement_in_parts(
            _counted(joined.portions(sizes, PORTION), int(sizes.sum()), work, settings, watched),
            read,
            labels=work.labels,
            counting=work.counting,
            samples=settings.agreement.samples,
            seed=settings.agreement.seed,
        )


def _counted(
    portions: Iterator[Portion],
    size: int,
    work: Work,
    settings: Settings,
    watched: Callable[[str], None] | None,
) -> Iterator[Findings]:
    """What is found in each portion, in any order; workers end when all are done."""
    if size <= PORTION:
        yield from (found for _, found in InProcess().each(work, portions))
        return
    with open_engine(fitted(settings.parallel, size, worth=WORTH_A_WORKER)) as engine:
        if watched and engine.dashboard:
            watched(engine.dashboard)
        yield from (found for _, found in engine.each(work, portions))
