"""UTF-8 whose bytes were read as GBK or GB 18030: 娌冲寳 for 河北.

Three bytes of UTF-8 have a shape, so a lost byte shows: a character behind a hole begins
with a byte that begins none. Such a run is recovered up to the last character before the
hole whose bytes are all there.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator
from functools import cache
from itertools import accumulate
from typing import NamedTuple

from toolkit.corpus.alignment import Replacement
from toolkit.corpus.damage.code_pages import (
    LOST,
    gbk_bytes,
    is_ideograph,
    is_likely,
    is_odd,
    utf8_beginnings,
)

_FREQUENT_SHARE = 0.85
_CHINESE = rb"[\xe2-\xe9\xef][\x80-\xbf]{2}"
_SEQUENCE = re.compile(
    rb"%b(?:%b|\xf0[\x90-\xbf][\x80-\xbf]{2}|[\x40-\x7e])*" % (_CHINESE, _CHINESE)
)
_CUT = re.compile(rb"[\xe2-\xe9\xef][\x80-\xbf]?(?![\x80-\xbf])")
_EURO = "€".encode("gb18030")
_CONTINUED = frozenset(bytes([byte]) for byte in range(0x80, 0xC0))
_STRAY = range(0x80, 0xC0)

_MARKS = "?\ufffd"
"""What a decoder writes for bytes that it can't read."""

_NEAR = 4
"""So many bytes from what is proven, the shape of one character is proof enough."""


class _Bytes(NamedTuple):
    """A run's bytes; ``offsets[i]`` is where the bytes of its character i begin."""

    data: bytes
    offsets: list[int]

    def character(self, offset: int) -> int:
        """The first character that begins at this byte or later."""
        return bisect_left(self.offsets, offset)


def find(text: str, start: int, end: int) -> Iterator[Replacement]:
    """Runs within ``text[start:end]``, which has no ASCII character."""
    beginning = _beginnings().search(text, start, end)
    if not beginning:
        return
    run = _encoded(text[start:end])
    taken = run.offsets[beginning.start() - start]
    proven = -_NEAR - 1
    while taken < len(run.data):
        is_near = taken - proven <= _NEAR
        if not is_near:
            # Only a whole character begins a run.
            beginning = _beginnings().search(text, start + run.character(taken), end)
            if not beginning:
                return
            taken = run.offsets[beginning.start() - start]
        match = _SEQUENCE.match(run.data, taken)
        restored = match[0].decode("utf-8", "replace") if match else ""
        evidence = restored[:-1] if match and _is_hole(run, match.end()) else restored
        if not match or not _is_proven(evidence, is_near=is_near):
            taken = match.end() if match else taken + 1
            continue
        if not _is_hole(run, match.end()):
            restored = _without_strange_end(restored)
        *found, last = _replaced(run, taken, restored)
        for replacement in (*map(_plain, found), *_lost(text, start, end, run, last)):
            reached = replacement.end
            yield Replacement(start + replacement.start, start + reached, replacement.text)
        proven = last.high
        taken = max(proven, run.offsets[min(reached, end - start)])


@cache
def _beginnings() -> re.Pattern[str]:
    first, second = utf8_beginnings()
    return re.compile(f"[{first}][{second}]")


def _plain(restored: _Restored) -> Replacement:
    return Replacement(restored.start, restored.end, restored.text)


def _encoded(characters: str) -> _Bytes:
    # NUL keeps the place of a character that GBK lacks; no sequence holds one.
    pieces = [gbk_bytes(character) or b"\0" for character in characters]
    if "€" in characters:
        pieces = _with_euros(pieces)
    return _Bytes(b"".join(pieces), [0, *accumulate(len(piece) for piece in pieces)])


def _with_euros(pieces: list[bytes]) -> list[bytes]:
    """€ is 80 in Windows and A2E3 in GB 18030: the one of which UTF-8 goes on behind it.

    A2 ends a character of three bytes and E3 begins one; what goes on behind that continues
    it, and so does the byte 80 alone, which GB 18030 can't read.
    """
    behind = [*pieces[1:], b""]
    return [
        _EURO if piece == b"\x80" and (following == b"\0" or following[:1] in _CONTINUED) else piece
        for piece, following in zip(pieces, behind, strict=True)
    ]


def _is_proven(restored: str, *, is_near: bool) -> bool:
    beyond = [character for character in restored if not character.isascii()]
    likely = sum(is_likely(c) or not (is_ideograph(c) or is_odd(c)) for c in beyond)
    return len(beyond) >= 2 - is_near and likely >= _FREQUENT_SHARE * len(beyond)


def _is_hole(run: _Bytes, offset: int) -> bool:
    """Whether the next byte, in the midst of a character, continues what isn't begun."""
    is_inside = run.offsets[run.character(offset)] != offset
    return is_inside and run.data[offset] in _STRAY


def _without_strange_end(restored: str) -> str:
    """Without a rare last character: clean text behind a hole may have given it a byte."""
    end = len(restored)
    while end > 1 and is_ideograph(restored[end - 1]) and not is_likely(restored[end - 1]):
        end -= 1
    return restored[:end]


class _Restored(NamedTuple):
    """One restored character in offsets of the run: those of characters, then of bytes."""

    start: int
    end: int
    text: str
    low: int
    high: int


def _replaced(run: _Bytes, offset: int, restored: str) -> list[_Restored]:
    """A damaged character goes with the restored one that its first byte is of."""
    found: list[_Restored] = []
    for character in restored:
        high = offset + len(character.encode())
        start, end = run.character(offset), run.character(high)
        if start == end:  # a Latin letter that was the second byte of a pair
            last = found.pop()
            found.append(_Restored(last.start, end, last.text + character, last.low, high))
        else:
            found.append(_Restored(start, end, character, offset, high))
        offset = high
    return found


def _lost(text: str, base: int, limit: int, run: _Bytes, last: _Restored) -> list[Replacement]:
    """The last restored character, and U+FFFD for one behind it that bytes are left of."""
    data, offsets, high = run.data, run.offsets, last.high
    kept = Replacement(last.start, last.end, last.text)
    is_inside = offsets[last.end] != high
    if _is_hole(run, high):  # the last one has a byte of another character
        end = _behind_marks(text, base + last.end) - base
        return [Replacement(last.start, end, LOST)]
    cut = _CUT.match(data, high)
    end = run.character(cut.end()) if cut else last.end
    behind = _behind_marks(text, base + end) - base
    if not is_inside and (not cut or (behind == end and base + end < limit)):
        return [kept]
    if behind > last.end:
        return [kept, Replacement(last.end, behind, LOST)]
    return [
        Replacement(last.start, last.end - 1, last.text),
        Replacement(last.end - 1, last.end, LOST),
    ]


def _behind_marks(text: str, position: int) -> int:
    """The position behind the one or two marks that a lost byte left."""
    end = position
    while end < min(len(text), position + 2) and text[end] in _MARKS:
        end += 1
    return end
