"""The methods of merging, by name, and which of them ``auto`` stands for."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from fractions import Fraction
from functools import partial

from msgspec import Struct

from toolkit.errors import UsageError
from toolkit.gold import expert
from toolkit.gold.cases import Case, Decision, decision
from toolkit.gold.layers import layers_of
from toolkit.gold.vote import QUORUM, vote, vote_on_spans


class Choices(Struct, frozen=True):
    """What a method may be told.

    ``quorum``: the share of those who saw a stretch that has to mark it (``majority``,
    ``majority-spans``); ``trust``: the weight of each annotator (``expert``).
    """

    quorum: Fraction | float = QUORUM
    trust: dict[str, float] | None = None


Model = Callable[[Sequence[Case]], Iterable[Decision]]
"""Gives a decision for each of these flat cases, whatever else there is; can be pickled."""


class Names(Struct, frozen=True):
    """The labels and the annotators of all documents, in order."""

    labels: tuple[str, ...]
    annotators: tuple[str, ...]


class Method(Struct, frozen=True):
    """A way to merge.

    ``decide`` takes all cases at once, since methods that learn how good each annotator
    is have to see them together, and yields a decision for each, in order. No view of a
    case has overlapping spans. ``title`` says in one line what the method does;
    ``confidence`` what its confidence means. ``calibrated``: what ``decide`` says are a
    model's probabilities, which ``toolkit.gold.confidence`` turns into confidences.
    ``learn`` makes a model of a sample of the cases; null where there is nothing to learn,
    so that ``decide`` may be given any of the cases.
    """

    decide: Callable[[Sequence[Case], Choices], Iterable[Decision]]
    title: str
    confidence: str
    calibrated: bool = False
    learn: Callable[[Sequence[Case], Names], Model] | None = None

    def learnt(self, cases: Sequence[Case], names: Names, choices: Choices) -> Model:
        """What decides as these cases teach."""
        return self.learn(cases, names) if self.learn else partial(_told, self.decide, choices)


def _told(
    decide: Callable[[Sequence[Case], Choices], Iterable[Decision]],
    choices: Choices,
    cases: Sequence[Case],
) -> Iterable[Decision]:
    return decide(cases, choices)


def _majority(cases: Sequence[Case], choices: Choices) -> Iterator[Decision]:
    for case in cases:
        outcome = vote(case.views, choices.quorum)
        won = {(w.start, w.end, w.label): float(w.share) for w in outcome.winners}
        settled = decision(case, won, expert.shares(case, {}), "majority")
        yield Decision(settled.spans, outcome.disputed, settled.rejected)


def _majority_spans(cases: Sequence[Case], choices: Choices) -> Iterator[Decision]:
    for case in cases:
        won, tied = vote_on_spans(case.views, choices.quorum)
        settled = decision(case, won, expert.shares(case, {}), "majority-spans")
        yield Decision(settled.spans, tied, settled.rejected)


def _expert(cases: Sequence[Case], choices: Choices) -> Iterator[Decision]:
    if not choices.trust:
        raise UsageError(
            "the method 'expert' has to be told whom to trust",
            "Give weights or an order, like --trust anna=3,bo=1 or --trust anna,bo.",
        )
    return expert.decide(cases, choices.trust)


def _dawid_skene(cases: Sequence[Case], choices: Choices) -> Iterator[Decision]:  # noqa: ARG001 - every method is told the choices
    from toolkit.gold import dawid_skene

    return dawid_skene.decide(cases)


def _learn_dawid_skene(cases: Sequence[Case], names: Names) -> Model:
    from toolkit.gold import dawid_skene

    return dawid_skene.learnt(cases, names.labels, names.annotators).decide


def _sequence(cases: Sequence[Case], choices: Choices) -> Iterator[Decision]:  # noqa: ARG001 - every method is told the choices
    from toolkit.gold import sequence

    return sequence.decide(cases, sequence.QUICK, "sequence")


def _learn_sequence(cases: Sequence[Case], names: Names) -> Model:
    from toolkit.gold import portions

    return portions.learnt(cases, names.labels, names.annotators, "sequence").decide


def _sequence_thorough(cases: Sequence[Case], choices: Choices) -> Iterator[Decision]:  # noqa: ARG001 - every method is told the choices
    from toolkit.gold import sequence

    return sequence.decide(cases, sequence.THOROUGH, "sequence-thorough")


def _learn_sequence_thorough(cases: Sequence[Case], names: Names) -> Model:
    from toolkit.gold import portions

    return portions.learnt(cases, names.labels, names.annotators, "sequence-thorough").decide


def _spans(cases: Sequence[Case], choices: Choices) -> Iterator[Decision]:  # noqa: ARG001 - every method is told the choices
    from toolkit.gold import whole_spans

    return whole_spans.decide(cases)


def _learn_spans(cases: Sequence[Case], names: Names) -> Model:  # noqa: ARG001 - every method is told the names
    from toolkit.gold import whole_spans

    return whole_spans.learnt(cases)


_SHARE = "the share of the passage's annotators who gave exactly this span"
_POSTERIOR = "the model's probability that exactly this span is right"
_CALIBRATED = "how often a span like this is right, calibrated from the model's probability"

METHODS: dict[str, Method] = {
    "majority": Method(_majority, "a vote on where, then a vote on what", _SHARE),
    "majority-spans": Method(_majority_spans, "a vote on whole spans", _SHARE),
    "expert": Method(
        _expert,
        "a vote by weight, or by an order of trust",
        "the share of the weight of the passage's annotators that is behind exactly this span",
    ),
    "spans": Method(
        _spans,
        "support for whole spans, side by side, by what each annotator is worth",
        "the share of the annotators' worth behind this span, half for each side",
        learn=_learn_spans,
    ),
    "dawid-skene": Method(
        _dawid_skene,
        "a confusion matrix for each annotator",
        _POSTERIOR,
        learn=_learn_dawid_skene,
    ),
    "sequence": Method(
        _sequence,
        "how each annotator tags, what follows what, and what the text says",
        _CALIBRATED,
        calibrated=True,
        learn=_learn_sequence,
    ),
    "sequence-thorough": Method(
        _sequence_thorough,
        "the same, and the text is read more often",
        _CALIBRATED,
        calibrated=True,
        learn=_learn_sequence_thorough,
    ),
}

DEFAULT = "auto"
"""The method's name for ``majority`` where there is too little overlap to learn from, for
``spans`` where whole spans serve better (people differ about their ends, and they are long or
would be broken up), and else for ``sequence``."""

ENOUGH = 200
"""How many spans have to be given in text that several people saw, to learn how they work."""


def method_for(cases: Sequence[Case]) -> str:
    """The method that ``auto`` stands for here."""
    spans = sum(
        len(view.spans)
        for case in cases
        if len({view.annotator for view in case.views}) > 1
        for view in case.views
    )
    if spans < ENOUGH:
        return "majority"
    from toolkit.gold.whole_spans import serve_better

    return "spans" if serve_better([layers_of(case)[0] for case in cases]) else "sequence"


def check_method(method: str) -> None:
    """Refuse a method that there isn't.

    Raises:
        UsageError: there is no such method.
    """
    if method not in (DEFAULT, *METHODS):
        known = ", ".join((DEFAULT, *METHODS))
        raise UsageError(f"no merge method {method!r}", f"There are: {known}.")
