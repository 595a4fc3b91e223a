"""A hidden Markov chain over the units' true tags, for all sequences at once.

Unit ``t`` of every sequence is worked on together, longest sequences first, so the work
in Python grows with the longest sequence and not with their number. Tags that can't
follow each other (inside after outside, or after another label) have no probability.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from toolkit.gold.special import expected_log
from toolkit.gold.units import OUTSIDE, Booleans, Floats, Integers

IMPOSSIBLE = -1e3
"""The logarithm of the probability of what can't be; finite, so that sums stay numbers."""


def allowed(tags: int) -> Booleans:
    """Which tag (column) may follow which (row): inside only after begin or inside."""
    may = np.ones((tags, tags), dtype=np.bool_)
    for inside in range(2, tags, 2):
        may[:, inside] = False
        may[[inside - 1, inside], inside] = True
    return may


@dataclass(frozen=True)
class Beliefs:
    """What the chain believes after having heard the evidence.

    ``tags`` (units x tags): the probability of each tag. ``follows`` (tags x tags): how
    often each tag is expected to follow each. ``evidence``: the logarithm of the evidence.
    """

    tags: Floats
    follows: Floats
    evidence: float
    continuing: Callable[[], Floats]

    @cached_property
    def goes_on(self) -> Floats:
        """2 x units x labels: how probably an entity goes on into the next unit.

        An entity of the label that begins at (0), or has come as far as (1), this unit.
        """
        return self.continuing()


def pick(weight: Floats, rng: np.random.Generator) -> Integers:
    """A column of each row, drawn with chances in proportion to what stands there."""
    reached = np.cumsum(weight, axis=1)
    drawn = rng.random(len(weight)) * reached[:, -1]
    found: Integers = np.minimum((reached < drawn[:, None]).sum(axis=1), weight.shape[1] - 1)
    return found


