"""From sums over documents to figures with intervals.

``tabulate`` makes the tables that hold, for each document and pair, all that any figure
needs. The data as it is and every bootstrap sample are columns of the same arrays, so a
figure and its interval come out of one formula.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from toolkit.agreement.bootstrap import Draws, percentile_interval, totals
from toolkit.agreement.coefficients import (
    Floats,
    cohen_kappa_from_margins,
    fleiss_kappa_from_margins,
    krippendorff_alpha_from_margins,
)
from toolkit.agreement.layout import Integers, Layout, Rows
from toolkit.agreement.span_f1 import (
    ANY_OVERLAP,
    BOUNDARY,
    CRITERIA,
    OVERLAP,
    STRICT,
    SpanCounts,
    f1,
)
from toolkit.agreement.units import UnitCounts

COHEN, ALPHA, FLEISS = "cohen_kappa", "krippendorff_alpha", "fleiss_kappa"


class Measure(Struct, frozen=True):
    """How a figure is called in tables, and what it says, in a sentence."""

    title: str
    meaning: str


MEASURES: dict[str, Measure] = {
    **{
        f"{c.name}_f1": Measure(
            f"{c.name.replace('_', '-')} F1",
            f"F1 of spans matched one to one where {c.rule}, pooled over pairs and documents.",
        )
        for c in CRITERIA
    },
    COHEN: Measure(
        "Cohen’s κ",
        "Agreement on units beyond chance, mean over pairs of annotators (Cohen 1960; Light 1971).",
    ),
    ALPHA: Measure(
        "Krippendorff’s α",
        "Agreement on units beyond chance, nominal, any number of annotators (Krippendorff 2004).",
    ),
    FLEISS: Measure(
        "Fleiss’ κ",
        "Agreement on units beyond chance, as many annotators on each of them (Fleiss 1971).",
    ),
}
"""What each figure is. Nearly all units are unmarked and a long span counts
for many units, so F1 is the headline and the coefficients stand beside it."""

NO_OVERLAP = "no two annotators saw the same text"
NO_SPANS = "nobody marked a span"
NO_SUCH_LABEL = "nobody used this label"
NO_UNITS = "no unit was seen by two annotators"
ONE_CATEGORY = "only one category was used, so nothing is left beyond chance"


class Figure(Struct, frozen=True):
    """One number with its 95 % interval.

    ``name`` is a key of ``MEASURES``. ``value``, ``low`` and ``high`` are null where they
    are not defined, and ``undefined`` then says why. ``n`` is what the figure rests on:
    for F1 the spans compared, over both annotators of every pair; for coefficients the
    units that two annotators or more saw.
    """

    name: str
    value: float | None
    low: float | None
    high: float | None
    n: int
    undefined: str = ""


class Figures(Struct, frozen=True):
    """The figures that have intervals."""

    overall: tuple[Figure, ...]
    by_label: dict[str, tuple[Figure, ...]]
    by_pair: dict[str, tuple[Figure, ...]]


@dataclass(frozen=True, slots=True)
class Tables:
    """Counts that figures are made of.

    ``pairs`` (rows x columns) holds span counts and contingencies side by side, and
    ``columns`` says where each begins and ends; ``units`` holds what is counted by
    document.
    """

    layout: Layout
    rows: Rows
    pairs: Floats
    columns: dict[str, slice]
    units: UnitCounts

    def compared(self) -> Floats:
        """Spans compared (rows x labels)."""
        return self.pairs[:, self.columns["compared"]]


@dataclass(frozen=True, slots=True)
class _Sums:
    """Column sums of ``Tables.pairs``: (columns x samples)."""

    values: Floats
    columns: dict[str, slice]

    def __getitem__(self, name: str) -> Floats:
        """(labels x samples), or (1 x samples) for what isn't counted by label."""
        return self.values[self.columns[name]]

    def f1(self, name: str) -> Floats:
        """Pooled F1 under one criterion, one value a sample."""
        return f1(self[name].sum(0), self["compared"].sum(0))

    def f1_by_label(self, name: str) -> Floats:
        """The same by label: (labels x samples)."""
        return f1(self[name], self["compared"])

    def cohen(self) -> Floats:
        """Cohen's κ of one pair, one value a sample."""
        return cohen_kappa_from_margins(self["agreed"].sum(0), self["first"].T, self["second"].T)

    def cohen_by_label(self) -> Floats:
        """Cohen's κ for each label against all else: (labels x samples)."""
        first, second = self["first"], self["second"]
        total = first.sum(0)
        return cohen_kappa_from_margins(
            total - first - second + 2 * self["agreed"],
            np.stack([first, total - first], axis=-1),
            np.stack([second, total - second], axis=-1),
        )


