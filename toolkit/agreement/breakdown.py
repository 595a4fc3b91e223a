"""The agreement report: every figure over all, by label, by pair and by document."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import chain

from msgspec import Struct

from toolkit.agreement.bootstrap import Method, Resamples
from toolkit.agreement.comparison import Comparison
from toolkit.agreement.counting import Counting, apply, check_groups
from toolkit.agreement.cuts import PASS, Cut, Sampling, compare_sets, cut, cut_passes
from toolkit.agreement.differences import (
    KINDS,
    NOTHING,
    Confusion,
    Difference,
    Pick,
    find_differences,
    picks,
)
from toolkit.agreement.figures import MEASURES, U_1995, Figure, Measure
from toolkit.agreement.findings import Findings, findings
from toolkit.agreement.gamma import GammaSettings
from toolkit.agreement.gamma_figures import GammaFigures, GammaNote, gamma_figures
from toolkit.agreement.kinds import in_order, kinds_by_annotator, shown
from toolkit.agreement.prepared import prepare, resample
from toolkit.agreement.sums import pair_name
from toolkit.agreement.tables import document_figures, sampled_figures
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
    intervals; ``by`` has what else was asked for, and ``against`` the comparison with
    other annotations. ``kinds`` counts differences by kind, ``kinds_by_pair`` (seen from
    the pair's first) and ``kinds_by_annotator`` (against all others) in finer form;
    ``differences`` are examples; ``measures`` says what each figure is, by its name.
    ``counting`` says what counted as the same; ``groups`` are what the bootstrap draws,
    ``interval`` how the ends are found; ``gamma`` says what γ rests on, where it was
    asked for.
    """

    documents: int
    passages: int
    annotators: tuple[str, ...]
    spans: dict[str, int]
    units: str
    counting: Counting
    overall: tuple[Figure, ...]
    by_label: dict[str, tuple[Figure, ...]]
    by_pair: dict[str, tuple[Figure, ...]]
    by_document: dict[str, tuple[Figure, ...]]
    by: dict[str, Cut]
    against: Comparison | None
    confusion: tuple[Confusion, ...]
    kinds: dict[str, int]
    kinds_by_pair: dict[str, dict[str, int]]
    kinds_by_annotator: dict[str, dict[str, int]]
    differences: tuple[Difference, ...]
    samples: int
    seed: int
    groups: int
    interval: Method
    gamma: GammaNote | None
    measures: dict[str, Measure]


class Wanted(Struct, frozen=True):
    """What a report holds beside the figures over all, by label, by pair and by document.

    ``by``: groupings (``groupings.grouping``) and ``pass``; ``compared``: two groups of
    the one grouping; ``against``: other annotations, to compare these with; ``gamma``: its
    settings, where γ is wanted, on ``gamma_documents`` documents drawn by its seed or on all.
    """

    by: tuple[str, ...] = ()
    compared: tuple[str, str] | None = None
    against: Sequence[Annotation] | None = None
    gamma: GammaSettings | None = None
    gamma_documents: int | None = None


def agreement(
    annotations: Sequence[Annotation],
    documents: Mapping[str, Document],
    *,
    labels: Sequence[str] = (),
    counting: Counting = Counting(),  # noqa: B008 - frozen
    wanted: Wanted = Wanted(),  # noqa: B008 - frozen
    samples: int = SAMPLES,
    seed: int = SEED,
    interval: Method = "bca",
) -> AgreementReport:
    """Measure agreement on spans and on units, with intervals by bootstrap over documents.

    ``annotations`` may be a history; each annotator's last submission for each passage
    counts. Only what two annotators or more saw is compared. ``labels`` come first, in
    their order, used or not. Documents with the same ``meta.group`` are drawn together.
    The result doesn't depend on the order of the records.

    Raises:
        InputError: an annotation's document isn't among the documents, or its tokens
            aren't in order.
        OffsetError: a span or a passage doesn't fit its text.
        UsageError: what is wanted, or a label in a group, doesn't exist.
    """
    sets = [counted_annotations(annotations, documents)]
    if wanted.against is not None:
        sets.append(counted_annotations(wanted.against, documents))
    used = {span.label for one in chain(*sets) for span in one.spans}
    check_groups(counting.groups, {*labels, *used})
    # Tables can only be compared if they have the same columns.
    order = [*labels, *(sorted(used - set(labels)) if len(sets) > 1 else ())]
    prepared, *others = (
        prepare(apply(counting, counted, documents), documents, counting.labels(order))
        for counted in sets
    )
    (resamples,) = resample([prepared.names], samples, seed, interval)
    sampling = Sampling(samples, seed, interval)
    by = {
        name: cut_passes(annotations, documents, counting, sampling, wanted.compared)
        if name == PASS
        else cut(name, prepared, resamples, compared=wanted.compared, seed=seed)
        for name in wanted.by
    }
    differences = find_differences(prepared.layout, prepared.rows, prepared.contacts)
    found = findings(prepared, differences, used)
    return report(
        found,
        resamples,
        shown(prepared.layout, differences, to_show(found)),
        counting=counting,
        by=by,
        against=compare_sets(prepared, others[0], sampling) if others else None,
        aligned=None
        if wanted.gamma is None
        else gamma_figures(
            prepared.layout, prepared.continua, resamples, wanted.gamma, wanted.gamma_documents
        ),
        seed=seed,
    )


def to_show(found: Findings) -> list[Pick]:
    """The differences that a report carries."""
    return picks(found.kinds, found.tables.ids, EXAMPLES)


def report(
    found: Findings,
    resamples: Resamples,
    examples: tuple[Difference, ...],
    *,
    counting: Counting,
    seed: int,
    by: dict[str, Cut] | None = None,
    against: Comparison | None = None,
    aligned: GammaFigures | None = None,
) -> AgreementReport:
    """The report of what was found."""
    tables = found.tables
    figures = sampled_figures(tables, resamples)
    order = {label: number for number, label in enumerate((*tables.labels[1:], NOTHING))}
    confused = sorted(
        found.confusion.items(), key=lambda item: (-item[1], *(order[name] for name in item[0]))
    )
    return AgreementReport(
        documents=len(tables.ids),
        passages=found.passages,
        annotators=tables.annotators,
        spans={name: found.spans[name] for name in tables.annotators},
        units=found.units,
        counting=counting,
        overall=_with_gamma(figures.overall, aligned),
        by_label={
            label: (*of_label, *((aligned.by_label[label],) if aligned else ()))
            for label, of_label in figures.by_label.items()
        },
        by_pair=figures.by_pair,
        by_document=document_figures(tables),
        by=by or {},
        against=against,
        confusion=tuple(Confusion(*labels, count) for labels, count in confused),
        kinds=dict(zip(KINDS, found.kinds.sum(0).tolist(), strict=True)),
        kinds_by_pair={
            pair_name(*pair): in_order(counts) for pair, counts in found.kinds_by_pair.items()
        },
        kinds_by_annotator={
            name: in_order(counts)
            for name, counts in kinds_by_annotator(found.kinds_by_pair).items()
        },
        differences=examples,
        samples=resamples.samples,
        seed=seed,
        groups=len(resamples.draws),
        interval=resamples.method,
        gamma=aligned.note if aligned else None,
        measures=MEASURES,
    )


def _with_gamma(figures: tuple[Figure, ...], aligned: GammaFigures | None) -> tuple[Figure, ...]:
    """γ comes behind the other figures on spans and before those on units."""
    if aligned is None:
        return figures
    place = [found.name for found in figures].index(U_1995) + 1
    return (*figures[:place], *aligned.overall, *figures[place:])
