"""The checks, by the kind of their findings. The command line and the docs read this."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial

from toolkit.datasets.checks import (
    disagreement,
    edges,
    few,
    missed,
    shapes,
    surfaces,
    together,
    unchanged,
    words,
)
from toolkit.datasets.checks.finding import Check, Finding, Material
from toolkit.each import Each, in_turn
from toolkit.errors import UsageError

_ALL = (
    Check(surfaces.KIND, "the same text has another label in most other places", surfaces.find),
    Check(missed.KIND, "a text that is nearly always labelled has no label", missed.find),
    Check(words.KIND, "the span begins or ends inside a word", words.find),
    Check(edges.KIND, "the span begins or ends with space or punctuation", edges.find),
    Check(shapes.BREAK, "the span reaches over a line break", shapes.line_breaks),
    Check(shapes.LONG, "the span is far longer than others of its label", shapes.very_long),
    Check(few.KIND, "the label has few examples, or none", few.find),
    Check(unchanged.KIND, "the annotator never changes a suggestion", unchanged.find),
    Check(
        disagreement.KIND, "a model of the other documents reads it otherwise", disagreement.find
    ),
)

CHECKS: dict[str, Check] = {check.kind: check for check in _ALL}

BY_MODEL = disagreement.KIND

_MODEL_WEIGHS = (surfaces.KIND, missed.KIND)
"""Checks whose places the model reads too."""

WITHOUT_MODEL = tuple(kind for kind in CHECKS if kind != BY_MODEL)
"""The checks that need no extra and take no time."""


def find(
    material: Material, kinds: Sequence[str] = WITHOUT_MODEL, each: Each = in_turn
) -> Iterator[Finding]:
    """What the checks of these kinds find, check by check; ``places`` has them by place.

    With the model's, those of which it has read the places have its doubts (``together``).

    Args:
        material: what they look at; pickled where ``each`` works elsewhere.
        kinds: which checks.
        each: makes them, one a task.

    Raises:
        UsageError: there is no such check.
        InputError: a check can't be made; names what it lacks.
    """
    unknown = [kind for kind in kinds if kind not in CHECKS]
    if unknown:
        raise UsageError(f"there is no check {unknown[0]!r}", f"Known: {', '.join(CHECKS)}.")
    asked = [kind for kind in CHECKS if kind in kinds]
    found = dict(each(partial(_found, material), asked))
    for kind in asked:
        if BY_MODEL in found and kind in _MODEL_WEIGHS:
            yield from together.weighed(found[kind], found[BY_MODEL], material.gold())
        else:
            yield from found[kind]


def _found(material: Material, kind: str) -> list[Finding]:
    return list(CHECKS[kind].find(material))
