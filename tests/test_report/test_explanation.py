"""The page that says why each span was proposed."""

from __future__ import annotations

from typing import Any

from toolkit.report.explanation import build


def _explained(start: int, text: str, **more: Any) -> dict[str, Any]:
    span = {"start": start, "end": start + len(text), "label": "LOC", "text": text, "rule": "r.x"}
    return {
        "span": span | more,
        "why": "a <b>place</b>",
        "words": [],
        "agreed": [],
        "beaten": [span],
    }


def test_the_text_is_whole_and_nothing_in_it_is_markup() -> None:
    """Tags of the text are shown and not obeyed, line breaks stay, control characters are signs."""
    page = build("d<1>", "<script>x</script>\n武汉\x1b。", [_explained(19, "武汉", score=0.9)], {})
    assert "<script>" not in page
    assert "&lt;script&gt;x&lt;/script&gt;\n<mark" in page
    assert "a &lt;b&gt;place&lt;/b&gt;" in page
    assert "\x1b" not in page
    assert "r.x 0.90" in page


def test_values_are_shown_with_their_flags() -> None:
    """A normal value stands beside its span."""
    page = build(
        "d",
        "120日",
        [_explained(0, "120日", value="XXXX-01-20", flags=["damaged"])],
        {"LOC": ("#f00", "地名")},
    )
    assert "= XXXX-01-20" in page
    assert "(damaged)" in page
    assert "地名" in page
