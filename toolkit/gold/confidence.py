"""From a model's probability to a confidence: how often such spans are right.

A model that takes annotators for independent is too sure: what misleads one misleads
others. Here its log odds are one signal of several (``Signals``), and what it doesn't know
counts too: what the same string was called everywhere else, whether spans that look like
this are borne out by others, what the strings alone say, and, once a person has reviewed
some, how often spans of each label were right. All of it is one logistic regression.
Without reviews its weights are ``UNREVIEWED``; reviews move them as far as they have
evidence (Bayes: a normal prior around ``UNREVIEWED``, the most probable weights).
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from msgspec import Struct, structs

from toolkit.gold.cases import Case, Decision, Key, is_doubtful
from toolkit.gold.units import Floats
from toolkit.model import Alternative, GoldSpan, Span


class Signals(NamedTuple):
    """What tells how sure a span is; each is a logarithm of odds, and 0 says nothing.

    ``model``: the method's probability. ``words``: the probability by what each string
    tends to be and what follows what. ``named``: see ``Strings``. ``shape``: see
    ``Shapes``.
    """

    model: float
    words: float
    named: float
    shape: float


UNREVIEWED = (-0.8, *Signals(model=0.14, words=0.19, named=0.13, shape=0.83))
"""What a constant and each of the ``Signals`` weigh.

Rounded from a fit to ``sequence`` on the development part of a crowd's work
(``benchmarks/gold.py``): 47 people, four labels, short spans. Fits to one half of it, by
article, were off by 0.05 (expected calibration error) on the other, most of which is that
one half is harder. On other work they are a guess, which some reviews replace.
"""

DOUBTED = (0.5, 0.05, 0.05, 0.05, 0.3)
"""The standard deviation of the prior around ``UNREVIEWED``."""

LABEL_DOUBTED = 1.0
"""The same for the weight of each label, which is 0 without reviews."""

SURE = 1e-4
"""No model is surer than this short of 1, or of 0."""

_SUREST = math.log((1.0 - SURE) / SURE)

UNTOLD = 0.85
"""What ``words`` says for each unit of ``model`` on average; for where it isn't told."""

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

    def named(self, string: str, label: str, here: int) -> float:
        """The log odds that a naming of this string elsewhere says this label.

        The ``here`` votes for the label at the place in question don't count, since the
        model knows them; one more is added, so that a string nobody else named gives 0.
        """
        same = self._named.get((string, label), 0)
        elsewhere = max(same - here, 0)
        others = self._all.get(string, 0) - same
        return math.log((elsewhere + 1) / (others + 1)) if elsewhere != others else 0.0


class Shapes:
    """How often others bear out a span that looks like this, beside others of its label.

    Looks are coarse: whether it begins with a small letter, whether a word in it does, and
    whether all is in capitals. Scripts without capitals have one look, which says nothing.
    """

    def __init__(self, cases: Iterable[Case]) -> None:
        borne: dict[tuple[str, _Look | None], list[float]] = defaultdict(lambda: [0.0, 0.0])
        for (label, string, count, others), times in _given(cases).items():
            for look in (None, _look(string)):
                tally = borne[label, look]
                tally[0] += times * count * (count - 1)
                tally[1] += times * count * others
        self._said: dict[tuple[str, _Look], float] = {}
        for (label, look), tally in borne.items():
            if look is not None:
                expected = _rate(borne[label, None], 0.5)
                of_look, of_all = (_rate(one, expected) for one in (tally, borne[label, None]))
                self._said[label, look] = log_odds(of_look) - log_odds(of_all)

    def said(self, string: str, label: str) -> float:
        """The difference in log odds between spans that look so and all of this label."""
        return self._said.get((label, _look(string)), 0.0)


