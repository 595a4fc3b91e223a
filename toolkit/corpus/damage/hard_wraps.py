"""Line breaks in the middle of a sentence, or even of a word.

A break is joined where something proves it to be no paragraph's end: the page has a fixed
width and the line fills it; what follows can't begin anything; a bracket is open; or the
line is longer than any headline and stops without a final mark. Headlines, captions,
bylines, list items, verse and table rows end without a final mark too, and none of these
holds for them. A lost paragraph is worse than a wrap that is left, so what isn't proven
stays.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cached_property

from toolkit.corpus.alignment import Replacement
from toolkit.corpus.damage.characters import HAN
from toolkit.corpus.damage.lines import (
    LEANING,
    Ending,
    Line,
    Lines,
    begins_body,
    begins_sentence,
    begins_unit,
    ending,
    ends_in_credit,
    is_about_the_page,
    is_field,
    leans,
)
from toolkit.corpus.damage.pages import Page, full_lines

_LONG = 40
"""Characters; a line so long that has a pause in it is no headline."""

_CLAUSE = 20
"""Characters; so many are none where the last of them waits for another word."""

_BEGUN = 12
"""Characters; so many are none where the line begins as running text does."""

_SENTENCES = 25
"""Characters; so many are none where a sentence ended among them."""

_PAUSE = re.compile("[，、。；！？,;!?]")
_STOP = re.compile("[。！？]|[!?](?![A-Za-z0-9])")

_WAITING = frozenset("，,、的和与及在把被将从向以并而或让使该各每这那不第")
"""What no headline ends in: pauses, and words that wait for another."""

_DIGIT_OR_UNIT = re.compile(
    r"[0-9０-９.．%％余多万亿千百名个人例只件元台份次日月年时分吨家所箱批张辆套床支]"
)
_REST = re.compile(f"[{HAN}]{{1,3}}[。！？]")
"""A sentence of its own is hardly ever so short."""

_BRACKETS = {"(": ")", "（": "）", "《": "》", "“": "”", "〔": "〕"}
_BRACKET = re.compile("[(（《“〔]")
_MARK = re.compile("[，、。；！？,;!?(（《“〔]")
_OPEN_FOR = 40
"""Characters; a bracket that was open for longer may never have been closed."""

_FIRST_CJK = "\u2e80"

_JUMP = re.compile("(?:下转|上接|紧接|转|接)第[0-9０-９A-Z一二三四五六七八九十]{1,3}版")
"""“Continued on page 4”: columns may stand in any order."""


def find(text: str) -> Iterator[Replacement]:
    """Breaks inside of a sentence, together with the space around them.

    Between Chinese characters nothing takes their place, between Latin words a blank.
    """
    lines = Lines(text)
    doubtful = lines.doubtful()
    if not doubtful:
        return
    full = full_lines(text, lines, doubtful)
    at_hand = _Sentence(text, lines)
    joined = -1
    for at in sorted({*doubtful, *full}) if full else doubtful:
        if at != joined + 1:
            if at not in full and _is_headline(text, *lines.around(at)):
                continue
            at_hand.begin()
        line, after = lines[at], lines[at + 1]
        at_hand.add(line)
        if at_hand.goes_on(after, full.get(at)):
            yield Replacement(line.end, after.start, _joint(text, line, after))
            joined = at


def behind_full_lines(text: str, lines: Lines, full: Mapping[int, Page]) -> Iterator[Replacement]:
    """Breaks that are proven by the width of the page alone, in order.

    Args:
        text: the text.
        lines: its lines.
        full: those that are full, as ``full_lines`` gives them.
    """
    at_hand = _Sentence(text, lines)
    for at in sorted(full):
        line, after = lines[at], lines[at + 1]
        at_hand.begin()
        at_hand.add(line)
        if at_hand.fills(full[at], after):
            yield Replacement(line.end, after.start, _joint(text, line, after))


class _Sentence:
    """What is known of the line at hand, those that were joined to it included."""

    def __init__(self, text: str, lines: Lines) -> None:
        self._text = text
        self._lines = lines
        self.begin()

    def begin(self) -> None:
        """The line that comes next is one of its own."""
        self._length = self._pauses = 0
        self._has_stop = self._is_other = self._is_read = False
        self._unread: list[Line] = []
        self._body: bool | None = None

    def add(self, line: Line) -> None:
        """The line is part of it."""
        self._line = line
        if not self._length:
            self._first = line
        self._ending: Ending = ending(self._text, line)
        self._length += line.end - line.start
        self._unread.append(line)

    def _read(self) -> None:
        """Look into the lines that were added; most breaks are decided without."""
        text = self._text
        for line in self._unread:
            if self._pauses <= 1:
                self._pauses += len(_PAUSE.findall(text, line.start, line.end))
            self._has_stop = self._has_stop or bool(_STOP.search(text, line.start, line.end - 1))
            if not self._is_read:
                self._read_first(line)
            self._is_other = self._is_other or ends_in_credit(text, line)
        self._unread.clear()

    def _read_first(self, line: Line) -> None:
        text = self._text
        self._is_read = True
        is_short = line.end - line.start < _LONG and not self._is_body
        self._is_other = is_about_the_page(text, line) and (
            is_short or not self._pauses or (is_field(text, line) and not self._has_stop)
        )

    def goes_on(self, after: Line, page: Page | None) -> bool:
        """Whether the line that follows belongs to the same sentence.

        Args:
            after: the line that follows.
            page: the page that has no room for more in the line at hand.
        """
        if page is not None and self.fills(page, after):
            return True
        on_prose = self._length >= _CLAUSE and self._ending == "open"
        if leans(self._text, after, on_prose=on_prose):
            return True
        if self._ending in ("final", "soft"):
            return False
        if self._has_open_bracket(after):
            self._read()
            return not self._is_other and not self._begins_anew(after)
        return self._ending == "open" and not after.indent and self._is_cut(after)

    def _is_cut(self, after: Line) -> bool:
        """Whether this line stops in the middle of a sentence that the next one ends."""
        waits = self._length >= _CLAUSE and self._waits(after)
        if self._length < _BEGUN or not (waits or self._length >= _SENTENCES or self._is_body):
            return False  # most lines come no further
        if not self._is_sentence(after) or self._begins_anew(after):
            return False
        self._read()
        least = _BEGUN if self._is_body else _CLAUSE
        if not self._pauses or self._length < least or self._is_other:
            return False
        return waits or self._is_too_long(after)

    @property
    def _is_body(self) -> bool:
        """Whether the first of the lines begins as running text does."""
        if self._body is None:
            self._body = begins_body(self._text, self._first)
        return self._body

    def fills(self, page: Page, after: Line) -> bool:
        """Whether the line that follows is the same paragraph, this one being full."""
        text = self._text
        if after.indent > page.indent or is_about_the_page(text, after):
            return False
        if begins_unit(text, after):
            # A dash goes on in the middle of a sentence, and begins a subtitle.
            is_dash = text.startswith(("——", "一一"), after.start)
            if not is_dash or self._line.start == self._lines.around(0)[0]:
                return False
        if self._ending == "final":
            return page.tells_paragraphs and (page.is_doubled or not after.apart)
        if page.is_doubled or not after.apart:
            return True
        self._read()
        return self._pauses > 0 and not self._is_other and self._is_sentence(after)

    def _begins_anew(self, after: Line) -> bool:
        return begins_unit(self._text, after) or is_about_the_page(self._text, after)

    def _waits(self, after: Line) -> bool:
        """Whether the line's last word waits for another, or the rest of it follows."""
        if self._text[self._line.end - 1] in _WAITING or self._is_quantity(after):
            return True
        return bool(_REST.match(self._text, after.start))

    def _is_too_long(self, after: Line) -> bool:
        """Whether the line is longer than a headline can be, and nothing speaks against it."""
        is_long = self._length >= _LONG or self._is_body
        if not is_long and self._length >= _SENTENCES:
            is_long = self._has_stop or self._is_close(after)
        if not is_long:
            return False
        is_doubtful = self._is_shuffled or begins_sentence(self._text, after)
        return not is_doubtful or self._makes_a_word(after)

    def _is_close(self, after: Line) -> bool:
        """Whether a headline would have a blank line behind it here."""
        is_one = after.apart or self._pauses <= 1 or begins_unit(self._text, self._first)
        return not is_one and self._is_spaced

    def _is_sentence(self, after: Line) -> bool:
        """Whether the line that follows ends like one, or is too long for a headline."""
        is_long = after.end - after.start >= _SENTENCES
        return is_long or ending(self._text, after) in ("final", "soft")

    def _has_open_bracket(self, after: Line) -> bool:
        """Whether a bracket that opens in this line is closed in the next."""
        text, end = self._text, self._line.end
        low = max(self._line.start, end - _OPEN_FOR)
        opened = _BRACKET.findall(text, low, end)
        head = text[after.start : min(after.end, after.start + _OPEN_FOR)] if opened else ""
        for opening in dict.fromkeys(opened):
            closing = _BRACKETS[opening]
            if text.rfind(opening, low, end) < text.rfind(closing, low, end):
                continue
            closed = head.find(closing)
            # Two lines of verse may stand between quotes.
            if opening == "“" and self._length < _CLAUSE:
                continue
            if closed >= 0 and opening not in head[:closed]:
                return True
        return False

    def _is_quantity(self, after: Line) -> bool:
        """Whether the break is between a digit and what counts with it."""
        is_digit = self._text[self._line.end - 1].isdigit()
        return is_digit and bool(_DIGIT_OR_UNIT.match(self._text, after.start))

    def _makes_a_word(self, after: Line) -> bool:
        """Whether the characters at the break stand together elsewhere in the text."""
        text, end, start = self._text, self._line.end, after.start
        around = (text[end - 2 : end] + text[start], text[end - 1] + text[start : start + 2])
        return any(three in self._threes for three in around)

    @cached_property
    def _threes(self) -> frozenset[str]:
        text = self._text
        return frozenset(text[at : at + 3] for at in range(len(text) - 2))

    @cached_property
    def _is_spaced(self) -> bool:
        return self._lines.is_spaced()

    @cached_property
    def _is_shuffled(self) -> bool:
        return bool(_JUMP.search(self._text))


def _is_headline(text: str, start: int, end: int, after: int) -> bool:
    """A quick look: nothing leans on the line, and it has no bracket that may be open.

    And it is short, or has no pause, or the next one is indented.
    """
    if text[after] in LEANING:
        return False
    # A line that is indented goes on only where a bracket is open.
    is_short = end - start < _BEGUN or text[after - 1] != "\n"
    return not (_BRACKET if is_short else _MARK).search(text, start, end)


def _joint(text: str, line: Line, after: Line) -> str:
    """A blank between Latin words, nothing else."""
    left, right = text[line.end - 1], text[after.start]
    if left.isalpha() and right.isalpha():
        return " " if _is_alphabetic(left) and _is_alphabetic(right) else ""
    if not (left.isascii() and right.isascii()) or left == "-":
        return ""
    ascii_only = text[line.start : line.end].encode("ascii", "ignore")
    is_latin = 2 * len(ascii_only) > line.end - line.start
    return " " if is_latin and (right.isalnum() or right in "(\"'") else ""


def _is_alphabetic(character: str) -> bool:
    return character < _FIRST_CJK
