"""Text that was decoded with the wrong code page."""

from __future__ import annotations

import re
from collections import Counter
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from tests.test_corpus.damaging import damaged_by
from toolkit.corpus.alignment import to_raw, to_text
from toolkit.corpus.damage import left, wrong_decoding
from toolkit.corpus.damage.code_pages import LATIN, LOST
from toolkit.corpus.frequent import frequent_share, is_frequent, kind_of, rare_ideographs
from toolkit.corpus.language import likelihood_as_it_stands
from toolkit.corpus.repair import PASSES, repair

SAMPLES = Path(__file__).resolve().parents[1] / "corpus"

SENTENCES = (
    "市委书记连夜召开会议，研究部署全市疫情防控工作。",
    "医疗队的护士们在隔离病房里连续工作了六个小时，护目镜里全是水。",
    "他说：“我是党员，这个时候不上什么时候上？”",
    "截至昨天，全县已有三百多个村设立了检查点，来往车辆都要登记。",
    "志愿者把米面油和蔬菜送到老人家门口，一天要跑二十多趟。",
    "春天来了，工厂的机器又响了起来，工人们分批回到了车间。",
)
"""Sentences of our own, all of frequent characters."""

TRADITIONAL = (
    "市長連夜召開會議，研究部署全市疫情防控工作，醫療隊的護士們在病房裏連續工作了六個小時。"
)

CLEAN = (
    "陶喆、王堃、李犇、刘翀和曹晢在嵖岈山镇、瀍河区、亳州市谯城区、盱眙县调研。",
    "魑魅魍魉，莫能逢之；饕餮、梼杌、混沌、穷奇，谓之四凶。氤氲缱绻，婀娜旖旎。",
    "癔症癫痫疥癣瘙痒是病名，铈和镧是镧系元素。",
    "これはテストです。東京都の新型コロナウイルス感染症対策本部は会議を開いた。",
    "対応を検討する。関係団体に従事する従業員、労働者、図書館、伝統芸能、黒沢、桜井、滝沢。",
    "市長於昨日視察醫院，慰問醫護人員，並向抗疫前線的同仁致以崇高敬意。",
    "“café”…他点了一杯；“résumé”、naïve、Façade、Ångström、Škoda、“Été”和“à”…",
    "Zoë Müller、François Hollande、José Ñáñez和Ægir Öberg出席，气温-5°C±1°，×÷±°½¼¾。",
    "拼音：nǐ hǎo，lüè，nüè，āáǎà ōóǒò ēéěè üǖǘǚǜ；带声调的字母á、à、é、è。",
    "Россия и Китай；Αθήνα；ㄅㄆㄇㄈ；①②③；┌─┐；α株和β株；€100；售价€5或5€。",
    "为什么?因为疫情就是命令。你去不去?我去!(他问:“去吗?”他答:“去(是的)。”)",
    "丁丑年，囧，槑，煢煢孑立，踽踽獨行；龘龘、靐、䶮、𠮷田。",
)


def browser(data: bytes, encoding: str) -> str:
    """What a browser shows of bytes in this encoding, as cp1252 never fails there."""
    if encoding != "cp1252":
        return data.decode(encoding)
    return "".join(next(c for c, b in LATIN.items() if b == byte) for byte in data)


@pytest.mark.parametrize("text", [*CLEAN, *SENTENCES, TRADITIONAL])
def test_clean_text_is_not_touched(text: str) -> None:
    """Rare names, old words, other languages: nothing changes and nothing is flagged."""
    repaired = repair(text)
    assert (repaired.text, repaired.edits, repaired.damaged) == (text, (), ())


@pytest.mark.parametrize("wrong", ["latin-1", "cp1252", "gb18030"])
@given(st.sampled_from(SENTENCES), st.data())
def test_utf8_comes_back(wrong: str, sentence: str, data: st.DataObject) -> None:
    """A run of UTF-8 that was read otherwise is what it was, each character at its place."""
    start, end = _run(data, sentence, step=2)
    encoded = sentence[start:end].encode()
    try:
        damaged = browser(encoded, wrong)
    except UnicodeDecodeError:  # GB 18030 hasn't every pair of bytes
        assume(condition=False)
    raw = f"{sentence[:start]}{damaged}{sentence[end:]}"
    repaired = repair(raw)
    assert repaired.text == sentence
    assert repaired.damaged == ()
    _check_outside(raw, sentence, repaired.alignment, start, end)