def _given(cases: Iterable[Case]) -> Counter[tuple[str, str, int, int]]:
    """How often so many gave a label to a string, of them and so many others who read there."""
    given: Counter[tuple[str, str, int, int]] = Counter()
    for case in cases:
        others = len({view.annotator for view in case.views}) - 1
        counts: dict[Key, int] = {}
        for view in case.views:
            for span in view.spans:
                key = (span.start, span.end, span.label)
                counts[key] = counts.get(key, 0) + 1
        text = case.document.text
        given.update([(label, text[s:e], count, others) for (s, e, label), count in counts.items()])
    return given


_Look = tuple[bool, bool, bool]

PULL = 30.0
"""So many comparisons what is expected counts for."""


def _rate(tally: Sequence[float], expected: float) -> float:
    return (tally[0] + PULL * expected) / (tally[1] + PULL)


@lru_cache(maxsize=1 << 16)
def _look(string: str) -> _Look:
    return (
        string[:1].islower(),
        any(word[:1].islower() for word in string.split()),
        string.isupper(),
    )


_Signals = tuple[float, float, float, float]
"""``Signals`` without their names, which take time where there are very many."""


class Scale(Struct, frozen=True):
    """Turns a model's probabilities into confidences.

    ``strings`` and ``shapes``: what everybody's work tells of strings and looks.
    ``weights`` as ``UNREVIEWED``; ``labels``: what each label adds to the log odds;
    ``reviewed``: how many spans taught it.
    """

    strings: Strings
    shapes: Shapes
    weights: tuple[float, ...] = UNREVIEWED
    labels: dict[str, float] = {}
    reviewed: int = 0

    @classmethod
    def of(cls, cases: Sequence[Case]) -> Scale:
        """The scale for these cases that nobody reviewed."""
        return cls(Strings(cases), Shapes(cases))

    def calibrated(self, settled: Decision) -> Decision:
        """The same decision, calibrated as by ``Calibration``."""
        return Calibration(self)(settled)

    def confidence(self, signals: _Signals, label: str) -> float:
        """How often a span like this is right."""
        constant, for_model, for_words, for_named, for_shape = self.weights
        model, words, named, shape = signals
        score = constant + for_model * model + for_words * words
        score += for_named * named + for_shape * shape + self.labels.get(label, 0.0)
        return round(1.0 / (1.0 + math.exp(-score)), DIGITS)

    def signals(
        self, span: Span, probability: float, words: Mapping[Key, float], here: int
    ) -> Signals:
        """What tells of this span; ``here`` people gave exactly it.

        Args:
            span: with its text.
            probability: the model's.
            words: as in ``Decision``.
            here: how many people gave exactly this span.
        """
        return Signals(*_signals(span, probability, words, self.of_string(span, here)))

    def of_string(self, span: Span, here: int) -> tuple[float, float]:
        """Of a span's signals those that its string gives: ``named`` and ``shape``."""
        string, label = span.text or "", span.label
        return self.strings.named(string, label, here), self.shapes.said(string, label)

    def of_gold(self, span: GoldSpan, words: Mapping[Key, float]) -> Signals:
        """What tells of a span that won, as the model left it."""
        return self.signals(span, span.confidence, words, votes_for(span))


def _signals(
    span: Span, probability: float, words: Mapping[Key, float], of_string: tuple[float, float]
) -> _Signals:
    model = log_odds(probability)
    by_words = words.get((span.start, span.end, span.label))
    told = UNTOLD * model if by_words is None else log_odds(by_words)
    return model, told, *of_string


