"""Frequent and rare characters: what tells Chinese from bytes that were read wrongly.

The old encodings fit nearly any bytes. What sets text apart from a wrong reading is that
its characters are frequent ones; the national standards sorted them by use long ago.
"""

from __future__ import annotations

import re
from collections import Counter
from functools import cache, lru_cache
from itertools import pairwise

from toolkit.corpus.damage.characters import CJK_PUNCTUATION

_PUNCTUATION = re.compile(f"[{CJK_PUNCTUATION}]")
_UNIFIED = range(0x3400, 0xA000)
"""The ideographs among which frequent ones are: Extension A and the basic block."""


@lru_cache(maxsize=1 << 16)
def is_frequent(character: str) -> bool:
    """Chinese punctuation, and the first levels of GB 2312 (3,755) and Big5 (5,401)."""
    if _PUNCTUATION.match(character):
        return True
    simplified = character.encode("gb2312", "ignore")
    if b"\xb0\xa1" <= simplified <= b"\xd7\xf9":
        return True
    return b"\xa4\x40" <= character.encode("big5", "ignore") <= b"\xc6\x7e"


def frequent_share(text: str) -> float:
    """The share of frequent characters among those beyond ASCII; 1 where there are none."""
    beyond = {c: count for c, count in Counter(text).items() if not c.isascii()}
    frequent = sum(count for c, count in beyond.items() if is_frequent(c))
    return frequent / sum(beyond.values()) if beyond else 1.0


@cache
def rare_ideographs() -> str:
    """The other ideographs of the basic block and Extension A, as the inside of ``[…]``."""
    rare = [code for code in _UNIFIED if not is_frequent(chr(code))]
    starts = [rare[0], *(after for before, after in pairwise(rare) if after > before + 1)]
    ends = [*(before for before, after in pairwise(rare) if after > before + 1), rare[-1]]
    return "".join(
        f"{chr(start)}-{chr(end)}" if end > start else chr(start)
        for start, end in zip(starts, ends, strict=True)
    )
