"""What the figures are: their names and meanings, and a figure with its interval."""

from __future__ import annotations

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from toolkit.agreement.bootstrap import Resamples
from toolkit.agreement.coefficients import Floats
from toolkit.agreement.span_f1 import CRITERIA

COHEN, SCOTT, FLEISS = "cohen_kappa", "scott_pi", "fleiss_kappa"
ALPHA, AC1 = "krippendorff_alpha", "gwet_ac1"
MARKED_KAPPA, MARKED_ALPHA = "cohen_kappa_marked", "krippendorff_alpha_marked"
U_ALPHA, U_BINARY, CU_ALPHA = "u_alpha", "u_alpha_binary", "cu_alpha"
KU_ALPHA, U_1995 = "ku_alpha", "u_alpha_1995"
GAMMA, GAMMA_CAT, GAMMA_K = "gamma", "gamma_cat", "gamma_k"


class Measure(Struct, frozen=True):
    """How a figure is called in tables, and what it says, in a sentence or two."""

    title: str
    meaning: str


_UNMARKED = (
    "Nearly all units are unmarked by everybody, so this is mostly about where nothing is,"
    " and depends on what the units are."
)

MEASURES: dict[str, Measure] = {
    **{
        f"{c.name}_f1": Measure(
            f"{c.name.replace('_', '-')} F1",
            f"F1 of spans matched one to one where {c.rule}, pooled over pairs and documents;"
            " what κ tends to as unmarked text grows (Hripcsak and Rothschild 2005).",
        )
        for c in CRITERIA
    },
    U_ALPHA: Measure(
        "uα",
        "Whether spans are in the same places with the same labels, beyond chance, by length"
        " (Krippendorff and others 2016). Annotators who miss a passage don't count there.",
    ),
    U_BINARY: Measure(
        "binary uα", "The same without labels: only where spans are (Krippendorff and others 2016)."
    ),
    CU_ALPHA: Measure(
        "cuα",
        "Whether labels are the same where spans of two annotators meet, beyond chance"
        " (Krippendorff and others 2016).",
    ),
    KU_ALPHA: Measure(
        "(k)uα",
        "How reliable one label is where spans of two annotators meet, beyond chance"
        " (Krippendorff and others 2016).",
    ),
    U_1995: Measure(
        "αU 1995",
        "The older unitizing α, by squared distances of span ends, which long spans rule"
        " (Krippendorff 1995, 2004).",
    ),
    GAMMA: Measure(
        "γ",
        "Where spans are and what they are, after the best alignment of all annotators, beyond"
        " chance (Mathet, Widlöcher and Métivier 2015). Chance is sampled.",
    ),
    GAMMA_CAT: Measure(
        "γ-cat", "Whether aligned spans have the same label, beyond chance (Mathet 2017)."
    ),
    GAMMA_K: Measure("γ-k", "The same for the alignments in which one label occurs (Mathet 2017)."),
    COHEN: Measure(
        "Cohen’s κ",
        "Agreement on units beyond chance, each annotator having their own habits; mean over"
        f" pairs of annotators (Cohen 1960; Light 1971). {_UNMARKED}",
    ),
    SCOTT: Measure(
        "Scott’s π",
        "Agreement on units beyond chance, a pair having its habits in common; mean over pairs"
        f" of annotators (Scott 1955). {_UNMARKED}",
    ),
    FLEISS: Measure(
        "Fleiss’ κ",
        "Agreement on units beyond chance, with as many annotators on each of them"
        f" (Fleiss 1971). {_UNMARKED}",
    ),
    ALPHA: Measure(
        "Krippendorff’s α",
        "Agreement on units beyond chance, nominal, any number of annotators"
        f" (Krippendorff 2004). {_UNMARKED}",
    ),
    AC1: Measure(
        "Gwet’s AC1",
        "Agreement on units beyond chance, with little left to chance where one category is"
        " nearly all there is (Gwet 2008; labels that nobody used count too): near 1 on text"
        " with few spans, whatever becomes of"
        " the spans. Not to be read as agreement on spans.",
    ),
    MARKED_KAPPA: Measure(
        "Cohen’s κ, marked units",
        "Cohen’s κ over units that one of the two marked at least. Without the agreed unmarked"
        " units every miss weighs fully and chance is guessed from misses: low, even negative,"
        " values are normal.",
    ),
    MARKED_ALPHA: Measure(
        "Krippendorff’s α, marked units",
        "Krippendorff’s α over units that one annotator marked at least (as Deléger and others"
        " 2012 report beside all units); low, even negative, values are normal.",
    ),
}
"""What each figure is. Nearly all units are unmarked and a long span counts
for many units, so F1 is the headline and the coefficients stand beside it."""

NO_OVERLAP = "no two annotators saw the same text"
NO_SPANS = "nobody marked a span"
NO_SUCH_LABEL = "nobody used this label"
NO_UNITS = "no unit was seen by two annotators"
NO_MEETING = "no span of one annotator meets a span of another"
ONE_CATEGORY = "only one category was used, so nothing is left beyond chance"
ONE_LABEL = "only one label, or too little text, is where spans meet: nothing is beyond chance"


class Figure(Struct, frozen=True):
    """One number with its 95 % interval.

    ``name`` is a key of ``MEASURES``. ``value``, ``low`` and ``high`` are null where they
    are not defined, and ``undefined`` then says why. ``n`` is what the figure rests on:
    for F1 the spans compared, over both annotators of every pair; for γ the spans aligned;
    for coefficients on units the units that two annotators or more saw (for marked ones:
    those that one at least marked, each as often as annotators saw it); for uα the
    characters, each as often as annotators saw it; for cuα and (k)uα the length of spans,
    of this label, that meets spans of others.
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


def figure(  # noqa: PLR0917 - in the order in which a table of figures lists them
    name: str,
    values: Floats,
    n: NDArray[np.float64] | float,
    groups: int,
    resamples: Resamples | None,
    undefined: str,
) -> Figure:
    """A figure from its value in the data, ``values[0]``, and in each resample.

    ``groups`` is how many groups of documents it rests on; ``undefined`` says why it is
    undefined, should it be. Without resamples it has no interval.
    """
    value, rests_on = float(values[0]), round(float(n))
    if np.isnan(value):
        return Figure(name, None, None, None, rests_on, undefined)
    if resamples is None:
        return Figure(name, value, None, None, rests_on, "no interval: it is one document")
    interval = resamples.interval(values, groups)
    return Figure(name, value, interval.low, interval.high, rests_on, interval.undefined)
