"""Line breaks in the middle of a sentence."""

from __future__ import annotations

import hashlib
import re
import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from toolkit.corpus.alignment import to_text
from toolkit.corpus.damage import hard_wraps
from toolkit.corpus.repair import RepairPass

ROOT = Path(__file__).parents[2]
SEEDS = ROOT.parent / "shared" / "seeds"
JUDGED = ROOT / "benchmarks" / "wraps_of_seeds.toml"

JOIN = RepairPass("hard_wraps", "line breaks in the middle of a sentence", hard_wraps.find)

LONG = (
    "记者在高铁站看到,值守人员分成三班,昼夜不停地为每一位到站旅客测量体温、登记去向,"
    "张主任已经一直坚持"
)

BYLINE = "发布时间:2021-10-09  稿件来源:《群众》(思想版)  作者:谢某某  点击:1832次  字号:大 中 小"

DONATIONS = (
    "浙江某某股份有限公司　５００万元\n某某县农商银行　３００万元\n某某商会　２０万元\n"
    "某某县第一中学全体师生　１万元\n退休教师王某某　５０００元"
)

MAIL = (
    (
        "各位同事，上周我们到城东的三个社区走了一遍，发现值守人员最缺的不是口罩，而是能够替换他们"
        "的人手，有两位大姐已经连着站了九天。"
    ),
    (
        "我和街道商量过了，从明天起机关抽调十二人，分成四组轮换，每组早上七点到岗，晚上九点离岗，"
        "中午由食堂送饭到卡点，请各科室今天下班以前把名单交给办公室。"
    ),
)

CLAUSES = st.sampled_from(
    [
        "市疾控中心连夜排查密切接触者",
        "各乡镇把防控责任落到每一个人",
        "医护人员已经连续工作三十六个小时",
        "第一批物资于当天下午运抵仓库",
        "居民自觉在家不出门",
        "请大家放心",
        "二〇二〇年初的那个冬天格外冷",
        "全市没有一个病例",
    ]
)

SENTENCES = st.lists(CLAUSES, min_size=3, max_size=7).map(lambda clauses: "，".join(clauses) + "。")

PARAGRAPHS = st.lists(SENTENCES, min_size=3, max_size=5).map("".join)

DAMAGE = st.lists(
    st.sampled_from(
        [
            *"疫情防控，。、：；“”（）()《》!?1A ,.\u3000\t\n\n\n的了在",
            *("\n\n", "Tim", "一、", "来源：", "——", LONG),
        ]
    ),
    max_size=40,
).map("".join)


def joined(text: str) -> str:
    """What the pass makes of a text."""
    return JOIN(text)[0]


def wrapped(paragraph: str, width: int) -> str:
    """The paragraph with a line break behind each ``width`` characters."""
    return "\n".join(paragraph[at : at + width] for at in range(0, len(paragraph), width))


@given(DAMAGE)
def test_only_space_changes(text: str) -> None:
    """No character but space is dropped, no line is added, and a second run changes nothing."""
    mended = joined(text)
    assert "".join(mended.split()) == "".join(text.split())
    assert mended.count("\n") <= text.count("\n")
    assert list(hard_wraps.find(mended)) == []


@given(DAMAGE.map(lambda text: text.replace("\n", "")))
def test_a_text_of_one_line_is_not_touched(text: str) -> None:
    """Where no line ends, none was broken."""
    assert joined(text) == text


@given(st.lists(PARAGRAPHS, max_size=6), st.sampled_from(["\n", "\n\n", "\n　　"]))
def test_clean_paragraphs_are_not_touched(paragraphs: list[str], between: str) -> None:
    """A paragraph that ends in a final mark stays one."""
    text = between.join(["抗疫一线的故事", "记者 张三", *paragraphs])
    assert joined(text) == text


@given(
    st.lists(PARAGRAPHS, min_size=3, max_size=5),
    st.sampled_from(["\n\n", "\n　　"]),
    st.integers(16, 40),
)
def test_a_page_of_one_width_is_restored(paragraphs: list[str], between: str, width: int) -> None:
    """Where indents or blank lines tell paragraphs apart, every wrap goes and nothing else."""
    title = "抗疫一线的故事\n"
    clean = title + between + between.join(paragraphs)
    raw = re.sub(f"(.{{{width}}})(?=.)", r"\1\n", clean)
    assert joined(raw) == clean


@given(st.lists(PARAGRAPHS, min_size=3, max_size=5), st.integers(16, 40))
def test_a_page_without_marks_loses_no_paragraph(paragraphs: list[str], width: int) -> None:
    """Where a full line ends in a full stop and nothing tells paragraphs apart, it stays."""
    raw = "\n".join(wrapped(paragraph, width) for paragraph in paragraphs)
    mended = joined(raw)
    assert mended.replace("\n", "") == "".join(paragraphs)
    assert all(before[-1] == "。" for before in mended.split("\n"))
    ends = {len("".join(paragraphs[:count])) for count in range(1, len(paragraphs))}
    assert ends <= {
        len(mended[: found.start()].replace("\n", "")) for found in re.finditer("\n", mended)
    }


