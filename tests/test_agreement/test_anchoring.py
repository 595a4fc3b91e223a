"""Tests of toolkit.agreement.anchoring: what was built into the data is what is found."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from toolkit.agreement.anchoring import MEASURES, Anchoring, Effect, anchoring
from toolkit.model import (
    AnnotatedSpan,
    Annotation,
    Document,
    GoldDocument,
    GoldSpan,
    SuggestedSpan,
    Suggestion,
)

TEXT = "字" * 100
RIGHT, WRONG, MISSING = (0, 2, "LOC"), (10, 12, "LOC"), (20, 22, "PERSON")
VERSION = "v1"

Key = tuple[int, int, str]


def _document(name: str, group: str = "") -> Document:
    return Document(name, TEXT, {"group": group} if group else {})


def _suggestion(name: str) -> Suggestion:
    return Suggestion(name, VERSION, (SuggestedSpan(*RIGHT), SuggestedSpan(*WRONG)))


def _gold(name: str) -> GoldDocument:
    return GoldDocument(name, TEXT, (GoldSpan(*RIGHT), GoldSpan(*MISSING)))


def _given(  # noqa: PLR0917 - what an annotation is made of
    name: str,
    annotator: str,
    spans: Sequence[Key],
    shown: bool,
    seconds: float | None = None,
    version: str = VERSION,
) -> Annotation:
    return Annotation(
        name,
        annotator,
        tuple(AnnotatedSpan(*span) for span in spans),
        lead_time=seconds,
        suggested=version if shown else None,
    )


def _measured(
    annotations: Sequence[Annotation], *, gold: bool = True, samples: int = 200, **groups: str
) -> Anchoring:
    names = sorted({annotation.doc_id for annotation in annotations})
    return anchoring(
        annotations,
        {name: _document(name, groups.get(name, "")) for name in names},
        {name: _suggestion(name) for name in names},
        {name: _gold(name) for name in names} if gold else None,
        samples=samples,
        seed=7,
    )


def _effect(measured: Anchoring, name: str) -> Effect:
    return next(effect for effect in measured.effects if effect.name == name)


def test_a_case_counted_by_hand() -> None:
    """Two passages with suggestions and two without, by one person; every share is known."""
    measured = _measured(
        [
            _given("a", "anna", [RIGHT, WRONG], True, 10.0),
            _given("b", "anna", [RIGHT, WRONG, MISSING], True, 40.0),
            _given("c", "anna", [RIGHT, WRONG, MISSING], False, 40.0),
            _given("d", "anna", [MISSING], False, 40.0),
        ]
    )
    assert (measured.shown, measured.control, measured.by_gold) == (2, 2, 4)
    time, given_, wrong, missing = measured.effects
    assert (time.shown, time.control, time.value) == pytest.approx((200.0, 400.0, 0.5))
    assert (given_.shown, given_.control, given_.value) == (1.0, 0.5, 0.5)
    assert (wrong.shown, wrong.control, wrong.value) == (1.0, 0.5, 0.5)
    assert (missing.shown, missing.control, missing.value) == (0.5, 0.0, 0.5)
    assert (wrong.n_shown, wrong.n_control, given_.n_shown) == (2, 2, 4)
    assert [effect.name for effect in measured.effects] == list(MEASURES)


def test_what_is_right_is_asked_of_the_others() -> None:
    """Without gold more than half of the others decide; half of them is no decision."""
    everyone = [
        _given("a", "anna", [RIGHT, WRONG], True),
        _given("a", "bo", [RIGHT, MISSING], True),
        _given("a", "chen", [RIGHT, MISSING], False),
        _given("b", "anna", [RIGHT, MISSING], False),
        _given("b", "bo", [RIGHT, MISSING], False),
        _given("b", "chen", [RIGHT, MISSING], True),
    ]
    measured = _measured(everyone, gold=False)
    assert (measured.by_gold, measured.by_others) == (0, 6)
    # For bo and chen one of the two others of "a" gave WRONG, so it is no case of theirs.
    wrong = _effect(measured, "wrong_kept")
    # So only anna has a case with suggestions and one without.
    assert (wrong.n_shown, wrong.n_control) == (1, 1)
    assert (wrong.shown, wrong.control) == (1.0, 0.0)
    missing = _effect(measured, "overlooked")
    assert (missing.shown, missing.control, missing.n_shown) == (1.0, 0.0, 1)


def test_ones_own_label_says_nothing_of_what_is_right() -> None:
    """Who is alone has no reference, so that only time and what was given can be told."""
    measured = _measured(
        [
            _given("a", "anna", [RIGHT], True, 5.0),
            _given("b", "anna", [RIGHT], False, 5.0),
        ],
        gold=False,
    )
    assert measured.by_others == 0
    for name in ("wrong_kept", "overlooked"):
        effect = _effect(measured, name)
        assert (effect.value, effect.undefined) == (None, "there is no case of it")
    assert _effect(measured, "given").value == 0.0


def test_another_boundary_is_not_overlooked() -> None:
    """A missing span counts as seen if anything is marked on any of its characters."""
    near = (21, 24, "ORG")
    measured = _measured(
        [
            _given("a", "anna", [near], True),
            _given("b", "anna", [], False),
        ]
    )
    missing = _effect(measured, "overlooked")
    assert (missing.shown, missing.control) == (0.0, 1.0)


@pytest.mark.parametrize(
    ("annotations", "why"),
    [
        ([], "there is no case of it"),
        ([_given("a", "anna", [], True, 5.0)], "nobody worked without suggestions on it"),
        ([_given("a", "anna", [], False, 5.0)], "nobody worked with suggestions on it"),
        (
            [_given("a", "anna", [], False, 5.0), _given("a", "bo", [], True, 5.0)],
            "nobody worked on it both with suggestions and without",
        ),
    ],
)
def test_what_is_undefined_says_why(annotations: list[Annotation], why: str) -> None:
    """No number stands where there is nothing to compare."""
    for effect in _measured(annotations).effects:
        assert (effect.shown, effect.control, effect.value, effect.low) == (None,) * 4
        assert effect.undefined == why


def test_one_document_has_no_interval() -> None:
    """The value is there, and what is missing is said."""
    measured = _measured(
        [
            _given("a", "anna", [], True, 5.0),
            _given("a", "bo", [], True, 5.0),
            _given("b", "anna", [], False, 5.0),
            _given("b", "bo", [], True, 5.0),
        ],
        a="g",
        b="g",
    )
    effect = _effect(measured, "time")
    assert effect.value == pytest.approx(1.0)
    assert (effect.low, effect.undefined) == (
        None,
        "no interval: it rests on one document or group of documents",
    )


def test_suggestions_that_are_gone_count_for_time_only() -> None:
    """What somebody was shown in another version isn't known, but that they were is."""
    measured = _measured(
        [
            _given("a", "anna", [RIGHT], True, 5.0, version="v0"),
            _given("b", "anna", [RIGHT], False, 10.0),
        ]
    )
    assert (measured.shown, measured.other_version) == (1, 1)
    assert _effect(measured, "time").value == pytest.approx(0.5)
    assert _effect(measured, "given").undefined == "nobody worked with suggestions on it"


