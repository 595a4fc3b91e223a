"""Kinds of difference in finer form, as one annotator sees the other.

Who missed what, whose span is longer and at which end, who split what the other left whole.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from toolkit.agreement.differences import Difference, Differences, Kind, Pick, examples
from toolkit.agreement.layout import Layout

DETAILS: dict[str, str] = {
    "missed": "extra",
    "extra": "missed",
    "left end longer": "left end shorter",
    "left end shorter": "left end longer",
    "right end longer": "right end shorter",
    "right end shorter": "right end longer",
    "both ends longer": "both ends shorter",
    "both ends shorter": "both ends longer",
    "shifted": "shifted",
    "label": "label",
    "label and boundary": "label and boundary",
    "split": "joined",
    "joined": "split",
    "cut otherwise": "cut otherwise",
}
"""Each kind by what it is called from the other side.

*Missed*: the other gave a span here; *extra*: the other gave none. *Longer* or *shorter* at
one end or at both, *shifted* at both in one direction: the same label. *Label*: the same
offsets, another label. *Split*: several spans against one of the other's; *joined*: one
against several; *cut otherwise*: several against several."""

_BOUNDARIES = {
    (-1, 0): "left end longer",
    (1, 0): "left end shorter",
    (0, 1): "right end longer",
    (0, -1): "right end shorter",
    (-1, 1): "both ends longer",
    (1, -1): "both ends shorter",
}


def detail(
    layout: Layout, differences: Differences, kind: Kind, row: int, members: Sequence[int]
) -> str:
    """What a difference is from the side of the row's first annotator: a key of ``DETAILS``."""
    spans, first = layout.spans, int(differences.rows.first[row])
    mine = [i for i in members if int(spans.annotator[i]) == first]
    theirs = len(members) - len(mine)
    if kind == "missed":
        return "extra" if mine else "missed"
    if kind == "split/merge":
        if theirs == 1:
            return "split"
        return "joined" if len(mine) == 1 else "cut otherwise"
    (a,), (b,) = mine, [i for i in members if int(spans.annotator[i]) != first]
    left, right = int(spans.start[a] - spans.start[b]), int(spans.end[a] - spans.end[b])
    if kind == "label":
        return "label" if left == right == 0 else "label and boundary"
    return _BOUNDARIES.get((_sign(left), _sign(right)), "shifted")


def kinds_by_pair(layout: Layout, differences: Differences) -> dict[tuple[str, str], Counter[str]]:
    """How many differences of each kind each pair has, from the side of its first."""
    names = layout.annotators
    first = [names[number] for number in differences.rows.first.tolist()]
    second = [names[number] for number in differences.rows.second.tolist()]
    found: dict[tuple[str, str], Counter[str]] = {
        pair: Counter() for pair in dict.fromkeys(zip(first, second, strict=True))
    }
    for kind, groups in differences.groups.items():
        for row, members in groups:
            told = detail(layout, differences, kind, row, members)
            found[first[row], second[row]][told] += 1
    return found


def shown(
    layout: Layout, differences: Differences, picked: Iterable[Pick]
) -> tuple[Difference, ...]:
    """The differences picked, to read, with what they are in finer form."""
    return examples(
        layout,
        differences,
        picked,
        lambda kind, row, members: detail(layout, differences, kind, row, members),
    )


def kinds_by_annotator(
    by_pair: Mapping[tuple[str, str], Counter[str]],
) -> dict[str, Counter[str]]:
    """The same for each annotator against all others."""
    found: dict[str, Counter[str]] = {}
    for (first, second), counts in by_pair.items():
        found.setdefault(first, Counter()).update(counts)
        theirs = found.setdefault(second, Counter())
        for kind, count in counts.items():
            theirs[DETAILS[kind]] += count
    return dict(sorted(found.items()))


def in_order(counts: Counter[str]) -> dict[str, int]:
    """All kinds, in the order of ``DETAILS``."""
    return {kind: counts[kind] for kind in DETAILS}


def _sign(number: int) -> int:
    return (number > 0) - (number < 0)
