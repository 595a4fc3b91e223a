"""Kinds of blank, runs of them, and blanks before Chinese punctuation.

What stays, because an annotator may care about it, or because a clean text has it:

- A single blank between Chinese characters, and a double one: they tell names, parts of a
  headline and fields of a byline apart.
- Ideographic space: it indents paragraphs and parts columns, and it is as wide as it looks.
- Tabs: they part the cells of a table.
- Indents: they show where a paragraph begins.
- The width of letters and digits: ２０２０ reads as 2020, and the rules look through width,
  so changing it would gain nothing and make the text differ from its source.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from toolkit.corpus.alignment import Replacement

_ODD = "\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f"
"""No-break, en, em, thin and other blanks that look like an ordinary one or nearly so."""

_KEPT = 2
"""Two blanks tell fields apart; more of them say nothing more."""

_LEANING = "。，、；：！？"
"""What no blank stands before."""

_RUN = re.compile(f"[ {_ODD}]+")
_BEFORE_LEANING = re.compile(f" [{_LEANING}]")


def find(text: str) -> Iterator[Replacement]:
    """Blanks of another kind, those after the second of a run, those before punctuation."""
    if not _is_suspect(text):
        return
    for run in _RUN.finditer(text):
        start, end = run.span()
        before, after = text[start - 1 : start], text[end : end + 1]
        is_inside = not before.isspace() and not after.isspace() and bool(before and after)
        if is_inside and after in _LEANING:
            yield Replacement(start, end)
        elif is_inside and end - start > _KEPT:
            yield Replacement(start, end, " " * _KEPT)
        elif not run[0].isascii():
            yield Replacement(start, end, " " * (end - start))


def _is_suspect(text: str) -> bool:
    return (
        any(blank in text for blank in _ODD)
        or " " * (_KEPT + 1) in text
        or bool(_BEFORE_LEANING.search(text))
    )
