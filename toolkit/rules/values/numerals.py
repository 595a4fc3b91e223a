"""Chinese and Arabic numerals, alone or mixed (2.6万, 二十三, 二〇二〇), to exact numbers."""

from __future__ import annotations

import re
from fractions import Fraction

DIGITS = {char: index for index, char in enumerate("零一二三四五六七八九")} | {
    "〇": 0,
    "○": 0,
    "O": 0,
    "两": 2,
    "廿": 20,
}
_TENS = {"十": 10, "百": 100, "千": 1000}
_MYRIADS = {"万": 10**4, "亿": 10**8}

CHARACTERS = "0-9.,零〇○一二两三四五六七八九十百千万亿廿点"
"""The inside of a ``[…]`` that matches a character of a numeral."""

_ARABIC = re.compile(r"[0-9]+(?:,[0-9]{3})*(?:\.[0-9]+)?")
_SPELLED = re.compile("[零〇○O一二三四五六七八九]+")


def number(text: str) -> Fraction | None:
    """The number that a numeral stands for; null where it isn't one numeral.

    It may be written in any of these ways: ``1,234``, ``2.6万``, ``1亿3千万``, ``三千二百``,
    ``三千二`` (3,200), ``二〇二〇``.
    """
    if text.isascii() and text.isdigit():
        return Fraction(int(text))  # much quicker than to have the text read
    if _ARABIC.fullmatch(text):
        return Fraction(text.replace(",", ""))
    if _SPELLED.fullmatch(text) and (len(text) > 1 or text != "O"):
        return Fraction("".join(str(DIGITS[char]) for char in text))
    if "点" in text:
        whole, _, decimals = text.partition("点")
        units = decimals.lstrip("零〇○一二三四五六七八九")
        base, after = number(whole), decimals[: len(decimals) - len(units)]
        if base is None or not after or any(unit not in _MYRIADS for unit in units):
            return None
        total = base + Fraction(int("".join(str(DIGITS[c]) for c in after)), 10 ** len(after))
        for unit in units:
            total *= _MYRIADS[unit]
        return total
    return _with_units(text) if text else None


def _with_units(text: str) -> Fraction | None:
    """Digits and units: 十五, 两千三百, 2.6万, 3千万."""
    total = section = Fraction(0)
    digit: Fraction | None = None
    last_unit, position, zero = 1, 0, False
    while position < len(text):
        char = text[position]
        arabic = _ARABIC.match(text, position)
        if arabic:
            if digit is not None:
                return None
            digit, position = Fraction(arabic[0].replace(",", "")), arabic.end()
            continue
        position += 1
        if char in _TENS:
            # 十五 begins with its unit; 百 and 千 don't.
            if digit is None and (char != "十" or section % 100):
                return None
            section += (1 if digit is None else digit) * _TENS[char]
            digit, last_unit, zero = None, _TENS[char], False
        elif char in _MYRIADS:
            section += digit or 0
            if not (section or total):
                return None
            total, section = (
                ((total + section) * _MYRIADS[char], Fraction(0))
                if not total or char == "亿"
                else (total + section * _MYRIADS[char], Fraction(0))
            )
            digit, last_unit, zero = None, _MYRIADS[char], False
        elif char in DIGITS and digit is None:
            if DIGITS[char] == 0:
                zero = True
            else:
                digit = Fraction(DIGITS[char])
        else:
            return None
    if digit is not None and last_unit >= 100 and not zero and digit < 10:
        digit *= last_unit // 10  # 三千二 is 3,200; 三千零二 is 3,002
    return total + section + (digit or 0)


def plain(value: Fraction) -> str:
    """A number as it is written without exponent: ``172000000``, ``96.7``, ``1/3``."""
    if value.denominator == 1:
        return str(value.numerator)
    scaled = value
    for decimals in range(1, 13):
        scaled *= 10
        if scaled.denominator == 1:
            digits = str(scaled.numerator).rjust(decimals + 1, "0")
            return f"{digits[:-decimals]}.{digits[-decimals:]}"
    return f"{value.numerator}/{value.denominator}"
