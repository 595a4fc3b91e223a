"""From sums over documents to figures with intervals.

``tabulate`` makes the tables that hold, for each document and pair, all that any figure
needs. The data as it is, every bootstrap sample and every value of the jackknife are
columns of the same arrays, so a figure and its interval come out of one formula.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from toolkit.agreement.bootstrap import Resamples
from toolkit.agreement.coefficients import (
    Floats,
    cohen_kappa_from_margins,
    fleiss_kappa_from_margins,
    gwet_ac1_from_shares,
    krippendorff_alpha_from_margins,
    scott_pi_from_margins,
)
from toolkit.agreement.continua import Continua
from toolkit.agreement.figures import (
    AC1,
    ALPHA,
    COHEN,
    CU_ALPHA,
    FLEISS,
    KU_ALPHA,
    MARKED_ALPHA,
    MARKED_KAPPA,
    NO_MEETING,
    NO_OVERLAP,
    NO_SPANS,
    NO_SUCH_LABEL,
    NO_UNITS,
    ONE_CATEGORY,
    ONE_LABEL,
    SCOTT,
    U_1995,
    U_ALPHA,
    U_BINARY,
    Figure,
    Figures,
    figure,
)
from toolkit.agreement.layout import Integers, Layout, Rows
from toolkit.agreement.span_f1 import ANY_OVERLAP, BOUNDARY, CRITERIA, OVERLAP, STRICT, SpanCounts
from toolkit.agreement.span_f1 import f1 as f1_of
from toolkit.agreement.unitizing import UnitizingSums, unitizing_sums
from toolkit.agreement.unitizing_1995 import SquaredSums, squared_sums
from toolkit.agreement.units import UnitCounts


@dataclass(frozen=True, slots=True)
class Tables:
    """Counts that figures are made of.

    ``pairs`` (rows x columns) holds span counts and contingencies side by side, and
    ``pair_columns`` says where each begins and ends; ``documents`` and
    ``document_columns`` hold what is counted by document. ``raters``: how many annotators
    units have at least and at most.
    """

    layout: Layout
    rows: Rows
    pairs: Floats
    pair_columns: dict[str, slice]
    documents: Floats
    document_columns: dict[str, slice]
    raters: tuple[int, int]

    def compared(self) -> Floats:
        """Spans compared (rows x labels)."""
        return self.pairs[:, self.pair_columns["compared"]]


def tabulate(
    layout: Layout, rows: Rows, spans: SpanCounts, units: UnitCounts, continua: Continua
) -> Tables:
    """Put side by side what is counted; figures by label need it by label."""
    pairs, pair_columns = _side_by_side(
        {
            "compared": spans.compared,
            STRICT.name: spans.matched[STRICT.name],
            OVERLAP.name: spans.matched[OVERLAP.name],
            BOUNDARY.name: spans.matched[BOUNDARY.name].sum(1, keepdims=True),
            ANY_OVERLAP.name: spans.matched[ANY_OVERLAP.name].sum(1, keepdims=True),
            "agreed": units.pair_agreed,
            "first": units.pair_first,
            "second": units.pair_second,
        }
    )
    shape = (len(layout.labels), len(layout.documents))
    squared = squared_sums(continua, *shape)
    documents, document_columns = _side_by_side(
        {
            "agreed": units.agreed,
            "used": units.used,
            "silent": units.silent[:, None],
            "shared": units.shared[:, None],
            "pairs_agreed": units.pairs_agreed[:, None],
            "shares": units.shares,
            "unitizing": unitizing_sums(continua, *shape).table(),
            "squared": squared.observed,
            "squared_chance": squared.expected,
        }
    )
    return Tables(layout, rows, pairs, pair_columns, documents, document_columns, units.raters)


def _side_by_side(parts: dict[str, Floats]) -> tuple[Floats, dict[str, slice]]:
    borders = np.cumsum([0, *(part.shape[1] for part in parts.values())]).tolist()
    columns = {name: slice(*ends) for name, ends in zip(parts, pairwise(borders), strict=True)}
    return np.concatenate(list(parts.values()), axis=1), columns


@dataclass(frozen=True, slots=True)
class _Sums:
    """Column sums of one of the tables: (columns x values)."""

    values: Floats
    columns: dict[str, slice]

    def __getitem__(self, name: str) -> Floats:
        """(labels x values), or (1 x values) for what isn't counted by label."""
        return self.values[self.columns[name]]


