"""The report as one HTML file: no network, no script, readable on paper and on a phone.

Everything that comes from data goes through autoescaping; the only markup that doesn't
is the SVG of our own charts, whose text the renderer escapes.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from itertools import pairwise
from pathlib import Path
from string import ascii_lowercase
from typing import TYPE_CHECKING, Any

from toolkit.model import Span
from toolkit.report import charts
from toolkit.report.figures import (
    CONFIDENCE_EDGES,
    Agreement,
    Difference,
    LabelMark,
    Number,
    ReportData,
)
from toolkit.report.scores import Reliability, RuleRow, Work

if TYPE_CHECKING:
    from jinja2 import Environment

TEMPLATE = "template.html.j2"
MOST_CHARTS = 2
"""Charts of coefficients by label; the table has them all."""

_MINUTE, _HOUR = 60, 3600
_PAIR_SIGN = " – "
"""Between the two names of a pair in an agreement report."""

_PAIR = 2


def build(data: ReportData) -> str:
    """The page as a string of HTML."""
    from markupsafe import Markup

    marks = {mark.value: mark for mark in data.labels}
    agreement = data.agreement

    def drawn(svg: str) -> Markup:
        return Markup(svg)  # noqa: S704 - made by our own charts; the renderer escapes text

    return (
        _environment(marks, agreement)
        .get_template(TEMPLATE)
        .render(
            data=data,
            handling=_in_order(data.suggestions.labels, data.labels),
            handling_chart=(
                drawn(charts.handling(_in_order(data.suggestions.labels, data.labels), data.labels))
                if any(row.shown for row in data.suggestions.labels)
                else None
            ),
            fates=charts.FATES,
            by_label=Grid.of(_ordered(agreement.by_label, data.labels)) if agreement else None,
            by_pair=Grid.of(agreement.by_pair) if agreement else None,
            matrix=_matrix(agreement) if agreement else None,
            interval_charts=[
                (name, drawn(svg)) for name, svg in _interval_charts(agreement, data.labels)
            ],
            confusion_chart=(
                drawn(charts.confusion(agreement.confusion, data.labels))
                if agreement and agreement.confusion
                else None
            ),
            scores=None if isinstance(data.scores, str) else data.scores,
            rule_rows=_rule_rows(data),
            work_rows=_work_rows(data),
            reliability_charts=[
                (title, found, drawn(svg)) for title, found, svg in _reliability_charts(data)
            ],
            gold_labels=_in_order(data.gold.labels, data.labels),
            measures=agreement.measures if agreement else {},
            bins=list(zip(_bin_names(), data.gold.confidence, strict=True)),
        )
    )


class Grid:
    """A table of coefficients: one row a label or pair, one column a coefficient.

    ``groups`` are neighbouring coefficients that rest on the same n in every row; a
    group shares one column for it.
    Why a number is missing is said once below the table; ``note`` gives its letter.
    """

    def __init__(self, rows: Mapping[str, Sequence[Number]]) -> None:
        self.names = list(dict.fromkeys(n.name for numbers in rows.values() for n in numbers))
        self.rows = {key: {n.name: n for n in numbers} for key, numbers in rows.items()}
        self.groups = self._groups()
        reasons = (n.reason for numbers in rows.values() for n in numbers)
        self.reasons = list(dict.fromkeys(filter(None, reasons)))

    @classmethod
    def of(cls, rows: Mapping[str, Sequence[Number]]) -> Grid | None:
        """The table, or nothing where there is nothing to show."""
        return cls(rows) if any(rows.values()) else None

    def _groups(self) -> list[list[str]]:
        groups: list[list[str]] = []
        for name in self.names:
            if groups and self._bases(groups[-1][-1]) == self._bases(name):
                groups[-1].append(name)
            else:
                groups.append([name])
        return groups

    def _bases(self, name: str) -> list[int | None]:
        return [self.base(row, name) for row in self.rows.values()]

    @staticmethod
    def base(row: Mapping[str, Number], name: str) -> int | None:
        """The n of this coefficient in a row of the table, if it has one."""
        return row[name].n if name in row else None

    @property
    def notes(self) -> list[tuple[str, str]]:
        """Letters and the reasons they stand for."""
        return [(_letter(i), reason) for i, reason in enumerate(self.reasons)]

    def note(self, number: Number) -> str:
        """The letter of the reason why value or interval is missing; empty if neither is."""
        return _letter(self.reasons.index(number.reason)) if number.reason else ""


def _environment(marks: Mapping[str, LabelMark], agreement: Agreement | None) -> Environment:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined
    from markupsafe import Markup

    def shown(value: Any) -> Any:
        plain = isinstance(value, str) and not isinstance(value, Markup)
        return charts.visible(value) if plain else value

    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=shown,
    )
    environment.filters.update(
        count=_count,
        value=_value,
        two=_two,
        share=_share,
        duration=_duration,
        color=lambda label: charts.safe_color(marks[label].color if label in marks else ""),
        label_name=lambda label: marks[label].name if label in marks else "",
        coefficient=partial(_title, agreement),
        marked=_marked,
    )
    return environment


def _interval_charts(
    agreement: Agreement | None, labels: Sequence[LabelMark]
) -> Iterable[tuple[str, str]]:
    if agreement is None:
        return
    # The first of each group of coefficients: those of a group rest on the same units.
    for name in [group[0] for group in Grid(agreement.by_label).groups][:MOST_CHARTS]:
        numbers = {
            label: n for label, ns in agreement.by_label.items() for n in ns if n.name == name
        }
        if any(n.value is not None for n in numbers.values()):
            yield name, charts.intervals(numbers, labels, _title(agreement, name))


def _rule_rows(data: ReportData) -> list[RuleRow]:
    """Rules that suggested, or could have; by label in the schema's order, most spans first."""
    if isinstance(data.scores, str):
        return []
    told = [row for row in data.scores.rules if row.suggested or row.only_it]
    most = sorted(told, key=lambda row: (-row.suggested, row.rule))
    return _in_order(most, data.labels)


