"""Line breaks of pages that were wrapped together with their glosses."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from toolkit.corpus.damage import glossed_wraps
from toolkit.corpus.repair import RepairPass, repair

PASS = RepairPass("glossed_wraps", "line breaks of a glossed page", glossed_wraps.find)

PARAGRAPH = (
    "各級(jí)黨組(zǔ)織充分發(fā)揮戰(zhàn)鬥堡壘作用，廣(guǎng)大黨員沖鋒在前，"
    "堅(jiān)持黨的領(lǐng)導(dǎo)，沒有人離(lí)開，沒有人退縮，連(lián)續(xù)值守，"
    "隊(duì)員們每天要走訪兩百戶人家，給獨(dú)居老人送菜送藥，為過路司機(jī)測量體溫。"
)


def wrapped(paragraph: str, width: int) -> str:
    """The paragraph with a line break behind each ``width`` characters, no gloss being cut."""
    lines, line, inside = list[str](), "", False
    for character in paragraph:
        inside = character == "(" or (inside and character != ")")
        if len(line) >= width and not inside and character not in "，。)":
            lines.append(line)
            line = ""
        line += character
    return "\n".join([*lines, line])


@pytest.mark.parametrize("width", [28, 30, 33])
def test_a_glossed_page_is_restored(width: int) -> None:
    """Its lines have one width only with the glosses in them; afterwards they are joined."""
    clean = f"抗疫一線的故事\n\n{PARAGRAPH}\n{PARAGRAPH}"
    raw = f"抗疫一線的故事\n\n{wrapped(PARAGRAPH, width)}\n{wrapped(PARAGRAPH, width)}"
    assert repair(raw).text == repair(clean).text


@pytest.mark.parametrize("gap", ["\n", " \n", "\n\n　"])
def test_a_gloss_is_joined_with_its_character(gap: str) -> None:
    """A break between the two is no paragraph's end."""
    raw = f"他遞交請戰書，主動{gap}(dòng)要求到最危險的地方去。"
    assert repair(raw).text == "他遞交請戰書，主動要求到最危險的地方去。"


@pytest.mark.parametrize(
    "text",
    [
        f"抗疫一線的故事(shì)\n\n{PARAGRAPH}\n{PARAGRAPH}",
        "參加會議的有\n(PCR)檢測組\n(km)公里組",
        "核酸檢測(cè)點名單\n（一）城東社區\n（二）城西社區",
    ],
)
def test_what_is_no_wrap_stays(text: str) -> None:
    """Glossed paragraphs, and lines that begin with another bracket."""
    assert PASS(text)[0] == text


@given(st.lists(st.sampled_from([*"疫情（）() \n\n，。", "動(dòng)", "(dòng)"]), max_size=60))
def test_only_space_goes(pieces: list[str]) -> None:
    """No character but space is dropped, and a second run finds nothing."""
    text = "".join(pieces)
    mended = PASS(text)[0]
    assert "".join(mended.split()) == "".join(text.split())
    assert list(glossed_wraps.find(mended)) == []
