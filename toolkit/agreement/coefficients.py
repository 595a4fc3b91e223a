"""Chance-corrected agreement on units, as pure functions of counts.

Every coefficient has the form ``(observed - expected) / (1 - expected)``. All take
counts whose leading axes, if any, are separate cases (bootstrap samples, labels), and
give one value a case. Where ``expected`` is 1 (everybody always used the same category)
or nothing was counted, a coefficient is undefined and its value is ``nan``: neither 0
nor 1 would be true.

Sources:
    Cohen 1960, Educational and Psychological Measurement 20(1); Scott 1955, Public
    Opinion Quarterly 19(3); Fleiss 1971, Psychological Bulletin 76(5); Krippendorff
    2011, "Computing Krippendorff's alpha-reliability"; Gwet 2008, British Journal of
    Mathematical and Statistical Psychology 61(1); Artstein and Poesio 2008,
    Computational Linguistics 34(4), for the common notation.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]


def cohen_kappa(table: ArrayLike) -> Floats:
    """Cohen's κ (1960) of two raters.

    ``table[…, a, b]`` counts the units that the first called ``a`` and the second ``b``.
    Expected: the product of the two raters' own distributions, Σ p_a q_a.
    """
    counts = _floats(table)
    return cohen_kappa_from_margins(_agreed(counts), counts.sum(-1), counts.sum(-2))


def cohen_kappa_from_margins(agreed: ArrayLike, first: ArrayLike, second: ArrayLike) -> Floats:
    """Cohen's κ from what it needs of the table.

    ``agreed[…]`` counts the units with the same category from both; ``first[…, c]`` and
    ``second[…, c]`` how often each rater used category ``c``.
    """
    left, right = _floats(first), _floats(second)
    total = left.sum(-1)
    expected = _ratio((left * right).sum(-1), total**2)
    return _corrected(_ratio(_floats(agreed), total), expected)


def scott_pi(table: ArrayLike) -> Floats:
    """Scott's π (1955) of two raters; ``table`` as for ``cohen_kappa``.

    Expected: Σ p_c², with p the distribution of both raters together.
    """
    counts = _floats(table)
    return scott_pi_from_margins(_agreed(counts), counts.sum(-1), counts.sum(-2))


def scott_pi_from_margins(agreed: ArrayLike, first: ArrayLike, second: ArrayLike) -> Floats:
    """Scott's π from what it needs of the table, as ``cohen_kappa_from_margins``."""
    left, right = _floats(first), _floats(second)
    used = left + right
    expected = _ratio((used**2).sum(-1), used.sum(-1) ** 2)
    return _corrected(_ratio(_floats(agreed), left.sum(-1)), expected)


def gwet_ac1(table: ArrayLike) -> Floats:
    """Gwet's AC1 (2008) of two raters; ``table`` as for ``cohen_kappa``.

    Expected: Σ p_c (1 - p_c) / (K - 1), with p as for π and K the number of categories in
    the table, used or not. Stays high where nearly all units are of one category.
    """
    counts = _floats(table)
    used = counts.sum(-1) + counts.sum(-2)
    share = _ratio(used, used.sum(-1, keepdims=True))
    expected = _ratio((share * (1 - share)).sum(-1), np.float64(counts.shape[-1] - 1))
    return _corrected(_ratio(_agreed(counts), counts.sum((-1, -2))), expected)


def gwet_ac1_of_many(ratings: ArrayLike) -> Floats:
    """Gwet's AC1 of any number of raters, some of whose ratings may be missing.

    ``ratings[…, u, c]`` counts how many rated unit ``u`` as ``c``. Observed: the mean share
    of agreeing pairs over the units that two or more rated; expected: as for two, with p_c
    the mean over all rated units of the share that rated them c (Gwet 2008, formula 7 and
    what follows; 2014, Handbook of Inter-Rater Reliability, section 2.4).
    """
    counts = _floats(ratings)
    agreed, shared, share = unit_shares(counts, counts.sum(-1, keepdims=True))
    return gwet_ac1_from_shares(agreed.sum((-1, -2)), shared[..., 0].sum(-1), share.sum(-2))


def gwet_ac1_from_shares(agreed: ArrayLike, shared: ArrayLike, share: ArrayLike) -> Floats:
    """AC1 from sums of ``unit_shares`` over units."""
    used = _floats(share)
    used = _ratio(used, used.sum(-1, keepdims=True))
    expected = _ratio((used * (1 - used)).sum(-1), np.float64(used.shape[-1] - 1))
    return _corrected(_ratio(_floats(agreed), _floats(shared)), expected)


def unit_shares(counts: ArrayLike, raters: ArrayLike) -> tuple[Floats, Floats, Floats]:
    """What a category's count among a unit's ratings adds to what AC1 is made of.

    The share of the unit's pairs of ratings that agree in it; whether there are such
    pairs at all; the share of the unit's ratings that are of this category.
    """
    times, total = _floats(counts), _floats(raters)
    paired = total > 1
    pairs = np.where(paired, total * (total - 1), 1.0)
    agreed = np.where(paired, times * (times - 1) / pairs, 0.0)
    share = np.where(total > 0, times / np.maximum(total, 1), 0.0)
    return agreed, paired.astype(np.float64), share


