"""What more work would buy: a parametric bootstrap from the fitted model.

The sequential model of people and words is fitted once. Again and again a truth is drawn
from what it believes of the labels that are there, and labels of further annotators are
drawn from their confusion matrices, given that truth. Gold is merged anew, by whichever
method is asked about, of the labels that are there and those that were drawn, and is
compared with the truth that was drawn. So all differences between annotators that were
observed stay as they are, and only what doesn't exist yet is invented.

A fitted model is too sure of itself: people make the same mistakes, and it takes them for
independent. Where a model merges, gold would so be compared with hardly more than itself. There
the evidence is tempered (raised to a power below 1) until gold is right in the drawn truths
as often as its calibrated confidences say (``toolkit.gold.confidence``). What all overlook
no truth has, so levels are too high; the differences are worth more.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence

import numpy as np
from msgspec import Struct
from msgspec.structs import replace

from toolkit.errors import InputError
from toolkit.gold.annotators import Annotators
from toolkit.gold.cases import Case, Decision, View
from toolkit.gold.chain import pick
from toolkit.gold.confidence import Calibration, reviewed_scale
from toolkit.gold.decoding import runs_of
from toolkit.gold.layers import layers_of
from toolkit.gold.merge import cases_of
from toolkit.gold.methods import METHODS, Choices, Method
from toolkit.gold.sequence import WEIGHT, Fit, fit
from toolkit.gold.units import Floats, Integers, Units, tabulate
from toolkit.gold.words import Words
from toolkit.model import Annotation, Document, Span

Key = tuple[int, int, str]
Truth = list[frozenset[Key]]
"""The spans of each case."""

DRAWS = 8
"""Truths that are drawn, each with further annotators' labels of its own."""

DRAWS_OF_MODELS = 4
"""As many for a method that learns, whose merges take longer."""

RESAMPLES = 200
"""Bootstrap samples of documents for each draw."""

MOST = 1500
"""More documents than these are not merged anew by a method that learns, but a sample is."""

FURTHER = 2
"""So many further annotators are tried."""

SHARES = (0.02, 0.05, 0.1, 0.25)
"""Shares of the documents that are reviewed."""

HALVINGS = 8
"""So often the power that tempers the evidence is narrowed down: to 1/256."""

COUNTING = frozenset({"majority", "majority-spans", "expert"})
"""Methods that are quick whatever the number of documents."""


class Outlook(Struct, frozen=True):
    """What some further work would make of the gold.

    ``work`` says what; ``annotations`` are the passages' further annotations, ``reviews``
    the documents that a reviewer decides. ``f1`` is the expected strict F1 against the
    truth, ``gain`` the difference to now; each as value, low and high of 95 %.
    """

    work: str
    annotations: int
    reviews: int
    f1: tuple[float, float, float]
    gain: tuple[float, float, float]


class Simulation(Struct, frozen=True):
    """The table of ``Outlook`` s, the first one as things are, and what it rests on.

    ``documents`` of ``of`` that somebody annotated were merged anew.
    """

    method: str
    documents: int
    of: int
    draws: int
    seed: int
    outlooks: tuple[Outlook, ...]


