"""Cost against size as a picture."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from benchmarks.growth import STAGES, Results, fitted
from toolkit.records import write_text


def draw(results: Results, place: Path) -> None:
    """CPU seconds and memory against documents, both on logarithmic scales."""
    import altair as alt
    import vl_convert

    rows = list(drawn(results))
    if not rows:
        return
    base = alt.Chart(alt.Data(values=rows))
    x = alt.X(
        "documents:Q", title="documents", scale=alt.Scale(type="log"), axis=alt.Axis(format="~s")
    )
    color = alt.Color("stage:N", title=None, sort=list(STAGES))
    charts = []
    for field, title in (("cpu", "CPU seconds, start included"), ("megabytes", "MB at the peak")):
        y = alt.Y(f"{field}:Q", title=title, scale=alt.Scale(type="log"))
        points = base.transform_filter("datum.measured").mark_circle(size=48, opacity=1)
        layers = [points.encode(x=x, y=y, color=color)]
        if field == "cpu":
            line = base.transform_filter("!datum.measured").mark_line(strokeWidth=1, opacity=0.7)
            layers.append(line.encode(x=x, y=y, color=color))
        charts.append(alt.layer(*layers).properties(width=330, height=260))
    chart = alt.hconcat(*charts).configure(background="white")
    place.parent.mkdir(parents=True, exist_ok=True)
    write_text(place, str(vl_convert.vegalite_to_svg(chart.to_dict())))


def drawn(results: Results) -> Iterator[dict[str, Any]]:
    """The points, and the fitted lines at the same places."""
    for stage in STAGES:
        runs = [run for run in results.of(stage) if run.documents > 1]
        slope = fitted(results.of(stage))
        for run in runs:
            place = {"stage": stage, "documents": run.documents}
            yield place | {
                "measured": True,
                "cpu": run.cost.cpu,
                "megabytes": run.cost.megabytes,
            }
            if slope:
                rate = [
                    math.log(r.cost.cpu - slope.start) - slope.value * math.log(r.documents)
                    for r in runs
                    if r.cost.cpu > slope.start
                ]
                level = math.exp(sum(rate) / len(rate))
                cpu = slope.start + level * run.documents**slope.value
                yield place | {"measured": False, "cpu": cpu, "megabytes": None}
