"""Runs that are text again when each pair of bytes is read otherwise.

Three such readings: GBK that was read from the second byte of a pair on, because a byte was
lost or gained before it; Big5 that was read as GBK; GBK that was read as Big5. Each gives
one character for each damaged one, and has no proof in the shape of its bytes, which fit
nearly anything. So characters are weighed: how much likelier is it, in wrongly decoded text
than in clean one, that this one is rare and that what it turns into is frequent?
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cached_property, lru_cache
from itertools import pairwise
from typing import NamedTuple

from toolkit.corpus.alignment import Replacement
from toolkit.corpus.damage.code_pages import (
    CACHED,
    LOST,
    big5_bytes,
    character_of,
    gbk_bytes,
    is_ideograph,
    is_kana,
    is_letter,
    is_likely,
    is_odd,
    is_private,
)

# Natural logarithms of how much likelier something is in wrongly decoded text than in
# clean text. Measured on news: of clean text 1 % is rare, of wrongly decoded text 40 %.
_RARE_BEFORE, _FREQUENT_BEFORE = 3.7, -0.5
_RARE_AFTER, _FREQUENT_AFTER = -3.7, 0.5
_FOREIGN_BEFORE = 3.7
_PRIVATE_BEFORE = 8.0  # clean text has none at all, but for the icons of some web pages
_IMPOSSIBLE = -20.0
_LET_GO = 8.0
"""A run ends where it has lost so much from its best."""

_ENOUGH = 22.0
"""Evidence that a run needs by itself: six rare characters that all turn into frequent ones
have it, and they must be eight with what lies between."""
_LONG = 8

_ENOUGH_AT_MARK = 12.0
"""Evidence that a run needs beside a sign of lost bytes: €, U+FFFD, private use, or a
question mark that is none."""
_SHORT = 3

_DOUBT = 16.0
"""Evidence from which on a run is flagged, whether it can be recovered or not."""

_LIKELY_SHARE = 0.95
"""Least share of frequent characters in what was Big5 or GBK: a rare name may be in it."""

_KINDS_OF_BIG5 = 3
"""Big5 read as GBK is a mixture of so many scripts; Japanese or Russian text is not."""

_MARKS = "?\ufffd"
_BLOCK = 12
_BROKEN = re.compile("(?:\ufffd|\\?[a-z\u00c0-\u01dc]{1,8}\\))\\Z")
"""What a run that begins with half a character stands behind."""

_GLOSS = re.compile("[(（][a-z\u00c0-\u01dc]{1,8}[)）]")


class Reading(NamedTuple):
    """What each character of a run turns into, and how much that speaks for damage.

    Empty where it can't be read so.
    """

    restored: list[str]
    weights: list[float]


class Findings(NamedTuple):
    """Replacements; and stretches that may be damaged, or may be clean."""

    replacements: list[Replacement]
    doubtful: list[tuple[int, int]]


class Context:
    """What the whole text says about one of its runs; worked out only if it's needed."""

    def __init__(self, text: str) -> None:
        self._text = text

    @cached_property
    def is_lossless(self) -> bool:
        """Whether the text holds private-use characters.

        One in ten shifted pairs is one. Where some program dropped them, two characters
        that were no neighbours give a pair that nobody wrote.
        """
        return is_private(self._text)

    @cached_property
    def pairs(self) -> frozenset[str]:
        """Any two characters that stand side by side in the text, but for glosses."""
        text = _GLOSS.sub("", self._text)
        return frozenset(map("".join, pairwise(text)))


class _Segment(NamedTuple):
    """A stretch of a run that is likelier damage than not, as short as it can be."""

    start: int
    end: int
    evidence: float


def find(text: str, start: int, end: int, context: Context) -> Findings:
    """What is found within ``text[start:end]``, which has no ASCII character."""
    best = Findings([], [])
    if end - start < _SHORT:
        return best
    run = text[start:end]
    place = _Place(text, start, end, context)
    most = 0.0
    unsure: list[tuple[int, int]] = []
    for reading, accepted in ((_shifted, _shift), (_as_big5, _big5), (_as_gbk, _gbk)):
        read = reading(run)
        if sum(weight for weight in read.weights if weight > 0) < _LET_GO:
            continue
        evidence, found = 0.0, Findings([], [])
        for segment in _segments(read.weights):
            if accepted(place, read, segment, found):
                evidence += segment.evidence
            elif segment.evidence >= _DOUBT and accepted is not _big5:
                unsure.append((start + segment.start, start + segment.end))
        if evidence > most:
            most, best = evidence, found
    return best if most else Findings([], unsure)


