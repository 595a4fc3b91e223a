"""What more work would buy."""

from __future__ import annotations

import random

import numpy as np
import pytest

from toolkit.errors import InputError
from toolkit.gold.chain import IMPOSSIBLE, Chain
from toolkit.gold.merge import merge
from toolkit.gold.simulate import Simulation, simulate
from toolkit.model import AnnotatedSpan, Annotation, Document

NAMES = ["武汉", "湖北", "新华社"]


def crowd(
    skill: dict[str, float], count: int = 120
) -> tuple[list[Annotation], dict[str, Document], dict[str, set[tuple[int, int, str]]]]:
    """Invented reports; each annotator finds each name with a chance of their own, by itself."""
    rng = random.Random(7)  # noqa: S311 - invented data
    documents, truth, annotations = {}, {}, []
    for number in range(count):
        words = [rng.choice(["今天", "的", "消息", "说", *NAMES]) for _ in range(10)]
        starts = np.cumsum([0, *map(len, words)]).tolist()
        spans = {
            (start, start + len(word), "ORG" if word == "新华社" else "LOC")
            for word, start in zip(words, starts, strict=False)
            if word in NAMES
        }
        doc_id = f"d{number:03}"
        documents[doc_id], truth[doc_id] = Document(doc_id, "".join(words)), spans
        for name, chance in skill.items():
            mine = sorted(span for span in spans if rng.random() < chance)
            annotations.append(Annotation(doc_id, name, tuple(AnnotatedSpan(*s) for s in mine)))
    return annotations, documents, truth


SKILL = {"a": 0.8, "b": 0.75, "c": 0.7, "d": 0.8}


def f1(annotations: list[Annotation], method: str) -> float:
    """Against the truth that the reports were invented with."""
    _, documents, truth = crowd(SKILL)
    right = given = 0
    for gold in merge(annotations, documents, method=method):
        keys = {span.key for span in gold.spans}
        right, given = right + len(keys & truth[gold.doc_id]), given + len(keys)
    return 2 * right / (given + sum(map(len, truth.values())))


@pytest.mark.parametrize("method", ["majority", "sequence"])
def test_the_gain_is_what_one_more_annotator_brings(method: str) -> None:
    """Where people err each for themselves, the gain is what comes true, and no level is higher.

    A model's level is lower: calibrated confidences know of people who share mistakes.
    """
    annotations, documents, _ = crowd(SKILL)
    three = [one for one in annotations if one.annotator != "d"]
    found = simulate(three, documents, method=method, draws=4)
    now, more = found.outlooks[:2]
    lower = 0.04 if method == "majority" else 0.08
    assert -lower <= now.f1[0] - f1(three, method) <= 0.04
    assert more.gain[0] == pytest.approx(f1(annotations, method) - f1(three, method), abs=0.05)
    assert more.annotations == len(documents)


def test_the_more_is_reviewed_the_better_it_gets() -> None:
    """Reviews never harm; figures lie in their intervals; the same seed gives the same table."""
    annotations, documents, _ = crowd(SKILL)

    def table() -> Simulation:
        return simulate(annotations[: 3 * 40], documents, method="majority", draws=3, seed=5)

    found = table()
    reviewed = [one for one in found.outlooks if one.reviews]
    gains = [one.gain[0] for one in reviewed]
    assert gains == sorted(gains)
    assert gains[0] >= 0.0
    for one in found.outlooks:
        assert one.f1[1] <= one.f1[0] <= one.f1[2]
    assert found == table()


def test_without_a_span_nothing_can_be_told() -> None:
    """It says so, and doesn't invent a table."""
    documents = {"d": Document("d", "今天")}
    with pytest.raises(InputError, match="nobody gave a span"):
        simulate([Annotation("d", "anna")], documents, method="majority")


def test_what_is_drawn_is_what_is_believed() -> None:
    """Tags drawn from a chain have the chain's own probabilities, and follow its rules."""
    rng = np.random.default_rng(3)
    first = np.array([0, 4, 9])
    chain = Chain(first, 5)
    heard = rng.normal(size=(9, 5))
    transitions = np.where(chain.allowed, rng.normal(size=(5, 5)), IMPOSSIBLE)
    transitions -= np.log(np.exp(transitions).sum(axis=1, keepdims=True))
    counts = np.zeros((9, 5))
    draws = 4000
    for _ in range(draws):
        counts[np.arange(9), chain.draw(heard, transitions, rng)] += 1
    believed = chain.listen(heard, transitions).tags
    assert np.abs(counts / draws - believed).max() < 0.04
