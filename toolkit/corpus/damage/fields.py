"""Lines made of labelled fields, dates and buttons: 来源:某某网 2020-02-01 16:56 【打印】."""

from __future__ import annotations

import re
from calendar import monthrange
from typing import NamedTuple

from toolkit.corpus.damage.bylines import is_name

_TRADITIONAL = (
    "參糾錯儲來編輯責記員報時間發佈訊閱讀關鍵詞熱與評論閉圖攝點擊瀏覽數頁當頻聞載轉聲權備號掃無題檔沒錄"
    "標於讚設為動態專資臺張劉陳楊黃趙吳孫馬鄭謝許韓馮鄧蕭葉蘇魏呂盧薑鐘譚陸範賈韋鄒龍賀顧龔邵萬"
    "錢嚴溫龐顏莊聶魯歐蘭寧紀單畢駱藍饒繆簡車項連蘆麥婁竇黨宮費衛應閔鄔邊師喬齊樂郵複製縮網條縣"
    "國實見習約術體廣電視欄華訪問價聯繫導統產監審終"
)
_SIMPLIFIED = (
    "参纠错储来编辑责记员报时间发布讯阅读关键词热与评论闭图摄点击浏览数页当频闻载转声权备号扫无题档没录"
    "标于赞设为动态专资台张刘陈杨黄赵吴孙马郑谢许韩冯邓萧叶苏魏吕卢姜钟谭陆范贾韦邹龙贺顾龚邵万"
    "钱严温庞颜庄聂鲁欧兰宁纪单毕骆蓝饶缪简车项连芦麦娄窦党宫费卫应闵邬边师乔齐乐邮复制缩网条县"
    "国实见习约术体广电视栏华访问价联系导统产监审终"
)
_FOLD = str.maketrans(
    {
        **{chr(wide): chr(wide - 0xFEE0) for wide in range(0xFF01, 0xFF5F)},
        **dict.fromkeys("\u3000\u00a0\t\r", " "),
        **dict(zip("［］〔〕〖〗｜﹕", "[][]【】|:", strict=True)),
        **dict(zip(_TRADITIONAL, _SIMPLIFIED, strict=True)),
    }
)

_KINDS = {
    "date": "发布时间 发布日期 发表时间 发表日期 发稿时间 更新时间 更新日期 上传时间 录入时间 "
    "添加时间 编辑时间 生成日期 成文日期 发文日期 发布于 日期 时间 发布 更新 发表 "
    "刊发时间 刊发日期",
    "source": "来源 稿件来源 文章来源 信息来源 新闻来源 内容来源 图文来源 稿源 出处 发布机构 "
    "发布单位 图片来源 视频来源 本文来源 转自 本文转自 图源",
    "author": "作者 记者 通讯员 文 图文 文图 文/图 撰文 撰稿",
    "editor": "责任编辑 责编 实习编辑 见习编辑 编辑 本期编辑 值班编辑 本文编辑 网络编辑",
    "people": "审核 校对 监制 编审 审签 审稿 终审 复审 初审 一审 二审 三审 一读 二读 三读 排版 "
    "美编 制作 图 图片 摄影 策划 统筹 素材 供稿 主编 总编 值班编委 值班主任 录入 "
    "录入者 签发 视频 剪辑 实习生 来稿 发布者 发布人 录入人 上传者 文章录入 供图 配图",
    "counter": "点击数 点击次数 点击量 点击率 点击 浏览次数 浏览量 浏览数 浏览 阅读次数 阅读数 "
    "阅读量 阅读 访问量 访问次数 人气 评论数 跟帖",
    "size": "字号 字体 字体大小 文字大小 字号选择",
    "sharing": "分享 分享到 分享至 转发到 分享给好友",
    "keywords": "关键词 关键字 标签 热词 Tags tags",
    "link": "上一篇 下一篇 上一条 下一条 前一篇 后一篇 上一页 下一页 上篇 下篇 原文链接 "
    "原文地址 本文链接",
    "place": "当前位置 您的位置 您所在的位置 您所在位置 你的位置 您现在的位置 你现在的位置 "
    "您当前的位置 您当前位置 当前所在位置 现在位置 所在位置 现在的位置 你所在的位置",
    "index": "索引号 信息分类 主题分类",
    "original": "原标题",
}
_KIND_OF = {label: kind for kind, labels in _KINDS.items() for label in labels.split()}

_FREE = {"source": 40, "keywords": 60, "link": 80, "place": 100, "index": 40, "original": 60}
"""Characters that a value may have where it can be anything."""

_PEOPLE = frozenset(("author", "editor", "people"))
_LONGEST_PEOPLE = 30
_LONGEST_PERSON = 12

VAGUE = frozenset(("日期", "时间"))
"""Labels of a meeting's notice too; beside another field only they belong to the page."""