class _Place(NamedTuple):
    """Where a run stands."""

    text: str
    low: int
    high: int
    context: Context

    def is_mark(self, at: int, marks: str = _MARKS) -> bool:
        """Whether a sign of lost bytes stands at this place of the run."""
        return 0 <= self.low + at < len(self.text) and self.text[self.low + at] in marks


def _shifted(run: str) -> Reading:
    """The second byte of the character before, and the first byte of this one."""
    read = [("", _IMPOSSIBLE), *(_shifted_pair(before, here) for before, here in pairwise(run))]
    return Reading([restored for restored, _ in read], [weight for _, weight in read])


def _as_big5(run: str) -> Reading:
    read = list(map(_read_as_big5, run))
    return Reading([restored for restored, _ in read], [weight for _, weight in read])


def _as_gbk(run: str) -> Reading:
    read = list(map(_read_as_gbk, run))
    return Reading([restored for restored, _ in read], [weight for _, weight in read])


@lru_cache(maxsize=CACHED)
def _shifted_pair(before: str, here: str) -> tuple[str, float]:
    restored = character_of(gbk_bytes(before)[1:] + gbk_bytes(here)[:1], "gb18030")
    return restored, _weight(here, restored)


@lru_cache(maxsize=CACHED)
def _read_as_big5(character: str) -> tuple[str, float]:
    restored = character_of(gbk_bytes(character), "cp950")
    return restored, _weight(character, restored, _FOREIGN_BEFORE)


@lru_cache(maxsize=CACHED)
def _read_as_gbk(character: str) -> tuple[str, float]:
    restored = character_of(big5_bytes(character), "gb18030")
    return restored, _weight(character, restored)


def _weight(before: str, after: str, foreign: float = 0.0) -> float:
    """``foreign`` is what a letter of another script says: nothing, but in Big5."""
    if not after:
        return _IMPOSSIBLE
    weight = _FREQUENT_AFTER if is_likely(after) else _RARE_AFTER
    if is_kana(before):
        return min(0.0, weight)
    if is_letter(before):
        return foreign + weight if foreign else min(0.0, weight)
    if is_private(before):
        return weight + _PRIVATE_BEFORE
    is_rare = is_odd(before) or (is_ideograph(before) and not is_likely(before))
    return weight + (_RARE_BEFORE if is_rare else _FREQUENT_BEFORE)


def _segments(weights: list[float]) -> Iterator[_Segment]:
    total = peak = 0.0
    start = peak_start = peak_end = 0
    for at, weight in enumerate(weights):
        if total <= 0:
            total, start = 0.0, at
        total += weight
        if total > peak:
            peak, peak_start, peak_end = total, start, at + 1
        elif peak and total < peak - _LET_GO:
            yield _Segment(peak_start, peak_end, peak)
            total = peak = 0.0
    if peak:
        yield _Segment(peak_start, peak_end, peak)


def _shift(place: _Place, read: Reading, segment: _Segment, found: Findings) -> bool:
    """Shifted pairs, from the first rare character to the last one, or to a mark."""
    text, low, _, context = place
    before, behind = _doubtful_around(read.weights, segment)
    is_marked = place.is_mark(behind) or place.is_mark(behind - 1, "€")
    begins_damaged = before <= 1 and bool(_BROKEN.search(text[max(0, low - _BLOCK) : low]))
    # The first rare character may be the one that holds a clean neighbour's other half.
    start = 1 if begins_damaged else segment.start + 1
    end = behind if is_marked else segment.end
    is_enclosed = begins_damaged and is_marked and end - start >= _SHORT
    if not (
        _is_enough(segment, end - start, is_marked=is_marked or begins_damaged)
        or (is_enclosed and all(_supported(read.restored[start:end], context)))
    ):
        if is_enclosed:
            found.doubtful.append((low + start - 1, low + end))
        return is_enclosed
    first = min(before, start)
    # Behind U+FFFD the pairs may be those of another code page.
    is_marked_lossless = text[low + behind : low + behind + 1] == LOST or context.is_lossless
    if is_marked_lossless and text[max(0, low - 1) : low] != LOST:
        is_supported = [True] * (end - first)
    else:
        is_supported = _supported(read.restored[first:end], context)
    while start > max(before, 1) and _says_shifted(place, read.restored, start - 1):
        start -= 1
    restored = [
        character if supported else LOST
        for character, supported in zip(
            read.restored[start:end], is_supported[start - first :], strict=True
        )
    ]
    certain = sum(character != LOST for character in restored)
    if certain < max(_SHORT, len(restored) / 2):
        found.doubtful.append((low + max(0, before - 1), low + end))
        return True
    # What holds the last byte of a character whose first one is lost.
    found.replacements.append(Replacement(low + start - 1, low + start, LOST))
    found.replacements.extend(
        Replacement(low + at, low + at + 1, character)
        for at, character in enumerate(restored, start)
    )
    if text[low + end : low + end + 1] == "?":
        found.replacements.append(Replacement(low + end, low + end + 1, LOST))
    found.doubtful.append((low + max(0, min(before, start) - 1), low + start))
    found.doubtful.append((low + end, low + behind))
    return True


