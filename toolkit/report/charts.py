"""Charts as SVG: drawn here, at once, so that the page needs no script and no network.

Lines and text are drawn in ``currentColor``, so that a chart follows the page into
dark mode and onto paper.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from toolkit.report.figures import Confusion, LabelMark, Number
from toolkit.report.handling import Handling
from toolkit.report.scores import Reliability

if TYPE_CHECKING:
    import altair as alt

NOTHING = "—"
"""In a confusion: the other annotator marked nothing here."""

PLAIN_COLOR = "#888888"
FATES = {"kept": "#2f7ebc", "changed": "#e8a33d", "removed": "#b9bcc2"}
"""Colours that stay apart in any kind of colour vision, and in grey."""

_COLOR = re.compile(r"#(?:[0-9a-fA-F]{3}|[0-9a-fA-F]{6})|[a-zA-Z]{1,30}")
_INVISIBLE = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
_FONT = "Noto Sans CJK SC, sans-serif"  # to measure by; the page's style sheet decides
_ROW = 21
_WIDTH = 250
_HEAT = "#2f7ebc"


def safe_color(color: str) -> str:
    """The colour if it is nothing but one, else grey."""
    return color if _COLOR.fullmatch(color) else PLAIN_COLOR


def visible(text: str) -> str:
    """``text`` with what can't be shown made visible: control characters, half characters."""
    return _INVISIBLE.sub(_picture, text)


def intervals(numbers: Mapping[str, Number], labels: Sequence[LabelMark], title: str) -> str:
    """One dot a label with its interval, in the schema's order; undefined ones are left out."""
    import altair as alt

    rows: list[dict[str, Any]] = [
        {
            "label": _named(mark),
            "value": number.value,
            "low": number.low,
            "high": number.high,
            "color": safe_color(mark.color),
        }
        for mark in labels
        if (number := numbers.get(mark.value)) and number.value is not None
    ]
    least = min([0.0, *(r[key] for r in rows for key in ("value", "low") if r[key] is not None)])
    x = alt.X("value:Q", title=visible(title), scale=alt.Scale(domain=[max(-1.0, least), 1.0]))
    y = _label_axis([row["label"] for row in rows])
    base = _chart(rows)
    bars = (
        base.transform_filter("datum.low != null && datum.high != null")
        .mark_rule(color="currentColor", opacity=0.55, strokeWidth=1.5)
        .encode(x=alt.X("low:Q"), x2="high:Q", y=y)
    )
    dots = base.mark_circle(size=62, opacity=1, stroke="currentColor", strokeWidth=0.8).encode(
        x=x, y=y, color=alt.Color("color:N", scale=None)
    )
    return _svg(alt.layer(bars, dots).properties(width=_WIDTH, height=alt.Step(_ROW)))


def handling(rows: Sequence[Handling], labels: Sequence[LabelMark]) -> str:
    """What share of each label's suggestions was kept, changed and removed."""
    import altair as alt

    marks = {mark.value: mark for mark in labels}
    values = [
        {
            "label": _named(marks[row.label]),
            "fate": fate,
            "order": order,
            "n": getattr(row, fate),
            "color": color,
        }
        for row in rows
        if row.shown
        for order, (fate, color) in enumerate(FATES.items())
    ]
    chart = (
        _chart(values)
        .mark_bar(height=13)
        .encode(
            x=alt.X(
                "n:Q",
                stack="normalize",
                title="share of the suggestions shown",
                axis=alt.Axis(format="%", tickCount=5),
            ),
            y=_label_axis(list(dict.fromkeys(value["label"] for value in values))),
            color=alt.Color("color:N", scale=None),
            order="order:Q",
        )
        .properties(width=_WIDTH + 60, height=alt.Step(_ROW))
    )
    return _svg(chart)


