"""γ, γ-cat and γ-k of annotations, with intervals."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from msgspec import Struct

from toolkit.agreement.bootstrap import Resamples
from toolkit.agreement.coefficients import Floats
from toolkit.agreement.continua import Continua
from toolkit.agreement.figures import GAMMA, GAMMA_CAT, GAMMA_K, NO_SPANS, Figure, figure
from toolkit.agreement.gamma import Disorders, GammaSettings, disorders
from toolkit.agreement.gamma_continua import Units, in_order
from toolkit.agreement.layout import Integers, Layout

_NO_CHANCE = "chance has no disorder here, so nothing is left beyond it"


class GammaNote(Struct, frozen=True):
    """What γ rests on.

    ``documents`` of those that two annotators or more saw, ``continua`` of them with
    spans, and ``samples`` random continua for each. ``least`` and ``most`` are what γ is
    at least and at most, where some best alignment could not be proven to be the best;
    elsewhere both are γ.
    """

    documents: int
    continua: int
    samples: int
    least: float | None
    most: float | None


@dataclass(frozen=True, slots=True)
class GammaFigures:
    """γ and γ-cat over all, γ-k by label, and what they rest on."""

    overall: tuple[Figure, ...]
    by_label: dict[str, Figure]
    note: GammaNote


def gamma_figures(
    layout: Layout,
    continua: Continua,
    resamples: Resamples,
    settings: GammaSettings,
    documents: int | None = None,
) -> GammaFigures:
    """Align what was annotated; in ``documents`` documents drawn by the seed, or in all."""
    chosen = _drawn(len(layout.documents), documents, settings.seed)
    batches = _batches(continua, chosen)
    if not batches:
        return _nothing(layout, int(chosen.sum()))
    found = disorders(
        [batch.units for batch in batches],
        [batch.length for batch in batches],
        len(layout.labels),
        settings,
    )
    document = np.concatenate([batch.document for batch in batches])
    times = resamples.times(document)
    spans = sum(len(batch.units) for batch in batches)
    groups = len(np.unique(resamples.group[document]))

    def made(name: str, values: Floats, why: str = _NO_CHANCE) -> Figure:
        return figure(name, values, spans, groups, resamples, why)

    least, most = _bounds(found)
    return GammaFigures(
        (made(GAMMA, found.gamma(times)), made(GAMMA_CAT, found.gamma_cat(times))),
        {
            label: made(GAMMA_K, found.gamma_cat(times, i))
            for i, label in enumerate(layout.labels)
            if i > 0
        },
        GammaNote(int(chosen.sum()), len(document), found.samples, least, most),
    )


@dataclass(frozen=True, slots=True)
class _Batch:
    """Continua with the same number of annotators, with their lengths and documents."""

    units: Units
    length: Floats
    document: Integers


def _drawn(number: int, wanted: int | None, seed: int) -> np.typing.NDArray[np.bool_]:
    """Which documents take part."""
    if wanted is None or wanted >= number:
        return np.ones(number, dtype=np.bool_)
    drawn = np.zeros(number, dtype=np.bool_)
    drawn[np.random.default_rng(seed).choice(number, wanted, replace=False)] = True
    return drawn


def _batches(continua: Continua, chosen: np.typing.NDArray[np.bool_]) -> list[_Batch]:
    """Continua with units, by number of annotators; positions count from each one's start."""
    continuum = continua.seat_continuum[continua.unit_seat]
    marked = np.bincount(continuum, minlength=len(continua)) > 0
    taken = marked & chosen[continua.document]
    first_seat = np.searchsorted(continua.seat_continuum, np.arange(len(continua)))
    found = []
    for raters in np.unique(continua.raters[taken]).tolist():
        mine = np.flatnonzero(taken & (continua.raters == raters))
        number = np.full(len(continua), -1)
        number[mine] = np.arange(len(mine))
        inside = number[continuum] >= 0
        of_unit = continuum[inside]
        base = continua.start[of_unit]
        units = in_order(
            len(mine),
            raters,
            continuum=number[of_unit],
            annotator=continua.unit_seat[inside] - first_seat[of_unit],
            start=(continua.unit_start[inside] - base).astype(np.float64),
            end=(continua.unit_end[inside] - base).astype(np.float64),
            category=continua.unit_label[inside],
        )
        length = (continua.end - continua.start)[mine].astype(np.float64)
        found.append(_Batch(units, length, continua.document[mine]))
    return found


def _bounds(found: Disorders) -> tuple[float | None, float | None]:
    """γ if all that isn't proven were as good, or as bad, as it can be."""
    observed, expected = found.observed @ found.weight, found.expected.mean(1) @ found.weight
    less = found.expected_doubt.mean(1) @ found.weight
    if not expected > less:
        return None, None
    least = 1 - observed / (expected - less)
    most = 1 - (observed - found.doubt @ found.weight) / expected
    return float(least), float(most)


def _nothing(layout: Layout, documents: int) -> GammaFigures:
    def empty(name: str) -> Figure:
        return Figure(name, None, None, None, 0, NO_SPANS)

    return GammaFigures(
        (empty(GAMMA), empty(GAMMA_CAT)),
        {label: empty(GAMMA_K) for label in layout.labels[1:]},
        GammaNote(documents, 0, 0, None, None),
    )
