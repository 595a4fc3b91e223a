"""The repair passes and their chain."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from toolkit.corpus.alignment import to_raw, to_text
from toolkit.corpus.damage.glosses import SYLLABLES
from toolkit.corpus.repair import PASSES, RepairPass, choose_passes, repair
from toolkit.errors import UsageError

BY_NAME = {repair_pass.name: repair_pass for repair_pass in PASSES}

CLEAN = (
    "1月20日,市卫生健康委召开会议,部署疫情防控工作。",
    "公司首席执行官(CEO)表示,每日可做核酸检测(PCR)2万份。",
    "高速公路全长120公里(km),每箱口罩高30厘米(cm),重2(kg)。",
    "他喝了一杯咖啡(café),又读了说明(résumé)和名单(li)。",
    "选项:甲(a)、乙(b)、丙(c)。",
    "县(市、区)及社区(村)均已动员。",
    "网址是http://example.com/?id=3&copy=1&lang=zh;请勿外传。",
    "研发(R&D;含试验)投入增长,A&B公司参展。",
    "为什么?因为“疫情就是命令”。",
    "第一段。\n\n　　第二段有缩进。\n第三段  中间有空格。\n",
    "👩‍⚕️和👨‍👩‍👧在一起。",
    "می‌خواهم 一词出自波斯语。",
    "全角ＡＢＣ和“引号”都不动……",
)
"""Sentences of our own, each with something that looks like damage and is none."""

DAMAGE = st.lists(
    st.sampled_from(
        [
            *"堅持黨的領導。 \n\r\t(（)）&;?#x\u3000\xa0\x00\x85\ufeff\u200b\u200d\ud800\u2028👩",
            *("\r\n", "amp;", "#38;", "ldquo;", "nbsp", "&lt;", "?ldquo;", "&#12288;", "&#13;"),
            *("&#x200b;", "&#40;", "(jiān)", "（lǐng）", "(ma)", "(CEO)", "(lǜ)", "jiān"),
        ]
    ),
    max_size=25,
).map("".join)


def mend(name: str, text: str) -> str:
    """What one pass makes of a text."""
    return BY_NAME[name](text)[0]


@pytest.mark.parametrize("sentence", CLEAN)
def test_clean_text_is_not_touched(sentence: str) -> None:
    """No pass changes a clean text at all."""
    repaired = repair(sentence)
    assert repaired.edits == ()
    assert repaired.text == sentence
    assert repaired.alignment == ((0, len(sentence), 0, len(sentence)),)


@given(
    st.lists(st.sampled_from([*"疫情防控工作市委书记岳文柏说1月0日ABCd,。、“”《》()一", "(km)"]))
)
def test_generated_clean_text_is_not_touched(pieces: list[str]) -> None:
    """Any line of Chinese, digits, Latin letters and punctuation is clean."""
    assert repair("".join(pieces)).edits == ()


@pytest.mark.parametrize("repair_pass", PASSES, ids=lambda repair_pass: repair_pass.name)
@given(text=DAMAGE)
def test_passes_are_idempotent(repair_pass: RepairPass, text: str) -> None:
    """A second run of a pass finds nothing."""
    mended, _ = repair_pass(text)
    assert list(repair_pass.find(mended)) == []


@given(DAMAGE)
def test_repair_is_idempotent(text: str) -> None:
    """Repairing a repaired text changes nothing, whatever one pass uncovers for another."""
    assert repair(repair(text).text).edits == ()


@given(DAMAGE)
def test_edits_and_alignment_agree(text: str) -> None:
    """Each edit quotes the raw text, and outside of edits raw and text are the same."""
    repaired = repair(text)
    edited = set[int]()
    for edit in repaired.edits:
        assert text[edit.raw_start : edit.raw_end] == edit.before
        edited |= set(range(edit.raw_start, edit.raw_end))
    kept = "".join(c for i, c in enumerate(text) if i not in edited)
    outside = [
        character
        for position, character in enumerate(repaired.text)
        if not edited.intersection(range(*to_raw(repaired.alignment, position, position + 1)))
    ]
    assert "".join(outside) == kept


@given(DAMAGE, DAMAGE, st.sampled_from(["岳文柏", "省委省政府", "新冠肺炎"]))
def test_the_raw_slice_contains_the_entity(before: str, after: str, entity: str) -> None:
    """An entity that no damage touches maps to itself in the raw text, and back."""
    raw = f"{before}。{entity}。{after}"
    repaired = repair(raw)
    start = repaired.text.index(entity)
    raw_start, raw_end = to_raw(repaired.alignment, start, start + len(entity))
    assert raw[raw_start:raw_end] == entity
    assert to_text(repaired.alignment, raw_start, raw_end) == (start, start + len(entity))


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        ("\ufeff疫情\x00防\x7f控\x9d", "疫情防控"),
        ("一\r\n二\r三\x0b四\x0c五\x85六\u2028七\u2029", "一\n二\n三\n四\n五\n六\n七\n"),
        ("疫\u200b情\u200d，\u2060防控\u200c", "疫情，防控"),
        ("疫\u200b\ufeff\u200b情", "疫情"),
        ("👩\u200d\ufeff⚕", "👩\u200d⚕"),
        ("坏\ud800的", "坏的"),
        ("留\t着\n", "留\t着\n"),
    ],
)
def test_controls(raw: str, text: str) -> None:
    """Meaningless characters go, line ends become LF, joiners stay where they join."""
    assert mend("controls", raw) == text


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        ("&ldquo;四早&rdquo;&nbsp;&#12288;&#x4E00;", "“四早”\xa0\u3000一"),
        ("&amp;ldquo;两全&amp;amp;rdquo;", "“两全”"),
        ("A&amp;B", "A&B"),
        ("变为?ldquo;两全?rdquo;", "变为“两全”"),
        ("第一&nbsp第二&mdash第三", "第一\xa0第二—第三"),
        ("&#147;旧编码&#148;", "“旧编码”"),
        ("为什么?ldquo;", "为什么?ldquo;"),
        ("&nosuch; &#0; &#1; &#xD800; &#x110000; &copy=1 ldquo; ?copy;", None),
    ],
)
def test_entities(raw: str, text: str | None) -> None:
    """What is certain is decoded, what is not is left."""
    assert mend("entities", raw) == (raw if text is None else text)


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        ("堅(jiān)持黨的領(lǐng)導(dǎo)", "堅持黨的領導"),
        ("堅（jiān）持。( lǜ )", "堅持。( lǜ )"),
        ("綠( lǜ )色(ju\u00e9)女(nǚ)中(zhōnɡ)國", "綠色女中國"),
        ("堅(jia\u0304n)(jiān)持", "堅持"),
        ("他(tā)在(CEO)和(PCR)间(an)", "他在(CEO)和(PCR)间(an)"),
        ("jiān(jiān)", None),
        ("堅(jián guó)", None),
    ],
)
def test_glosses(raw: str, text: str | None) -> None:
    """One syllable with its tone behind a Chinese character is a gloss."""
    assert mend("glosses", raw) == (raw if text is None else text)


def test_toneless_glosses_need_a_glossed_text() -> None:
    """Where tones are frequent, a syllable without one is a gloss too; a unit never is."""
    glossed = "堅(jiān)持黨的領(lǐng)導(dǎo)" * 4
    assert (
        mend("glosses", glossed + "嗎(ma)5米(m)首席(CEO)")
        == "堅持黨的領導" * 4 + "嗎5米(m)首席(CEO)"
    )
    sparse = glossed + "疫" * 2000 + "嗎(ma)"
    assert mend("glosses", sparse).endswith("嗎(ma)")


def test_the_syllables_are_those_of_the_language() -> None:
    """The table has the known size, and none of the common bracketed abbreviations."""
    assert 395 <= len(SYLLABLES) <= 415
    assert {"zhuang", "lv", "er", "yong", "qiong"} <= SYLLABLES
    assert not {"km", "cm", "kg", "pcr", "ceo", "cafe", "ct", "app", "who"} & SYLLABLES


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        ("\n\n标题\n\n正文。\n", "标题\n\n正文。\n"),
        (" \n　　标题\n", "　　标题\n"),
        ("一。\n\n\n\n二。", "一。\n\n二。"),
        ("一。 \t\u3000\n　　二。\xa0", "一。\n　　二。"),
        ("一。\n \n\xa0\n　二。\n\n\n", "一。\n\n　二。\n\n"),
        ("   ", ""),
        ("一  二", "一  二"),
    ],
)
def test_blank_lines(raw: str, text: str) -> None:
    """One blank line stays, none before the text; space at line ends goes, indentation stays."""
    assert mend("blank_lines", raw) == text


def test_damaged_numbers_are_never_rewritten() -> None:
    """Dates and numbers that lost characters stay as the annotators must see them."""
    raw = "120日、730日、31日,仅有1PCR仪,30156条。"
    assert repair(raw).text == raw


def test_a_pass_can_be_switched_off() -> None:
    """Switched off by name, a pass changes nothing, and the others still work."""
    raw = "堅(jiān)持&ldquo;四早&rdquo;"
    assert repair(raw, choose_passes({"glosses": False})).text == "堅(jiān)持“四早”"
    assert repair(raw, choose_passes({p.name: False for p in PASSES})).text == raw


def test_passes_run_by_default_or_when_switched_on() -> None:
    """What is not named runs as it does by default; the order is the chain's."""
    assert choose_passes() == tuple(p for p in PASSES if p.default)
    assert choose_passes({p.name: True for p in reversed(PASSES)}) == PASSES


def test_an_unknown_pass_is_named() -> None:
    """A misspelt pass is an error that lists the right names."""
    with pytest.raises(UsageError, match="no repair pass gloses") as caught:
        choose_passes({"gloses": False})
    assert "blank_lines" in caught.value.hint


def test_edits_are_in_raw_offsets() -> None:
    """An edit of a later pass says where in the raw text it was made."""
    raw = "\ufeff堅&#40;jiān)持\r\n"
    edits = {edit.pass_name: edit for edit in repair(raw).edits}
    gloss = edits["glosses"]
    assert (gloss.raw_start, gloss.before, gloss.after) == (2, "&#40;jiān)", "")
