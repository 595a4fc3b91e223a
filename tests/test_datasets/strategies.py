"""Gold documents for property tests: any text, flat spans, hostile characters included."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import strategies as st

from toolkit.model import GoldDocument, GoldSpan
from toolkit.schema import LabelSchema, parse_schema

LABELS = ("PERSON", "ORG", "TIME-2", "数量 NUM")

# What breaks line- and column-based formats comes up often, and so does anything at all.
CHARS = st.one_of(
    st.sampled_from("\n\r\t \\#|\u3000\u2028\u0085\x1c\x00\u200b\ufeff\u00a0"),
    st.sampled_from("病毒感染的肺炎,。\U00020bb7\U0001f637u\u0301"),
    st.characters(exclude_categories=["Cs"]),
)
TEXTS = st.text(CHARS, max_size=40)


def schema() -> LabelSchema:
    """A schema with these labels."""
    tags = "".join(f'<Label value="{label}"/>' for label in LABELS)
    return parse_schema(
        f'<View><Labels name="l" toName="t">{tags}</Labels><Text name="t" value="$text"/></View>'
    )


@st.composite
def flat_spans(draw: st.DrawFn, text: str) -> tuple[GoldSpan, ...]:
    """Spans that don't overlap, in order, each with its text."""
    cuts = sorted(draw(st.sets(st.integers(0, len(text)), max_size=10)))
    spans = []
    for start, end in pairwise(cuts):
        if draw(st.booleans()):
            label = draw(st.sampled_from(LABELS))
            confidence = draw(st.floats(0, 1))
            spans.append(GoldSpan(start, end, label, text[start:end], confidence=confidence))
    return tuple(spans)


@st.composite
def any_spans(draw: st.DrawFn, text: str) -> tuple[GoldSpan, ...]:
    """Spans that may overlap and nest, in order, each once and with its text."""
    places = st.integers(0, len(text))
    found = draw(st.sets(st.tuples(places, places, st.sampled_from(LABELS)), max_size=8))
    return tuple(
        GoldSpan(start, end, label, text[start:end], confidence=draw(st.floats(0, 1)))
        for start, end, label in sorted(found)
        if start < end
    )


@st.composite
def gold_documents(draw: st.DrawFn, nested: bool = False) -> GoldDocument:
    """A gold document, with spans that may overlap if they may be nested."""
    text = draw(TEXTS)
    return GoldDocument(
        doc_id=draw(st.text(CHARS, min_size=1, max_size=10)),
        text=text,
        spans=draw(any_spans(text) if nested else flat_spans(text)),
        annotators=tuple(draw(st.lists(st.sampled_from(["甲", "乙", "丙"]), unique=True))),
        status=draw(st.sampled_from(["agreed", "merged", "disputed", "single"])),
        meta={"title": draw(TEXTS)},
    )
