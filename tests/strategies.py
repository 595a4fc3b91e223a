"""Hypothesis strategies for the records, shared by all tests.

Texts mix what Chinese news mixes: Han characters, digits, full-width forms, white space,
and characters outside of the Basic Multilingual Plane, which are one code point and two
UTF-16 units. Use them as ``from tests.strategies import documents``.
"""

from __future__ import annotations

import itertools

from hypothesis import strategies as st

from toolkit.model import (
    AnnotatedSpan,
    Annotation,
    Document,
    GoldDocument,
    GoldSpan,
    Span,
    SuggestedSpan,
    Suggestion,
)

ASTRAL = "😷🦠💉𠮷𡃁𪚥"
"""One code point each, two UTF-16 units each."""

ALPHABET = (
    "武汉市卫健委通报新增确诊病例张三李四年月日一二0123AZaz,。、;“”《》()%％１　 \t\n" + ASTRAL
)

LABELS = ("PERSON", "TITLE", "ORG", "LOC", "TIME", "NUM")

identifiers = st.text("abcdefghij0123456789-_", min_size=1, max_size=12)

labels = st.sampled_from(LABELS)


def texts(*, min_size: int = 0, max_size: int = 60) -> st.SearchStrategy[str]:
    """Texts of Chinese news, astral characters included."""
    return st.text(st.sampled_from(ALPHABET), min_size=min_size, max_size=max_size)


any_text = st.text(st.characters(exclude_categories=["Cs"]), max_size=60)
"""Anything that can be text at all: control characters, markup, every script."""


@st.composite
def stretches(draw: st.DrawFn, length: int) -> tuple[int, int]:
    """A non-empty stretch of a text that has ``length`` characters, at least one."""
    start = draw(st.integers(0, length - 1))
    return start, draw(st.integers(start + 1, length))


@st.composite
def spans(draw: st.DrawFn, text: str, *, max_size: int = 8) -> tuple[Span, ...]:
    """Spans of ``text`` with its slices as their texts; they may overlap and repeat."""
    if not text:
        return ()
    drawn = draw(st.lists(st.tuples(stretches(len(text)), labels), max_size=max_size))
    return tuple(Span(start, end, label, text[start:end]) for (start, end), label in drawn)


@st.composite
def flat_spans(draw: st.DrawFn, text: str, *, max_size: int = 8) -> tuple[Span, ...]:
    """Spans of ``text`` of which no two overlap, in order."""
    cuts = sorted(draw(st.sets(st.integers(0, len(text)), max_size=2 * max_size)))
    pairs = list(zip(cuts[::2], cuts[1::2], strict=False))
    # Neighbours that touch are as likely as neighbours with room between them.
    if draw(st.booleans()):
        pairs = list(itertools.pairwise(cuts))[:max_size]
    return tuple(Span(start, end, draw(labels), text[start:end]) for start, end in pairs)


@st.composite
def documents(draw: st.DrawFn, *, min_size: int = 0, max_size: int = 60) -> Document:
    """Documents without alignment, as a researcher may bring them."""
    return Document(
        id=draw(identifiers),
        text=draw(texts(min_size=min_size, max_size=max_size)),
        meta=draw(st.dictionaries(identifiers, any_text, max_size=2)),
    )


@st.composite
def suggestions_of(draw: st.DrawFn, document: Document) -> Suggestion:
    """What some rules might propose for ``document``; spans may overlap."""
    return Suggestion(
        doc_id=document.id,
        model_version=draw(identifiers),
        spans=tuple(
            SuggestedSpan(*_fields(span), rule=draw(identifiers), score=draw(st.floats(0, 1)))
            for span in draw(spans(document.text))
        ),
    )


@st.composite
def annotations_of(draw: st.DrawFn, document: Document, *, annotator: str = "ann") -> Annotation:
    """What one person might give for the whole of ``document``: flat spans."""
    return Annotation(
        doc_id=document.id,
        annotator=annotator,
        spans=tuple(
            AnnotatedSpan(
                *_fields(span), origin=draw(st.sampled_from(["suggested", "changed", "added"]))
            )
            for span in draw(flat_spans(document.text))
        ),
        end=len(document.text),
        skipped=draw(st.booleans()),
    )


@st.composite
def gold_of(draw: st.DrawFn, document: Document) -> GoldDocument:
    """What a merge might make of ``document``."""
    return GoldDocument(
        doc_id=document.id,
        text=document.text,
        spans=tuple(
            GoldSpan(
                *_fields(span),
                confidence=draw(st.floats(0, 1)),
                votes=draw(st.dictionaries(identifiers, st.none() | labels, max_size=3)),
                decided_by="majority",
            )
            for span in draw(flat_spans(document.text))
        ),
        annotators=("ann", "ben"),
        status=draw(st.sampled_from(["agreed", "merged", "disputed", "single"])),
        meta=document.meta,
    )


def _fields(span: Span) -> tuple[int, int, str, str | None]:
    return (span.start, span.end, span.label, span.text)