def tabulate(layout: Layout, rows: Rows, spans: SpanCounts, units: UnitCounts) -> Tables:
    """Put side by side what is counted by row; figures by label need it by label."""
    parts = {
        "compared": spans.compared,
        STRICT.name: spans.matched[STRICT.name],
        OVERLAP.name: spans.matched[OVERLAP.name],
        BOUNDARY.name: spans.matched[BOUNDARY.name].sum(1, keepdims=True),
        ANY_OVERLAP.name: spans.matched[ANY_OVERLAP.name].sum(1, keepdims=True),
        "agreed": units.pair_agreed,
        "first": units.pair_first,
        "second": units.pair_second,
    }
    borders = np.cumsum([0, *(part.shape[1] for part in parts.values())]).tolist()
    columns = {
        name: slice(start, end) for name, (start, end) in zip(parts, pairwise(borders), strict=True)
    }
    return Tables(layout, rows, np.concatenate(list(parts.values()), axis=1), columns, units)


def sampled_figures(tables: Tables, draws: Draws) -> Figures:
    """All figures over all, by label and by pair; column 0 of ``draws`` is the data itself."""
    samples, labels = draws.shape[1], len(tables.layout.labels)
    everything = np.zeros((tables.pairs.shape[1], samples))
    kappa, kappa_by_label = _Mean((samples,)), _Mean((labels, samples))
    by_pair = {}
    for name, of_pair in _pairs(tables):
        document = tables.rows.document[of_pair]
        sums = _Sums(totals(tables.pairs[of_pair], document, draws), tables.columns)
        everything += sums.values
        pair_kappa = sums.cohen()
        kappa.add(pair_kappa)
        kappa_by_label.add(sums.cohen_by_label())
        by_pair[name] = _pair_figures(tables, of_pair, sums, pair_kappa)
    sums = _Sums(everything, tables.columns)
    documents = np.arange(len(tables.layout.documents))
    agreed = totals(tables.units.agreed, documents, draws)
    used = totals(tables.units.used, documents, draws)
    return Figures(
        overall=_overall(tables, sums, kappa.mean(), agreed, used),
        by_label=_by_label(tables, sums, kappa_by_label.mean(), agreed, used),
        by_pair=by_pair,
    )


def document_figures(tables: Tables) -> dict[str, tuple[Figure, ...]]:
    """Figures of each document, over its pairs of annotators; without intervals."""
    documents = tables.layout.documents
    summed = np.zeros((len(documents), tables.pairs.shape[1]))
    np.add.at(summed, tables.rows.document, tables.pairs)
    sums = _Sums(summed.T, tables.columns)
    spans = sums["compared"].sum(0)
    units = tables.units
    alpha = krippendorff_alpha_from_margins(units.agreed.sum(1), units.used)
    scores = {criterion.name: sums.f1(criterion.name) for criterion in CRITERIA}
    return {
        document.id: (
            *(
                _figure(f"{name}_f1", values[d : d + 1], spans[d], 1, NO_SPANS)
                for name, values in scores.items()
            ),
            _coefficient(ALPHA, alpha[d : d + 1], units.shared[d], 1),
        )
        for d, document in enumerate(documents)
    }


class _Mean:
    """A running mean over what is defined."""

    def __init__(self, shape: tuple[int, ...]) -> None:
        self.total: Floats = np.zeros(shape)
        self.count: Floats = np.zeros(shape)

    def add(self, values: Floats) -> None:
        self.total += np.nan_to_num(values)
        self.count += ~np.isnan(values)

    def mean(self) -> Floats:
        out: Floats = np.full(self.total.shape, np.nan)
        np.divide(self.total, self.count, out=out, where=self.count > 0)
        return out


