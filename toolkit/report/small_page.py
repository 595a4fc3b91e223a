"""What the pages of one thing have in common: no script, no network, everything escaped."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from toolkit.report import charts


def render(
    template: str,
    marks: Mapping[str, tuple[str, str]],
    shown: Callable[[Any], Any],
    **values: Any,
) -> str:
    """A page as a string of HTML.

    Args:
        template: a file beside this one.
        marks: colour and name of each label; ``label|color`` is the colour in templates.
        shown: how a value is written, before it is escaped.
        values: what the template is about.
    """
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=shown,
    )
    environment.filters["color"] = lambda label: charts.safe_color(marks.get(label, ("", ""))[0])
    return environment.get_template(template).render(**values)