class Chain:
    """The order of work for sequences of these lengths, which follow one another."""

    def __init__(self, first: Integers, tags: int, quiet: int = 0) -> None:
        lengths = np.diff(first)
        order = np.argsort(-lengths, kind="stable")
        falling = -lengths[order]
        longest = int(lengths.max(initial=0))
        self.steps = [
            first[order[: np.searchsorted(falling, -step, side="left")]] + step
            for step in range(longest)
        ]
        # All first units, then all second ones, and so on: a step's units are one slice.
        self._order = np.concatenate([*self.steps, np.zeros(0, dtype=np.int64)])
        self._place = np.empty_like(self._order)
        self._place[self._order] = np.arange(len(self._order))
        ends = np.cumsum([len(step) for step in self.steps])
        self._slices = [
            slice(end - len(s), end) for s, end in zip(self.steps, ends.tolist(), strict=True)
        ]
        self.units = int(first[-1])
        self.first = first
        self.tags = tags
        self.allowed = allowed(tags)
        self._quiet = np.zeros((tags, tags))
        self._quiet[OUTSIDE, OUTSIDE] = quiet

    def transitions(self, follows: Floats) -> Floats:
        """Expected log probability of one tag after another, of counts and a flat prior."""
        counts = follows + self._quiet + 1.0
        return np.where(
            self.allowed, expected_log(np.where(self.allowed, counts, 1e-9)), IMPOSSIBLE
        )

    def follows(self, tags: Floats) -> Floats:
        """A first guess of how often each tag follows each, from each unit's beliefs alone."""
        inner = np.ones(self.units, dtype=np.bool_)
        inner[self.first[:-1]] = False
        after = np.flatnonzero(inner)
        counts: Floats = tags[after - 1].T @ tags[after]
        return counts * self.allowed

    def listen(self, heard: Floats, transitions: Floats) -> Beliefs:
        """Forward and backward: beliefs after evidence ``heard`` (units x tags, logarithms)."""
        top = heard.max(axis=1, keepdims=True)
        likely = self._likely(heard, top)
        step_to = np.exp(transitions)
        forward, scale = self._forward(likely, step_to)
        likely /= scale[:, None]
        backward, to_come = self._backward(likely, step_to)
        follows = np.zeros((self.tags, self.tags))
        for now, after in itertools.pairwise(self._slices):
            before = slice(now.start, now.start + after.stop - after.start)
            follows += forward[before].T @ to_come[after]
        forward *= backward
        forward /= forward.sum(axis=1, keepdims=True)
        evidence = float(np.log(scale).sum() + top.sum())
        return Beliefs(
            self._in_place(forward),
            follows * step_to,
            evidence,
            lambda: self._goes_on(backward, to_come, step_to),
        )

    def _likely(self, heard: Floats, top: Floats) -> Floats:
        """The evidence in the order of the steps, as a share of the strongest of each unit."""
        # ``take`` copies whole rows, many times as fast as an index in brackets.
        likely: Floats = np.take(heard, self._order, axis=0)
        likely -= np.take(top, self._order, axis=0)
        return np.exp(likely, out=likely)

    def _goes_on(self, backward: Floats, to_come: Floats, step_to: Floats) -> Floats:
        labels = np.arange(1, self.tags, 2)
        goes_on = np.zeros((2, self.units, len(labels)))
        for now, after in itertools.pairwise(self._slices):
            before = slice(now.start, now.start + after.stop - after.start)
            inside = to_come[after, 2::2]
            for kind, tag in enumerate((labels, labels + 1)):
                step = step_to[tag, labels + 1]
                goes_on[kind, before] = inside * step / backward[before, 1 + kind :: 2]
        return self._in_place(goes_on, axis=1)

    def _forward(self, likely: Floats, step_to: Floats) -> tuple[Floats, Floats]:
        forward, scale = np.empty_like(likely), np.empty(self.units)
        ahead = np.broadcast_to(step_to[OUTSIDE], (len(likely), self.tags))
        for now in self._slices:
            state = likely[now] * ahead[: now.stop - now.start]
            scale[now] = state.sum(axis=1)
            state /= scale[now, None]
            forward[now] = state
            ahead = state @ step_to
        return forward, scale

    def _backward(self, scaled: Floats, step_to: Floats) -> tuple[Floats, Floats]:
        """The backward probabilities, and these times the evidence of the unit itself."""
        backward, to_come = np.ones_like(scaled), scaled
        for now, after in itertools.pairwise(self._slices[::-1]):
            to_come[now] *= backward[now]
            before = slice(after.start, after.start + now.stop - now.start)
            backward[before] = to_come[now] @ step_to.T
        return backward, to_come

    def draw(self, heard: Floats, transitions: Floats, rng: np.random.Generator) -> Integers:
        """Tags drawn from what the chain believes after this evidence (backward sampling)."""
        top = heard.max(axis=1, keepdims=True)
        step_to = np.exp(transitions)
        forward, _ = self._forward(self._likely(heard, top), step_to)
        tags = np.zeros(self.units, dtype=np.int64)
        after: Integers = np.zeros(0, dtype=np.int64)
        for now, units in zip(reversed(self._slices), reversed(self.steps), strict=True):
            weight = forward[now].copy()
            weight[: len(after)] *= step_to[:, tags[after]].T
            tags[units] = pick(weight, rng)
            after = units
        return tags

    def _in_place(self, ordered: Floats, axis: int = 0) -> Floats:
        """By unit, what stands in the order of the steps."""
        placed: Floats = np.take(ordered, self._place, axis=axis)
        return placed

    def best(self, heard: Floats, transitions: Floats) -> Integers:
        """The most probable tags of each sequence as a whole (Viterbi)."""
        # Tags x units: rows are long, and numpy does a row at a time.
        score: Floats = np.ascontiguousarray(np.take(heard, self._order, axis=0).T)
        score[:, : self._slices[0].stop if self._slices else 0] += transitions[OUTSIDE][:, None]
        came_from = np.zeros((self.tags, self.units), dtype=np.int16)
        for before, now in itertools.pairwise(self._slices):
            state = score[:, before.start : before.start + now.stop - now.start]
            best, came_from[:, now] = _ways(state, transitions)
            score[:, now] += best
        tags: Integers = score.argmax(axis=0)
        for after, now in itertools.pairwise(reversed(self._slices)):
            units = np.arange(after.start, after.stop)
            before = slice(now.start, now.start + len(units))
            tags[before] = came_from[tags[after], units]
        placed: Integers = tags[self._place]
        return placed


def _ways(state: Floats, transitions: Floats) -> tuple[Floats, NDArray[np.int16]]:
    """The best way to each tag (rows) from these states, and the tag it comes from."""
    best = state[0] + transitions[0][:, None]
    came_from = np.zeros(best.shape, dtype=np.int16)
    for tag in range(1, len(state)):
        way = state[tag] + transitions[tag][:, None]
        np.copyto(came_from, tag, where=way > best)
        np.maximum(best, way, out=best)
    return best, came_from
