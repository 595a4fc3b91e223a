"""Dates, clock times and durations: text → TIMEX3 value (ISO 24617-1:2012) and flags."""

from __future__ import annotations

import re
from calendar import monthrange
from datetime import date

from toolkit.rules.values import numerals

Found = tuple[str, tuple[str, ...]]

_N = "[0-9零〇○O一二两三四五六七八九十廿]{1,4}"
_YEAR = (
    r"(?:(?P<year>[0-9]{2}|[0-9]{4}|[一二][一二三四五六七八九〇零○O]{3})年"
    r"|(?P<near>[今去前明后]年))的?"
)
_PART = "凌晨|清晨|早晨|早上|上午|中午|下午|傍晚|晚上|晚间|夜间|深夜|午夜|午后|早|晚|夜"
_CLOCK = (
    rf"(?P<hour>{_N})[时点:](?:(?P<minute>{_N})分?|(?P<half>半)|整)?(?::(?P<second>[0-9]{{2}}))?"
)
_AROUND = "(?P<around>许|左右|前后)?"

_DATE = re.compile(
    rf"(?:{_YEAR})?(?:(?P<month>{_N})月份?)?"
    rf"(?:(?P<third>[上中下])旬|(?P<day>{_N})[日号]|(?P<edge>初|底|末))?"
    rf"(?:当[天日])?(?P<part>{_PART})? ?(?:{_CLOCK})?{_AROUND}"
)
_FIGURES = re.compile(
    r"(?P<year>[12][0-9]{3})([-/.])(?P<month>[0-9]{1,2})\2(?P<day>[0-9]{1,2})"
    r"(?:[ T]{0,2}(?P<hour>[0-9]{1,2}):(?P<minute>[0-9]{2})(?::(?P<second>[0-9]{2}))?)?"
)
_RANGE = re.compile(
    rf"(?P<first>.*?(?P<from>{_N})(?P<unit>[年月日号])?)[-—~至到](?P<last>.*?{_N}(?P<last_unit>[年月日号]))"
)
_DAMAGED = re.compile(rf"(?P<run>[0-9]{{3,4}})日(?P<rest>(?:{_PART})?(?:{_CLOCK})?)")
_LENGTH = re.compile(
    rf"(?P<before>近|约)?(?P<count>[{numerals.CHARACTERS}]+|半)(?P<more>多|余|几)?个?(?P<and>多|半)?"
    "(?P<unit>小时|分钟|秒钟?|昼夜|天|日|星期|周|月|年)(?P<behind>多)?"
)
_DECADE = re.compile(r"(?:(?P<century>[0-9]{2})世纪)?(?P<decade>[0-9]0|[二三四五六七八九]十)年代")
_WEEKDAY = re.compile("(?:星期|礼拜|周)([一二三四五六日天])")
_LUNAR = re.compile("农历|正月|腊月|冬月|初[一二三四五六七八九十]")

_AFTERNOON = frozenset({"下午", "傍晚", "晚上", "晚间", "夜间", "深夜", "午后", "晚", "夜"})
_PARTS = {"上午": "MO", "早上": "MO", "早晨": "MO", "清晨": "MO", "早": "MO", "中午": "MI"} | {
    "下午": "AF",
    "午后": "AF",
    "傍晚": "EV",
    "晚上": "EV",
    "晚间": "EV",
    "晚": "EV",
    "夜间": "NI",
    "深夜": "NI",
    "夜": "NI",
}
_UNITS = {
    "年": "P{}Y",
    "月": "P{}M",
    "周": "P{}W",
    "星期": "P{}W",
    "天": "P{}D",
    "日": "P{}D",
    "昼夜": "P{}D",
    "小时": "PT{}H",
    "分钟": "PT{}M",
    "秒": "PT{}S",
    "秒钟": "PT{}S",
}
_HALVES = {"年": "P6M", "天": "PT12H", "小时": "PT30M", "分钟": "PT30S", "月": "P15D"}
_NEAR = {"前年": -2, "去年": -1, "今年": 0, "明年": 1, "后年": 2}


