"""Ways of cutting comparisons into groups: by person, by what a document is, by time.

A comparison is a row (``layout.Rows``): two annotators' submissions that meet. A grouping
says which rows belong to which group; a row may belong to several, or to none.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np
from msgspec import Struct

from toolkit.agreement.layout import Integers, Layout, Rows
from toolkit.errors import UsageError
from toolkit.model import Annotation, submitted_at

META = "meta:"

NO_TIME = "no time"

_SHOWN = {2: "both saw suggestions", 1: "one of them did", 0: "neither did"}


@dataclass(frozen=True, slots=True)
class Group:
    """Some rows, in order; and the documents, where all rows of these are in the group."""

    name: str
    rows: Integers
    documents: Integers | None


class Grouping(Struct, frozen=True):
    """A way of cutting: what it is called, what its groups are, and how to find them."""

    name: str
    meaning: str
    split: Callable[[Layout, Rows], list[Group]]


def grouping(name: str) -> Grouping:
    """The grouping of this name: ``annotator``, ``week``, ``shown`` or ``meta:KEY``.

    Raises:
        UsageError: there is none.
    """
    if name.startswith(META) and name != META:
        key = name.removeprefix(META)
        return Grouping(
            name,
            f"by {key!r} of the document",
            lambda layout, rows: by_meta(layout, rows, key),
        )
    if name in GROUPINGS:
        return GROUPINGS[name]
    raise UsageError(
        f"agreement can't be cut by {name!r}",
        f"Say {', '.join(GROUPINGS)}, or e.g. meta:source.",
    )


def by_annotator(layout: Layout, rows: Rows) -> list[Group]:
    """Each annotator against all others."""
    found = [
        (name, np.flatnonzero((rows.first == i) | (rows.second == i)))
        for i, name in enumerate(layout.annotators)
    ]
    return [Group(name, mine, None) for name, mine in found if len(mine)]


def by_meta(layout: Layout, rows: Rows, key: str) -> list[Group]:
    """What documents say of themselves; those that don't say come last.

    Raises:
        UsageError: no document says it.
    """
    said = [document.meta.get(key) or "" for document in layout.documents]
    if said and not any(said):
        known = sorted({name for document in layout.documents for name in document.meta})
        raise UsageError(
            f"no document that two annotators saw has {key!r} in its meta",
            f"They have {', '.join(known)}." if known else "They have no meta at all.",
        )
    return [
        Group(
            name or f"no {key}",
            np.flatnonzero(np.isin(rows.document, documents)),
            np.array(documents, dtype=np.int64),
        )
        for name, documents in _sorted(enumerate(said))
    ]


def by_week(layout: Layout, rows: Rows) -> list[Group]:
    """The ISO week in which the later of the two submitted; those without times come last."""
    weeks = [_week(one) for one in layout.submissions]
    # Where one of the two has no time nobody knows which was later.
    return _by_name(
        max(weeks[a], weeks[b]) if weeks[a] and weeks[b] else "" for a, b in _regions(rows)
    )


def by_shown(layout: Layout, rows: Rows) -> list[Group]:
    """Whether both, one or neither of the two were shown suggestions."""
    shown = [one.suggested is not None for one in layout.submissions]
    names = (_SHOWN[shown[a] + shown[b]] for a, b in _regions(rows))
    found = {group.name: group for group in _by_name(names)}
    return [found[name] for name in _SHOWN.values() if name in found]


GROUPINGS = {
    one.name: one
    for one in (
        Grouping("annotator", "each annotator against all others", by_annotator),
        Grouping("week", "by the ISO week in which the later of two submitted", by_week),
        Grouping("shown", "by whether the two were shown suggestions", by_shown),
    )
}
"""The groupings that need no key."""


def _regions(rows: Rows) -> Iterable[tuple[int, int]]:
    return zip(rows.left.tolist(), rows.right.tolist(), strict=True)


def _by_name(names: Iterable[str]) -> list[Group]:
    return [
        Group(name or NO_TIME, np.array(rows, dtype=np.int64), None)
        for name, rows in _sorted(enumerate(names))
    ]


def _sorted(numbered: Iterable[tuple[int, str]]) -> list[tuple[str, list[int]]]:
    """Numbers by name, in order of names, the empty one last."""
    found: dict[str, list[int]] = defaultdict(list)
    for number, name in numbered:
        found[name].append(number)
    return sorted(found.items(), key=lambda item: (not item[0], item[0]))


def _week(annotation: Annotation) -> str:
    """``2020-W05``; empty where the annotation has no time."""
    time = submitted_at(annotation)
    if time is None:
        return ""
    year, week, _ = time.isocalendar()
    return f"{year}-W{week:02}"
