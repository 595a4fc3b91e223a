"""Very many documents, merged in portions by what was learnt from a sample of them.

A sample is fitted as a small corpus is, and decided on the way. The other documents are
tabulated and decided portion by portion, with what the sample taught held fixed: how each
annotator tags, what follows what, which tag each string tends to have. So the tables' memory
doesn't grow with the corpus, and each document is listened to at most twice. Nobody reads
the text here (``toolkit.gold.text``).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

from toolkit.gold import sequence
from toolkit.gold.annotators import Annotators
from toolkit.gold.cases import Case, Decision
from toolkit.gold.chain import Chain
from toolkit.gold.decoding import Found, decided, found
from toolkit.gold.units import Floats, annotators_in, labels_in, tabulate
from toolkit.gold.words import Words

SAMPLE = 2_500_000
"""Characters times those who read them that a sample has: with fewer all is the sample."""

FEWEST = 30
"""Documents of each annotator that are in the sample, or all of theirs."""

PORTION = 1_500_000
"""Characters times readers of a portion: large enough for numpy, small enough for memory."""

CONTEXT = 12
"""What stands for ``units.REACH`` when nothing is learnt: a few units are context enough."""

SEED = 20200120


@dataclass(frozen=True, slots=True)
class Learnt:
    """What a sample taught, to be held fixed."""

    labels: tuple[str, ...]
    annotators: tuple[str, ...]
    people: Annotators
    words: Words
    transitions: Floats


def size_of(case: Case) -> int:
    """Characters times those who read them."""
    return sum(view.end - view.start for view in case.views)


def drawn(cases: Sequence[Case], room: int) -> list[int]:
    """The numbers of a random sample of cases, in order, in which everybody occurs."""
    chosen: list[int] = []
    seen: Counter[str] = Counter()
    for number in np.random.default_rng(SEED).permutation(len(cases)).tolist():
        people = {view.annotator for view in cases[number].views}
        if room > 0 or any(seen[name] < FEWEST for name in people):
            chosen.append(number)
            room -= size_of(cases[number])
            seen.update(people)
    return sorted(chosen)


def rest_in_portions(cases: Sequence[Case], taken: Mapping[int, object]) -> Iterator[list[int]]:
    """The numbers of all other cases, in order, in portions."""
    portion: list[int] = []
    size = 0
    for number, case in enumerate(cases):
        if number not in taken:
            portion.append(number)
            size += size_of(case)
            if size >= PORTION:
                yield portion
                portion, size = [], 0
    if portion:
        yield portion


def decide(cases: Sequence[Case], reading: sequence.Reading, method: str) -> Iterator[Decision]:
    """Merge flat cases by the sequential model, however many they are."""
    if sum(map(size_of, cases)) <= SAMPLE:
        yield from sequence.decide(cases, reading, method)
        return
    labels, annotators = labels_in(cases), annotators_in(cases)
    sample = drawn(cases, SAMPLE)
    learnt, first = _learn([cases[number] for number in sample], labels, annotators, method)
    taken = dict(zip(sample, first, strict=True))
    place = 0
    for portion, of_portion in _found(cases, rest_in_portions(cases, taken), learnt):
        rest = decided([cases[number] for number in portion], of_portion, method)
        for number, one in zip(portion, rest, strict=True):
            yield from (taken.pop(between) for between in range(place, number))
            yield one
            place = number + 1
    yield from (taken.pop(number) for number in range(place, len(cases)))


def _learn(
    cases: Sequence[Case], labels: tuple[str, ...], annotators: tuple[str, ...], method: str
) -> tuple[Learnt, list[Decision]]:
    """What these cases teach, and the decisions for them."""
    units = tabulate(cases, labels, annotators)
    people, words = Annotators(units, sequence.WEIGHT), Words(units)
    fitted = sequence.fit(units, [people, words])
    learnt = Learnt(labels, annotators, people, words, fitted.transitions)
    return learnt, list(sequence.settle(cases, units, fitted, method))


def _found(
    cases: Sequence[Case], portions: Iterator[list[int]], learnt: Learnt
) -> Iterator[tuple[list[int], Found]]:
    """Each portion with what is found in it; the next one is worked on meanwhile."""
    with ThreadPoolExecutor(max_workers=1) as pool:
        ahead = None
        for portion in portions:
            task = pool.submit(_listen, [cases[number] for number in portion], learnt)
            if ahead is not None:
                yield ahead[0], ahead[1].result()
            ahead = portion, task
        if ahead is not None:
            yield ahead[0], ahead[1].result()


def _listen(cases: Sequence[Case], learnt: Learnt) -> Found:
    """The spans of these cases with their probabilities, by what was learnt elsewhere."""
    units = tabulate(cases, learnt.labels, learnt.annotators, CONTEXT)
    people = Annotators(units, sequence.WEIGHT).taught_by(learnt.people)
    said = learnt.words.of(units) + sequence.certain(units)
    chain = Chain(units.first, units.tags)
    heard = people.say(sequence.shares(units)) + said
    beliefs = chain.listen(heard, learnt.transitions)
    if people.doubted:
        # Who never worked on a document is known by what the others believe of it.
        heard = people.say(beliefs.tags) + said
        beliefs = chain.listen(heard, learnt.transitions)
    fitted = sequence.Fit(chain, heard, learnt.transitions, beliefs)
    return found(units, sequence.best_tags(units, fitted), beliefs)
