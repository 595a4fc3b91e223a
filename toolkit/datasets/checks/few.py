"""Labels with few examples, or none: neither trained nor measured well."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from toolkit.datasets.checks.finding import Finding, Material, overall

KIND = "few-examples"

FEW = 50
"""Spans: below it, a share measured on a tenth of them rests on under five."""


def find(material: Material) -> Iterator[Finding]:
    """The labels with fewer spans than ``FEW``, by how few."""
    counts: Counter[str] = Counter(dict.fromkeys(material.labels, 0))
    for document in material.gold():
        counts.update(span.label for span in document.spans)
    for label, count in counts.items():
        if count < FEW:
            why = f"{count} spans, under {FEW}" if count else "no span at all"
            yield overall(KIND, why, 1 - count / FEW, label)