def test_a_list_of_rare_characters_is_not_changed() -> None:
    """Many rare characters in a row may be flagged, but none is taken for another."""
    assert repair("镧铈镨钕钷钐铕钆铽镝钬铒铥镱镥是镧系元素。").edits == ()


def _run(data: st.DataObject, sentence: str, step: int) -> tuple[int, int]:
    start = data.draw(st.integers(0, len(sentence) - 4))
    length = data.draw(st.integers(4 // step, (len(sentence) - start) // step)) * step
    return start, start + length


def _check_outside(
    raw: str, text: str, alignment: tuple[tuple[int, int, int, int], ...], start: int, end: int
) -> None:
    """Characters outside of the run stand where they stood; those inside in its raw stretch."""
    shift = len(raw) - len(text)
    before = 0
    for position in range(len(text)):
        low, high = to_raw(alignment, position, position + 1)
        assert low >= before
        before = high
        if start <= position < end:
            assert start <= low < high <= end + shift
            assert to_text(alignment, low, high) == (position, position + 1)
        else:
            assert raw[low:high] == text[position]


@pytest.mark.parametrize("wrong", ["latin-1", "cp1252"])
@given(st.sampled_from(SENTENCES), st.data())
def test_gbk_read_as_latin_comes_back(wrong: str, sentence: str, data: st.DataObject) -> None:
    """Pairs of accented letters are the characters that they were."""
    start, end = _run(data, sentence, step=1)
    damaged = browser(sentence[start:end].encode("gbk"), wrong)
    raw = f"{sentence[:start]}{damaged}{sentence[end:]}"
    repaired = repair(raw)
    assert repaired.text == sentence
    _check_outside(raw, sentence, repaired.alignment, start, end)


def test_every_restored_character_has_its_own_place() -> None:
    """A damaged character goes with the restored one that its first byte is of."""
    repaired = repair("在娌冲寳省")
    assert repaired.text == "在河北省"
    assert [to_raw(repaired.alignment, at, at + 1) for at in range(4)] == [
        (0, 1),
        (1, 3),
        (3, 4),
        (4, 5),
    ]


@given(st.sampled_from(SENTENCES), st.data())
def test_a_character_that_lost_a_byte_is_flagged(sentence: str, data: st.DataObject) -> None:
    """Of an odd number of characters the last one loses a byte: it alone is not recovered."""
    start = data.draw(st.integers(0, len(sentence) - 5))
    length = 2 * data.draw(st.integers(1, (len(sentence) - start - 2) // 2)) + 1
    end = start + length
    try:
        damaged = sentence[start:end].encode()[:-1].decode("gb18030")
    except UnicodeDecodeError:
        assume(condition=False)
    raw = f"{sentence[:start]}{damaged}?,{sentence[end:]}"
    repaired = repair(raw)
    rest = repaired.text.removeprefix(sentence[: end - 1]).removesuffix(f",{sentence[end:]}")
    assert raw.endswith(f"{rest},{sentence[end:]}")
    assert "?" in rest
    assert repaired.damaged == ((end - 1, end - 1 + len(rest)),)


def test_a_hole_in_utf8_is_never_bridged() -> None:
    """Where a private-use character was dropped, nothing is put together over the hole."""
    raw = "他们是一名党员和医生".encode().decode("gb18030")
    for at in range(len(raw)):
        holed = raw[:at] + raw[at + 1 :]
        repaired = repair(f"说：{holed}。")
        assert set(repaired.text) <= set("说：他们是一名党员和医生。" + holed)


@pytest.mark.parametrize(
    ("text", "right", "wrong"),
    [
        (TRADITIONAL, "cp950", "gb18030"),
        ("市委书记连夜召开会议研究部署全市疫情防控工作", "gbk", "cp950"),
    ],
)
def test_the_other_script_comes_back(text: str, right: str, wrong: str) -> None:
    """Big5 read as GBK, and GBK read as Big5, character by character."""
    damaged = text.encode(right).decode(wrong, "replace")
    restored = repair(f"（{damaged}）").text[1:-1]
    assert set(restored) <= {*text, *damaged}
    assert sum(character in text for character in restored) > 0.4 * len(text)


@given(st.sampled_from(SENTENCES), st.integers(0, 5))
def test_shifted_pairs_are_never_guessed(sentence: str, cut: int) -> None:
    """After a lost byte each character is the right one, or stays as it is."""
    damaged = sentence.encode("gbk")[2 * cut + 1 :].decode("gb18030", "replace")
    repaired = repair(damaged)
    assert set(repaired.text) <= set(sentence) | set(damaged)
    if len(sentence) - cut > 15:
        flagged = {at for start, end in repaired.damaged for at in range(start, end)}
        right = sum(a == b for a, b in zip(repaired.text[::-1], sentence[::-1], strict=False))
        assert right > 0.5 * (len(sentence) - cut) or len(flagged) > 0.5 * len(repaired.text)


def test_shifted_pairs_come_back_behind_half_a_character() -> None:
    """What is left of the gloss and of the characters at both ends stays, and is flagged."""
    shifted = "奋战在抗击疫情一线".encode("gbk")[3:].decode("gb18030", "replace").rstrip(LOST)
    repaired = repair(f"他日夜?fèn){shifted}?的民警")
    assert repaired.text == f"他日夜?fèn){shifted[0]}在抗击疫情一?的民警"
    flagged = [repaired.text[start:end] for start, end in repaired.damaged]
    assert flagged == [f"?fèn){shifted[0]}", "?"]


def test_a_pair_that_nobody_wrote_is_not_believed() -> None:
    """Where a private-use character was dropped, the pair over the hole stays as it is."""
    shifted = "牺牲在抗击疫情一线的".encode("gbk")[1:-1].decode("gb18030")
    dropped = "".join(c for c in shifted if not "\ue000" <= c <= "\uf8ff")
    assert len(dropped) < len(shifted)
    repaired = repair(f"日夜?fàn){dropped}?民警")
    assert set(repaired.text) <= set("日夜?fàn)牺牲在抗击疫情一线的民警" + dropped)
    assert "抗击疫情一" in repaired.text


@pytest.mark.parametrize(
    ("raw", "text", "damaged"),
    [
        ("变为?yōu)“两全”", None, ((2, 7),)),
        ("防控?cái)?shù)字", None, ((2, 12),)),
        ("坏\ufffd\ufffd了", None, ((1, 3),)),
        ("显示锟斤拷锟斤拷，烫烫烫烫和屯屯屯。", None, ((2, 17),)),
        ("图标\ue600在此", None, ((2, 3),)),
        ("其中\ufffd字\ufffd", None, ((2, 5),)),
        ("价格€的", None, ((2, 3),)),
        ("烫烫！屯屯村售价€5", None, ()),
    ],
)
def test_what_is_lost_is_flagged(
    raw: str, text: str | None, damaged: tuple[tuple[int, int], ...]
) -> None:
    """Signs of lost bytes stay in the text, and their stretches are given."""
    repaired = repair(raw)
    assert repaired.text == (raw if text is None else text)
    assert repaired.damaged == damaged


def test_the_samples_are_mended() -> None:
    """The damaged spots of the sample corpus are recovered as far as they can be."""
    diary = repair((SAMPLES / "12-doctor-diary.txt").read_text(encoding="utf-8"))
    assert "他说他也是一名党鍛?,不能让机器等人。" in diary.text
    assert [diary.text[start:end] for start, end in diary.damaged][-1] == "鍛?"
    feature = repair((SAMPLES / "04-traditional-pinyin.txt").read_text(encoding="utf-8"))
    assert "防控数字地?上線一週" in feature.text


@pytest.mark.parametrize("unit", ["?", "Ã", "锟斤拷", "娌冲寳", "鏄", "\ufffd", "?ā)", "诳箵", "€"])
def test_monsters_end(unit: str) -> None:
    """A long text of nothing else is gone through once, and a second time changes nothing."""
    text, again = unit * 20_000, None
    for _ in range(2):
        again = list(wrong_decoding.find(text))
        assert all(a.end <= b.start for a, b in pairwise(again))
    assert len(list(left.find(text))) <= 20_000


@pytest.mark.parametrize(
    "unit", ["诳箵", "锟斤拷", "娌冲寳", "ä¸", "?", "€", "?fàn)奚", "疫??", "ⅰ"]
)
def test_twice_the_text_is_twice_the_work(unit: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """However a text repeats itself, each of its characters is weighed a fixed number of times."""
    work = 0

    def counted(before: str, character: str) -> float:
        nonlocal work
        work += 1
        return likelihood_as_it_stands(before, character)

    monkeypatch.setattr("toolkit.corpus.damage.readings.likelihood_as_it_stands", counted)
    monkeypatch.setattr("toolkit.corpus.damage.evidence.likelihood_as_it_stands", counted)
    counts = []
    for times in (500, 1000):
        work = 0
        list(wrong_decoding.find(unit * times))
        counts.append(work)
    assert counts[1] <= 2.1 * counts[0] + 50


@settings(max_examples=40)
@given(
    st.sampled_from(["UTF-8 as GBK", "GBK as Big5", "Big5 as GBK", "lost byte", "shifted gloss"]),
    st.integers(0, 10**6),
)
def test_what_is_flagged_stands_as_in_the_raw_file(kind: str, seed: int) -> None:
    """Each flagged stretch is its raw slice, and nothing that bytes don't prove is written."""
    raw = damaged_by(kind, seed, paragraphs=2).raw
    repaired = repair(raw)
    for start, end in repaired.damaged:
        low, high = to_raw(repaired.alignment, start, end)
        assert repaired.text[start:end] == raw[low:high]
    assert LOST in raw or LOST not in repaired.text


@settings(max_examples=40)
@given(st.sampled_from(["lost byte", "shifted gloss", "glosses"]), st.integers(0, 10**6))
def test_no_later_pass_takes_a_flag_away(kind: str, seed: int) -> None:
    """What wrong decoding leaves is flagged at the end as well."""
    raw = damaged_by(kind, seed, paragraphs=2).raw
    alone = repair(raw, [p for p in PASSES if p.name == "wrong_decoding"])
    whole = repair(raw)
    flagged = bytearray(len(raw))
    for start, end in whole.damaged:
        low, high = to_raw(whole.alignment, start, end)
        flagged[low:high] = b"\x01" * (high - low)
    for start, end in alone.damaged:
        assert all(flagged[slice(*to_raw(alone.alignment, start, end))])


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        ("他们在冪霜俴瓷悝覃脤", "他们在经流行病学调查"),
        (
            "柳湾县应惫芾砭钟》ⅰ吨氯\ue087芯用竦囊环庑拧?",
            "柳湾县应惫管理局印发《致全市居民的一封信?",
        ),
        ("浜岃?绮惧噯", "二岃?精准"),
        ("綔鍑哄?缃氥€?", "綔出哄?罚氥€?"),
        ("在caféÀïÐ´ÏÂÁË¸ÐÐ»ÐÅ¡£", "在café里写下了感谢信。"),
        ("¾ÝÌ«ºÍÇÅ´å½»Í¨ÔËÊä¾ÖÍ¨±¨£¬", "据太和桥村交通运输局通报，"),
    ],
)
def test_what_the_bytes_prove(raw: str, text: str) -> None:
    """Each character that is there with all its bytes comes back; half ones stay as they are."""
    assert repair(raw).text == text


@pytest.mark.parametrize("encoding", ["latin-1", "cp1252"])
def test_every_byte_of_utf8_survives_as_a_control_character(encoding: str) -> None:
    """C1 controls, NEL among them, are bytes of wrongly read UTF-8 before they are anything."""
    text = "经流行病学调查，发现了三例。" + "".join(map(chr, range(0x4E00, 0x4E40))) + "医院。"
    assert repair(browser(text.encode(), encoding)).text == text


def test_frequent_characters() -> None:
    """The share of frequent characters tells text from noise, and both classes part them all."""
    assert frequent_share(Counter("疫情防控，醫療")) == 1.0
    assert frequent_share(Counter("abc")) == 1.0
    assert frequent_share(Counter("浠栦篃鏄")) < 0.5
    assert is_frequent("疫") != is_frequent("龘")


def test_rare_are_the_ideographs_that_are_not_frequent() -> None:
    """Every ideograph is one or the other; frequent is the first level of GB 2312 at least."""
    rare = re.compile(f"[{rare_ideographs()}]")
    for character in map(chr, range(0x3400, 0xA000)):
        assert is_frequent(character) == (rare.match(character) is None)
        simplified = character.encode("gb2312", "ignore")
        if b"\xb0\xa1" <= simplified <= b"\xd7\xf9":
            assert is_frequent(character)


def test_the_first_levels() -> None:
    """Which ideographs are in the first level of a standard is what encoding them says."""
    # Han that no list of frequent characters has, so that the standards decide.
    for character in map(chr, range(0x3400, 0xA000)):
        kind = kind_of(character)
        if kind == "frequent":
            continue
        simplified = b"\xb0\xa1" <= character.encode("gb2312", "ignore") <= b"\xd7\xf9"
        traditional = b"\xa4\x40" <= character.encode("big5", "ignore") <= b"\xc6\x7e"
        assert (kind == "level") == (simplified or traditional)
