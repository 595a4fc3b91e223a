"""The page of what differs between two versions."""

from __future__ import annotations

import msgspec

from toolkit.datasets.compare import KINDS, compare
from toolkit.model import GoldDocument, GoldSpan
from toolkit.report.comparison import build


def test_the_page_shows_each_change_and_runs_nothing() -> None:
    """Text, ids and names are text, whatever they hold."""
    text = "<script>alert(1)</script>武汉"
    old = GoldDocument("<b>", text, (GoldSpan(25, 27, "LOC", "武汉", decided_by="甲"),))
    new = GoldDocument("<b>", text, (GoldSpan(25, 27, "FAC", "武汉", decided_by="<i>"),))
    found = compare([old], [new])
    page = build(("a<b", "b"), msgspec.to_builtins(found), KINDS, {"LOC": ("#ff0000", "地名")})
    assert "<script>alert" not in page
    assert "alert(1)&lt;/script&gt;" in page
    assert "relabelled" in page
    assert ">武汉</mark>" in page
    assert "--c: #ff0000" in page
    assert "a&lt;b → b" in page
