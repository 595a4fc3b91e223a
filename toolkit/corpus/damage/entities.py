"""HTML entities that were never decoded, and what is left of broken ones."""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Iterator
from html.entities import html5

from toolkit.corpus.alignment import Replacement

_TYPOGRAPHY = (
    "ldquo|rdquo|lsquo|rsquo|mdash|ndash|hellip|middot|nbsp|ensp|emsp|thinsp|laquo|raquo|bull|quot"
)
"""Entities that Chinese web editors write into running text. Only of these is a damaged
form accepted: no text means ``?ldquo;`` by itself."""

_AMPERSAND = "(?:amp|AMP|#0*38|#[xX]0*26);"

# Complete, perhaps escaped more than once; without its semicolon; or with a question mark
# where its ampersand was lost together with half a character. Behind a question particle
# the question mark may be a real one, so that is left.
_ENTITY = re.compile(
    rf"[&?](?:(?<=&)(?:{_AMPERSAND})*"
    r"(?:(?P<name>#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});"
    rf"|(?P<open>{_TYPOGRAPHY})(?![A-Za-z0-9;=]))"
    rf"|(?<=\?)(?<![吗嗎呢么麼吧]\?)(?P<broken>{_TYPOGRAPHY});)"
)


def find(text: str) -> Iterator[Replacement]:
    """Entities whose character is certain."""
    for entity in _ENTITY.finditer(text):
        name = entity["name"] or entity["open"] or entity["broken"]
        character = _numbered(name) if name.startswith("#") else html5.get(f"{name};", "")
        if character:
            yield Replacement(*entity.span(), character)


def _numbered(name: str) -> str:
    """The character of a numeric entity; empty where no text has such a character."""
    character = html.unescape(f"&{name};")
    if character in "\n\r\t":
        return character
    is_text = len(character) == 1 and character != "\ufffd"
    return character if is_text and unicodedata.category(character) not in ("Cc", "Cs") else ""
