"""Line breaks of a page that was wrapped together with its pinyin glosses.

They are looked for before the glosses go, since a line's width can be measured no more
afterwards. Other wraps are left to ``hard_wraps``, which sees the sentences better then.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from toolkit.corpus.alignment import Replacement
from toolkit.corpus.damage import glosses, hard_wraps
from toolkit.corpus.damage.characters import HAN, SPACE
from toolkit.corpus.damage.lines import Lines
from toolkit.corpus.damage.pages import full_lines

_FEWEST = 10
"""So many glosses change the widths of a page's lines."""

_LONGEST_GLOSS = 8
"""Characters, brackets included: 莊(zhuāng)."""

_BEFORE_BRACKET = re.compile(r"\n\s*+(?=[(（])")
_HAN = re.compile(f"[{HAN}]")


def find(text: str) -> Iterator[Replacement]:
    """Breaks behind full lines, and between a character and its gloss."""
    if "\n" not in text or not glosses.has_toned(text):
        return
    apart = {gap.start: gap for gap in _before_glosses(text)}
    if len(apart) + sum(1 for _ in glosses.find(text)) >= _FEWEST:
        lines = Lines(text)
        full = full_lines(text, lines, lines.doubtful(), hanging=_LONGEST_GLOSS)
        found = {gap.start: gap for gap in hard_wraps.behind_full_lines(text, lines, full)}
        apart = found | apart
    yield from (apart[start] for start in sorted(apart))


def _before_glosses(text: str) -> Iterator[Replacement]:
    for gap in _BEFORE_BRACKET.finditer(text):
        start, end = gap.span()
        while start and text[start - 1] in SPACE:
            start -= 1
        if start and _HAN.match(text, start - 1) and glosses.is_gloss(text, end):
            yield Replacement(start, end)
