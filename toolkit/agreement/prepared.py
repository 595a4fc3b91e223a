"""Annotations prepared: laid out and counted, so that figures are sums over rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from toolkit.agreement.bootstrap import Method, Resamples, draw
from toolkit.agreement.continua import Continua, find_continua
from toolkit.agreement.groupings import Group
from toolkit.agreement.layout import Layout, Rows, lay_out, shared_rows
from toolkit.agreement.span_f1 import Contacts, SpanCounts, count_spans, find_contacts
from toolkit.agreement.sums import Tables, tabulate
from toolkit.agreement.units import UnitCounts, count_units
from toolkit.model import Annotation, Document


@dataclass(frozen=True, slots=True)
class Prepared:
    """What all figures of one set of annotations are made of."""

    layout: Layout
    rows: Rows
    contacts: Contacts
    spans: SpanCounts
    units: UnitCounts
    continua: Continua
    tables: Tables

    @property
    def names(self) -> list[str]:
        """The group of documents that each document is drawn with: ``meta.group``, or itself."""
        return [
            f"group {document.meta['group']}"
            if document.meta.get("group")
            else f"document {document.id}"
            for document in self.layout.documents
        ]

    def everything(self, name: str) -> Group:
        """All of it as one group."""
        documents = np.arange(len(self.layout.documents))
        return Group(name, np.arange(len(self.rows)), documents)


def prepare(
    counted: Sequence[Annotation], documents: Mapping[str, Document], labels: Sequence[str]
) -> Prepared:
    """Lay out and count annotations that were checked (``records.counted_annotations``).

    Raises:
        InputError: a document's tokens aren't in order.
    """
    layout = lay_out(counted, documents, labels)
    rows = shared_rows(layout)
    contacts = find_contacts(layout, rows)
    spans, units = count_spans(layout, rows, contacts), count_units(layout, rows)
    continua = find_continua(layout)
    tables = tabulate(layout, rows, spans, units, continua)
    return Prepared(layout, rows, contacts, spans, units, continua, tables)


def resample(
    several: Sequence[Sequence[str]], samples: int, seed: int, interval: Method
) -> list[Resamples]:
    """Samples for each of some sets: the same groups of documents are drawn in all of them.

    Of each set the group of each document (``Prepared.names``).
    """
    number: dict[str, int] = {}
    for names in several:
        for name in names:
            number.setdefault(name, len(number))
    draws = draw(len(number), samples, seed)
    return [
        Resamples(np.array([number[name] for name in names], dtype=np.int64), draws, interval)
        for names in several
    ]
