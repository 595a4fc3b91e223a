"""How two annotators differ: what kinds of difference, how many, examples, and confusions."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np
from msgspec import Struct, structs

from toolkit.agreement.layout import Integers, Layout, Rows, witnesses
from toolkit.agreement.span_f1 import STRICT, Contacts, alignment
from toolkit.model import Span

Kind = Literal["missed", "boundary", "label", "split/merge"]
"""One gave a span where the other gave none; same label, other offsets; other label,
whatever the offsets; one's span (or several) stands against several of the other's.
Spans that both gave alike are set aside first."""

KINDS: tuple[Kind, ...] = ("missed", "boundary", "label", "split/merge")

NOTHING = "—"
"""Stands for the label where one of two annotators gave no span."""

CONTEXT = 20
"""Characters shown on each side of a difference."""

LONGEST = 400
"""Characters of an example at most; longer spans reach out of it."""


class Difference(Struct, frozen=True):
    """One difference between two annotators, to read.

    ``first`` and ``second`` are the spans of the pair's first and second annotator,
    with offsets in the document. ``text`` stands at ``text_start`` of the document and
    holds the spans with some context. A very long text is cut; spans that begin after
    the cut are left out. ``detail`` is the kind in finer form, from the side of the first
    (``kinds.DETAILS``).
    """

    doc_id: str
    pair: tuple[str, str]
    kind: Kind
    first: tuple[Span, ...]
    second: tuple[Span, ...]
    text: str
    text_start: int
    detail: str = ""


class Confusion(Struct, frozen=True):
    """How often two annotators of one pair gave these two labels to what was matched.

    The two are unordered: ``label_a`` comes before ``label_b`` in the order of labels,
    and ``—`` (no span) comes last, as ``label_b``.
    """

    label_a: str
    label_b: str
    count: int


@dataclass(frozen=True, slots=True)
class Differences:
    """All differences by kind: each a row and the spans that take part, as indices."""

    rows: Rows
    groups: dict[Kind, list[tuple[int, tuple[int, ...]]]]

    @property
    def counts(self) -> dict[str, int]:
        """How many differences there are of each kind."""
        return {kind: len(self.groups[kind]) for kind in KINDS}


def find_differences(layout: Layout, rows: Rows, contacts: Contacts) -> Differences:
    """Sort what two annotators did not give alike into kinds."""
    spans = max(len(layout.spans), 1)
    given = _given(layout, rows)
    alike = STRICT.holds(contacts)
    settled = np.concatenate(
        [
            contacts.row[alike] * spans + contacts.left[alike],
            contacts.row[alike] * spans + contacts.right[alike],
        ]
    )
    left, right = contacts.row * spans + contacts.left, contacts.row * spans + contacts.right
    open_contacts = ~np.isin(left, settled) & ~np.isin(right, settled)
    left, right = left[open_contacts], right[open_contacts]
    same_label = contacts.same_label[open_contacts]

    groups: dict[Kind, list[tuple[int, tuple[int, ...]]]] = {kind: [] for kind in KINDS}
    alone = np.setdiff1d(given, np.concatenate([settled, left, right]))
    groups["missed"] = [(node // spans, (node % spans,)) for node in alone.tolist()]
    # A node is of one side only, so each side can be counted for itself.
    simple = _once(left) & _once(right)
    pairs = zip(left[simple].tolist(), right[simple].tolist(), strict=True)
    for (a, b), alike_in_label in zip(pairs, same_label[simple].tolist(), strict=True):
        kind: Kind = "boundary" if alike_in_label else "label"
        groups[kind].append((a // spans, (a % spans, b % spans)))
    tangled = zip(left[~simple].tolist(), right[~simple].tolist(), strict=True)
    groups["split/merge"] = [
        (nodes[0] // spans, tuple(node % spans for node in nodes)) for nodes in _connected(tangled)
    ]
    return Differences(rows, groups)


class Pick(NamedTuple):
    """One difference of all: of this kind the one at this place (from 0) in its document."""

    kind: Kind
    doc_id: str
    place: int


def by_document(layout: Layout, differences: Differences) -> Integers:
    """How many differences of each kind each document has (documents x ``KINDS``)."""
    documents = len(layout.documents)
    counts = np.zeros((documents, len(KINDS)), dtype=np.int64)
    for column, kind in enumerate(KINDS):
        spans = [members[0] for _, members in differences.groups[kind]]
        where = layout.spans.document[np.array(spans, dtype=np.int64)]
        counts[:, column] = np.bincount(where, minlength=documents)
    return counts


def picks(counts: Integers, doc_ids: Sequence[str], limit: int) -> list[Pick]:
    """At most ``limit`` differences, of all kinds and spread over the corpus evenly.

    ``counts`` are those of ``by_document``, by the documents' ids.
    """
    total = dict(zip(KINDS, counts.sum(0).tolist(), strict=True))
    share = dict.fromkeys(KINDS, 0)
    for _ in range(limit):
        wanting = [kind for kind in KINDS if share[kind] < total[kind]]
        if not wanting:
            break
        share[min(wanting, key=lambda kind: share[kind])] += 1
    chosen = []
    for column, kind in enumerate(KINDS):
        reached = np.cumsum(counts[:, column])
        every = total[kind] / max(share[kind], 1)
        for number in (int(i * every) for i in range(share[kind])):
            document = int(np.searchsorted(reached, number, side="right"))
            before = int(reached[document] - counts[document, column])
            chosen.append(Pick(kind, doc_ids[document], number - before))
    return chosen


def examples(
    layout: Layout,
    differences: Differences,
    picked: Iterable[Pick],
    detail: Callable[[Kind, int, tuple[int, ...]], str] = lambda _kind, _row, _members: "",
) -> tuple[Difference, ...]:
    """The differences picked, whose documents have to be laid out; others needn't be.

    ``detail`` says in finer form what a difference is.
    """
    by_place = {
        kind: sorted(groups, key=lambda group: (min(group[1]), group))
        for kind, groups in differences.groups.items()
    }
    document = {
        kind: [int(layout.spans.document[min(members)]) for _, members in groups]
        for kind, groups in by_place.items()
    }
    number = {document.id: n for n, document in enumerate(layout.documents)}
    chosen: list[Difference] = []
    for kind, doc_id, place in picked:
        first = bisect_left(document[kind], number[doc_id])
        row, members = by_place[kind][first + place]
        shown = _difference(layout, differences.rows, kind, row, members)
        chosen.append(structs.replace(shown, detail=detail(kind, row, members)))
    return tuple(chosen)


def confusion(layout: Layout, rows: Rows, contacts: Contacts) -> tuple[Confusion, ...]:
    """Which labels two annotators gave to what they matched (``span_f1.alignment``).

    The diagonal included; pooled over pairs of annotators; the most frequent first.
    """
    spans, labels = max(len(layout.spans), 1), len(layout.labels)
    label = layout.spans.label
    matched = np.flatnonzero(alignment(layout, contacts))
    left, right = contacts.left[matched], contacts.right[matched]
    row = contacts.row[matched]
    used = np.concatenate([row * spans + left, row * spans + right])
    lonely = label[np.setdiff1d(_given(layout, rows), used) % spans]
    # Category 0 is never a span's, so ``labels`` is free to stand for nothing and sort last.
    low = np.concatenate([np.minimum(label[left], label[right]), lonely])
    high = np.concatenate(
        [np.maximum(label[left], label[right]), np.full(len(lonely), labels, dtype=np.int64)]
    )
    cells, counts = np.unique(low * (labels + 1) + high, return_counts=True)
    names = (*layout.labels, NOTHING)
    found = [
        Confusion(names[cell // (labels + 1)], names[cell % (labels + 1)], count)
        for cell, count in zip(cells.tolist(), counts.tolist(), strict=True)
    ]
    return tuple(sorted(found, key=lambda c: -c.count))


def _given(layout: Layout, rows: Rows) -> Integers:
    """Each span in each row where it could have been matched, as ``row * spans + span``."""
    span, region = witnesses(layout)
    row = rows.of(layout.home[span], region)
    given: Integers = np.unique(row * max(len(layout.spans), 1) + span)
    return given


def _once(nodes: Integers) -> np.typing.NDArray[np.bool_]:
    """Whether each value occurs only once."""
    _, inverse, count = np.unique(nodes, return_inverse=True, return_counts=True)
    once: np.typing.NDArray[np.bool_] = count[inverse] == 1
    return once


def _connected(edges: Iterable[tuple[int, int]]) -> list[list[int]]:
    """The connected parts of a graph, each in order."""
    neighbours: dict[int, list[int]] = defaultdict(list)
    for a, b in edges:
        neighbours[a].append(b)
        neighbours[b].append(a)
    parts = []
    reached: set[int] = set()
    for start in sorted(neighbours):
        if start in reached:
            continue
        part, waiting = [], [start]
        reached.add(start)
        while waiting:
            node = waiting.pop()
            part.append(node)
            fresh = [other for other in neighbours[node] if other not in reached]
            reached.update(fresh)
            waiting += fresh
        parts.append(sorted(part))
    return parts


def _difference(
    layout: Layout, rows: Rows, kind: Kind, row: int, members: tuple[int, ...]
) -> Difference:
    document = layout.documents[int(rows.document[row])]
    base = int(layout.origin[int(rows.document[row])])
    spans = layout.spans
    by_annotator: dict[int, list[Span]] = defaultdict(list)
    for i in members:
        span = Span(
            int(spans.start[i]) - base, int(spans.end[i]) - base, layout.labels[int(spans.label[i])]
        )
        by_annotator[int(spans.annotator[i])].append(span)
    pair = (int(rows.first[row]), int(rows.second[row]))
    everything = [span for mine in by_annotator.values() for span in mine]
    start = max(0, min(span.start for span in everything) - CONTEXT)
    end = min(max(span.end for span in everything) + CONTEXT, start + LONGEST)
    return Difference(
        doc_id=document.id,
        pair=(layout.annotators[pair[0]], layout.annotators[pair[1]]),
        kind=kind,
        first=tuple(span for span in by_annotator[pair[0]] if span.start < end),
        second=tuple(span for span in by_annotator[pair[1]] if span.start < end),
        text=document.text[start:end],
        text_start=start,
    )
