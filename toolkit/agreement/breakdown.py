"""The agreement report: every figure over all, by label, by pair and by document."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from msgspec import Struct

from toolkit.agreement.bootstrap import Method, Resamples, draw
from toolkit.agreement.continua import find_continua
from toolkit.agreement.differences import (
    Confusion,
    Difference,
    confusion,
    examples,
    find_differences,
)
from toolkit.agreement.figures import MEASURES, U_1995, Figure, Measure
from toolkit.agreement.gamma import GammaSettings
from toolkit.agreement.gamma_figures import GammaFigures, GammaNote, gamma_figures
from toolkit.agreement.layout import Integers, Layout, lay_out, overlapping, shared_rows
from toolkit.agreement.span_f1 import count_spans, find_contacts
from toolkit.agreement.sums import tabulate
from toolkit.agreement.tables import document_figures, sampled_figures
from toolkit.agreement.units import count_units
from toolkit.model import Annotation, Document
from toolkit.records import counted_annotations
from toolkit.settings import AgreementSettings

SAMPLES = AgreementSettings().samples
SEED = AgreementSettings().seed
EXAMPLES = 40
"""How many differences a report carries to be read."""


class AgreementReport(Struct, frozen=True):
    """How far annotators agree where two or more saw the same text.

    ``documents`` and ``passages`` count what at least two saw; ``spans`` each
    annotator's spans that somebody else could have given too. ``units`` says what the
    units are. ``by_pair`` has keys like ``"anna – bo"``; ``by_document`` has no
    intervals. ``kinds`` counts differences by kind, ``differences`` are examples;
    ``measures`` says what each figure is, by its name. ``groups`` are what the bootstrap
    draws, ``interval`` how the ends are found; ``gamma`` says what γ rests on, where it
    was asked for.
    """

    documents: int
    passages: int
    annotators: tuple[str, ...]
    spans: dict[str, int]
    units: str
    overall: tuple[Figure, ...]
    by_label: dict[str, tuple[Figure, ...]]
    by_pair: dict[str, tuple[Figure, ...]]
    by_document: dict[str, tuple[Figure, ...]]
    confusion: tuple[Confusion, ...]
    kinds: dict[str, int]
    differences: tuple[Difference, ...]
    samples: int
    seed: int
    groups: int
    interval: Method
    gamma: GammaNote | None
    measures: dict[str, Measure]


def agreement(
    annotations: Sequence[Annotation],
    documents: Mapping[str, Document],
    *,
    labels: Sequence[str] = (),
    samples: int = SAMPLES,
    seed: int = SEED,
    interval: Method = "bca",
    gamma: GammaSettings | None = None,
    gamma_documents: int | None = None,
) -> AgreementReport:
    """Measure agreement on spans and on units, with intervals by bootstrap over documents.

    ``annotations`` may be a history; each annotator's last submission for each passage
    counts. Only what two annotators or more saw is compared. ``labels`` come first, in
    their order, used or not. Documents with the same ``meta.group`` are drawn together.
    γ is measured if it has settings, on ``gamma_documents`` documents drawn by its seed or
    on all. The result doesn't depend on the order of the records.

    Raises:
        InputError: an annotation's document isn't among the documents, or its tokens
            aren't in order.
        OffsetError: a span or a passage doesn't fit its text.
    """
    counted = counted_annotations(annotations, documents)
    layout = lay_out(counted, documents, labels)
    rows = shared_rows(layout)
    contacts = find_contacts(layout, rows)
    units = count_units(layout, rows)
    spans = count_spans(layout, rows, contacts)
    continua = find_continua(layout)
    tables = tabulate(layout, rows, spans, units, continua)
    group = groups_of(layout)
    groups = int(group.max(initial=-1)) + 1
    resamples = Resamples(group, draw(groups, samples, seed), interval)
    figures = sampled_figures(tables, resamples)
    aligned = (
        None
        if gamma is None
        else gamma_figures(layout, continua, resamples, gamma, gamma_documents)
    )
    differences = find_differences(layout, rows, contacts)
    everyone = {annotation.annotator for annotation in counted}
    per_annotator = dict(zip(layout.annotators, spans.per_annotator.tolist(), strict=True))
    return AgreementReport(
        documents=len(layout.documents),
        passages=_shared_passages(layout),
        annotators=tuple(sorted(everyone)),
        spans={name: per_annotator.get(name, 0) for name in sorted(everyone)},
        units=units.kind,
        overall=_with_gamma(figures.overall, aligned),
        by_label={
            label: (*found, *((aligned.by_label[label],) if aligned else ()))
            for label, found in figures.by_label.items()
        },
        by_pair=figures.by_pair,
        by_document=document_figures(tables),
        confusion=confusion(layout, rows, contacts),
        kinds=differences.counts,
        differences=examples(layout, differences, EXAMPLES),
        samples=samples,
        seed=seed,
        groups=groups,
        interval=interval,
        gamma=aligned.note if aligned else None,
        measures=MEASURES,
    )


def groups_of(layout: Layout) -> Integers:
    """The number of each document's group; a document without ``meta.group`` is its own."""
    names = [
        (document.meta["group"], "") if document.meta.get("group") else ("", document.id)
        for document in layout.documents
    ]
    number = {name: i for i, name in enumerate(dict.fromkeys(names))}
    return np.array([number[name] for name in names], dtype=np.int64)


def _with_gamma(figures: tuple[Figure, ...], aligned: GammaFigures | None) -> tuple[Figure, ...]:
    """γ comes behind the other figures on spans and before those on units."""
    if aligned is None:
        return figures
    place = [found.name for found in figures].index(U_1995) + 1
    return (*figures[:place], *aligned.overall, *figures[place:])


def _shared_passages(layout: Layout) -> int:
    """How many stretches were seen by one annotator and, in part at least, by another."""
    regions = layout.regions
    seen = np.concatenate(overlapping(regions))
    return len(set(zip(regions.start[seen].tolist(), regions.end[seen].tolist(), strict=True)))
