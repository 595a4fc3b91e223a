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

# Two patterns, since one that begins with a single character is found fast.

# Complete, perhaps escaped more than once; or without its semicolon.
_ENTITY = re.compile(
    rf"&(?:{_AMPERSAND})*"
    r"(?:(#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});"
    rf"|({_TYPOGRAPHY})(?![A-Za-z0-9;=]))"
)

# With a question mark where its ampersand was lost together with half a character. Behind a
# question particle the question mark may be a real one, so that is left.
_BROKEN = re.compile(rf"\?(?<![吗嗎呢么麼吧]\?)({_TYPOGRAPHY});")


def find(text: str) -> Iterator[Replacement]:
    """Entities whose character is certain."""
    entities = [*_ENTITY.finditer(text), *_BROKEN.finditer(text)]
    if len(entities) > 1:
        entities.sort(key=re.Match.start)
    for entity in entities:
        name = entity[entity.lastindex or 0]
        character = _numbered(name) if name[0] == "#" else html5.get(f"{name};", "")
        if character:
            yield Replacement(*entity.span(), character)


def _numbered(name: str) -> str:
    """The character of a numeric entity; empty where no text has such a character."""
    character = html.unescape(f"&{name};")
    if character in "\n\r\t":
        return character
    is_text = len(character) == 1 and character != "\ufffd"
    return character if is_text and unicodedata.category(character) not in ("Cc", "Cs") else ""
