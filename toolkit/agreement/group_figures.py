"""The figures of some of the comparisons: a group of rows, or of whole documents."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from toolkit.agreement.bootstrap import Resamples
from toolkit.agreement.coefficients import Floats
from toolkit.agreement.figures import (
    ALPHA,
    COHEN,
    CU_ALPHA,
    NO_MEETING,
    NO_SPANS,
    NO_UNITS,
    ONE_CATEGORY,
    ONE_LABEL,
    U_ALPHA,
    Figure,
    figure,
)
from toolkit.agreement.groupings import Group
from toolkit.agreement.layout import Integers
from toolkit.agreement.span_f1 import CRITERIA
from toolkit.agreement.span_f1 import f1 as f1_of
from toolkit.agreement.sums import DocumentSums, Mean, PairSums, Tables

Formula = Callable[[Floats], Floats]


@dataclass(frozen=True, slots=True)
class Additive:
    """What a figure adds up.

    ``table`` has a row for each document in ``document``, and ``formula`` makes values of
    its column sums (columns x values).
    """

    table: Floats
    document: Integers
    formula: Formula


@dataclass(frozen=True, slots=True)
class Measured:
    """A figure in the data and in every resample, before its interval.

    ``groups`` is how many groups of documents it rests on. ``additive`` is there where the
    figure is a function of sums over documents.
    """

    name: str
    values: Floats
    n: float
    groups: int
    undefined: str
    additive: Additive | None = None

    def figure(self, resamples: Resamples) -> Figure:
        """The figure with its interval."""
        return figure(self.name, self.values, self.n, self.groups, resamples, self.undefined)


def measured(tables: Tables, group: Group, resamples: Resamples) -> tuple[Measured, ...]:
    """F1 and κ of a group; where it is whole documents, also uα, cuα and α."""
    found = [*_f1s(tables, group, resamples), _kappa(tables, group, resamples)]
    if group.documents is not None:
        found += _of_documents(tables, group.documents, resamples)
    return tuple(found)


def _f1s(tables: Tables, group: Group, resamples: Resamples) -> Iterator[Measured]:
    mine = tables.pairs[group.rows]
    compared = mine[:, tables.pair_columns["compared"]].sum(1)
    table = np.stack(
        [compared, *(mine[:, tables.pair_columns[c.name]].sum(1) for c in CRITERIA)], axis=1
    )
    document = tables.document[group.rows]
    sums = resamples.totals(table, document)
    groups = len(np.unique(resamples.group[document[compared > 0]]))
    for number, criterion in enumerate(CRITERIA, start=1):

        def formula(sums: Floats, column: int = number) -> Floats:
            return f1_of(sums[column], sums[0])

        yield Measured(
            f"{criterion.name}_f1",
            formula(sums),
            compared.sum(),
            groups,
            NO_SPANS,
            Additive(table, document, formula),
        )


def _kappa(tables: Tables, group: Group, resamples: Resamples) -> Measured:
    """Cohen's κ, a mean over the pairs of annotators in the group."""
    first, second = tables.first[group.rows], tables.second[group.rows]
    changes = np.flatnonzero(np.diff(first) | np.diff(second)) + 1
    mean, units = Mean((resamples.columns,)), 0.0
    for rows in np.split(group.rows, changes) if len(group.rows) else []:
        totals = resamples.totals(tables.pairs[rows], tables.document[rows])
        sums = PairSums(totals, tables.pair_columns)
        mean.add(sums.coefficients()[COHEN])
        units += float(sums["first"][:, 0].sum())
    groups = len(np.unique(resamples.group[tables.document[group.rows]]))
    return Measured(COHEN, mean.mean(), units, groups, ONE_CATEGORY if units else NO_UNITS)


def _of_documents(tables: Tables, documents: Integers, resamples: Resamples) -> Iterator[Measured]:
    columns = tables.document_columns
    table = tables.documents[documents]
    sums = resamples.totals(table, documents)
    of_all = DocumentSums(sums, columns)
    unitizing = of_all.unitizing()
    met, units = unitizing.met[0].sum(), of_all["shared"][0, 0]

    def alpha(sums: Floats) -> Floats:
        return DocumentSums(sums, columns).unitizing().alpha()

    def coding(sums: Floats) -> Floats:
        return DocumentSums(sums, columns).unitizing().coding()

    def on_units(sums: Floats) -> Floats:
        return DocumentSums(sums, columns).alpha()

    groups = len(np.unique(resamples.group[documents]))
    figures: tuple[tuple[str, Formula, float, str], ...] = (
        (U_ALPHA, alpha, unitizing.used[0].sum(), NO_SPANS),
        (CU_ALPHA, coding, met, ONE_LABEL if met else NO_MEETING),
        (ALPHA, on_units, units, ONE_CATEGORY if units else NO_UNITS),
    )
    for name, formula, n, why in figures:
        additive = Additive(table, documents, formula)
        yield Measured(name, formula(sums), n, groups, why, additive)
