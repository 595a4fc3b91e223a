"""What a run of characters becomes when its bytes are read with another code page.

A reading gives *tokens*, in order: a restored character with the characters that it stands
for, or a hole: a character that can't be read so, or a sign that bytes are gone. Half a
character beside a hole belongs to the hole, so that it can stay as it is.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable
from functools import cache, lru_cache
from itertools import accumulate
from math import log
from typing import NamedTuple

from toolkit.corpus.damage.code_pages import (
    CACHED,
    MARKS,
    big5_bytes,
    character_of,
    gbk_bytes,
    utf8_beginnings,
)
from toolkit.corpus.frequent import most_frequent
from toolkit.corpus.language import likelihood, likelihood_as_it_stands

_MARK = 0.0
"""What a sign of lost bytes in the midst of a run says: nothing by itself."""

_MARK_OF_SHIFTED = -3.0
"""Behind one, pairs may be read from their first byte on again."""

_MARK_OF_BIG5 = 1.5
"""GBK lacks four tenths of the pairs that frequent characters have in Big5."""

_HOLE = -4.0
"""A character that can't be read so speaks against a reading, unless bytes were dropped there."""

_STRAY = -6.0
"""The same, where the shape of the bytes shows it."""

_ANY_BYTE = log(1 / 64)
"""How likely UTF-8 has any given byte in a character's midst."""


class Token(NamedTuple):
    """``run[start:end]`` becomes ``text``; a hole has none. ``weight`` speaks for the reading.

    ``is_sign`` says that bytes are lost there, if the reading is right.
    """

    start: int
    end: int
    text: str
    weight: float
    is_sign: bool = False


class Reading(NamedTuple):
    """One way to read a run.

    ``read`` gives the tokens; ``promises`` says, for a fraction of the time, whether anything
    may come of them. ``needs`` is the least number of restored characters without a
    sign of lost bytes. In a *shifted* reading each character is made of two neighbours:
    it goes on up to the next hole, and the first of a run is what is left of a lost one.
    With *shape*, the bytes of a character show where it begins and ends.
    """

    name: str
    read: Callable[[str], list[Token]]
    needs: int
    promises: Callable[[str], bool]
    is_shifted: bool = False
    has_shape: bool = False


def shifted(run: str) -> list[Token]:
    """GBK from the second byte of a pair on: the second byte before, the first one here."""
    tokens = [_hole(0, run[0])]
    before = ""
    for at in range(1, len(run)):
        restored = _shifted_pair(run[at - 1], run[at])
        if restored:
            weight = _weight(before, restored, run[at - 1], run[at])
            tokens.append(Token(at, at + 1, restored, weight))
        elif run[at - 1] in MARKS:
            tokens.append(_sign(at))  # half of what the mark stands for
        else:
            tokens.append(_hole(at, run[at], _MARK_OF_SHIFTED))
        before = restored
    return tokens


def big5(run: str) -> list[Token]:
    """Big5 that was read as GBK."""
    return _one_by_one(run, _read_as_big5, _MARK_OF_BIG5)


def gbk(run: str) -> list[Token]:
    """GBK that was read as Big5."""
    return _one_by_one(run, _read_as_gbk, _MARK)


def _one_by_one(run: str, read: Callable[[str], str], mark: float) -> list[Token]:
    tokens: list[Token] = []
    before = previous = ""
    for at, character in enumerate(run):
        restored = read(character)
        if restored:
            weight = _weight(before, restored, previous, character)
            tokens.append(Token(at, at + 1, restored, weight))
        else:
            tokens.append(_hole(at, character, mark if before else _MARK))
        before, previous = restored, character
    return tokens


def _weight(before: str, restored: str, previous: str, character: str) -> float:
    return likelihood(before, restored) - likelihood_as_it_stands(previous, character)


def _hole(at: int, character: str, mark: float = _MARK) -> Token:
    return _sign(at, mark) if character in MARKS else Token(at, at + 1, "", _HOLE)


def _sign(at: int, weight: float = _MARK) -> Token:
    return Token(at, at + 1, "", weight, is_sign=True)


@lru_cache(maxsize=CACHED)
def _shifted_pair(before: str, here: str) -> str:
    first = gbk_bytes(before)
    return character_of(first[1:] + gbk_bytes(here)[:1], "gb18030") if len(first) > 1 else ""


@lru_cache(maxsize=CACHED)
def _read_as_big5(character: str) -> str:
    return character_of(gbk_bytes(character), "cp950")


@lru_cache(maxsize=CACHED)
def _read_as_gbk(character: str) -> str:
    return character_of(big5_bytes(character), "gb18030")


# UTF-8 that was read as GBK.

_SEQUENCE = re.compile(
    rb"(?:[\xe2-\xe9\xef][\x80-\xbf]|\xf0[\x90-\xbf][\x80-\xbf])[\x80-\xbf]"
    rb"|[\xc2\xc3][\x80-\xbf]|[\x40-\x7e]"
)
_FITTING = re.compile(rb"[\x80-\xbf\xe2-\xe9\xef]{1,2}")
"""Bytes that UTF-8 is made of, though one that belongs to them is gone."""

_EURO = "€".encode("gb18030")
_LEAD = 0xE2
_CONTINUING = range(0x80, 0xC0)
_CONTINUED = frozenset(bytes([byte]) for byte in _CONTINUING)