@given(SENTENCES.filter(lambda text: len(text) > 60), st.data())
def test_a_long_line_that_stops_is_joined(sentence: str, data: st.DataObject) -> None:
    """A line longer than any headline, cut in the middle, blank line or not."""
    cut = data.draw(st.integers(45, len(sentence) - 1))
    between = data.draw(st.sampled_from(["\n", "\n\n", " \n \n"]))
    raw = f"抗疫一线的故事\n\n{sentence[:cut]}{between}{sentence[cut:]}\n\n请大家放心。"
    assert joined(raw) == f"抗疫一线的故事\n\n{sentence}\n\n请大家放心。"


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        (f"{LONG}\n\n在一线指挥。", f"{LONG}在一线指挥。"),
        (f"{LONG[:-1]}\n{LONG[-1]}在一线。", f"{LONG}在一线。"),
        (f"{LONG}\n，没有休息。", f"{LONG}，没有休息。"),
        ("会议由王主任\n、李书记主持。", "会议由王主任、李书记主持。"),
        ("（本报记者\n张三）", "（本报记者张三）"),
        ("他们编写了《社区防控\n工作手册》一书。", "他们编写了《社区防控工作手册》一书。"),
        (
            "全区共发放口罩、消毒液等防疫物资，价值\n150\n万元，送到了每一个社区。",
            "全区共发放口罩、消毒液等防疫物资，价值\n150\n万元，送到了每一个社区。",
        ),
        (
            "社区为居民发放口罩，其中老人和孩子领到了150\n只，其余留给值守人员。",
            "社区为居民发放口罩，其中老人和孩子领到了150只，其余留给值守人员。",
        ),
        (
            "在这场没有硝烟的战斗中，广大党员干部以及\n志愿者冲锋在前，无一退缩。",
            "在这场没有硝烟的战斗中，广大党员干部以及志愿者冲锋在前，无一退缩。",
        ),
        ("会上，区住建局负责同志汇报了项目复\n\n工的准备情况。", None),
        ("本报讯（记者 张三）2月11日上午，市城乡一\n\n体化示范区召开推进会。", None),
        ("1月25日，大年初一早8时，示\n\n范区管委会召开会议。", None),
        (f"{LONG}在“第一\n\n线”指挥。", None),
        (f"{LONG}把守“第一线”\n\n不放松。", None),
        (f"{LONG}值守在城东社区（以下简称社区）\n\n不放松。", None),
        ("区卫健委负责同志表示,要让党旗在防控一线高高飘\n\n扬。2月21日晚,最后一人出院。", None),
        ("2月2日晚8时30分起,人员车辆凭证出入,长坪县第\n一人民医院暂停门诊,急诊照常开放。", None),
    ],
)
def test_what_proves_a_wrap(raw: str, text: str | None) -> None:
    """Length, leaning punctuation, an open bracket, a quantity that was cut in two."""
    assert joined(raw) == (raw.replace("\n", "") if text is None else text)


def test_latin_words_keep_a_blank() -> None:
    """Between Latin words the line break becomes a blank, a hyphen needs none."""
    raw = (
        "The committee of the district met on Monday and decided, after a long\n"
        "discussion of the figures, that masks are to be given to everybody who\n"
        "lives or works in one of the twelve villages, and that the well-\n"
        "known doctor, whose advice had been asked for, would speak on Friday.\n"
    )
    assert joined(raw) == raw.replace("-\n", "-").replace("\n", " ").rstrip() + "\n"


