"""What a text says of itself, and what wins over it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from toolkit.corpus.ingest import Ingested, ingest
from toolkit.corpus.metadata import found
from toolkit.corpus.repair import repair
from toolkit.model import Document

TITLE = "安陵市三措并举筑牢防控屏障"
BODY = "1月28日,安陵市召开疫情防控工作会议,市长岳文柏出席并讲话。"


def metadata(*lines: str) -> dict[str, str]:
    """What is found in a text of these lines, but for the title."""
    repaired = repair("\n".join(lines))
    values = found(repaired.text, repaired.removed)
    assert values.pop("title", TITLE) == TITLE
    return values


@pytest.mark.parametrize(
    ("line", "values"),
    [
        ("来源: 安陵网", {"source": "安陵网"}),
        ("来源: 安陵网  岳文柏", {"source": "安陵网", "author": "岳文柏"}),
        ("来源:国家卫生健康委 官方网站", {"source": "国家卫生健康委 官方网站"}),
        ("稿件来源:《安陵党建》(理论版)", {"source": "《安陵党建》(理论版)"}),
        ("来源：《安陵党建》（理论版）", {"source": "《安陵党建》（理论版）"}),
        ("图片来源:安陵摄影家协会", {}),
        ("来源:", {}),
        ("2020-02-01 16:56:00", {"date": "2020-02-01T16:56:00"}),
        ("发布时间：２０２０年２月１日　８:05", {"date": "2020-02-01T08:05:00"}),
        ("发布日期:2020/2/1", {"date": "2020-02-01"}),
        (
            "更新时间:2020-02-03 发布时间:2020-02-01 来源:安陵网",
            {"date": "2020-02-01", "source": "安陵网"},
        ),
        ("发布日期:2020-02-31", {}),
        ("2020-02-01 25:10", {}),
        ("作者:柯雨桐", {"author": "柯雨桐"}),
        ("作者：柯雨桐、陶然", {"author": "柯雨桐; 陶然"}),
        ("作者:安陵学院 课题组", {"author": "安陵学院 课题组"}),
        ("作者:豆小沫", {"author": "豆小沫"}),
        ("记者 柯雨桐 通讯员 陶然 文/图", {"author": "柯雨桐; 陶然"}),
        ("李月 本刊記者費長明", {"author": "李月; 費長明"}),
        ("记者 王 芳", {"author": "王芳"}),
        ("文/柯雨桐 图/陶然", {"author": "柯雨桐"}),
        ("摄影:陶然", {}),
        ("责任编辑:陶然", {"editor": "陶然"}),
        ("(责编:陶然、柯雨桐)", {"editor": "陶然; 柯雨桐"}),
        ("关键词:卫健委,疫情防控责任编辑:陶然", {"editor": "陶然"}),
        ("编辑:闻捷    审核:欧阳克勤", {"editor": "闻捷"}),
        (
            "2021年01月14日 来源:冀川日报 作者:关雅宁   字号:【大】【中】【小】",
            {"date": "2021-01-14", "source": "冀川日报", "author": "关雅宁"},
        ),
        (
            "原创 豆小沫 安陵发布 2022-11-20 21:06 发表于安徽",
            {"date": "2022-11-20T21:06:00", "source": "安陵发布", "author": "豆小沫"},
        ),
        ("安陵网 2020-02-01 16:56", {"date": "2020-02-01T16:56:00", "source": "安陵网"}),
    ],
)
def test_lines_around_the_text(line: str, values: dict[str, str]) -> None:
    """Each line gives what it says, and nothing more."""
    assert metadata(TITLE, line, BODY) == values


@pytest.mark.parametrize(
    ("opening", "values"),
    [
        ("本报讯(记者 柯雨桐 通讯员 陶然)", {"author": "柯雨桐; 陶然"}),
        ("  安陵网讯(通讯员 陶然)", {"author": "陶然", "source": "安陵网"}),
        ("新华社武汉2月3日电(记者 柯雨桐)", {"author": "柯雨桐", "source": "新华社"}),
        ("新华社武汉2020年2月3日电 ", {"date": "2020-02-03", "source": "新华社"}),
        ("本报松浦3月16日电（记者 栾海涛 车晓）", {"author": "栾海涛; 车晓"}),
        ("中新网济南12月8日电(孔凡 刘耀辉)", {"author": "孔凡; 刘耀辉", "source": "中新网"}),
        (
            "中广网银川11月29日消息(记者许新 通讯员韩鹏)",
            {"author": "许新; 韩鹏", "source": "中广网"},
        ),
        ("本报讯(以下简称本报)", {}),
        ("据新华社报道,", {}),
        ("", {}),
    ],
)
def test_where_the_news_begins(opening: str, values: dict[str, str]) -> None:
    """The opening names its outlet and its authors; a day without a year is no date."""
    assert metadata(TITLE, opening + BODY) == values


@pytest.mark.parametrize("line", ["2022年3月18日", "2022-3-18", "２０２２年３月１８日"])
def test_a_signature_has_the_date(line: str) -> None:
    """The date below a letter, or between headline and body, stays in the text and is found."""
    assert metadata(TITLE, BODY, "安陵市疫情防控指挥部", line) == {"date": "2022-03-18"}
    assert metadata(TITLE, "　　2022年3月18日", BODY) == {"date": "2022-03-18"}
    assert metadata(TITLE, BODY, "3月18日") == {}


def test_a_label_wins_over_the_text() -> None:
    """What a line of the page says comes before what the text says."""
    values = metadata(
        TITLE,
        "发布时间:2020-02-04 来源:安陵日报 作者:谌立",
        f"安陵网讯(记者 陶然){BODY}",
        "2020年2月3日",
    )
    assert values == {"date": "2020-02-04", "source": "安陵日报", "author": "谌立"}


@pytest.mark.parametrize(
    ("text", "title", "subtitle"),
    [
        (f"{TITLE}\n——记检验科\n{BODY}", TITLE, "记检验科"),
        (f"{TITLE}\n一一安陵市\n{BODY}", TITLE, "安陵市"),
        (f"首页 > 要闻\n\n{TITLE}\n{BODY}", TITLE, ""),
        (f"{TITLE}\n一、闻令即动\n{BODY}", TITLE, ""),
        (f"{BODY}\n{BODY}", "", ""),
        (TITLE, "", ""),
        ("长" * 81 + f"\n{BODY}", "", ""),
    ],
)
def test_titles(text: str, title: str, subtitle: str) -> None:
    """The first line that is a headline, whether lines above it were taken out or not."""
    repaired = repair(text)
    for values in (found(repaired.text, repaired.removed), found(text, ())):
        assert (values.get("title", ""), values.get("subtitle", "")) == (title, subtitle)


@given(st.text(st.sampled_from([*"来源:作者记者讯电(） ——2020-年月日1\n。王芳本报"]), max_size=60))
def test_any_text_will_do(text: str) -> None:
    """Nothing fails, and no value is empty or spans lines."""
    repaired = repair(text)
    for value in found(repaired.text, repaired.removed).values():
        assert value.strip()
        assert "\n" not in value


def one(path: Path) -> Document:
    """The document of a file that holds one."""
    (item,) = ingest([path], path.parent)
    assert isinstance(item, Ingested)
    return item.document


def test_removed_lines_stay_in_the_metadata(tmp_path: Path) -> None:
    """One line a removed line, and what they say beside them."""
    path = tmp_path / "a.txt"
    path.write_text(f"首页 > 要闻\n{TITLE}\n来源:安陵网\n{BODY}\n责任编辑:陶然\n", encoding="utf-8")
    document = one(path)
    assert document.text == f"{TITLE}\n\n{BODY}\n"
    assert document.meta == {
        "file": "a.txt",
        "title": TITLE,
        "source": "安陵网",
        "editor": "陶然",
        "boilerplate": "首页 > 要闻\n来源:安陵网\n责任编辑:陶然",
    }


def test_given_values_win(tmp_path: Path) -> None:
    """A record's own values stay; lines removed now come behind those that it brings."""
    record = {
        "text": f"{TITLE}\n来源:安陵网 作者:陶然\n{BODY}",
        "source": "另一网",
        "title": "另题",
        "boilerplate": "分享:",
    }
    path = tmp_path / "a.jsonl"
    path.write_text(json.dumps(record, ensure_ascii=False), encoding="utf-8")
    assert one(path).meta == {
        "source": "另一网",
        "title": "另题",
        "author": "陶然",
        "boilerplate": "分享:\n来源:安陵网 作者:陶然",
        "file": "a.jsonl",
        "row": "1",
    }
