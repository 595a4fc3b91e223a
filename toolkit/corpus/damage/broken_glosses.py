"""Glosses that were written into the middle of a character: 變?yōu)?ldquo;, 夜?fàn)奚.

An annotator that replaced bytes, not characters, found a glossed character in the second
byte of one and the first byte of the next, and put its pinyin between the two halves of
the latter. The half before the bracket took the bracket with it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from toolkit.corpus.alignment import Replacement
from toolkit.corpus.damage.characters import CJK_PUNCTUATION, HAN
from toolkit.corpus.damage.code_pages import LOST

_TONED = "āáǎàēéěèīíǐìōóǒòūúǔùǖǘǚǜ"
_REST = re.compile(
    rf"\?(?<=[{HAN}{CJK_PUNCTUATION}?\ufffd\)]\?)"
    rf"[a-zü]{{0,4}}[{_TONED}][a-zü]{{0,3}}\)"
)
_LINE = 60
"""So many characters back a bracket is looked for that this one closes."""


def find(text: str) -> Iterator[Replacement]:
    """The rest of each such gloss, with the mark before it, becomes U+FFFD."""
    for rest in _REST.finditer(text):
        before = text[max(0, rest.start() - _LINE) : rest.start()].rpartition("\n")[2]
        if before.rfind("(") <= before.rfind(")"):
            yield Replacement(*rest.span(), LOST)
