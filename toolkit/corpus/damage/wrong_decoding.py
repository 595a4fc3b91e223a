"""Runs of text that were decoded with the wrong code page.

Recovered is what the bytes prove. A suspect run is turned back into bytes under the code
page that it was read with, these bytes are read with another one, and what comes out is
weighed against what stands there (see ``evidence``). What isn't proven stays in the text as it
stands in the raw file, and is flagged.

===========================  ==============================================================
what happened                looks like
===========================  ==============================================================
UTF-8 as Latin-1, cp1252     ä¸­å›½
GBK as Latin-1, cp1252       ÖÐ¹ú
UTF-8 as GBK                 娌冲寳
Big5 as GBK, GBK as Big5     い地, 笢弊
a byte lost or gained        诳箵粢咔
===========================  ==============================================================
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache, lru_cache

from toolkit.corpus.alignment import Replacement
from toolkit.corpus.damage import latin_runs
from toolkit.corpus.damage.characters import HAN
from toolkit.corpus.damage.code_pages import LATIN, rare, utf8_beginnings
from toolkit.corpus.damage.evidence import Findings, Run, judged
from toolkit.corpus.damage.readings import READINGS, UTF8

_REACH = 12
"""So many characters from a rare one a run may go on without another."""

_LOST_TWICE = "锟斤拷"
"""What U+FFFD became: around it each pair of bytes is made of two that were no neighbours."""

_WITHIN = "[^\x00-\x3e\x40-\x7f]"
"""What a run is made of."""

_GLOSS = "[a-z\u00c0-\u01dc]{1,8}\\)(?=[^\x00-\x7f])"
"""The rest of a gloss, behind a question mark."""

_ASCII = re.compile("[\x00-\x3e\x40-\x7f]")


def find(text: str) -> Iterator[Replacement]:
    """What the bytes prove, in order."""
    if not _is_suspect(text):
        return
    taken = 0
    for replacement in sorted([*_in_runs(text).replacements, *latin_runs.find(text)]):
        if replacement.start >= taken:
            yield replacement
            taken = replacement.end


def doubtful(text: str) -> Iterator[tuple[int, int]]:
    """What ``find`` leaves in this text though it may be damaged: nobody can tell."""
    if _is_suspect(text):
        yield from _in_runs(text).doubtful
        yield from latin_runs.rests(text)


# The chain asks what is doubtful in a text right after what is found in it: one answer is kept.
@lru_cache(maxsize=1)
def _is_suspect(text: str) -> bool:
    return bool(_suspects().search(text))


@lru_cache(maxsize=1)
def _in_runs(text: str) -> Findings:
    found = Findings([], [])
    for start, end in _runs(text):
        run = Run(text, start, end)
        if _LOST_TWICE in run.characters:
            continue
        in_run = judged(run, (UTF8,))
        if not in_run.replacements:
            in_run = judged(run, READINGS)
        found.replacements.extend(in_run.replacements)
        found.doubtful.extend(in_run.doubtful)
    return found


def _runs(text: str) -> Iterator[tuple[int, int]]:
    """Stretches around suspects, without ASCII but for question marks, each once."""
    taken = 0
    while suspect := _clusters().search(text, taken):
        start, end = suspect.span()
        if text[end - 1] == ")":  # of a gloss; the run is what follows
            start = end
        while start > taken and end - start < 2 * _REACH and _goes_on(text[start - 1]):
            start -= 1
        while end < len(text):
            stop = _ASCII.search(text, end, end + _REACH)
            limit = stop.start() if stop else min(end + _REACH, len(text))
            following = _rare().search(text, end, limit)
            if following is None:
                mark = text.find("?", end, limit)
                end = limit if mark < 0 else mark + 1
                if mark < 0:
                    break
                continue
            end = following.end()
        yield start, end
        taken = end


def _goes_on(character: str) -> bool:
    return character == "?" or not character.isascii()


@cache
def _rare() -> re.Pattern[str]:
    return re.compile(f"[{rare()}]")


@cache
def _clusters() -> re.Pattern[str]:
    """Where a run may be: signs of damage so near each other that clean text seldom has them.

    Two rare characters, with at most two between them; a rare one not far before a question
    mark; the beginning of UTF-8; two question marks in the midst of Chinese; the rest of a
    gloss that was written into a character.
    """
    return _with_one_of("", "")


@cache
def _suspects() -> re.Pattern[str]:
    """One of the clusters, or accented letters side by side: what one search rules out."""
    latin = "".join(re.escape(character) for character in LATIN)
    return _with_one_of("¡-¶¸-ÿ", f"|(?<=[¡-¶¸-ÿ])[{latin}]")


def _with_one_of(more: str, otherwise: str) -> re.Pattern[str]:
    first, second = utf8_beginnings()
    # One class comes first, which is found fast.
    return re.compile(
        f"[{rare()}{first}?{more}](?:"
        f"(?<=[{rare()}])(?:{_WITHIN}{{0,2}}[{rare()}]|[{HAN}]{{0,6}}\\?(?=[?{HAN}]))"
        f"|(?<=[{first}])[{second}]"
        rf"|(?<=\?)(?:(?<=[{HAN}]\?)\?(?=[{HAN}])|{_GLOSS}){otherwise})"
    )
