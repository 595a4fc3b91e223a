"""What suggestions do to people: the time they save, and the judgement they cost.

In a random share of passages annotators are shown no suggestions although the rules made
some (``toolkit.studio.control``). What people do there to the spans that they were *not*
shown is what they would have done anyway; the difference to the passages where they were
shown them is the doing of the suggestions. It is a randomised experiment, paired by design:
one passage is done both ways by different people.

Each figure is a mean under both conditions for the same people: within an annotator the two
are compared, and annotators weigh as in the Mantel-Haenszel risk difference, by
``n1 n0 / (n1 + n0)`` of their ``n1`` and ``n0`` cases with and without (Greenland and Robins
1985, *Biometrics* 41, equation 3). So a slow annotator who did more passages without
suggestions is not taken for the suggestions' doing. Intervals are by bootstrap over
documents, near-duplicates (``meta["group"]``) drawn together.

What is right is taken from gold or from the other annotators (``anchoring_cases``).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from toolkit.agreement.anchoring_cases import GIVEN, OVERLOOKED, TIME, WRONG_KEPT, Cases, Found
from toolkit.agreement.bootstrap import Resamples, draw
from toolkit.model import Annotation, Document, GoldDocument, Suggestion
from toolkit.records import counted_annotations
from toolkit.settings import AgreementSettings

Floats = NDArray[np.float64]


class Measure(Struct, frozen=True):
    """How an effect is called, what it is a mean of, and how the two means are compared."""

    title: str
    meaning: str
    compared: Literal["ratio", "difference"]


MEASURES: dict[str, Measure] = {
    TIME: Measure(
        "seconds for 1,000 characters",
        "Geometric mean of the time that a passage was open, for its length, with times more than "
        "three standard deviations from an annotator's median drawn in; the ratio is what of the "
        "time is left with suggestions.",
        "ratio",
    ),
    GIVEN: Measure(
        "suggestions given",
        "Share of the rules' spans that people gave, exactly as they are: shown to them, "
        "and not shown.",
        "difference",
    ),
    WRONG_KEPT: Measure(
        "wrong suggestions kept",
        "Share of the rules' wrong spans that people gave all the same; the difference is "
        "anchoring.",
        "difference",
    ),
    OVERLOOKED: Measure(
        "missing spans overlooked",
        "Share of the right spans where the rules proposed nothing, and where people marked "
        "nothing either; the difference is what they overlooked because they had suggestions.",
        "difference",
    ),
}


class Effect(Struct, frozen=True):
    """One measure with suggestions and without, and what lies between.

    ``name`` is a key of ``MEASURES``; ``value`` is the ratio or difference of ``shown`` and
    ``control``, with its 95 % interval. What isn't defined is null, and ``undefined`` says
    why. ``n_shown`` and ``n_control`` are the cases, of annotators who have both.
    """

    name: str
    shown: float | None
    control: float | None
    value: float | None
    low: float | None
    high: float | None
    n_shown: int
    n_control: int
    undefined: str = ""


class Anchoring(Struct, frozen=True):
    """The effects, and the annotations that they rest on.

    ``shown`` and ``control`` count submissions where the rules had looked at the document;
    ``other_version`` those of ``shown`` who saw suggestions that are no longer there, whose
    time alone counts. ``by_gold`` and ``by_others`` say how many were judged by what.
    """

    shown: int
    control: int
    other_version: int
    by_gold: int
    by_others: int
    effects: tuple[Effect, ...]
    samples: int
    seed: int
    measures: dict[str, Measure]


def anchoring(
    annotations: Sequence[Annotation],
    documents: Mapping[str, Document],
    suggestions: Mapping[str, Suggestion],
    gold: Mapping[str, GoldDocument] | None = None,
    *,
    samples: int = AgreementSettings().samples,
    seed: int = AgreementSettings().seed,
) -> Anchoring:
    """Measure what the suggestions did.

    Args:
        annotations: may be a history; each annotator's last submission for a passage counts.
            Whose ``suggested`` is null was shown none.
        documents: by id.
        suggestions: by document id, what the rules propose, shown or not.
        gold: by document id, where somebody decided what is right; never a merge of these
            annotations alone.
        samples: of the bootstrap.
        seed: of the bootstrap.

    Raises:
        InputError: an annotation's document isn't among the documents.
        OffsetError: a span or a passage doesn't fit its text.
    """
    counted = counted_annotations(annotations, documents)
    cases = Cases(counted, suggestions, gold or {})
    groups = {id_: document.meta.get("group") or id_ for id_, document in documents.items()}
    return Anchoring(
        shown=cases.shown,
        control=cases.control,
        other_version=cases.other_version,
        by_gold=cases.by_gold,
        by_others=cases.by_others,
        effects=tuple(
            _effect(name, cases.found[name], groups, samples=samples, seed=seed)
            for name in MEASURES
        ),
        samples=samples,
        seed=seed,
        measures=MEASURES,
    )


def _effect(
    name: str,
    found: Found,
    groups: Mapping[str, str],
    *,
    samples: int,
    seed: int,
) -> Effect:
    """Both means, and what lies between, with its interval."""
    table, cases = _tabulated(found, groups)
    # Samples differ between measures in nothing but the documents that they rest on.
    rows = np.arange(len(table))
    resamples = Resamples(rows, draw(len(table), samples, seed), "percentile")
    sums = resamples.totals(table, rows).reshape(table.shape[1] // 4, 4, resamples.columns)
    shown, control = _standardised(sums)
    if MEASURES[name].compared == "ratio":
        shown, control = np.exp(shown), np.exp(control)
        values = shown / control
    else:
        values = shown - control
    if np.isnan(values[0]):
        return Effect(name, None, None, None, None, None, *cases, _why(found))
    interval = resamples.interval(values, len(table))
    return Effect(
        name,
        float(shown[0]),
        float(control[0]),
        float(values[0]),
        interval.low,
        interval.high,
        *cases,
        interval.undefined,
    )


def _tabulated(found: Found, groups: Mapping[str, str]) -> tuple[Floats, tuple[int, int]]:
    """Cases and sums by group: (groups x 4 for each annotator), shown first; and all cases.

    Annotators who don't have both conditions say nothing of the difference and are left out.
    """
    both = sorted(_having(found, shown=True) & _having(found, shown=False))
    column = {annotator: 4 * number for number, annotator in enumerate(both)}
    cells = {at: cell for at, cell in found.items() if at[1] in column}
    row = {name: n for n, name in enumerate(sorted({groups[at[0]] for at in cells}))}
    table: Floats = np.zeros((len(row), 4 * len(both)))
    cases = [0, 0]
    for (document, annotator, is_shown), cell in cells.items():
        place = row[groups[document]], column[annotator] + (0 if is_shown else 2)
        table[place] += cell.cases
        table[place[0], place[1] + 1] += cell.summed
        cases[not is_shown] += cell.cases
    return table, (cases[0], cases[1])


def _standardised(sums: Floats) -> tuple[Floats, Floats]:
    """The means with and without, annotators weighing the same in both; one value a sample.

    ``sums`` (annotators x 4 x samples): cases and sum with suggestions, cases and sum without.
    """
    n1, y1, n0, y0 = np.moveaxis(sums, 1, 0)
    n = np.maximum(n1 + n0, 1)
    weight = (n1 * n0 / n).sum(0)
    weight[weight == 0] = np.nan
    # w / n1 is n0 / (n1 + n0), which is also defined where an annotator was not drawn.
    return (n0 * y1 / n).sum(0) / weight, (n1 * y0 / n).sum(0) / weight


def _having(found: Found, *, shown: bool) -> set[str]:
    return {annotator for _, annotator, is_shown in found if is_shown == shown}


def _why(found: Found) -> str:
    """Why there is nothing to compare."""
    if not found:
        return "there is no case of it"
    if not _having(found, shown=False):
        return "nobody worked without suggestions on it"
    if not _having(found, shown=True):
        return "nobody worked with suggestions on it"
    return "nobody worked on it both with suggestions and without"
