"""Runs of text that were decoded with the wrong code page.

Recovered is what the bytes prove: a run that turns into bytes without loss under the code
page it was read with, that these bytes are text under another one, and that this text is
made of frequent characters where the run was not. Else the run is left; what is left of a
character of which only some bytes are there becomes U+FFFD, since which character it was
can't be known. ``toolkit.corpus.damage.left`` finds what stayed.

===========================  =============  ================================================
what happened                looks like     chance that a clean text looks so
===========================  =============  ================================================
UTF-8 as Latin-1, cp1252     ä¸­å›½         three bytes of one shape: none was ever seen
GBK as Latin-1, cp1252       ÖÐ¹ú           four accented letters in a row that give two
                                            frequent characters: 0.1 for such a row
UTF-8 as GBK                 娌冲寳         three characters whose six bytes have the shape
                                            of UTF-8: 10⁻⁶ (lead bytes E2-EF are rare
                                            characters' in GBK), times 0.06 that both of
                                            what comes out are frequent
Big5 as GBK, GBK as Big5     い地, 笢弊     0.4 for each character of a row of rare ones
a byte lost or gained        诳箵粢咔       the same 0.4 for each
===========================  =============  ================================================

For the last two each character adds evidence (see ``recoded_runs``), and so much is asked that
a row of rare characters in clean text, itself one in 10⁴ characters, gives less than 10⁻⁴.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache, lru_cache

from toolkit.corpus.alignment import Replacement
from toolkit.corpus.damage import broken_glosses, latin_runs, recoded_runs, utf8_runs
from toolkit.corpus.damage.code_pages import LATIN, rare, utf8_beginnings

_RUN = re.compile("[^\x00-\x7f]+")


def find(text: str) -> Iterator[Replacement]:
    """What the bytes prove, and U+FFFD for what they don't, in order."""
    found: list[Replacement] = []
    if _is_suspect(text):
        found = sorted([*_in_runs(text).replacements, *latin_runs.find(text)])
    if "?" in text:
        found = sorted([*found, *broken_glosses.find(text)])
    taken = 0
    for replacement in found:
        if replacement.start >= taken:
            yield replacement
            taken = replacement.end


def doubtful(text: str) -> Iterator[tuple[int, int]]:
    """What ``find`` leaves in this text though it may be damaged: nobody can tell."""
    if _is_suspect(text):
        yield from (stretch for stretch in _in_runs(text).doubtful if stretch[0] < stretch[1])


# The chain asks what is doubtful in a text right after what is found in it: one answer is kept.
@lru_cache(maxsize=1)
def _is_suspect(text: str) -> bool:
    return bool(_suspects().search(text))


@lru_cache(maxsize=1)
def _in_runs(text: str) -> recoded_runs.Findings:
    """All runs of characters beyond ASCII that have rare ones close together."""
    context = recoded_runs.Context(text)
    found = recoded_runs.Findings([], [])
    for start, end in _runs(text):
        at = start
        for replacement in (*utf8_runs.find(text, start, end), Replacement(end, end)):
            if _clusters().search(text, at, replacement.start):
                rest = recoded_runs.find(text, at, replacement.start, context)
                found.replacements.extend(rest.replacements)
                found.doubtful.extend(rest.doubtful)
            if replacement.start < end:
                found.replacements.append(replacement)
            at = replacement.end
    return found


def _runs(text: str) -> Iterator[tuple[int, int]]:
    """The runs, each once; only round a suspect is looked for a run's edges."""
    end = 0
    while suspect := _clusters().search(text, end):
        start = suspect.start()
        while start > end and not text[start - 1].isascii():
            start -= 1
        run = _RUN.match(text, start)
        end = run.end() if run else suspect.end()
        yield start, end


@cache
def _clusters() -> re.Pattern[str]:
    """Two rare characters with at most two between them, or the beginning of UTF-8."""
    first, second = utf8_beginnings()
    return re.compile(f"[{rare()}][^\x00-\x7f]{{0,2}}[{rare()}]|[{first}][{second}]")


@cache
def _suspects() -> re.Pattern[str]:
    """One of the clusters, or accented letters side by side: what one search rules out."""
    latin = "".join(re.escape(character) for character in LATIN)
    first, second = utf8_beginnings()
    return re.compile(f"[{rare()}¡-¶¸-ÿ{first}](?:[^\x00-\x7f]{{0,2}}[{rare()}{latin}]|[{second}])")
