"""A document as cells: clean text, the raw text that stands for it, and what is lost.

A damage changes cells that are whole still, and puts cells without clean text between them; so
kinds of damage combine. What is unrecoverable is marked ``lost``: characters of which a byte is
gone.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from tests.test_corpus.clean_texts import CleanDocument
from toolkit.model import Span

Pair = tuple[int, int]


@dataclass(frozen=True)
class Cell:
    """Clean text and the raw text that stands for it.

    ``inner`` gives for each clean character its stretch of ``raw``, ``lost`` whether it can't
    be recovered; ``kind`` is the damage, empty for none. A ``twin`` is a second copy of a
    clean character: one of the two must stay.
    """

    clean: str
    raw: str
    inner: tuple[Pair, ...]
    lost: tuple[bool, ...]
    kind: str = ""
    twin: bool = False


Cells = list[Cell]


@dataclass(frozen=True)
class Stretch:
    """A cell with its place: clean[start:end] is raw[raw_start:raw_end]."""

    start: int
    end: int
    raw_start: int
    raw_end: int
    cell: Cell

    def as_clean(self, start: int, clean: str) -> Stretch:
        """The same raw stretch standing for this clean text."""
        cell = replace(self.cell, clean=clean, lost=(False,) * len(clean))
        return Stretch(start, start + len(clean), self.raw_start, self.raw_end, cell)

    def as_junk(self, at: int) -> Stretch:
        """The same raw stretch standing for nothing."""
        cell = replace(self.cell, clean="", inner=(), lost=(), kind="doubled headline")
        return Stretch(at, at, self.raw_start, self.raw_end, cell)


@dataclass(frozen=True, repr=False)
class Damaged:
    """A damaged text and its truth.

    ``places`` gives for each clean character the least raw stretch that holds all that is
    left of it; ``twins`` are raw stretches that repeat clean ones, as
    ``(start, end, raw_start, raw_end)``.
    """

    clean: str
    raw: str
    spans: tuple[Span, ...]
    stretches: tuple[Stretch, ...]
    places: tuple[Pair, ...]
    lost: frozenset[int]
    twins: tuple[tuple[int, int, int, int], ...] = ()

    def __repr__(self) -> str:
        """Short: a failing test says how to make the whole."""
        return f"Damaged({self.raw[:300]!r}…)"


def whole(character: str) -> Cell:
    """A clean character, undamaged."""
    return Cell(character, character, ((0, 1),), (False,))


def junk(raw: str, kind: str) -> Cell:
    """Raw text that stands for nothing."""
    return Cell("", raw, (), (), kind)


def damaged(cell: Cell, raw: str, kind: str) -> Cell:
    """The same clean character, another raw text for it."""
    return replace(cell, raw=raw, inner=((0, len(raw)),), kind=kind)


def assembled(document: CleanDocument, cells: Cells) -> Damaged:
    """The raw text of the cells, and where everything stands in it."""
    stretches: list[Stretch] = []
    places: list[Pair] = []
    lost: set[int] = set()
    twins: list[tuple[int, int, int, int]] = []
    at = raw_at = twin_at = 0
    for cell in cells:
        raw_end = raw_at + len(cell.raw)
        if cell.twin:
            twins.append((twin_at, twin_at + len(cell.clean), raw_at, raw_end))
            twin_at += len(cell.clean)
            cell = replace(cell, clean="", lost=())  # noqa: PLW2901 - the same, as junk
        end = at + len(cell.clean)
        stretches.append(Stretch(at, end, raw_at, raw_end, cell))
        if cell.clean:
            places += [(raw_at + low, raw_at + high) for low, high in cell.inner]
        lost |= {at + offset for offset, is_lost in enumerate(cell.lost) if is_lost}
        at, raw_at = end, raw_end
    clean = "".join(cell.clean for cell in cells if not cell.twin)
    assert clean == document.text
    return Damaged(
        clean,
        "".join(cell.raw for cell in cells),
        document.spans,
        tuple(stretches),
        tuple(places),
        frozenset(lost),
        tuple(twins),
    )


def is_whole(cell: Cell) -> bool:
    """Whether nothing has happened to a clean character so far."""
    return bool(cell.clean) and not cell.kind and not cell.twin and cell.raw == cell.clean


def is_han(cells: Cells, position: int) -> bool:
    """Whether a Chinese character stands at a position."""
    return 0 <= position < len(cells) and "一" <= cells[position].raw <= "鿿"
