"""Figures over all, by label, by pair and by document, with intervals."""

from __future__ import annotations

import numpy as np

from toolkit.agreement.bootstrap import Resamples
from toolkit.agreement.coefficients import Floats
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
from toolkit.agreement.layout import Integers
from toolkit.agreement.span_f1 import CRITERIA, OVERLAP, STRICT
from toolkit.agreement.span_f1 import f1 as f1_of
from toolkit.agreement.sums import DocumentSums, Mean, PairSums, Tables, pairs_of


def sampled_figures(tables: Tables, resamples: Resamples) -> Figures:
    """All figures over all, by label and by pair."""
    columns, labels = resamples.columns, len(tables.labels)
    everything = np.zeros((tables.pairs.shape[1], columns))
    means = {name: Mean((columns,)) for name in (COHEN, SCOTT, MARKED_KAPPA)}
    kappa_by_label = Mean((labels, columns))
    by_pair = {}
    for name, of_pair in pairs_of(tables):
        document = tables.document[of_pair]
        sums = PairSums(resamples.totals(tables.pairs[of_pair], document), tables.pair_columns)
        everything += sums.values
        coefficients = sums.coefficients()
        for key, mean in means.items():
            mean.add(coefficients[key])
        kappa_by_label.add(sums.cohen_by_label())
        by_pair[name] = _pair_figures(tables, of_pair, sums, coefficients, resamples)
    pair_sums = PairSums(everything, tables.pair_columns)
    documents = np.arange(len(tables.ids))
    sums_of_documents = DocumentSums(
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
    summed = np.zeros((1 + len(CRITERIA), len(tables.ids)))
    for sums, name in zip(summed, ("compared", *(c.name for c in CRITERIA)), strict=True):
        np.add.at(sums, tables.document, tables.pairs[:, tables.pair_columns[name]].sum(1))
    spans, matched = summed[0], summed[1:]
    units = DocumentSums(tables.documents.T, tables.document_columns)
    shared = units["shared"][0]
    unitizing = units.unitizing()
    seen = unitizing.used.sum(1)
    values = [
        *(
            (f"{c.name}_f1", f1_of(found, spans), spans, NO_SPANS)
            for c, found in zip(CRITERIA, matched, strict=True)
        ),
        (U_ALPHA, unitizing.alpha(), seen, NO_SPANS),
        (ALPHA, units.alpha(), shared, ONE_CATEGORY),
    ]
    return {
        doc_id: tuple(
            figure(name, found[d : d + 1], n[d], 1, None, why) for name, found, n, why in values
        )
        for d, doc_id in enumerate(tables.ids)
    }


def _overall(
    tables: Tables,
    pairs: PairSums,
    documents: DocumentSums,
    kappas: dict[str, Floats],
    resamples: Resamples,
) -> tuple[Figure, ...]:
    spans = pairs["compared"][:, 0].sum()
    with_spans = _groups_with(tables.compared().sum(1), tables.document, resamples)
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
    if tables.ids:
        return tuple(figures)
    return tuple(Figure(f.name, None, None, None, 0, NO_OVERLAP) for f in figures)


def _fleiss(tables: Tables, documents: DocumentSums, groups: int, resamples: Resamples) -> Figure:
    least, most = tables.raters
    units = documents["shared"][0, 0]
    if least != most:
        why = f"units have {least} to {most} annotators, and Fleiss' κ needs the same number"
        return Figure(FLEISS, None, None, None, int(units), why)
    why = ONE_CATEGORY if units > 0 else NO_UNITS
    return figure(FLEISS, documents.fleiss(), units, groups, resamples, why)


def _by_label(
    tables: Tables, pairs: PairSums, documents: DocumentSums, kappa: Floats, resamples: Resamples
) -> dict[str, tuple[Figure, ...]]:
    compared = tables.compared()
    strict, overlap = pairs.f1_by_label(STRICT.name), pairs.f1_by_label(OVERLAP.name)
    alpha = documents.alpha_by_label()
    unitizing = documents.unitizing()
    met, of_label = unitizing.met[0], unitizing.of_label().T
    units = documents["shared"][0, 0]
    found: dict[str, tuple[Figure, ...]] = {}
    for i, label in enumerate(tables.labels):
        if i == 0:  # the category of unmarked units is not a label
            continue
        spans = compared[:, i].sum()
        groups = _groups_with(compared[:, i], tables.document, resamples)
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
    sums: PairSums,
    coefficients: dict[str, Floats],
    resamples: Resamples,
) -> tuple[Figure, ...]:
    compared, document = tables.compared()[of_pair].sum(1), tables.document[of_pair]
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
