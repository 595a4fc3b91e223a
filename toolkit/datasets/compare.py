"""Two versions of gold compared: what was added, removed, relabelled or moved, and by whom.

Spans that are the same are set aside first. Of the others, those with the same offsets are
one span that was relabelled; those of one label that overlap are one that was moved; those
that overlap at all are one that was moved and relabelled; what is left was added or removed.
Each step is a largest one-to-one matching (``toolkit.spans.match``).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import zip_longest
from typing import Literal

from msgspec import Struct

from toolkit.model import GoldDocument, GoldSpan
from toolkit.spans import match, overlaps

Kind = Literal["added", "removed", "relabelled", "moved", "moved and relabelled"]

KINDS: tuple[Kind, ...] = ("added", "removed", "relabelled", "moved", "moved and relabelled")

_STEPS: tuple[tuple[Kind, Callable[[GoldSpan, GoldSpan], bool]], ...] = (
    ("relabelled", lambda a, b: (a.start, a.end) == (b.start, b.end)),
    ("moved", lambda a, b: a.label == b.label and overlaps(a, b)),
    ("moved and relabelled", overlaps),
)

_CONTEXT = 20
"""Characters shown on each side of a change."""

_LONGEST = 400
"""Characters of a text that a change shows at most."""


class Change(Struct, frozen=True):
    """One difference, to read: a span before and after; null where there is none.

    ``text`` stands at ``text_start`` of the document and holds both with some context.
    """

    doc_id: str
    kind: Kind
    before: GoldSpan | None
    after: GoldSpan | None
    text: str
    text_start: int

    @property
    def label(self) -> str:
        """The label that the change is counted under: the one after it, if there is one."""
        span = self.after or self.before
        return span.label if span else ""

    @property
    def by(self) -> str:
        """Who decided: on the span after, or on the one that went."""
        span = self.after or self.before
        return span.decided_by if span else ""


class Comparison(Struct, frozen=True):
    """What differs between two versions.

    ``documents`` counts those in both, and ``same`` those of them whose spans are all the
    same; ``texts_changed`` are in both with other texts, so that their spans can't be
    compared. ``by_label`` and ``by_person`` count changes by kind.
    """

    documents: int
    same: int
    documents_added: tuple[str, ...]
    documents_removed: tuple[str, ...]
    texts_changed: tuple[str, ...]
    by_kind: dict[str, int]
    by_label: dict[str, dict[str, int]]
    by_person: dict[str, dict[str, int]]
    changes: tuple[Change, ...]

    @property
    def differs(self) -> bool:
        """Whether there is any difference at all."""
        return bool(
            self.changes or self.documents_added or self.documents_removed or self.texts_changed
        )


def compare(before: Iterable[GoldDocument], after: Iterable[GoldDocument]) -> Comparison:
    """Compare two versions of gold, in whatever order their documents are.

    Both are read side by side; only documents that the other one has not reached yet are
    kept, which is few where the order is much the same.
    """
    documents = same = 0
    texts: list[str] = []
    changes: list[Change] = []
    old, new = dict[str, GoldDocument](), dict[str, GoldDocument]()
    for left, right in _pairs(before, after, old, new):
        documents += 1
        if left.text != right.text:
            texts.append(left.doc_id)
            continue
        found = list(changes_of(left, right))
        same += not found
        changes += found
    changes.sort(key=lambda c: (c.doc_id, (c.after or c.before or _NOWHERE).key))
    return Comparison(
        documents=documents,
        same=same,
        documents_added=tuple(sorted(new)),
        documents_removed=tuple(sorted(old)),
        texts_changed=tuple(sorted(texts)),
        by_kind=_counted(change.kind for change in changes),
        by_label=_table((change.label, change.kind) for change in changes),
        by_person=_table((change.by, change.kind) for change in changes),
        changes=tuple(changes),
    )


def changes_of(before: GoldDocument, after: GoldDocument) -> Iterator[Change]:
    """The differences between two versions of a document with the same text."""
    kept = {span.key for span in before.spans} & {span.key for span in after.spans}
    old = [span for span in before.spans if span.key not in kept]
    new = [span for span in after.spans if span.key not in kept]
    for kind, alike in _STEPS:
        pairs = match(old, new, alike)
        for i, j in pairs:
            yield _change(after, kind, old[i], new[j])
        old = _without(old, (i for i, _ in pairs))
        new = _without(new, (j for _, j in pairs))
    for span in old:
        yield _change(after, "removed", span, None)
    for span in new:
        yield _change(after, "added", None, span)


_NOWHERE = GoldSpan(0, 0, "")


def _pairs(
    before: Iterable[GoldDocument],
    after: Iterable[GoldDocument],
    old: dict[str, GoldDocument],
    new: dict[str, GoldDocument],
) -> Iterator[tuple[GoldDocument, GoldDocument]]:
    """Documents that are in both; those that are in one only are left in ``old`` and ``new``."""
    for left, right in zip_longest(before, after):
        if left is not None:
            if left.doc_id in new:
                yield left, new.pop(left.doc_id)
            else:
                old[left.doc_id] = left
        if right is not None:
            if right.doc_id in old:
                yield old.pop(right.doc_id), right
            else:
                new[right.doc_id] = right


def _without(spans: Sequence[GoldSpan], places: Iterable[int]) -> list[GoldSpan]:
    gone = set(places)
    return [span for place, span in enumerate(spans) if place not in gone]


def _change(
    document: GoldDocument, kind: Kind, before: GoldSpan | None, after: GoldSpan | None
) -> Change:
    spans = [span for span in (before, after) if span is not None]
    start = max(0, min(span.start for span in spans) - _CONTEXT)
    end = min(max(span.end for span in spans) + _CONTEXT, start + _LONGEST)
    return Change(document.doc_id, kind, before, after, document.text[start:end], start)


def _counted(kinds: Iterable[str]) -> dict[str, int]:
    counts = Counter(kinds)
    return {kind: counts[kind] for kind in KINDS}


def _table(pairs: Iterable[tuple[str, str]]) -> dict[str, dict[str, int]]:
    rows: dict[str, list[str]] = {}
    for name, kind in pairs:
        rows.setdefault(name, []).append(kind)
    return {name: _counted(kinds) for name, kinds in sorted(rows.items())}
