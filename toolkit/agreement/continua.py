"""The stretches of text that the same annotators saw: what unitizing measures work on.

A continuum is a longest stretch of one document that the same two annotators or more saw
all of. Who saw it and marked nothing said "gap"; who didn't see it is missing and takes
no part in it. How a document was cut into passages makes no difference where the same
people saw them. A unit that reaches out of a continuum is cut at its border.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from toolkit.agreement.layout import Integers, Layout, expand


@dataclass(frozen=True, slots=True)
class Continua:
    """Continua on the line, in order; seats (who takes part), in order; units.

    A seat is one annotator in one continuum. Units are spans, cut where need be: each has
    its seat, its place on the line, and the span's label.
    """

    start: Integers
    end: Integers
    document: Integers
    raters: Integers
    seat_continuum: Integers
    seat_annotator: Integers
    unit_seat: Integers
    unit_start: Integers
    unit_end: Integers
    unit_label: Integers

    def __len__(self) -> int:
        return len(self.start)


def find_continua(layout: Layout) -> Continua:
    """Find the continua of a layout."""
    regions, people = layout.regions, max(len(layout.annotators), 1)
    borders = np.unique(np.concatenate([regions.start, regions.end]))
    region, piece = expand(
        np.searchsorted(borders, regions.start), np.searchsorted(borders, regions.end)
    )
    seen = np.unique(piece * people + regions.annotator[region])
    piece, annotator = np.divmod(seen, people)
    pieces = max(len(borders) - 1, 0)
    raters = np.bincount(piece, minlength=pieces)
    # A piece goes on with the one before it if the same people saw both.
    before = np.isin(seen - people, seen)
    same = np.bincount(piece[before], minlength=pieces)
    document = np.searchsorted(layout.origin, borders[:-1], side="right") - 1
    joins = np.zeros(pieces, dtype=np.bool_)
    joins[1:] = (
        (same[1:] == raters[1:]) & (raters[1:] == raters[:-1]) & (document[1:] == document[:-1])
    )
    first = np.flatnonzero(~joins & (raters > 1))
    last = np.append(np.flatnonzero(~joins), pieces)
    until = last[np.searchsorted(last, first, side="right")]
    number = np.full(pieces, -1)
    number[first] = np.arange(len(first))
    begins = number[piece] >= 0
    seat_continuum, seat_annotator = number[piece[begins]], annotator[begins]
    start, end = borders[first], borders[until]
    return Continua(
        start,
        end,
        document[first],
        raters[first],
        seat_continuum,
        seat_annotator,
        *_units(layout, start, end, seat_continuum * people + seat_annotator),
    )


def _units(
    layout: Layout, start: Integers, end: Integers, seats: Integers
) -> tuple[Integers, Integers, Integers, Integers]:
    """Seat, start, end and label of each span in each continuum that its annotator is in."""
    spans, people = layout.spans, max(len(layout.annotators), 1)
    span, continuum = expand(
        np.searchsorted(end, spans.start, side="right"),
        np.searchsorted(start, spans.end, side="left"),
    )
    wanted = continuum * people + spans.annotator[span]
    seat = np.searchsorted(seats, wanted)
    sits = seat < len(seats)
    sits[sits] = seats[seat[sits]] == wanted[sits]
    span, continuum, seat = span[sits], continuum[sits], seat[sits]
    return (
        seat,
        np.maximum(spans.start[span], start[continuum]),
        np.minimum(spans.end[span], end[continuum]),
        spans.label[span],
    )