def test_documents_that_no_rule_looked_at_are_no_control() -> None:
    """Where there was nothing to show, nothing was hidden."""
    annotations = [_given("a", "anna", [], True, 5.0), _given("b", "anna", [], False, 5.0)]
    documents = {name: _document(name) for name in "ab"}
    measured = anchoring(annotations, documents, {"a": _suggestion("a")}, samples=10)
    assert (measured.shown, measured.control) == (1, 0)


def _simulated(documents: int, seed: int) -> list[Annotation]:
    """People who keep a wrong span in 60 of 100 cases if shown, and give it in 10 if not.

    Missing spans are overlooked in 40 and 20. With suggestions half of the time is needed.
    The slowest two thirds of the work of one is without suggestions: no effect of theirs.
    """
    chance = np.random.default_rng(seed)
    made = []
    for number in range(documents):
        for annotator, share, pace in (("anna", 0.2, 1.0), ("bo", 0.2, 1.3), ("chen", 0.7, 6.0)):
            shown = chance.random() >= share
            spans = [RIGHT]
            spans += [WRONG] * (chance.random() < (0.6 if shown else 0.1))
            spans += [MISSING] * (chance.random() >= (0.4 if shown else 0.2))
            seconds = 60 * pace * (0.5 if shown else 1.0) * chance.lognormal(0, 0.5)
            if chance.random() < 0.01:
                seconds = 40_000.0  # a page left open over night
            made.append(_given(f"d{number}", annotator, spans, shown, seconds))
    return made


TRUE = {"time": 0.5, "wrong_kept": 0.5, "overlooked": 0.2}


