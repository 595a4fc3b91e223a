"""Errors as people make them, made on purpose: what a real one is compared with."""

from __future__ import annotations

import random
from collections.abc import Sequence

from toolkit.model import Span

_STEPS = (-2, -1, 1, 2)
"""Characters by which a boundary is moved."""


def relabelled(span: Span, labels: Sequence[str], draw: random.Random) -> Span | None:
    """The span with another label; None if there is none."""
    others = [label for label in labels if label != span.label]
    return Span(span.start, span.end, draw.choice(others)) if others else None


def moved(span: Span, others: Sequence[Span], length: int, draw: random.Random) -> Span | None:
    """The span with one end elsewhere in a text of this length, touching none of the others.

    None if there is no room.
    """
    places = [(span.start + by, span.end) for by in _STEPS]
    places += [(span.start, span.end + by) for by in _STEPS]
    free = [
        (start, end)
        for start, end in places
        if 0 <= start < end <= length
        and not any(one.start < end and start < one.end for one in others)
    ]
    return Span(*draw.choice(free), span.label) if free else None
