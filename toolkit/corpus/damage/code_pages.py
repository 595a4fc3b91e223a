"""Characters and the bytes that they were, under the code pages that news gets mixed up in."""

from __future__ import annotations

import re
from functools import cache, lru_cache
from itertools import product

from toolkit.corpus.frequent import is_frequent, rare_ideographs

CACHED = 1 << 16
"""Entries of a cache; a text has a few thousand different characters."""

LOST = "\ufffd"
"""What stands for a character of which too few bytes are left to say which it was."""

MARKS = "?\ufffd"
"""What a decoder writes for bytes that it can't read."""

_PAIR = 2
"""Bytes of a Chinese character in the old encodings."""

_UNDEFINED = b"\x81\x8d\x8f\x90\x9d"
"""Bytes that Windows-1252 leaves out; browsers read them as Latin-1 does."""

LATIN = {
    bytes([byte]).decode("latin-1" if byte in _UNDEFINED else "cp1252"): byte
    for byte in range(0x80, 0x100)
} | {chr(byte): byte for byte in range(0x80, 0x100)}
"""The byte beyond ASCII that each character of Windows-1252 and of Latin-1 stands for."""

_PRIVATE = "\ue000-\uf8ff"
_LETTERS = "\u0370-\u04ff\u3105-\u312f\u2500-\u257f"
_SYMBOLS = "¨〃ⅰ-ⅹ⒈-⒛\ufe30-\ufe6b"
_ODD = f"{_PRIVATE}\ufffd€{_LETTERS}{_SYMBOLS}"
_KANA = "\u3041-\u30ff"

_PRIVATE_CHARACTER = re.compile(f"[{_PRIVATE}]")

_LIKELY = frozenset("，。、；：？！“”‘’《》（）〔〕【】…—·　％")
"""The punctuation that a restored text may hold beside frequent Han."""


def rare() -> str:
    """Characters that wrong decoding is full of and Chinese is not, as the inside of ``[…]``."""
    return f"{rare_ideographs()}{_KANA}{_ODD}"


@cache
def utf8_beginnings() -> tuple[str, str]:
    """The two characters that a run of UTF-8 read as GBK begins with: insides of ``[…]``.

    A lead byte of three and the byte behind it, then the third byte and the next lead byte.
    """
    leads, rest = (*range(0xE2, 0xEA), 0xEF), range(0x80, 0xC0)
    first = (character_of(bytes(pair), "gb18030") for pair in product(leads, rest))
    second = (character_of(bytes(pair), "gb18030") for pair in product(rest, leads))
    return "".join(first), "".join(second)


@lru_cache(maxsize=CACHED)
def gbk_bytes(character: str) -> bytes:
    """One or two bytes: of the euro sign one, as Windows has it; empty if GBK lacks it.

    Private-use characters are those that GB 18030 gives to the user-defined rows.
    """
    if character == "€":
        return b"\x80"
    encoded = character.encode("gb18030", "ignore")
    return encoded if len(encoded) == _PAIR else b""


@lru_cache(maxsize=CACHED)
def big5_bytes(character: str) -> bytes:
    """Two bytes; empty if Big5 lacks the character."""
    encoded = character.encode("cp950", "ignore")
    return encoded if len(encoded) == _PAIR else b""


@lru_cache(maxsize=CACHED)
def character_of(pair: bytes, encoding: str) -> str:
    """The one character that two bytes are; empty if they are none."""
    decoded = pair.decode(encoding, "ignore") if len(pair) == _PAIR else ""
    return decoded if len(decoded) == 1 and not decoded.isascii() else ""


@lru_cache(maxsize=CACHED)
def is_likely(character: str) -> bool:
    """Whether running text is made of such characters: frequent Han and its punctuation."""
    return is_frequent(character) if is_ideograph(character) else character in _LIKELY


def is_ideograph(character: str) -> bool:
    """A Chinese character of the basic block or Extension A."""
    return "\u3400" <= character <= "\u9fff"


def is_private(text: str) -> bool:
    """Whether the text holds a private-use character."""
    return bool(_PRIVATE_CHARACTER.search(text))
