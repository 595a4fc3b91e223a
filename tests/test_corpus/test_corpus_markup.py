"""HTML that was left in a text."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from toolkit.corpus.alignment import to_raw
from toolkit.corpus.damage import markup
from toolkit.corpus.repair import repair

TAGS = ("<b>", "</b>", "<span style='a:b'>", "</span>", '<a href="x?a=1">', "</a>", "<!-- 注 -->")


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        ("第一段<br/>第二段<BR>第三段", "第一段\n第二段\n第三段"),
        ("<p>第一段</p><p class=x>第二段</p>", "第一段\n\n第二段"),
        ("<p>第一段</p>\n<p>第二段</p>\n", "第一段\n第二段\n"),
        (
            "到最危险的地方去。<p>\n\n一方有难，八方支援。",
            "到最危险的地方去。\n\n一方有难，八方支援。",
        ),
        ("<strong style='color:red'>通知</strong>：<a href='x'>全文</a>", "通知：全文"),
        ("前<script type='a'>var a = 1 < 2;\n</script>后<style>p{}</style>。", "前后。"),
        ("前<!-- 广告\n位 -->后<!DOCTYPE html>", "前后"),
        ("&lt;p&gt;第一段&lt;/p&gt;完", "第一段\n完"),
        ("图<img src='a.jpg' alt=\"\">文", "图文"),
        ("var id = 12;\n正文。", "正文。"),
        ("正文。\nfunction share(){\n.title { color: red; }\n完。", "正文。\n完。"),
    ],
)
def test_markup_goes(raw: str, text: str) -> None:
    """Tags, comments, scripts and styles go; what ends a line becomes a line break."""
    assert repair(raw).text == text


@pytest.mark.parametrize(
    "text",
    [
        "若a<b且c>d，则x < 5 and y > 3；1<p<2>0。",
        "<本报记者>、〈新华社〉、<<通知>>和《<规划>解读》。",
        "变量<b>表示压力，R<i>2，<i>为序号。",
        "见<http://example.com/a>和<someone@example.com>。",
        "# 标题\n\n**要点**：`<code`，[链接](http://example.com)，> 引文，- 列表",
        "他说:“函数(function)是var型;”;\n“下一行;”\n",
        "未闭合<!--的注释，<script>的名字。<span",
        "价格{含税};",
    ],
)
def test_what_is_no_element_stays(text: str) -> None:
    """Formulas, bylines, addresses, Markdown and prose about programs are not touched."""
    assert [e for e in repair(text).edits if e.pass_name == "markup"] == _script_tag(text)


def _script_tag(text: str) -> list[object]:
    """Only an opened script or span is an element, and those are gone."""
    return [e for e in repair(text).edits if e.before == "<script>"]


@given(st.lists(st.sampled_from([*"疫情防控工作。", *TAGS]), max_size=30))
def test_text_between_tags_is_kept(pieces: list[str]) -> None:
    """What stands between tags stays, and points to where it stood."""
    raw = "".join(pieces) + "</b>"
    repaired = repair(raw)
    kept = "".join(piece for piece in pieces if piece not in TAGS)
    assert repaired.text == kept
    for at, character in enumerate(repaired.text):
        start, end = to_raw(repaired.alignment, at, at + 1)
        assert raw[start:end] == character


@pytest.mark.parametrize("unit", ["<", "<p", "<p ", "<!--", "<script>", "{", "var x=", "a{b:", ";"])
def test_monsters_end(unit: str) -> None:
    """A long text of nothing else is gone through once."""
    text = unit * 30_000
    found = list(markup.find(text))
    assert all(a.end <= b.start for a, b in pairwise(found))
