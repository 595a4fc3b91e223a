"""Amounts of money, counts with their unit, shares: text → normal value and flags."""

from __future__ import annotations

import re
from fractions import Fraction

from toolkit.rules.values import numerals

Found = tuple[str, tuple[str, ...]]

_CURRENCIES = {
    "人民币": "CNY",
    "元": "CNY",
    "块钱": "CNY",
    "美元": "USD",
    "美金": "USD",
    "欧元": "EUR",
    "港元": "HKD",
    "港币": "HKD",
    "日元": "JPY",
    "英镑": "GBP",
    "韩元": "KRW",
    "卢布": "RUB",
    "澳元": "AUD",
    "加元": "CAD",
    "新台币": "TWD",
    "泰铢": "THB",
}
"""ISO 4217 codes of what news writes."""

_BEFORE = "近|约|大约|将近|接近|超过|逾|超"
_WITHIN = "余|多|几|来"

# 300余万元, 近200个, 5万多元: what makes it approximate may stand inside of the numeral.
_AMOUNT = re.compile(
    rf"(?P<before>{_BEFORE})?(?P<head>[{numerals.CHARACTERS}]+)(?P<within>{_WITHIN})?"
    rf"(?P<scale>[十百千万亿]*)(?P<behind>{_WITHIN})?(?P<unit>.*)"
)
_VAGUE = re.compile("[数几]")
_PERCENT = re.compile(rf"(?P<before>{_BEFORE})?(?:百分之(?P<chinese>.+)|(?P<figure>[0-9.]+)[%])")
_PERMILLE = re.compile(rf"(?P<before>{_BEFORE})?(?P<figure>[0-9.]+)‰")
_SHARE = re.compile(rf"([{numerals.CHARACTERS}]+)分之([{numerals.CHARACTERS}]+)")
_RANGE = re.compile(
    rf"([{numerals.CHARACTERS}]+)([^{numerals.CHARACTERS}]*?)[至到\-—~]([{numerals.CHARACTERS}]+)"
    rf"([^{numerals.CHARACTERS}]+)"
)


def money(text: str) -> Found | None:
    """``1.72亿元`` → ``172000000 CNY``; null where the currency or the number isn't certain."""
    name = "人民币" if text.startswith("人民币") else ""
    found = _amount(text.removeprefix("人民币").removesuffix("人民币"))
    if found is None:
        return None
    value, unit, flags = found
    code = _CURRENCIES.get(unit or name)
    return None if code is None else (f"{numerals.plain(value)} {code}", flags)


def number(text: str) -> Found | None:
    """``2.6万间`` → ``26000 间``, ``96.7%`` → ``96.7 %``, ``三分之一`` → ``1/3``."""
    share = _share(text)
    if share is not None:
        return share
    between = _RANGE.fullmatch(text)
    if between:
        low, low_unit, high, unit = between.groups()
        ends = numerals.number(low), numerals.number(high)
        if None not in ends and low_unit in ("", unit):
            first, last = (numerals.plain(end) for end in ends if end is not None)
            return f"{first}/{last} {unit}", ()
        return None
    found = _amount(text)
    if found is None or not found[1]:
        return None
    value, unit, flags = found
    return f"{numerals.plain(value)} {unit}", flags


def _amount(text: str) -> tuple[Fraction, str, tuple[str, ...]] | None:
    """Number, unit, flags."""
    found = _AMOUNT.fullmatch(text)
    if found is None or _VAGUE.search(found["head"]):
        return None
    value = numerals.number(found["head"])
    if value is None:
        return None
    for char in found["scale"]:
        scale = numerals.number(f"1{char}")
        if scale is None:
            return None
        value *= scale
    is_approximate = bool(found["before"] or found["within"] or found["behind"])
    return value, found["unit"], ("approximate",) if is_approximate else ()


def _share(text: str) -> Found | None:
    """Percentages, per mille, fractions."""
    for pattern, sign in ((_PERCENT, "%"), (_PERMILLE, "‰")):
        found = pattern.fullmatch(text)
        if found:
            groups = found.groupdict()
            value = numerals.number(groups.get("chinese") or groups["figure"] or "")
            flags = ("approximate",) if found["before"] else ()
            return None if value is None else (f"{numerals.plain(value)} {sign}", flags)
    found = _SHARE.fullmatch(text)
    if found:
        below, above = numerals.number(found[1]), numerals.number(found[2])
        if below and above is not None:
            return f"{numerals.plain(above)}/{numerals.plain(below)}", ()
    return None
