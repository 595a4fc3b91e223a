"""What several checks doubt is one place of the work list."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from toolkit.datasets.checks.finding import Finding, Material
from toolkit.datasets.checks.places import by_place
from toolkit.datasets.checks.registry import find
from toolkit.model import GoldDocument, GoldSpan

TEXT = "在武汉大学人民医院说"


def doubted(kind: str, start: int, end: int, label: str, doubt: float) -> Finding:
    """A finding about a stretch of ``TEXT``."""
    return Finding((kind,), "d", start, end, label, TEXT[start:end], f"why {kind}", doubt)


def test_a_span_that_two_checks_doubt_is_one_row() -> None:
    """It names both, has the greater doubt, and says first why that is."""
    (one,) = by_place([doubted("edge", 1, 3, "LOC", 0.4), doubted("cut-word", 1, 3, "LOC", 0.5)])
    assert one.kinds == ("cut-word", "edge")
    assert one.doubt == 0.5
    assert one.why == "why cut-word; why edge"


def test_other_labels_and_other_ends_are_other_places() -> None:
    """Spans inside of spans are judged each for itself."""
    findings = [
        doubted("label-differs", 1, 3, "LOC", 0.4),
        doubted("label-differs", 1, 3, "ORG", 0.3),
        doubted("label-differs", 1, 5, "ORG", 0.2),
    ]
    assert by_place(findings) == findings


def test_a_gap_that_two_checks_see_with_other_ends_is_one_row() -> None:
    """The strongest finding's stretch is shown, and what others saw is told."""
    (one,) = by_place(
        [doubted("unlabelled", 1, 5, "", 0.3), doubted("model-disagrees", 1, 9, "", 0.7)]
    )
    assert (one.start, one.end, one.text) == (1, 9, "武汉大学人民医院")
    assert one.kinds == ("model-disagrees", "unlabelled")
    assert one.why == "why model-disagrees; 武汉大学: why unlabelled"


def test_what_is_about_no_place_stays_as_it_is() -> None:
    """Two labels with few examples are two rows."""
    few = [Finding(("few-examples",), "", 0, 0, name, "", "few", 0.9) for name in ("FAC", "LAW")]
    assert by_place(few) == few


def test_of_equal_doubts_the_place_of_more_checks_comes_first() -> None:
    """A second check doesn't raise a doubt, but it decides between equal ones."""
    alone = doubted("cut-word", 1, 3, "LOC", 0.5)
    both = [doubted("cut-word", 5, 9, "ORG", 0.5), doubted("edge", 5, 9, "ORG", 0.1)]
    assert [one.start for one in by_place([alone, *both])] == [5, 1]


stretches = st.lists(
    st.builds(
        lambda kind, a, b, label, doubt: doubted(kind, min(a, b), max(a, b) + 1, label, doubt),
        st.sampled_from(["edge", "cut-word", "unlabelled"]),
        st.integers(0, 9),
        st.integers(0, 9),
        st.sampled_from(["", "LOC"]),
        st.sampled_from([0.1, 0.5, 0.9]),
    ),
    max_size=9,
)


@given(stretches)
def test_nothing_is_lost_and_no_place_comes_twice(findings: list[Finding]) -> None:
    """Every finding's kind and reason is in a row of at least its doubt; gaps don't overlap."""
    rows = by_place(findings)
    for one in findings:
        assert any(
            set(one.kinds) <= set(row.kinds) and one.why in row.why and row.doubt >= one.doubt
            for row in rows
            if row.label == one.label
        )
    assert {kind for one in findings for kind in one.kinds} == {
        k for row in rows for k in row.kinds
    }
    keys = [(row.start, row.end, row.label) for row in rows if row.label]
    assert len(keys) == len(set(keys))
    gaps = [row for row in rows if not row.label]
    assert not any(a.start < b.end and b.start < a.end for a in gaps for b in gaps if a is not b)
    assert rows == sorted(rows, key=lambda row: -row.doubt)


def test_checks_of_one_gold_meet_in_one_row() -> None:
    """A cut name at a mark: the word's check and the edge's give one place."""
    text = "说,武汉市"
    gold = [GoldDocument("d", text, (GoldSpan(1, 4, "LOC", ",武汉"),))]
    material = Material(gold=lambda: gold, words=lambda _: [(0, 1), (1, 2), (2, 5)])
    rows = [one for one in by_place(find(material)) if one.doc_id]
    assert [one.kinds for one in rows] == [("edge", "cut-word")]
