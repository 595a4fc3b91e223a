"""Lines around an article leave it, and lines like them in it stay."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from toolkit.corpus.alignment import to_raw
from toolkit.corpus.damage import boilerplate
from toolkit.corpus.repair import PASSES, repair

PASS = next(repair_pass for repair_pass in PASSES if repair_pass.name == "boilerplate")

TITLE = "安陵市三措并举筑牢防控屏障"
SUBTITLE = "——记安陵市疾控中心检验科"
BODY = "  1月28日,安陵市召开疫情防控工作会议,市长岳文柏出席并讲话。"
MORE = "  截至目前,全市已投入口罩2万只,隔离房间300间,各卡点24小时值守。"
SUBHEAD = "把责任扛在肩上"

# Above the body, under the headline.
AT_THE_TOP = (
    "首页 > 要闻 > 正文",
    "安陵频道 > 全景安陵",
    "安陵党建网 >> 先锋人物 >> 抗疫一线",
    "网站首页 » 卫健动态 » 安陵市三措并举筑牢防控屏障",
    "首页/新闻中心/正文",
    "当前位置:首页>工作动态>部门动态",
    "您现在的位置： 首页 － 疫情防控",
    "来源: 安陵网  岳文柏",
    "来源：安陵日报",
    "来源|安陵发布",
    "稿件来源:《安陵党建》(理论版)",
    "信息来源:市卫生健康委",
    "2020-02-01 16:56:00",
    "2020-02-01",
    "2020/2/1 08:30",
    "2020年2月1日 16:56",
    "发布时间:2020-02-01     稿件来源:《安陵党建》     作者:岳文柏",
    "发布日期:2020年2月1日",
    "2020年02月01日 来源:安陵日报 作者:柯雨桐   字号:【大】【中】【小】",
    "作者: 谌立   2020年4月2日   点击:1832次",
    "日期:2020-02-01 浏览次数:17 字体:[大 中 小]",
    "时间:2020-02-01 来源:安陵网",
    "分享:",
    "分享到：",
    "分享到 微信 微博 QQ空间",
    "大 中 小",
    "字号:大 中 小",
    "点击数:3021",
    "阅读次数： 1.2万次",
    "记者 柯雨桐 文/图",
    "本报记者 柯雨桐",
    "本报记者　柯雨桐　通讯员　陶然",
    "□ 安陵日报记者 柯雨桐 实习生 陶然",
    "文/图 柯雨桐",
    "文/柯雨桐 图/陶然",
    "通讯员 陶然",
    "陶然 本刊記者柯雨桐",
    "記者 費長明 文/圖",
    "作者:柯雨桐",
    "記者:費長明",
    "原创 柯小雨 安陵发布 2022-11-20 21:06 发表于安徽",
    "安陵网 2020-02-01 16:56",
    "点击上方蓝字关注我们👆",
    "第2版 要闻  2022年3月17日  星期四  责编 陶然 美编 柯雨桐",
    "2020-02-05 17:09:11来源:新华网",
    "2020-02-05 10:20 来源: 新华网 字体:小 中 大 分享到:",
    "作者：柯雨桐来源：安陵日报",
    "发布时间：2020-02-05 17:09:11 | 来源：市卫健委 | 作者： | 阅读：",
    "【字体:大 中 小】",
    "来源:新华社,人民日报",
    "来源:安陵网 发布者:admin 浏览:17次",
    "安陵市三措并举筑牢防控屏障_要闻_安陵网",
    "2014-04-18 10:24安陵网",
    "安陵新闻网 发布时间： 2013年12月30日 10:24",
    "图片1.jpg",
    "640.jpeg",
    "安陵方舱_02.JPG",
    "[图片]",
    "关键词:安陵,基层党组织    责任编辑:陶然",
)

# Behind the body.
AT_THE_END = (
    "责任编辑:陶然",
    "責任編輯：陶然",
    "(责编:陶然、柯雨桐)",
    "[编辑:陶然]",
    "编辑:陶然    审核:欧阳克勤",
    "(记者 柯雨桐)",
    "来源:新华社",
    "素材:安陵街道  摄影:老猫  编辑:豆小沫",
    "关键词:安陵,疫情防控责任编辑:陶然",
    "【打印】【关闭】",
    "【收藏本页】    【打印此文】     【关闭】",
    "【加入收藏】",
    "打印本页 | 关闭窗口",
    "分享至:",
    "分享 收藏 在看 点赞❤️",
    "未命名页面",
    "无标题文档",
    "無標題文檔",
    "Untitled Document",
    "上一篇:没有了",
    "下一篇：社区里的“红马甲”",
    "上一篇:没有了   下一篇:社区里的“红马甲”   【打印】【关闭】",
    "相关热词搜索:",
    "相關熱詞搜索：疫情 防控",
    "參與評論",
    "相关阅读",
    "版权所有:安陵网 未经授权不得转载",
    "Copyright © 2020 安陵网 All Rights Reserved",
    "皖ICP备12345678号-1",
    "凡本网注明“来源:安陵网”的作品,未经授权不得转载。违者将追究责任。",
    "声明:转载此文是出于传递更多信息之目的,若有侵权请联系删除。",
    "扫一扫在手机打开当前页",
    "长按识别二维码关注我们",
    "扫描下方二维码，关注安陵发布",
    "阅读原文",
    "返回顶部",
    "参与评论",
    "我要纠错",
    "下转第4版",
    "(上接第3版)",
    "【图片】",
    "我要纠错责任编辑:陶然",
    "[责任编辑:陶然]分享到:",
    "(责任编辑:陶然 来源:安陵网)",
    "责任编辑 陶然",
    "(实习编辑：罗阳 审核：谭利娅)",
    "编辑/陶然",
    "原文链接:http://example.org/a/1.html",
    "本网站转载的文章仅为传播信息,不代表本网观点,如有侵权请联系删除。",
    "主办:安陵市卫健委 皖ICP备12345678号-1 皖公网安备 34000000000000号",
)

# Lines of a text that look like those above.
CONFUSABLE = (
    "来源不明的快递要先消毒",
    "来源:患者甲的同事,1月20日自武汉返回",
    "感染来源:与病例2同餐",
    "分享经验",
    "分享:我的隔离日记",
    "分享抗疫故事 传递安陵温度",
    "责任编辑部门",
    "编辑部的年夜饭",
    "记者手记",
    "记者 手记",
    "记者调查",
    "记者 连线",
    "记者:您怕不怕?",
    "记者从市卫健委获悉",
    "通讯员队伍建设",
    "作者的话",
    "(作者系安陵市政府办公厅秘书)",
    "(安陵市慈善总会供稿)",
    "(作者:柯雨桐,单位:安陵市疾控中心)",
    "来源:张三 电话:1234567",
    "点击上报",
    "打印机2台",
    "阅读角里的课堂",
    "上一篇日记",
    "上一页 报纸",
    "图1:市妇幼保健院医护人员在高铁站为旅客测温",
    "图为工人在安装床位",
    "(图1)",
    "安陵网讯(通讯员 陶然)面对疫情",
    "本报讯(记者 柯雨桐)",
    "本报安陵3月16日电(记者 柯雨桐 陶然)",
    "时间:2月3日上午9时",
    "时间:2020年2月3日 地点:市政府二楼会议室",
    "地点:市政府二楼会议室",
    "联系人:施琴　监督:县纪委县监委、县审计局",
    "24日 晴",
    "安陵防控办〔2022〕27号",
    "安陵市疫情防控指挥部",
    "二、物资",
    "2. 德昌水产合作社:年糕1500斤",
    "病例1:男,35岁",
    "血氧 > 95%",
    "口罩 > 护目镜 > 防护服",
    "北京→武汉→安陵",
    "扫一扫,测一测",
    "扫码登记不能少",
    "关注老人 关爱儿童",
    "评论",
    "版权登记服务不断档",
    "当前位置服务",
    "大 手牵小手",
    "编者按: 医疗队平安返回",
    "市长岳文柏 书记任克俭",
    "医生 陶然",
    "#安陵加油# #致敬每一个你#",
    "(抄送:市委办、市府办)",
    "相关企业复工指南",
    "相关报道显示疫情好转",
    "阅读量超过120万次",
    "本报记者从市版权局获悉,正版软件已免费发放到各医院。",
    "本报2月3日的报道被多家媒体转载,读者纷纷来电。",
    "该网站备案号为皖ICP备12345678号,因散布谣言被关停。",
    "未经允许擅自出入小区的,依法追究责任。",
    "声明如下",
    "安陵市三措并举筑牢防控屏障-要闻",
    "2020年2月3日",
    "数据来源:国家卫健委",
    "时间:2020年2月3日 来源地:武汉",
    "(完)",
    "(以上数据来源:市卫健委)",
    "正版权益保护",
    "安陵新闻网 记者节",
    "新华网 2020年2月3日",
)

SENTENCE = st.lists(
    st.sampled_from(
        [
            *"来源记者编辑分享打印作者:：,，、“”()0123 年月日/|>【】",
            *("责任编辑:", "首页>正文", "2020-02-01 16:56", "图片1.jpg", "通讯员 陶然", "关闭"),
        ]
    ),
    min_size=1,
    max_size=30,
).map(lambda pieces: "".join(pieces) + "。")


def mend(text: str) -> str:
    """What the pass makes of a text."""
    return PASS(text)[0]


def paragraphs(text: str) -> list[str]:
    """The lines that aren't empty."""
    return [line for line in text.split("\n") if line.strip()]


