"""Near-duplicates: where the threshold cuts, and what grouping a large corpus costs.

    python benchmarks/near_duplicates.py likeness
    python benchmarks/near_duplicates.py speed --documents 100000

All texts are made here. ``likeness`` shows the exact Jaccard similarity of pairs, by length
of shingle: of wire copies of one press release, of bulletins and of profiles that are made
from one template with other numbers, places and names, and of unrelated stories; and what
the toolkit groups at several thresholds. ``speed`` groups documents of 1,000 characters, a
tenth of them copies, and after them as many of one template.
"""

from __future__ import annotations

import argparse
import random
import resource
import time
from collections.abc import Callable, Iterator

from toolkit.corpus.duplicates import NearDuplicates

_LENGTHS = (3, 4, 5, 6, 8)
_THRESHOLDS = (0.5, 0.55, 0.6, 0.65, 0.7, 0.8)
_PAIRS = 300
_QUANTILES = (0.0, 0.05, 0.5, 0.95, 1.0)

_CHARACTERS = (
    "的一是在不了有和人这中大为上个国我以要他时来用们生到作地于出就分对成会可主发年动同工也能下过子说产种面而方后多"
    "定行学法所民得经十三之进着等部度家电力里如水化高自二理起小物现实加量都两体制机当使点从业本去把性好应开它合还"
    "因由其些然前外天政四日那社义事平形相全表间样与关各重新线内数正心反你明看原又么利比或但质气第向道命此变条只没"
    "结解问意建月公无系军很情者最立代想已通并提直题党程展五果料象员革位入常文总次品式活设及管特件长求老头基资边流"
)

_PLACES = ("武汉市", "孝感市", "黄冈市", "荆州市", "宜昌市", "襄阳市", "随州市", "十堰市")


def words(choice: random.Random, count: int) -> str:
    """So many characters of a text that says nothing, with a comma here and there."""
    return "".join(
        character + (",。"[choice.random() < 0.3] if choice.random() < 0.08 else "")
        for character in choice.choices(_CHARACTERS, k=count)
    )


def story(choice: random.Random, paragraphs: int) -> list[str]:
    """A press release: its paragraphs."""
    return [words(choice, choice.randint(60, 200)) for _ in range(paragraphs)]


def wire_copy(choice: random.Random, paragraphs: list[str]) -> str:
    """Another headline, a byline, a footer, and mostly one paragraph less."""
    copy = list(paragraphs)
    if choice.random() < 0.7:
        copy.pop(choice.randrange(len(copy)))
    if choice.random() < 0.7:
        copy.insert(0, words(choice, choice.randint(12, 25)))
    if choice.random() < 0.7:
        copy.insert(1, "本报讯(记者 王小明 通讯员 李建国)")
    if choice.random() < 0.5:
        copy.append("责任编辑:赵敏 来源:某某网 本网转载仅为传递信息")
    return "\n".join(copy)


def bulletin(choice: random.Random) -> str:
    """A daily bulletin: other numbers and places in the same frame."""

    def cases(most: int) -> str:
        places = choice.sample(_PLACES, 5)
        return "、".join(f"{place}{choice.randint(1, most)}例" for place in places)

    def number(most: int) -> int:
        return choice.randint(1, most)

    return (
        f"{number(6)}月{number(28)}日0—24时,全省新增确诊病例{number(900)}例,其中:{cases(300)}。"
        f"新增重症病例{number(200)}例,现有重症病例{number(2000)}例。新增死亡病例{number(50)}例。"
        f"新增出院病例{number(999)}例,其中:{cases(200)}。截至当日24时,全省累计报告确诊病例"
        f"{number(60000)}例,累计治愈出院{number(40000)}例,目前仍在院治疗{number(20000)}例,"
        "均在定点医疗机构接受隔离治疗。请广大市民做好个人防护,不聚集、少外出,勤洗手、戴口罩,"
        "如有发热、干咳等症状,请及时到就近的发热门诊就诊。"
    )


def profile(choice: random.Random) -> str:
    """A report of somebody in sentences that fit anybody."""
    name = choice.choice("王李张刘陈杨黄赵周吴") + choice.choice(
        ("志强", "建国", "丽华", "晓明", "秀英", "文博", "海燕", "国庆")
    )
    place = choice.choice(_PLACES) + choice.choice(("人民医院", "中心医院", "第一医院", "中医院"))
    return (
        f"{place}{name}同志自{choice.randint(1, 3)}月{choice.randint(1, 28)}日起连续奋战在一线"
        f"{choice.randint(3, 60)}天,先后参与救治患者{choice.randint(3, 300)}人。{name}说,作为一名"
        "党员,疫情面前必须冲锋在前。她把年幼的孩子托付给父母,主动报名参加医疗队。在隔离病房里,"
        "穿着厚重的防护服,一干就是六个小时,下班时脸上布满勒痕。医院党委书记"
        f"{choice.choice('王李张刘陈')}{choice.choice('伟军敏涛')}表示,{name}同志是全院职工学习的"
        f"榜样。截至目前,{place}共有{choice.randint(9, 900)}名医务人员奋战在一线。"
    )


