"""Invented corpora: articles of the genre with their right spans, and what annotators give.

Everything is drawn by the number of the article, so that a corpus of any size is made as a
stream, is the same each time, and the right spans needn't be held: they are made again.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from functools import cache
from itertools import pairwise

from msgspec import Struct

from tests.test_corpus.clean_texts import sentence
from toolkit.model import (
    AnnotatedSpan,
    Annotation,
    Document,
    GoldDocument,
    GoldSpan,
    SuggestedSpan,
    Suggestion,
)

Key = tuple[int, int, str]

LABELS = ("PERSON", "TITLE", "ORG", "LOC", "TIME", "NUM", "MONEY", "DISEASE", "SUPPLY", "DOC",
          "EVENT", "MEASURE")  # fmt: skip
SIX = ("ORG", "TITLE", "SUPPLY", "MONEY", "DOC", "DISEASE")
"""Labels of which 500 characters hold about ten spans."""

PEOPLE = 12
"""Annotators that there are; each makes faults at a rate of their own."""

_SENTENCES = 30_000
_OURS = {"PLACE": "LOC", "PROVINCE": "LOC", "GOV": "ORG", "DOCUMENT": "DOC"}


class Faults(Struct, frozen=True):
    """The rates at which somebody misses, shifts, confuses and invents spans."""

    missed: float
    shifted: float
    confused: float
    invented: float


class Article(Struct, frozen=True):
    """A text with its right spans, in order; they don't overlap."""

    id: str
    text: str
    keys: tuple[Key, ...]

    @property
    def document(self) -> Document:
        """The article as ``ingest`` would give it."""
        return Document(self.id, self.text)

    @property
    def suggestion(self) -> Suggestion:
        """Its right spans as what rules suggest."""
        spans = tuple(
            SuggestedSpan(s, e, label, self.text[s:e], rule="r.1", score=0.9)
            for s, e, label in self.keys
        )
        return Suggestion(self.id, "invented-1-aaaaaaaaaaaa", spans)

    @property
    def gold(self) -> GoldDocument:
        """Its right spans as what two annotators were merged to."""
        spans = tuple(
            GoldSpan(s, e, label, self.text[s:e], confidence=0.5,
                     votes={"A1": label, "A2": None}, decided_by="majority")
            for s, e, label in self.keys
        )  # fmt: skip
        return GoldDocument(
            self.id, self.text, spans, ("A1", "A2"), "merged", {"title": "防控通报"}
        )


def articles(count: int, *, length: int, labels: Sequence[str] = LABELS) -> Iterator[Article]:
    """So many articles of sentences of the genre.

    Args:
        count: how many.
        length: characters that an article has at least; the last sentence goes beyond.
        labels: the labels of the right spans; other entities stand in the text unmarked.
    """
    for number in range(count):
        yield article(number, length=length, labels=labels)


def article(number: int, *, length: int, labels: Sequence[str] = LABELS) -> Article:
    """The article of this number."""
    draw = random.Random(number)  # noqa: S311 - the same articles each time, and no secret
    text, keys = "", []
    sentences = _sentences()
    while len(text) < length:
        added, spans = sentences[int(draw.random() * len(sentences))]
        at = len(text)
        keys += [(at + start, at + end, label) for start, end, label in spans if label in labels]
        text += added
    return Article(f"news-{number:08}", text, tuple(keys))


@cache
def _sentences() -> list[tuple[str, list[Key]]]:
    """The sentences that articles are made of, which are made once: that takes longest."""
    made = (sentence(random.Random(number)) for number in range(_SENTENCES))  # noqa: S311
    return [
        (one.text, [(s.start, s.end, _OURS.get(s.label, s.label)) for s in one.spans])
        for one in made
    ]


def number_of(doc_id: str) -> int:
    """The number of the article with this id."""
    return int(doc_id.removeprefix("news-"))


def annotated(
    count: int, *, several: int, length: int, labels: Sequence[str] = LABELS
) -> Iterator[Annotation]:
    """What ``several`` of the annotators give for each of ``count`` articles."""
    for number in range(count):
        one = article(number, length=length, labels=labels)
        yield from annotations_of(number, one, several=several, labels=labels)


def annotations_of(
    number: int, one: Article, *, several: int, labels: Sequence[str] = LABELS
) -> Iterator[Annotation]:
    """What ``several`` of the annotators give for the article of this number."""
    for annotator, keys in views(number, one, several=several, labels=labels):
        yield Annotation(one.id, annotator, tuple(AnnotatedSpan(*key) for key in keys))


def views(
    number: int, one: Article, *, several: int, labels: Sequence[str] = LABELS
) -> Iterator[tuple[str, list[Key]]]:
    """Who annotated the article, and their spans: missed, shifted, confused and invented ones."""
    draw = random.Random(-1 - number)  # noqa: S311
    for person in sorted(draw.sample(range(PEOPLE), several)):
        keys = list(_view(draw, one, labels, _FAULTS[person]))
        yield f"annotator-{person:02}", [a for a, b in pairwise([*keys, _END]) if a[1] <= b[0]]


_END = (1 << 60, 1 << 60, "")


def _faults(person: int) -> Faults:
    draw = random.Random(person)  # noqa: S311
    most = ((0.03, 0.3), (0.02, 0.2), (0.01, 0.1), (0.02, 0.15))
    return Faults(*(draw.uniform(*rates) for rates in most))


_FAULTS = [_faults(person) for person in range(PEOPLE)]


def _view(draw: random.Random, one: Article, labels: Sequence[str], by: Faults) -> Iterator[Key]:
    last = 0
    for start, end, label in one.keys:
        if start - last >= 4 and draw.random() < by.invented:
            yield start - 4, start - 1, draw.choice(labels)
        last = end
        if draw.random() < by.missed:
            continue
        first, until = start, end
        if draw.random() < by.shifted:
            first, until = max(0, first + draw.choice((-1, 0, 1))), until + draw.choice((-1, 0, 1))
        if first < until <= len(one.text):
            yield first, until, draw.choice(labels) if draw.random() < by.confused else label
