"""What differs between two versions of gold, as one HTML page.

No script and no network. Everything that comes from data goes through autoescaping.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from toolkit.report import charts
from toolkit.report.small_page import render

TEMPLATE = "comparison.html.j2"


def build(
    names: tuple[str, str],
    comparison: Mapping[str, Any],
    kinds: Sequence[str],
    marks: Mapping[str, tuple[str, str]],
) -> str:
    """The page as a string of HTML.

    Args:
        names: what the two versions are called.
        comparison: as ``toolkit.datasets.compare`` gives it, as plain data.
        kinds: the kinds of changes, in their order.
        marks: colour and name of each label.
    """
    return render(
        TEMPLATE,
        marks,
        _shown,
        names=names,
        comparison=comparison,
        kinds=kinds,
        rows=[(change, *_sides(change)) for change in comparison["changes"]],
    )


def _sides(change: Mapping[str, Any]) -> Iterator[tuple[str, str, str, str]]:
    """The text around a change, once with the span before and once with the one after."""
    for span in (change["before"], change["after"]):
        text, begins = change["text"], change["text_start"]
        if span is None:
            yield text, "", "", ""
        else:
            start, end = span["start"] - begins, span["end"] - begins
            yield text[:start], text[start:end], text[end:], span["label"]


def _shown(value: Any) -> Any:
    return charts.visible(value) if isinstance(value, str) else value