class _PairSums(_Sums):
    """Sums of ``Tables.pairs``."""

    __slots__ = ()

    def f1(self, name: str) -> Floats:
        """Pooled F1 under one criterion."""
        return f1_of(self[name].sum(0), self["compared"].sum(0))

    def f1_by_label(self, name: str) -> Floats:
        """The same by label: (labels x values)."""
        return f1_of(self[name], self["compared"])

    def coefficients(self) -> dict[str, Floats]:
        """κ, π and κ of marked units of one pair."""
        agreed, first, second = self["agreed"], self["first"].T, self["second"].T
        nothing = np.zeros_like(first)
        nothing[:, 0] = agreed[0]
        return {
            COHEN: cohen_kappa_from_margins(agreed.sum(0), first, second),
            SCOTT: scott_pi_from_margins(agreed.sum(0), first, second),
            MARKED_KAPPA: cohen_kappa_from_margins(
                agreed[1:].sum(0), first - nothing, second - nothing
            ),
        }

    def cohen_by_label(self) -> Floats:
        """Cohen's κ for each label against all else: (labels x values)."""
        first, second = self["first"], self["second"]
        total = first.sum(0)
        return cohen_kappa_from_margins(
            total - first - second + 2 * self["agreed"],
            np.stack([first, total - first], axis=-1),
            np.stack([second, total - second], axis=-1),
        )


class _DocumentSums(_Sums):
    """Sums of ``Tables.documents``."""

    __slots__ = ()

    def alpha(self) -> Floats:
        """Krippendorff's α on units."""
        return krippendorff_alpha_from_margins(self["agreed"].sum(0), self["used"].T)

    def marked_alpha(self) -> Floats:
        """Krippendorff's α on units that somebody marked."""
        used = self["used"].T.copy()
        used[:, 0] -= self["silent"][0]
        return krippendorff_alpha_from_margins(self["agreed"].sum(0) - self["silent"][0], used)

    def alpha_by_label(self) -> Floats:
        """Each label against all else: a coincidence matrix of two categories."""
        agreed, used = self["agreed"], self["used"]
        total = used.sum(0)
        return krippendorff_alpha_from_margins(
            total - 2 * used + 2 * agreed, np.stack([used, total - used], axis=-1)
        )

    def ac1(self) -> Floats:
        """Gwet's AC1 on units."""
        return gwet_ac1_from_shares(self["pairs_agreed"][0], self["shared"][0], self["shares"].T)

    def fleiss(self) -> Floats:
        """Fleiss' κ on units."""
        return fleiss_kappa_from_margins(self["agreed"].sum(0), self["used"].T)

    def unitizing(self) -> UnitizingSums:
        """What the family of 2016 is made of; a row for each value."""
        return UnitizingSums.of(self["unitizing"].T)

    def squared(self) -> SquaredSums:
        """What the measure of 1995 is made of; a row for each value."""
        return SquaredSums(self["squared"].T, self["squared_chance"].T)


def sampled_figures(tables: Tables, resamples: Resamples) -> Figures:
    """All figures over all, by label and by pair."""
    columns, labels = resamples.columns, len(tables.layout.labels)
    everything = np.zeros((tables.pairs.shape[1], columns))
    means = {name: _Mean((columns,)) for name in (COHEN, SCOTT, MARKED_KAPPA)}
    kappa_by_label = _Mean((labels, columns))
    by_pair = {}
    for name, of_pair in _pairs(tables):
        document = tables.rows.document[of_pair]
        sums = _PairSums(resamples.totals(tables.pairs[of_pair], document), tables.pair_columns)
        everything += sums.values
        coefficients = sums.coefficients()
        for key, mean in means.items():
            mean.add(coefficients[key])
        kappa_by_label.add(sums.cohen_by_label())
        by_pair[name] = _pair_figures(tables, of_pair, sums, coefficients, resamples)
    pair_sums = _PairSums(everything, tables.pair_columns)
    documents = np.arange(len(tables.layout.documents))
    sums_of_documents = _DocumentSums(
        resamples.totals(tables.documents, documents), tables.document_columns
    )
    kappas = {name: mean.mean() for name, mean in means.items()}
    return Figures(
        overall=_overall(tables, pair_sums, sums_of_documents, kappas, resamples),
        by_label=_by_label(tables, pair_sums, sums_of_documents, kappa_by_label.mean(), resamples),
        by_pair=by_pair,
    )


