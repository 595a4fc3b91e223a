"""Tables of parts of a corpus as one: documents, annotators and labels where they belong."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from toolkit.agreement.coefficients import Floats
from toolkit.agreement.layout import Integers
from toolkit.agreement.sums import DOCUMENT_BLOCKS, PAIR_BLOCKS, Block, Tables, columns


def join(parts: list[Tables], order: Sequence[int], labels: Iterable[str]) -> Tables:
    """One set of tables.

    Args:
        parts: of other documents each; the list is emptied, so that not everything is in
            memory twice.
        order: the numbers of all documents, part after part, in the order that they get.
        labels: those that come first; others follow by the alphabet.
    """
    first_labels = ("", *labels)
    others = {label for one in parts for label in one.labels}.difference(first_labels)
    names = (*first_labels, *sorted(others))
    annotators = tuple(sorted({name for one in parts for name in one.annotators}))
    ids = [doc_id for one in parts for doc_id in one.ids]
    document_place = _inverse(np.array(order, dtype=np.int64))
    first, second, document = _rows(parts, annotators, document_place)
    row_order = np.lexsort((document, second, first))
    row_place = _inverse(row_order)
    raters = _raters(parts)
    pairs, documents = (
        _table(len(row_place), PAIR_BLOCKS, names),
        _table(len(ids), DOCUMENT_BLOCKS, names),
    )
    label_number = {name: number for number, name in enumerate(names)}
    row = doc = 0
    while parts:
        one = parts.pop(0)
        where = np.array([label_number[name] for name in one.labels], dtype=np.int64)
        rows, docs = row + len(one.pairs), doc + len(one.documents)
        moved = _moved(PAIR_BLOCKS, where, len(names))
        pairs[row_place[row:rows, None], moved] = one.pairs
        moved = _moved(DOCUMENT_BLOCKS, where, len(names))
        documents[document_place[doc:docs, None], moved] = one.documents
        row, doc = rows, docs
    return Tables(
        names,
        annotators,
        tuple(ids[number] for number in order),
        first[row_order],
        second[row_order],
        document[row_order],
        pairs,
        columns(PAIR_BLOCKS, len(names)),
        documents,
        columns(DOCUMENT_BLOCKS, len(names)),
        raters,
    )


def _rows(
    parts: Sequence[Tables], annotators: Sequence[str], document_place: Integers
) -> tuple[Integers, Integers, Integers]:
    """Both annotators and the document of each row, part after part."""
    who = {name: number for number, name in enumerate(annotators)}
    nothing: Integers = np.zeros(0, dtype=np.int64)
    first, second, document = [nothing], [nothing], [nothing]
    before = 0
    for one in parts:
        number = np.array([who[name] for name in one.annotators], dtype=np.int64)
        first.append(number[one.first])
        second.append(number[one.second])
        document.append(document_place[before + one.document])
        before += len(one.ids)
    return np.concatenate(first), np.concatenate(second), np.concatenate(document)


def _raters(parts: Sequence[Tables]) -> tuple[int, int]:
    """How many annotators units have at least and at most, where two saw any."""
    most = max((one.raters[1] for one in parts), default=0)
    least = min((one.raters[0] for one in parts if one.raters[1] > 1), default=most)
    return least, most


def _moved(blocks: Mapping[str, Block], where: Integers, labels: int) -> Integers:
    """By column of a part's table the column of that of all; ``where``, by label the label."""
    moved: list[Integers] = []
    start = 0
    for block in blocks.values():
        moved.append(start + np.arange(block.alone))
        start += block.alone
        for _ in range(block.by_label):
            moved.append(start + where)
            start += labels
    return np.concatenate(moved)


def _table(rows: int, blocks: Mapping[str, Block], labels: Sequence[str]) -> Floats:
    return np.zeros((rows, sum(b.alone + b.by_label * len(labels) for b in blocks.values())))


def _inverse(order: Integers) -> Integers:
    place = np.empty_like(order)
    place[order] = np.arange(len(order))
    return place
