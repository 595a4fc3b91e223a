"""Lines, and what their ends and beginnings say about the sentence they belong to."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Literal, NamedTuple

Ending = Literal["final", "soft", "closed", "open"]
"""How a line ends: with the mark that ends a sentence; with a colon or semicolon; with a
remark in brackets or with speech; or in the middle of something, quoted terms included."""

FINAL = frozenset("。！？!?…～~.")
SOFT = frozenset("：；:;")
CLOSERS = frozenset("”’」』》〉）】〕\"')]")

_OPENERS = {
    "”": "“",
    "’": "‘",
    "》": "《",
    "）": "（",
    ")": "(",
    "」": "「",
    "』": "『",
    "】": "【",
}
_TERMS = frozenset("、》”")
"""What a quoted term or a title may stand behind; speech and remarks stand behind others."""

_BREAK = re.compile(r"\n\s*+")

# Emoji, arrows, stars: what a line may be decorated with behind its last mark.
_ORNAMENT = re.compile("[\u2190-\u2e7f\ufe0f\U0001f000-\U0001ffff]")

_ORNAMENTS = "【\\[\u2190-\u21ff\u2460-\u24ff\u25a0-\u2bff\U0001f000-\U0001faff•·"

# What stands before a line that begins something of its own: a list item, a dash of a
# subtitle, a bracketed mark, an ornament, a quoted mail.
_UNIT = re.compile(
    r"[（(]?(?:[一二三四五六七八九十百]{1,3}|[0-9０-９]{1,2})[)）、．](?![0-9０-９])"
    r"|[0-9０-９]{1,2}\.(?![0-9])"
    r"|第[一二三四五六七八九十百0-9０-９]{1,4}[章节条版部篇]"
    r"|[-*+>|#] |[|#>]|——|--|一一|==|\*\*"
    rf"|[{_ORNAMENTS}]"
    r"|https?:|www\."
)
_UNIT_BEGINS = re.compile(rf"[（(一二三四五六七八九十百0-9０-９第*+>|#—=hw{_ORNAMENTS}-]")

_FIELDS = (
    "(?:稿件|文章|信息)?来源|來源|稿源|作者|[记記]者|通讯员|责任编辑|責任編輯|责编|[编編][辑輯]|审核|校对|主编|监制"
    "|摄影|供稿|供图|图片|撰文|整理|发布时间|发布日期|更新时间|日期|时间|地点|关键词|标签|分享[到至]?|点击"
    "|浏览(?:次数)?|阅读|字号|字体|附件?|注|抄[送报]|联系人|联系电话|电话|上一篇|下一篇|相关阅读|相关热词搜索"
    "|原标题|编者按|主题词?|[发收]件人"
)

_FIELD_LINE = re.compile(rf"[（(【\[]?(?:{_FIELDS})[ \u3000]*[:：】]")

_DATELINE = re.compile(r"本[报网]讯|新华社[^，,。]{0,12}电")

# A line about the page and not of its text: source, author, date, caption, share buttons.
_ABOUT = re.compile(
    rf"{_FIELD_LINE.pattern}|附件?[0-9０-９]"
    r"|(?:本报|本刊|本网|特约)?(?:记者|通讯员|本报讯|本网讯)[ \u3000（(]"
    rf"|{_DATELINE.pattern}"
    r"|[（(]?(?:图[0-9０-９一二三四五六七八九十]{1,2}|[左右上下]?图[为：:])"
    r"|[（(](?:完|作者|编辑|责任|记者|通讯员|来源|供稿)"
    r"|[（(]?(?:下转|上接|紧接)第?"
    r"|[0-9０-９]{4}[-/.年][0-9０-９]{1,2}[-/.月][0-9０-９]{1,2}日?[ \u3000]*"
    r"(?:[0-9０-９:： ]+|星期.|来源.*|\Z)"
)
_ABOUT_BEGINS = frozenset(
    "（(【[稿文信来來作记記通责責编編审校主监摄供图撰整发更日时地关标分点浏阅字附注抄联电上下相原收本特新左右紧"
    "0123456789０１２３４５６７８９"
)
"""What ``_ABOUT`` can begin with; most lines begin with something else."""

_CREDIT = re.compile(
    r"(?:(?:^|[ \u3000。）)])[^，,。]{0,14}(?:摄影?|供图|供稿|制图|绘|文/图|图/文)"
    r"|(?:记者|通讯员)[^，,。]{0,20}(?:报道|整理))[）)]?$"
)
_CREDIT_ENDS = frozenset("摄影图稿制绘文道理）)")
_LONGEST_CREDIT = 40

_MARKS = "，、。；：！？”’）》〉】」』％"
"""Marks that belong to what is before them."""

# They and words that can't begin anything: 的 but not 的确, 了 but not 了解 …
_LEANS = re.compile(
    rf"[{_MARKS}]|的(?![确士哥])|们|了(?![解却不无])|着(?![力眼重手实火装急陆迷落想])"
    r"|[吗呢吧嘛](?![啡喃])"
)
_LEANS_ON_PROSE = re.compile("[,;%]")
LEANING = frozenset(f"{_MARKS}的们了着吗呢吧嘛,;%")
"""What a line begins with, if anything, that may lean on the line before it."""

# What sets a new sentence going: an adverbial or a speaker with a pause, an exclamation.
_SENTENCE = re.compile(
    r"(?:会上|会前|会后|会议(?:要求|强调|指出|认为|决定)|目前|近日|日前|连日来|同时|与此同时|此外|另外|据悉"
    r"|据了解|据介绍|据统计|随后|其间|期间|当天|当日|当晚|昨日|今日|今天|为此|对此|因此|接下来|下一步|最后"
    r"|首先|其次|然而|但是|不仅如此|疫情发生(?:以来|后)|截[至止][^，,。]{1,16}"
    r"|[0-9０-９]{1,2}月[0-9０-９]{1,2}日[^，,。]{0,8}|面对[^，,。]{2,16})[，,]"
    r"|[^，,。“]{2,8}(?:强调|指出|要求|表示|认为)[，,]"
    r"|记者[^，,。]{0,16}(?:获悉|了解到|看到)[，,]"
    r"|[“\"][^”\"]{0,200}[。！？!?][”\"]"
)


_SPACED = 0.8
"""So large a share of the breaks with a blank line: paragraphs are told apart by them."""


class Line(NamedTuple):
    """A line without the space around it.

    ``indent`` counts the space before it, ``apart`` says that a blank line is before it.
    """

    start: int
    end: int
    indent: int
    apart: bool


_line = Line._make


class Lines:
    """The lines of a text that aren't blank; one is looked at when it is asked for."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._first = len(text) - len(text.lstrip())
        self._breaks = [found.span() for found in _BREAK.finditer(text, self._first)]
        self._end = len(text)
        if self._breaks and self._breaks[-1][1] == len(text):
            self._end = self._breaks.pop()[0]
        self._ends = [
            self._before_space(end) if text[end - 1].isspace() else end for end, _ in self._breaks
        ]
        self._made: list[Line] = []

    def __len__(self) -> int:
        return len(self._breaks) + 1 if self._first < self._end else 0

    def __getitem__(self, at: int) -> Line:
        return self._made[at] if self._made else self._line(at)

    def around(self, at: int) -> tuple[int, int, int]:
        """Where a line starts and ends, and where the next one starts."""
        start = self._breaks[at - 1][1] if at else self._first
        return start, self._ends[at], self._breaks[at][1]

    def __iter__(self) -> Iterator[Line]:
        self._made = self._made or [self._line(at) for at in range(len(self))]
        return iter(self._made)

    def _line(self, at: int) -> Line:
        text = self._text
        before, start = self._breaks[at - 1] if at else (0, self._first)
        end = self._ends[at] if at < len(self._ends) else self._before_space(self._end)
        if start - before == 1:
            return _line((start, end, 0, False))
        last = text.rfind("\n", before, start)
        return _line((start, end, start - last - 1, at > 0 and before < last))

    def _before_space(self, end: int) -> int:
        while self._text[end - 1].isspace():
            end -= 1
        return end

    def size(self, at: int) -> int:
        """How many characters a line has that isn't the last, without the space around it."""
        return self._ends[at] - (self._breaks[at - 1][1] if at else self._first)

    def apart(self) -> list[int]:
        """Lines that have a blank line before them."""
        text = self._text
        return [
            at
            for at, (end, after) in enumerate(self._breaks, 1)
            if after - end > 1 and text.find("\n", end + 1, after) > 0
        ]

    def doubtful(self) -> list[int]:
        """Lines that don't end in a final mark, or with something that leans behind them."""
        text = self._text
        return [
            at
            for at, (end, (_, after)) in enumerate(zip(self._ends, self._breaks, strict=True))
            if text[end - 1] not in FINAL or text[after] in LEANING
        ]

    def is_spaced(self) -> bool:
        """Whether blank lines tell paragraphs apart."""
        apart = sum(self._text.count("\n", *found) > 1 for found in self._breaks)
        return apart >= _SPACED * len(self._breaks)


