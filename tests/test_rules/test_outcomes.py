"""What became of suggestions, and what that costs and teaches."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from toolkit.model import AnnotatedSpan, Span, SuggestedSpan
from toolkit.rules.calibration import PRIOR_SPANS, calibrate, held_out, reliability
from toolkit.rules.cost import editing_work, thresholds
from toolkit.rules.outcomes import Judged, against_annotation, against_gold
from toolkit.rules.scorecard import Scoring


def suggested(
    start: int, end: int, label: str = "LOC", rule: str = "r", score: float = 0.8
) -> SuggestedSpan:
    """A suggested span."""
    return SuggestedSpan(start, end, label, rule=rule, score=score)


def test_against_gold_the_nearest_reading_of_each_suggestion_counts() -> None:
    """Equal, relabelled, moved and removed suggestions, and a span that was missed."""
    found = against_gold(
        [suggested(0, 2), suggested(3, 5), suggested(6, 9), suggested(10, 12), suggested(20, 22)],
        [
            Span(0, 2, "LOC"),
            Span(3, 5, "ORG"),
            Span(6, 8, "LOC"),
            Span(11, 13, "ORG"),
            Span(30, 31, "LOC"),
        ],
    )
    assert [one.outcome for one in found.judged] == [
        "kept",
        "label",
        "boundary",
        "removed",
        "removed",
    ]
    assert [span.key for span in found.missed] == [(11, 13, "ORG"), (30, 31, "LOC")]


def test_an_exact_span_is_not_taken_by_its_neighbour() -> None:
    """Of two suggestions over one gold span, the one that is right is the one kept."""
    found = against_gold([suggested(0, 4), suggested(1, 3)], [Span(1, 3, "LOC")])
    assert [one.outcome for one in found.judged] == ["removed", "kept"]


def test_what_an_annotator_drew_by_hand_is_nobodys_suggestion() -> None:
    """A suggestion that was deleted and drawn anew was removed; one of another rule too."""
    annotated = [
        AnnotatedSpan(0, 2, "LOC", origin="suggested", rule="r"),
        AnnotatedSpan(3, 6, "ORG", origin="changed", rule="r"),
        AnnotatedSpan(8, 9, "LOC", origin="added"),
        AnnotatedSpan(10, 12, "LOC", origin="suggested", rule="other"),
    ]
    found = against_annotation(
        [suggested(0, 2), suggested(3, 5), suggested(8, 9), suggested(10, 12)], annotated
    )
    assert [one.outcome for one in found.judged] == ["kept", "boundary", "removed", "removed"]
    assert [span.start for span in found.missed] == [8, 10]


def test_editing_work_counts_the_actions_of_the_editor() -> None:
    """Draw 1, remove 1, relabel 1, move 2; a blank page takes one for each true span."""
    judgement = against_gold(
        [suggested(0, 2), suggested(3, 5), suggested(6, 9), suggested(20, 22)],
        [Span(0, 2, "LOC"), Span(3, 5, "ORG"), Span(6, 8, "LOC"), Span(30, 31, "LOC")],
    )
    rows = {row.label: row for row in editing_work([judgement])}
    assert (rows[""].blank, rows[""].left, rows[""].share) == (4, 5, 1.25)
    assert (rows["LOC"].blank, rows["LOC"].left) == (3, 4)
    assert (rows["ORG"].relabelled, rows["ORG"].left) == (1, 1)


def test_no_work_has_no_share() -> None:
    """Where nothing is to be drawn, the share of work left is undefined."""
    (row,) = editing_work([])
    assert row.share is None


def test_threshold_hides_what_is_mostly_wrong() -> None:
    """Suggestions from the threshold on save more actions than they cost."""
    judged = [Judged(suggested(0, 1, score=0.9), "kept")] * 3
    judged += [Judged(suggested(0, 1, score=0.3), "removed")] * 3
    judged += [Judged(suggested(0, 1, "ORG", score=0.4), "kept")]
    judged += [Judged(suggested(0, 1, "FAC", score=0.4), "removed")]
    assert thresholds(judged) == {"FAC": 1.01, "LOC": 0.9, "ORG": 0.0}


def test_scorecard_counts_overlaps_conflicts_and_what_only_one_rule_had() -> None:
    """Candidates of other rules that agree overlap; those that differ conflict as well."""
    candidates = [suggested(0, 2, rule="a"), suggested(0, 2, rule="b"), suggested(1, 3, rule="c")]
    candidates.append(suggested(10, 12, "ORG", rule="c"))
    scoring = Scoring()
    scoring.add(
        against_gold([suggested(0, 2, rule="a")], [Span(0, 2, "LOC"), Span(10, 12, "ORG")]),
        candidates,
    )
    rows = {(row.rule, row.label): row for row in scoring.scores()}
    assert (rows["a", "LOC"].kept, rows["a", "LOC"].overlaps, rows["a", "LOC"].conflicts) == (
        1,
        1,
        1,
    )
    assert (rows["b", "LOC"].suggested, rows["b", "LOC"].precision) == (0, None)
    assert rows["c", "ORG"].only_it == 1
    assert rows["a", "LOC"].precision == 1
    low, high = rows["a", "LOC"].interval or (0, 0)
    assert 0 < low < high == 1


def test_calibrated_score_moves_from_the_authors_to_the_share_kept() -> None:
    """The author's score counts like ten spans; a rule nobody judged keeps it."""
    judged = [Judged(suggested(0, 1), "kept")] * 10 + [Judged(suggested(0, 1), "removed")] * 30
    taught = calibrate(judged, {"r": 0.8, "unseen": 0.7})
    assert taught["r"].score == pytest.approx((10 + PRIOR_SPANS * 0.8) / (40 + PRIOR_SPANS))
    assert taught["unseen"].score == pytest.approx(0.7)
    assert taught["unseen"].judged == 0