@pytest.mark.parametrize(
    "text",
    [
        "抗“疫”同心曲\n——记某市副市长张三\n\n图片1.jpg\n\n张三,某市副市长,分管卫生健康工作。",
        "让党的领导在防控疫情斗争第一线凝聚力量，让鲜红党旗高高飘扬\n\n统一思想认识。疫情就是命令。",
        "坚定信心，同舟共济，科学防治，精准施策，坚决打赢疫情防控阻击战\n记者从会上获悉，疫情已平稳。",
        f"{BYLINE}\n抗击疫情的战场，是试金石。",
        "床前明月光\n疑是地上霜\n举头望明月\n低头思故乡",
        "你从风雪里走来，\n带着一身的疲惫，\n和一句没有说完的话，\n“我没事”，\n那是你的回答。",
        "春风又绿江南岸，明月何时照我还。\n" * 6,
        "一、封控区\n二、管控区\n三、防范区\n四、其他区域\n五、离开本市的人员",
        DONATIONS,
        "张三　李四　王五　赵六\n孙七　周八　吴九　郑十\n陈一　褚二　卫三　蒋四\n沈五　韩六　杨七",
        "姓名\t年龄\t职业\n张三\t35\t医生\n李四\t41\t护士",
        "name,age,city\n张三,35,北京\n,41,上海\n王五,,广州",
        "“你从哪里来？”\n“武汉。”\n“发烧吗？”\n“不发烧”\n“请进。”",
        f"{LONG}\ufffd\ufffd\n\n值守人员为旅客测温。",
        f"{LONG}\n\n图1：值守人员为旅客测温。",
        f"{LONG}\n\n一、提高认识，压实责任。",
        f"{LONG}\n\n会上，王主任作了动员讲话。",
        f"{LONG}\n\n王主任强调，要坚持问题导向。",
        f"{LONG}\n\n责任编辑：张三",
        f"{LONG}\n\n　　第二段从这里开始。",
        f"{LONG}\n\n物资跟着需求走。\n\n下转第4版\n\n在岗位上。",
        f"{LONG}。（图1）\n\n在抗疫一线，他们是最可爱的人。",
        f"{LONG}，他说：“再等一等”\n\n在抗疫一线，他们是最可爱的人。",
        "关键词：疫情，防控，卡点，值守，口罩，消毒液，医护人员，志愿者，社区，街道，行政村，物资\n在抗疫一线，有一群人。",
        "本报讯（记者 张三）\n2月11日上午，市城乡一体化示范区召开推进会。",
        f"{LONG}。摄影 李四 摄\n\n在抗疫一线，他们是最可爱的人。",
        "特此通告。\n\n某市新冠肺炎防控指挥部办公室\n2022年3月18日",
        "> 上次的通知已经发到各个社区，请你们尽快\n> 安排人手，把口罩送到老人手里。",
    ],
)
def test_what_is_no_wrap(text: str) -> None:
    """Headlines, bylines, captions, lists, verse, tables, dialogue, signatures stay."""
    assert joined(text) == text


def test_mail_is_restored_beside_its_headers() -> None:
    """Lines of 36 characters, paragraphs told apart by blank lines, a signature."""
    head = "发件人：张三\n主题：关于轮换\n\n"
    foot = "\n\n张三\n二月三日"
    raw = head + "\n\n".join(wrapped(paragraph, 36) for paragraph in MAIL) + foot
    assert joined(raw) == head + "\n\n".join(MAIL) + foot


def test_a_page_with_a_blank_line_behind_each_line_is_restored() -> None:
    """Where every line is apart, the blank lines are part of the damage."""
    paragraph = (
        "清晨六点的卡点上，值守人员已经换了第二班岗，远处的村庄还没有醒来，只有高音喇叭在一遍一遍地提醒乡亲们"
        "不要出门，不要聚集，出门要戴口罩，回家要勤洗手。"
    )
    assert joined(wrapped(paragraph, 20).replace("\n", "\n\n")) == paragraph


def test_marks_and_words_may_hang_over_the_edge() -> None:
    """Most lines have one width; those that end in marks or Latin words are a bit wider."""
    lines = [
        "清晨六点的卡点上，值守人员已经换了第二班岗，",
        "远处的村庄还没有醒来，只有高音喇叭在一遍",
        "遍地提醒乡亲们不要出门。为防止Omicron",
        "扩散，白沙洲村对进出车辆实行查验，所有人员",
        "都要测温登记，不得聚集，出门要戴口罩，回",
        "家要勤洗手。",
        "云台村第二小学的检验员在现场，逐一查看登记",
        "台账，今年四十六岁，党龄二十年，没有一人退",
        "缩。",
    ]
    head = "关于调整部分区域防控管控措施的通告全文在此\n——抗疫一线的故事\n\n"
    text = head + "\n".join(lines)
    assert joined(text) == head + "".join(lines[:6]) + "\n" + "".join(lines[6:])


def test_linear_on_what_never_ends() -> None:
    """A megabyte of one thing, and of many short lines, takes no longer than another."""
    for text in (
        "（\n" * 100_000,
        " \n" * 300_000,
        LONG * 5000,
        "长句，\n" * 50_000,
        "“" * 300_000,
    ):
        assert "".join(joined(text).split()) == "".join(text.split())


@pytest.mark.skipif(not SEEDS.is_dir(), reason="the seed texts are not here")
def test_the_seeds_are_joined_as_by_eye() -> None:
    """Every wrap of the five texts is joined, and no line of its own is."""
    raws = {hashlib.sha256(raw).hexdigest(): raw for raw in map(Path.read_bytes, SEEDS.iterdir())}
    for judged in tomllib.loads(JUDGED.read_text(encoding="utf-8"))["texts"]:
        raw = raws[judged["sha256"]].decode()
        text, alignment = JOIN(raw)
        for start, end in judged["wraps"]:
            assert to_text(alignment, 0, start)[1] == to_text(alignment, end, len(raw))[0]
        for start, end in judged["paragraphs"]:
            before, behind = to_text(alignment, 0, start)[1], to_text(alignment, end, len(raw))[0]
            assert "\n" in text[before:behind]
