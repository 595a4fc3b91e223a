"""Encodings told apart, at every length."""

from __future__ import annotations

import codecs
import contextlib
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from toolkit.corpus.encodings import decode, decode_name, encoding_of
from toolkit.errors import DecodeError

SIMPLIFIED = (
    "1月20日,市卫生健康委召开会议,部署“疫情防控”工作。全体医务人员坚守岗位,无一例退缩;"
    "各级党组织把人民群众生命安全和身体健康放在第一位,捐款18.5万元、口罩3万只,送到抗疫一线。"
    "截至2月3日24时,全市累计报告确诊病例46例,治愈出院9例,最低气温3℃。"
)
TRADITIONAL = (
    "疫情發生後,全市醫務人員堅守崗位,為人民群眾的健康築起防線。政府宣布,學校延期開學,"
    "公共交通減少班次;市民應留在家中,避免聚會。專家表示,疫苗的研究已經展開,預計年內完成。"
)
CODINGS = [
    *((SIMPLIFIED, coding) for coding in ("utf-8", "gb18030", "utf-16-le", "utf-16-be")),
    *((TRADITIONAL, coding) for coding in ("utf-8", "gb18030", "big5", "utf-16-le")),
]


@pytest.mark.parametrize(("text", "coding"), CODINGS)
def test_every_stretch_is_read_right_or_refused(text: str, coding: str) -> None:
    """From ten bytes on each stretch of a text is read as what it is, or not at all."""
    wrong, refused, count = [], 0, 0
    for start in range(0, len(text) - 40, 3):
        for length in (5, 6, 8, 11, 20, 40):
            piece = text[start : start + length]
            count += 1
            try:
                found, _ = decode(piece.encode(coding), "a.txt")
            except DecodeError:
                refused += 1
                continue
            if found != piece:
                wrong.append((piece, found))
    assert wrong == []
    assert refused <= count / 50


@given(st.sampled_from(CODINGS), st.integers(0, 60), st.integers(20, 80))
def test_a_byte_too_few_is_never_mojibake(coded: tuple[str, str], start: int, length: int) -> None:
    """Text that ends inside of a character is refused, or read right where ASCII was lost."""
    text, coding = coded
    data = text[start : start + length].encode(coding)[:-1]
    with contextlib.suppress(DecodeError):
        found, _ = decode(data, "a.txt")
        assert text.startswith(found, start)


@pytest.mark.parametrize(
    "text",
    ["café", "naïve Zoë", "20°C · 30", "×", "§ 3", "test", "return", "{}", "a", "", "Привет"],
)
def test_short_texts_of_others_are_utf8(text: str) -> None:
    """A lone letter with an accent is not half a Chinese character."""
    assert decode(text.encode(), "a.txt") == (text, "utf-8")


def test_what_is_too_short_to_tell_is_refused() -> None:
    """Two characters that are Chinese in both readings, with what to do."""
    with pytest.raises(DecodeError, match="is too short to tell") as caught:
        decode("汉漠".encode("gbk"), "a.txt")
    assert "UTF-8" in caught.value.hint


def test_hong_kong_has_characters_of_its_own() -> None:
    """Big5 with HKSCS is read where Big5 itself doesn't fit."""
    text = TRADITIONAL + "嘅咗啲喺"
    assert decode(text.encode("big5hkscs"), "a.txt") == (text, "big5hkscs")


@pytest.mark.parametrize("size", [(1 << 18) - 2, (1 << 18) - 1, 1 << 18, (1 << 18) + 1])
@pytest.mark.parametrize("coding", ["utf-8", "gb18030", "big5"])
def test_offsets_of_errors_hold_across_blocks(coding: str, size: int) -> None:
    """The byte that doesn't fit is named, also where a character is split between blocks."""
    text = TRADITIONAL * (size // len(TRADITIONAL.encode(coding)))
    data = text.encode(coding)
    good = data + b"x" * (size - len(data)) + "工".encode(coding)
    with pytest.raises(DecodeError, match=f"as {coding} from byte offset {len(good)} on"):
        decode(good + b"\xff\xff\xff", "a.txt")


def test_a_stream_stands_at_its_start_afterwards() -> None:
    """Whoever asks for the encoding can read on."""
    stream = io.BytesIO(SIMPLIFIED.encode("gb18030"))
    assert encoding_of(stream, "a.txt") == "gb18030"
    assert stream.tell() == 0
    broken = io.BytesIO(codecs.BOM_UTF8 + b"\xff")
    with pytest.raises(DecodeError):
        encoding_of(broken, "a.txt")
    assert broken.tell() == 0


def test_names_are_read_in_some_way() -> None:
    """UTF-8, GBK, Big5, and any other byte."""
    assert decode_name("防控/通知.txt".encode()) == "防控/通知.txt"
    assert decode_name("防控/通知.txt".encode("gbk")) == "防控/通知.txt"
    assert decode_name("醫務人員名單.txt".encode("big5")) == "醫務人員名單.txt"
    assert decode_name(b"\xff\x80.txt")
