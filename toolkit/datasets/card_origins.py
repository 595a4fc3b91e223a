"""The card on where texts and labels come from: sources, time, genres, people, merging."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from toolkit.datasets.counts import Making, Origins
from toolkit.datasets.markdown import code, plain, share, table

_LISTED = 20
"""How many sources or genres the card lists; the others are one row."""

_STATUS = {
    "agreed": "标注者一致 · all annotators gave the same spans",
    "merged": "有分歧,已合并 · they differed and the merge settled it",
    "disputed": "有分歧,未决 · the merge left a tie undecided",
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
    parts = ["## 制作 · How it was made", _suggested(facts)]
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
    return "\n\n".join(parts)


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
