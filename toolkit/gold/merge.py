"""Annotations → gold documents, by one of the methods in ``METHODS``."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from fractions import Fraction
from functools import partial
from typing import TYPE_CHECKING

from msgspec import Struct

from toolkit.errors import UsageError
from toolkit.gold import expert
from toolkit.gold.cases import Case, Decision, View, annotators_in, decision, joined, labels_in
from toolkit.gold.layers import layers_of
from toolkit.gold.review import overruled, truths
from toolkit.gold.vote import QUORUM, vote, vote_on_spans
from toolkit.model import Annotation, Document, GoldDocument, GoldStatus
from toolkit.records import counted_annotations
from toolkit.spans import check_spans

if TYPE_CHECKING:
    from toolkit.gold.confidence import Scale


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
``spans`` where spans are long and loose, or else where a model of units would break them up,
and else for ``sequence``."""

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
    from toolkit.gold.whole_spans import broken_up, long_and_loose

    flat = [layers_of(case)[0] for case in cases]
    return "spans" if long_and_loose(flat) or broken_up(flat) else "sequence"


def merge(
    annotations: Sequence[Annotation],
    documents: Mapping[str, Document],
    *,
    method: str = DEFAULT,
    choices: Choices | None = None,
    reviews: Sequence[Annotation] = (),
) -> Iterator[GoldDocument]:
    """Merge what several people annotated into gold documents, in the order of ``documents``.

    ``annotations`` may be a history; each annotator's last submission for each passage
    counts. A document that nobody annotated gives nothing. The result doesn't depend on
    the order of the records. Nested spans are merged layer by layer (``toolkit.gold.layers``).
    ``reviews`` are decisions: gold is what the last one on a stretch says, whatever the
    method, and models learn from it as from the truth (``toolkit.gold.review``).
    The status is

    - ``single`` where no part of the document was seen by two people,
    - ``agreed`` where all who saw a stretch gave the same spans for it,
    - ``disputed`` where the method met a tie, or what it believes is hardly more credible
      than something else,
    - ``merged`` else.

    Raises:
        UsageError: there is no such method.
        InputError: an annotation's document isn't among the documents.
        OffsetError: a span or a passage doesn't fit its text.
    """
    check_method(method)
    cases = cases_of(annotations, documents, reviews)
    some = [cases[number] for number in _sample(cases)]
    name = method_for(some) if method == DEFAULT else method
    if is_few(cases):
        return merged_whole(cases, name, choices)
    fitted = fit(some, names_in(cases), name, choices)
    return (
        gold
        for begin in range(0, len(cases), PORTION)
        for gold in fitted.gold(cases[begin : begin + PORTION])
    )


def check_method(method: str) -> None:
    """Refuse a method that there isn't.

    Raises:
        UsageError: there is no such method.
    """
    if method not in (DEFAULT, *METHODS):
        known = ", ".join((DEFAULT, *METHODS))
        raise UsageError(f"no merge method {method!r}", f"There are: {known}.")


PORTION = 1000
"""Cases that are decided at a time: enough for numpy, few enough for memory."""


def is_few(cases: Sequence[Case]) -> bool:
    """Whether so few are merged all together."""
    from toolkit.gold import sample

    return sum(case.size for case in cases) <= sample.FEW


def _sample(cases: Sequence[Case]) -> list[int]:
    """The numbers of the cases to learn from; of all, where they are few."""
    from toolkit.gold import sample

    if is_few(cases):
        return list(range(len(cases)))
    ranks = [sample.rank_of(case.document.id) for case in cases]
    wanted = sample.Wanted()
    for number, case in enumerate(cases):
        wanted.see(number, ranks[number], "annotator", annotators_in([case]))
        wanted.see(number, ranks[number], "label", labels_in([case]))
    return sample.drawn(ranks, [case.size for case in cases], wanted, sample.ROOM)


def names_in(cases: Sequence[Case]) -> Names:
    """The labels and annotators of these cases."""
    return Names(labels_in(cases), annotators_in(cases))


def merged_whole(
    cases: Sequence[Case], method: str, choices: Choices | None = None
) -> Iterator[GoldDocument]:
    """Gold of these cases, by a method that sees all of them together."""
    chosen, told = METHODS[method], choices or Choices()

    def decide(some: Sequence[Case]) -> Iterator[Decision]:
        return _by_layers(some, lambda _depth, flat: chosen.decide(flat, told))

    return _gold_of(cases, decide(cases), _scale(cases, decide) if chosen.calibrated else None)


class Fitted(Struct, frozen=True):
    """What a sample taught a method: merges any of the documents. It can be pickled.

    ``models`` are for each layer of nested spans, the last one for all further layers, too.
    """

    method: str
    models: tuple[Model, ...]
    scale: Scale | None

    def gold(self, cases: Sequence[Case]) -> Iterator[GoldDocument]:
        """Gold of these cases; that of one doesn't depend on the others."""
        return _gold_of(cases, _by_models(cases, self.models), self.scale)


def fit(cases: Sequence[Case], names: Names, method: str, choices: Choices | None = None) -> Fitted:
    """Let a method learn from a sample of the cases; ``names`` are those of all cases."""
    chosen, told = METHODS[method], choices or Choices()
    models = _models(cases, names, chosen, told)

    def decide(untold: Sequence[Case]) -> Iterator[Decision]:
        return _by_models(untold, _models(untold, names, chosen, told))

    return Fitted(method, models, _scale(cases, decide) if chosen.calibrated else None)