def test_expected_calibration_error_of_a_known_case() -> None:
    """Two bins, one off by 0.2 and one exact, weigh as many spans as they hold."""
    judged = [Judged(suggested(0, 1, score=0.75), "kept")] * 19
    judged += [Judged(suggested(0, 1, score=0.75), "removed")]
    judged += [
        Judged(suggested(0, 1, score=0.25), "kept"),
        *[Judged(suggested(0, 1, score=0.25), "removed")] * 3,
    ]
    found = reliability(judged)
    assert [(b.low, b.spans, b.score, b.right) for b in found.bins] == [
        (0.2, 4, 0.25, 0.25),
        (0.7, 20, 0.75, 0.95),
    ]
    assert found.error == pytest.approx(0.2 * 20 / 24)


def test_held_out_scores_come_from_the_other_documents() -> None:
    """A document's own outcomes have no influence on its scores."""
    documents = [[Judged(suggested(0, 1), "kept")], [Judged(suggested(0, 1), "removed")]]
    first, second = held_out(documents, {"r": 0.5})
    assert first.span.score == pytest.approx(PRIOR_SPANS * 0.5 / (PRIOR_SPANS + 1))
    assert second.span.score == pytest.approx((PRIOR_SPANS * 0.5 + 1) / (PRIOR_SPANS + 1))


places = st.tuples(st.integers(0, 20), st.integers(1, 4), st.sampled_from(["LOC", "ORG"]))


@given(st.lists(places), st.lists(places))
def test_every_span_has_one_fate(
    left: list[tuple[int, int, str]], right: list[tuple[int, int, str]]
) -> None:
    """Each suggestion has one outcome; each true span became of one suggestion or was missed."""
    gold = [Span(start, start + length, label) for start, length, label in right]
    found = against_gold([suggested(s, s + n, label) for s, n, label in left], gold)
    assert len(found.judged) == len(left)
    became = [one.became for one in found.judged if one.became is not None]
    assert sorted(span.key for span in (*became, *found.missed)) == sorted(
        span.key for span in gold
    )


@given(st.lists(places))
def test_perfect_suggestions_leave_no_work(spans: list[tuple[int, int, str]]) -> None:
    """Suggestions that are the gold cost nothing."""
    same = [suggested(start, start + length, label) for start, length, label in spans]
    assert editing_work([against_gold(same, same)])[-1].left == 0
