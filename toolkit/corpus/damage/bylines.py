"""Lines that name who wrote or photographed, and nothing else: 记者 张三 通讯员 李四 文/图."""

from __future__ import annotations

import re

from toolkit.corpus.damage.characters import HAN

_SURNAMES = frozenset(
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖萧田董袁潘于蒋蔡余杜叶"
    "程苏魏吕丁任沈姚卢姜崔钟谭陆汪范金石廖贾夏韦付傅方白邹孟熊秦邱江尹薛闫阎段雷侯龙史陶黎贺"
    "顾毛郝龚邵万钱严覃武戴莫孔向汤温康施文牛樊葛邢安齐易乔伍庞颜倪庄聂章鲁岳翟殷詹申欧耿关"
    "兰焦俞左柳甘祝包宁尚符舒阮柯纪梅童凌毕单季裴霍涂成苗谷盛曲翁冉骆蓝路游辛靳管柴蒙鲍华喻祁"
    "蒲房滕屈饶解牟艾尤阳时穆农司卓古吉缪简车项连芦麦褚娄窦戚岑景党宫费卜冷晏席卫米柏宗瞿桂全"
    "佟应臧闵苟邬边卞姬师和仇栾隋商刁沙荣巫寇桑郎甄丛仲虞敖巩明佘池查麻苑迟邝官封谈匡鞠惠荆乐"
    "冀郁胥南班储原栗燕楚鄢劳谌奚皮粟冼蔺楼盘满闻位厉伊仝区郜海阚花权强帅屠豆朴盖练廉禹井祖漆"
    "巴丰支卿国狄平计索宣晋相初门云容敬来扈晁芮都普阙浦戈伏鹿薄邸雍辜羊阿乌母裘亓修邰赫杭况那"
    "宿鲜印逯隆茹诺战慕危玉银亢嵇公哈湛宾戎勾茅利於呼居揭干但尉冶斯元束檀衣信展阴昝智幸奉植衡"
    "尧由衷宰逄过言延竺步水贝禄木谯才种佴缐楮酆"
)
_DOUBLE_SURNAMES = frozenset(
    """
    欧阳 上官 司马 诸葛 皇甫 司徒 令狐 端木 夏侯 东方 尉迟 公孙 慕容 长孙 宇文 轩辕 南宫 独孤
    呼延 澹台 濮阳 申屠 闻人 西门 百里 司空 钟离 赫连 拓跋 万俟 太史 鲜于 完颜
    """.split()  # noqa: SIM905 - a table to read
)

_NO_NAMES = frozenset(
    """
    连线 访谈 调查 观察 手记 走访 见闻 感言 方舱 武汉 温州 常州 金华 安徽 江苏 江西 海南 云南
    安阳 海口 石家庄 南京 南昌 宁夏 宁波 东方 成都 广州 杭州 黄冈 黄石 高考 高兴 关注 关心 关于
    应对 方便 方法 明白 相关 平安 成功 安全 从容 全程 全力 全面 和平 公开 万一 时间 时候 时评
    都是 元宵 查看 支援 支持 向前 向上 计划 信息 文章 文字 言论 章节 严防 严查 温馨 高速 阳性
    阳光 金秋 易感 应急 管控 封控 解封 解读 解答 单位 来稿 来信 来电 路上 明天 封面 修改 印象
    利用 水灾 项目 成果 满意 强调 原创 过年 全媒体 融媒体 党员 党建 师生 车间 门诊 国际 国内
    花絮 平台 公益 公告 农村 农民 班车 卫生 卫健 家庭 官方 有限 有关
    """.split()  # noqa: SIM905 - a table to read
)
"""Words that begin with a surname's character and stand where a name could."""

_NO_NAME_ENDS = "说称道问访采摄讯报在的地得了着过"
"""Behind a name without a space these are the next word."""

