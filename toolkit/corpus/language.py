"""How likely a character is behind another one: what tells a right reading of bytes from wrong.

The dictionary that jieba brings has a count for each word. A text taken as words drawn by
these counts gives every character a likelihood behind the one before it: it goes on with
the word, or begins another. Traditional characters count as their simplified forms. The
dictionary is read when a text first has a suspect; what makes a word's difference here is
whether two characters stand together at all, so words that are hardly counted are left out.
"""

from __future__ import annotations

import re
from functools import cache, lru_cache
from importlib.util import find_spec
from math import log
from pathlib import Path
from typing import NamedTuple

from toolkit.corpus.damage.characters import CJK_PUNCTUATION, HAN
from toolkit.corpus.damage.traditional import converter

_CACHED = 1 << 17
"""Entries of a cache; a text has a few thousand different pairs."""


_WORD = re.compile(r"^([㐀-鿿]+) ([0-9]{2,}) ", re.MULTILINE)

_HAN_SHARE = 0.86
_MARK_SHARE = 0.11
_COMMON = frozenset("，。、：；？！“”《》（）…—,:;!?()%")

_TRADITIONAL = -0.7
"""Logarithm of how often a text has one script where it has both."""

_UNKNOWN = log(0.0003 / 20_000)
"""A character beyond the dictionary, of which there are twenty thousand."""

_ODD_MARK = log(0.01 / 60)
_OTHER = log(1e-7)

_RARE = log(1 / 40_000)
"""What a clean text is allowed for any Chinese character, however rare or oddly placed:
names, lists and quotations have several in a row."""

_FOREIGN, _MORE_FOREIGN = -11.0, -4.5
"""A letter of another script, and one behind another of it."""

_PRIVATE = log(1e-6)

_HAN_CHARACTER = re.compile(f"[{HAN}]")
_PUNCTUATION = re.compile(f"[{CJK_PUNCTUATION}]")
_SCRIPTS = re.compile("(?P<kana>[\u3041-\u30ff])|(?P<greek>[\u0370-\u03ff])"
                      "|(?P<cyrillic>[\u0400-\u04ff])|(?P<bopomofo>[\u3105-\u312f])"
                      "|(?P<box>[\u2500-\u257f])|(?P<number>[①-⒛㈠-㈩Ⅰ-ⅿ])")  # fmt: skip
_PRIVATE_USE = range(0xE000, 0xF900)


class _Counts(NamedTuple):
    """How often each character stands in words, at their beginning, and before each other."""

    characters: dict[str, int]
    beginnings: dict[str, int]
    pairs: dict[str, int]
    ends: dict[str, int]
    total: int
    words: int


@lru_cache(maxsize=_CACHED)
def likelihood(before: str, character: str) -> float:
    """Logarithm of how likely Chinese text goes on with this character.

    Args:
        before: the character before it; empty or any other where there is none.
        character: one character.
    """
    if _HAN_CHARACTER.match(character):
        return _of_han(before, character)
    if character in _COMMON:
        return log(_MARK_SHARE / len(_COMMON)) + 1.0
    if character.isascii() or "０" <= character <= "９":
        return log(0.03 / 70)
    return _ODD_MARK if _PUNCTUATION.match(character) else _OTHER


@lru_cache(maxsize=_CACHED)
def likelihood_as_it_stands(before: str, character: str) -> float:
    """The same for a text as it stands: rare characters, other scripts and icons may be right."""
    if _HAN_CHARACTER.match(character):
        return max(likelihood(before, character), _RARE)
    script = _SCRIPTS.match(character)
    if script:
        previous = _SCRIPTS.match(before)
        return _MORE_FOREIGN if previous and previous.lastgroup == script.lastgroup else _FOREIGN
    if ord(character) in _PRIVATE_USE:
        return _PRIVATE
    return max(likelihood(before, character), _FOREIGN)


def _of_han(before: str, character: str) -> float:
    counts = _counts()
    here = _simplified(character)
    seen = counts.characters.get(here, 0)
    if not seen:
        return _UNKNOWN
    script = 0.0 if here == character else _TRADITIONAL
    previous = _simplified(before) if before and _HAN_CHARACTER.match(before) else ""
    seen_before = counts.characters.get(previous, 0)
    begun = (counts.beginnings.get(here, 0) + 0.05 * seen) / counts.words
    if not seen_before:
        return log(_HAN_SHARE * seen / counts.total) + script
    inside = counts.pairs.get(previous + here, 0) / seen_before
    ended = (counts.ends.get(previous, 0) + 0.05 * seen_before) / seen_before
    return log(_HAN_SHARE * (inside + ended * begun)) + script


@cache
def _counts() -> _Counts:
    characters: dict[str, int] = {}
    beginnings: dict[str, int] = {}
    pairs: dict[str, int] = {}
    ends: dict[str, int] = {}
    words = 0
    for word, digits in _WORD.findall(_dictionary().read_text(encoding="utf-8")):
        count = int(digits)
        words += count
        beginnings[word[0]] = beginnings.get(word[0], 0) + count
        ends[word[-1]] = ends.get(word[-1], 0) + count
        for at, character in enumerate(word):
            characters[character] = characters.get(character, 0) + count
            if at:
                pair = word[at - 1 : at + 1]
                pairs[pair] = pairs.get(pair, 0) + count
    return _Counts(characters, beginnings, pairs, ends, sum(characters.values()), words)


def _dictionary() -> Path:
    spec = find_spec("jieba")
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError("jieba, whose dictionary says which characters stand together")
    return Path(spec.origin).with_name("dict.txt")


@lru_cache(maxsize=_CACHED)
def _simplified(character: str) -> str:
    written = converter()(character)
    return written if len(written) == 1 else character