def ending(text: str, line: Line) -> Ending:
    """What the line's last character says; closing quotes and brackets are looked through."""
    at = line.end - 1
    last = text[at]
    if last in FINAL or _ORNAMENT.match(last):
        return "final"
    if last in SOFT:
        return "soft"
    if last not in CLOSERS:
        return "open"
    while at > line.start and text[at] in CLOSERS:
        at -= 1
    if text[at] in FINAL or text[at] in SOFT:
        return "final"
    opening = text.rfind(_OPENERS.get(last, last), line.start, line.end - 1)
    is_term = opening > line.start and (text[opening - 1].isalnum() or text[opening - 1] in _TERMS)
    return "open" if is_term else "closed"


def begins_unit(text: str, line: Line) -> bool:
    """Whether the line begins a list item, a subtitle, or another thing of its own."""
    return bool(_UNIT_BEGINS.match(text, line.start) and _UNIT.match(text, line.start, line.end))


def is_about_the_page(text: str, line: Line) -> bool:
    """Whether the line begins like a byline, a date or a caption, and not like a sentence."""
    return text[line.start] in _ABOUT_BEGINS and bool(_ABOUT.match(text, line.start, line.end))


def is_field(text: str, line: Line) -> bool:
    """Whether the line is a name and its value, as in “来源：某某日报”."""
    return text[line.start] in _ABOUT_BEGINS and bool(_FIELD_LINE.match(text, line.start, line.end))


def begins_body(text: str, line: Line) -> bool:
    """Whether the line begins as running text does, and no headline: dateline, adverbial."""
    return bool(_DATELINE.match(text, line.start, line.end)) or begins_sentence(text, line)


def ends_in_credit(text: str, line: Line) -> bool:
    """Whether the line ends by saying who wrote it or took the picture."""
    if text[line.end - 1] not in _CREDIT_ENDS:
        return False
    return bool(_CREDIT.search(text, max(line.start, line.end - _LONGEST_CREDIT), line.end))


def leans(text: str, line: Line, *, on_prose: bool) -> bool:
    """Whether the line begins with what nothing can begin with.

    Args:
        text: the text.
        line: the line that follows a break.
        on_prose: the line before it is running text and stops in the middle. Else an
            ASCII mark may begin a row of a table.
    """
    if text[line.start] not in LEANING:
        return False
    return bool(
        _LEANS.match(text, line.start, line.end)
        or (on_prose and _LEANS_ON_PROSE.match(text, line.start))
    )


def begins_sentence(text: str, line: Line) -> bool:
    """Whether the line begins with words that set a new sentence going."""
    return bool(_SENTENCE.match(text, line.start, line.end))
