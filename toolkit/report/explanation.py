"""A document with its proposed spans in colour, each with the reason, as one HTML page.

No script and no network. Everything that comes from data goes through autoescaping.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from toolkit.report import charts
from toolkit.report.small_page import render

TEMPLATE = "explanation.html.j2"


def build(
    doc_id: str,
    text: str,
    explanations: Sequence[Mapping[str, Any]],
    marks: Mapping[str, tuple[str, str]],
) -> str:
    """The page as a string of HTML.

    Args:
        doc_id: the document's id.
        text: its text.
        explanations: as ``toolkit.rules.explain`` gives them, as plain data, in order.
        marks: colour and name of each label.
    """
    return render(
        TEMPLATE,
        marks,
        _shown,
        doc_id=doc_id,
        pieces=list(_pieces(text, explanations)),
        explanations=explanations,
        names={label: name for label, (_, name) in marks.items()},
        used=[label for label in marks if any(e["span"]["label"] == label for e in explanations)],
    )


def _pieces(text: str, explanations: Sequence[Mapping[str, Any]]) -> Iterator[tuple[str, int, str]]:
    """The text in stretches: the stretch, the explanation's number (0: none), the label."""
    at = 0
    for number, explanation in enumerate(explanations, start=1):
        span = explanation["span"]
        yield text[at : span["start"]], 0, ""
        yield text[span["start"] : span["end"]], number, span["label"]
        at = span["end"]
    yield text[at:], 0, ""


def _shown(value: Any) -> Any:
    """Control characters as signs, but for the line breaks, which the text keeps."""
    if not isinstance(value, str):
        return value
    return "\n".join(charts.visible(line) for line in value.split("\n"))
