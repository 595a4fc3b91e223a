"""Where a model of the other documents reads the text otherwise than the gold.

Cross-validation: documents fall into folds, near-duplicates together; a linear-chain CRF
(Lafferty, McCallum and Pereira 2001) over characters is trained on all folds but one and reads
that one, so that no document is read by a model that has seen it (confident learning; Northcutt,
Jiang and Chuang 2021, here for spans).

A model errs far more often than people do, so that its word alone is little. What it says of
the gold is therefore compared with what it says of errors: of the same gold with labels
changed, boundaries moved and spans dropped (``planted``), and a finding's doubt is how likely
it is an error, if three of a hundred spans are.

Needs python-crfsuite, the extra ``[crf]``.
"""

from __future__ import annotations

import hashlib
import random
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from pathlib import Path
from typing import Any, get_args

from msgspec import Struct

from toolkit.datasets.checks.characters import features
from toolkit.datasets.checks.evidence import Case, Kind, evidence
from toolkit.datasets.checks.finding import Finding, Material, at
from toolkit.datasets.checks.odds import likelihoods
from toolkit.datasets.checks.planted import moved, relabelled
from toolkit.datasets.checks.sentences import Sentence, sentences
from toolkit.datasets.tagging import OUTSIDE, bio, spans_of
from toolkit.errors import InputError
from toolkit.model import GoldDocument, Span

KIND = "model-disagrees"

FOLDS = 5

_RATE = 0.03
"""The share of the spans that are taken to be wrong; it shifts all doubts alike."""

LEAST_DOUBT = 0.05
"""What is less likely an error is no finding."""

_PLANTED = 20_000
"""Spans that errors are made of; more don't make the comparison better."""

_TRAINING = {
    "c1": 0.0,
    "c2": 1.0,
    "max_iterations": 50,
    "feature.possible_transitions": True,
}
"""L-BFGS without L1: quick, and every feature is kept."""


class _Found(Struct, frozen=True):
    """A disagreement: what of the gold, or where it has nothing; and what the model reads."""

    document: GoldDocument
    span: Span
    reading: str
    case: Case


class _Cases(Struct):
    """Disagreements with the gold, those with the planted errors, and how many were planted."""

    found: list[_Found]
    planted: list[Case]
    spans: int = 0
    attempts: int = 0


def find(material: Material) -> Iterator[Finding]:
    """The places where the model reads otherwise, in the order of the documents.

    Raises:
        InputError: python-crfsuite isn't installed, or the gold has too few documents.
    """
    crfsuite = _crfsuite()
    documents = list(material.gold())
    folds = [_fold(document) for document in documents]
    if len(set(folds)) < 2:  # noqa: PLR2004 - to train on one and read the other
        raise InputError(
            f"the gold has {len(documents)} documents, too few to train on some and read others",
            "Leave the model out, or make more gold.",
        )
    cases = _read(crfsuite, documents, folds, material)
    for found, doubt in zip(cases.found, _doubts(cases, documents), strict=True):
        if doubt >= LEAST_DOUBT:
            why = f"the model reads {found.reading or 'no entity'}"
            yield at(KIND, found.document, found.span, why, doubt)


def _read(
    crfsuite: Any, documents: Sequence[GoldDocument], folds: Sequence[int], material: Material
) -> _Cases:
    """Train on all folds but one, read that one, and so on."""
    spans = sum(len(document.spans) for document in documents)
    labels = sorted({span.label for document in documents for span in document.spans})
    planter = _Planter(labels, _PLANTED / max(_PLANTED, spans))
    cut = [list(sentences(document)) for document in documents]
    cases = _Cases([], [])
    with tempfile.TemporaryDirectory() as folder:
        taggers = {}
        for fold in sorted(set(folds)):
            seen = (
                one for those, of in zip(cut, folds, strict=True) if of != fold for one in those
            )
            taggers[fold] = _trained(crfsuite, seen, Path(folder) / str(fold))
        for document, fold, those in zip(documents, folds, cut, strict=True):
            if taggers[fold] is None:
                continue
            words = None if material.words is None else material.words(document)
            ends = None if words is None else {0, *(end for _, end in words)}
            for sentence in those:
                reading = _Reading(sentence, taggers[fold], ends)
                cases.spans += len(sentence.spans)
                cases.found += _disagreements(document, reading)
                planter.plant(reading, cases)
        for tagger in taggers.values():
            if tagger is not None:
                tagger.close()
    return cases


