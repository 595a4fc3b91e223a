"""The agreement report: every figure over all, by label, by pair and by document."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from msgspec import Struct

from toolkit.agreement.bootstrap import draw
from toolkit.agreement.differences import (
    Confusion,
    Difference,
    confusion,
    examples,
    find_differences,
)
from toolkit.agreement.figures import (
    MEASURES,
    Figure,
    Measure,
    document_figures,
    sampled_figures,
    tabulate,
)
from toolkit.agreement.layout import Layout, lay_out, overlapping, shared_rows
from toolkit.agreement.span_f1 import count_spans, find_contacts
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
    ``measures`` says what each figure is, by its name.
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
    measures: dict[str, Measure]


def agreement(
    annotations: Sequence[Annotation],
    documents: Mapping[str, Document],
    *,
    labels: Sequence[str] = (),
    samples: int = SAMPLES,
    seed: int = SEED,
) -> AgreementReport:
    """Measure agreement on spans and on units, with intervals by bootstrap over documents.

    ``annotations`` may be a history; each annotator's last submission for each passage
    counts. Only what two annotators or more saw is compared. ``labels`` come first, in
    their order, used or not. The result doesn't depend on the order of the records.

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
    tables = tabulate(layout, rows, spans, units)
    figures = sampled_figures(tables, draw(len(layout.documents), samples, seed))
    differences = find_differences(layout, rows, contacts)
    everyone = {annotation.annotator for annotation in counted}
    per_annotator = dict(zip(layout.annotators, spans.per_annotator.tolist(), strict=True))
    return AgreementReport(
        documents=len(layout.documents),
        passages=_shared_passages(layout),
        annotators=tuple(sorted(everyone)),
        spans={name: per_annotator.get(name, 0) for name in sorted(everyone)},
        units=units.kind,
        overall=figures.overall,
        by_label=figures.by_label,
        by_pair=figures.by_pair,
        by_document=document_figures(tables),
        confusion=confusion(layout, rows, contacts),
        kinds=differences.counts,
        differences=examples(layout, differences, EXAMPLES),
        samples=samples,
        seed=seed,
        measures=MEASURES,
    )


def _shared_passages(layout: Layout) -> int:
    """How many stretches were seen by one annotator and, in part at least, by another."""
    regions = layout.regions
    seen = np.concatenate(overlapping(regions))
    return len(set(zip(regions.start[seen].tolist(), regions.end[seen].tolist(), strict=True)))