def normal(text: str, written: date | None) -> Found | None:
    """The value of a time; ``written`` is the document's date.

    Null for what has no place in the calendar we know: days of the lunar year, festivals, 当日.
    """
    if _LUNAR.search(text):
        return None
    for read in (_figures, _damaged, _range, _date):
        found = read(text, written)
        if found:
            return found
    return _decade(text) or _weekday(text) or _duration(text)


def _figures(text: str, _written: date | None) -> Found | None:
    """2020-02-01 16:56:00."""
    found = _FIGURES.fullmatch(text)
    if found is None:
        return None
    year, month, day = (int(found[name]) for name in ("year", "month", "day"))
    clock = _clock(found, "")
    if not _is_day(year, month, day) or clock is None:
        return None
    return f"{year:04}-{month:02}-{day:02}{clock}", ()


def _damaged(text: str, written: date | None) -> Found | None:
    """120日: the 月 was lost behind the first digit or the second."""
    found = _DAMAGED.fullmatch(text)
    if found is None:
        return None
    run, rest = found["run"], found["rest"]
    readings = []
    for cut in (1, 2):
        month, day = int(run[:cut]), run[cut:]
        if run[0] != "0" and 1 <= month <= 12 and day:
            read = _date(f"{month}月{day}日{rest}", written)
            if read:
                readings.append(read)
    if not readings:
        return None
    flags = {flag for _, own in readings for flag in own} | {"damaged"}
    flags |= {"ambiguous"} if len(readings) > 1 else set()
    return "|".join(value for value, _ in readings), tuple(sorted(flags))


def _range(text: str, written: date | None) -> Found | None:
    """1月21-26日, 2020年3月至5月: the ends share what one of them leaves out."""
    found = _RANGE.fullmatch(text)
    if found is None:
        return None
    unit = found["unit"] or found["last_unit"]
    first = _fields(found["first"] + ("" if found["unit"] else unit))
    last = _fields(found["last"])
    if first is None or last is None:
        return None
    for name in ("year", "near", "month"):
        # The second end inherits what stands before its own largest field.
        if not last.get(name) and first.get(name):
            last[name] = first[name]
        elif last.get(name):
            break
    ends = _value(first, written), _value(last, written)
    if ends[0] is None or ends[1] is None:
        return None
    return f"{ends[0][0]}/{ends[1][0]}", tuple(sorted({*ends[0][1], *ends[1][1]}))


def _date(text: str, written: date | None) -> Found | None:
    fields = _fields(text)
    return None if fields is None else _value(fields, written)


def _fields(text: str) -> dict[str, str] | None:
    """What the parts of a date are, as they are written."""
    found = _DATE.fullmatch(text)
    if found is None:
        return None
    fields = {name: value for name, value in found.groupdict().items() if value}
    return fields if fields.keys() - {"around", "part"} else None


def _value(fields: dict[str, str], written: date | None) -> Found | None:
    numbers = {name: _integer(fields.get(name)) for name in ("year", "month", "day")}
    if any(fields.get(name) and numbers[name] is None for name in numbers):
        return None
    year, month, day = numbers["year"], numbers["month"], numbers["day"]
    clock = _clock(fields, fields.get("part", ""))
    if clock is None or not _is_possible(year, month, day):
        return None
    flags = {"approximate"} if fields.get("around") else set()
    if year is not None and year < 100:
        year += 2000 if written is None or year <= written.year % 100 else 1900
        flags.add("inferred")
    if fields.get("near"):
        if written is None:
            return None
        year = written.year + _NEAR[fields["near"]]
        flags.add("inferred")
    if year is None and written is not None and (month or day):
        nearest = _nearest(month, day, written)
        if nearest is None:
            return None
        year, month = nearest
        flags.add("inferred")
    if fields.get("edge") or (day is not None and month is None and year is not None):
        return None  # 2020年底 has no value of its own, 2020年5日 says nothing
    shown = _shown(year, month, day)
    value = shown + clock
    return (value, tuple(sorted(flags))) if value else None


