"""All annotations laid out on one line, as arrays: who saw what, and marked what.

Documents stand one after the other, so that one offset says document and place, and
whatever overlaps on the line overlaps in a document. Two annotators are compared where
both saw the text: a span counts against another annotator if that annotator saw all of
it, and a unit if both saw it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from toolkit.model import Annotation, Document

Integers = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Stretches:
    """Stretches of the line, in order of start: each with its document and annotator.

    ``label`` is an index into ``Layout.labels``; 0 for what has none.
    """

    start: Integers
    end: Integers
    document: Integers
    annotator: Integers
    label: Integers

    def __len__(self) -> int:
        return len(self.start)


@dataclass(frozen=True, slots=True)
class Layout:
    """What takes part: documents of which two annotators or more saw the same stretch.

    Document ``d`` begins at ``origin[d]`` of the line. ``regions`` are what was seen,
    without overlap for one annotator; ``submissions`` the annotation that each region comes
    from. ``spans`` is what was marked, each in the region ``home``. ``labels`` begins with the
    category of unmarked units, which no span has.
    """

    documents: tuple[Document, ...]
    origin: Integers
    annotators: tuple[str, ...]
    labels: tuple[str, ...]
    regions: Stretches
    submissions: tuple[Annotation, ...]
    spans: Stretches
    home: Integers


@dataclass(frozen=True, slots=True)
class Rows:
    """Two annotators' regions that meet: one row for each two.

    Sorted by pair of annotators, then document, then regions; ``first < second`` as indices
    of annotators; ``left`` is the region of the first, ``right`` that of the second. All
    that is compared of two people lies in one row, so any way of cutting the comparisons
    (by person, document, time) is a choice of rows.
    """

    first: Integers
    second: Integers
    document: Integers
    left: Integers
    right: Integers
    _keys: Integers
    _row: Integers
    _regions: int

    def __len__(self) -> int:
        return len(self.first)

    def of(self, one: Integers, other: Integers) -> Integers:
        """The row of each two regions, in either order; all of them have to meet."""
        keys = np.minimum(one, other) * self._regions + np.maximum(one, other)
        row: Integers = self._row[np.searchsorted(self._keys, keys)]
        return row


def lay_out(
    annotations: Iterable[Annotation], documents: Mapping[str, Document], labels: Sequence[str]
) -> Layout:
    """Lay out annotations that were checked (``records.counted_annotations``).

    ``labels`` come first and in their order; others that occur follow by the alphabet.
    """
    by_document: dict[str, dict[str, list[Annotation]]] = defaultdict(lambda: defaultdict(list))
    for annotation in annotations:
        by_document[annotation.doc_id][annotation.annotator].append(annotation)
    annotators = sorted({name for views in by_document.values() for name in views})
    taking_part = [
        documents[i] for i, views in sorted(by_document.items()) if _shared(views, documents[i])
    ]
    found = {
        span.label
        for document in taking_part
        for mine in by_document[document.id].values()
        for annotation in mine
        for span in annotation.spans
    }
    names = ("", *labels, *sorted(found.difference(labels)))
    number = {name: i for i, name in enumerate(names)}
    who = {name: i for i, name in enumerate(annotators)}

    lengths = [len(document.text) for document in taking_part]
    origin = np.concatenate([[0], np.cumsum(lengths, dtype=np.int64)]).astype(np.int64)
    regions: list[tuple[int, int, int, int, int]] = []
    sources: dict[tuple[int, int], Annotation] = {}
    spans: list[tuple[int, int, int, int, int]] = []
    for d, document in enumerate(taking_part):
        base = int(origin[d])
        for name, mine in by_document[document.id].items():
            a = who[name]
            seen = _seen(mine, lengths[d])
            regions += [(base + s, base + e, d, a, 0) for s, e in seen]
            by_start = {one.start: one for one in reversed(mine)}
            sources.update({(base + s, a): by_start[s] for s, _ in seen})
            keys = {span.key for annotation in mine for span in annotation.spans}
            spans += [(base + s, base + e, d, a, number[label]) for s, e, label in keys]
    seen_by, marked = _stretches(regions), _stretches(spans)
    return Layout(
        tuple(taking_part),
        origin,
        tuple(annotators),
        names,
        seen_by,
        tuple(sources[start, a] for start, _, _, a, _ in regions),
        marked,
        _homes(seen_by, marked),
    )


def _homes(regions: Stretches, spans: Stretches) -> Integers:
    """The region of each span: its annotator's that begins last before it."""
    if not len(spans):
        return np.zeros(0, dtype=np.int64)
    order = np.lexsort((regions.start, regions.annotator))
    line = int(regions.end.max()) + 1
    keys = (regions.annotator * line + regions.start)[order]
    place = np.searchsorted(keys, spans.annotator * line + spans.start, side="right") - 1
    home: Integers = order[place]
    return home