def _work_rows(data: ReportData) -> list[Work]:
    """The labels' work in the schema's order; that of all labels comes last."""
    if isinstance(data.scores, str):
        return []
    rows = _in_order([row for row in data.scores.work if row.label], data.labels)
    return [*rows, *(row for row in data.scores.work if not row.label)]


def _reliability_charts(data: ReportData) -> Iterable[tuple[str, Reliability, str]]:
    if isinstance(data.scores, str):
        return
    found = {
        "scores as they are": data.scores.reliability,
        "calibrated on other texts": data.scores.calibrated,
    }
    for (title, one), color in zip(found.items(), ("#e8a33d", "#2f7ebc"), strict=True):
        if one is not None and one.bins:
            yield title, one, charts.reliability(one, color)


def _matrix(agreement: Agreement) -> dict[str, Any] | None:
    """Pairs of annotators as a square, where their names can be told apart."""
    cells: dict[tuple[str, str], Number] = {}
    for key, numbers in agreement.by_pair.items():
        pair = _pair(key)
        if pair is None or not numbers:
            return None
        cells[pair] = cells[pair[1], pair[0]] = numbers[0]
    people = sorted({name for pair in cells for name in pair})
    if len(people) <= _PAIR:
        return None
    return {"name": next(iter(cells.values())).name, "people": people, "cells": cells}


def _pair(key: str) -> tuple[str, str] | None:
    first, sign, second = key.partition(_PAIR_SIGN)
    return (first, second) if sign and _PAIR_SIGN not in second else None


def _in_order(rows: Sequence[Any], labels: Sequence[LabelMark]) -> list[Any]:
    place = {mark.value: i for i, mark in enumerate(labels)}
    return sorted(rows, key=lambda row: place[row.label])


def _ordered(
    by_label: Mapping[str, Sequence[Number]], labels: Sequence[LabelMark]
) -> dict[str, Sequence[Number]]:
    return {mark.value: by_label[mark.value] for mark in labels if mark.value in by_label}


def _bin_names() -> list[str]:
    edges = [f"{edge:g}" for edge in CONFIDENCE_EDGES]
    names = [f"{low} ≤ c < {high}" for low, high in pairwise(edges)]
    return [*names, "c = 1"]


def _letter(i: int) -> str:
    more, place = divmod(i, len(ascii_lowercase))
    return (_letter(more - 1) if more else "") + ascii_lowercase[place]


def _count(number: float) -> str:
    """1234567 → 1 234 567, with thin spaces that don't break."""
    return f"{number:,.0f}".replace(",", "\u202f")


def _value(number: float | None) -> str:
    if number is None:
        return "–"
    return f"{number:.3f}".replace("-", "\u2212")


def _two(number: float | None) -> str:
    return "–" if number is None else f"{number:.2f}"


def _share(part: float, whole: float) -> str:
    return f"{100 * part / whole:.1f}\u202f%" if whole else "–"


def _duration(seconds: float) -> str:
    if seconds < _MINUTE:
        return f"{seconds:.1f}\u202fs"
    if seconds < _HOUR:
        return f"{int(seconds // _MINUTE)}\u202fmin {round(seconds % _MINUTE)}\u202fs"
    return f"{seconds / _HOUR:.1f}\u202fh"


def _title(agreement: Agreement | None, name: str) -> str:
    measure = agreement.measures.get(name) if agreement else None
    return measure.title if measure else name


def _marked(difference: Difference, spans: Sequence[Span]) -> list[tuple[str, str | None]]:
    """The example's text in pieces, each with its label or none; in the order of the text.

    Spans that reach out of the example are cut; one that begins inside another is
    marked from the other's end.
    """
    text, base = difference.text, difference.text_start
    pieces: list[tuple[str, str | None]] = []
    at = 0
    for span in sorted(spans):
        start, end = max(at, span.start - base), min(len(text), span.end - base)
        if start < end:
            pieces += [(text[at:start], None), (text[start:end], span.label)]
            at = end
    pieces.append((text[at:], None))
    return [piece for piece in pieces if piece[0]]