def document_figures(tables: Tables) -> dict[str, tuple[Figure, ...]]:
    """Figures of each document, over its pairs of annotators; without intervals."""
    documents = tables.layout.documents
    summed = np.zeros((len(documents), tables.pairs.shape[1]))
    np.add.at(summed, tables.rows.document, tables.pairs)
    pairs = _PairSums(summed.T, tables.pair_columns)
    units = _DocumentSums(tables.documents.T, tables.document_columns)
    spans, shared = pairs["compared"].sum(0), units["shared"][0]
    unitizing = units.unitizing()
    seen = unitizing.used.sum(1)
    values = [
        *((f"{c.name}_f1", pairs.f1(c.name), spans, NO_SPANS) for c in CRITERIA),
        (U_ALPHA, unitizing.alpha(), seen, NO_SPANS),
        (ALPHA, units.alpha(), shared, ONE_CATEGORY),
    ]
    return {
        document.id: tuple(
            figure(name, found[d : d + 1], n[d], 1, None, why) for name, found, n, why in values
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
    tables: Tables,
    pairs: _PairSums,
    documents: _DocumentSums,
    kappas: dict[str, Floats],
    resamples: Resamples,
) -> tuple[Figure, ...]:
    spans = pairs["compared"][:, 0].sum()
    with_spans = _groups_with(tables.compared().sum(1), tables.rows.document, resamples)
    groups = len(np.unique(resamples.group))
    units = documents["shared"][0, 0]
    no_units = ONE_CATEGORY if units > 0 else NO_UNITS
    marked = documents["used"][:, 0].sum() - documents["silent"][0, 0]
    unitizing = documents.unitizing()
    seen, met = unitizing.used[0].sum(), unitizing.met[0].sum()

    def on_units(name: str, values: Floats) -> Figure:
        return figure(name, values, units, groups, resamples, no_units)

    def on_marked(name: str, values: Floats) -> Figure:
        return figure(name, values, marked, with_spans, resamples, ONE_CATEGORY)

    figures = [
        *(
            figure(f"{c.name}_f1", pairs.f1(c.name), spans, with_spans, resamples, NO_SPANS)
            for c in CRITERIA
        ),
        figure(U_ALPHA, unitizing.alpha(), seen, groups, resamples, NO_SPANS),
        figure(U_BINARY, unitizing.binary(), seen, groups, resamples, NO_SPANS),
        figure(
            CU_ALPHA,
            unitizing.coding(),
            met,
            with_spans,
            resamples,
            ONE_LABEL if met else NO_MEETING,
        ),
        figure(U_1995, documents.squared().alpha(), seen, groups, resamples, NO_SPANS),
        on_units(COHEN, kappas[COHEN]),
        on_units(SCOTT, kappas[SCOTT]),
        on_units(ALPHA, documents.alpha()),
        on_units(AC1, documents.ac1()),
        _fleiss(tables, documents, groups, resamples),
        on_marked(MARKED_KAPPA, kappas[MARKED_KAPPA]),
        on_marked(MARKED_ALPHA, documents.marked_alpha()),
    ]
    if tables.layout.documents:
        return tuple(figures)
    return tuple(Figure(f.name, None, None, None, 0, NO_OVERLAP) for f in figures)


def _fleiss(tables: Tables, documents: _DocumentSums, groups: int, resamples: Resamples) -> Figure:
    least, most = tables.raters
    units = documents["shared"][0, 0]
    if least != most:
        why = f"units have {least} to {most} annotators, and Fleiss' κ needs the same number"
        return Figure(FLEISS, None, None, None, int(units), why)
    why = ONE_CATEGORY if units > 0 else NO_UNITS
    return figure(FLEISS, documents.fleiss(), units, groups, resamples, why)


def _by_label(
    tables: Tables, pairs: _PairSums, documents: _DocumentSums, kappa: Floats, resamples: Resamples
) -> dict[str, tuple[Figure, ...]]:
    compared = tables.compared()
    strict, overlap = pairs.f1_by_label(STRICT.name), pairs.f1_by_label(OVERLAP.name)
    alpha = documents.alpha_by_label()
    unitizing = documents.unitizing()
    met, of_label = unitizing.met[0], unitizing.of_label().T
    units = documents["shared"][0, 0]
    found: dict[str, tuple[Figure, ...]] = {}
    for i, label in enumerate(tables.layout.labels):
        if i == 0:  # the category of unmarked units is not a label
            continue
        spans = compared[:, i].sum()
        groups = _groups_with(compared[:, i], tables.rows.document, resamples)
        used = unitizing.used[0, i] > 0
        alone = (ONE_LABEL if met[i] else NO_MEETING) if used else NO_SUCH_LABEL
        found[label] = tuple(
            figure(name, values[i], n, groups, resamples, why)
            for name, values, n, why in (
                (f"{STRICT.name}_f1", strict, spans, NO_SUCH_LABEL),
                (f"{OVERLAP.name}_f1", overlap, spans, NO_SUCH_LABEL),
                (KU_ALPHA, of_label, met[i], alone),
                (COHEN, kappa, units, NO_SUCH_LABEL),
                (ALPHA, alpha, units, NO_SUCH_LABEL),
            )
        )
    return found


def _pair_figures(
    tables: Tables,
    of_pair: slice,
    sums: _PairSums,
    coefficients: dict[str, Floats],
    resamples: Resamples,
) -> tuple[Figure, ...]:
    compared, document = tables.compared()[of_pair].sum(1), tables.rows.document[of_pair]
    marked = _groups_with(compared, document, resamples)
    units = sums["first"][:, 0].sum()
    why = ONE_CATEGORY if units > 0 else NO_UNITS
    groups = len(np.unique(resamples.group[document]))
    return (
        *(
            figure(f"{c.name}_f1", sums.f1(c.name), compared.sum(), marked, resamples, NO_SPANS)
            for c in CRITERIA
        ),
        figure(COHEN, coefficients[COHEN], units, groups, resamples, why),
    )


def _groups_with(count: Floats, document: Integers, resamples: Resamples) -> int:
    """In how many groups of documents a count is more than nothing."""
    return len(np.unique(resamples.group[document[count > 0]]))
