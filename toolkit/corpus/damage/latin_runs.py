"""Chinese whose bytes were read as Western European: ä¸­å›½, ÖÐ¹ú."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from toolkit.corpus.alignment import Replacement
from toolkit.corpus.damage.code_pages import LATIN, LOST, is_ideograph, is_likely
from toolkit.corpus.frequent import frequent_share

_FREQUENT_SHARE = 0.85
"""Least share of frequent characters in what is restored."""

_LONG = 3
"""So many characters in a row are UTF-8 even beside other bytes."""

_LETTERS = 2
_MANY = 6
"""Of the four characters that two of GBK become, so many must be letters: ×÷±° are none."""


def _class(low: int, high: int) -> str:
    return "".join(re.escape(c) for c, byte in LATIN.items() if low <= byte <= high)


_NEXT = _class(0x80, 0xBF)
_HIGH = _class(0x80, 0xFF)
_CHINESE = f"[âã-éï][{_NEXT}]{{2}}"
_PAIR = re.compile(f"[À-ÿ][{_HIGH}]|[{_HIGH}][À-ÿ]")
_UTF8 = re.compile(
    rf"(?P<whole>{_CHINESE}(?:{_CHINESE}|ð[{_NEXT}]{{3}}|[ÂÃ][{_NEXT}])*+)"
    rf"(?P<rest>[âã-éï][{_NEXT}]?(?![A-Za-z{_HIGH}]))?"
)
_QUOTES = "“”‘’…—–•„‚"
_GBK = re.compile(f"(?![{_QUOTES}])[{_HIGH}]{{2}}(?:(?![{_QUOTES}])[{_HIGH}][{_HIGH}@-~])+")

_PUNCTUATION = frozenset(_QUOTES)
"""What may follow an accented letter in a clean text: the end of a quoted café, say."""


def find(text: str) -> Iterator[Replacement]:
    """UTF-8 first, whose shape is its proof; then GBK in what is left."""
    if not _PAIR.search(text):
        return
    at = 0
    for run in _UTF8.finditer(text):
        restored = _utf8(text, run.start(), run["whole"])
        if restored:
            yield from _gbk(text, at, run.start())
            yield from restored
            at = run.end()
    yield from _gbk(text, at, len(text))


def rests(text: str) -> Iterator[tuple[int, int]]:
    """What is left of characters behind restored UTF-8."""
    for run in _UTF8.finditer(text):
        if run["rest"] and _utf8(text, run.start(), run["whole"]):
            yield run.span("rest")


def _utf8(text: str, start: int, run: str) -> list[Replacement]:
    try:
        restored = bytes(LATIN[c] for c in run).decode()
    except UnicodeDecodeError:
        return []
    if len(restored) == 1 and not _is_certain(text, start, run, restored):
        return []
    if len(restored) < _LONG and _is_inside(text, start, start + len(run)):
        return []
    if sum(is_likely(c) or not is_ideograph(c) for c in restored) < len(restored) / 2:
        return []
    found = []
    for character in restored:
        end = start + len(character.encode())
        found.append(Replacement(start, end, character))
        start = end
    return found


def _is_inside(text: str, start: int, end: int) -> bool:
    """Whether bytes that are no part of it stand beside a run: then it may be part of GBK."""
    beside = text[max(0, start - 1) : start] + text[end : end + 1]
    return any(c in LATIN and c not in _PUNCTUATION for c in beside)


def _is_certain(text: str, start: int, run: str, restored: str) -> bool:
    """Whether three characters alone are one: é”… behind a letter is more likely a quote."""
    if restored == "\ufeff":
        return True
    behind_letter = start > 0 and text[start - 1].isascii() and text[start - 1].isalpha()
    return is_likely(restored) and not behind_letter and not _PUNCTUATION.issuperset(run[1:])


def _gbk(text: str, low: int, high: int) -> Iterator[Replacement]:
    taken = low
    while run := _GBK.search(text, taken, high):
        restored = _pairs(run[0])
        start = run.start()
        if not restored and start and text[start - 1].isascii() and text[start - 1].isalpha():
            # The first letter may be the end of a Latin word: café.
            later = _GBK.match(text, start + 1, high)
            run = later or run
            restored, start = _pairs(run[0]) if later else "", run.start()
        for at, character in enumerate(restored):
            yield Replacement(start + 2 * at, start + 2 * at + 2, character)
        taken = run.end()


def _pairs(letters: str) -> str:
    """What the pairs of bytes are in GBK; empty where that is not proven."""
    wanted = _LETTERS if len(letters) < _MANY else 1
    if sum(c.isalpha() for c in letters if not c.isascii()) < wanted:
        return ""
    data = bytes(ord(c) if c.isascii() else LATIN[c] for c in letters)
    restored = data.decode("gb18030", "replace")
    if len(restored) * 2 != len(data) or LOST in restored:
        return ""
    is_text = frequent_share(Counter(restored)) >= _FREQUENT_SHARE
    return restored if is_text and any(map(is_ideograph, restored)) else ""
