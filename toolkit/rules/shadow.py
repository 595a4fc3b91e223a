"""What every rule sees of a text: one form of punctuation, digits, spaces and script.

News mixes ``,`` with ``，`` and ``2020`` with ``２０２０``. The shadow text has the same
length as the text, so offsets in it are offsets in the text; full-width ASCII becomes
ASCII there, special spaces become a blank, traditional characters simplified ones, and
what the libraries behind the rules can't hold (NUL, lone surrogates), and the border
between texts, U+FFFD. 。、“”《》 stay.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING, Any

from toolkit.rules.borders import BORDER

if TYPE_CHECKING:
    from opencc import OpenCC

_FULL_WIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}
_SPACES = dict.fromkeys((0x3000, 0x00A0, 0x2002, 0x2003, 0x2009, 0x202F), 0x20)
_TABLE = _FULL_WIDTH | _SPACES

_SHORT = 2_000
"""Characters for which numpy doesn't pay: to load it takes as long as thousands of them."""


def shadow(text: str) -> str:
    """The text as rules see it; of the same length in code points."""
    return shadow_of_all([text])


def shadow_of_all(texts: Sequence[str]) -> str:
    """The texts as rules see them, one behind the other, borders between them."""
    if sum(map(len, texts)) < _SHORT:
        return _simplified(BORDER.join(text.translate(_translation()) for text in texts))
    import numpy as np

    text = BORDER.join(texts)
    written = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype="<u4")
    shown = _forms()[written]
    if len(texts) > 1:
        shown[np.cumsum([len(one) + 1 for one in texts[:-1]]) - 1] = ord(BORDER)
    plain = text
    if (shown != written).any():
        plain = shown.tobytes().decode("utf-32-le")
    return _simplified(plain)


def _simplified(plain: str) -> str:
    simplified: str = _converter().convert(plain)
    # t2s maps each character to one; should a later version not, offsets come first.
    return simplified if len(simplified) == len(plain) else plain


@cache
def _translation() -> dict[int, int]:
    """The same for ``str.translate``."""
    damaged = [0, ord(BORDER), *range(0xD800, 0xE000)]
    return _TABLE | dict.fromkeys(damaged, 0xFFFD)


@cache
def _forms() -> Any:
    """For each code point the one that rules see, before simplifying."""
    import numpy as np

    forms = np.arange(sys.maxunicode + 1, dtype="<u4")
    for code, shown in _TABLE.items():
        forms[code] = shown
    forms[0] = forms[ord(BORDER)] = forms[0xD800:0xE000] = 0xFFFD
    return forms


@cache
def _converter() -> OpenCC:
    import opencc

    return opencc.OpenCC("t2s")


def shadow_pattern(pattern: str) -> str:
    """A regular expression in whose literals full-width forms mean the shadow's form.

    ``（`` in a pattern is a bracket of the text and not a group, so it is escaped.
    """
    return "".join(
        re.escape(chr(_TABLE[ord(char)])) if ord(char) in _TABLE else char for char in pattern
    )
