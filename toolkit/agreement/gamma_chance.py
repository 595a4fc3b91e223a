"""Continua as chance would have them, in the likeness of given ones.

``statistical``: units one after the other with normal gaps and durations and a category
drawn as often as it was used, as many for each annotator as a normal number says; means
and standard deviations are those of the annotations. (The sampler that
pygamma-agreement takes by default, after the requirements of Mathet, Widlöcher and
Métivier 2015, section 5.1.)

``shift``: each annotator is some annotator of the same continuum, drawn at random, whose
units are all moved on by a random distance and re-enter at the start where they leave at
the end; the distances of two differ by half a mean unit at least (the same paper,
section 5.2).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from toolkit.agreement.coefficients import Floats
from toolkit.agreement.gamma_continua import Booleans, Units, in_order
from toolkit.agreement.layout import Integers, expand

Sampler = Literal["statistical", "shift"]

_SHORTEST = 1e-6
"""No unit of a random continuum is shorter than this."""

_RETRIES = 20
"""How often a distance is drawn again before one too near is taken."""


@dataclass(frozen=True, slots=True)
class Chance:
    """What random continua are made after.

    ``count``, ``gap``, ``duration``: mean and standard deviation for each continuum
    (2 x continua). The categories of continuum c are those of ``pool[first[c]:last[c]]``,
    each as likely as it is frequent there.
    """

    count: Floats
    gap: Floats
    duration: Floats
    pool: Integers
    first: Integers
    last: Integers


def chance(units: Units, *, by_continuum: bool) -> Chance:
    """Measure continua; each for itself, or gaps, durations and categories over all."""
    group = units.continuum if by_continuum else np.zeros(len(units), dtype=np.int64)
    groups = units.continua if by_continuum else 1
    seats = units.continuum * units.annotators + units.annotator
    counts = np.bincount(seats, minlength=units.continua * units.annotators)
    by_annotator = counts.reshape(units.continua, units.annotators).astype(np.float64)
    gap_group, gaps = _gaps(units, seats, group, groups)
    categories = np.argsort(group, kind="stable")
    ends = np.searchsorted(group[categories], np.arange(groups), side="right")
    begins = np.searchsorted(group[categories], np.arange(groups), side="left")

    def spread(table: Floats) -> Floats:
        return table if by_continuum else np.repeat(table, units.continua, axis=1)

    return Chance(
        count=np.stack([by_annotator.mean(1), by_annotator.std(1)]),
        gap=spread(_moments(gaps, gap_group, groups)),
        duration=spread(_moments(units.end - units.start, group, groups)),
        pool=units.category[categories],
        first=begins if by_continuum else np.repeat(begins, units.continua),
        last=ends if by_continuum else np.repeat(ends, units.continua),
    )


def _gaps(units: Units, seats: Integers, group: Integers, groups: int) -> tuple[Integers, Floats]:
    """Gaps from one unit to the next of the same annotator, and from the beginning.

    Each group has one gap of 0 more, so that there is one where every annotator has but
    one unit, at the very beginning.
    """
    order = np.lexsort((units.end, units.start, seats))
    seat, start, end = seats[order], units.start[order], units.end[order]
    follows = np.concatenate([[False], seat[1:] == seat[:-1]]) if len(seat) else seat > 0
    gap = np.where(follows, start - np.roll(end, 1), start)
    kept = follows | (gap > 0)
    return (
        np.concatenate([np.arange(groups), group[order][kept]]),
        np.concatenate([np.zeros(groups), gap[kept]]),
    )


def _moments(values: Floats, group: Integers, groups: int) -> Floats:
    """Mean and standard deviation of each group; 0 where it has no values."""
    size = np.maximum(np.bincount(group, minlength=groups), 1)
    mean = np.bincount(group, weights=values, minlength=groups) / size
    squares = np.bincount(group, weights=(values - mean[group]) ** 2, minlength=groups)
    return np.stack([mean, np.sqrt(squares / size)])


def sample_statistical(
    like: Units, measured: Chance, samples: int, generator: np.random.Generator
) -> Units:
    """``samples`` random continua for each continuum; sample s of c is ``s * continua + c``."""
    number, people = like.continua, like.annotators
    mean, deviation = (np.tile(row, samples)[:, None] for row in measured.count)
    counts = np.abs(
        generator.normal(mean, deviation, size=(samples * number, people)).astype(np.int64)
    )
    # A continuum without any unit has no disorder.
    counts[counts.sum(1) == 0, 0] = 1
    flat = counts.ravel()
    continuum = np.repeat(np.repeat(np.arange(samples * number), people), flat)
    annotator = np.repeat(np.tile(np.arange(people), samples * number), flat)
    source = continuum % max(number, 1)
    gap = generator.normal(measured.gap[0][source], measured.gap[1][source])
    length = generator.normal(measured.duration[0][source], measured.duration[1][source])
    length = np.maximum(np.abs(length), _SHORTEST)
    size = measured.last - measured.first
    drawn = measured.first[source] + (generator.random(len(source)) * size[source]).astype(np.int64)
    reached = np.cumsum(gap + length)
    begins = np.cumsum(flat) - flat
    before = np.where(begins > 0, reached[np.maximum(begins, 1) - 1], 0.0) if len(source) else flat
    end = reached - np.repeat(before, flat)
    return in_order(
        samples * number,
        people,
        continuum=continuum,
        annotator=annotator,
        start=end - length,
        end=end,
        category=measured.pool[drawn],
    )


def sample_shift(
    like: Units, length: Floats, samples: int, generator: np.random.Generator
) -> Units:
    """The same by shifting; ``length`` is each continuum's."""
    number, people = like.continua, like.annotators
    seats = like.continuum * people + like.annotator
    order = np.argsort(seats, kind="stable")
    begins = np.searchsorted(seats[order], np.arange(number * people))
    ends = np.searchsorted(seats[order], np.arange(number * people), side="right")
    size = np.maximum(like.per_continuum(), 1)
    mean = np.bincount(like.continuum, weights=like.end - like.start, minlength=number) / size
    target = np.arange(samples * number * people)
    continuum = target // people % max(number, 1)
    chosen = generator.integers(people, size=len(target))
    chosen = _somebody(chosen, continuum, people, ends > begins)
    distance = _apart(mean / 2, length, samples, people, generator)
    owner, place = expand(begins[continuum * people + chosen], ends[continuum * people + chosen])
    unit = order[place]
    room = length[continuum[owner]]
    moved = like.start[unit] + distance[owner]
    back = np.where(moved > room, room, 0.0)
    return in_order(
        samples * number,
        people,
        continuum=owner // people,
        annotator=owner % people,
        start=moved - back,
        end=like.end[unit] + distance[owner] - back,
        category=like.category[unit],
    )


def _somebody(chosen: Integers, continuum: Integers, people: int, has_units: Booleans) -> Integers:
    """The same choice, with a unit in every continuum: the first who has one, if need be."""
    marked = has_units[continuum * people + chosen].reshape(-1, people).any(1)
    first = has_units.reshape(-1, people).argmax(1)
    table = chosen.reshape(-1, people).copy()
    empty = np.flatnonzero(~marked)
    table[empty, 0] = first[continuum[empty * people]]
    return table.ravel()


def _apart(
    least: Floats, length: Floats, samples: int, people: int, generator: np.random.Generator
) -> Floats:
    """Random distances for each annotator of each random continuum.

    Drawn again, a few times, where one is nearer than ``least`` to one drawn before it.
    """
    room = np.tile(length, samples)
    near = np.tile(least, samples)
    drawn = np.empty((len(room), people))
    for person in range(people):
        drawn[:, person] = generator.random(len(room)) * room
        for _ in range(_RETRIES):
            close = (np.abs(drawn[:, :person] - drawn[:, person, None]) < near[:, None]).any(1)
            if not close.any():
                break
            drawn[close, person] = generator.random(int(close.sum())) * room[close]
    return drawn.ravel()
