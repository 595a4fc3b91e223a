"""Readers that a sample taught read all other documents, if they are better than people."""

from __future__ import annotations

import pickle
from dataclasses import replace

import numpy as np
import pytest

from toolkit.gold import portions, sequence
from toolkit.gold.cases import Case, Decision, View, annotators_in, labels_in
from toolkit.gold.features import hashed_features
from toolkit.gold.portions import Learnt
from toolkit.gold.readers import School, better_than_people
from toolkit.gold.units import Floats, Integers, Units, tabulate
from toolkit.model import Document, Span

PEOPLE = ("anna", "bo", "cleo")
NAMES = ("王小明", "李大山", "陈一心")


def crowd(documents: int, missed: float, *, anywhere: bool = False) -> list[Case]:
    """Three people miss spans at this rate; a name is told by the text, or ``anywhere`` not."""
    rng = np.random.default_rng(7)
    cases = []
    for number in range(documents):
        name = NAMES[number % len(NAMES)]
        around = "".join(rng.choice(list("天地玄黄宇宙洪荒日月"), 12))
        text = around if anywhere else f"{around[:4]}患者{name}说{around[4:]}"
        start = int(rng.integers(1, 8)) if anywhere else text.index(name)
        span = Span(start, start + 3, "PER")
        views = tuple(
            View(who, 0, len(text), () if rng.random() < missed else (span,)) for who in PEOPLE
        )
        cases.append(Case(Document(f"d{number}", text), views))
    return cases


def learnt(cases: list[Case]) -> Learnt:
    """What these cases teach."""
    return portions.learnt(cases, labels_in(cases), annotators_in(cases), "sequence")


def test_readers_tell_names_from_slips() -> None:
    """What one person marks is a name if the text says so, though everybody misses most."""
    cases = crowd(400, missed=0.6)
    taught = learnt(cases[:300])
    assert taught.heard is not None
    name = next(case for case in cases[300:] if sum(bool(v.spans) for v in case.views) == 1)
    text = "天地玄黄宇宙洪荒日月天地玄黄"
    marked = (View("anna", 0, 14, (Span(5, 8, "PER"),)), View("bo", 0, 14, ()))
    slip = Case(Document("slip", text), (*marked, View("cleo", 0, 14, ())))
    one, other = taught.decide([name, slip])
    assert [span.label for span in one.spans] == ["PER"]
    assert other.spans == ()
    (without,) = replace(taught, heard=None).decide([slip])
    assert probability(other) < probability(without)


def probability(decision: Decision) -> float:
    """That of the only span that somebody gave."""
    (probability,) = [
        *(span.confidence for span in decision.spans),
        *(span.confidence for span in decision.rejected),
    ]
    return probability


@pytest.mark.parametrize("size", [1, 7, 64])
def test_what_readers_say_does_not_depend_on_the_portion(size: int) -> None:
    """However cases are dealt to portions, and in which process, the decision is the same."""
    cases = crowd(300, missed=0.6)
    taught = learnt(cases[:200])
    assert taught.heard is not None
    elsewhere = pickle.loads(pickle.dumps(taught))  # noqa: S301 - what we have just pickled
    pieces = [
        one for at in range(0, len(cases), size) for one in elsewhere.decide(cases[at : at + size])
    ]
    assert pieces == list(taught.decide(cases))


def test_poor_readers_are_not_heard() -> None:
    """Where nothing in the text tells of spans, the words are heard and no reader."""
    assert learnt(crowd(300, missed=0.2, anywhere=True)).heard is None


def test_poor_readers_are_not_heard_in_small_jobs_either(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the text tells nothing, three people are merged as if nobody read it."""
    cases = crowd(200, missed=0.5, anywhere=True)

    def spans() -> list[tuple[tuple[int, int, str], ...]]:
        decided = sequence.decide(cases, sequence.QUICK, "sequence")
        return [tuple(span.key for span in one.spans) for one in decided]

    heard = spans()
    monkeypatch.setattr(sequence, "READABLE", 0)
    assert heard == spans()


def test_few_texts_teach_no_reader() -> None:
    """With fewer texts than ``sequence.MANY`` the words are heard."""
    assert learnt(crowd(50, missed=0.6)).heard is None


def believed(units: Units) -> Floats:
    """Some belief of each unit: a name where anybody marked one."""
    tags = np.full((len(units), units.tags), 0.01)
    tags[np.arange(len(units)), np.zeros(len(units), dtype=np.int64)] = 0.5
    tags[units.unit, units.tag] += 1.0
    believed: Floats = tags / tags.sum(axis=1, keepdims=True)
    return believed


def test_nobody_reads_a_text_that_taught_them() -> None:
    """What is said of a fold's texts doesn't change with what is believed of them."""
    cases = crowd(200, missed=0.3)
    before, after, fold = taught_twice(cases, cases)
    assert np.array_equal(before[fold == 0], after[fold == 0])
    assert not np.allclose(before[fold == 1], after[fold == 1])


def test_parts_of_a_text_are_one_text() -> None:
    """A part that wasn't in the sample isn't read by whom another part of it taught."""
    cases = [
        Case(Document(f"report-{number // 2}:{number % 2}", case.document.text), case.views)
        for number, case in enumerate(crowd(200, missed=0.3))
    ]
    before, after, fold = taught_twice(cases[::2], cases[1::2])
    assert np.array_equal(before[fold == 0], after[fold == 0])
    assert not np.allclose(before[fold == 1], after[fold == 1])


def taught_twice(sample: list[Case], others: list[Case]) -> tuple[Floats, Floats, Integers]:
    """What is said of others with the sample's fold 0 as it is, and with another belief of it.

    The third is the fold of each of the others' units, by place in the sample.
    """
    units, read = tabulate(sample), tabulate(others)
    tags = believed(units)
    readers = School(units, sample, folds=3, epochs=1, seed=1).teach(tags)
    fold = np.array(list(readers.fold.values()))
    tags[fold[units.case] == 0] = 1.0 / units.tags
    again = School(units, sample, folds=3, epochs=1, seed=1).teach(tags)
    return readers.read(read, others), again.read(read, others), fold[read.case]


def test_features_have_the_same_numbers_in_any_table() -> None:
    """A document's features don't depend on what else is in the table."""
    cases = crowd(40, missed=0.3)
    units = tabulate(cases, ("PER",))
    rows = hashed_features(units)
    for number, case in enumerate(cases):
        alone = hashed_features(tabulate([case], ("PER",)))
        assert np.array_equal(rows[units.case == number], alone)


def test_people_are_the_measure() -> None:
    """Who says what all people say is better than each; who says nothing isn't."""
    units = tabulate(crowd(100, missed=0.3))
    tags = believed(units)
    assert better_than_people(tags, tags, units)
    nothing = np.zeros_like(tags)
    nothing[:, 0] = 1.0
    assert not better_than_people(nothing, tags, units)
