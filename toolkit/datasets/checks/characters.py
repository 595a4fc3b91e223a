"""What a character's surroundings tell a linear model of tags."""

from __future__ import annotations

import unicodedata

_PAD = "\0"


def features(text: str) -> list[list[str]]:
    """One list of features a character: its neighbours, pairs and kinds of them."""
    padded = f"{_PAD * 2}{text}{_PAD * 2}"
    kinds = [_kind(char) for char in padded]
    rows = []
    for i in range(2, len(text) + 2):
        a, b, c, d, e = list(padded[i - 2 : i + 3])
        rows.append(
            [
                *("bias", f"0{c}", f"-1{b}", f"+1{d}", f"-2{a}", f"+2{e}"),
                *(f"-10{b}{c}", f"01{c}{d}", f"-11{b}{d}", f"-21{a}{b}", f"12{d}{e}"),
                *(f"-101{b}{c}{d}", f"-210{a}{b}{c}", f"012{c}{d}{e}"),
                "k" + "".join(kinds[i - 1 : i + 2]),
            ]
        )
    return rows


def _kind(char: str) -> str:
    """Han, digit, letter, space or mark, in one letter."""
    if "\u4e00" <= char <= "\u9fff":
        return "h"
    category = unicodedata.category(char)
    return {"N": "n", "L": "l", "P": "p", "Z": "z"}.get(category[0], "o")
