"""What the check by a model makes of a disagreement."""

from __future__ import annotations

import random

from hypothesis import given
from hypothesis import strategies as st

from tests.test_datasets.strategies import flat_spans
from toolkit.datasets.checks.disagreement import LEAST_DOUBT
from toolkit.datasets.checks.evidence import Case, evidence
from toolkit.datasets.checks.finding import Finding
from toolkit.datasets.checks.odds import likelihoods
from toolkit.datasets.checks.planted import moved, relabelled
from toolkit.datasets.checks.together import weighed
from toolkit.model import GoldDocument, GoldSpan, Span

TEXT = "岳文柏在武汉说,好"


@given(flat_spans(TEXT), st.integers(0, 99))
def test_an_error_is_another_span_that_the_text_has_room_for(
    spans: tuple[GoldSpan, ...], seed: int
) -> None:
    """One thing is wrong with it, and it touches none of the others."""
    draw = random.Random(seed)  # noqa: S311 - a test
    for span in spans:
        others = [one for one in spans if one is not span]
        other = relabelled(span, ["LOC", "ORG", span.label], draw)
        assert other is not None
        assert (other.start, other.end) == (span.start, span.end)
        assert other.label != span.label
        found = moved(span, others, len(TEXT), draw)
        if found is not None:
            assert (found.start == span.start) != (found.end == span.end)
            assert 0 <= found.start < found.end <= len(TEXT)
            assert not any(one.start < found.end and found.start < one.end for one in others)
    assert relabelled(Span(0, 1, "LOC"), ["LOC"], draw) is None


def test_what_looks_like_the_others_is_more_likely_one_of_them() -> None:
    """Doubts follow the features; on the whole as many are expected as the weights say."""
    draw = random.Random(1)  # noqa: S311 - a test
    usual = [[draw.gauss(0, 1), 1.0] for _ in range(380)] + [[draw.gauss(3, 1), 1.0]] * 20
    other = [[draw.gauss(3, 1), 1.0] for _ in range(100)]
    doubts = likelihoods(usual, other, weight=0.2)
    assert min(doubts[380:]) > 5 * sum(doubts[:380]) / 380
    assert 5 < sum(doubts) < 80
    assert likelihoods([], other, 1.0) == []
    assert likelihoods(usual[:2], [], 1.0) == [0.0, 0.0]


def test_a_place_is_no_evidence_for_itself() -> None:
    """What is counted of a text are its other places: by label, and those without any."""
    gold = [
        GoldDocument("a", "武汉,武汉,武汉人", (GoldSpan(0, 2, "LOC"), GoldSpan(6, 9, "PERSON"))),
        GoldDocument("b", "武汉", (GoldSpan(0, 2, "ORG"),)),
    ]
    case = Case(
        "label", "武汉", "LOC", (("武汉", "ORG"),), 0.2, 0.7, 1, 0, 0, 2, "LOC", is_free=False
    )
    (row,) = evidence([case], gold)
    same, never, other, share = row[2:6]
    assert (same, never) == (0, 1)
    assert other > 0
    assert share == 0.5
    assert row[9] == 1 / 3  # one place without a label, one with another
    assert row[11] == 1 / 4  # and one inside of a longer span
    assert row[14:] == [1, 0, 0, 2]
    missed = Case("missed", "武汉", "LOC", (), 0.9, 0.9, 0, 0, 0, 0, "", is_free=True)
    (row,) = evidence([missed], gold)
    assert row[9] == 0
    assert row[11] == 1 / 4


def test_the_model_settles_what_the_other_checks_doubt() -> None:
    """Its own doubt of the place, or less than it lists; nothing changes inside of other spans."""
    gold = [
        GoldDocument("a", "武汉大学在武汉", (GoldSpan(0, 4, "ORG"), GoldSpan(0, 2, "ORG"))),
        GoldDocument("b", "武汉说", (GoldSpan(0, 2, "ORG"),)),
    ]

    def doubted(kind: str, doc_id: str, start: int, label: str, doubt: float) -> Finding:
        return Finding((kind,), doc_id, start, start + 2, label, "武汉", "why", doubt)

    findings = [
        doubted("label-differs", "a", 0, "ORG", 0.9),
        doubted("unlabelled", "a", 5, "", 0.8),
        doubted("label-differs", "b", 0, "ORG", 0.4),
    ]
    by_model = [
        Finding(("model-disagrees",), "a", 0, 4, "ORG", "武汉大学", "why", 0.3),
        doubted("model-disagrees", "b", 0, "ORG", 0.7),
    ]
    inner, missed, outer = weighed(findings, by_model, gold)
    assert inner == findings[0]
    assert missed == doubted("unlabelled", "a", 5, "", round(0.8 * LEAST_DOUBT, 4))
    assert outer == doubted("label-differs", "b", 0, "ORG", 0.7)
