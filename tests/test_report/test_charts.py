"""Charts are SVG that follows the page's colours and holds what it was given."""

from __future__ import annotations

import xml.etree.ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from toolkit.report.charts import (
    PLAIN_COLOR,
    confusion,
    handling,
    intervals,
    reliability,
    safe_color,
    visible,
)
from toolkit.report.figures import Confusion, LabelMark, Number
from toolkit.report.handling import Handling
from toolkit.report.scores import Bin, Reliability

MARKS = [LabelMark("PERSON", "人名", "#aa0000"), LabelMark("LOC", "地名", "#6600ff")]


def texts(svg: str) -> list[str]:
    """Every text in the chart; fails where it is no XML."""
    root = ET.fromstring(svg)  # noqa: S314 - our own chart
    return [node.text or "" for node in root.iter("{http://www.w3.org/2000/svg}text")]


def test_intervals_in_the_schemas_order() -> None:
    """One dot a label in its colour; a label without a value has no row."""
    numbers = {"LOC": Number("f", 0.5, 0.4, 0.6), "PERSON": Number("f", 0.9), "X": Number("f")}
    svg = intervals(numbers, [*MARKS, LabelMark("X")], "strict F1")
    shown = texts(svg)
    assert [t for t in shown if "PERSON" in t or "LOC" in t] == ["人名 PERSON", "地名 LOC"]
    assert "strict F1" in shown
    assert 'fill="#aa0000"' in svg
    assert 'fill="#6600ff"' in svg
    assert svg.count('aria-roledescription="circle"') == 2
    assert svg.count('aria-roledescription="rule mark"') == 1


def test_a_negative_coefficient_is_on_the_axis() -> None:
    """Chance-corrected coefficients can lie below 0."""
    assert any(
        "0.4" in t and t != "0.4"
        for t in texts(intervals({"LOC": Number("f", -0.35, -0.4, 0.1)}, MARKS, "κ"))
    )


def test_handling_leaves_out_what_was_never_suggested() -> None:
    """Shares of nothing are not drawn."""
    svg = handling([Handling("PERSON", kept=3, removed=1), Handling("LOC", added=2)], MARKS)
    assert "人名 PERSON" in texts(svg)
    assert "地名 LOC" not in texts(svg)


def test_reliability_has_a_dot_a_bin_and_the_diagonal() -> None:
    """What the axes are is written on them."""
    bins = (Bin(0.5, 0.6, 4, 0.55, 0.5), Bin(0.9, 1.0, 40, 0.95, 0.9))
    svg = reliability(Reliability(bins, 44, 0.05), "#2f7ebc")
    assert svg.count('aria-roledescription="circle"') == 2
    assert svg.count('aria-roledescription="line mark"') == 2
    assert {"score", "share of spans that were right"} <= set(texts(svg))


def test_confusion_holds_every_count() -> None:
    """Also those of labels that the schema lacks, and of nothing."""
    cells = [Confusion("LOC", "PERSON", 17), Confusion("OLD", "—", 23), Confusion("LOC", "LOC", 64)]
    shown = texts(confusion(cells, MARKS))
    assert {"17", "23", "64", "PERSON", "LOC", "OLD", "nothing"} <= set(shown)


@given(st.text(st.characters(), max_size=20))
def test_any_label_gives_a_readable_chart(label: str) -> None:
    """Control characters, markup and half characters don't break the drawing."""
    shown = visible(label)
    shown.encode()
    assert not any(char < " " for char in shown)


def test_markup_in_a_label_is_escaped() -> None:
    """A chart is put into the page as it is, so its renderer has to escape."""
    evil = '</text></svg><script>alert(1)</script>"&'
    svg = intervals({evil: Number("f", 0.5, 0.4, 0.6)}, [LabelMark(evil, "", "red")], evil)
    assert "<script" not in svg
    assert texts(svg).count(evil) == 2


@pytest.mark.parametrize("color", ["#fff", "#A0b1C2", "rebeccapurple"])
def test_a_colour_is_kept(color: str) -> None:
    """Hexadecimal colours and names are colours."""
    assert safe_color(color) == color


@pytest.mark.parametrize("color", ["", "#12", "red;x:y", 'red"', "url(x)", "var(--x)", "#fff\n"])
def test_anything_else_is_grey(color: str) -> None:
    """What is no plain colour never reaches a style."""
    assert safe_color(color) == PLAIN_COLOR