def simulate(
    annotations: Sequence[Annotation],
    documents: Mapping[str, Document],
    *,
    method: str,
    choices: Choices | None = None,
    reviews: Sequence[Annotation] = (),
    seed: int = 20200120,
    draws: int | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Simulation:
    """What further annotators and reviews would make of the gold of these annotations.

    Of nested spans the first layer is looked at (``toolkit.gold.layers``).

    Args:
        annotations: may be a history.
        documents: by id.
        method: one of ``METHODS``.
        choices: what it may be told.
        reviews: decisions that were made.
        seed: of all that is drawn.
        draws: how many truths are drawn; null leaves it to the method.
        progress: called with draws done, and all.

    Raises:
        InputError: nobody gave a span, or an annotation's document isn't there.
        OffsetError: a span or a passage doesn't fit its text.
    """
    rng = np.random.default_rng(seed)
    draws = draws or (DRAWS if method in COUNTING else DRAWS_OF_MODELS)
    every = [layers_of(case)[0] for case in cases_of(annotations, documents, reviews)]
    cases = every
    if method not in COUNTING and len(every) > MOST:
        cases = [every[i] for i in np.sort(rng.permutation(len(every))[:MOST])]
    world = _World(cases, rng)
    if METHODS[method].calibrated:
        world.temper(_with_confidence(cases))
    merged = _Merged(METHODS[method], choices or Choices())
    now = merged.of(cases)
    queue = _by_gain(now)
    tallies: dict[str, list[Floats]] = defaultdict(list)
    # By how many documents it is, so that small jobs have no line twice.
    reviewed = {_count(share, len(every)): share for share in SHARES}
    plans = [(f"{number} more on every document", number) for number in range(1, FURTHER + 1)]
    for done in range(1, draws + 1):
        truth = world.truth()
        tallies["now"].append(_tally(_spans(now), truth))
        more = cases
        for name, _ in plans:
            more = world.one_more(more)
            tallies[name].append(_tally(_spans(merged.of(more)), truth))
        for count, share in reviewed.items():
            decided = queue[: _count(share, len(queue))]
            tallies[_words(count)].append(_tally(_spans(now), truth, decided))
        if progress:
            progress(done, draws)
    weights = rng.multinomial(len(cases), np.full(len(cases), 1 / len(cases)), size=RESAMPLES)
    rows = [("as it is", "now", 0, 0), *((name, name, n * len(every), 0) for name, n in plans)]
    rows += [(_words(count), _words(count), 0, count) for count in reviewed]
    outlooks = tuple(
        Outlook(work, more_, decided_, *_figures(tallies[name], tallies["now"], weights))
        for work, name, more_, decided_ in rows
    )
    return Simulation(method, len(cases), len(every), draws, seed, outlooks)


def _words(count: int) -> str:
    return f"{count:,} document{'' if count == 1 else 's'} reviewed"


def _count(share: float, documents: int) -> int:
    return max(1, round(share * documents))


class _World:
    """What the fitted model takes the truth and the annotators for."""

    def __init__(self, cases: Sequence[Case], rng: np.random.Generator) -> None:
        self._units = tabulate(cases)
        if not len(self._units):
            raise InputError(
                "nobody gave a span, so there is nothing to learn from",
                "Simulate when some documents are annotated.",
            )
        self._rng = rng
        people = Annotators(self._units, WEIGHT)
        self._fit: Fit = fit(self._units, [people, Words(self._units)])
        self._chances, self._idleness = people.chances, people.idleness
        self._busy = np.bincount(
            self._units.view_annotator, minlength=len(self._units.annotators)
        ).astype(np.float64)
        self._tags: Integers = np.zeros(len(self._units), dtype=np.int64)
        self._power = 1.0

    def temper(self, gold: Sequence[Decision]) -> None:
        """Be no surer than the confidences of this gold: so often its spans are drawn, too."""
        given = _spans(gold)
        expected = sum(span.confidence for one in gold for span in one.spans)
        low, high = 0.0, 1.0
        for _ in range(HALVINGS):
            if sum(map(len, map(frozenset.__and__, given, self.truth()))) <= expected:
                low = self._power
            else:
                high = self._power
            if low == 1.0:
                return
            self._power = (low + high) / 2

    def truth(self) -> Truth:
        """Draw what is true; whatever is drawn next is drawn given that."""
        heard = self._fit.heard * self._power
        self._tags = self._fit.chain.draw(heard, self._fit.transitions, self._rng)
        cases = int(self._units.case.max(initial=-1)) + 1
        found = _keys(self._units, self._tags)
        return [frozenset(found.get(number, ())) for number in range(cases)]

    def one_more(self, cases: Sequence[Case]) -> list[Case]:
        """The cases, each with one more annotator, who gives what they would give.

        It is somebody who hasn't seen the document, by chance, who does more the more often;
        where all have, a newcomer who is like one of them.
        """
        names = self._units.annotators
        number = {name: i for i, name in enumerate(names)}
        model = int(pick(self._busy[None, :], self._rng)[0])
        depth = max(len({view.annotator for view in case.views}) for case in cases)
        who = np.full(len(cases), model, dtype=np.int64)
        called = [f"newcomer {depth + 1}"] * len(cases)
        for at, case in enumerate(cases):
            free = self._busy.copy()
            free[[number[v.annotator] for v in case.views if v.annotator in number]] = 0.0
            if free.any():
                who[at] = pick(free[None, :], self._rng)[0]
                called[at] = names[who[at]]
        given = _keys(self._units, self._given(who))
        return [
            _with_view(case, called[at], given.get(at, []), names=names)
            for at, case in enumerate(cases)
        ]

    def _given(self, who: Integers) -> Integers:
        """The tags that annotator ``who`` of each case gives, given the truth."""
        units = self._units
        idle = self._rng.random(len(who)) < self._idleness[who]
        tags = np.zeros(len(units), dtype=np.int64)
        before: Integers = np.zeros(len(units), dtype=np.int64)
        for step, at in enumerate(self._fit.chain.steps):
            if step:
                before[at] = tags[at - 1]
            case = units.case[at]
            chances = self._chances[who[case], before[at], :, self._tags[at]]
            tags[at] = np.where(idle[case], 0, pick(chances, self._rng))
        return tags


def _with_confidence(cases: Sequence[Case]) -> list[Decision]:
    """Gold of the sequential model, each span with its calibrated confidence."""

    def decide(some: Sequence[Case]) -> Iterable[Decision]:
        return METHODS["sequence"].decide(some, Choices())

    return list(map(Calibration(reviewed_scale(cases, decide)), decide(cases)))


def _with_view(case: Case, annotator: str, spans: Sequence[Key], *, names: Sequence[str]) -> Case:
    start = min(view.start for view in case.views)
    end = max(view.end for view in case.views)
    if annotator not in names and any(view.annotator == annotator for view in case.views):
        annotator = f"{annotator} again"
    text = case.document.text
    given = tuple(Span(*key, text[key[0] : key[1]]) for key in spans)
    views = sorted(
        (*case.views, View(annotator, start, end, given)),
        key=lambda view: (view.start, view.end, view.annotator),
    )
    return replace(case, views=tuple(views))


def _keys(units: Units, tags: Integers) -> dict[int, list[Key]]:
    """The spans that tags spell, by case."""
    runs = runs_of(tags)
    found: dict[int, list[Key]] = defaultdict(list)
    for case, start, end, label in zip(
        units.case[runs.first].tolist(),
        units.start[runs.first].tolist(),
        units.end[runs.last].tolist(),
        runs.label.tolist(),
        strict=True,
    ):
        found[case].append((start, end, units.labels[label]))
    return found


class _Merged(Struct, frozen=True):
    """A method with what it was told."""

    method: Method
    choices: Choices

    def of(self, cases: Sequence[Case]) -> list[Decision]:
        return list(self.method.decide(cases, self.choices))


def _spans(decisions: Sequence[Decision]) -> Truth:
    return [frozenset(span.key for span in one.spans) for one in decisions]


def _by_gain(decisions: Sequence[Decision]) -> list[int]:
    """The documents, those first where a review is expected to mend most."""
    gain = [
        sum(1.0 - span.confidence for span in one.spans)
        + sum(other.confidence for other in one.rejected)
        for one in decisions
    ]
    return sorted(range(len(decisions)), key=lambda at: (-gain[at], at))


def _tally(gold: Truth, truth: Truth, decided: Sequence[int] = ()) -> Floats:
    """Documents x (right, given, true) spans; what was reviewed is as the truth."""
    rows = np.zeros((len(gold), 3))
    known = set(decided)
    for at, spans in enumerate(gold):
        true = truth[at] if at < len(truth) else frozenset()
        mine = true if at in known else spans
        rows[at] = (len(mine & true), len(mine), len(true))
    return rows


def _figures(
    tallies: Sequence[Floats], now: Sequence[Floats], weights: Integers
) -> tuple[tuple[float, float, float], tuple[float, float, float]]:
    """F1 and its gain on now: the mean of all draws, and 95 % over draws and documents."""
    f1 = np.array([_f1(one.sum(axis=0)) for one in tallies])
    base = np.array([_f1(one.sum(axis=0)) for one in now])
    drawn = np.array([_f1((weights @ one).T) for one in tallies])
    drawn_base = np.array([_f1((weights @ one).T) for one in now])
    return _interval(f1, drawn), _interval(f1 - base, drawn - drawn_base)


def _f1(sums: Floats) -> Floats:
    right, given, true = sums
    f1: Floats = np.asarray(2 * right / np.maximum(given + true, 1))
    return f1


def _interval(values: Floats, drawn: Floats) -> tuple[float, float, float]:
    low, high = np.quantile(drawn, [0.025, 0.975])
    return float(values.mean()), float(low), float(high)