def _models(
    cases: Sequence[Case], names: Names, method: Method, choices: Choices
) -> tuple[Model, ...]:
    """What these cases teach of each layer of nested spans."""
    layers = [layers_of(case) for case in cases]
    return tuple(
        method.learnt([one[depth] for one in layers if len(one) > depth], names, choices)
        for depth in range(max(map(len, layers), default=1))
    )


def _by_models(cases: Sequence[Case], models: Sequence[Model]) -> Iterator[Decision]:
    last = len(models) - 1
    return _by_layers(cases, lambda depth, flat: models[min(depth, last)](flat))


def _scale(cases: Sequence[Case], decide: Callable[[Sequence[Case]], Iterable[Decision]]) -> Scale:
    from toolkit.gold.confidence import reviewed_scale

    return reviewed_scale(cases, decide)


def _gold_of(
    cases: Sequence[Case], settled: Iterable[Decision], scale: Scale | None
) -> Iterator[GoldDocument]:
    if scale is not None:
        settled = map(scale.calibrated, settled)
    return (_gold(case, overruled(case, one)) for case, one in zip(cases, settled, strict=True))


_AtDepth = Callable[[int, Sequence[Case]], Iterable[Decision]]
"""Decides flat cases of the layer at this depth."""


def _by_layers(cases: Sequence[Case], decide: _AtDepth) -> Iterator[Decision]:
    """A decision for each case, put together from those for its layers."""
    layers = [layers_of(case) for case in cases]
    deeper = _deeper(layers, decide)
    for number, outer in enumerate(decide(0, [of_case[0] for of_case in layers])):
        if number not in deeper:
            yield outer
            continue
        more = [outer, *deeper[number]]
        yield Decision(
            tuple(sorted(span for one in more for span in one.spans)),
            any(one.disputed for one in more),
            tuple(
                sorted((a for one in more for a in one.rejected), key=lambda a: (-a.confidence, a))
            ),
            {key: said for one in more for key, said in one.words.items()},
        )


def _deeper(layers: Sequence[Sequence[Case]], decide: _AtDepth) -> dict[int, list[Decision]]:
    """The decisions for second and further layers, by the number of their case."""
    decided: dict[int, list[Decision]] = defaultdict(list)
    for depth in range(1, max(map(len, layers), default=0)):
        numbers = [number for number, of_case in enumerate(layers) if len(of_case) > depth]
        cases = [layers[number][depth] for number in numbers]
        for number, one in zip(numbers, decide(depth, cases), strict=True):
            decided[number].append(one)
    return decided


def unseen(cases: Iterable[Case]) -> dict[str, int]:
    """Documents that were annotated only in part, with how many characters nobody saw.

    Whitespace doesn't count. In the gold of such a document, what nobody saw would look
    like text without entities.
    """
    missing = {}
    for case in cases:
        text, seen, count = case.document.text, 0, 0
        for view in case.views:
            if seen < view.start:
                count += len("".join(text[seen : view.start].split()))
            seen = max(seen, view.end)
        if seen < len(text):
            count += len("".join(text[seen:].split()))
        if count:
            missing[case.document.id] = count
    return missing


def cases_of(
    annotations: Sequence[Annotation],
    documents: Mapping[str, Document],
    reviews: Sequence[Annotation] = (),
) -> list[Case]:
    """What is merged: the documents that somebody annotated, in order, with who saw what.

    Raises:
        InputError: an annotation's document isn't among the documents.
        OffsetError: a span or a passage doesn't fit its text.
    """
    truth = truths(reviews, documents)
    views: dict[str, list[View]] = defaultdict(list)
    for annotation in counted_annotations(annotations, documents):
        end = annotation.end
        if end is None:
            end = len(documents[annotation.doc_id].text)
        view = View(annotation.annotator, annotation.start, end, annotation.spans)
        views[annotation.doc_id].append(view)
    return [
        Case(document, tuple(joined(views[doc_id])), truth.get(doc_id, ()))
        for doc_id, document in documents.items()
        if doc_id in views
    ]


def _gold(case: Case, settled: Decision) -> GoldDocument:
    document = case.document
    check_spans(document.id, document.text, settled.spans)
    return GoldDocument(
        doc_id=document.id,
        text=document.text,
        spans=settled.spans,
        annotators=tuple(sorted({view.annotator for view in case.views})),
        status=_status(case, settled),
        meta=document.meta,
        rejected=settled.rejected,
    )


def _status(case: Case, settled: Decision) -> GoldStatus:
    shared, differ = _compared(
        sorted((*case.views, *case.truth), key=lambda v: (v.start, v.end, v.annotator))
    )
    if not shared:
        return "single"
    if settled.disputed:
        return "disputed"
    return "merged" if differ else "agreed"


def _compared(views: Sequence[View]) -> tuple[bool, bool]:
    """Whether two people saw the same stretch, and whether their spans for it differ."""
    shared = differ = False
    open_views: list[View] = []
    for view in views:
        open_views = [
            other
            for other in open_views
            # Two who saw the same empty text saw the same.
            if other.end > view.start or (other.start, other.end) == (view.start, view.end)
        ]
        for other in open_views:
            if other.annotator == view.annotator:
                continue
            shared = True
            differ = differ or _within(view, other) != _within(other, view)
        open_views.append(view)
    return shared, differ


def _within(view: View, other: View) -> set[tuple[int, int, str]]:
    """The spans of ``view`` that the annotator of ``other`` could have given."""
    start, end = other.start, other.end
    return {(s.start, s.end, s.label) for s in view.spans if start <= s.start and s.end <= end}
