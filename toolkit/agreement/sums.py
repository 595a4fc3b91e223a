"""Sums over documents that figures are made of.

``tabulate`` makes the tables that hold, for each document and pair, all that any figure
needs. The data as it is, every bootstrap sample and every value of the jackknife are
columns of the same arrays, so a figure and its interval come out of one formula.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import accumulate, pairwise
from typing import NamedTuple

import numpy as np

from toolkit.agreement.coefficients import (
    Floats,
    cohen_kappa_from_margins,
    fleiss_kappa_from_margins,
    gwet_ac1_from_shares,
    krippendorff_alpha_from_margins,
    scott_pi_from_margins,
)
from toolkit.agreement.continua import Continua
from toolkit.agreement.figures import COHEN, MARKED_KAPPA, SCOTT
from toolkit.agreement.layout import Integers, Layout, Rows
from toolkit.agreement.span_f1 import ANY_OVERLAP, BOUNDARY, OVERLAP, STRICT, SpanCounts
from toolkit.agreement.span_f1 import f1 as f1_of
from toolkit.agreement.unitizing import UnitizingSums, unitizing_sums
from toolkit.agreement.unitizing_1995 import SquaredSums, squared_sums
from toolkit.agreement.units import UnitCounts


class Block(NamedTuple):
    """Columns of a table: some alone, and then one for each label so many times."""

    alone: int
    by_label: int


_ALONE, _BY_LABEL = Block(1, 0), Block(0, 1)

PAIR_BLOCKS: dict[str, Block] = {
    "compared": _BY_LABEL,
    STRICT.name: _BY_LABEL,
    OVERLAP.name: _BY_LABEL,
    BOUNDARY.name: _ALONE,
    ANY_OVERLAP.name: _ALONE,
    "agreed": _BY_LABEL,
    "first": _BY_LABEL,
    "second": _BY_LABEL,
}
"""What ``Tables.pairs`` has side by side."""

DOCUMENT_BLOCKS: dict[str, Block] = {
    "agreed": _BY_LABEL,
    "used": _BY_LABEL,
    "silent": _ALONE,
    "shared": _ALONE,
    "pairs_agreed": _ALONE,
    "shares": _BY_LABEL,
    "unitizing": Block(1, 4),
    "squared": _BY_LABEL,
    "squared_chance": _BY_LABEL,
}
"""What ``Tables.documents`` has side by side."""


@dataclass(frozen=True, slots=True)
class Tables:
    """Counts that figures are made of.

    ``pairs`` (rows x columns) holds span counts and contingencies side by side, and
    ``pair_columns`` says where each begins and ends; ``first``, ``second`` and ``document``
    say whose and of what each row is, and rows are sorted by them (``layout.Rows``).
    ``documents`` and ``document_columns`` hold what is counted by document; ``ids`` are the
    documents'. ``labels`` begin with the category of unmarked units. ``raters``: how many
    annotators units have at least and at most.
    """

    labels: tuple[str, ...]
    annotators: tuple[str, ...]
    ids: tuple[str, ...]
    first: Integers
    second: Integers
    document: Integers
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
    names = len(layout.labels)
    pairs = _side_by_side(
        PAIR_BLOCKS,
        {
            "compared": spans.compared,
            STRICT.name: spans.matched[STRICT.name],
            OVERLAP.name: spans.matched[OVERLAP.name],
            BOUNDARY.name: spans.matched[BOUNDARY.name].sum(1, keepdims=True),
            ANY_OVERLAP.name: spans.matched[ANY_OVERLAP.name].sum(1, keepdims=True),
            "agreed": units.pair_agreed,
            "first": units.pair_first,
            "second": units.pair_second,
        },
    )
    shape = (names, len(layout.documents))
    squared = squared_sums(continua, *shape)
    documents = _side_by_side(
        DOCUMENT_BLOCKS,
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
        },
    )
    return Tables(
        layout.labels,
        layout.annotators,
        tuple(document.id for document in layout.documents),
        rows.first,
        rows.second,
        rows.document,
        pairs,
        columns(PAIR_BLOCKS, names),
        documents,
        columns(DOCUMENT_BLOCKS, names),
        units.raters,
    )


def columns(blocks: Mapping[str, Block], labels: int) -> dict[str, slice]:
    """Where each block of columns begins and ends."""
    widths = [block.alone + block.by_label * labels for block in blocks.values()]
    borders = pairwise(accumulate(widths, initial=0))
    return {name: slice(*ends) for name, ends in zip(blocks, borders, strict=True)}


def _side_by_side(blocks: Mapping[str, Block], parts: Mapping[str, Floats]) -> Floats:
    return np.concatenate([parts[name] for name in blocks], axis=1)


@dataclass(frozen=True, slots=True)
class Sums:
    """Column sums of one of the tables: (columns x values)."""

    values: Floats
    columns: dict[str, slice]

    def __getitem__(self, name: str) -> Floats:
        """(labels x values), or (1 x values) for what isn't counted by label."""
        return self.values[self.columns[name]]


class PairSums(Sums):
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


class DocumentSums(Sums):
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


class Mean:
    """A running mean over what is defined."""

    def __init__(self, shape: tuple[int, ...]) -> None:
        self.total: Floats = np.zeros(shape)
        self.count: Floats = np.zeros(shape)

    def add(self, values: Floats) -> None:
        """One more value for each place; ``nan`` is none."""
        self.total += np.nan_to_num(values)
        self.count += ~np.isnan(values)

    def mean(self) -> Floats:
        """The means; ``nan`` where nothing was added."""
        out: Floats = np.full(self.total.shape, np.nan)
        np.divide(self.total, self.count, out=out, where=self.count > 0)
        return out


def pair_name(first: str, second: str) -> str:
    """What a pair of annotators is called."""
    return f"{first} – {second}"


def pairs_of(tables: Tables) -> list[tuple[str, slice]]:
    """Each pair of annotators by name, with its rows."""
    first, second, names = tables.first, tables.second, tables.annotators
    changes = np.flatnonzero(np.diff(first) | np.diff(second)) + 1
    borders = [0, *changes.tolist(), len(first)] if len(first) else []
    return [
        (
            pair_name(names[int(first[start])], names[int(second[start])]),
            slice(start, end),
        )
        for start, end in pairwise(borders)
    ]
