"""Pinyin in brackets behind the character that it glosses: 堅(jiān)持黨的領(lǐng)導(dǎo)."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from typing import Literal

from toolkit.corpus.alignment import Replacement
from toolkit.corpus.damage.characters import HAN

Kind = Literal["toned", "toneless", "other"]

_FREQUENT = 10
"""So many glosses with a tone mark, and …"""

_FREQUENT_SHARE = 0.01
"""… so many of them for each Chinese character make a text a glossed one."""

_FINALS = {
    "": "a o e ai ei ao ou an en ang eng er",
    "b": "a o ai ei ao an en ang eng i ie iao ian in ing u",
    "p": "a o ai ei ao ou an en ang eng i ie iao ian in ing u",
    "m": "a o e ai ei ao ou an en ang eng i ie iao iu ian in ing u",
    "f": "a o ei ou an en ang eng u",
    "d": "a e ai ei ao ou an en ang eng ong i ia ie iao iu ian ing u uo ui uan un",
    "t": "a e ai ao ou an ang eng ong i ie iao ian ing u uo ui uan un",
    "n": "a e ai ei ao ou an en ang eng ong i ie iao iu ian in iang ing u uo uan v ve ue",
    "l": "a o e ai ei ao ou an ang eng ong i ia ie iao iu ian in iang ing u uo uan un v ve ue",
    "g": "a e ai ei ao ou an en ang eng ong u ua uo uai ui uan un uang",
    "k": "a e ai ei ao ou an en ang eng ong u ua uo uai ui uan un uang",
    "h": "a e ai ei ao ou an en ang eng ong u ua uo uai ui uan un uang",
    "j": "i ia ie iao iu ian in iang ing iong u ue uan un",
    "q": "i ia ie iao iu ian in iang ing iong u ue uan un",
    "x": "i ia ie iao iu ian in iang ing iong u ue uan un",
    "zh": "a e ai ei ao ou an en ang eng ong i u ua uo uai ui uan un uang",
    "ch": "a e ai ao ou an en ang eng ong i u ua uo uai ui uan un uang",
    "sh": "a e ai ei ao ou an en ang eng i u ua uo uai ui uan un uang",
    "r": "e ao ou an en ang eng ong i u ua uo ui uan un",
    "z": "a e ai ei ao ou an en ang eng ong i u uo ui uan un",
    "c": "a e ai ao ou an en ang eng ong i u uo ui uan un",
    "s": "a e ai ao ou an en ang eng ong i u uo ui uan un",
    "y": "a o e ao ou an ang i in ing ong u ue uan un",
    "w": "a o ai ei an en ang eng u",
}

SYLLABLES = frozenset(
    initial + final for initial, finals in _FINALS.items() for final in finals.split()
)
"""The syllables of Standard Chinese in Hanyu Pinyin without tone, ü written v."""

_TONES = frozenset("\u0300\u0301\u0304\u0306\u030c")
"""Grave, acute, macron, caron; and the breve, which many type for the caron."""

_DIAERESIS = "u\u0308"

# The letters with marks are those of U+00C0-01DC; ɑ and ɡ are what schoolbook fonts use.
# One for each kind of bracket: a pattern that begins with a single character is found fast.
_BRACKETED = tuple(
    re.compile(
        f"{opening}[ \u3000]?([A-Za-z\u00c0-\u01dcɑɡ\u0300\u0301\u0304\u0306\u0308\u030c]{{1,12}})"
        "[ \u3000]?[)）]"
    )
    for opening in (r"\(", "（")
)
_HAN = re.compile(f"[{HAN}]")


def find(text: str) -> Iterator[Replacement]:
    """Brackets with one syllable and its tone; toneless ones only in a glossed text.

    (CEO), (km), (PCR) and (cm) are no syllables, (café) is none either; (an) and (li) are,
    and are left unless the text is full of glosses that carry their tone.
    """
    brackets = sorted(
        (*match.span(), _kind(match[1]))
        for bracketed in _BRACKETED
        for match in bracketed.finditer(text)
    )
    if not brackets:
        return
    wanted = {"toned"}
    if any(kind == "toneless" for *_, kind in brackets) and _is_glossed(text, brackets):
        wanted.add("toneless")
    glossed = -1  # where the last gloss ended
    for start, end, kind in brackets:
        # A second gloss may follow the first: 堅(jiān)(jiān).
        if kind in wanted and (start == glossed or (start and _HAN.match(text, start - 1))):
            yield Replacement(start, end)
            glossed = end


def _is_glossed(text: str, brackets: list[tuple[int, int, Kind]]) -> bool:
    toned = sum(
        kind == "toned" and bool(start and _HAN.match(text, start - 1))
        for start, _, kind in brackets
    )
    if toned < _FREQUENT:
        return False
    return toned >= _FREQUENT_SHARE * sum(1 for _ in _HAN.finditer(text))


@lru_cache(maxsize=4096)
def _kind(letters: str) -> Kind:
    """Whether the letters are a syllable with its tone, one without, or something else."""
    marked = unicodedata.normalize("NFD", letters.replace("ɑ", "a").replace("ɡ", "g"))
    bare = "".join(c for c in marked if c not in _TONES).lower().replace(_DIAERESIS, "v")
    if bare[:1] in ("j", "q", "x", "y"):
        bare = bare.replace("v", "u")
    if bare not in SYLLABLES:
        return "other"
    tones = len([c for c in marked if c in _TONES])
    if tones == 1:
        return "toned"
    # A lone letter is a list mark or a unit far more often than a syllable, and upper
    # case is an abbreviation.
    return "toneless" if tones == 0 and len(letters) > 1 and letters.islower() else "other"