_EVERY_LABEL = "|".join(sorted(map(re.escape, _KIND_OF), key=len, reverse=True))
_LONG_LABELS = "|".join(sorted((k for k in _KIND_OF if len(k) > 1), key=len, reverse=True))
_LABEL = re.compile(
    rf"(?<![^ \[(【)\]】|丨/;])(?P<label>{_EVERY_LABEL})"
    r" ?(?P<colon>[:|丨]|(?<=[文图编辑])/| (?=[^ ]))"
    # Behind the value before it: 作者:张三来源:某某网.
    rf"|(?P<glued>{_LONG_LABELS}) ?:",
)
MOMENT = re.compile(
    r"(?<!\d)(?P<year>(?:19|20)\d\d)(?: ?年 ?(?P<m1>\d{1,2}) ?月 ?(?P<d1>\d{1,2}) ?日"
    r"|(?P<sep>[-/.])(?P<m2>\d{1,2})(?P=sep)(?P<d2>\d{1,2})(?!\d))"
    r"(?:[ T]*(?P<hour>\d{1,2})[:时](?P<minute>\d\d)(?:[:分](?P<second>\d\d)?秒?)?)?"
    r"(?: *\(?(?:星期|周)[一二三四五六日天]\)?)?"
)
"""A date with its year in a folded line, perhaps with a time of day and a weekday."""

BUTTON_WORDS = frozenset(
    """
    分享 分享到 分享至 分享到朋友圈 收藏 收藏本页 收藏本文 加入收藏 我要收藏 在看 点赞 赞 打印
    打印本页 打印此文 打印本文 打印此页 我要打印 关闭 关闭窗口 关闭本页 关闭此页 返回顶部
    返回列表 返回首页 评论 我要评论 参与评论 发表评论 网友评论 查看更多 展开全文 扫一扫 手机版
    微信 微博 新浪微博 腾讯微博 QQ QQ空间 QQ好友 朋友圈 微信好友 复制链接 转发 纠错 我要纠错
    复制 邮箱 推荐 推荐给好友 订阅 关注 TOP 设为首页 字号 字体 大 中 小 A+ A- 放大 缩小 默认
    举报 投稿 留言 回复 下载 保存 浏览字号 全文朗读 语音播报 视力保护色 大字 小字 超大 扫码阅读
    手机阅读 我要分享 一键分享
    """.split()  # noqa: SIM905 - a table to read
)
"""What page buttons say; most of them are also words, so that one alone proves nothing."""

_SURE_WORDS = frozenset(
    """
    分享到 分享至 收藏本页 收藏本文 加入收藏 打印本页 打印此文 打印本文 打印此页 关闭窗口
    关闭本页 我要打印 我要收藏 我要评论 参与评论 发表评论 返回顶部 返回列表 返回首页 查看更多
    展开全文 设为首页 扫一扫 我要纠错 复制链接 扫码阅读 全文朗读 一键分享 我要分享 分享 打印
    网友评论
    """.split()  # noqa: SIM905 - a table to read
)
_BUTTON = re.compile(r"[\[【(] *([^\[\]【】()]{1,8}?) *[\]】)]")
_PAGE = re.compile(
    r"(?<![^ ])第? ?[A-Z]?\d{1,3} ?版(?: *: *| +)?"
    r"(?:要闻|综合|时政|专题|专版|新闻|特别报道|国内|地方)?(?![^ ])"
)
_WRAPPED = re.compile(r"^[(\[【]([^()\[\]【】]*)[)\]】]$")
_OUTLET = re.compile("[一-鿿]{1,10}(?:网|报|社|台|客户端|发布|在线|频道|新闻)")
_SENTENCE_MARK = re.compile("[。!?;:…]")
_NOISE = re.compile(r"[^\w+\-]+|_+")
_COUNT = re.compile(r"[\d,.]* ?万?\+? ?[次条人]*")
_LAST = "".join(sorted({re.escape(label[-1]) for label in _KIND_OF}))
_SIGN = re.compile(rf"[{_LAST}] ?[:|丨/ ]|\d{{4}}|[\[【(]|版")
"""What a line of fields has, one of buttons only excepted; few others have it."""
_MONTHS, _HOURS, _MINUTES = 12, 24, 60
_EDGE = " \u3000\u00a0\t|丨｜,，;；、"


class Field(NamedTuple):
    """A field: its kind, its label, and its value as it stands in the line.

    Kinds are those of the labels above, and ``buttons``.
    """

    kind: str
    label: str
    value: str


class Moment(NamedTuple):
    """A date, or a date and a time of day, as ISO 8601."""

    iso: str
    has_time: bool


def fold(line: str) -> str:
    """The line with full-width forms narrow and frequent traditional characters simplified.

    Character by character: offsets in the folded line are those in the line.
    """
    return line.translate(_FOLD)