def pairs(kind: str, choice: random.Random) -> tuple[str, str]:
    """Two texts of a kind."""
    if kind == "wire copies":
        paragraphs = story(choice, choice.randint(4, 12))
        return wire_copy(choice, paragraphs), wire_copy(choice, paragraphs)
    make: dict[str, Callable[[random.Random], str]] = {
        "bulletins": bulletin,
        "profiles": profile,
        "unrelated": lambda choice: "\n".join(story(choice, 8)),
    }
    return make[kind](choice), make[kind](choice)


def jaccard(texts: tuple[str, str], length: int) -> float:
    """The exact similarity, over shingles of this length."""
    left, right = (
        {text[start : start + length] for start in range(len(text) - length + 1)}
        for text in ("".join(filter(str.isalnum, text)) for text in texts)
    )
    return len(left & right) / len(left | right)


_KINDS = ("wire copies", "bulletins", "profiles", "unrelated")


def _made(kind: str) -> list[tuple[str, str]]:
    return [pairs(kind, random.Random(seed)) for seed in range(_PAIRS)]  # noqa: S311


def likeness() -> None:
    """Print how alike pairs are, and what is grouped."""
    print("Jaccard similarity of pairs: least, 5 %, median, 95 %, most")
    for length in _LENGTHS:
        for kind in _KINDS:
            found = sorted(jaccard(pair, length) for pair in _made(kind))
            cells = "  ".join(f"{found[int(q * (len(found) - 1))]:.2f}" for q in _QUANTILES)
            print(f"  shingles of {length}  {kind:12} {cells}")
    print(f"of {_PAIRS} pairs that are grouped, all kinds thrown together (largest group)")
    for threshold in _THRESHOLDS:
        found_pairs, largest = grouped(threshold)
        cells = "  ".join(f"{kind} {count}" for kind, count in found_pairs.items())
        print(f"  threshold {threshold}: {cells}  ({largest})")


def grouped(threshold: float) -> tuple[dict[str, int], int]:
    """Pairs of each kind that are grouped, all kinds thrown together, and the largest group."""
    texts = [text for kind in _KINDS for pair in _made(kind) for text in pair]
    with NearDuplicates(threshold) as near:
        for text in texts:
            near.add(text)
        groups = near.groups()
    firsts = [groups.first(number) for number in range(len(texts))]
    largest = max(firsts.count(first) for first in set(firsts) - {None})
    starts = range(0, _PAIRS * len(_KINDS), _PAIRS)
    return {
        kind: sum(_together(firsts, start + pair) for pair in range(_PAIRS))
        for start, kind in zip(starts, _KINDS, strict=True)
    }, largest


def _together(firsts: list[int | None], pair: int) -> bool:
    return firsts[2 * pair] is not None and firsts[2 * pair] == firsts[2 * pair + 1]


def mixed(count: int) -> Iterator[str]:
    """Stories of about 1,000 characters; every tenth is a copy of the one before it."""
    choice = random.Random(1)  # noqa: S311
    paragraphs = story(choice, 8)
    for number in range(count):
        if number % 10 == 1:
            yield wire_copy(choice, paragraphs)
        else:
            paragraphs = story(choice, 8)
            yield "\n".join(paragraphs)


def template(count: int) -> Iterator[str]:
    """Nothing but bulletins."""
    choice = random.Random(2)  # noqa: S311
    for _ in range(count):
        yield bulletin(choice) + bulletin(choice)


def speed(documents: int) -> None:
    """Print what grouping costs; the texts are made while the clock stands still."""
    for what, make in (("stories", mixed), ("one template", template)):
        spent = 0.0
        with NearDuplicates(0.6) as near:
            for text in make(documents):
                before = time.process_time()
                near.add(text)
                spent += time.process_time() - before
            before = time.process_time()
            groups = near.groups()
            grouping = time.process_time() - before
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
        print(
            f"{documents:,} {what}: {spent:.1f} s CPU for signatures, {grouping:.1f} s for "
            f"{groups.count:,} groups of {groups.documents:,} documents; {memory} MB at most"
        )


def main() -> None:
    """Run what is asked for."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("what", choices=("likeness", "speed"))
    parser.add_argument("--documents", type=int, default=100_000)
    arguments = parser.parse_args()
    if arguments.what == "likeness":
        likeness()
    else:
        speed(arguments.documents)


if __name__ == "__main__":
    main()
