"""Markdown in which what comes from the data is text and nothing else."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Sequence

_SPECIAL = re.compile(r"([\\`*_\[\]|#~])")


def plain(text: str) -> str:
    """``text`` for one line of Markdown: no markup of its own, no line breaks."""
    return _SPECIAL.sub(r"\\\1", html.escape(" ".join(text.split()), quote=False))


def code(text: str) -> str:
    """``text`` as code on one line, in a table too."""
    return f"`{' '.join(text.replace('`', ' ').replace('|', ' ').split())}`"


def table(head: Sequence[str], rows: Iterable[Sequence[str | int]], text_columns: int = 1) -> str:
    """A Markdown table; columns after the first ``text_columns`` are aligned right."""
    rule = ["---" if i < text_columns else "---:" for i in range(len(head))]
    lines = [head, rule, *([str(cell) for cell in row] for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def share(part: float, whole: float) -> str:
    """A part in per cent; a dash where there is no whole."""
    return f"{part / whole:.1%}" if whole else "—"
