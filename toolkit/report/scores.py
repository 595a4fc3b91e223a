"""What became of the rules' suggestions, as the report shows it; counted elsewhere."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec
from msgspec import Struct

from toolkit.errors import InputError


class RuleRow(Struct, frozen=True):
    """What became of the spans of a rule; ``interval`` is that of ``precision``."""

    rule: str
    label: str
    suggested: int
    kept: int
    boundary: int
    relabelled: int
    removed: int
    precision: float | None
    interval: tuple[float, float] | None
    only_it: int = 0


class Work(Struct, frozen=True):
    """Editing actions of a label, from blank and with the suggestions; "" is all labels."""

    label: str
    blank: int
    left: int
    drawn: int
    relabelled: int
    moved: int
    removed: int


class Bin(Struct, frozen=True):
    """Suggestions with scores from ``low`` to ``high``: their mean score, and the share right."""

    low: float
    high: float
    spans: int
    score: float
    right: float


class Reliability(Struct, frozen=True):
    """The bins that hold spans, and the expected calibration error over them."""

    bins: tuple[Bin, ...]
    spans: int
    error: float


class RuleScores(Struct, frozen=True):
    """What ``toolkit rules score`` found; ``calibrated`` is null where too few texts teach."""

    model_version: str
    truth: str
    texts: int
    passed_over: int
    rules: tuple[RuleRow, ...]
    work: tuple[Work, ...]
    reliability: Reliability
    calibrated: Reliability | None
    thresholds: dict[str, float]


def read_scores(found: Mapping[str, Any]) -> RuleScores:
    """The scores of rules out of their JSON form.

    Raises:
        InputError: they aren't in that form.
    """
    try:
        return msgspec.convert(found, RuleScores)
    except msgspec.ValidationError as error:
        raise InputError(
            f"the scores of the rules aren't in their form ({error})",
            "Make them with 'toolkit rules score --json'.",
        ) from None
