"""From a model's probability to a confidence: how often such spans are right.

A model that takes annotators for independent is too sure: what misleads one misleads
others. Here its log odds are tempered, and two things count that it doesn't know: what the
same string was called everywhere else and, once a person has reviewed some, how often
spans of each label were right. All of it is one logistic regression. Without reviews its
weights are ``UNREVIEWED``; reviews move them as far as they have evidence (Bayes: a normal
prior around ``UNREVIEWED``, the most probable weights).
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence

import numpy as np
from msgspec import Struct, structs

from toolkit.gold.cases import Case, Decision, Key
from toolkit.gold.units import Floats
from toolkit.model import Alternative, GoldSpan

UNREVIEWED = (0.0, 0.25, 0.5)
"""What a constant, a model's log odds and its string's name (``Strings``) weigh.

Rounded from a fit to ``sequence`` on the development part of a crowd's work
(``benchmarks/gold.py``): 47 people, four labels, short spans. Fits to one half of it, by
article, were off by 0.03 (expected calibration error) on the other. On other work they
are a guess, which some reviews replace.
"""

DOUBTED = (1.0, 0.1, 0.2)
"""The standard deviation of the prior around ``UNREVIEWED``."""

LABEL_DOUBTED = 1.0
"""The same for the weight of each label, which is 0 without reviews."""

SURE = 1e-4
"""No model is surer than this short of 1, or of 0."""

DIGITS = 6
_STEPS = 25
_STILL = 1e-8


class Strings:
    """What every string was called, by everybody, anywhere."""

    def __init__(self, cases: Iterable[Case]) -> None:
        self._named: Counter[tuple[str, str]] = Counter()
        for case in cases:
            text = case.document.text
            self._named.update(
                (text[span.start : span.end], span.label)
                for view in case.views
                for span in view.spans
            )
        self._all: Counter[str] = Counter()
        for (string, _), count in self._named.items():
            self._all[string] += count

    def agreement(self, string: str, label: str, here: int) -> float:
        """The logarithm of the share of namings of this string that say this label.

        The ``here`` votes for the label at the place in question don't count, since the
        model knows them; one more is added, so that a string nobody else named gives 0.
        """
        same = self._named[string, label]
        elsewhere = max(same - here, 0)
        return math.log((elsewhere + 1) / (elsewhere + self._all[string] - same + 1))


class Scale(Struct, frozen=True):
    """Turns a model's probabilities into confidences.

    ``weights`` as ``UNREVIEWED``; ``labels``: what each label adds to the log odds;
    ``reviewed``: how many spans taught it.
    """

    strings: Strings
    weights: tuple[float, ...] = UNREVIEWED
    labels: dict[str, float] = {}
    reviewed: int = 0

    def calibrated(self, settled: Decision) -> Decision:
        """The same decision, with confidences in the place of the model's probabilities."""
        return Decision(
            tuple(self._span(span) for span in settled.spans),
            settled.disputed,
            self._alternatives(settled.rejected),
        )

    def confidence(self, probability: float, label: str, string: str, votes: int) -> float:
        """How often a span like this is right; ``votes`` are for exactly it."""
        constant, odds, named = self.weights
        score = (
            constant
            + odds * log_odds(probability)
            + named * self.strings.agreement(string, label, votes)
            + self.labels.get(label, 0.0)
        )
        return round(1.0 / (1.0 + math.exp(-score)), DIGITS)

    def _span(self, span: GoldSpan) -> GoldSpan:
        confidence = self.confidence(span.confidence, span.label, span.text or "", votes_for(span))
        alternatives = self._alternatives(span.alternatives)
        return structs.replace(span, confidence=confidence, alternatives=alternatives)

    def _alternatives(self, lost: Sequence[Alternative]) -> tuple[Alternative, ...]:
        found = [
            structs.replace(
                one,
                confidence=self.confidence(
                    one.confidence, one.label, one.text or "", len(one.annotators)
                ),
            )
            for one in lost
        ]
        return tuple(sorted(found, key=lambda one: (-one.confidence, one.key)))


def learnt(
    cases: Sequence[Case],
    reviewed: Iterable[tuple[Decision, set[Key]]],
    strings: Strings | None = None,
) -> Scale:
    """A scale that reviews taught.

    Args:
        cases: everybody's work.
        reviewed: what a model decided *without having been told the truth*, beside the
            right spans, for each document that a person reviewed.
        strings: those of ``cases``, where they are known.
    """
    strings = strings or Strings(cases)
    rows: list[tuple[float, float, str, bool]] = [
        (
            log_odds(span.confidence),
            strings.agreement(span.text or "", span.label, votes_for(span)),
            span.label,
            span.key in truth,
        )
        for settled, truth in reviewed
        for span in settled.spans
    ]
    if not rows:
        return Scale(strings)
    labels = sorted({label for _, _, label, _ in rows})
    found = np.array(
        [
            [1.0, odds, named, *(label == other for other in labels)]
            for odds, named, label, _ in rows
        ]
    )
    right = np.array([row[3] for row in rows], dtype=np.float64)
    prior = np.array([*UNREVIEWED, *(0.0 for _ in labels)])
    spread = np.array([*DOUBTED, *(LABEL_DOUBTED for _ in labels)])
    weights = [
        round(weight, DIGITS) for weight in _most_probable(found, right, prior, spread).tolist()
    ]
    known = len(UNREVIEWED)
    return Scale(
        strings, tuple(weights[:known]), dict(zip(labels, weights[known:], strict=True)), len(rows)
    )


def log_odds(probability: float) -> float:
    """The logarithm of the odds, bounded by ``SURE``."""
    bounded = min(max(probability, SURE), 1.0 - SURE)
    return math.log(bounded / (1.0 - bounded))


def votes_for(span: GoldSpan) -> int:
    """How many gave exactly this span."""
    return sum(label == span.label for label in span.votes.values())


def _most_probable(found: Floats, right: Floats, prior: Floats, spread: Floats) -> Floats:
    """Weights of a logistic regression under a normal prior (Newton's method)."""
    weights = prior.copy()
    precision = 1.0 / spread**2
    for _ in range(_STEPS):
        said = 1.0 / (1.0 + np.exp(-(found @ weights)))
        slope = found.T @ (right - said) - precision * (weights - prior)
        curve = (found * (said * (1.0 - said))[:, None]).T @ found + np.diag(precision)
        step = np.linalg.solve(curve, slope)
        weights = weights + step
        if float(np.abs(step).max()) < _STILL:
            break
    return weights