def _doubtful_around(weights: list[float], segment: _Segment) -> tuple[int, int]:
    """The segment with the characters around it that are as likely clean as not."""
    start, end = segment.start, segment.end
    while start > 0 and abs(weights[start - 1]) < _LET_GO / 4 and weights[start - 1] >= 0:
        start -= 1
    while end < len(weights) and weights[end] >= 0:
        end += 1
    return start, end


def _says_shifted(place: _Place, restored: list[str], at: int) -> bool:
    """Whether the text elsewhere has the restored pair, and not the one that stands here."""
    before = restored[at] + restored[at + 1]
    here = place.text[place.low + at - 1 : place.low + at + 1]
    return before in place.context.pairs and here not in place.context.pairs


def _supported(restored: list[str], context: Context) -> list[bool]:
    """For each character whether the text elsewhere has it beside a neighbour from here."""
    pairs = [pair in context.pairs for pair in map("".join, pairwise(restored))]
    return [left or right for left, right in pairwise([False, *pairs, False])]


def _big5(place: _Place, read: Reading, segment: _Segment, found: Findings) -> bool:
    """Big5 that was read as GBK: of several scripts at once."""
    run = place.text[place.low + segment.start : place.low + segment.end]
    if len(set(map(_script, run))) < _KINDS_OF_BIG5 or not any(map(is_odd, run)):
        return False
    return _gbk(place, read, segment, found)


def _gbk(place: _Place, read: Reading, segment: _Segment, found: Findings) -> bool:
    """A whole part of the run where all of it can be read so, else what is certain of it."""
    start, end = _part(place, read, segment)
    if not _is_enough(segment, end - start, is_marked=False):
        return False
    if sum(map(is_likely, read.restored[start:end])) < _LIKELY_SHARE * (end - start):
        return False
    low = place.low
    found.replacements.extend(
        Replacement(low + at, low + at + 1, restored if is_likely(restored) else LOST)
        for at, restored in enumerate(read.restored[start:end], start)
    )
    before, behind = _doubtful_around(read.weights, segment._replace(start=start, end=end))
    found.doubtful.extend(((low + before, low + start), (low + end, low + behind)))
    return True


def _part(place: _Place, read: Reading, segment: _Segment) -> tuple[int, int]:
    """The part of the run up to its edges or U+FFFD, if all of it can be read so."""
    start, end = segment.start, segment.end
    while start > 0 and is_likely(read.restored[start - 1]):
        start -= 1
    while end < len(read.restored) and is_likely(read.restored[end]):
        end += 1
    is_begun = start == 0 or place.is_mark(start - 1, LOST)
    is_ended = end == len(read.restored) or place.is_mark(end, LOST)
    inside = read.restored[segment.start : segment.end]
    if is_begun and is_ended and all(map(is_likely, inside)):
        return start, end
    return segment.start, segment.end


def _is_enough(segment: _Segment, length: int, *, is_marked: bool) -> bool:
    if is_marked:
        return segment.evidence >= _ENOUGH_AT_MARK and length >= _SHORT
    return segment.evidence >= _ENOUGH and length >= _LONG


def _script(character: str) -> str:
    """Han, or the row of GBK: those of kana, Greek, Cyrillic, private use and so on."""
    return "Han" if is_ideograph(character) else gbk_bytes(character)[:1].hex()
