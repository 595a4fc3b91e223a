"""Where a model of the other documents reads the text otherwise than the gold.

Cross-validation: documents fall into folds, near-duplicates together; a linear-chain CRF
(Lafferty, McCallum and Pereira 2001) over characters is trained on all folds but one and reads
that one, so that no document is read by a model that has seen it. A finding's doubt is what
the model's marginal probabilities give to its own reading: high where the other documents
speak against the gold with one voice (the idea of confident learning; Northcutt, Jiang and
Chuang 2021, here for spans). Where it reads nothing, that counts for less.

Needs python-crfsuite, the extra ``[crf]``.
"""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from msgspec import Struct

from toolkit.datasets.checks.characters import features
from toolkit.datasets.checks.finding import Finding, Material, at
from toolkit.datasets.checks.sentences import Sentence, sentences
from toolkit.datasets.tagging import OUTSIDE, bio, spans_of
from toolkit.errors import InputError
from toolkit.model import GoldDocument, Span

KIND = "model-disagrees"

FOLDS = 5

_LEAST_DOUBT = 0.5
"""What the model itself thinks less likely than the gold is no finding."""

_SILENT = 0.6
"""Weight of a model that reads nothing where the gold has a span. Its silence is no evidence: it
is as sure of it at every name that it has never met, and most of those are names."""

_LEAST_SILENT = 0.9
"""How sure of its silence it has to be."""

_TRAINING = {
    "c1": 0.0,
    "c2": 1.0,
    "max_iterations": 50,
    "feature.possible_transitions": True,
}
"""L-BFGS without L1: quick, and every feature is kept."""


class _Reading(Struct, frozen=True):
    """A span with the probability that the model gives it."""

    span: Span
    probability: float


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
    cut = [list(sentences(document)) for document in documents]
    with tempfile.TemporaryDirectory() as folder:
        taggers = {}
        for fold in sorted(set(folds)):
            seen = (
                one for those, of in zip(cut, folds, strict=True) if of != fold for one in those
            )
            taggers[fold] = _trained(crfsuite, seen, Path(folder) / str(fold))
        for document, fold, those in zip(documents, folds, cut, strict=True):
            if taggers[fold] is not None:
                for sentence in those:
                    yield from _differences(document, sentence, taggers[fold])
        for tagger in taggers.values():
            if tagger is not None:
                tagger.close()


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


def _differences(document: GoldDocument, sentence: Sentence, tagger: Any) -> Iterator[Finding]:
    """The places of a sentence where model and gold part ways, each once."""
    tags = tagger.tag(features(sentence.text))
    gold = {span.key for span in sentence.spans}
    read = {span.key for span in _spans_of(tags)}
    if gold == read:
        return
    only_gold = [_reading(Span(*key), tagger, len(tags)) for key in sorted(gold - read)]
    only_read = [_reading(Span(*key), tagger, len(tags)) for key in sorted(read - gold)]
    for ours, models in _clusters(only_gold, only_read):
        doubt = _doubt(ours, models)
        if doubt < _LEAST_DOUBT:
            continue
        place = min(ours or models, key=lambda one: one.probability).span
        moved = Span(
            place.start + sentence.start, place.end + sentence.start, place.label if ours else ""
        )
        shown = ", ".join(
            f"{one.span.label} {sentence.text[one.span.start : one.span.end]}" for one in models
        )
        yield at(KIND, document, moved, f"the model reads {shown or 'no entity'}", doubt)


def _doubt(ours: Sequence[_Reading], models: Sequence[_Reading]) -> float:
    """The least probability of what the model reads, or a part of what its silence takes away."""
    if models:
        return min(one.probability for one in models)
    against = 1 - min(one.probability for one in ours)
    return _SILENT * against if against >= _LEAST_SILENT else 0.0


def _spans_of(tags: Sequence[str]) -> list[Span]:
    """The spans of a model's tags, which may go on with nothing: then they begin one."""
    mended = []
    before = OUTSIDE
    for tag in tags:
        begins = tag.startswith("I-") and before[2:] != tag[2:]
        mended.append(f"B-{tag[2:]}" if begins else tag)
        before = tag
    return spans_of(mended)


def _reading(span: Span, tagger: Any, length: int) -> _Reading:
    """The least marginal probability of the span's tags, and of its ending where it does."""
    known = set(tagger.labels())
    inside = f"I-{span.label}"

    def marginal(tag: str, place: int) -> float:
        return float(tagger.marginal(tag, place)) if tag in known else 0.0

    least = marginal(f"B-{span.label}", span.start)
    for place in range(span.start + 1, span.end):
        least = min(least, marginal(inside, place))
    if span.end < length:
        least = min(least, 1 - marginal(inside, span.end))
    return _Reading(span, least)


def _clusters(
    ours: Sequence[_Reading], models: Sequence[_Reading]
) -> Iterator[tuple[list[_Reading], list[_Reading]]]:
    """Spans of both sides that hang together by overlaps."""
    tagged = [(one, True) for one in ours] + [(one, False) for one in models]
    tagged.sort(key=lambda pair: (pair[0].span.start, pair[0].span.end))
    cluster: tuple[list[_Reading], list[_Reading]] = ([], [])
    reach = 0
    for one, is_ours in tagged:
        if one.span.start >= reach and (cluster[0] or cluster[1]):
            yield cluster
            cluster, reach = ([], []), 0
        cluster[0 if is_ours else 1].append(one)
        reach = max(reach, one.span.end)
    if cluster[0] or cluster[1]:
        yield cluster