def _pairs(tables: Tables) -> list[tuple[str, slice]]:
    """Each pair of annotators by name, with its rows."""
    rows, names = tables.rows, tables.layout.annotators
    changes = np.flatnonzero(np.diff(rows.first) | np.diff(rows.second)) + 1
    borders = [0, *changes.tolist(), len(rows)] if len(rows) else []
    return [
        (f"{names[int(rows.first[start])]} – {names[int(rows.second[start])]}", slice(start, end))
        for start, end in pairwise(borders)
    ]


def _overall(
    tables: Tables, sums: _Sums, kappa: Floats, agreed: Floats, used: Floats
) -> tuple[Figure, ...]:
    spans = sums["compared"][:, 0].sum()
    marked = _documents_with(tables.compared().sum(1), tables.rows.document)
    units, documents = tables.units.shared.sum(), len(tables.layout.documents)
    alpha = krippendorff_alpha_from_margins(agreed.sum(0), used.T)
    figures = [
        *(_figure(f"{c.name}_f1", sums.f1(c.name), spans, marked, NO_SPANS) for c in CRITERIA),
        _coefficient(COHEN, kappa, units, documents),
        _coefficient(ALPHA, alpha, units, documents),
        _fleiss(tables.units, agreed, used, documents),
    ]
    if documents:
        return tuple(figures)
    return tuple(Figure(f.name, None, None, None, 0, NO_OVERLAP) for f in figures)


def _fleiss(units: UnitCounts, agreed: Floats, used: Floats, documents: int) -> Figure:
    least, most = units.raters
    if least != most:
        why = f"units have {least} to {most} annotators, and Fleiss' κ needs the same number"
        return Figure(FLEISS, None, None, None, int(units.shared.sum()), why)
    values = fleiss_kappa_from_margins(agreed.sum(0), used.T)
    return _coefficient(FLEISS, values, units.shared.sum(), documents)


def _by_label(
    tables: Tables, sums: _Sums, kappa: Floats, agreed: Floats, used: Floats
) -> dict[str, tuple[Figure, ...]]:
    compared = tables.compared()
    strict, overlap = sums.f1_by_label(STRICT.name), sums.f1_by_label(OVERLAP.name)
    total = used.sum(0)
    # Each label against all else: a coincidence matrix of two categories.
    alpha = krippendorff_alpha_from_margins(
        total - 2 * used + 2 * agreed, np.stack([used, total - used], axis=-1)
    )
    units = tables.units.shared.sum()
    found: dict[str, tuple[Figure, ...]] = {}
    for i, label in enumerate(tables.layout.labels):
        if i == 0:  # the category of unmarked units is not a label
            continue
        spans = compared[:, i].sum()
        documents = _documents_with(compared[:, i], tables.rows.document)
        found[label] = (
            _figure(f"{STRICT.name}_f1", strict[i], spans, documents, NO_SUCH_LABEL),
            _figure(f"{OVERLAP.name}_f1", overlap[i], spans, documents, NO_SUCH_LABEL),
            _figure(COHEN, kappa[i], units, documents, NO_SUCH_LABEL),
            _figure(ALPHA, alpha[i], units, documents, NO_SUCH_LABEL),
        )
    return found


def _pair_figures(tables: Tables, of_pair: slice, sums: _Sums, kappa: Floats) -> tuple[Figure, ...]:
    compared, document = tables.compared()[of_pair].sum(1), tables.rows.document[of_pair]
    marked = _documents_with(compared, document)
    units = sums["first"][:, 0].sum()
    return (
        *(
            _figure(f"{c.name}_f1", sums.f1(c.name), compared.sum(), marked, NO_SPANS)
            for c in CRITERIA
        ),
        _coefficient(COHEN, kappa, units, len(document)),
    )


def _documents_with(count: Floats, document: Integers) -> int:
    """In how many documents a count is more than nothing."""
    return len(np.unique(document[count > 0]))


def _coefficient(name: str, values: Floats, units: NDArray[np.float64], documents: int) -> Figure:
    return _figure(name, values, units, documents, ONE_CATEGORY if units > 0 else NO_UNITS)


def _figure(
    name: str, values: Floats, n: NDArray[np.float64], documents: int, undefined: str
) -> Figure:
    """A figure from its value in the data, ``values[0]``, and in each sample."""
    value = float(values[0])
    if np.isnan(value):
        return Figure(name, None, None, None, int(n), undefined)
    interval = percentile_interval(values[1:], documents)
    return Figure(name, value, interval.low, interval.high, int(n), interval.undefined)
