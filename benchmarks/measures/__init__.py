"""The measures of ``make bench``, by name: each gives figures beside a peer's of the same run.

A new one is a function that yields figures, and a line in ``MEASURES``. It takes whether it
should be quick, that is over smaller sizes, and raises ``Absent`` where something isn't here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from benchmarks.figures import Figure
from benchmarks.measures import agreement, corpus, datasets, gold, rules, scale, start, studio

Measure = Callable[[bool], Iterator[Figure]]

MEASURES: dict[str, Measure] = {
    "start": start.start,
    "rules-speed": rules.speed,
    "rules-quality": rules.quality,
    "repair": corpus.repair,
    "ingest": corpus.ingest,
    "near-duplicates": corpus.near_duplicates,
    "push": studio.push,
    "agreement": agreement.agreement,
    "gamma": agreement.gamma,
    "merge-quality": gold.quality,
    "merge-size": gold.size,
    "simulation": gold.simulation,
    "export": datasets.export,
    "checks": datasets.checks,
    "workers": scale.workers,
}
"""By name, in the order in which they run."""