def fields_of(line: str, folded: str = "") -> tuple[Field, ...]:
    """The fields that a line consists of, in order; none where anything else stands in it.

    Args:
        line: the line.
        folded: the same, folded, where the caller has it.
    """
    folded = folded or fold(line)
    if not _SIGN.search(folded) and not _are_buttons(_words(folded) or [""]):
        return ()
    folded = _WRAPPED.sub(r" \1 ", folded)
    found, rest = _unlabelled(line, folded)
    labels = [match for match in _LABEL.finditer(rest) if _is_label(match, rest)]
    before = rest[: labels[0].start()] if labels else rest
    words = _words(before)
    if words is None and _OUTLET.fullmatch(before.strip()) and (labels or _has_clock(folded)):
        start = before.index(before.strip())
        found.append((start, Field("source", "", line[start:].strip()[: len(before.strip())])))
    elif words is None or (words and not (labels or found or _are_buttons(words))):
        return ()
    elif words:
        found.append((0, Field("buttons", "", before.strip())))
    ends = [*(match.start() for match in labels), len(rest)][1:]
    for match, end in zip(labels, ends, strict=True):
        label = match["label"] or match["glued"]
        kind, value = _KIND_OF[label], _trimmed(rest[match.end() : end])
        if not _fits(kind, value):
            return ()
        start = rest.find(value, match.end())
        found.append((match.start(), Field(kind, label, line[start : start + len(value)])))
    found.sort()
    if len(labels) == 1 and labels[0]["label"] in VAGUE:
        others = {field.kind for _, field in found} - {"date"}
        return tuple(field for _, field in found) if others else ()
    return tuple(field for _, field in found)


def moment_of(match: re.Match[str]) -> Moment | None:
    """What a match of ``MOMENT`` says; None where there is no such day or time."""
    year, month = int(match["year"]), int(match["m1"] or match["m2"])
    day = int(match["d1"] or match["d2"])
    if not 1 <= month <= _MONTHS or not 1 <= day <= monthrange(year, month)[1]:
        return None
    iso = f"{year:04}-{month:02}-{day:02}"
    if match["hour"] is None:
        return Moment(iso, has_time=False)
    hour, minute, second = int(match["hour"]), int(match["minute"]), int(match["second"] or 0)
    if hour >= _HOURS or max(minute, second) >= _MINUTES:
        return None
    return Moment(f"{iso}T{hour:02}:{minute:02}:{second:02}", has_time=True)


def _unlabelled(line: str, folded: str) -> tuple[list[tuple[int, Field]], str]:
    """Dates, bracketed buttons and page numbers; and the line with blanks in their places."""
    found = [
        (moment.start(), Field("date", "", line[slice(*moment.span())]))
        for moment in MOMENT.finditer(folded)
    ]
    rest = MOMENT.sub(_blanks, folded)
    for button in [button for button in _BUTTON.finditer(rest) if _words(button[1])]:
        found.append((button.start(), Field("buttons", button[0], button[1])))
        rest = rest[: button.start()] + _blanks(button) + rest[button.end() :]
    found += [(page.start(), Field("page", "", page[0])) for page in _PAGE.finditer(rest)]
    return found, _PAGE.sub(_blanks, rest)


def _has_clock(folded: str) -> bool:
    return any(moment["hour"] for moment in MOMENT.finditer(folded))


def _trimmed(value: str) -> str:
    """A value without separators and lone brackets at its edges."""
    value = value.strip(_EDGE).rstrip(_EDGE + "([【")
    return value if re.search(r"[(\[【]", value) else value.rstrip(_EDGE + ")]】")


def _blanks(match: re.Match[str]) -> str:
    return " " * len(match[0])


def _is_label(match: re.Match[str], line: str) -> bool:
    """A label has a colon; one of a person may have a space before a name instead."""
    if match["glued"] or match["colon"] != " ":
        return True
    word = re.split("[ 、,/]", line[match.end() : match.end() + 12].lstrip(), maxsplit=1)[0]
    return _KIND_OF[match["label"]] in _PEOPLE and is_name(word)


def _fits(kind: str, value: str) -> bool:
    """Whether a folded value is of the form that values of this kind have."""
    if kind == "date":
        return not value
    if kind == "counter":
        return bool(_COUNT.fullmatch(value))
    if kind in ("size", "sharing"):
        return _words(value) is not None
    if kind in _PEOPLE:
        short = all(len(word) <= _LONGEST_PERSON for word in re.split("[ 、,/]+", value))
        return short and len(value) <= _LONGEST_PEOPLE and not _SENTENCE_MARK.search(value)
    if kind == "source":
        several = "," not in value or not re.search(r"\d|[^,]{9}", value)
        return several and len(value) <= _FREE[kind] and not _SENTENCE_MARK.search(value)
    return len(value) <= _FREE[kind] and "。" not in value


def _words(text: str) -> list[str] | None:
    """The button words that a stretch consists of; None where another word stands there."""
    words = [word for word in _NOISE.split(text) if word]
    return words if all(word in BUTTON_WORDS for word in words) else None


def _are_buttons(words: list[str]) -> bool:
    return len(set(words)) > 1 or words[0] in _SURE_WORDS