def _doubts(cases: _Cases, documents: Sequence[GoldDocument]) -> list[float]:
    """How likely each disagreement is an error: by kind, compared with planted ones."""
    every = [*(one.case for one in cases.found), *cases.planted]
    rows = evidence(every, documents)
    count = len(cases.found)
    doubts = [0.0] * count
    # Each planted error stands for so many that are expected.
    weight = _RATE * cases.spans / max(1, cases.attempts)
    for kind in get_args(Kind):
        real = [number for number in range(count) if every[number].kind == kind]
        wrong = [number for number in range(count, len(every)) if every[number].kind == kind]
        shares = likelihoods([rows[i] for i in real], [rows[i] for i in wrong], weight)
        for number, doubt in zip(real, shares, strict=True):
            doubts[number] = doubt
    return doubts


def _crfsuite() -> Any:
    try:
        import pycrfsuite
    except ImportError:
        raise InputError(
            "the check by a model needs python-crfsuite, which isn't installed",
            "Install it: pip install 'zh-ner-toolkit[crf]'.",
        ) from None
    return pycrfsuite


def _fold(document: GoldDocument) -> int:
    group = document.meta.get("group") or document.doc_id
    return hashlib.sha256(group.encode(errors="surrogatepass")).digest()[0] % FOLDS


def _trained(crfsuite: Any, seen: Iterable[Sentence], path: Path) -> Any:
    """A tagger of what these sentences teach; None where they have no span at all."""
    trainer = crfsuite.Trainer(verbose=False)
    trainer.select("lbfgs")
    trainer.set_params(_TRAINING)
    has_spans = False
    for sentence in seen:
        tags = bio(len(sentence.text), sentence.spans)
        has_spans = has_spans or bool(sentence.spans)
        trainer.append(features(sentence.text), tags)
    if not has_spans:
        return None
    trainer.train(str(path))
    tagger = crfsuite.Tagger()
    tagger.open(str(path))
    return tagger


class _Reading:
    """What a model reads in a sentence, and what it thinks of any span in it."""

    def __init__(self, sentence: Sentence, tagger: Any, word_ends: set[int] | None) -> None:
        self.sentence = sentence
        self._tags = tagger.tag(features(sentence.text))
        self.spans = _spans_of(self._tags)
        self._tagger = tagger
        self._known = set(tagger.labels())
        self._word_ends = word_ends

    def over(self, span: Span) -> list[Span]:
        """The model's spans that share a character with this one."""
        return [one for one in self.spans if one.start < span.end and span.start < one.end]

    def case(self, span: Span, of: Span | None) -> Case | None:
        """A span against what the model reads there; None where they are the same.

        Args:
            span: what is said to be there.
            of: the span of the gold that it stands for.
        """
        readings = self.over(span)
        if any(one.key == span.key for one in readings):
            return None
        kind: Kind = "silent"
        sure = self._outside(span)
        if readings:
            same_place = any((one.start, one.end) == (span.start, span.end) for one in readings)
            same_label = any(one.label == span.label for one in readings)
            kind = "label" if same_place else "boundary" if same_label else "both"
            sure = min(map(self._probability, readings))
        return Case(
            kind,
            self._text(span),
            span.label,
            tuple((self._text(one), one.label) for one in readings),
            self._probability(span),
            sure,
            self._cuts(span),
            max(map(self._cuts, readings), default=0),
            min((_apart(span, one) for one in readings), default=0),
            self._touched(readings, of),
            of.label if of and (of.start, of.end) == (span.start, span.end) else "",
            is_free=False,
        )

    def missed(self, span: Span, of: Span | None) -> Case:
        """A span that the model reads and the gold hasn't got, or as if it hadn't."""
        own = of.label if of and (of.start, of.end) == (span.start, span.end) else ""
        text, sure, cuts = self._text(span), self._probability(span), self._cuts(span)
        return Case("missed", text, span.label, (), sure, sure, cuts, 0, 0, 0, own, of is None)

    def _touched(self, readings: Sequence[Span], but: Span | None) -> int:
        """How many spans of the gold the readings share a character with, one left out."""
        return sum(
            any(one.start < span.end and span.start < one.end for one in readings)
            for span in self.sentence.spans
            if span is not but
        )

    def _text(self, span: Span) -> str:
        return self.sentence.text[span.start : span.end]

    def _cuts(self, span: Span) -> int:
        """How many of its ends are inside of a word."""
        if self._word_ends is None:
            return 0
        start = self.sentence.start
        return (start + span.start not in self._word_ends) + (
            start + span.end not in self._word_ends
        )

    def _outside(self, span: Span) -> float:
        return min(self._marginal(OUTSIDE, place) for place in range(span.start, span.end))

    def _probability(self, span: Span) -> float:
        """The least marginal probability of the span's tags, and of its ending where it does."""
        inside = f"I-{span.label}"
        least = self._marginal(f"B-{span.label}", span.start)
        for place in range(span.start + 1, span.end):
            least = min(least, self._marginal(inside, place))
        if span.end < len(self._tags):
            least = min(least, 1 - self._marginal(inside, span.end))
        return least

    def _marginal(self, tag: str, place: int) -> float:
        return float(self._tagger.marginal(tag, place)) if tag in self._known else 0.0