def _shared(views: Mapping[str, list[Annotation]], document: Document) -> bool:
    """Whether any two annotators saw the same character."""
    seen = [stretch for mine in views.values() for stretch in _seen(mine, len(document.text))]
    return sum(end - start for start, end in seen) > sum(e - s for s, e in _joined(seen))


def _seen(annotations: Iterable[Annotation], length: int) -> list[tuple[int, int]]:
    """One annotator's passages of a document; those that overlap are joined."""
    return _joined((a.start, length if a.end is None else a.end) for a in annotations)


def _joined(stretches: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    joined: list[tuple[int, int]] = []
    for start, end in sorted(stretches):
        if joined and start < joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return joined


def _stretches(rows: list[tuple[int, int, int, int, int]]) -> Stretches:
    """A table of stretches, in one order whatever the order of the rows."""
    rows.sort()
    return Stretches(*np.array(rows, dtype=np.int64).reshape(-1, 5).T.copy())


def expand(first: Integers, last: Integers) -> tuple[Integers, Integers]:
    """The integers of many ranges ``[first, last)``, each with the index of its range."""
    length = np.maximum(last - first, 0)
    owner = np.repeat(np.arange(len(first)), length)
    begins = np.cumsum(length) - length
    return owner, np.arange(len(owner)) - begins[owner] + first[owner]


def overlapping(stretches: Stretches) -> tuple[Integers, Integers]:
    """All pairs of different annotators' stretches that overlap, the lower annotator first."""
    after = np.arange(1, len(stretches) + 1)
    until = np.searchsorted(stretches.start, stretches.end, side="left")
    left, right = expand(after, until)
    apart = stretches.annotator[left] != stretches.annotator[right]
    left, right = left[apart], right[apart]
    swap = stretches.annotator[left] > stretches.annotator[right]
    return np.where(swap, right, left), np.where(swap, left, right)


def shared_rows(layout: Layout) -> Rows:
    """The rows of all regions of two annotators that meet."""
    left, right = overlapping(layout.regions)
    annotator, document = layout.regions.annotator, layout.regions.document[left]
    first, second = annotator[left], annotator[right]
    order = np.lexsort((right, left, document, second, first))
    left, right = left[order], right[order]
    regions = len(layout.regions)
    keys = np.minimum(left, right) * regions + np.maximum(left, right)
    by_key = np.argsort(keys, kind="stable")
    return Rows(
        first[order], second[order], document[order], left, right, keys[by_key], by_key, regions
    )


def witnesses(layout: Layout) -> tuple[Integers, Integers]:
    """Each span with each other annotator's region that holds all of it: ``(span, region)``."""
    regions, spans = layout.regions, layout.spans
    region, span = expand(
        np.searchsorted(spans.start, regions.start, side="left"),
        np.searchsorted(spans.start, regions.end, side="left"),
    )
    saw_all = (spans.end[span] <= regions.end[region]) & (
        spans.annotator[span] != regions.annotator[region]
    )
    return span[saw_all], region[saw_all]
