"""Spans over a line break, and spans far longer than their label's others."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from math import log
from statistics import median

from toolkit.datasets.checks.finding import Finding, Material, at

BREAK, LONG = "line-break", "very-long"

_BREAK_DOUBT = 0.9

_LEAST_LENGTH = 10
"""Characters; a shorter span is never very long."""

_FAR = 4.0
"""How many deviations above the median of its label's lengths a span is very long."""

_LEAST_DEVIATION = 0.25
"""Of logarithms of lengths, for labels whose spans are nearly all of one length."""


def line_breaks(material: Material) -> Iterator[Finding]:
    """The spans that a line break is inside of."""
    for document in material.gold():
        for span in document.spans:
            breaks = len(document.text[span.start : span.end].splitlines()) - 1
            if breaks > 0:
                why = f"reaches over {breaks} line break{'s' * (breaks > 1)}"
                yield at(BREAK, document, span, why, _BREAK_DOUBT)


def very_long(material: Material) -> Iterator[Finding]:
    """The spans whose length lies far outside of their label's.

    By the median and the median absolute deviation of the logarithms of lengths, which the
    long ones themselves hardly move (Iglewicz and Hoaglin 1993).
    """
    lengths: defaultdict[str, list[int]] = defaultdict(list)
    for document in material.gold():
        for span in document.spans:
            lengths[span.label].append(span.end - span.start)
    usual = {label: _centre_and_deviation(those) for label, those in lengths.items()}
    for document in material.gold():
        for span in document.spans:
            length = span.end - span.start
            centre, deviation = usual[span.label]
            far = (log(length) - centre) / deviation if length >= _LEAST_LENGTH else 0.0
            if far > _FAR:
                middle = median(lengths[span.label])
                why = f"{length} characters; half of all {span.label} have up to {middle:g}"
                yield at(LONG, document, span, why, 1 - _FAR / (2 * far))


def _centre_and_deviation(lengths: Sequence[int]) -> tuple[float, float]:
    logs = [log(length) for length in lengths]
    centre = median(logs)
    # 1.4826 makes it the standard deviation where lengths are normally distributed.
    deviation = 1.4826 * median([abs(one - centre) for one in logs])
    return centre, max(_LEAST_DEVIATION, deviation)