def reliability(found: Reliability, color: str) -> str:
    """Scores against the share of spans that were right; the nearer the diagonal, the better.

    A dot is a bin; the more spans it holds, the larger it is.
    """
    import altair as alt

    rows = [{"score": one.score, "right": one.right, "spans": one.spans} for one in found.bins]
    scale = alt.Scale(domain=[0, 1])
    right = alt.Y("right:Q", title="share of spans that were right", scale=scale)
    score = alt.X("score:Q", title="score", scale=scale)
    diagonal = _chart([{"score": 0, "right": 0}, {"score": 1, "right": 1}]).mark_line(
        color="currentColor", opacity=0.45, strokeWidth=1, strokeDash=[4, 3]
    )
    base = _chart(rows)
    line = base.mark_line(color=color, strokeWidth=1.5)
    dots = base.mark_circle(color=color, opacity=1, stroke="currentColor", strokeWidth=0.8).encode(
        size=alt.Size("spans:Q", legend=None, scale=alt.Scale(domainMin=0, range=[18, 220]))
    )
    layers = [layer.encode(x=score, y=right) for layer in (diagonal, line, dots)]
    return _svg(alt.layer(*layers).properties(width=_WIDTH, height=_WIDTH))


def confusion(cells: Sequence[Confusion], labels: Sequence[LabelMark]) -> str:
    """A heat map of which labels stand against which; only labels that occur are shown.

    The diagonal, where both said the same, has numbers and no colour: it would outshine
    all the rest.
    """
    import altair as alt

    used = {label for cell in cells for label in (cell.label_a, cell.label_b)}
    places = [mark.value for mark in labels if mark.value in used]
    places += sorted(used - {*places, NOTHING}) + sorted(used & {NOTHING})
    rank = {label: i for i, label in enumerate(places)}
    rows = []
    for cell in cells:
        a, b = sorted((cell.label_a, cell.label_b), key=rank.__getitem__)
        rows.append({"label": _place(a), "other": _place(b), "n": cell.count, "same": a == b})
    names = [_place(label) for label in places]
    base = _chart(rows).encode(
        x=alt.X(
            "other:N",
            sort=names,
            title=None,
            scale=alt.Scale(domain=names),
            axis=alt.Axis(orient="top", labelAngle=-45, domain=False, ticks=False),
        ),
        y=_label_axis([name for name in names if name != _place(NOTHING)]),
    )
    heat = (
        base.transform_filter("!datum.same")
        .mark_rect(color=_HEAT, cornerRadius=2)
        .encode(
            opacity=alt.Opacity(
                "n:Q", legend=None, scale=alt.Scale(domainMin=0, range=[0.06, 0.75])
            )
        )
    )
    numbers = base.mark_text(color="currentColor", fontSize=11).encode(
        text="n:Q", opacity=alt.condition("datum.same", alt.value(0.5), alt.value(1))
    )
    return _svg(alt.layer(heat, numbers).properties(width=alt.Step(34), height=alt.Step(25)))


def _chart(rows: list[dict[str, Any]]) -> alt.Chart:
    import altair as alt

    return alt.Chart(alt.Data(values=rows))  # type: ignore[no-untyped-call]  # altair's own


def _label_axis(names: list[str]) -> alt.Y:
    import altair as alt

    return alt.Y(
        "label:N",
        sort=names,
        title=None,
        scale=alt.Scale(domain=names),
        axis=alt.Axis(domain=False, ticks=False, labelPadding=8),
    )


def _svg(chart: Any) -> str:
    import vl_convert

    styled = chart.configure(background="transparent", font=_FONT)
    styled = styled.configure_view(stroke=None).configure_axis(
        labelColor="currentColor",
        titleColor="currentColor",
        gridColor="currentColor",
        gridOpacity=0.14,
        domainColor="currentColor",
        domainOpacity=0.4,
        tickColor="currentColor",
        tickOpacity=0.4,
        labelFontSize=11.5,
        titleFontSize=11.5,
        titleFontWeight="normal",
        titleOpacity=0.8,
        labelLimit=240,
    )
    return str(vl_convert.vegalite_to_svg(styled.to_dict()))


def _named(mark: LabelMark) -> str:
    name = "" if mark.name in {"", mark.value} else f"{mark.name} "
    return visible(name + mark.value)


def _place(label: str) -> str:
    return visible(label) if label != NOTHING else "nothing"


_PICTURES, _LINE_BREAK, _UNKNOWN = 0x2400, "↵", "\ufffd"


def _picture(found: re.Match[str]) -> str:
    char = found.group()
    if char == "\n":
        return _LINE_BREAK
    return chr(_PICTURES + ord(char)) if char < " " else _UNKNOWN
