"""What was counted in some documents: all that a report is made of, but for its examples.

Nothing that is counted in a document depends on the documents beside it, so the findings of
a corpus are those of its parts put together, to the last digit, however it was cut.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from toolkit.agreement.differences import KINDS, Differences, by_document, confusion
from toolkit.agreement.joining import join
from toolkit.agreement.kinds import kinds_by_pair
from toolkit.agreement.layout import Integers, Layout, overlapping
from toolkit.agreement.prepared import Prepared
from toolkit.agreement.sums import Tables
from toolkit.agreement.units import kind_of


@dataclass(frozen=True, slots=True)
class Findings:
    """What was counted.

    ``groups``: of each document what it is drawn with; ``passages``: stretches that one
    annotator saw and, in part at least, another; ``spans`` by annotator those that somebody
    else could have given too; ``units``: what the units are; ``used``: labels, before any
    were taken for the same; ``kinds`` of differences (documents x ``KINDS``), in finer form
    by pair, from the side of its first; ``confusion``: how often two labels were given to
    what was matched.
    """

    tables: Tables
    groups: tuple[str, ...]
    passages: int
    spans: Counter[str]
    units: str
    used: frozenset[str]
    kinds: Integers
    kinds_by_pair: dict[tuple[str, str], Counter[str]]
    confusion: Counter[tuple[str, str]]


def findings(prepared: Prepared, differences: Differences, used: Iterable[str]) -> Findings:
    """What was counted in documents that are laid out."""
    layout = prepared.layout
    names = layout.annotators
    per_annotator = prepared.spans.per_annotator.tolist()
    confused: Counter[tuple[str, str]] = Counter()
    for one in confusion(layout, prepared.rows, prepared.contacts):
        confused[one.label_a, one.label_b] += one.count
    return Findings(
        prepared.tables,
        tuple(prepared.names),
        _shared_passages(layout),
        Counter(dict(zip(names, per_annotator, strict=True))),
        prepared.units.kind,
        frozenset(used),
        by_document(layout, differences),
        kinds_by_pair(layout, differences),
        confused,
    )


def together(parts: Iterable[Findings], labels: Iterable[str]) -> Findings:
    """The findings of all documents from those of parts, of which each has other documents.

    Args:
        parts: in any order; what they hold is let go of as soon as may be.
        labels: those that come first, in every part as in all.
    """
    tables: list[Tables] = []
    groups: list[str] = []
    kinds: list[Integers] = [np.zeros((0, len(KINDS)), dtype=np.int64)]
    passages = 0
    units: set[str] = set()
    used: set[str] = set()
    spans: Counter[str] = Counter()
    confused: Counter[tuple[str, str]] = Counter()
    by_pair: dict[tuple[str, str], Counter[str]] = {}
    for part in parts:
        tables.append(part.tables)
        groups += part.groups
        kinds.append(part.kinds)
        passages += part.passages
        units |= {part.units} if part.groups else set()
        used |= part.used
        spans.update(part.spans)
        confused.update(part.confusion)
        for pair, counts in part.kinds_by_pair.items():
            by_pair.setdefault(pair, Counter()).update(counts)
    ids = [doc_id for one in tables for doc_id in one.ids]
    order = sorted(range(len(ids)), key=ids.__getitem__)
    return Findings(
        join(tables, order, labels),
        tuple(groups[number] for number in order),
        passages,
        spans,
        kind_of(units),
        frozenset(used),
        np.concatenate(kinds)[np.array(order, dtype=np.int64)],
        dict(sorted(by_pair.items())),
        confused,
    )


def _shared_passages(layout: Layout) -> int:
    """How many stretches were seen by one annotator and, in part at least, by another."""
    regions = layout.regions
    seen = np.concatenate(overlapping(regions))
    return len(set(zip(regions.start[seen].tolist(), regions.end[seen].tolist(), strict=True)))
