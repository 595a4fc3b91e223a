"""What each annotator is like: finds, invents, shifts boundaries, confuses labels.

Gold is not certain, so nothing is counted as if it were. A span is right with its gold
confidence, and that is what finding it, missing it or making it up counts. One's own vote
helped one's own spans to that confidence; ``OWN`` takes it off again. Only stretches that
somebody else saw too say anything. Intervals come from drawing documents anew, and for each
draw from drawing gold anew: every span is right with its confidence, and all confidences
in somebody's work may be off together (``OFF``).
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from math import exp

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from toolkit.gold.confidence import log_odds
from toolkit.model import Annotation, Document, GoldDocument, Span
from toolkit.records import counted_annotations
from toolkit.spans import overlaps

OWN = (0.6, 0.2)
"""What one's own word added to the log odds of a span that one gave, and took from those of
one that one didn't give; chosen for the least error of F1 in ``benchmarks/gold.py``."""

OFF = 0.7
"""How far the confidences in one annotator's work may be off together, as the standard
deviation of their log odds; once for what was given and once for what was missed. Chosen in
``benchmarks/gold.py``: intervals of F1 hold the truth for 98 % of 46 workers, and for 93 %
on the half, by article, where gold is worse; of ``finds``, which can't know of what nobody
gave, for 93 and 86 %."""

ALL = ""
"""The label of an annotator's row over all labels."""

Key = tuple[int, int, str]

_GIVEN, _RIGHT, _SHIFTED, _CONFUSED, _WANTED = range(5)
_UNSURE_RIGHT, _UNSURE_SHIFTED, _UNSURE_CONFUSED, _UNSURE_MISSED = range(5, 9)
"""Variances of the counts before; and by how much they grow with the log odds."""

_COLUMNS = 9
_BOUNDS = (2.5, 97.5)


class Share(Struct, frozen=True):
    """A share between 0 and 1 with its 95 % interval; null where there is nothing to share."""

    value: float | None
    low: float | None
    high: float | None


class Skill(Struct, frozen=True):
    """One annotator and one label (``ALL``: all labels together).

    ``documents`` that others saw too, ``spans`` given there. ``finds``: of what is right,
    how much they gave exactly so (recall). Of what they gave, ``shifts`` are where gold has
    the label with other boundaries, ``confuses`` where it has another label, ``invents``
    all else that is not right; what is left is their precision. ``taken_for``: the label
    that gold has most often where they confuse. ``f1`` is strict.
    """

    annotator: str
    label: str
    documents: int
    spans: int
    finds: Share
    invents: Share
    shifts: Share
    confuses: Share
    f1: Share
    taken_for: str | None = None


class Skills:
    """Collects what gold says of its annotators, one document after the other."""

    def __init__(
        self, annotations: Sequence[Annotation], documents: Mapping[str, Document]
    ) -> None:
        self._views: dict[str, list[Annotation]] = defaultdict(list)
        self.know(annotations, documents)
        # By annotator, then group of documents, then label: what ``_GIVEN`` and so on name.
        self._counts: dict[str, dict[str, dict[str, NDArray[np.float64]]]] = defaultdict(
            lambda: defaultdict(lambda: defaultdict(lambda: np.zeros(_COLUMNS)))
        )
        self._documents: Counter[str] = Counter()
        self._instead: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)

    def know(self, annotations: Sequence[Annotation], documents: Mapping[str, Document]) -> None:
        """Take in the annotations of further documents."""
        for annotation in counted_annotations(annotations, documents):
            self._views[annotation.doc_id].append(annotation)

    def see(self, gold: GoldDocument) -> None:
        """Count one document's gold for all who annotated it."""
        views = self._views.get(gold.doc_id, [])
        believed = _believed(gold)
        group = gold.meta.get("group", gold.doc_id)
        met = set()
        for view in views:
            others = [other for other in views if other.annotator != view.annotator]
            end = len(gold.text) if view.end is None else view.end
            if any(_covers(other, view.start, end) for other in others):
                met.add(view.annotator)
            seen = {
                key: odds
                for key, odds in believed.items()
                if _covers(view, *key[:2]) and any(_covers(o, *key[:2]) for o in others)
            }
            if seen:
                met.add(view.annotator)
                self._count(view, seen, gold, self._counts[view.annotator][group])
        self._documents.update(met)

    def _count(
        self,
        view: Annotation,
        believed: Mapping[Key, float],
        gold: GoldDocument,
        counts: dict[str, NDArray[np.float64]],
    ) -> None:
        given = {span.key: span for span in view.spans}
        for key, odds in believed.items():
            mine = given.get(key)
            right = 1.0 / (1.0 + exp(-(odds + (OWN[1] if mine is None else -OWN[0]))))
            row = counts[key[2]]
            row[_WANTED] += right
            variance = right * (1 - right)
            if mine is None:
                row[_UNSURE_MISSED] += variance
                continue
            row[_GIVEN] += 1
            row[_RIGHT] += right
            row[_UNSURE_RIGHT] += variance
            instead = _instead(mine, gold)
            if instead == key[2]:
                row[_SHIFTED] += 1 - right
                row[_UNSURE_SHIFTED] += variance
            elif instead is not None:
                row[_CONFUSED] += 1 - right
                row[_UNSURE_CONFUSED] += variance
                self._instead[view.annotator, key[2]][instead] += 1

    def table(self, *, samples: int, seed: int) -> Iterator[Skill]:
        """A row for each annotator over all labels and then for each label, by name.

        Args:
            samples: bootstrap samples over an annotator's documents (by ``meta.group``).
            seed: decides what is drawn.
        """
        for annotator in sorted({v.annotator for views in self._views.values() for v in views}):
            by_group = self._counts.get(annotator, {})
            labels = sorted({label for counts in by_group.values() for label in counts})
            counts = np.zeros((len(by_group), 1 + len(labels), _COLUMNS))
            for number, group in enumerate(sorted(by_group)):
                for place, label in enumerate(labels, 1):
                    counts[number, place] = by_group[group].get(label, 0.0)
            counts[:, 0] = counts[:, 1:].sum(axis=1)
            rng = np.random.default_rng(seed)
            drawn = _gold_drawn(_drawn(counts, samples, rng), rng)
            for place, label in enumerate([ALL, *labels]):
                yield self._skill(annotator, label, counts[:, place].sum(axis=0), drawn[:, place])

    def _skill(
        self,
        annotator: str,
        label: str,
        counts: NDArray[np.float64],
        drawn: NDArray[np.float64],
    ) -> Skill:
        shares = _shares(counts[None])[0], _shares(drawn)
        finds, invents, shifts, confuses, f1 = (
            _share(shares[0][i], shares[1][:, i]) for i in range(5)
        )
        instead = self._instead.get((annotator, label), Counter())
        return Skill(
            annotator,
            label,
            self._documents[annotator],
            int(counts[_GIVEN]),
            finds,
            invents,
            shifts,
            confuses,
            f1,
            min(instead, key=lambda other: (-instead[other], other), default=None),
        )


