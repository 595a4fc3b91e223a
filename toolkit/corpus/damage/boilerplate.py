"""What stands around an article and is not its text, in lines of their own.

A line goes only where all of it has a form of boilerplate (``forms``), and where it stands
counts too unless the form alone is proof:

- *anywhere*: no author writes such a line (【打印】【关闭】, 未命名页面, 640.jpeg, a line of
  several fields, 责任编辑:…);
- *beside* prose: bylines (记者 张三 文/图), since a list of people has lines like them;
- *at an edge*: before the first paragraph or behind the last one. In between, a line like
  来源:… or 分享 can be an item of the text.

A paragraph is a line that holds a 。 or is too long for anything else. A text of which
nothing would be left is not touched.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import accumulate, pairwise

from toolkit.corpus.alignment import Replacement
from toolkit.corpus.damage.fields import fold
from toolkit.corpus.damage.forms import (
    LONGEST_LINE,
    LONGEST_NOTICE,
    Place,
    ends_sentence,
    has_clock,
    has_rights_cue,
    heads_links,
    heads_nothing,
    is_notice,
    is_page_title,
    is_prose,
    may_have_form,
    place_of,
)

_FEWEST_LINES = 2
_LONGEST_HEADLINE = 80
_LONGEST_LINK = 60

_HEAD_LINES = 10
_TAIL_LINES = 15
"""So many lines make an edge, at most: a list without any sentence can have a thousand."""
_BYLINE_WITHIN = 5
"""First lines of the head in which a byline may stand above a subtitle."""
_HEADLINES = 3
"""First lines of which a second copy is looked for …"""
_COPIED_WITHIN = 8
"""… in so many lines."""
_SHORTEST_HEADLINE = 5
_SHORTEST_SUBHEAD = 8


def find(text: str) -> Iterator[Replacement]:
    """Lines of boilerplate, and second copies of headlines; each replacement is one line.

    At the text's edges the empty lines go with them. In between the line goes with its
    break, unless that would put two lines together of which the first ends no sentence.
    """
    if "\n" not in text:
        return
    lines = [line.rstrip() for line in text.split("\n")]
    if not _may_hold_any(lines):
        return
    filled = [number for number, line in enumerate(lines) if line]
    if len(filled) < _FEWEST_LINES:
        return
    page = Page([lines[number] for number in filled])
    dropped = page.boilerplate()
    if not dropped or page.is_all_boilerplate():
        return
    starts = [0, *accumulate(len(line) + 1 for line in text.split("\n"))]
    kept = set(range(len(filled))) - dropped
    first, last = min(kept), max(kept)
    for rank in sorted(dropped):
        number = filled[rank]
        start, end = starts[number], starts[number + 1] - 1
        if rank < first:
            yield Replacement(start, starts[filled[rank + 1]])
        elif rank > last:
            yield Replacement(starts[filled[rank - 1] + 1] - 1, end)
        elif rank not in page.copies and _holds_apart(lines, number):
            yield Replacement(start, end)
        else:
            yield Replacement(start, end + 1)


def _may_hold_any(lines: list[str]) -> bool:
    """A quick look: a short line has a cue or begins like another, or the last one has one."""
    phrases = [line for line in lines if len(line) <= LONGEST_NOTICE and "。" not in line]
    if may_have_form(phrases):
        return True
    firsts = fold("".join([line[0] for line in map(str.strip, phrases) if line]))
    if len(set(firsts)) < len(firsts):
        return True
    last = next((line for line in reversed(lines) if "。" in line), "")
    return len(last) <= LONGEST_NOTICE and has_rights_cue(last)


def _holds_apart(lines: list[str], number: int) -> bool:
    """Whether only this line stands between one that ends no sentence and the next."""
    before, after = lines[number - 1].strip(), lines[number + 1].strip()
    return bool(before and after and not ends_sentence(before))


class Page:
    """The lines of a text that aren't empty, counted from 0, and what each of them is."""

    def __init__(self, lines: list[str]) -> None:
        self._lines = lines
        self._phrases = [
            rank
            for rank, line in enumerate(lines)
            if len(line) <= LONGEST_LINE and "。" not in line
        ]
        """Lines that can be something else than a paragraph; the others are never looked at."""
        self._places: dict[int, Place] = {
            rank: place for rank in self._phrases if (place := place_of(lines[rank]))
        }
        self._dropped: set[int] = set()
        self.copies: set[int] = set()
        """Lines that repeat a headline."""

    def boilerplate(self) -> set[int]:
        """The lines that go."""
        first, last = self._body()
        head, tail = range(min(first, _HEAD_LINES)), range(last + 1, len(self._lines))
        edges = {*head, *tail[-_TAIL_LINES:]}
        for rank, place in self._places.items():
            if place == "anywhere" or (place == "edge" and rank in edges):
                self._dropped.add(rank)
        self._dropped.update(rank for rank in tail if is_notice(self._lines[rank]))
        self._drop_bylines(head)
        self._drop_dates(head)
        if last >= 0:
            self._drop_links(tail)
        if first < len(self._lines):
            self._drop_copies(range(first))
        return self._dropped

    def is_all_boilerplate(self) -> bool:
        """Whether no line is anything else: then the lines are the text."""
        return len(self._dropped | self._places.keys()) == len(self._lines)

    def _body(self) -> tuple[int, int]:
        """The first and the last paragraph; beyond the lines where there is none."""
        ranks = range(len(self._lines))
        first = next((rank for rank in ranks if self._is_paragraph(rank)), len(self._lines))
        for rank in reversed(ranks):
            if self._is_paragraph(rank) and not is_notice(self._lines[rank]):
                return first, rank
        return first, -1

    def _is_paragraph(self, rank: int) -> bool:
        line = self._lines[rank]
        return "。" in line or (len(line) > _LONGEST_HEADLINE and rank not in self._places)

    def _drop_bylines(self, head: range) -> None:
        """Those between a headline and prose, or between prose and what is none."""
        for rank, place in self._places.items():
            if place != "beside":
                continue
            before, after = self._neighbour(rank, -1), self._neighbour(rank, 1)
            if is_prose(before):
                goes = not is_prose(after)
            else:
                goes = bool(before) and (is_prose(after) or rank in head[:_BYLINE_WITHIN])
            if goes:
                self._dropped.add(rank)

    def _neighbour(self, rank: int, step: int) -> str:
        """The next line, or the one before, that isn't boilerplate; empty where there is none."""
        rank += step
        while rank in self._dropped:
            rank += step
        return self._lines[rank] if 0 <= rank < len(self._lines) else ""

    def _drop_dates(self, head: range) -> None:
        """Bare dates above the body: beside other boilerplate, or of the form that sites write.

        Others are the dates of a letter, or of the entries of a diary or chronicle.
        """
        dates = [rank for rank, place in self._places.items() if place == "date"]
        for rank in dates:
            beside = rank - 1 in self._dropped or rank + 1 in self._dropped
            alone = len(dates) == 1 and rank > 0 and "年" not in self._lines[rank]
            if rank in head and (beside or alone or has_clock(self._lines[rank])):
                self._dropped.add(rank)

    def _drop_links(self, tail: range) -> None:
        """相关阅读 behind the body, and the headlines listed below it."""
        listed = False
        for rank in tail:
            line = self._lines[rank].strip()
            if heads_links(line):
                listed = True
                self._dropped.add(rank)
            elif listed and len(line) <= _LONGEST_LINK and line[0] not in "(（[［":
                self._dropped.add(rank)
        end = max(set(tail) - self._dropped, default=0)
        if end in tail and heads_nothing(self._lines[end]):
            self._dropped.add(end)

    def _drop_copies(self, head: range) -> None:
        """A headline's second copy: a few lines below it, above the body; or at once below."""
        kept = [rank for rank in head if rank not in self._dropped][: _COPIED_WITHIN + 1]
        keys = [_key(self._lines[rank]) for rank in kept]
        for at, (rank, key) in enumerate(zip(kept, keys, strict=True)):
            is_headline = len(key) >= _SHORTEST_HEADLINE and key[-1] not in ",;:、"
            if is_headline and key in keys[: min(at, _HEADLINES)]:
                self.copies.add(rank)
            elif any(is_page_title(key, other) for other in keys):
                self._dropped.add(rank)
        for before, rank in pairwise(self._phrases):
            if rank == before + 1 and rank >= len(head) and self._repeats_subhead(rank):
                self.copies.add(rank)
        self._dropped |= self.copies

    def _repeats_subhead(self, rank: int) -> bool:
        before, line = self._lines[rank - 1].strip(), self._lines[rank].strip()
        if before[0] != line[0] and before[0].isascii() == line[0].isascii():
            return False  # most lines come no further
        key = _key(line)
        if not _SHORTEST_SUBHEAD <= len(key) <= _LONGEST_HEADLINE or key != _key(before):
            return False
        return not ends_sentence(line) and is_prose("".join(self._lines[rank + 1 : rank + 2]))


def _key(line: str) -> str:
    """What two copies of a headline have in common."""
    return "".join(fold(line).split())