@pytest.mark.parametrize("blank", ["\n", "\n\n"])
@pytest.mark.parametrize("line", AT_THE_TOP)
def test_lines_above_the_body_go(line: str, blank: str) -> None:
    """Under the headline, with empty lines or without, the line goes and nothing else does."""
    text = blank.join([TITLE, SUBTITLE, line, BODY, MORE])
    assert paragraphs(mend(text)) == [TITLE, SUBTITLE, BODY, MORE]


@pytest.mark.parametrize("blank", ["\n", "\n\n"])
@pytest.mark.parametrize("line", AT_THE_END)
def test_lines_behind_the_body_go(line: str, blank: str) -> None:
    """Behind the last paragraph the line goes, and the text is what it was without it."""
    text = blank.join([TITLE, BODY, SUBHEAD, MORE])
    assert mend(text + blank + line) == text
    assert mend(text + blank + line + "\n") == text + "\n"


@pytest.mark.parametrize("line", CONFUSABLE)
def test_lines_of_the_text_stay(line: str) -> None:
    """A line that only looks like boilerplate stays wherever it stands."""
    for lines in (
        [TITLE, line, BODY, MORE],
        [TITLE, BODY, line, MORE],
        [TITLE, BODY, MORE, line],
    ):
        for blank in ("\n", "\n\n"):
            assert mend(blank.join(lines)) == blank.join(lines)


