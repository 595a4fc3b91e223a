"""Normal values of spans: times, money, numbers."""

from __future__ import annotations

from datetime import date
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from toolkit.rules.values import KINDS, Value, ValueKind, normal_value
from toolkit.rules.values.numerals import number, plain

WRITTEN = date(2020, 2, 1)


@pytest.mark.parametrize(
    ("text", "value", "flags"),
    [
        ("2020年3月8日", "2020-03-08", ()),
        ("２０２０年３月８日", "2020-03-08", ()),
        ("二〇二〇年一月", "2020-01", ()),
        ("2003年", "2003", ()),
        ("2008年04月05日 09:12", "2008-04-05T09:12", ()),
        ("2020-02-01 16:56:00", "2020-02-01T16:56:00", ()),
        ("2021/10/09", "2021-10-09", ()),
        ("1月31日24时", "2020-01-31T24:00", ("inferred",)),
        ("2月2日下午3点半", "2020-02-02T15:30", ("inferred",)),
        ("2月5日上午", "2020-02-05TMO", ("inferred",)),
        ("12月31日", "2019-12-31", ("inferred",)),
        ("25日8时许", "2020-01-25T08:00", ("approximate", "inferred")),
        ("去年12月", "2019-12", ("inferred",)),
        ("14时30分", "T14:30", ()),
        ("晚8点", "T20:00", ()),
        ("1月21-26日", "2020-01-21/2020-01-26", ("inferred",)),
        ("1月25日至2月3日", "2020-01-25/2020-02-03", ("inferred",)),
        ("2020年3月至5月", "2020-03/2020-05", ()),
        ("120日", "2020-01-20", ("damaged", "inferred")),
        ("1231日", "2019-12-31", ("damaged", "inferred")),
        ("111日", "2020-01-11|2019-11-01", ("ambiguous", "damaged", "inferred")),
        ("九十年代", "199X", ("inferred",)),
        ("20世纪80年代", "198X", ()),
        ("星期天", "XXXX-WXX-7", ()),
        ("14天", "P14D", ()),
        ("四十多天", "P40D", ("approximate",)),
        ("24小时", "PT24H", ()),
        ("一个多月", "P1M", ("approximate",)),
        ("一个半月", "P1.5M", ()),
        ("半年", "P6M", ()),
        ("近20年", "P20Y", ("approximate",)),
    ],
)
def test_times(text: str, value: str, flags: tuple[str, ...]) -> None:
    """A time in a document of 1 February 2020 becomes its TIMEX3 value."""
    assert normal_value("time", text, WRITTEN) == Value(value, flags)


@pytest.mark.parametrize(
    ("text", "value", "flags"),
    [
        ("1月31日24时", "XXXX-01-31T24:00", ()),
        ("25日", "XXXX-XX-25", ()),
        ("120日", "XXXX-01-20", ("damaged",)),
        ("2020年1月", "2020-01", ()),
    ],
)
def test_times_without_a_date_of_the_document(
    text: str, value: str, flags: tuple[str, ...]
) -> None:
    """What neither the span nor the document says stays unknown."""
    assert normal_value("time", text) == Value(value, flags)


@pytest.mark.parametrize(
    "text", ["腊月二十八", "春节", "2月30日", "13月1日", "25点", "当日", "", "2020年底"]
)
def test_no_value_where_none_is_certain(text: str) -> None:
    """Days of the lunar year, festivals and days that don't exist have no value."""
    assert normal_value("time", text, WRITTEN) is None


@pytest.mark.parametrize(
    ("text", "value", "flags"),
    [
        ("1.72亿元", "172000000 CNY", ()),
        ("300余万元", "3000000 CNY", ("approximate",)),
        ("人民币2000元", "2000 CNY", ()),
        ("近5万美元", "50000 USD", ("approximate",)),
        ("1,234.5元", "1234.5 CNY", ()),
        ("一亿三千万元", "130000000 CNY", ()),
        ("1亿3千万元", "130000000 CNY", ()),
    ],
)
def test_money(text: str, value: str, flags: tuple[str, ...]) -> None:
    """An amount becomes a number and its currency's code."""
    assert normal_value("money", text) == Value(value, flags)


@pytest.mark.parametrize(
    ("text", "value", "flags"),
    [
        ("380万人", "3800000 人", ()),
        ("2.6万间", "26000 间", ()),
        ("近200个", "200 个", ("approximate",)),
        ("二十多名", "20 名", ("approximate",)),
        ("96.7%", "96.7 %", ()),
        ("百分之三点五", "3.5 %", ()),
        ("三分之一", "1/3", ()),
        ("6岁至17岁", "6/17 岁", ()),
        ("12.5万余人次", "125000 人次", ("approximate",)),
    ],
)
def test_numbers(text: str, value: str, flags: tuple[str, ...]) -> None:
    """A count becomes a number and what is counted."""
    assert normal_value("number", text) == Value(value, flags)


@pytest.mark.parametrize(
    ("kind", "text"), [("money", "数百万元"), ("money", "5万"), ("number", "数百人")]
)
def test_vague_amounts_have_no_value(kind: ValueKind, text: str) -> None:
    """数百 is no number, and an amount without a currency is no money."""
    assert normal_value(kind, text) is None


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("三千二", 3200),
        ("三千零二", 3002),
        ("十", 10),
        ("一百一十", 110),
        ("两万五千", 25000),
        ("一百五", 150),
    ],
)
def test_spoken_numerals(text: str, value: int) -> None:
    """A last digit behind a hundred or more counts the unit below."""
    assert number(text) == value


@pytest.mark.parametrize("text", ["", "百", "万", "一二万三", "个", "1.2.3", "十十"])
def test_what_is_no_numeral(text: str) -> None:
    """Units alone and digits in disorder are none."""
    assert number(text) is None


@given(st.integers(0, 10**9))
def test_chinese_numerals_are_read_back(value: int) -> None:
    """A number written out in Chinese is the same number again."""
    assert number(_written_out(value)) == value


@given(st.fractions(min_value=0, max_value=10**9, max_denominator=1000))
def test_plain_numbers_are_exact(value: Fraction) -> None:
    """What is shown of a number is that number."""
    assert Fraction(plain(value)) == value


@given(
    st.sampled_from(KINDS),
    st.text(st.sampled_from("0123456789年月日时分点半十百千万亿零一二上下午元%岁至-近余多 ")),
)
def test_any_text_is_read_or_left(kind: ValueKind, text: str) -> None:
    """Whatever stands in a span, there is a value or none, and never an error."""
    found = normal_value(kind, text, WRITTEN)
    assert found is None or found.value


def _written_out(value: int) -> str:
    """A number in Chinese, every zero between digits said once."""
    if value == 0:
        return "零"
    for unit, sign in ((10**8, "亿"), (10**4, "万"), (1000, "千"), (100, "百"), (10, "十")):
        if value >= unit:
            above, below = divmod(value, unit)
            gap = "零" if 0 < below < unit // 10 else ""
            return _written_out(above) + sign + gap + (_written_out(below) if below else "")
    return "一二三四五六七八九"[value - 1]
