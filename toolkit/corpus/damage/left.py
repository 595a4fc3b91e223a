"""Stretches that are damaged beyond repair: they stay in the text, and are flagged.

A finder of places, not of replacements; it is asked once, about the repaired text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

from toolkit.corpus.damage.characters import CJK_PUNCTUATION, HAN
from toolkit.corpus.damage.code_pages import rare

_NEAR = 2
"""What stands between two signs of damage that are so near is damaged too."""

_TONED = "āáǎàēéěèīíǐìōóǒòūúǔùǖǘǚǜ"
_LATIN = "À-ÖØ-öø-ÿ¡-¶¸-¿"
_LETTER = "À-ÖØ-öø-ÿ"
_PRIVATE = "\ue000-\uf8ff"

# U+FFFD, and U+FFFD read as GBK; uninitialised memory read as GBK; private use; a euro sign
# that no amount goes with; the end of a gloss that was written into a character; accented
# letters side by side in the midst of Chinese. One class comes first, which is found fast.
_SIGN = re.compile(
    f"[\ufffd锟烫屯€?{_PRIVATE}{_LETTER}]"
    f"(?:(?<=\ufffd)|(?<=锟)斤拷?(?:锟斤拷)*|(?<=烫)烫{{2,}}|(?<=屯)屯{{2,}}|(?<=[{_PRIVATE}])"
    rf"|(?<=[{HAN}]€)(?=[{HAN}?\ufffd])"
    rf"|(?<=\?)[a-zü]{{0,4}}[{_TONED}][a-zü]{{0,3}}\)"
    rf"|(?<=[{HAN}{CJK_PUNCTUATION}][{_LETTER}])[{_LATIN}]++(?![A-Za-z])"
    rf"|(?<![A-Za-z{_LATIN}][{_LETTER}])[{_LATIN}]++(?=[{HAN}{CJK_PUNCTUATION}]))"
)


def find(text: str) -> Iterator[tuple[int, int]]:
    """Half-open stretches of the text, in order, with room between them.

    A stretch takes in the question marks and the rare characters directly beside it.
    """
    start = end = -1
    at = 0
    while sign := _SIGN.search(text, at):
        low, high = _widened(text, *sign.span(), end)
        at = high
        if start >= 0 and low - end <= _NEAR and "\n" not in text[end:low]:
            end = max(end, high)
            continue
        if start >= 0:
            yield start, end
        start, end = low, high
    if start >= 0:
        yield start, end


def _widened(text: str, low: int, high: int, least: int) -> tuple[int, int]:
    beside = _beside()
    while low > max(least, 0) and beside.match(text, low - 1):
        low -= 1
    while high < len(text) and beside.match(text, high):
        high += 1
    return low, high


@cache
def _beside() -> re.Pattern[str]:
    # A question mark before the rest of a gloss is a sign of its own.
    return re.compile(rf"[{rare()}]|\?(?![a-zü]{{0,4}}[{_TONED}][a-zü]{{0,3}}\))")