@pytest.mark.parametrize(
    "line",
    [
        *(
            "2020-02-01 16:56",
            "日期:2020-02-03 来源:武汉",
            "来源:安陵日报",
            "分享",
            "作者:柯雨桐",
            "编辑:陶然",
            "扫一扫",
            "阅读原文",
            "分享 收藏",
        ),
        *("2020-02-01", "2020年2月1日", "首页 > 正文", "记者 柯雨桐", "点击:1832次", "图片:陶然"),
    ],
)
def test_items_in_the_middle_stay(line: str) -> None:
    """Between two paragraphs a short item is the text's, whatever it would be at its edges."""
    text = "\n".join([TITLE, BODY, line, MORE])
    assert mend(text) == text


@pytest.mark.parametrize(
    "line",
    [
        *("图片1.jpg", "下转第4版", "(上接第3版)", "责任编辑:陶然", "(编辑:陶然)", "未命名页面"),
        *("【打印】【关闭】", "来源:安陵网 2020-02-01 16:56:00", "[图片]"),
    ],
)
def test_certain_lines_go_from_the_middle(line: str) -> None:
    """What nobody writes into a text goes wherever it stands."""
    assert mend("\n".join([TITLE, BODY, line, MORE])) == "\n".join([TITLE, BODY, MORE])


