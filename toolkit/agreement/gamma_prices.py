"""Prices of units: how much any alignment can save at most, shared out over the units.

A best alignment is a set packing. Its linear relaxation has a dual: prices p_u >= 0 with
Σ p_u over the units of each candidate at least what the candidate saves; the sum of all
prices then bounds what any alignment saves. The bound is nearly always reached, so good
prices say which few candidates can matter at all.

The prices come from block coordinate descent on the dual, smoothed by a temperature that
falls from sweep to sweep. Units of one annotator never share a candidate, so they are
updated together: each sweep is a few array operations for all continua at once. The last
sweep is without smoothing, which makes the prices a true bound (up to rounding).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from toolkit.agreement.coefficients import Floats
from toolkit.agreement.gamma_candidates import Candidates
from toolkit.agreement.layout import Integers


@dataclass(frozen=True, slots=True)
class Cooling:
    """How many sweeps there are, and by what factor each is cooler than the one before."""

    sweeps: int
    factor: float
    begin: float = 0.3


FAST, SLOW = Cooling(36, 0.8), Cooling(120, 0.93)
"""The first is right for nearly all continua; the second for what is left over."""


def prices(candidates: Candidates, cooling: Cooling) -> Floats:
    """A price for each unit, and 0 at the end for the empty one."""
    members, saving, empty = candidates.members, candidates.saving, candidates.units
    price = np.zeros(empty + 1)
    size = (members < empty).sum(1)
    blocks = [_block(members[:, column], empty) for column in range(members.shape[1])]
    blocks = [block for block in blocks if len(block[0])]
    for which, unit, begins, _ in blocks:
        price[unit] = np.maximum.reduceat(saving[which] / size[which], begins)
    for sweep in range(cooling.sweeps + 1):
        last = sweep == cooling.sweeps
        temperature = 0.0 if last else cooling.begin * cooling.factor**sweep
        for which, unit, begins, owner in blocks:
            wanted = saving[which] - price[members[which]].sum(1) + price[unit][owner]
            price[unit] = _softest(wanted, begins, owner, temperature)
    return price


def _block(column: Integers, empty: int) -> tuple[Integers, Integers, Integers, Integers]:
    """Candidates with a unit of one annotator, by unit: which, units, where each begins, owner."""
    which = np.argsort(column, kind="stable")
    which = which[column[which] < empty]
    unit, begins, owner = np.unique(column[which], return_index=True, return_inverse=True)
    return which, unit, begins, owner


def _softest(wanted: Floats, begins: Integers, owner: Integers, temperature: float) -> Floats:
    """The greatest of each unit's ``wanted`` and 0, smoothed."""
    highest: Floats = np.maximum(np.maximum.reduceat(wanted, begins), 0.0)
    if temperature == 0:
        return highest
    weight = np.exp((wanted - highest[owner]) / temperature)
    total = np.add.reduceat(weight, begins) + np.exp(-highest / temperature)
    softened: Floats = highest + temperature * np.log(total)
    return softened
