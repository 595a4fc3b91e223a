"""The table that every model of this room works on: units, and who tagged them how.

Units are a document's tokens where it has them; else runs of letters and digits, and
single characters in scripts without spaces. All of them are cut at the borders of spans
and passages, so that a tag never stands for a part of a unit. White space is no unit,
unless somebody's span begins or ends with it.

Only stretches near somebody's span are in the table (``REACH``); the rest is *quiet*:
nobody marked anything there, so it is outside of entities, and just counted.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from toolkit.gold.cases import Case, annotators_in, labels_in

Integers = NDArray[np.int64]
Floats = NDArray[np.float64]
Booleans = NDArray[np.bool_]

REACH = 24
"""How many characters around a span belong to the table: context enough for a word or two."""

DENSE = 3
"""How many characters an ideograph counts for in ``REACH``: it says as much as a syllable."""

OUTSIDE = 0
"""The tag of units outside of entities; label ``l`` begins with ``1 + 2l`` and goes on with
``2 + 2l``."""

UNKNOWN = -1
"""In place of a tag that no reviewer decided."""

_SPACE, _ALONE, _JOINING = 0, 1, 2


@dataclass(frozen=True, slots=True)
class Units:
    """Units in order, in sequences; and rows, one for each unit and annotator who saw it.

    Units (``n``): ``start``, ``end`` in the text of case number ``case``; ``word``, equal
    for equal strings; ``known``, the tag that a reviewer decided, or ``UNKNOWN``.
    ``first`` (sequences + 1): where each sequence begins; the last entry is ``n``. Between
    two sequences lies quiet text or another case.

    Rows (``r``), by unit, then annotator: ``unit``, ``annotator``, ``tag``, and
    ``before``, the annotator's tag of the unit before; ``view``, which view they are of.

    Views (``v``): ``view_annotator``; ``view_quiet``, its units that are not in the table.
    """

    labels: tuple[str, ...]
    annotators: tuple[str, ...]
    start: Integers
    end: Integers
    case: Integers
    word: Integers
    words: tuple[str, ...]
    known: Integers
    first: Integers
    unit: Integers
    annotator: Integers
    tag: Integers
    before: Integers
    view: Integers
    view_annotator: Integers
    view_quiet: Integers
    quiet: int

    def __len__(self) -> int:
        return len(self.start)

    @property
    def tags(self) -> int:
        """How many tags there are: outside, and begin and inside for each label."""
        return 1 + 2 * len(self.labels)

    @property
    def lengths(self) -> Integers:
        """Units in each sequence."""
        return np.diff(self.first)

    @property
    def sequence(self) -> Integers:
        """The sequence of each unit."""
        return np.repeat(np.arange(len(self.first) - 1), self.lengths)


def tabulate(
    cases: Sequence[Case],
    labels: tuple[str, ...] | None = None,
    annotators: tuple[str, ...] | None = None,
    reach: int = REACH,
    dense: int = DENSE,
) -> Units:
    """The table of these cases, whose views have no overlapping spans.

    ``labels`` and ``annotators`` are those of all cases where these are a part of them;
    ``reach`` as ``REACH``, ``dense`` as ``DENSE``.
    """
    line = _Line(
        cases,
        labels_in(cases) if labels is None else labels,
        annotators_in(cases) if annotators is None else annotators,
    )
    start, end = _pieces(cases, line)
    near = _near(line, reach, dense)[start]
    return _table(line, start, end, near)


class _Line:
    """All texts one after the other, with views and spans at their places on it."""

    def __init__(
        self, cases: Sequence[Case], labels: tuple[str, ...], annotators: tuple[str, ...]
    ) -> None:
        self.labels, self.annotators = labels, annotators
        number = {label: i for i, label in enumerate(labels)}
        who = {name: i for i, name in enumerate(annotators)}
        texts = [case.document.text for case in cases]
        lengths = np.fromiter(map(len, texts), dtype=np.int64, count=len(texts))
        self.origin = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
        self.text = "".join(texts)
        self.codes = np.frombuffer(
            self.text.encode("utf-32-le", "surrogatepass"), dtype=np.uint32
        ).astype(np.int64)
        views: list[tuple[int, int, int]] = []
        spans: list[tuple[int, int, int, int]] = []
        truth: list[tuple[int, int]] = []
        true_spans: list[tuple[int, int, int]] = []
        for base, case in zip(self.origin.tolist(), cases, strict=False):
            for view in case.views:
                spans += [
                    (len(views), base + s.start, base + s.end, number[s.label]) for s in view.spans
                ]
                views.append((base + view.start, base + view.end, who[view.annotator]))
            for view in case.truth:
                true_spans += [(base + s.start, base + s.end, number[s.label]) for s in view.spans]
                truth.append((base + view.start, base + view.end))
        self.views = np.array(views, dtype=np.int64).reshape(-1, 3)
        self.spans = np.array(spans, dtype=np.int64).reshape(-1, 4)
        self.truth = np.array(truth, dtype=np.int64).reshape(-1, 2)
        self.true_spans = np.array(true_spans, dtype=np.int64).reshape(-1, 3)

    @property
    def length(self) -> int:
        return len(self.text)

    @property
    def marked(self) -> Integers:
        """Where everybody's spans begin and end, reviewers' too."""
        return np.concatenate([self.spans[:, 1:3], self.true_spans[:, :2]])


def _pieces(cases: Sequence[Case], line: _Line) -> tuple[Integers, Integers]:
    """Where units would begin and end, near a span or not."""
    kind = _kinds(line.codes)
    cut = np.ones(line.length + 1, dtype=np.bool_)
    cut[1:-1] = (kind[1:] != kind[:-1]) | (kind[1:] == _ALONE)
    for base, case in zip(line.origin.tolist(), cases, strict=False):
        if case.document.tokens is not None:
            stop = base + len(case.document.text)
            cut[base:stop] = False
            inside = np.zeros(stop - base, dtype=np.bool_)
            for first, last in case.document.tokens:
                cut[base + first] = cut[base + last] = True
                inside[first:last] = True
            kind[base:stop] = np.where(inside, _ALONE, _SPACE)
    cut[line.origin] = True
    cut[line.marked.ravel()] = True
    cut[line.views[:, :2].ravel()] = True
    cut[line.truth.ravel()] = True
    border = np.flatnonzero(cut)
    start, end = border[:-1], border[1:]
    opens = np.zeros(line.length + 1, dtype=np.bool_)
    closes = opens.copy()
    opens[line.marked[:, 0]] = True
    closes[line.marked[:, 1]] = True
    kept = (kind[start] != _SPACE) | opens[start] | closes[end]
    return start[kept], end[kept]


def _kinds(codes: Integers) -> NDArray[np.uint8]:
    """White space, a character that stands alone, or one that joins with its like."""
    kinds = np.zeros(sys.maxunicode + 1, dtype=np.uint8)
    kinds[codes] = 1
    present = np.flatnonzero(kinds)
    kinds[present] = [_kind(chr(code)) for code in present.tolist()]
    return np.take(kinds, codes)


_IDEOGRAPHS = 0x2E80
"""From here on lie the scripts that put no space between words; Hangul does."""

_HANGUL = range(0xAC00, 0xD7A4)
_FULL_WIDTH = range(0xFF10, 0xFF5B)


def _kind(character: str) -> int:
    if character.isspace():
        return _SPACE
    return _JOINING if character.isalnum() and not _is_dense(ord(character)) else _ALONE


def _is_dense(code: int) -> bool:
    return code >= _IDEOGRAPHS and code not in _HANGUL and code not in _FULL_WIDTH


def _near(line: _Line, reach: int, ideograph: int) -> Booleans:
    """Whether each place on the line is within reach of a span."""
    dense = line.codes >= _IDEOGRAPHS
    for spaced in (_HANGUL, _FULL_WIDTH):
        dense &= (line.codes < spaced.start) | (line.codes >= spaced.stop)
    far = np.concatenate([[0], np.cumsum(np.where(dense, ideograph, 1))])
    begins, ends = line.marked.T
    case = np.searchsorted(line.origin, begins, side="right") - 1
    first = np.searchsorted(far, far[begins] - reach, side="left")
    last = np.searchsorted(far, far[ends] + reach, side="right") - 1
    size = line.length + 1
    marked = np.bincount(np.maximum(first, line.origin[case]), minlength=size)
    marked -= np.bincount(np.minimum(last, line.origin[case + 1]), minlength=size)
    return np.cumsum(marked) > 0


def _table(line: _Line, start: Integers, end: Integers, near: Booleans) -> Units:
    number = np.cumsum(near) - 1
    seen_from = np.searchsorted(start, line.views[:, 0], side="left")
    seen_to = np.searchsorted(end, line.views[:, 1], side="right")
    seen_to = np.maximum(seen_from, seen_to)
    before = np.concatenate([[0], np.cumsum(near)])
    first_unit, last_unit = before[seen_from], before[seen_to]
    quiet = (seen_to - seen_from) - (last_unit - first_unit)

    view, unit = expand(first_unit, last_unit)
    tag = np.zeros(len(unit), dtype=np.int64)
    base = np.cumsum(last_unit - first_unit) - last_unit
    of = line.spans[:, 0]
    begins = number[np.searchsorted(start, line.spans[:, 1], side="left")]
    ends = number[np.searchsorted(end, line.spans[:, 2], side="left")]
    span, inner = expand(begins + 1, ends + 1)
    tag[base[of[span]] + inner] = 2 + 2 * line.spans[span, 3]
    tag[base[of] + begins] = 1 + 2 * line.spans[:, 3]

    start, end = start[near], end[near]
    case = np.searchsorted(line.origin, start, side="right") - 1
    jump = np.ones(len(start) + 1, dtype=np.bool_)
    jump[1:-1] = (np.diff(np.flatnonzero(near)) > 1) | (case[1:] != case[:-1])
    follows = ~jump[unit]
    follows[1:] &= view[1:] == view[:-1]
    follows[:1] = False
    previous = np.where(follows, np.roll(tag, 1), OUTSIDE)

    annotator = line.views[view, 2]
    order = np.argsort(unit * len(line.annotators) + annotator, kind="stable")
    word, words = _words(line, start, end)
    return Units(
        labels=line.labels,
        annotators=line.annotators,
        start=start - line.origin[case],
        end=end - line.origin[case],
        case=case,
        word=word,
        words=words,
        known=_known(line, start, end),
        first=np.flatnonzero(jump),
        unit=unit[order],
        annotator=annotator[order],
        tag=tag[order],
        before=previous[order],
        view=view[order],
        view_annotator=line.views[:, 2],
        view_quiet=quiet,
        quiet=int(len(near) - near.sum()),
    )


def _known(line: _Line, start: Integers, end: Integers) -> Integers:
    """What reviewers decided of each unit."""

    def units(stretches: Integers) -> tuple[Integers, Integers, Integers]:
        first = np.searchsorted(start, stretches[:, 0], side="left")
        return first, *expand(first, np.searchsorted(end, stretches[:, 1], side="right"))

    known = np.full(len(start), UNKNOWN, dtype=np.int64)
    _, _, seen = units(line.truth)
    known[seen] = OUTSIDE
    first, span, inner = units(line.true_spans)
    known[inner] = 2 + 2 * line.true_spans[span, 2]
    known[first] = 1 + 2 * line.true_spans[:, 2]
    return known


def _words(line: _Line, start: Integers, end: Integers) -> tuple[Integers, tuple[str, ...]]:
    """The number of each unit's string, and the strings by number."""
    number = np.zeros(len(start), dtype=np.int64)
    single = end - start == 1
    codes, number[single] = np.unique(line.codes[start[single]], return_inverse=True)
    known = {chr(code): i for i, code in enumerate(codes.tolist())}
    longer = np.flatnonzero(~single)
    text = line.text
    number[longer] = [
        known.setdefault(text[a:b], len(known))
        for a, b in zip(start[longer].tolist(), end[longer].tolist(), strict=True)
    ]
    return number, tuple(known)


def expand(first: Integers, last: Integers) -> tuple[Integers, Integers]:
    """The integers of many ranges ``[first, last)``, each with the index of its range."""
    length = np.maximum(last - first, 0)
    owner = np.repeat(np.arange(len(first)), length)
    begins = np.cumsum(length) - length
    return owner, np.arange(len(owner)) - begins[owner] + first[owner]
