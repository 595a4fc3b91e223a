"""Cutting documents into passages."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from toolkit.corpus.passages import split
from toolkit.errors import UsageError
from toolkit.model import Document

TEXTS = st.lists(
    st.sampled_from(
        [
            *"疫情防控工作,、。!?”“…\n 　;.A1",
            "。\n",
            "\n\n",
            "防控工作有序开展。",
            "他说:“好!”然后走了。",
        ]
    ),
    max_size=60,
).map("".join)


def texts(text: str, max_chars: int) -> list[str]:
    """The passages' texts."""
    return [passage.text for passage in split(Document("d", text), max_chars)]


@given(TEXTS, st.integers(1, 40))
def test_passages_give_the_text_back(text: str, max_chars: int) -> None:
    """Each begins where the one before it ends, with something else than space."""
    passages = split(Document("d", text), max_chars)
    position = 0
    for passage in passages:
        assert (passage.doc_id, passage.start) == ("d", position)
        assert passage.text == text[passage.start : passage.end]
        assert passage.text.strip()
        assert position == 0 or not passage.text[0].isspace()
        position = passage.end
    assert position == (len(text) if text.strip() else 0)


@given(TEXTS, st.integers(1, 40))
def test_no_passage_is_monstrous(text: str, max_chars: int) -> None:
    """Over the limit there is one sentence only, and never more than four passages of it."""
    for passage in (found.strip() for found in texts(text, max_chars)):
        assert len(passage) <= 4 * max_chars
        if len(passage) > max_chars:
            assert texts(passage, max_chars) == [passage]


@given(TEXTS, st.integers(1, 40))
def test_splitting_is_stable(text: str, max_chars: int) -> None:
    """A passage is not split further, and the same text gives the same passages."""
    once = texts(text, max_chars)
    assert once == texts(text, max_chars)
    assert all(len(texts(passage, 10_000)) == 1 for passage in once)


def test_whole_paragraphs_are_joined_while_they_fit() -> None:
    """Cuts are at paragraph ends where paragraphs fit."""
    first, second, third = "一" * 9 + "。", "二" * 4 + "。" + "二" * 4 + "。", "三" * 9 + "。"
    text = f"{first}\n\n{second}\n{third}\n"
    assert texts(text, 23) == [f"{first}\n\n{second}\n", f"{third}\n"]
    assert texts(text, 12) == [f"{first}\n\n", f"{second}\n", f"{third}\n"]
    assert texts(text, 100) == [text]


def test_a_long_paragraph_is_cut_at_sentence_ends() -> None:
    """Its first sentences go with what is before it, its last with what is behind it."""
    text = "题。\n" + "一二三四。" * 4 + "\n尾。"
    assert texts(text, 13) == ["题。\n一二三四。一二三四。", "一二三四。一二三四。\n尾。"]


def test_headings_stay_with_what_they_head() -> None:
    """A line without a final mark ends no passage, nor does a hard wrap."""
    text = "一、标题甲\n正文甲很长。\n二、标题乙\n正文坚持\n\n在一线。"
    assert texts(text, 14) == ["一、标题甲\n正文甲很长。\n", "二、标题乙\n正文坚持\n\n在一线。"]


@pytest.mark.parametrize(
    "sentence",
    [
        "他喊“冲啊!”然后跑了。",
        "“为什么?”的疑问消失了。",
        "增长3.5%,达到2.4万。",
        "我们……会赢。",
        "由“兩難”變?yōu)兩全。",
        "见a.cn/?id=3&b=1这里。",
        "防控;正因榇?,商丘快。",
    ],
)
def test_never_inside_a_sentence(sentence: str) -> None:
    """What looks like a sentence end inside of a sentence is none."""
    assert texts(sentence * 3, 8) == [sentence] * 3


@pytest.mark.parametrize(
    "sentences",
    [
        ["“我先上!”", "“听指挥,哪里需要哪里去。”"],
        ["真的吗?!", "真的是。"],
        ["(一。)\n", "二!\n"],
        ["英文Yes.\n", "第二句……\n", "第三句"],
    ],
)
def test_sentence_ends(sentences: list[str]) -> None:
    """Final marks end a sentence together with the closers behind them."""
    assert texts("".join(sentences), 4) == sentences


def test_a_monstrous_sentence_is_cut_at_pauses() -> None:
    """At line ends first, then behind commas and spaces, and anywhere as the last resort."""
    assert texts("一二三,四五六七," * 4, 6) == ["一二三,", "四五六七,"] * 4
    assert texts("一二\n三,四\n五六七八\n" * 3, 5)[:3] == ["一二\n", "三,四\n", "五六七八\n"]
    assert [len(piece) for piece in texts("字" * 95, 10)] == [10] * 9 + [5]
    assert texts("字" * 40, 10) == ["字" * 40]


def test_a_list_is_cut_between_its_lines() -> None:
    """Lines without a final mark are headings if they are few, and rows if they are many."""
    rows = [f"某某公司捐款{number}万元\n" for number in range(10, 30)]
    pieces = texts("".join(["捐赠名单\n", *rows, "特此公示。"]), 60)
    assert pieces[0] == "".join(["捐赠名单\n", *rows[:5]])
    assert pieces[-1].endswith("万元\n特此公示。")
    assert all(len(piece) <= 60 and piece[-1] in "\n。" for piece in pieces)


def test_a_blank_document_has_no_passages() -> None:
    """There is nothing to annotate in whitespace."""
    assert texts(" \n　\n", 10) == []


def test_a_senseless_limit_is_refused() -> None:
    """A passage must hold at least one character."""
    with pytest.raises(UsageError, match="holds nothing"):
        split(Document("d", "字"), 0)