class Calibration:
    """Calibrates decisions by a scale; remembers what it knows of the strings in them."""

    def __init__(self, scale: Scale) -> None:
        self._scale = scale
        self._of_string: dict[tuple[str | None, str, int], tuple[float, float]] = {}

    def __call__(self, settled: Decision) -> Decision:
        """The same decision, with confidences in the place of the model's probabilities.

        Whether it is disputed is decided anew, by the confidences.
        """
        words = settled.words
        spans = tuple([self._span(span, words) for span in settled.spans])
        rejected = self._alternatives(settled.rejected, words)
        return Decision(spans, is_doubtful(spans, rejected), rejected)

    def _span(self, span: GoldSpan, words: Mapping[Key, float]) -> GoldSpan:
        return structs.replace(
            span,
            confidence=self._confidence(span, span.confidence, words, votes_for(span)),
            alternatives=self._alternatives(span.alternatives, words),
        )

    def _alternatives(
        self, lost: Sequence[Alternative], words: Mapping[Key, float]
    ) -> tuple[Alternative, ...]:
        if not lost:
            return ()
        found = []
        for one in lost:
            said = self._confidence(one, one.confidence, words, len(one.annotators))
            found.append(structs.replace(one, confidence=said))
        if len(found) > 1:
            found.sort(key=lambda one: (-one.confidence, one.key))
        return tuple(found)

    def _confidence(
        self, span: Span, probability: float, words: Mapping[Key, float], here: int
    ) -> float:
        """How often a span like this is right; the arguments are those of ``Scale.signals``."""
        label = span.label
        of_string = self._of_string.get((span.text, label, here))
        if of_string is None:
            of_string = self._of_string[span.text, label, here] = self._scale.of_string(span, here)
        return self._scale.confidence(_signals(span, probability, words, of_string), label)


def reviewed_scale(
    cases: Sequence[Case], decide: Callable[[Sequence[Case]], Iterable[Decision]]
) -> Scale:
    """The scale for these cases, which reviews among them teach.

    Args:
        cases: everybody's work, with what reviewers decided.
        decide: the model; it is asked once more, and not told what was decided, since what
            it says where it knows the truth tells nothing of how well it guesses.
    """
    if not any(case.truth for case in cases):
        return Scale.of(cases)
    untold = [structs.replace(case, truth=()) for case in cases]
    reviewed = [
        (_within(settled, case), {span.key for view in case.truth for span in view.spans})
        for case, settled in zip(cases, decide(untold), strict=True)
        if case.truth
    ]
    return learnt(Scale.of(cases), reviewed)


def _within(settled: Decision, case: Case) -> Decision:
    """The part of a decision that reviewers have judged."""
    spans = tuple(
        span
        for span in settled.spans
        if any(view.start <= span.start and span.end <= view.end for view in case.truth)
    )
    return structs.replace(settled, spans=spans)


def learnt(scale: Scale, reviewed: Iterable[tuple[Decision, set[Key]]]) -> Scale:
    """The scale after reviews have taught it.

    Args:
        scale: as it was before any review.
        reviewed: what a model decided *without having been told the truth*, beside the
            right spans, for each document that a person reviewed.
    """
    rows = [
        (scale.of_gold(span, settled.words), span.label, span.key in truth)
        for settled, truth in reviewed
        for span in settled.spans
    ]
    if not rows:
        return scale
    labels = sorted({label for _, label, _ in rows})
    found = np.array(
        [[1.0, *said, *(label == other for other in labels)] for said, label, _ in rows]
    )
    right = np.array([row[2] for row in rows], dtype=np.float64)
    prior = np.array([*UNREVIEWED, *(0.0 for _ in labels)])
    spread = np.array([*DOUBTED, *(LABEL_DOUBTED for _ in labels)])
    weights = [
        round(weight, DIGITS) for weight in _most_probable(found, right, prior, spread).tolist()
    ]
    known = len(UNREVIEWED)
    return structs.replace(
        scale,
        weights=tuple(weights[:known]),
        labels=dict(zip(labels, weights[known:], strict=True)),
        reviewed=len(rows),
    )


def log_odds(probability: float) -> float:
    """The logarithm of the odds, bounded by ``SURE``."""
    if probability <= SURE:
        return -_SUREST
    if probability >= 1.0 - SURE:
        return _SUREST
    return math.log(probability / (1.0 - probability))


def votes_for(span: GoldSpan) -> int:
    """How many gave exactly this span."""
    return list(span.votes.values()).count(span.label)


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
