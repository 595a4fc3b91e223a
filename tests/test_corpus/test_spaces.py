"""Kinds of blank, runs of them, and blanks before punctuation."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from toolkit.corpus.damage import spaces
from toolkit.corpus.repair import RepairPass

PLAIN = RepairPass("spaces", "blanks", spaces.find)

TEXTS = st.text(st.sampled_from("疫情A1，。;   \u00a0\u2003\u3000\t\n"), max_size=40)


@given(TEXTS)
def test_only_blanks_change(text: str) -> None:
    """Other characters and line breaks stay, and a second run changes nothing."""
    mended, _ = PLAIN(text)
    assert "".join(mended.split()) == "".join(text.split())
    assert [len(line.split()) > 0 for line in mended.split("\n")] == [
        len(line.split()) > 0 for line in text.split("\n")
    ]
    assert list(spaces.find(mended)) == []


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        ("来源：长城网\u00a0\u00a0\u00a0\u00a0 作者：张三", "来源：长城网  作者：张三"),
        ("增长\u00a05%，\u2009约\u202f3 万", "增长 5%， 约 3 万"),
        ("\u00a0\u00a0\u00a0\u00a0为落实 要求 ，决定 ：", "    为落实 要求，决定："),
        ("一。    二。   \n   三。", "一。  二。   \n   三。"),
    ],
)
def test_what_is_mended(raw: str, text: str) -> None:
    """Odd blanks become blanks, a run keeps two, punctuation none; indents keep their length."""
    assert PLAIN(raw)[0] == text


@pytest.mark.parametrize(
    "text",
    [
        "众志成城 鏖战“疫”魔",
        "市长张三 李四出席。",
        "来源: 长城网  刘某某",
        "　　段首空两格，某某公司　５００万元。",
        "姓名\t年龄\t职业",
        "选择正确的一项（  ）",
        "２０２０年ＢＡ．５变异株",
        "in the year 2020 , he said : yes",
    ],
)
def test_what_an_annotator_may_care_about_stays(text: str) -> None:
    """Single and double blanks, ideographic space, tabs, brackets to fill in, widths."""
    assert list(spaces.find(text)) == []


@pytest.mark.parametrize(
    "text", [" " * 200_000, "一" + " \u00a0" * 100_000 + "。", " ，" * 100_000]
)
def test_linear_on_a_megabyte_of_blanks(text: str) -> None:
    """A long run is walked once."""
    assert "".join(PLAIN(text)[0].split()) == "".join(text.split())
