"""A log-linear model of tags given features, with probabilities as targets.

Trained by AdaGrad (Duchi, Hazan, Singer 2011; one step size for each feature) on batches
that are made ready once for all epochs, since sorting their features costs most.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from toolkit.gold.units import Floats, Integers

BATCH = 256
"""Units in a batch."""

RATE = 0.1
"""The step size."""

FIRST_SQUARE = 0.1
"""What a feature's sum of squared slopes begins with."""

_BLOCK = 8192

Weights = NDArray[np.float32]
"""Features x tags."""


@dataclass(frozen=True, slots=True)
class Batch:
    """Some units, with their features numbered among those of the batch.

    ``features``: the features that occur, each once; ``local`` (templates x units): which
    of these each unit has. ``owner``: the unit of each feature in order of feature, and
    ``begins``: where each feature begins there.
    """

    units: Integers
    features: Integers
    local: Integers
    owner: Integers
    begins: Integers


def batches(rows: Integers, found: Integers, rng: np.random.Generator) -> list[Batch]:
    """Batches of these rows of ``found`` (units x templates), in random order."""
    shuffled = rng.permutation(rows)
    return [
        _batch(shuffled[begin : begin + BATCH], found) for begin in range(0, len(shuffled), BATCH)
    ]


def _batch(units: Integers, found: Integers) -> Batch:
    templates = found.shape[1]
    flat = found[units].ravel()
    order = np.argsort(flat, kind="stable")
    in_order = flat[order]
    new = np.ones(len(flat), dtype=np.bool_)
    new[1:] = in_order[1:] != in_order[:-1]
    begins = np.flatnonzero(new)
    local = np.empty(len(flat), dtype=np.int64)
    local[order] = np.cumsum(new) - 1
    by_template = np.ascontiguousarray(local.reshape(-1, templates).T)
    return Batch(units, in_order[begins], by_template, order // templates, begins)


def train(
    made: Sequence[Batch], targets: Floats, size: int, epochs: int, rng: np.random.Generator
) -> Weights:
    """Weights under which the features of these units foretell their targets.

    Args:
        made: of ``batches``.
        targets: all units x tags; probabilities.
        size: how many features there are.
        epochs: how often each batch is looked at.
        rng: decides the order of the batches.
    """
    weights = np.zeros((size, targets.shape[1]), dtype=np.float32)
    squares = np.full((size, 1), FIRST_SQUARE, dtype=np.float32)
    wanted = targets.astype(np.float32)
    for _ in range(epochs):
        for number in rng.permutation(len(made)):
            batch = made[number]
            here = np.take(weights, batch.features, axis=0)
            slope = _softmax(summed(here, batch.local)) - np.take(wanted, batch.units, axis=0)
            slopes = np.add.reduceat(np.take(slope, batch.owner, axis=0), batch.begins, axis=0)
            seen = squares[batch.features] + np.square(slopes).mean(axis=1, keepdims=True)
            squares[batch.features] = seen
            here -= RATE * slopes / np.sqrt(seen)
            weights[batch.features] = here
    return weights


def predict(weights: Weights, found: Integers, rows: Integers) -> Floats:
    """Rows x tags: the probability of each tag."""
    tags = np.empty((len(rows), weights.shape[1]))
    for begin in range(0, len(rows), _BLOCK):
        features = found[rows[begin : begin + _BLOCK]].T
        tags[begin : begin + _BLOCK] = _softmax(summed(weights, features))
    return tags


def summed(weights: Weights, features: Integers) -> Weights:
    """Units x tags: the sum of the weights of each unit's features (templates x units)."""
    total: Weights = np.take(weights, features[0], axis=0)
    for template in features[1:]:
        total += np.take(weights, template, axis=0)
    return total


def _softmax(scores: Weights) -> Weights:
    scores -= scores.max(axis=1, keepdims=True)
    np.exp(scores, out=scores)
    scores /= scores.sum(axis=1, keepdims=True)
    return scores