@pytest.mark.parametrize("date", ["2020年2月3日", "2020-02-03", "2020年2月3日 16:56"])
def test_signatures_stay(date: str) -> None:
    """Behind the body a date of its own is a letter's, editors below it or not."""
    text = "\n".join([TITLE, BODY, "安陵市疫情防控指挥部", date])
    assert mend(text) == text
    assert mend(text + "\n责任编辑:陶然") == text


def test_jumps_stay_where_a_sentence_breaks_off() -> None:
    """They tell that its rest may be anywhere, so that nothing is joined across them."""
    begun = (
        "一支由一千八百五十名工人组成的队伍在大雪里连夜施工,"
        "物资、车辆陆续到位,从三月十二日起没有一个人离"
    )
    lines = [TITLE, BODY, begun, "物资跟着需求走。", "下转第4版", "开现场。", BODY]
    assert repair("\n\n".join(lines)).text == "\n\n".join(lines)
    assert mend("\n".join([TITLE, begun, BODY, "下转第4版"])) == "\n".join([TITLE, begun, BODY])


def test_items_of_a_form_stay() -> None:
    """Where somebody filled in a form, 来源 is one of its labels and no line of the page."""
    lines = [TITLE, BODY, "姓名:陶然", "职务:护士", "单位:安陵市疾控中心", "来源:自荐"]
    assert mend("\n".join(lines)) == "\n".join(lines)
    head = [TITLE, "副题:三昼夜", "来源:安陵日报", BODY]
    assert paragraphs(mend("\n".join(head))) == [TITLE, "副题:三昼夜", BODY]


def test_entries_of_a_chronicle_stay() -> None:
    """Dates that head the entries stay, the first one above the body too."""
    text = "\n".join([TITLE, "2020-02-01", BODY, "2020-02-02", MORE])
    assert mend(text) == text


def test_bylines_of_every_report_go() -> None:
    """In a file of several reports each byline stands under a headline or behind a report."""
    text = "\n".join(
        [TITLE, BODY, SUBHEAD, "记者 柯雨桐 文/图", MORE, "(记者 陶然)", SUBHEAD, MORE]
    )
    assert paragraphs(mend(text)) == [TITLE, BODY, SUBHEAD, MORE, SUBHEAD, MORE]


def test_a_list_of_people_stays() -> None:
    """Journalists among others who are honoured are no byline."""
    text = "\n".join([TITLE, BODY, "先进个人名单", "医生 邹亮", "记者 柯雨桐", "民警 卫东海", MORE])
    assert mend(text) == text


@pytest.mark.parametrize(
    ("lines", "kept"),
    [
        ([TITLE, TITLE, BODY], [TITLE, BODY]),
        ([TITLE, " " + TITLE.replace("并举", "并举 "), BODY], [TITLE, BODY]),
        (["安陵ABC专班12天", "安陵ＡＢＣ专班１２天", BODY], ["安陵ABC专班12天", BODY]),
        ([TITLE, SUBTITLE, "来源:安陵网", TITLE, BODY], [TITLE, SUBTITLE, BODY]),
        (["首页 > 要闻 > 正文", TITLE, TITLE, BODY], [TITLE, BODY]),
        ([TITLE, BODY, "安陵两家企业转产口罩", "安陵两家企业转产口罩", MORE], None),
    ],
)
def test_second_copies_of_headlines_go(lines: list[str], kept: list[str] | None) -> None:
    """The first copy stays, though blanks and widths differ."""
    assert paragraphs(mend("\n".join(lines))) == (kept or [TITLE, BODY, lines[2], MORE])


