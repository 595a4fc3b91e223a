"""What suggestions do to people, as the report shows it.

The figures come in as the JSON form of ``agreement.anchoring``; they were computed
elsewhere, with their intervals, and are only put into words here.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import msgspec
from msgspec import Struct

from toolkit.errors import InputError

_NOTHING = "–"


class Meaning(Struct, frozen=True):
    """How an effect is called, what it says, and how both of its values are compared."""

    title: str
    meaning: str
    compared: Literal["ratio", "difference"]


class Effect(Struct, frozen=True):
    """One measure with suggestions and without; ``undefined`` says why something is missing."""

    name: str
    shown: float | None
    control: float | None
    value: float | None
    low: float | None
    high: float | None
    n_shown: int
    n_control: int
    undefined: str = ""


class Effects(Struct, frozen=True):
    """Figures of anchoring as this page needs them; what else they hold is left out."""

    shown: int
    control: int
    other_version: int
    by_gold: int
    by_others: int
    effects: tuple[Effect, ...]
    measures: dict[str, Meaning]

    @property
    def rows(self) -> list[Row]:
        """The table: one row an effect."""
        return [_row(effect, self.measures[effect.name]) for effect in self.effects]


class Row(Struct, frozen=True):
    """An effect in words."""

    title: str
    shown: str
    control: str
    value: str
    interval: str
    n_shown: int
    n_control: int
    undefined: str


def read_effects(figures: Mapping[str, Any]) -> Effects:
    """The figures, checked.

    Raises:
        InputError: they aren't in the form of anchoring figures.
    """
    try:
        effects = msgspec.convert(figures, Effects)
    except msgspec.ValidationError as error:
        raise InputError(
            f"the figures of anchoring aren't in their form ({error})",
            "Make them with 'toolkit report --json'.",
        ) from None
    unknown = sorted({effect.name for effect in effects.effects} - effects.measures.keys())
    if unknown:
        raise InputError(f"the figures of anchoring don't say what {unknown[0]!r} is")
    return effects


def _row(effect: Effect, meaning: Meaning) -> Row:
    is_ratio = meaning.compared == "ratio"
    each = _plain if is_ratio else _percent
    between = _ratio if is_ratio else _points
    has_interval = effect.low is not None and effect.high is not None
    return Row(
        title=meaning.title,
        shown=each(effect.shown),
        control=each(effect.control),
        value=between(effect.value),
        interval=f"{between(effect.low)} to {between(effect.high)}" if has_interval else "",
        n_shown=effect.n_shown,
        n_control=effect.n_control,
        undefined=effect.undefined,
    )


def _plain(value: float | None) -> str:
    return _NOTHING if value is None else f"{value:.0f}"


def _percent(value: float | None) -> str:
    return _NOTHING if value is None else f"{value:.1%}".replace("%", "\u202f%")


def _ratio(value: float | None) -> str:
    return _NOTHING if value is None else f"× {value:.2f}"


def _points(value: float | None) -> str:
    """A difference of two shares, in percentage points, always with its sign."""
    return _NOTHING if value is None else f"{100 * value:+.1f}".replace("-", "\u2212")
