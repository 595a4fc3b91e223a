"""Space at the end of lines, and runs of blank lines."""

from __future__ import annotations

import re
from collections.abc import Iterator

from toolkit.corpus.alignment import Replacement
from toolkit.corpus.damage.characters import SPACE

_KEPT_BREAKS = 2
"""A blank line separates paragraphs; more of them say nothing more."""

_SUSPECT = re.compile(rf"\n(?:(?<=[{SPACE}]\n)|[{SPACE}]*+\n[{SPACE}]*+\n)")
_RUN = re.compile(rf"\n[{SPACE}\n]*+")


def find(text: str) -> Iterator[Replacement]:
    """Space before a line's end or the text's end, and every line break after the second.

    The indentation of the line that follows is left.
    """
    kept = len(text.rstrip(SPACE))
    if _SUSPECT.search(text):
        for run in _RUN.finditer(text):
            start, end = run.span()
            while start and text[start - 1] in SPACE:
                start -= 1
            if end < len(text):
                end = text.rfind("\n", start, end) + 1
            if end - start > 1:
                yield from _dropped(text, start, end)
            kept = len(text) if end == len(text) else kept
    if kept < len(text):
        yield Replacement(kept, len(text))


def _dropped(text: str, start: int, end: int) -> Iterator[Replacement]:
    """All of the stretch but its first line breaks."""
    for _ in range(_KEPT_BREAKS):
        kept = text.find("\n", start, end)
        if kept < 0:
            break
        if kept > start:
            yield Replacement(start, kept)
        start = kept + 1
    if start < end:
        yield Replacement(start, end)
