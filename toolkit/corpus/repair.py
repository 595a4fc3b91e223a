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
    to_raw,
    to_text,
)
from toolkit.corpus.damage import (
    blank_lines,
    boilerplate,
    controls,
    entities,
    glosses,
    hard_wraps,
    left,
    markup,
    spaces,
    traditional,
    wrong_decoding,
)
from toolkit.errors import UsageError


class Edit(Struct, frozen=True, gc=False):
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

    ``default`` says whether the chain runs it without being asked to. ``doubtful`` gives what
    it leaves in a text in which it finds something, though it may be damaged as well.

    Called with a text, it gives the text without this damage and the alignment between the
    two. A second call changes nothing, because the first goes on until nothing is found.

    What a pass with ``keeps`` drops is worth keeping beside the text. ``blind_to`` names the
    passes whose edits give this one nothing new to find, its own among them where one run is
    always enough; the chain doesn't ask it again after those.
    """

    name: str
    description: str
    find: Callable[[str], Iterable[Replacement]]
    default: bool = True
    keeps: bool = False
    doubtful: Callable[[str], Iterable[tuple[int, int]]] | None = None
    blind_to: frozenset[str] = frozenset()

    def __call__(self, text: str) -> tuple[str, Alignment]:
        """Mend a text; the alignment points into ``text``."""
        alignment = identity(len(text))
        while found := list(self.find(text)):
            text, alignment = advance(text, alignment, found)
        return text, alignment


class Repaired(Struct, frozen=True):
    """A repaired text, its alignment with the raw text, and the edits in raw offsets.

    ``removed`` are the lines that stood around the text, in order, as the earlier passes
    left them. ``damaged`` are the stretches of ``text`` that nothing could recover, in order.
    """

    text: str
    alignment: Alignment
    edits: tuple[Edit, ...]
    removed: tuple[str, ...] = ()
    damaged: tuple[tuple[int, int], ...] = ()


_LINE_ENDS = frozenset(("blank_lines",))
"""Passes that change space at the end of lines and the number of blank lines, nothing else.

A pass is blind to them if it looks at no space at a line's end."""

_WHOLE_LINES = frozenset(("boilerplate",))
"""Passes that take away whole lines.

A pass is blind to them if what it finds in a line depends on this line alone."""

PASSES: tuple[RepairPass, ...] = (
    RepairPass(
        "controls",
        "byte-order marks, control characters and stray zero-width joiners; CRLF and CR to LF",
        controls.find,
        blind_to=_WHOLE_LINES,
    ),
    RepairPass(
        "entities",
        "HTML entities that were never decoded, and broken ones whose character is certain",
        entities.find,
        blind_to=_WHOLE_LINES | _LINE_ENDS,
    ),
    RepairPass(
        "markup",
        "HTML tags, comments, scripts and styles that were left in the text",
        markup.find,
    ),
    RepairPass(
        "wrong_decoding",
        "text decoded with the wrong code page, as far as the bytes prove what stood there",
        wrong_decoding.find,
        doubtful=wrong_decoding.doubtful,
    ),
    RepairPass(
        "glosses",
        "pinyin in brackets behind the character that it glosses",
        glosses.find,
        blind_to=_LINE_ENDS,
    ),
    RepairPass(
        "traditional",
        "traditional characters written as simplified ones",
        traditional.find,
        default=False,
    ),
    RepairPass(
        "spaces",
        "odd kinds of blank, long runs of them, and blanks before punctuation",
        spaces.find,
        blind_to=_WHOLE_LINES | _LINE_ENDS | {"spaces"},
    ),
    RepairPass(
        "boilerplate",
        "lines around the article: trails, sources, bylines, buttons, a headline's second copy",
        boilerplate.find,
        keeps=True,
        blind_to=_LINE_ENDS,
    ),
    RepairPass(
        "hard_wraps",
        "line breaks in the middle of a sentence",
        hard_wraps.find,
        blind_to=_LINE_ENDS,
    ),
    RepairPass(
        "blank_lines",
        "space at the end of lines, and blank lines after the first",
        blank_lines.find,
        blind_to=_LINE_ENDS,
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


_DEFAULT = choose_passes()


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
        passes = _DEFAULT
    text, alignment, edits = raw, identity(len(raw)), list[Edit]()
    removed: list[tuple[int, str]] = []
    doubtful: list[tuple[int, int]] = []  # in raw offsets
    due = [True] * len(passes)
    while True in due:
        for number, repair_pass in enumerate(passes):
            if not due[number]:
                continue
            due[number] = False
            found = list(repair_pass.find(text))
            if not found:
                continue
            made = _edits(repair_pass.name, found, raw, alignment)
            edits += made
            if repair_pass.keeps:
                dropped = (text[start:end].strip() for start, end, _ in found)
                removed += zip((edit.raw_start for edit in made), dropped, strict=True)
            if repair_pass.doubtful:
                doubtful += (to_raw(alignment, *it) for it in repair_pass.doubtful(text))
            text, alignment = advance(text, alignment, found)
            name = repair_pass.name
            due = [is_due or name not in other.blind_to for is_due, other in zip(due, passes)]
    damaged = [*left.find(text), *(to_text(alignment, *stretch) for stretch in doubtful)]
    for repair_pass in passes:
        damaged += repair_pass.doubtful(text) if repair_pass.doubtful else ()
    lines = tuple(line for _, line in sorted(removed))
    return Repaired(text, alignment, tuple(edits), lines, _joined(damaged))


def _joined(stretches: Iterable[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    """The stretches in order; those that touch or overlap are one."""
    joined: list[tuple[int, int]] = []
    for start, end in sorted(stretches):
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(joined[-1][1], end))
        elif start < end:
            joined.append((start, end))
    return tuple(joined)


def _edits(name: str, found: list[Replacement], raw: str, alignment: Alignment) -> list[Edit]:
    """The replacements in raw offsets, ``alignment`` being that of the text they apply to."""
    places = all_to_raw(alignment, ((start, end) for start, end, _ in found))
    return [
        Edit(name, start, end, raw[start:end], replacement.text)
        for replacement, (start, end) in zip(found, places, strict=True)
    ]
