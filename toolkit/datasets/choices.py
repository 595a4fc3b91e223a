"""What a format is told beside the documents, and what it tells of spans that it can't hold."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import pairwise

from msgspec import Struct
from msgspec.structs import replace

from toolkit.model import GoldDocument, GoldSpan
from toolkit.schema import LabelSchema
from toolkit.settings import Nesting

Words = Callable[[GoldDocument], Sequence[tuple[int, int]]]
"""The words of a document's text: half-open offsets, in order, all of the text covered."""


class Lost(Struct, frozen=True):
    """A span that a format can't hold, and why."""

    doc_id: str
    span: GoldSpan
    why: str


def _forget(_lost: Lost) -> None:
    pass


class Choices(Struct, frozen=True):
    """How documents are to be written.

    Args:
        schema: the labels, in their order.
        nesting: which of overlapping spans a flat format takes.
        words: cuts a text into words, for formats with a word a line.
        lose: is told of each span that the format can't hold.
    """

    schema: LabelSchema
    nesting: Nesting = "outermost"
    words: Words | None = None
    lose: Callable[[Lost], None] = _forget


def flat(documents: Iterable[GoldDocument], choices: Choices) -> Iterator[GoldDocument]:
    """The documents with spans that don't overlap; the others are lost, and told of.

    Of spans that overlap the longer ones are taken first, or the shorter ones for
    "innermost"; of equally long ones the more certain, then the first.
    """
    for document in documents:
        kept = _flat(document, choices)
        yield document if len(kept) == len(document.spans) else replace(document, spans=kept)


def _flat(document: GoldDocument, choices: Choices) -> tuple[GoldSpan, ...]:
    spans = sorted(document.spans, key=lambda span: span.key)
    if all(a.end <= b.start for a, b in pairwise(spans)):
        return document.spans
    kept: list[GoldSpan] = []
    for cluster in _clusters(spans):
        taken: list[GoldSpan] = []
        for span in sorted(cluster, key=lambda span: _rank(span, choices.nesting)):
            winner = next((t for t in taken if t.start < span.end and span.start < t.end), None)
            if winner is None:
                taken.append(span)
            else:
                what = f"overlaps {winner.label} {winner.start}-{winner.end}, which was taken"
                choices.lose(Lost(document.doc_id, span, what))
        kept += taken
    return tuple(sorted(kept, key=lambda span: span.key))


def _rank(span: GoldSpan, nesting: Nesting) -> tuple[int, float, tuple[int, int, str]]:
    length = span.end - span.start
    return (-length if nesting == "outermost" else length, -span.confidence, span.key)


def _clusters(spans: Sequence[GoldSpan]) -> Iterator[list[GoldSpan]]:
    """Spans, in order, that hang together by overlaps."""
    cluster: list[GoldSpan] = []
    reach = 0
    for span in spans:
        if cluster and span.start >= reach:
            yield cluster
            cluster, reach = [], 0
        cluster.append(span)
        reach = max(reach, span.end)
    if cluster:
        yield cluster