@pytest.mark.parametrize(
    "lines",
    [
        ["加油", "加油", BODY],
        ["安陵市某公司董事；", "安陵市某公司董事；", BODY],
        ["武汉加油安陵加油", "武汉加油安陵加油", "武汉加油安陵加油"],
        [TITLE, BODY, TITLE, MORE],
        [TITLE, BODY, "1月20日", MORE, "1月20日", BODY],
        [TITLE, BODY, BODY, MORE],
    ],
)
def test_other_repeats_stay(lines: list[str]) -> None:
    """A chant, a heading that comes again and a repeated paragraph are the text's."""
    assert mend("\n".join(lines)) == "\n".join(lines)


def test_lists_of_links_go() -> None:
    """The headlines below 相关阅读 go, a note on the author does not."""
    text = "\n".join([TITLE, BODY, "(作者系安陵市民)"])
    links = "\n".join(["相关阅读:", "安陵新增2例", "安陵一医院恢复门诊?"])
    assert mend(f"{text}\n{links}") == text
    box = "\n".join([TITLE, BODY, "相关链接", MORE])
    assert mend(box) == box


@pytest.mark.parametrize(
    "text",
    [
        "来源:安陵网\n责任编辑:陶然",
        "记者 柯雨桐\n2020-02-01 16:56:00",
        "图片1.jpg\n\n图片2.jpg\n",
        "【打印】【关闭】",
        "分享:",
        "",
        " \n\n",
    ],
)
def test_a_text_of_nothing_else_stays(text: str) -> None:
    """What would leave nothing is left."""
    assert mend(text) == text


def test_a_line_between_others_leaves_a_break() -> None:
    """A headline isn't put on top of the body where only the byline stood between them."""
    assert mend(f"{TITLE}\n记者 柯雨桐\n{BODY}") == f"{TITLE}\n\n{BODY}"
    assert mend(f"{TITLE}\n\n{BODY}\n图片1.jpg\n{MORE}") == f"{TITLE}\n\n{BODY}\n{MORE}"


def test_removed_lines_are_kept_beside_the_text() -> None:
    """They come in order, as earlier passes left them; what stays keeps its raw address."""
    raw = f"首页&nbsp;>&nbsp;要闻\n{TITLE}\n來(lái)源:安陵网\n\n{BODY}\n責任編輯:陶然\n"
    repaired = repair(raw)
    assert repaired.removed == ("首页 > 要闻", "來源:安陵网", "責任編輯:陶然")
    assert repaired.text == f"{TITLE}\n\n{BODY}\n"
    start = repaired.text.index("岳文柏")
    assert raw[slice(*to_raw(repaired.alignment, start, start + 3))] == "岳文柏"


@given(st.lists(SENTENCE, max_size=8), st.sampled_from(["\n", "\n\n", "\n \n"]))
def test_sentences_are_never_touched(sentences: list[str], blank: str) -> None:
    """A text made only of sentences with final marks stays as it is."""
    text = blank.join(sentences)
    assert list(boilerplate.find(text)) == []


@given(
    st.lists(
        st.sampled_from(
            [*AT_THE_TOP, *AT_THE_END, *CONFUSABLE, TITLE, SUBHEAD, BODY, MORE, "", " "]
        ),
        max_size=14,
    )
)
def test_only_whole_lines_go(lines: list[str]) -> None:
    """Whatever is mixed, lines stay whole and in order, and a second run finds nothing."""
    text = "\n".join(lines)
    mended = mend(text)
    assert list(boilerplate.find(mended)) == []
    rest = iter(paragraphs(text))
    assert all(any(line == other for other in rest) for line in paragraphs(mended))
    assert bool(mended.strip()) == bool(text.strip())
    assert {BODY, MORE} & set(lines) <= set(paragraphs(mended))
