"""Cut a document into passages that annotate well: whole paragraphs, else whole sentences."""

from __future__ import annotations

import re
from collections.abc import Iterator

from toolkit.errors import UsageError
from toolkit.model import Document, Passage

_LONGEST_SENTENCE = 4
"""A sentence that is longer than so many passages is cut anyway."""

_CLOSERS = "”’」』》〉）】〕\"')\\]"

# A sentence ends at its final mark with the closing quotes and brackets behind it. Where
# text goes on behind a closer (“来了!”他说。) the sentence does too, unless a new quote
# opens; an ASCII mark before a letter, a digit or a comma is part of an address or of
# damage (變?yōu)); a full stop ends only what a line ends with it (3.5 does not end); and
# an ellipsis in mid-line may be a pause. Each run of marks is tried from its start only,
# so that a megabyte of them takes no longer than a megabyte of anything else.
_SENTENCE_END = re.compile(
    r"(?:(?<![。！？])[。！？]++"
    r"|(?<![!?])[!?]++(?![A-Za-z0-9\u00c0-\u01dc=&/,，、;；:：])"
    rf"|(?:(?<!…)…++|\.)(?=[{_CLOSERS}]*+[ \t　]*+(?:\n|\Z)))"
    r"[。！？!?…]*+"
    # No possessive group: Python 3.11.2, Debian 12's, backtracks into one.
    rf"(?:[{_CLOSERS}]++(?=\s|\Z|[“‘「『《\"])|(?![{_CLOSERS}]))"
)

_BREAK = re.compile(r"\n\s*+")
_SPACE = re.compile(r"\s*+")
_PAUSE = re.compile(r"[，,、；;：:。！？!?…\s]")

_MARKS = frozenset("。！？!?….")
_BEHIND_MARKS = frozenset("”’」』》〉）】〕\"')] \t\u00a0\u3000")


def split(document: Document, max_chars: int) -> list[Passage]:
    """Passages of at most ``max_chars`` code points, in order; together they are the text.

    Whole paragraphs are joined while they fit. A paragraph that doesn't fit into a passage
    is cut at sentence ends, and its pieces are joined with what is before and after it. A
    line that ends without a final mark ends no paragraph: it is a heading and stays with
    what it heads. Many such lines that don't fit together (a list, a table) are cut between
    two of them. A longer sentence stays whole, unless it is longer than four passages: then
    it is cut behind the last comma or space that fits, else anywhere.

    Space belongs to the passage before it, at the beginning of the text to the first.

    Returns:
        Passages of which each begins where the one before it ends; none for a text that is
        all space, since there is nothing to annotate. The same text gives the same passages.

    Raises:
        UsageError: ``max_chars`` is under 1.
    """
    if max_chars < 1:
        raise UsageError(f"a passage of {max_chars} characters holds nothing", "Use 1 or more.")
    text = document.text
    if not text.strip():
        return []
    return [
        Passage(document.id, start, end, text[start:end])
        for start, end in _joined(_pieces(text, max_chars), max_chars)
    ]


def _joined(pieces: Iterator[tuple[int, int]], max_chars: int) -> Iterator[tuple[int, int]]:
    """Join pieces while they fit."""
    start, end = next(pieces)
    for piece_start, piece_end in pieces:
        if piece_end - start > max_chars:
            yield start, end
            start = piece_start
        end = piece_end
    yield start, end


def _pieces(text: str, max_chars: int) -> Iterator[tuple[int, int]]:
    """Paragraphs, and the sentences of one that doesn't fit; each with the space behind it."""
    for start, end in _paragraphs(text):
        if end - start <= max_chars:
            yield start, end
            continue
        for sentence_start, sentence_end in _sentences(text, start, end):
            yield from _bearable(text, sentence_start, sentence_end, max_chars)


def _paragraphs(text: str) -> Iterator[tuple[int, int]]:
    start = 0
    for found in _BREAK.finditer(text):
        end, after = found.span()
        while end > start and text[end - 1] in _BEHIND_MARKS:
            end -= 1
        if after == len(text) or (end > start and text[end - 1] in _MARKS):
            yield start, after
            start = after
    if start < len(text):
        yield start, len(text)


def _sentences(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    begin = start
    for found in _SENTENCE_END.finditer(text, start, end):
        cut = _behind_space(text, found.end())
        yield begin, cut
        begin = cut
    if begin < end:
        yield begin, end


def _bearable(text: str, start: int, end: int, max_chars: int) -> Iterator[tuple[int, int]]:
    """The stretch itself; or pieces of it, if it is many lines or longer than four passages.

    Its first line may be a heading, and its last what the line before it heads: short of
    four passages they stay with their neighbours.
    """
    begin, stop = _behind_space(text, start), start + len(text[start:end].rstrip())
    is_monstrous = stop - begin > _LONGEST_SENTENCE * max_chars
    first, last = text.find("\n", begin, stop), text.rfind("\n", begin, stop)
    low = begin if is_monstrous else _behind_space(text, first) if first >= 0 else stop
    high = begin + len(text[begin:last].rstrip()) if last >= 0 else begin
    while stop - begin > max_chars:
        cut = text.rfind("\n", low, max(low, min(begin + max_chars, high)))
        if cut < 0 and not is_monstrous:
            break
        if cut < 0:
            pauses = [m.end() for m in _PAUSE.finditer(text, begin, begin + max_chars)]
            cut = pauses[-1] if pauses else begin + max_chars
        cut = min(_behind_space(text, cut), end)
        yield start, cut
        start = begin = low = cut
    if start < end:
        yield start, end


def _behind_space(text: str, position: int) -> int:
    found = _SPACE.match(text, position)
    return found.end() if found else position
