"""What a measure gives: figures, each beside a peer's of the same run."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from benchmarks.measuring import Cost

Of = Literal["ours", "ratio"]


class Target(Struct, frozen=True):
    """What a figure should reach: ours itself, or its ratio to the peer's."""

    value: float
    of: Of = "ours"


class Figure(Struct, frozen=True, kw_only=True):
    """One figure.

    ``theirs`` is the same of ``peer``, null where there is none. ``cpu`` and ``wall`` are
    seconds that ours took, ``peer_cpu`` and ``peer_wall`` those of the peer: null where
    seconds aren't what was measured. ``less`` says that the smaller is
    the better. A ``detail`` stands in no table of all figures.
    """

    name: str
    unit: str
    ours: float
    peer: str = ""
    theirs: float | None = None
    less: bool = False
    target: Target | None = None
    cpu: float | None = None
    wall: float | None = None
    peer_cpu: float | None = None
    peer_wall: float | None = None
    megabytes: float | None = None
    detail: bool = False

    @property
    def ratio(self) -> float | None:
        """How many times as good as the peer: over 1 where we are ahead; null without one."""
        if self.theirs is None or min(self.ours, self.theirs) <= 0:
            return None
        return self.theirs / self.ours if self.less else self.ours / self.theirs

    @property
    def reached(self) -> bool | None:
        """Whether the target is reached; null where there is none."""
        found = self.ours if self.target and self.target.of == "ours" else self.ratio
        if self.target is None or found is None:
            return None
        if self.target.of == "ours" and self.less:
            return found <= self.target.value
        return found >= self.target.value


def fewer_seconds(
    name: str,
    ours: Cost,
    peer: str = "",
    theirs: Cost | None = None,
    target: Target | None = None,
) -> Figure:
    """A figure that is CPU seconds, of which fewer are better."""
    return Figure(
        name=name,
        unit="CPU s",
        ours=ours.cpu,
        peer=peer,
        less=True,
        target=target,
        theirs=theirs.cpu if theirs else None,
        cpu=ours.cpu,
        wall=ours.wall,
        megabytes=ours.megabytes or None,
        peer_cpu=theirs.cpu if theirs else None,
        peer_wall=theirs.wall if theirs else None,
    )


class Measured(Struct):
    """What came of one measure: its figures, or why there are none.

    ``load`` is how many processes wanted a core on the average when it began, where known.
    """

    name: str
    date: str
    quick: bool
    seconds: float
    packages: dict[str, str]
    figures: list[Figure] = []
    skipped: str = ""
    load: float | None = None


class Results(Struct):
    """Everything measured on one machine."""

    machine: dict[str, str | int]
    measures: list[Measured] = []


def number(value: float) -> str:
    """Three digits that count, without an exponent."""
    if value == 0 or abs(value) >= 100:
        return f"{value:,.0f}"
    digits = 3 - len(str(int(abs(value)))) if abs(value) >= 1 else 3
    return f"{value:.{digits}f}"


COLUMNS = ("figure", "ours", "peer", "peer's", "ratio", "target")


def cells(figure: Figure) -> tuple[str, ...]:
    """A figure as the cells of a table, below ``COLUMNS``."""
    return (
        figure.name,
        f"{number(figure.ours)} {figure.unit}".rstrip(),
        figure.peer,
        "" if figure.theirs is None else number(figure.theirs),
        "" if figure.ratio is None else f"{number(figure.ratio)} ×",
        target_of(figure),
    )


def target_of(figure: Figure) -> str:
    """What the figure should reach, and whether it does; empty where there is nothing to."""
    if figure.target is None:
        return ""
    sign = "≤" if figure.less and figure.target.of == "ours" else "≥"
    of = "" if figure.target.of == "ours" else " ×"
    reached = {True: " ✓", False: " ✗", None: ""}[figure.reached]
    return f"{sign} {figure.target.value:g}{of}{reached}"
