"""The card on where texts and labels come from: sources, time, genres, people, merging."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from toolkit.datasets.counts import Making, Origins
from toolkit.datasets.markdown import code, plain, share, table

_LISTED = 20
"""How many sources or genres the card lists; the others are one row."""

_STATUS = {
    "agreed": "标注者一致 · all annotators gave the same spans",
    "merged": "有分歧,已合并 · they differed and the merge settled it",
    "disputed": "有分歧,证据不足或票数相同 · they differed, and the evidence is thin or tied",
    "single": "单人标注 · one annotator",
}


def origins(found: Origins, documents: int) -> str:
    """Sources, time span and genres, as far as documents say."""
    parts = ["## 来源 · Sources", _dates(found, documents)]
    asked = (("来源 source", "source", found.sources), ("体裁 genre", "genre", found.genres))
    for title, key, counts in asked:
        if counts.keys() - {""}:
            parts.append(table((title, "文档 documents"), _most(counts)))
        else:
            parts.append(f"{title}: 文档中没有 · documents don't say (`meta.{key}`).")
    return "\n\n".join(parts)


def _dates(found: Origins, documents: int) -> str:
    if not found.dated:
        return "时间 time: 文档中没有日期 · documents have no dates."
    return (
        f"时间 time: {found.first_date} – {found.last_date}"
        f"({found.dated} / {documents} 篇有日期 · documents with a date)."
    )


def _most(counts: Counter[str]) -> list[tuple[str, int]]:
    named = sorted(
        ((name, count) for name, count in counts.items() if name), key=lambda row: (-row[1], row[0])
    )
    rows = [(plain(name), count) for name, count in named[:_LISTED]]
    if named[_LISTED:]:
        rows.append(
            (
                f"其余 {len(named) - _LISTED} 种 · {len(named) - _LISTED} others",
                sum(count for _, count in named[_LISTED:]),
            )
        )
    if counts[""]:
        rows.append(("没有说明 · not said", counts[""]))
    return rows


def making(found: Making, spans: int, facts: Mapping[str, Any], *, named: bool) -> str:
    """Who annotated what, and what made gold of it."""
    documents = found.status.total()
    parts = ["## 制作 · How it was made", _suggested(facts), *_chosen(facts)]
    how_named = "以姓名表示 · by name" if named else "以代号表示 · under pseudonyms"
    if found.annotators:
        parts.append(
            f"标注者 {len(found.annotators)} 人,{how_named}。"
            f"Annotators: {len(found.annotators)}.\n\n"
            + table(
                ("标注者 annotator", "文档 documents", "比例 share"),
                [
                    (plain(name), count, share(count, documents))
                    for name, count in sorted(found.annotators.items(), key=_natural)
                ],
            )
        )
    else:
        parts.append("没有标注者的记录 · No annotators are recorded.")
    parts.append(
        table(
            ("金标状态 gold status", "文档 documents", "比例 share"),
            [
                (what, found.status[status], share(found.status[status], documents))
                for status, what in _STATUS.items()
            ],
        )
    )
    if spans:
        parts.append(
            table(
                ("实体由谁决定 spans decided by", "实体 spans", "比例 share"),
                [
                    (code(by) if by else "没有说明 · not said", count, share(count, spans))
                    for by, count in sorted(
                        found.decided_by.items(), key=lambda row: (-row[1], row[0])
                    )
                ],
            )
        )
        parts.append(_confidence(facts))
    return "\n\n".join(parts)


def _chosen(facts: Mapping[str, Any]) -> Iterator[str]:
    """Which documents and spans became gold, and how reviewers' decisions count."""
    left = facts.get("not_gold")
    if left:
        documents = left["documents"]
        yield (
            f"工作区有 {documents} 篇文档;不在金标中的有:{left['annotated']} 篇已有人标注"
            f"(未全部提交,或未再合并),{left['unannotated']} 篇无人标注。"
            f"The workspace has {documents} documents. Not in gold: {left['annotated']} that "
            "somebody annotated (a part is not submitted yet, or they were not merged since) and "
            f"{left['unannotated']} that nobody did."
        )
    if facts.get("methods"):
        yield (
            "合并得到的金标,其实体中的每个字都在某位标注者或审核者的实体之内。No character is "
            "inside a merged span that no annotator or reviewer had in a span of theirs; "
            "what all of them missed is missing."
        )
    reviewed = facts.get("reviewed")
    if reviewed:
        yield (
            f"审核决定 {reviewed['passages']} 段,{reviewed['documents']} 篇:段内以审核者的实体为准,"
            "置信度为 1;一致性不计审核。"
            f"Reviewers decided {reviewed['passages']} passages of {reviewed['documents']} "
            "documents: there gold is what the reviewer gave, with confidence 1, and learning "
            "methods take it for the truth. Agreement is of the annotators and counts no review."
        )


def _confidence(facts: Mapping[str, Any]) -> str:
    """What ``confidence`` is, by who decided: no two methods mean the same."""
    told = [
        f"- {code(name)}: {plain(method['does'])}; `confidence`: {plain(method['confidence'])}"
        for name, method in facts.get("methods", {}).items()
    ]
    told += [
        (
            "- `single`: 只有一人看过,仍是合并方法的估计(投票法恒为 1)· one annotator saw it; "
            "the merge method's estimate all the same, always 1 of a vote"
        ),
        "- 审核者 reviewers: 1,是决定,不是概率 · 1, a decision and no probability",
    ]
    return (
        "每个实体的 `confidence`(0 到 1)是决定方法的估计,未用本数据集的外部真值检验。Each span's "
        "`confidence` (0 to 1) is an estimate of the method that decided; it was not tested "
        "against a truth from outside.\n\n" + "\n".join(told)
    )


def _natural(row: tuple[str, int]) -> tuple[int, str]:
    return (len(row[0]), row[0])


def _suggested(facts: Mapping[str, Any]) -> str:
    """Whether annotators saw suggestions, and of which rules."""
    shown = facts.get("suggestions_shown")
    if not shown:
        return "没有预标注的记录 · Nothing is recorded of suggestions."
    versions = ", ".join(map(code, facts.get("rule_packs", ())))
    passages, with_them = shown["annotations"], shown["with_suggestions"]
    return (
        f"{passages} 份标注中,{with_them} 份({share(with_them, passages)})给出了规则预标注"
        f"{f'({versions})' if versions else ''},由人校对;其余从空白开始。Of {passages} annotations "
        f"{with_them} began with suggestions of the rules, which people corrected; the others "
        "began with none."
    )
