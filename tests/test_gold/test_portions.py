"""Very many documents are merged by what a sample of them teaches."""

from __future__ import annotations

import numpy as np
import pytest

from toolkit.gold import portions
from toolkit.gold.cases import Case, View
from toolkit.gold.sequence import QUICK, decide
from toolkit.model import Document, Span

TEXT = "甲乙丙丁戊己庚辛壬癸" * 4


def crowd(documents: int) -> list[Case]:
    """Three people mark the same two places; the third one now and then misses one."""
    rng = np.random.default_rng(5)
    right = (Span(3, 6, "PER"), Span(20, 22, "LOC"))
    return [
        Case(
            Document(f"d{number}", TEXT),
            (
                View("anna", 0, len(TEXT), right),
                View("bo", 0, len(TEXT), right),
                View("cleo", 0, len(TEXT), right[int(rng.random() < 0.2) :]),
            ),
        )
        for number in range(documents)
    ]


def test_portions_decide_as_the_whole_does(monkeypatch: pytest.MonkeyPatch) -> None:
    """With clear evidence a sample and portions give the spans of one fit, in order."""
    cases = crowd(60)
    whole = [one.spans for one in decide(cases, QUICK, "sequence")]
    monkeypatch.setattr(portions, "SAMPLE", 40 * portions.size_of(cases[0]))
    monkeypatch.setattr(portions, "FEWEST", 10)
    monkeypatch.setattr(portions, "PORTION", 7 * portions.size_of(cases[0]))
    merged = [one.spans for one in portions.decide(cases, QUICK, "sequence")]
    assert [[s.key for s in spans] for spans in merged] == [[s.key for s in w] for w in whole]


def test_sample_and_portions_are_all_there_is() -> None:
    """Each case is in the sample or in one portion, and everybody is in the sample."""
    cases = crowd(50)
    lone = Case(cases[0].document, (View("rare", 0, 5, ()),))
    cases.insert(31, lone)
    sample = portions.drawn(cases, portions.size_of(cases[0]))
    assert 31 in sample
    assert len(sample) < len(cases)
    rest = [n for part in portions.rest_in_portions(cases, dict.fromkeys(sample)) for n in part]
    assert sorted([*sample, *rest]) == list(range(len(cases)))
