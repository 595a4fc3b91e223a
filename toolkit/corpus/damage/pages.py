"""Pages of a fixed width: where a line was broken because the next word didn't fit."""

from __future__ import annotations

import re
import statistics
from bisect import bisect_left
from collections.abc import Callable, Sequence
from itertools import pairwise

from msgspec import Struct

from toolkit.corpus.damage.lines import Line, Lines, ending

_NARROWEST = 14
"""Characters; lines of verse and of slogans may all have one length up to here."""

_LEAST_WRAPS = 3
"""So many lines must be full and stop in the middle of something, and …"""

_FULL = 0.6
"""… so large a share of all that stop in the middle of something."""

_CERTAIN = 0.95
"""Where so many are full by one measure, no other is tried."""

_WIDER = 1.1
"""Lines that are wider than the middle one by more than this weren't wrapped."""

_UNWRAPPED = 0.1
"""At most so large a share of the lines; titles and addresses mostly."""

_PROSE = 0.4
"""At least so large a share of the lines has a pause or a full stop."""

_ROWS = 0.3
"""At most so large a share of the lines has gaps between its words."""

_CUT = 0.2
"""So large a share of lines that stop in the middle of something makes a page likely."""

_SAMPLE = 200
"""So many lines show what kind of page it is."""

_LONGEST_WORD = 30
"""Characters; what is longer is cut by a program that wraps lines."""

_LEAST_MARKS = 2
"""So many indents or blank lines show that they are how paragraphs are told apart."""

# What a program that wraps lines keeps together.
_WORD = re.compile(
    r"[“‘（《〈【「『〔(\[]*(?:[A-Za-z0-9\u00c0-\u024f][A-Za-z0-9\u00c0-\u024f.%/@_+-]{0,29}|.)"
    r"[，、。；：！？”’）》〉】」』〕,;:!?)%\]]{0,3}"
)

_PAUSE = re.compile("[，、。；！？,;!?]")
_GAPS = re.compile(
    r"\t|[ \u00a0\u3000]{2}|[^\x00-\x7f][ \u3000][^\x00-\x7f].*[^\x00-\x7f][ \u3000]"
)
_NARROW = re.compile("[A-Za-z0-9 .%/-]+")


class Page(Struct, frozen=True):
    """Lines that were wrapped at one width.

    ``tells_paragraphs`` says that indents or blank lines show where paragraphs end, so that
    a full stop at the end of a full line ends none. ``is_doubled`` says that a blank line is
    behind every line and so says nothing. ``indent`` is that of lines that go on.
    """

    tells_paragraphs: bool
    is_doubled: bool
    indent: int


def full_lines(text: str, lines: Lines, doubtful: Sequence[int]) -> dict[int, Page]:
    """The lines of pages behind which the next word would not have fitted.

    Args:
        text: the text.
        lines: its lines.
        doubtful: the numbers of those that don't end in a final mark.
    """
    if len(doubtful) < _LEAST_WRAPS or not _may_hold_a_page(lines, doubtful):
        return {}
    all_lines = list(lines)
    full = _full_lines(text, all_lines, range(len(all_lines)))
    if full:
        return full
    begins = [at for at, line in enumerate(all_lines) if line.apart or at == 0]
    for begin, end in pairwise([*begins, len(all_lines)]):
        if end - begin < len(all_lines):
            full |= _full_lines(text, all_lines, range(begin, end))
    return full


def _may_hold_a_page(lines: Lines, doubtful: Sequence[int]) -> bool:
    """A quick look: enough long lines stop in the middle, in a row or in all.

    And some are so many, and most of the others so short, that they can have one width.
    """
    cut = [at for at in doubtful if lines.size(at) >= _NARROWEST]
    if len(cut) < _LEAST_WRAPS:
        return False
    end = len(lines)
    if len(cut) < _CUT * (end - 1) and not any(b - a == 1 for a, b in pairwise(cut)):
        return False
    sizes = [lines.size(at) for at in range(end - 1)]
    return _may_be_wrapped(sizes, doubtful, 0, end) or any(
        _may_be_wrapped(sizes, doubtful, *stretch) for stretch in pairwise([0, *lines.apart(), end])
    )


def _may_be_wrapped(sizes: Sequence[int], doubtful: Sequence[int], begin: int, end: int) -> bool:
    """A quick look: no line that stops in the middle is much shorter than most lines."""
    if end - begin <= _LEAST_WRAPS:
        return False
    within = doubtful[bisect_left(doubtful, begin) : bisect_left(doubtful, end)]
    if len(within) < _LEAST_WRAPS:
        return False
    widest = 2 * max(sizes[at] for at in within)
    return sum(size > widest for size in sizes[begin:end]) <= _UNWRAPPED * (end - begin)


