"""The card on how far labels and splits can be trusted: agreement, weak spots, leakage."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from toolkit.datasets.counts import Counts
from toolkit.datasets.leakage import Leakage, Seen
from toolkit.datasets.markdown import code, plain, share, table

_LOW_AGREEMENT = 0.8
"""F1 between annotators under which a label is named: one span in five is given by only one
of two people, so that scores of models above it can't be told apart by this data."""

_FEW = 50
"""Spans of a label under which it is named: a tenth of them are five, and no score."""

_FEW_TO_SCORE = 10
"""Spans of a label in a split that models are scored on: each is a tenth of the recall."""

_N = (
    "**n**: F1 为参与比较的实体数(每对标注者双方之和);κ、π、α、AC1 为至少两人看过的单位数"
    "(marked:有人标过的单位,每位看过者计一次);uα 与 αU 为字符数,每位看过者计一次;"
    "cuα 为相遇实体的长度。"
    "For F1 the spans compared, over both annotators of every pair; for κ, π, α and AC1 the units "
    "that two or more annotators saw (marked units: each as often as annotators saw it); for uα "
    "and αU the characters, each as often as annotators saw it; for cuα the length of spans "
    "that meet."
)
"""What a figure rests on, as ``toolkit.agreement.figures.Figure`` defines it."""

_MAIN = "strict_f1"
"""The figure that labels are judged by: same ends, same label."""


def agreement(found: Mapping[str, Any] | None) -> str:
    """The coefficients with their intervals, overall and by label."""
    overall = (found or {}).get("overall") or []
    if not found or not overall:
        return (
            "## 一致性 · Agreement\n\n"
            "导出时没有提供一致性数据。No agreement figures were given to this export."
        )
    measures = found.get("measures") or {}
    parts = ["## 一致性 · Agreement"]
    if found.get("documents") is not None:
        parts.append(
            f"两人以上标注的文档 {found['documents']} 篇;区间为 95 %,"
            f"自助抽样 {found.get('samples')} 次。Of {found['documents']} documents that two or "
            f"more annotated; 95 % intervals by {found.get('samples')} bootstrap samples of "
            f"documents, near-duplicates together{_drawn(found)}."
        )
    rows = [(_title(figure["name"], measures), *_figure(figure)) for figure in overall]
    parts.append(table(("系数 coefficient", "值 value", "区间 interval", "n"), rows))
    by_label = [
        (code(label), *_figure(figure))
        for label, figures in (found.get("by_label") or {}).items()
        for figure in [_main(figures)]
        if figure is not None
    ]
    if by_label:
        parts.append(table(("标签 label", _title(_MAIN, measures), "区间 interval", "n"), by_label))
    told = [
        f"- **{_title(figure['name'], measures)}**: {plain(measures[figure['name']]['meaning'])}"
        for figure in overall
        if measures.get(figure["name"], {}).get("meaning")
    ]
    return "\n\n".join([*parts, _N, *(["\n".join(told)] if told else [])])


def _drawn(found: Mapping[str, Any]) -> str:
    """How the interval was made of the samples, and what draws the same ones again."""
    named = {"bca": "BCa", "percentile": "percentiles"}.get(found.get("interval", ""))
    return f" ({named}, seed {found['seed']})" if named and "seed" in found else ""


def weak_spots(
    counts: Counts, labels: Sequence[str], found: Mapping[str, Any] | None, leakage: Leakage
) -> str:
    """What a user of the dataset should know before they trust a figure."""
    spots = [
        *_disagreed(labels, found),
        *_rare(counts, labels, leakage),
        *_unsettled(counts),
    ]
    listed = "\n".join(f"- {spot}" for spot in spots) or "没有发现 · none were found."
    return (
        "## 薄弱之处 · Known weak spots\n\n"
        f"由数字得出:一致性低于 {_LOW_AGREEMENT}、实体少于 {_FEW} 个(评测划分中少于 "
        f"{_FEW_TO_SCORE} 个)的标签,以及未决的部分。"
        f"From the numbers: labels with agreement under {_LOW_AGREEMENT}, fewer than "
        f"{_FEW} spans (or {_FEW_TO_SCORE} in a split to score on), and what is unsettled."
        f"\n\n{listed}"
    )


def _disagreed(labels: Sequence[str], found: Mapping[str, Any] | None) -> Iterator[str]:
    by_label = (found or {}).get("by_label") or {}
    for label in labels:
        figure = _main(by_label.get(label) or [])
        if figure and figure.get("value") is not None and figure["value"] < _LOW_AGREEMENT:
            value, interval, _ = _figure(figure)
            yield (
                f"{code(label)}: 标注者分歧大 · annotators differ: F1 {value}"
                f"{f' ({interval})' if interval else ''}"
            )