def test_the_effects_that_were_built_in_are_found() -> None:
    """With 400 documents the intervals hold the true effects, and exclude that there are none."""
    measured = _measured(_simulated(400, 6))
    for name, true in TRUE.items():
        effect = _effect(measured, name)
        assert effect.low is not None
        assert effect.high is not None
        assert effect.low < true < effect.high
        assert not effect.low <= (1 if name == "time" else 0) <= effect.high
        assert effect.undefined == ""


def test_the_others_show_it_too() -> None:
    """Without gold the effect is smaller, for the others were led astray as well, and seen."""
    wrong = _effect(_measured(_simulated(400, 2), gold=False), "wrong_kept")
    assert wrong.low is not None
    assert wrong.low > 0.3


def test_intervals_hold_what_they_promise() -> None:
    """Of 30 repetitions nearly all intervals hold the true effect."""
    held = dict.fromkeys(TRUE, 0)
    for seed in range(30):
        measured = _measured(_simulated(60, 1000 + seed), samples=100)
        for name, true in TRUE.items():
            effect = _effect(measured, name)
            assert effect.low is not None
            assert effect.high is not None
            held[name] += effect.low <= true <= effect.high
    # 95 of 100, less what a percentile interval lacks at 60 documents, less chance.
    assert min(held.values()) >= 24


def test_a_page_left_open_changes_nothing() -> None:
    """A night in one of a hundred passages counts as a slow passage and no more."""
    made = [
        _given(f"d{number}", "anna", [RIGHT], number % 2 == 0, 55.0 + number % 10)
        for number in range(100)
    ]
    before = _effect(_measured(made), "time").value
    made[0] = _given("d0", "anna", [RIGHT], True, 40_000.0)
    after = _effect(_measured(made), "time").value
    assert before is not None
    assert after == pytest.approx(before, rel=0.01)


def test_a_slow_annotator_is_not_the_suggestions_doing() -> None:
    """Where suggestions do nothing, who works mostly without them and slowly shows nothing."""
    chance = np.random.default_rng(3)
    made = [
        _given(f"d{number}", annotator, [RIGHT], chance.random() >= share, pace)
        for number in range(50)
        for annotator, share, pace in (("anna", 0.1, 10.0), ("bo", 0.9, 100.0))
    ]
    assert _effect(_measured(made), "time").value == pytest.approx(1.0)


@given(st.randoms(use_true_random=False), st.integers(2, 6))
def test_order_and_names_are_nothing(chance: Random, documents: int) -> None:
    """The same annotations in any order, by people of any name, give the same figures."""
    made = _simulated(documents, chance.randrange(10**6))
    measured = _measured(made, samples=20)
    shuffled = chance.sample(made, len(made))
    assert _measured(shuffled, samples=20) == measured
    names = {"anna": "x", "bo": "w", "chen": "v"}
    renamed = [
        Annotation(
            a.doc_id, names[a.annotator], a.spans, lead_time=a.lead_time, suggested=a.suggested
        )
        for a in made
    ]
    for one, other in zip(_measured(renamed, samples=20).effects, measured.effects, strict=True):
        assert one.n_shown == other.n_shown
        assert np.allclose(
            [x if x is not None else np.nan for x in (one.value, one.low, one.high)],
            [x if x is not None else np.nan for x in (other.value, other.low, other.high)],
            equal_nan=True,
        )


def test_a_long_document_of_many_passages_takes_linear_time() -> None:
    """Passages are judged by those that cover them, wherever they lie in the document."""
    count, width = 2000, 10
    text = "字" * (count * width)
    spans = tuple(SuggestedSpan(n * width, n * width + 2, "LOC") for n in range(count))
    annotations = [
        Annotation(
            "a",
            annotator,
            (AnnotatedSpan(n * width, n * width + 2, "LOC"),) if n % 2 else (),
            start=n * width,
            end=(n + 1) * width,
            suggested=VERSION if (n + (annotator == "bo")) % 3 else None,
        )
        for n in range(count)
        for annotator in ("anna", "bo")
    ]
    measured = anchoring(
        annotations, {"a": Document("a", text)}, {"a": Suggestion("a", VERSION, spans)}, samples=5
    )
    given_ = _effect(measured, "given")
    assert given_.n_shown + given_.n_control == 2 * count
    assert measured.by_others == 2 * count
    # Whatever anna left out bo left out too, so it counts as wrong and was kept by nobody.
    wrong = _effect(measured, "wrong_kept")
    assert (wrong.n_shown + wrong.n_control, wrong.shown, wrong.control) == (count, 0.0, 0.0)