def _full_lines(text: str, lines: Sequence[Line], stretch: range) -> dict[int, Page]:
    """The full lines of the stretch, if it has one width and is running text."""
    if len(stretch) <= _LEAST_WRAPS:
        return {}
    breaks = _breaks(lines, stretch)
    cut = [at for at in breaks if ending(text, lines[at]) == "open"]
    if len(cut) < _LEAST_WRAPS or not _may_be_one_width(lines, stretch, cut):
        return {}
    if not _is_prose(text, lines, stretch):
        return {}
    full = _full(text, lines, stretch, cut, _measure(text, lines, stretch, cut[:_SAMPLE]))
    if len(full.intersection(cut)) < max(_LEAST_WRAPS, _FULL * len(cut)):
        return {}
    indent = min(lines[at].indent for at in stretch)
    is_doubled = all(line.apart for line in lines[stretch.start + 1 : stretch.stop])
    page = Page(_tells_paragraphs(text, lines, breaks, full, indent), is_doubled, indent)
    return dict.fromkeys(full, page)


def _breaks(lines: Sequence[Line], stretch: range) -> list[int]:
    """The lines behind which the stretch may have been wrapped.

    Where a blank line is behind every line, the blank lines are part of the damage.
    """
    single = [at for at in stretch[:-1] if not lines[at + 1].apart]
    return single or list(stretch[:-1])


def _may_be_one_width(lines: Sequence[Line], stretch: range, cut: Sequence[int]) -> bool:
    """A quick look: most lines aren't longer than those that stop in the middle."""
    middle = statistics.median(lines[at].end - lines[at].start for at in cut)
    longer = sum(lines[at].end - lines[at].start > 2 * middle for at in stretch)
    return middle >= _NARROWEST and longer <= _UNWRAPPED * len(stretch)


def _is_prose(text: str, lines: Sequence[Line], stretch: range) -> bool:
    """Whether enough lines have a pause, and few enough look like rows of a table."""
    sample = stretch[:: 1 + len(stretch) // _SAMPLE]
    pauses = sum(bool(_PAUSE.search(text, lines[at].start, lines[at].end)) for at in sample)
    rows = sum(bool(_GAPS.search(text, lines[at].start, lines[at].end)) for at in sample)
    return pauses >= _PROSE * len(sample) and rows <= _ROWS * len(sample)


def _measure(
    text: str, lines: Sequence[Line], stretch: range, cut: Sequence[int]
) -> Callable[[str], int]:
    """The measure by which most of the first lines are full."""
    sample = stretch[: cut[-1] + 2 - stretch.start]
    most = -1
    best: Callable[[str], int] = len
    for measure in _MEASURES:
        count = len(_full(text, lines, sample, cut, measure).intersection(cut))
        if count > most:
            most, best = count, measure
        if count >= _CERTAIN * len(cut):
            break
    return best


def _full(
    text: str,
    lines: Sequence[Line],
    stretch: range,
    cut: Sequence[int],
    measure: Callable[[str], int],
) -> frozenset[int]:
    """The full lines by this measure, those that aren't cut among them; none without a width."""
    one, first = measure("一"), stretch.start
    widths = [
        line.indent * one + measure(text[line.start : line.end])
        for line in lines[first : stretch.stop]
    ]
    most = statistics.median(widths[at - first] for at in cut) * _WIDER + one
    width = max((found for found in widths if found <= most), default=0)
    unwrapped = sum(found > most for found in widths)
    if width < _NARROWEST * one or unwrapped > _UNWRAPPED * len(stretch):
        return frozenset()
    # A mark may hang over the edge of another line, so one character is allowed for.
    least = width - one
    return frozenset(
        at
        for at, found in enumerate(widths[:-1], first)
        if least - _LONGEST_WORD * one < found <= most
        and (found + one > least or found + measure(_first_word(text, lines[at + 1])) > least)
    )


def _first_word(text: str, line: Line) -> str:
    word = _WORD.match(text, line.start, line.end)
    return word[0] if word else ""


def _tells_paragraphs(
    text: str, lines: Sequence[Line], breaks: Sequence[int], full: frozenset[int], indent: int
) -> bool:
    """Whether every paragraph that is seen to end has an indent or a blank line behind it."""
    marks = sum(line.apart for line in lines) if len(breaks) < len(lines) - 1 else 0
    for at in breaks:
        is_marked = lines[at + 1].indent > indent
        marks += is_marked
        if not is_marked and at not in full and ending(text, lines[at]) == "final":
            return False
    return marks >= _LEAST_MARKS


def _columns(text: str) -> int:
    """Width on a page where Chinese characters are twice as wide as ASCII."""
    return 2 * len(text) - len(text.encode("ascii", "ignore"))


def _mixed(text: str) -> int:
    """The same for text whose punctuation was full-width before somebody changed it."""
    return 2 * len(text) - len("".join(_NARROW.findall(text)))


_MEASURES = (len, _columns, _mixed)