def _believed(gold: GoldDocument) -> dict[Key, float]:
    """The log odds of every span that gold speaks of, won or lost."""
    lost = [*gold.rejected, *(one for span in gold.spans for one in span.alternatives)]
    believed = {one.key: log_odds(one.confidence) for one in lost}
    believed.update((span.key, log_odds(span.confidence)) for span in gold.spans)
    return believed


def _covers(view: Annotation, start: int, end: int) -> bool:
    return view.start <= start and (view.end is None or end <= view.end)


def _instead(mine: Span, gold: GoldDocument) -> str | None:
    """The label of what gold has instead of a span: the same label, if it can be."""
    there = [s for s in gold.spans if overlaps(s, mine) and s.key != mine.key]
    if any(span.key == mine.key for span in gold.spans) or not there:
        return None
    return min((s.label for s in there), key=lambda label: (label != mine.label, label))


def _drawn(
    counts: NDArray[np.float64], samples: int, rng: np.random.Generator
) -> NDArray[np.float64]:
    """Sums over groups that were drawn with replacement: samples x labels x columns."""
    groups = len(counts)
    if not groups:
        return np.zeros((0, *counts.shape[1:]))
    flat = counts.reshape(groups, -1)
    total = np.empty((samples, flat.shape[1]))
    for sample in range(samples):
        times = np.bincount(rng.integers(groups, size=groups), minlength=groups)
        total[sample] = times @ flat
    return total.reshape(samples, *counts.shape[1:])


def _gold_drawn(drawn: NDArray[np.float64], rng: np.random.Generator) -> NDArray[np.float64]:
    """The same sums, for gold that was drawn for each sample: samples x labels x columns.

    Sums of many spans are taken for normal, and linear in how far the log odds are off.
    """
    samples, labels, _ = drawn.shape
    given, missed = OFF * rng.standard_normal((2, samples, 1))
    chance_given, chance_missed = rng.standard_normal((2, samples, labels))
    unsure = drawn[..., _UNSURE_RIGHT]
    more_right = given * unsure + chance_given * np.sqrt(unsure)
    unsure = drawn[..., _UNSURE_MISSED]
    more_missed = missed * unsure + chance_missed * np.sqrt(unsure)
    found = drawn.copy()
    right = np.clip(drawn[..., _RIGHT] + more_right, 0.0, drawn[..., _GIVEN])
    was_missed = drawn[..., _WANTED] - drawn[..., _RIGHT]
    found[..., _RIGHT] = right
    found[..., _WANTED] = right + np.maximum(was_missed + more_missed, 0.0)
    wrong = drawn[..., _GIVEN] - right
    for column, moves in ((_SHIFTED, _UNSURE_SHIFTED), (_CONFUSED, _UNSURE_CONFUSED)):
        found[..., column] = np.clip(drawn[..., column] - given * drawn[..., moves], 0.0, wrong)
    return found


def _shares(counts: NDArray[np.float64]) -> NDArray[np.float64]:
    """Finds, invents, shifts, confuses and F1 of each row of counts; nan where undefined."""
    given, right, shifted, confused, wanted = counts[:, :_UNSURE_RIGHT].T
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.stack(
            [
                right / wanted,
                np.maximum(given - right - shifted - confused, 0.0) / given,
                shifted / given,
                confused / given,
                2 * right / (given + wanted),
            ],
            axis=1,
        )


def _share(value: float, drawn: NDArray[np.float64]) -> Share:
    defined = drawn[~np.isnan(drawn)]
    if np.isnan(value) or not len(defined):
        return Share(None, None, None)
    low, high = np.percentile(defined, _BOUNDS)
    return Share(*(round(float(one), 4) for one in (value, low, high)))