def utf8(run: str) -> list[Token]:
    """UTF-8 that was read as GBK or GB 18030: its shape shows where each character begins."""
    pieces = _pieces(run)
    data = b"".join(pieces)
    offsets = [0, *accumulate(map(len, pieces))]
    restored: list[Token] = []
    touched: set[int] = set()  # characters that hold bytes of restored ones
    at = 0
    while at < len(data):
        sequence = _SEQUENCE.match(data, at)
        low = bisect_left(offsets, at)
        if sequence is None or (sequence.end() - at == 1 and offsets[low] == at):
            at += 1
            continue
        if _goes_on_inside(data, offsets, sequence.end()):
            at = sequence.end()  # a byte of the next character: some were dropped between
            continue
        high = bisect_left(offsets, sequence.end())
        edges = {bisect_right(offsets, at) - 1, high - 1}
        if offsets[high] != sequence.end() and not _SEQUENCE.match(data, sequence.end()):
            high -= 1  # its last byte shares a character with what can't be read
        at = sequence.end()
        text = sequence[0].decode("utf-8", "replace")
        last = restored[-1] if restored else None
        if low == high and last and last.end == low:
            if len(last.text) < last.end - last.start:
                # A Latin letter that was the second byte of a pair.
                restored[-1] = last._replace(text=last.text + text)
        elif low < high:
            before = last.text if last and last.end == low else ""
            restored.append(Token(low, high, text, _shape_weight(before, text, run, low, high)))
            if restored[-1].weight > _STRAY:
                touched |= edges
    return _with_holes(run, restored, touched)


def _goes_on_inside(data: bytes, offsets: list[int], at: int) -> bool:
    """Whether the byte there, the second of a pair, continues what isn't begun."""
    return offsets[bisect_left(offsets, at)] != at and data[at] in _CONTINUING


def _with_holes(run: str, restored: list[Token], touched: set[int]) -> list[Token]:
    tokens: list[Token] = []
    taken = 0
    for token in [*restored, Token(len(run), len(run), "", 0.0)]:
        tokens += [_lost(run, at, is_half=at in touched) for at in range(taken, token.start)]
        tokens.append(token)
        taken = token.end
    return tokens[:-1]


def _lost(run: str, at: int, *, is_half: bool) -> Token:
    """A character of which a byte is gone; the bytes that are left must be such as UTF-8 has."""
    if run[at] in MARKS:
        return _sign(at)
    stands = likelihood_as_it_stands(run[at - 1] if at else "", run[at])
    if is_half:
        return _sign(at, _ANY_BYTE - stands)
    fits = _FITTING.fullmatch(gbk_bytes(run[at]))
    return Token(at, at + 1, "", min(0.0, 2 * _ANY_BYTE - stands) if fits else _STRAY)


def _shape_weight(before: str, restored: str, run: str, low: int, high: int) -> float:
    as_it_stands = sum(
        likelihood_as_it_stands(run[at - 1] if at else "", run[at]) for at in range(low, high)
    )
    return likelihood(before[-1:], restored) - as_it_stands


def _pieces(run: str) -> list[bytes]:
    """The bytes of each character; NUL keeps the place of one that GBK lacks."""
    pieces = [gbk_bytes(character) or b"\0" for character in run]
    if "€" in run:
        for at, piece in enumerate(pieces):
            if piece == b"\x80" and _is_euro(
                b"".join(pieces[max(0, at - 2) : at]), pieces[at + 1 :]
            ):
                pieces[at] = _EURO
    return pieces


def _is_euro(before: bytes, behind: list[bytes]) -> bool:
    """Whether € is A2E3, as in GB 18030, and not 80 as in Windows.

    Behind a lead byte alone only 80 continues UTF-8; behind two bytes of three A2 ends the
    character, and E3 begins one if a byte that continues it follows.
    """
    if before[-1:] and before[-1] >= _LEAD:
        return False
    following = behind[0][:1] if behind else b""
    return following == b"\0" or following in _CONTINUED


# Of what is read wrongly, one character in ten is among the most frequent, of text four in five.

_WIDE = str.maketrans({"?": "\u3000", "\ufffd": "\u3000", "€": "\u3000"})
"""Signs of loss take two bytes, so that the pairs behind them stay what they are."""


def _promises_shifted(run: str) -> bool:
    data = run.translate(_WIDE).encode("gb18030", "replace")
    return bool(_side_by_side().search(data[1:].decode("gb18030", "replace")))


def _promises_big5(run: str) -> bool:
    data = run.translate(_WIDE).encode("gb18030", "replace")
    return bool(_side_by_side().search(data.decode("cp950", "replace")))


def _promises_gbk(run: str) -> bool:
    data = run.encode("cp950", "replace")
    return bool(_side_by_side().search(data.decode("gb18030", "replace")))


def _promises_utf8(run: str) -> bool:
    return bool(_beginnings().search(run))


@cache
def _beginnings() -> re.Pattern[str]:
    first, second = utf8_beginnings()
    return re.compile(f"[{first}][{second}]")


@cache
def _side_by_side() -> re.Pattern[str]:
    frequent = most_frequent()
    return re.compile(f"[{frequent}].{{0,2}}[{frequent}]")


READINGS = (
    Reading("shifted", shifted, 4, _promises_shifted, is_shifted=True),
    Reading("Big5", big5, 4, _promises_big5),
    Reading("GBK", gbk, 4, _promises_gbk),
)
"""Those that have no proof in the shape of their bytes."""

UTF8 = Reading("UTF-8", utf8, 2, _promises_utf8, has_shape=True)
