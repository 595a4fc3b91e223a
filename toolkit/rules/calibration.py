"""Scores that mean what they say: of the suggestions scored 0.9, nine in ten are right.

A rule's calibrated score is the mean of the posterior of its share of right spans: the
score that its author gave it counts like a few spans of experience, and what people did
to its spans outweighs that as it grows (Gelman and others, *Bayesian Data Analysis*, 3rd
ed., section 2.4, with the Beta prior written as prior spans).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence

from msgspec import Struct, json
from msgspec.structs import replace

from toolkit.model import Suggestion
from toolkit.rules.outcomes import Judged

PRIOR_SPANS = 10
"""How many judged spans the author's score is worth."""

BINS = 10


class RuleCalibration(Struct, frozen=True):
    """A rule's score as judged: ``right`` of ``judged`` spans were left as they were."""

    score: float
    right: int
    judged: int


class Bin(Struct, frozen=True):
    """Suggestions whose scores lie in ``[low, high)``; the last bin holds 1 too.

    ``score`` is their mean score and ``right`` the share of them that were right.
    """

    low: float
    high: float
    spans: int
    score: float
    right: float


class Reliability(Struct, frozen=True):
    """A reliability diagram's bins, those without spans left out, and their summary.

    ``error`` is the expected calibration error: the mean distance of score and share of
    right spans, each bin weighing as many spans as it holds (Naeini, Cooper and
    Hauskrecht 2015, *Obtaining Well Calibrated Probabilities Using Bayesian Binning*).
    """

    bins: tuple[Bin, ...]
    spans: int
    error: float


def calibrate(
    judged: Iterable[Judged], authored: Mapping[str, float]
) -> dict[str, RuleCalibration]:
    """Calibrated scores by rule id.

    Args:
        judged: suggested spans and what became of them; only ``kept`` is right.
        authored: the score that each rule's author gave it; rules that it doesn't hold
            are passed over.
    """
    counts = {rule: [0, 0] for rule in authored}
    for one in judged:
        if one.span.rule in counts:
            counts[one.span.rule][0] += one.outcome == "kept"
            counts[one.span.rule][1] += 1
    return {
        rule: RuleCalibration(
            score=(right + PRIOR_SPANS * authored[rule]) / (trials + PRIOR_SPANS),
            right=right,
            judged=trials,
        )
        for rule, (right, trials) in counts.items()
    }


def held_out(documents: Sequence[Sequence[Judged]], authored: Mapping[str, float]) -> list[Judged]:
    """The judged spans with scores that were calibrated on other documents.

    Every second document is scored by what the others taught, and the other way round, so
    that their reliability is that of documents which nobody has seen.
    """
    halves = (documents[::2], documents[1::2])
    unseen = []
    for own, others in (halves, halves[::-1]):
        taught = calibrate((one for document in others for one in document), authored)
        unseen += as_taught((one for document in own for one in document), taught)
    return unseen


def reliability(judged: Iterable[Judged]) -> Reliability:
    """How the scores compare with the share of spans that were right, in ten bins."""
    counts = [[0, 0.0, 0] for _ in range(BINS)]
    for one in judged:
        at = min(int(one.span.score * BINS), BINS - 1)
        counts[at][0] += 1
        counts[at][1] += one.span.score
        counts[at][2] += one.outcome == "kept"
    spans = int(sum(count for count, _, _ in counts))
    bins = tuple(
        Bin(at / BINS, (at + 1) / BINS, int(count), total / count, right / count)
        for at, (count, total, right) in enumerate(counts)
        if count
    )
    error = sum(b.spans * abs(b.score - b.right) for b in bins) / spans if spans else 0.0
    return Reliability(bins, spans, error)


def rescored(suggestion: Suggestion, scores: Mapping[str, float]) -> Suggestion:
    """A suggestion with calibrated scores; rules without one keep their author's."""
    spans = tuple(replace(s, score=scores.get(s.rule, s.score)) for s in suggestion.spans)
    return replace(suggestion, spans=spans)


def shown(suggestion: Suggestion, least: Mapping[str, float]) -> Suggestion:
    """What people are shown of a suggestion: without the spans that don't reach a threshold.

    Args:
        suggestion: with the scores that the thresholds are about.
        least: thresholds by label; other labels have none.

    Returns:
        The suggestion under a version of its own, if there are thresholds.
    """
    if not least:
        return suggestion
    spans = tuple(span for span in suggestion.spans if span.score >= least.get(span.label, 0))
    digest = hashlib.sha256(json.encode(least, order="sorted")).hexdigest()[:6]
    return replace(suggestion, model_version=f"{suggestion.model_version}-{digest}", spans=spans)


def as_taught(judged: Iterable[Judged], taught: Mapping[str, RuleCalibration]) -> list[Judged]:
    """The judged spans with the scores that calibration gives their rules."""
    return [
        replace(one, span=replace(one.span, score=known.score))
        if (known := taught.get(one.span.rule))
        else one
        for one in judged
    ]