def _rare(counts: Counts, labels: Sequence[str], leakage: Leakage) -> Iterator[str]:
    total = counts.labels
    for label in labels:
        if total[label] < _FEW:
            yield f"{code(label)}: 实体少 · few spans: {total[label]}"
            continue
        held = {split: counts.splits[split].labels[label] for split in leakage.against}
        few = [f"{plain(split)} {n}" for split, n in held.items() if n < _FEW_TO_SCORE]
        if few:
            yield f"{code(label)}: 评测划分中实体少 · few spans to score on: {', '.join(few)}"


def _unsettled(counts: Counts) -> Iterator[str]:
    made = counts.making
    disputed, single = made.status["disputed"], made.status["single"]
    if disputed:
        yield (f"未决的文档 · disputed documents: {disputed} ({share(disputed, counts.documents)})")
    if single:
        yield (
            f"只有一人标注的文档 · documents that one person annotated: {single} "
            f"({share(single, counts.documents)})"
        )
    if made.unsure:
        yield (
            "置信度不超过 0.5 的实体 · spans with a confidence of 0.5 at most: "
            f"{made.unsure} ({share(made.unsure, counts.labels.total())})"
        )


def leaks(found: Leakage, labels: Sequence[str]) -> str:
    """What the splits share."""
    parts = [
        "## 划分之间 · Between splits",
        (
            f"跨划分的相同文本 · texts on two sides: {found.shared_texts}  \n"
            f"跨划分的近重复组 · groups of near-duplicates on two sides: {found.shared_groups}  \n"
            f"{_near(found)}"
        ),
    ]
    if found.moved:
        parts.append(
            "与以前版本划分不同的文档(因其近重复组合并,或划分已取消)· documents in another "
            "split than in an earlier version, because their groups became one or the split has no "
            f"share any more: {len(found.moved)}."
        )
    if found.by_label:
        parts.append(
            "训练数据中以同一标签出现过的实体字符串的比例。高则分数可能来自记忆。"
            "The share of entity strings that the training data has under the same label; where it "
            "is high, a score may be memory.\n\n" + _entities(found, labels)
        )
    return "\n\n".join([*parts, "`leakage.json` 有全部数字 · has all the figures."])


def _near(found: Leakage) -> str:
    near = found.near_duplicates
    if near is None:
        return "没有再次查找近重复 · near-duplicates weren't looked for again."
    return (
        "在本版本文本上重新查找的近重复组 · groups of near-duplicates found again on these texts: "
        f"{near.groups} ({near.documents} 篇 documents), 其中跨划分 · on two sides: {near.shared}"
    )


def _entities(found: Leakage, labels: Sequence[str]) -> str:
    head = ["标签 label"]
    for split, others in found.against.items():
        side = f"{plain(split)} ← {plain(others[0]) if len(others) == 1 else '其余 rest'}"
        head += [f"{side}: 字符串 strings", "次数 mentions"]
    rows = [
        (name, *(cell for split in found.against for cell in _cells(found, split, label)))
        for name, label in [(code(one), one) for one in labels] + [("合计 total", "")]
    ]
    return table(head, rows)


def _cells(found: Leakage, split: str, label: str) -> tuple[str, str]:
    seen: Seen = found.by_label[split][label] if label else found.overall[split]
    return (
        _share_of(seen.strings_seen, seen.strings),
        _share_of(seen.mentions_seen, seen.mentions),
    )


def _share_of(part: int, whole: int) -> str:
    return f"{share(part, whole)} ({part}/{whole})" if whole else "—"


def _main(figures: Sequence[Mapping[str, Any]]) -> Mapping[str, Any] | None:
    return next((figure for figure in figures if figure["name"] == _MAIN), None)


def _title(name: str, measures: Mapping[str, Any]) -> str:
    return plain(measures.get(name, {}).get("title", name))


def _figure(figure: Mapping[str, Any]) -> tuple[str, str, str]:
    n = "" if figure.get("n") is None else str(figure["n"])
    if figure.get("value") is None:
        return (f"未定义 undefined: {plain(str(figure.get('undefined') or '?'))}", "", n)
    low, high = figure.get("low"), figure.get("high")
    interval = "" if low is None or high is None else f"{low:.3f} – {high:.3f}"
    return (f"{figure['value']:.3f}", interval, n)
