"""Traditional characters, written as their simplified forms: 戰勝疫情 as 战胜疫情."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import cache

from toolkit.corpus.alignment import Replacement

_PIECE = 1 << 16
"""Characters; OpenCC converts so many at once, whole lines where they are shorter."""

_UNHOLDABLE = re.compile("[\ud800-\udfff]")
"""Lone surrogates, which no UTF-8 can hold and so no OpenCC."""


def find(text: str) -> Iterator[Replacement]:
    """Runs of characters that OpenCC's ``t2s`` writes in another way, one for one.

    ``t2s`` gives one character for each. Should a later version give a stretch another
    length, the stretch is left: its characters could no longer be told apart.
    """
    if text.isascii():
        return
    convert = converter()
    for start, piece in _pieces(_UNHOLDABLE.sub("\ufffd", text)):
        simplified = convert(piece)
        if simplified == piece or len(simplified) != len(piece):
            continue
        yield from _differences(start, piece, simplified)


def _pieces(text: str) -> Iterator[tuple[int, str]]:
    """Whole lines, some at once."""
    start = 0
    while start < len(text):
        end = text.rfind("\n", start, start + _PIECE) + 1
        end = end or min(start + _PIECE, len(text))
        yield start, text[start:end]
        start = end


def _differences(start: int, piece: str, simplified: str) -> Iterator[Replacement]:
    begin = -1
    for at, (old, new) in enumerate(zip(piece, simplified, strict=True)):
        if old == new and begin >= 0:
            yield Replacement(start + begin, start + at, simplified[begin:at])
            begin = -1
        elif old != new and begin < 0:
            begin = at
    if begin >= 0:
        yield Replacement(start + begin, start + len(piece), simplified[begin:])


@cache
def converter() -> Callable[[str], str]:
    """What writes a text with simplified characters."""
    from opencc import OpenCC

    convert: Callable[[str], str] = OpenCC("t2s").convert
    return convert
