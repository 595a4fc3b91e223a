"""Space at the end of lines, blank lines before the text, and runs of them in it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from toolkit.corpus.alignment import Replacement
from toolkit.corpus.damage.characters import SPACE

_KEPT_BREAKS = 2
"""A blank line separates paragraphs; more of them say nothing more."""

_SPACES = frozenset(f"{SPACE}\n")
_SUSPECT = re.compile(rf"\n(?:(?<=[{SPACE}]\n)|[{SPACE}]*+\n[{SPACE}]*+\n)")
_RUN = re.compile(rf"\n[{SPACE}\n]*+")


def find(text: str) -> Iterator[Replacement]:
    """Space before a line's end or the text's end, and every line break after the second.

    The indentation of the line that follows is left; before the first line no break stays.
    """
    kept = len(text.rstrip(SPACE))
    begin = _first_line(text)
    if begin:
        yield Replacement(0, begin)
    if _SUSPECT.search(text):
        for run in _RUN.finditer(text, begin):
            start, end = run.span()
            while start > begin and text[start - 1] in SPACE:
                start -= 1
            if end < len(text):
                end = text.rfind("\n", start, end) + 1
            if end - start > 1:
                yield from _dropped(text, start, end)
            kept = len(text) if end == len(text) else kept
    if kept < len(text):
        yield Replacement(kept, len(text))


def _first_line(text: str) -> int:
    """Where the first line begins that isn't blank; 0 where all of them are."""
    if text[:1] not in _SPACES:
        return 0
    indented = len(text) - len(text.lstrip(f"{SPACE}\n"))
    return text.rfind("\n", 0, indented) + 1 if indented < len(text) else 0


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