def fleiss_kappa(ratings: ArrayLike) -> Floats:
    """Fleiss' κ (1971) of many raters.

    ``ratings[…, u, c]`` counts how many rated unit ``u`` as ``c``. Observed: the mean
    share of agreeing pairs of raters a unit; expected: Σ p_c².

    Raises:
        ValueError: the units don't all have the same number of ratings, two or more.
    """
    counts = _floats(ratings)
    raters = counts.sum(-1)
    if raters.size and (raters.min() != raters.max() or raters.min() < 2):  # noqa: PLR2004
        raise ValueError("Fleiss' κ needs the same number of ratings for every unit, at least 2")
    agreed, used = coincidence_margins(counts)
    return fleiss_kappa_from_margins(agreed.sum(-1), used)


def fleiss_kappa_from_margins(agreed: ArrayLike, used: ArrayLike) -> Floats:
    """Fleiss' κ from the margins of the coincidences (``coincidence_margins``).

    With the same number of ratings everywhere, the share of coincidences that agree is
    Fleiss' mean share of agreeing pairs.
    """
    times = _floats(used)
    total = times.sum(-1)
    return _corrected(_ratio(_floats(agreed), total), _ratio((times**2).sum(-1), total**2))


def krippendorff_alpha_nominal(coincidences: ArrayLike) -> Floats:
    """Krippendorff's α for nominal data, from a coincidence matrix (``coincidences``).

    α = 1 - D_o / D_e with D_o = 1 - Σ o_cc / n and D_e = 1 - Σ n_c (n_c - 1) / (n (n - 1)).
    """
    matrix = _floats(coincidences)
    return krippendorff_alpha_from_margins(_agreed(matrix), matrix.sum(-1))


def krippendorff_alpha_from_margins(agreed: ArrayLike, used: ArrayLike) -> Floats:
    """Krippendorff's nominal α from Σ o_cc and the ``n_c`` of the coincidence matrix."""
    times = _floats(used)
    total = times.sum(-1)
    expected = _ratio((times * (times - 1)).sum(-1), total * (total - 1))
    return _corrected(_ratio(_floats(agreed), total), expected)


def coincidences(ratings: ArrayLike) -> Floats:
    """The coincidence matrix ``o[…, c, k]`` of ``ratings[…, u, c]`` (Krippendorff 2011).

    Each unit with m ratings gives each ordered pair of them 1 / (m - 1); a unit that
    fewer than two rated gives nothing, which is how missing ratings are handled.
    """
    counts = _floats(ratings)
    raters = counts.sum(-1)
    weight = np.where(raters > 1, 1 / np.maximum(raters - 1, 1), 0.0)
    weighted = counts * weight[..., None]
    pairs: Floats = np.einsum("...uc,...uk->...ck", weighted, counts)
    same: Floats = weighted.sum(-2)[..., None] * np.eye(counts.shape[-1])
    return pairs - same


def coincidence_margins(ratings: ArrayLike) -> tuple[Floats, Floats]:
    """The diagonal ``o_cc`` and the sums ``n_c`` of the coincidence matrix.

    ``ratings[…, u, c]`` as for ``coincidences``, which need not be made for this.
    """
    counts = _floats(ratings)
    agreed, used = unit_coincidences(counts, counts.sum(-1, keepdims=True))
    return agreed.sum(-2), used.sum(-2)


def unit_coincidences(counts: ArrayLike, raters: ArrayLike) -> tuple[Floats, Floats]:
    """What a category's count among a unit's ratings adds to ``o_cc`` and to ``n_c``.

    n (n - 1) / (m - 1), and n, where the unit has m > 1 ``raters``; else nothing.
    """
    times, total = _floats(counts), _floats(raters)
    paired = total > 1
    agreed = np.where(paired, times * (times - 1) / np.maximum(total - 1, 1), 0.0)
    return agreed, np.where(paired, times, 0.0)


def _floats(values: ArrayLike) -> Floats:
    return np.asarray(values, dtype=np.float64)


def _agreed(table: Floats) -> Floats:
    """The sum of the diagonal of each table."""
    diagonal: Floats = np.einsum("...cc->...", table)
    return diagonal


def _ratio(part: Floats, whole: Floats | np.float64) -> Floats:
    """``part / whole``, and ``nan`` where the whole is nothing."""
    shape = np.broadcast(part, whole).shape
    out: Floats = np.full(shape, np.nan)
    np.divide(part, whole, out=out, where=np.asarray(whole) > 0)
    return out


def _corrected(observed: Floats, expected: Floats) -> Floats:
    """``(observed - expected) / (1 - expected)``, and ``nan`` where chance explains all."""
    room = 1 - expected
    defined = room > np.finfo(np.float64).eps * 8
    out: Floats = np.full(np.shape(room), np.nan)
    np.divide(observed - expected, room, out=out, where=defined)
    return out