def _apart(one: Span, other: Span) -> int:
    return abs(one.start - other.start) + abs(one.end - other.end)


def _disagreements(document: GoldDocument, reading: _Reading) -> Iterator[_Found]:
    """Where model and gold part ways: each span of the gold, then what only the model reads."""
    sentence = reading.sentence

    def found(span: Span, label: str, shown: Sequence[Span], case: Case) -> _Found:
        place = Span(span.start + sentence.start, span.end + sentence.start, label)
        texts = (f"{one.label} {sentence.text[one.start : one.end]}" for one in shown)
        return _Found(document, place, ", ".join(texts), case)

    for span in sentence.spans:
        case = reading.case(span, span)
        if case is not None:
            yield found(span, span.label, reading.over(span), case)
    for span in reading.spans:
        if not any(one.start < span.end and span.start < one.end for one in sentence.spans):
            yield found(span, "", [span], reading.missed(span, None))


class _Planter:
    """Makes errors of the gold's spans and notes what the model says to each."""

    def __init__(self, labels: Sequence[str], share: float) -> None:
        """Of this share of the spans; a third each is relabelled, moved and dropped."""
        self._labels = labels
        self._share = share
        self._draw = random.Random(0)  # noqa: S311 - the same for the same gold, and no secret

    def plant(self, reading: _Reading, cases: _Cases) -> None:
        """Add what becomes of a sentence's spans."""
        sentence = reading.sentence
        for span in sentence.spans:
            if self._draw.random() >= self._share:
                continue
            others = [one for one in sentence.spans if one is not span]
            wrong = (
                relabelled(span, self._labels, self._draw),
                moved(span, others, len(sentence.text), self._draw),
            )
            made = (reading.case(one, span) for one in wrong if one is not None)
            dropped = (
                reading.missed(one, span)
                for one in reading.over(span)
                if not any(o.start < one.end and one.start < o.end for o in others)
            )
            cases.planted += [case for case in chain(made, dropped) if case is not None]
            cases.attempts += 1 + sum(one is not None for one in wrong)


def _spans_of(tags: Sequence[str]) -> list[Span]:
    """The spans of a model's tags, which may go on with nothing: then they begin one."""
    mended = []
    before = OUTSIDE
    for tag in tags:
        begins = tag.startswith("I-") and before[2:] != tag[2:]
        mended.append(f"B-{tag[2:]}" if begins else tag)
        before = tag
    return spans_of(mended)
