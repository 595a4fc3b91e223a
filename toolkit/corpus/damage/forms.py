"""The forms that lines of boilerplate have, and where a line of each form can be trusted."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Literal

from toolkit.corpus.damage.bylines import byline_names
from toolkit.corpus.damage.fields import MOMENT, VAGUE, Field, fields_of, fold

Place = Literal["anywhere", "beside", "edge", "date"]
"""Where a line of this form is boilerplate: wherever it stands; between a headline and
prose, or behind prose; before or behind the body; and bare dates, which are settled last."""

LONGEST_LINE = 150
"""Characters of a line of fields; what is longer is a paragraph."""
LONGEST_NOTICE = 300
_LONGEST_CRUMB = 20
_LONGEST_LAST_CRUMB = 60
"""The last one may be the headline."""
_LONGEST_PHRASE = 40
"""A line that is longer is running text; so is …"""
_LONGEST_PHRASE_WITH_COMMA = 14
"""… one with a comma that is longer than this."""

_SURE_KINDS = frozenset(("date", "source", "counter", "size", "sharing", "buttons", "link", "page"))
"""Two kinds of fields on one line, one of them of these, are a page's and not an author's."""

_FINAL = re.compile("[。！？!?…;；][”’」』）)】\"']*$")

_CUES = """
: ： | 丨 ｜ > ＞ » › → 【 [ ［ © 戳 篇 版 摄 攝 扫 掃 A+ QQ TOP 记者 記者 讯员 訊員 实习生
實習生 评论员 撰稿 编辑 編輯 责编 責編 责任编 責任編 报道 報道 原创 原創 文/ 图/ 圖/ 图片 圖片
文图 图文 文档 文檔 页面 首页 首頁 本页 本頁 上一 下一 上接 下转 下轉 分享 收藏 打印 关闭 關閉
关注 關注 点击 點擊 点赞 點贊 點讚 在看 评论 評論 留言 回复 阅读 閱讀 浏览 瀏覽 转载 轉載 转发
轉發 复制 複製 字号 字號 字体 字體 放大 投稿 订阅 訂閱 举报 舉報 纠错 糾錯 下载 下載 设为 設為
热词 热门 热点 推荐 推薦 更多 往期 返回 我要 喜欢 大家 相关 相關 延伸 全文 朗读 视力 视频 声明
微信 微博 朋友圈 客户端 二维码 二維碼 识别 識別 小程序 ICP opyright ntitled NTITLED .jp .JP .png
.PNG .gif .GIF .bmp .BMP .webp .WEBP .tif .TIF
"""
_CUE = re.compile(
    "|".join(map(re.escape, _CUES.split())) + r"|大[ \u3000|/]|1\d{3}|2\d{3}|１\d{3}|２\d{3}"
)
"""What every line of a form below has one of, and few lines of a text: those are looked at.

Literals, so that the regex engine skips what begins none of them."""
_RIGHTS_CUES = ("权", "權", "转载", "轉載", "©", "opyright", "OPYRIGHT", "ICP", "公网", "不代表")
_LIST_CUES = """
相关 相關 热门 熱门 热点 熱点 推荐 推薦 猜你 往期 更多 最新评 最新文 大家都 延伸阅 延伸閱 评论 評論 編辑 编辑 编輯 編輯
"""
_OTHER_CUE = re.compile("|".join((*_RIGHTS_CUES, *_LIST_CUES.split())))
"""What notices of rights and lines that head links have one of."""

_FILE = (
    r"[\[(【<]?(?:https?://[^ ]{1,80}/)?"
    r"[\w.·—+()%-]{1,60}\.(?:jpe?g|png|gif|bmp|webp|tiff?)[\])】>]?"
)
_PICTURE = re.compile(
    rf"{_FILE}(?:[ ,、]+{_FILE})*"
    r"|[\[【] ?(?:图片?|照片|视频|音频|点击(?:查看)?(?:大图|图片)|image|图\d*) ?[\]】]",
    re.IGNORECASE,
)
_RESIDUE = re.compile(
    r"""无标题文档|未命名(?:页面|文档)|untitled(?:[ ](?:document|page))?|new[ ]page[ ]\d*
    |[(\[【]?[ ]?(?:上接|下转)第?[ ]?[A-Z]?[\d一二三四五六七八九十]{1,3}[ ]?版
        (?:[《“].{1,40}[》”])?[ ]?[)\]】]?
    """,
    re.IGNORECASE | re.VERBOSE,
)
_INVITATION = re.compile(
    r"""(?:点击|戳)(?:上方|下方|文末|左下角|右上角|这里|此处)?[“"]?(?:上方|下方)?
        (?:蓝字|蓝色字体|阅读原文|关注).{0,16}
    |请?(?:长按|扫描|扫一扫|扫码|微信扫一扫|识别)[,:!]?[ ]?(?:识别|扫描)?
        (?:上方|下方|上面|下面|左侧|右侧|以下|图中|此)?的?(?:二维码|小程序码).{0,16}
    |(?:用|打开)?(?:手机|微信)?[“"]?(?:扫一扫|扫码)[”"]?[,:]?[ ]?(?:在|用|关注|分享|下载)
        (?:手机|微信|我们|公众号|官方|客户端|[至到]|打开|浏览|查看|阅读|当前|[本页上]
        |朋友圈|更多|精彩|APP|[,、])*
    |(?:左下角|文末)?[“"]?阅读(?:原文|全文)[”"]?(?:[ ]?[\d万+]+)?
    |(?:进入|打开|下载)(?:新闻)?(?:客户端|APP).{0,10}
    |本文已?被?(?:阅读|浏览)过?[ ]?\d+[ ]?次
    """,
    re.IGNORECASE | re.VERBOSE,
)
_LINKS = re.compile(
    r"""[\[【(■●▲·]*[ ]?(?:相关(?:阅读|新闻|文章|报道|推荐|热词搜索|热词|内容|资讯|稿件)|推荐阅读
    |热门(?:文章|推荐|新闻|评论|阅读)|猜你喜欢|往期(?:回顾|推荐|精选|精彩)
    |更多(?:新闻|精彩|阅读|推荐)|最新(?:评论|文章)|(?:热点|编辑|精彩)推荐|大家都在看)
    [ ]?[\]】)]*[ ]?(?::.{0,60})?
    """,
    re.VERBOSE,
)
_LINKS_WITHOUT_ANY = re.compile(
    r"[\[【(■●▲·]* ?(?:相关(?:链接|专题|附件)|延伸阅读|\d+ ?条评论) ?[\]】)]* ?:?"
)
_NOTICE = re.compile(
    r"""[(\[【*※·■ ]*(?:版权所有(?!者|人)|版权声明|版权归|免责声明|(?:特别|郑重)?声明[: ]
    |copyright|©|\(c\)[ ]?\d{4}|凡(?:本|注明|来源|转载)|未经.{0,14}(?:授权|许可|同意|允许)
    |(?:如需)?转载(?:请|须|本)
    |(?:以上|本)(?:网|站|文|报|刊|作品|内容|公众号|图文|稿件).{0,30}(?:版权|转载|侵权|不代表))
    """,
    re.IGNORECASE | re.VERBOSE,
)
_NOTICE_WORD = re.compile(
    "版权|转载|授权|侵权|许可|注明|不得|免责|责任|删除|观点|不代表|联系|禁止|copyright|©",
    re.IGNORECASE,
)
_NOTICE_WORDS = 3
"""So many of these has a notice that is a sentence."""
_OPERATOR = re.compile(
    r"(?:.{0,30}all rights reserved|.{0,40}ICP ?[备证] ?\d|.{0,20}公网安备|版权所有(?!者|人)"
    r"|copyright|©|\(c\) ?\d{4}).*",
    re.IGNORECASE,
)
_WECHAT = re.compile(rf"原创[: ][^。,:]{{0,40}}? *(?:{MOMENT.pattern}) *(?:发表于[^ ]{{2,8}})?")
_OUTLET = re.compile(
    r"[^ 。,:()]{1,12}(?:网|报|社|台|客户端|发布|在线|频道|新闻|委|局|政府|办|中心|融媒)"
    rf" *(?:{MOMENT.pattern})(?: *[^ 。,:()\d]{{1,12}})?"
)
_CRUMB = re.compile(r" *(?:>>|[>»›]|->|→|(?<= )[/|](?= )|(?<=首页)[/|-]) *")
_MAY_PART = re.compile("[>»›→/|-]")
_SITE = re.compile(
    "首页|主页|频道|网$|网站|正文|栏目|新闻|要闻|专题|资讯|动态|公开|公告|党建|头条|专栏|文章|详情|列表"
)
_SITE_NAME = re.compile(
    r"(?:[-_|—–]+[^-_|—–。,:]{1,8})*[-_|—–]+[^-_|—–。,:]{0,12}(?:网|网站|频道|新闻|日报|在线|门户|政府|委员会|中心)"
)
_SHORTEST_TITLE = 5
_NO_TRAIL = re.compile("[。!?;]")


def may_have_form(lines: Sequence[str]) -> bool:
    """A quick look: whether one of these lines, none of them a sentence, can be of any form."""
    together = "\n".join(lines)
    if _OTHER_CUE.search(together):
        return True
    return bool(_CUE.search(together)) and any(line and place_of(line) for line in lines)


def has_rights_cue(line: str) -> bool:
    """A quick look: whether a line can be a notice of rights."""
    return any(word in line for word in _RIGHTS_CUES)


@lru_cache(maxsize=1024)  # the chain asks twice, and one site's lines are in all its texts
def place_of(line: str) -> Place | None:
    """Where a line of this form is boilerplate; None where it never is.

    A line of more than ``LONGEST_LINE`` characters or with a 。 is a paragraph and not asked
    about.
    """
    if not _CUE.search(line):
        return None
    folded = fold(line).strip()
    if _PICTURE.fullmatch(folded) or _RESIDUE.fullmatch(folded):
        return "anywhere"
    if byline_names(folded):
        return "beside"
    fields = fields_of(line.strip(), folded)
    if fields:
        return _place_of_fields(fields, folded)
    is_known = _INVITATION.fullmatch(folded) or _is_trail(folded) or _is_stamp(folded)
    return "edge" if is_known else None


def heads_links(line: str) -> bool:
    """Whether headlines of other articles are listed below this line: 相关阅读."""
    return bool(_LINKS.fullmatch(fold(line).strip()))


def heads_nothing(line: str) -> bool:
    """Whether a line without anything below it is left of a box: 相关链接."""
    return bool(_LINKS_WITHOUT_ANY.fullmatch(fold(line).strip()))


def is_notice(line: str) -> bool:
    """Whether a line is a notice of rights or of who runs the site; it may be a sentence."""
    if len(line) > LONGEST_NOTICE or not has_rights_cue(line):
        return False
    folded = fold(line).strip()
    if "。" not in folded and len(folded) <= LONGEST_LINE and _OPERATOR.fullmatch(folded):
        return True
    said = set(_NOTICE_WORD.findall(folded))
    return bool(_NOTICE.match(folded)) and len(said) >= _NOTICE_WORDS


def is_prose(line: str) -> bool:
    """Whether a line is a piece of running text, a wrapped one included."""
    if "。" in line or len(line) > _LONGEST_PHRASE or ends_sentence(line):
        return True
    return len(line) > _LONGEST_PHRASE_WITH_COMMA and ("," in line or "，" in line)


def has_clock(line: str) -> bool:
    """Whether the date in a line has a time of day."""
    moment = MOMENT.search(fold(line))
    return bool(moment and moment["hour"])


def is_page_title(line: str, headline: str) -> bool:
    """Whether a line is what a browser shows for a page: its headline, then its site."""
    site = line.removeprefix(headline)
    return site != line and len(headline) >= _SHORTEST_TITLE and bool(_SITE_NAME.fullmatch(site))


def ends_sentence(line: str) -> bool:
    """Whether a line ends with a final mark, closing quotes and brackets behind it or not."""
    return bool(_FINAL.search(line.rstrip()))


def _place_of_fields(fields: tuple[Field, ...], folded: str) -> Place:
    kinds, labels = {field.kind for field in fields}, {field.label for field in fields}
    if len(kinds) > 1 and kinds & _SURE_KINDS and not labels & VAGUE:
        return "anywhere"
    if kinds == {"date"} and labels == {""}:
        return "date"
    bracketed = folded[0] in "([" and folded[-1] in ")]"
    if kinds == {"editor"} and (bracketed or any("责" in label for label in labels)):
        return "anywhere"
    if kinds == {"buttons"} and len(fields) > 1 and all(labels):
        return "anywhere"
    return "edge"


def _is_stamp(line: str) -> bool:
    """Whether a folded line is an outlet with a date and time, as under a headline."""
    moment = MOMENT.search(line)
    if not moment:
        return False
    return bool(_WECHAT.fullmatch(line) or (moment["hour"] and _OUTLET.fullmatch(line)))


def _is_trail(line: str) -> bool:
    """Whether a folded line is a breadcrumb trail: 首页 > 要闻 > 正文."""
    if not _MAY_PART.search(line):
        return False
    first, *others = [crumb.strip() for crumb in _CRUMB.split(line)]
    if not others or not first or _NO_TRAIL.search(line):
        return False
    *middle, last = others
    longest = max(map(len, (first, *middle)))
    if longest > _LONGEST_CRUMB or len(last) > _LONGEST_LAST_CRUMB:
        return False
    sites = [bool(_SITE.search(crumb)) for crumb in (first, *others)]
    return any(sites) if middle else sites[0] and not re.search(r"[\d%]", line)
