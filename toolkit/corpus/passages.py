"""Cut a document into passages that annotate well: whole paragraphs, else whole sentences."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from toolkit.errors import UsageError
from toolkit.model import Document, Passage

_LONGEST_SENTENCE = 4
"""A stretch without a sentence end that is longer than so many passages is cut anyway."""

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

_LINE_END = re.compile(r"[^\S\n]*+(?:\n|\Z)")

_PAUSE = re.compile(r"[，,、；;：:。！？!?…\s]")


class _Sentence(NamedTuple):
    """A stretch without space at its edges; ``last`` ends its paragraph."""

    start: int
    end: int
    last: bool


def split(document: Document, max_chars: int) -> list[Passage]:
    """Passages of at most ``max_chars`` code points, in order.

    Whole paragraphs are joined while they fit. A paragraph that doesn't fit into a passage
    is cut at sentence ends, and its pieces are joined with what is before and after it. A
    line that ends without a final mark ends no paragraph: it is a heading and stays with
    what it heads, or a hard wrap inside of a sentence. A longer sentence stays whole,
    unless it is longer than four passages: then it is cut at line ends, else behind the
    last comma or space that fits, else anywhere.

    Returns:
        Passages that cover the text, but for whitespace between them; none for a text that
        is all whitespace. The same text gives the same passages.

    Raises:
        UsageError: ``max_chars`` is under 1.
    """
    if max_chars < 1:
        raise UsageError(f"a passage of {max_chars} characters holds nothing", "Use 1 or more.")
    text = document.text
    return [
        Passage(document.id, start, end, text[start:end])
        for start, end in _joined(_paragraphs(text, max_chars), max_chars)
    ]


def _joined(paragraphs: Iterator[list[_Sentence]], max_chars: int) -> Iterator[tuple[int, int]]:
    """Join paragraphs, or the sentences of one that is too long, while they fit."""
    start = end = -1
    for sentences in paragraphs:
        whole = (sentences[0].start, sentences[-1].end)
        fits = whole[1] - whole[0] <= max_chars
        for piece in [whole] if fits else [(s.start, s.end) for s in sentences]:
            if start >= 0 and piece[1] - start > max_chars:
                yield start, end
                start = -1
            if start < 0:
                start = piece[0]
            end = piece[1]
    if start >= 0:
        yield start, end


def _paragraphs(text: str, max_chars: int) -> Iterator[list[_Sentence]]:
    paragraph: list[_Sentence] = []
    for sentence in _sentences(text, max_chars):
        paragraph.append(sentence)
        if sentence.last:
            yield paragraph
            paragraph = []
    if paragraph:
        yield paragraph


def _sentences(text: str, max_chars: int) -> Iterator[_Sentence]:
    """Sentences without the space around them; monstrous ones in pieces."""
    start = 0
    ends = [match.end() for match in _SENTENCE_END.finditer(text)]
    for cut in [*ends, len(text)]:
        piece = _trimmed(text, start, cut)
        if piece[1] > piece[0]:
            *parts, rest = _bearable(text, *piece, max_chars)
            yield from (_Sentence(*part, last=False) for part in parts)
            yield _Sentence(*rest, last=bool(_LINE_END.match(text, cut)))
        start = cut


def _bearable(text: str, start: int, end: int, max_chars: int) -> Iterator[tuple[int, int]]:
    """The stretch itself, or pieces of it if it is longer than four passages."""
    if end - start <= _LONGEST_SENTENCE * max_chars:
        yield start, end
        return
    while end - start > max_chars:
        cut = text.rfind("\n", start, start + max_chars)
        if cut < 0:
            pauses = [m.end() for m in _PAUSE.finditer(text, start, start + max_chars)]
            cut = pauses[-1] if pauses else start + max_chars
        yield _trimmed(text, start, cut)
        start = _trimmed(text, cut, end)[0]
    yield start, end


def _trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return start, end
