"""Web pages: their main text, what they say of themselves, and the way back."""

# ruff: noqa: E501 - a page is as wide as it is

from __future__ import annotations

from pathlib import Path

import pytest
from msgspec.structs import replace

from toolkit.corpus.candidates import Rejected
from toolkit.corpus.ingest import Ingested, ingest
from toolkit.corpus.readers import raw_text
from toolkit.corpus.readers.html_page import extract
from toolkit.errors import InputError
from toolkit.model import Document

BODY = """<nav><a href="/">首页</a> <a href="/n">新闻</a></nav>
<div class="top"><a href="/login">登录</a></div>
<div class="main"><h1>某市部署防控工作</h1>
<div class="text"><p>  市委书记1月25日<b>连夜</b>部署
防控工作,要求各部门落实责任。会议强调,要把人民群众生命安全放在第一位。</p>
<p>全市医务人员坚守岗位,<br>无一例退缩。&ldquo;两难&rdquo;变为“两全”。</p>
<table><tr><td>单位甲</td><td>5万元</td></tr><tr><td>单位乙</td><td>3万元</td></tr></table>
<ul><li>第一项措施</li><li>第二项措施</li></ul>
<script>var a = "<p>假的,正文。</p>";</script>
<p>文中写着&lt;script&gt;alert(1)&lt;/script&gt;,照样保留。</p></div>
<div class="share"><a href="#">分享到微信</a></div></div>
<footer>版权所有 某某网</footer>"""

TEXT = """市委书记1月25日连夜部署防控工作,要求各部门落实责任。会议强调,要把人民群众生命安全放在第一位。

全市医务人员坚守岗位,
无一例退缩。“两难”变为“两全”。

单位甲\t5万元
单位乙\t3万元
第一项措施
第二项措施

文中写着<script>alert(1)</script>,照样保留。"""


def page(body: str = BODY, head: str = "") -> str:
    """A page."""
    return f"<!DOCTYPE html><html><head>{head}</head><body>{body}</body></html>"


def document(path: Path, content: bytes) -> Document:
    """The one document of a page."""
    path.write_bytes(content)
    (item,) = ingest([path], path.parent)
    assert isinstance(item, Ingested), item
    return item.document


def test_the_main_text_is_all_of_the_article_and_nothing_else() -> None:
    """Paragraphs are lines, tables and lists stay; menus, buttons, scripts and footers go."""
    text, meta = extract(page(), "a.html")
    assert text == TEXT
    assert meta == {"title": "某市部署防控工作"}
    assert extract(page(), "a.html") == (text, meta)


@pytest.mark.parametrize(
    ("coding", "head", "recorded"),
    [
        ("gb18030", '<meta charset="gb2312">', "gb18030"),
        ("gb18030", '<meta http-equiv="Content-Type" content="text/html; charset=GBK">', "gb18030"),
        ("gb18030", '<meta charset="iso-8859-1">', "gb18030"),
        ("gb18030", "", "gb18030"),
        ("utf-8", '<meta charset="gbk">', "utf-8"),
        ("utf-16", "", "utf-16"),
    ],
)
def test_pages_in_old_encodings(tmp_path: Path, coding: str, head: str, recorded: str) -> None:
    """What the page declares helps, and bytes that are UTF-8 are UTF-8 all the same."""
    found = document(tmp_path / "a.htm", page(head=head).encode(coding))
    assert found.source is not None
    assert found.source.encoding == recorded
    assert "连夜部署防控工作" in found.text
    assert raw_text(found, tmp_path) == TEXT


def test_a_declaration_decides_where_the_bytes_don_t(tmp_path: Path) -> None:
    """Two characters that are both Chinese in two encodings are what the page says."""
    body = "<p>汉漠</p>".encode("gbk")
    found = document(tmp_path / "a.html", b'<meta charset="gbk">' + body)
    assert found.text == "汉漠"


def test_what_a_page_says_of_itself(tmp_path: Path) -> None:
    """JSON-LD before meta elements before what stands on the page."""
    linked = """<script type="application/ld+json">{"@graph": [{"@type": "WebSite"},
        {"@type": "NewsArticle", "headline": "链接的标题", "datePublished": "2020-01-25T08:30:00+08:00",
         "author": [{"name": "张某"}, {"name": "李某"}], "publisher": {"name": "某某日报"}}]}</script>"""
    named = """<meta name="ArticleTitle" content="政府的标题"><meta name="PubDate" content="2020-01-26">
        <meta name="ContentSource" content="来源:某某社"><meta property="og:site_name" content="某某网">
        <meta name="Author" content=" 王某 ">"""
    found = document(tmp_path / "a.html", page(head=linked + named).encode())
    said = {name: found.meta[name] for name in ("title", "date", "author", "source")}
    assert said == {
        "title": "链接的标题",
        "date": "2020-01-25T08:30:00+08:00",
        "author": "张某 李某",
        "source": "某某日报",
    }
    assert extract(page(head=named), "")[1] == {
        "title": "政府的标题",
        "date": "2020-01-26",
        "author": "王某",
        "source": "某某社",
    }
    plain = "<title>网页的标题_某某网</title>"
    time = '<time datetime="2020-01-27">昨天</time><p>甲,乙。</p>'
    assert extract(page(time, plain), "")[1] == {"title": "网页的标题", "date": "2020-01-27"}


@pytest.mark.parametrize(
    "linked", ["{", "[]", "null", '"x"', '{"headline": 5}', '{"@graph": {}}', "[" * 100_000]
)
def test_broken_linked_data_is_passed_over(linked: str) -> None:
    """Whatever stands in it, the page is read."""
    head = f'<script type="application/ld+json">{linked}</script><title>题</title>'
    assert extract(page("<p>甲,乙。</p>", head), "") == ("甲,乙。", {"title": "题"})


@pytest.mark.parametrize(
    ("content", "text"),
    [
        ("just text", "just text"),
        ("<p>短</p>", "短"),
        ("<table><tr><td>捐款</td><td>5万元</td></tr></table>", "捐款\t5万元"),
        ("<pre>甲\n乙</pre>", "甲\n乙"),
        ("<p>未完,<b>待续", "未完,待续"),
        ("<div>" * 2000 + "深,深。", "深,深。"),
    ],
)
def test_pages_that_are_hardly_pages(content: str, text: str) -> None:
    """No body, no end, one cell, a thousand boxes."""
    assert extract(content, "a.html")[0] == text


@pytest.mark.parametrize("content", ["", "<html></html>", "<frameset></frameset>", "<!-- x"])
def test_a_page_without_text_is_said(tmp_path: Path, content: str) -> None:
    """It holds no text, and that is a reason."""
    (tmp_path / "a.html").write_text(content, encoding="utf-8")
    (item,) = ingest([tmp_path / "a.html"], tmp_path)
    assert isinstance(item, Rejected)
    assert "holds no text" in item.reason.what


def test_another_extraction_is_said(tmp_path: Path) -> None:
    """Where the library finds another text in the same page, offsets would not fit."""
    found = document(tmp_path / "a.html", page().encode())
    with pytest.raises(InputError, match="extracted otherwise"):
        raw_text(replace(found, id="0123456789ab"), tmp_path)
