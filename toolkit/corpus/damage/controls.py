"""Byte-order marks, control characters, lone surrogates, stray joiners, line ends."""

from __future__ import annotations

import re
from collections.abc import Iterator

from toolkit.corpus.alignment import Replacement
from toolkit.corpus.damage import latin_runs
from toolkit.corpus.damage.characters import CJK_PUNCTUATION, HAN

_BREAKS = "\r\x0b\x0c\x85\u2028\u2029"
"""What some program wrote to end a line: CR, Word's soft break, page break, NEL, LS, PS."""

_JOINERS = "\u200b-\u200d\u2060"
"""Zero-width space, non-joiner, joiner, word joiner: emoji and some scripts need them."""

_NEVER = "\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufeff"
"""Characters that mean nothing in a text, wherever they stand."""

# A run of joiners and meaningless characters, or one line end. The first character is a
# plain class, which the regex engine finds fast in a clean text.
_RUN = re.compile(f"[{_BREAKS}{_JOINERS}{_NEVER}](?:(?<![{_BREAKS}])[{_JOINERS}{_NEVER}]*+)?")
_NEVER_RUN = re.compile(f"[{_NEVER}]+")

_BYTE = re.compile("[\x80-\x9f]")

# Beside these a joiner joins nothing.
_INDIFFERENT = re.compile(f"[\x00-\x9f\u2028\u2029{HAN}{CJK_PUNCTUATION}]")


def find(text: str) -> Iterator[Replacement]:
    """Line ends that aren't LF, and characters that mean nothing where they stand."""
    letters = _letters(text)
    for run in _RUN.finditer(text):
        start, end = run.span()
        if start in letters:
            continue
        if text[start] in _BREAKS:
            is_crlf = text[start] == "\r" and text[end : end + 1] == "\n"
            yield Replacement(start, end, "" if is_crlf else "\n")
        elif _indifferent(text, start - 1) and _indifferent(text, end):
            yield Replacement(start, end)
        else:
            for never in _NEVER_RUN.finditer(text, start, end):
                yield Replacement(*never.span())


def _letters(text: str) -> frozenset[int]:
    """Where a control character is a byte of Chinese that was read as Latin-1."""
    if not _BYTE.search(text):
        return frozenset()
    return frozenset(
        position for start, end, _ in latin_runs.find(text) for position in range(start, end)
    )


def _indifferent(text: str, position: int) -> bool:
    return not 0 <= position < len(text) or bool(_INDIFFERENT.match(text, position))