_OUTLET_ENDS = ("网", "报", "社", "台")
_OUTLET = f"[{HAN}]{{1,10}}?(?:网|报|社|台|刊|频道|客户端|融媒|在线|新闻|中心)"
_ROLE = re.compile(
    rf"(?:本报|本刊|本网|本台|本社|(?<![{HAN}]){_OUTLET})? ?(?:驻[{HAN}]{{2,6}})?"
    r"(?:全媒体|融媒体|特约|特派|见习|实习|首席|摄影|文字|高级|前方)*"
    r"(?:记者|通讯员|评论员|撰稿人|实习生)(?P<colon> *[:|丨/]? *)"
)
_CREDIT_WORDS = r"(?:文[/、 ]?图|图[/、 ]?文|摄影|图片|文字|文|图|摄)"
_CREDIT = re.compile(
    rf"^{_CREDIT_WORDS}(?: *[:/|丨] *| +)(?=[{HAN}])|^(?:文[/、]图|图[/、]文)(?=[{HAN}])"
)
_CREDIT_END = re.compile(
    r"(?:[ /]*(?:文[/、 ]?图|图[/、 ]?文|摄影报道|图文报道|报道)|[ /]+(?:文|图|摄|摄影|整理))$"
)
_CREDIT_BEGINS, _CREDIT_ENDS = "文图摄", "图文摄影道理"
_NAMED = re.compile("记者|通讯员|评论员|撰稿人|实习生")
_BULLETS = "□■●○◎◆◇▲△★☆•·※*-— "
_SHORTEST_BYLINE = 3
_BETWEEN = re.compile(r"[ 、,;/|丨]+")
_BRACKETED = re.compile(r"^[(\[【]([^()\[\]【】]*)[)\]】]$")
_HAN_ONLY = re.compile(f"[{HAN}]+")
_FOREIGN = re.compile(f"[{HAN}]{{1,6}}(?:[·•][{HAN}]{{1,8}})+")


def is_name(word: str) -> bool:
    """Whether a folded word can be a person's name: a surname and one or two characters."""
    if _FOREIGN.fullmatch(word):
        return True
    if word in _NO_NAMES or word[-1:] in _OUTLET_ENDS or not _HAN_ONLY.fullmatch(word):
        return False
    if word[:2] in _DOUBLE_SURNAMES and len(word) in (3, 4):
        return True
    return len(word) in (2, 3) and word[0] in _SURNAMES


def byline_names(line: str) -> tuple[str, ...]:
    """The names in a line that is a byline, all of it.

    Args:
        line: a folded line without space at its edges (``fields.fold``).

    Returns:
        The names in order, folded as the line is; none where it is no byline.
    """
    line = _unwrapped(line)
    if len(line) < _SHORTEST_BYLINE:
        return ()
    if line[0] not in _CREDIT_BEGINS and line[-1] not in _CREDIT_ENDS and not _NAMED.search(line):
        return ()  # most lines come no further
    ended = _CREDIT_END.sub("", line)
    names: list[str] = []
    marked = ended != line
    for part, role, tight in _parts(ended):
        found = _names(part, tight=tight)
        if found is None or (role and not found):
            return ()
        marked |= role
        names += found
    return tuple(names) if marked else ()


def _parts(line: str) -> list[tuple[str, bool, bool]]:
    """What stands before the first role and behind each: text, behind a role?, tightly?"""
    if _CREDIT.match(line):
        # 文/张三 图/李四: each credit is a role of its own.
        words = re.split(rf" +(?={_CREDIT_WORDS}[/:|丨])", line)
        return [(_CREDIT.sub("", word), True, False) for word in words]
    roles = list(_ROLE.finditer(line))
    starts = [role.end() for role in roles]
    ends = [*(role.start() for role in roles), len(line)]
    parts = [(line[: ends[0]], False, False)]
    for role, start, end in zip(roles, starts, ends[1:], strict=True):
        parts.append((line[start:end], True, not role["colon"]))
    return parts


def _names(part: str, *, tight: bool) -> list[str] | None:
    """The names that a stretch consists of; None where something else stands there."""
    words = [word for word in _BETWEEN.split(part) if word]
    joined: list[str] = []
    while words:
        word = words.pop(0)
        if len(word) == 1 and words and len(words[0]) == 1:
            word += words.pop(0)  # 王 芳: short names are spaced out to the width of long ones
        joined.append(word)
    if not all(is_name(word) for word in joined):
        return None
    if tight and joined and joined[0][-1] in _NO_NAME_ENDS:
        return None
    return joined


def _unwrapped(line: str) -> str:
    bracketed = _BRACKETED.match(line)
    return (bracketed[1] if bracketed else line).strip(_BULLETS)