def _shown(year: int | None, month: int | None, day: int | None) -> str:
    """The calendar part of the value, X for what is not known; empty without any of them."""
    if year is None and month is None and day is None:
        return ""
    shown = "XXXX" if year is None else f"{year:04}"
    if month is None and day is None:
        return shown
    shown += "-XX" if month is None else f"-{month:02}"
    return shown if day is None else f"{shown}-{day:02}"


def _nearest(month: int | None, day: int | None, written: date) -> tuple[int, int] | None:
    """Year and month of the nearest such day to when the text was written, the past first.

    News tells what has been; a date is taken for one to come only where that is nearer by
    more than a month's length.
    """
    candidates = []
    for distance in range(-12, 13):
        total = written.year * 12 + written.month - 1 + distance
        year, index = divmod(total, 12)
        if (month is None or month == index + 1) and _is_day(year, index + 1, day or 1):
            days = (date(year, index + 1, day or 1) - written).days
            candidates.append((-days if days <= 0 else days + 31, year, index + 1))
    return min(candidates)[1:] if candidates else None


def _clock(fields: re.Match[str] | dict[str, str], part: str) -> str | None:
    """``T16:56``, empty where no clock time is given, null where it is impossible."""
    get = fields.get if isinstance(fields, dict) else fields.groupdict().get
    if not get("hour"):
        return f"T{_PARTS[part]}" if part in _PARTS else ""
    hour, minute = _integer(get("hour")), _integer(get("minute") or "0")
    if hour is None or minute is None or hour > 24 or minute > 59 or (hour == 24 and minute):
        return None
    if get("half"):
        minute = 30
    if (part in _AFTERNOON and hour < 12) or (part == "中午" and hour < 3):
        hour += 12
    shown = f"T{hour:02}:{minute:02}"
    return f"{shown}:{get('second')}" if get("second") else shown


def _decade(text: str) -> Found | None:
    """九十年代 → 199X; 21世纪 of its own has no value here."""
    found = _DECADE.fullmatch(text)
    if found is None:
        return None
    decade = numerals.number(found["decade"])
    if decade is None:
        return None
    century = int(found["century"]) - 1 if found["century"] else 19
    flags = () if found["century"] else ("inferred",)
    return f"{century}{int(decade) // 10}X", flags


def _weekday(text: str) -> Found | None:
    """星期三 → XXXX-WXX-3: the third day of a week; 上周三 depends on when it was said."""
    found = _WEEKDAY.fullmatch(text)
    return (f"XXXX-WXX-{min('一二三四五六日天'.index(found[1]), 6) + 1}", ()) if found else None


def _duration(text: str) -> Found | None:
    """四十多天 → P40D, approximate; 24小时 → PT24H; 一个半月 → P1.5M; 半年 → P6M."""
    found = _LENGTH.fullmatch(text)
    if found is None:
        return None
    unit = found["unit"]
    if unit == "年" and len(found["count"]) == 4:
        return None  # a year of the calendar
    vague = found["before"] or found["more"] or found["and"] == "多" or found["behind"]
    flags = ("approximate",) if vague else ()
    if found["count"] == "半":
        return (_HALVES[unit], flags) if unit in _HALVES else None
    count = numerals.number(found["count"])
    if count is None:
        return None
    if found["and"] == "半":
        count += numerals.number("0.5") or 0
    return _UNITS[unit].format(numerals.plain(count)), flags


def _integer(text: str | None) -> int | None:
    if text and text.isascii() and text.isdigit():
        return int(text)
    value = numerals.number(text) if text else None
    return int(value) if value is not None and value.denominator == 1 else None


def _is_possible(year: int | None, month: int | None, day: int | None) -> bool:
    """Whether there is such a day in some year and month that fit."""
    if month is not None and not 1 <= month <= 12:
        return False
    leap_year, long_month = 2020, 1
    return day is None or _is_day(year or leap_year, month or long_month, day)


def _is_day(year: int, month: int, day: int) -> bool:
    return 1 <= year <= 9999 and 1 <= month <= 12 and 1 <= day <= monthrange(year, month)[1]
