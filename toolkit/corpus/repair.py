"""Repair: a chain of small named passes over a raw text, and what each of them changed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from types import MappingProxyType

from msgspec import Struct

from toolkit.corpus.alignment import (
    Alignment,
    Replacement,
    advance,
    all_to_raw,
    identity,
)
from toolkit.corpus.damage import blank_lines, controls, entities, glosses
from toolkit.errors import UsageError


class Edit(Struct, frozen=True):
    """One change that a pass made.

    ``before`` is the raw text at ``raw_start:raw_end`` as it stands in the raw file, and
    ``after`` what stands for it in the repaired text; empty where it was dropped.
    """

    pass_name: str
    raw_start: int
    raw_end: int
    before: str
    after: str


class RepairPass(Struct, frozen=True):
    """One kind of repair; ``find`` gives the replacements that a text needs, in order.

    Called with a text, it gives the text without this damage and the alignment between the
    two. A second call changes nothing, because the first goes on until nothing is found.
    """

    name: str
    description: str
    find: Callable[[str], Iterable[Replacement]]
    default: bool = True
    """Whether it runs where nobody has said anything."""

    def __call__(self, text: str) -> tuple[str, Alignment]:
        """Mend a text; the alignment points into ``text``."""
        alignment = identity(len(text))
        while found := list(self.find(text)):
            text, alignment = advance(text, alignment, found)
        return text, alignment


class Repaired(Struct, frozen=True):
    """A repaired text, its alignment with the raw text, and the edits in raw offsets."""

    text: str
    alignment: Alignment
    edits: tuple[Edit, ...]


PASSES: tuple[RepairPass, ...] = (
    RepairPass(
        "controls",
        "byte-order marks, control characters and stray zero-width joiners; CRLF and CR to LF",
        controls.find,
    ),
    RepairPass(
        "entities",
        "HTML entities that were never decoded, and broken ones whose character is certain",
        entities.find,
    ),
    RepairPass(
        "glosses",
        "pinyin in brackets behind the character that it glosses",
        glosses.find,
    ),
    RepairPass(
        "blank_lines",
        "space at the end of lines, and blank lines after the first",
        blank_lines.find,
    ),
)
"""The passes in the order in which they run."""


def choose_passes(switches: Mapping[str, bool] = MappingProxyType({})) -> tuple[RepairPass, ...]:
    """The passes to run, in their order.

    Args:
        switches: pass name → whether it runs; what is not named runs if it does by default.

    Raises:
        UsageError: a name isn't that of a pass.
    """
    known = [repair_pass.name for repair_pass in PASSES]
    unknown = sorted(set(switches) - set(known))
    if unknown:
        raise UsageError(
            f"there is no repair pass {', '.join(unknown)}", f"There are {', '.join(known)}."
        )
    return tuple(p for p in PASSES if switches.get(p.name, p.default))


def repair(raw: str, passes: Sequence[RepairPass] | None = None) -> Repaired:
    """Run the chain over a raw text, again and again until every pass is silent.

    What one pass uncovers for an earlier one (a control character written as an entity) is
    mended too, so that repairing a repaired text changes nothing. A clean text comes back
    as it is.

    Args:
        raw: the raw text.
        passes: those to run, as ``choose_passes`` gives them; None for the default ones.
    """
    if passes is None:
        passes = choose_passes()
    text, alignment, edits = raw, identity(len(raw)), list[Edit]()
    silent = 0
    while silent < len(passes):
        for repair_pass in passes:
            found = list(repair_pass.find(text))
            silent = 0 if found else silent + 1
            if found:
                edits += _edits(repair_pass.name, found, raw, alignment)
                text, alignment = advance(text, alignment, found)
            if silent >= len(passes):
                break
    return Repaired(text, alignment, tuple(edits))


def _edits(name: str, found: list[Replacement], raw: str, alignment: Alignment) -> list[Edit]:
    """The replacements in raw offsets, ``alignment`` being that of the text they apply to."""
    places = all_to_raw(alignment, ((start, end) for start, end, _ in found))
    return [
        Edit(name, start, end, raw[start:end], replacement.text)
        for replacement, (start, end) in zip(found, places, strict=True)
    ]
