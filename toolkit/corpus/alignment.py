"""The algebra of alignments: where each character of a text stands in the raw text.

An alignment is a tuple of ``model.Segment``. Every alignment that this module makes is

- *contracting*: a segment's text is never longer than its raw stretch. A stretch that
  first shrank by one and then grew by one would look like a one-to-one segment, and could
  be cut where it must not be;
- *without empty sides*: what was dropped is a gap between segments, and nothing is ever
  inserted;
- *canonical*: neighbouring one-to-one segments that touch on both sides are one segment,
  so equal alignments compare equal.

A *whole stretch* is a segment whose sides differ in length. No later step may cut one:
``compose`` refuses it, ``advance`` widens the step so that it doesn't happen. Without this
rule no composition into segments that don't overlap is associative: when a second step
joins half of a whole stretch with its neighbour, and a third drops what was joined, the
raw address of the other half would depend on which two were composed first.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from toolkit.errors import OffsetError
from toolkit.model import Segment

Alignment = tuple[Segment, ...]


class Replacement(NamedTuple):
    """``text[start:end]`` is to become ``text``; an empty one drops the stretch."""

    start: int
    end: int
    text: str = ""


def identity(length: int) -> Alignment:
    """The alignment of a text of ``length`` characters with itself."""
    return ((0, length, 0, length),) if length else ()


def rewrite(text: str, replacements: Iterable[Replacement]) -> tuple[str, Alignment]:
    """Apply replacements that come in order and don't overlap.

    Returns:
        The new text, and its alignment with the old one. A replacement of the same length
        counts as one to one.

    Raises:
        ValueError: a replacement is out of order, empty, out of range, or longer than
            what it replaces.
    """
    pieces: list[str] = []
    segments: list[Segment] = []
    # From raw position `run` on, text and raw correspond one to one, `lost` apart.
    run = lost = taken = 0
    for start, end, new in replacements:
        if not (taken <= start < end <= len(text) and len(new) <= end - start):
            raise ValueError(f"replacement {start}-{end} {new!r} after {taken} can't be applied")
        pieces += (text[taken:start], new)
        taken = end
        if len(new) == end - start:
            continue
        written = start - lost
        if start > run:
            segments.append((run - lost, written, run, start))
        if new:
            segments.append((written, written + len(new), start, end))
        run, lost = end, lost + end - start - len(new)
    if run < len(text):
        segments.append((run - lost, len(text) - lost, run, len(text)))
    pieces.append(text[taken:])
    return "".join(pieces), tuple(segments)


def compose(outer: Alignment, inner: Alignment) -> Alignment:
    """Chain two alignments: text → middle and middle → raw give text → raw.

    Associative.

    Raises:
        ValueError: ``outer`` reaches beyond what ``inner`` covers, or cuts a whole stretch.
    """
    if outer and outer[-1][3] > (inner[-1][1] if inner else 0):
        raise ValueError("the outer alignment reaches beyond the text of the inner one")
    if not outer or (len(inner) == 1 and inner[0] == (0, inner[0][1], 0, inner[0][1])):
        return outer
    segments: list[Segment] = []
    # The segment at hand of the inner alignment; in one walk, since both are in order.
    parts = iter(inner)
    low, high, raw_low, raw_high = next(parts)
    for start, end, middle_start, middle_end in outer:
        while high <= middle_start:
            low, high, raw_low, raw_high = next(parts)
        at, is_straight = middle_start, end - start == middle_end - middle_start
        whole_start = -1
        while True:
            stop = high if high < middle_end else middle_end
            if high - low == raw_high - raw_low:
                raw_start, raw_stop = raw_low + at - low, raw_low + stop - low
            elif at != low or stop != high:
                # Inside of an outer stretch that stands as a whole nothing is cut.
                raise ValueError(f"the outer alignment cuts the whole stretch {low}-{high}")
            else:
                raw_start, raw_stop = raw_low, raw_high
            if is_straight:
                shift = start - middle_start
                segments.append((at + shift, stop + shift, raw_start, raw_stop))
            elif whole_start < 0:
                whole_start = raw_start
            if stop == middle_end:
                break
            low, high, raw_low, raw_high = next(parts)
            at = low
        if not is_straight:
            segments.append((start, end, whole_start, raw_stop))
    return _canonical(segments)


def advance(
    text: str, alignment: Alignment, replacements: Iterable[Replacement]
) -> tuple[str, Alignment]:
    """One more step: apply replacements to a text that has an alignment already.

    A replacement that would cut a whole stretch takes in all of it, its text unchanged.

    Returns:
        The new text, and its alignment with the raw text of ``alignment``.
    """
    text, step = rewrite(text, _widened(text, alignment, replacements))
    return text, compose(step, alignment)


def check_alignment(doc_id: str, alignment: Alignment, length: int, raw_length: int) -> None:
    """Compare an alignment that was read from a file with the two texts it joins.

    Args:
        doc_id: named in the error.
        alignment: the segments.
        length: characters of the text.
        raw_length: characters of the raw text.

    Raises:
        OffsetError: the segments are out of order, overlap, don't cover the text, or reach
            beyond the raw text.
    """
    at = raw_at = 0
    for start, end, raw_start, raw_end in alignment:
        if start != at or end <= start or not raw_at <= raw_start < raw_end <= raw_length:
            break
        at, raw_at = end, raw_end
    else:
        if at == length:
            return
    raise OffsetError(
        f"document {doc_id!r}: its alignment does not fit its text and its raw file",
        "documents.jsonl was changed by hand? Ingest it again.",
    )


def to_raw(alignment: Alignment, start: int, end: int) -> tuple[int, int]:
    """A span of the text as a span of the raw text.

    Raw characters that were dropped inside of the span belong to it, those at its edges
    don't. A segment that stands as a whole counts as a whole. An empty span gives an empty
    span. Monotone: a later span never lands earlier.

    Raises:
        OffsetError: the span reaches outside of the text that the alignment covers.
    """
    length = alignment[-1][1] if alignment else 0
    if not 0 <= start <= end <= length:
        raise OffsetError(
            f"span {start}-{end} does not fit an alignment of {length} characters",
            "Does the alignment belong to this text?",
        )
    if start == end:
        point = _raw_start(alignment, start) if start < length else _raw_length(alignment)
        return point, point
    return _raw_start(alignment, start), _raw_end(alignment, end)


def all_to_raw(alignment: Alignment, spans: Iterable[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """``to_raw`` of many spans that come in order and aren't empty, in one walk.

    The spans must lie within the text; each begins where the one before it ends, or later.
    """
    parts = iter(alignment)
    low = high = raw_low = raw_high = 0
    for start, end in spans:
        while high <= start:
            low, high, raw_low, raw_high = next(parts)
        raw_start = raw_low + start - low if high - low == raw_high - raw_low else raw_low
        while high < end:
            low, high, raw_low, raw_high = next(parts)
        raw_end = raw_low + end - low if high - low == raw_high - raw_low else raw_high
        yield raw_start, raw_end


def to_text(alignment: Alignment, raw_start: int, raw_end: int) -> tuple[int, int]:
    """A span of the raw text as the span of all text characters that it touches.

    An empty span, or one of which everything was dropped, gives an empty span. For each
    span that doesn't cut a segment that stands as a whole, this undoes ``to_raw``.

    Raises:
        OffsetError: the span is no span: it begins below 0 or ends before it begins.
    """
    if not 0 <= raw_start <= raw_end:
        raise OffsetError(f"raw span {raw_start}-{raw_end} is not a span")
    start = _text_start(alignment, raw_start)
    return start, max(start, _text_end(alignment, raw_end) if raw_end > raw_start else start)


def _widened(
    text: str, alignment: Alignment, replacements: Iterable[Replacement]
) -> Iterator[Replacement]:
    """The replacements, those that cut the same whole stretch joined into one around it."""
    wholes = [segment for segment in alignment if 1 < segment[1] - segment[0] < _raw_size(segment)]
    if not wholes:
        yield from replacements
        return
    group: list[Replacement] = []
    low = high = 0
    for replacement in replacements:
        start = _whole_around(wholes, replacement.start, 0)
        if group and start >= high:
            yield _joined(text, low, high, group)
            group = []
        low = low if group else start
        high = _whole_around(wholes, replacement.end, 1)
        group.append(replacement)
    if group:
        yield _joined(text, low, high, group)


def _whole_around(wholes: list[Segment], position: int, side: int) -> int:
    """That edge of the whole stretch that the position cuts, or the position itself."""
    at = bisect_left(wholes, position, key=_start_of) - 1
    return wholes[at][side] if at >= 0 and wholes[at][1] > position else position


def _joined(text: str, low: int, high: int, group: list[Replacement]) -> Replacement:
    pieces: list[str] = []
    taken = low
    for start, end, new in group:
        pieces += (text[taken:start], new)
        taken = end
    return Replacement(low, high, "".join(pieces) + text[taken:high])


def _canonical(segments: list[Segment]) -> Alignment:
    """The segments, neighbouring one-to-one segments that touch on both sides as one."""
    joined: list[Segment] = []
    start = end = raw_start = raw_end = 0
    for low, high, raw_low, raw_high in segments:
        if (
            raw_low == raw_end
            and end - start == raw_end - raw_start
            and high - low == raw_high - raw_low
        ):
            end, raw_end = high, raw_high
            continue
        if end:
            joined.append((start, end, raw_start, raw_end))
        start, end, raw_start, raw_end = low, high, raw_low, raw_high
    joined.append((start, end, raw_start, raw_end))
    return tuple(joined)


def _raw_size(segment: Segment) -> int:
    return segment[3] - segment[2]


def _raw_length(alignment: Alignment) -> int:
    return alignment[-1][3] if alignment else 0


def _raw_start(alignment: Alignment, position: int) -> int:
    """Where the raw stretch of the character at ``position`` begins."""
    segment = alignment[bisect_right(alignment, position, key=_start_of) - 1]
    start, end, raw_start, raw_end = segment
    return raw_start + position - start if end - start == raw_end - raw_start else raw_start


def _raw_end(alignment: Alignment, position: int) -> int:
    """Where the raw stretch of the character before ``position`` ends."""
    segment = alignment[bisect_left(alignment, position, key=_start_of) - 1]
    start, end, raw_start, raw_end = segment
    return raw_start + position - start if end - start == raw_end - raw_start else raw_end


def _text_start(alignment: Alignment, raw: int) -> int:
    """The first text character whose raw stretch ends behind ``raw``."""
    at = bisect_right(alignment, raw, key=_raw_end_of)
    if at == len(alignment):
        return alignment[-1][1] if alignment else 0
    start, end, raw_start, raw_end = alignment[at]
    return start + max(0, raw - raw_start) if end - start == raw_end - raw_start else start


def _text_end(alignment: Alignment, raw: int) -> int:
    """The end of the last text character whose raw stretch begins before ``raw``."""
    at = bisect_left(alignment, raw, key=_raw_start_of) - 1
    if at < 0:
        return 0
    start, end, raw_start, raw_end = alignment[at]
    return min(end, start + raw - raw_start) if end - start == raw_end - raw_start else end


def _start_of(segment: Segment) -> int:
    return segment[0]


def _raw_start_of(segment: Segment) -> int:
    return segment[2]


def _raw_end_of(segment: Segment) -> int:
    return segment[3]
