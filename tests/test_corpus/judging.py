"""What a repair made of a damaged text, against the truth that ``damaging`` kept.

Judged through the alignment, so that a wrong address counts as a wrong character. What is
right only up to taste is judged with this tolerance, and no other:

- between two lines, any number of line breaks and any space is the same, so long as there is
  a line break where the clean text has one;
- space inside of a line may be any space, but not none, and none may be added;
- a hard wrap behind a full stop may stay: the issue asks for those inside of sentences;
- of a doubled headline either copy may stay;
- in place of unrecoverable characters anything may stand but Chinese characters that are
  neither in the raw text nor right: that would be guessing;
- a raw character that holds a byte of each of two clean ones may be the address of either;
- a full-width digit may become an ASCII one or stay (counted apart).
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from difflib import SequenceMatcher
from itertools import groupby

from tests.test_corpus.cells import Damaged, Stretch
from toolkit.corpus.alignment import Alignment, to_raw, to_text
from toolkit.corpus.repair import Repaired
from toolkit.model import Span

_HAN = re.compile("[㐀-鿿]")
_SENTENCE_END = "。！？!?”’…；;:："


@dataclass(frozen=True)
class Failure:
    """One thing that isn't as it should be, with what surrounds it in the raw text."""

    kind: str
    what: str
    raw: str
    expected: str
    got: str


@dataclass
class Verdict:
    """Counts over one or many texts, by kind of damage; ``""`` is undamaged text.

    ``wrong`` counts clean characters that aren't there, ``left`` characters in the text that
    aren't in the clean one; ``lost`` ones were unrecoverable and are in neither.
    """

    characters: Counter[str] = field(default_factory=Counter)
    wrong: Counter[str] = field(default_factory=Counter)
    left: Counter[str] = field(default_factory=Counter)
    lost: Counter[str] = field(default_factory=Counter)
    folded: int = 0
    breaks: int = 0
    breaks_lost: int = 0
    wraps: int = 0
    wraps_left: int = 0
    spans: int = 0
    spans_wrong_text: int = 0
    spans_wrong_raw: int = 0
    failures: list[Failure] = field(default_factory=list)

    def add(self, other: Verdict) -> None:
        """Count another text's verdict into this one."""
        for name in ("characters", "wrong", "left", "lost"):
            getattr(self, name).update(getattr(other, name))
        for name in _COUNTS:
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.failures += other.failures

    def restored(self, kind: str | None = None) -> float:
        """The share of characters restored exactly, in percent; what was left over counts against.

        Args:
            kind: of damage; None for all together, undamaged characters included.
        """
        kinds = self.characters.keys() | self.left.keys() if kind is None else {kind}
        total = sum(self.characters[k] for k in kinds)
        errors = sum(self.wrong[k] + self.left[k] for k in kinds)
        return 100.0 * (1 - errors / total) if total else (0.0 if errors else 100.0)


_COUNTS = (
    "folded", "breaks", "breaks_lost", "wraps", "wraps_left",
    "spans", "spans_wrong_text", "spans_wrong_raw",
)  # fmt: skip


@dataclass(frozen=True)
class _Unit:
    """Neighbouring stretches that the alignment doesn't tell apart, and the text for them."""

    stretches: tuple[Stretch, ...]
    start: int
    end: int
    got: str

    @property
    def kind(self) -> str:
        return next((s.cell.kind for s in self.stretches if s.cell.kind), "")

    @property
    def clean(self) -> str:
        return "".join(s.cell.clean for s in self.stretches)

    @property
    def raw(self) -> str:
        return "".join(s.cell.raw for s in self.stretches)


def judge(damaged: Damaged, repaired: Repaired) -> Verdict:
    """Compare a repair of ``damaged.raw`` with the truth."""
    truth = _with_kept_twin(damaged, repaired.alignment)
    verdict = Verdict()
    units = list(_units(truth, repaired))
    for unit in units:
        _judge_characters(verdict, truth, unit)
    _judge_gaps(verdict, truth, repaired, units)
    _judge_spans(verdict, truth, repaired, units)
    return verdict


def _with_kept_twin(damaged: Damaged, alignment: Alignment) -> Damaged:
    """The truth with the other copy of the headline as the right one, if that was kept."""
    if not damaged.twins:
        return damaged
    start, end = damaged.twins[0][0], damaged.twins[-1][1]
    first = damaged.places[start][0], damaged.places[end - 1][1]
    low, high = to_text(alignment, *first)
    twin_raw = {place[2]: place[:2] for place in damaged.twins}
    second = to_text(alignment, damaged.twins[0][2], damaged.twins[-1][3])
    if high > low or second[0] == second[1]:
        return damaged
    stretches, places = [], list(damaged.places)
    for s in damaged.stretches:
        if s.raw_start in twin_raw and s.cell.twin:
            low, high = twin_raw[s.raw_start]
            clean = damaged.clean[low:high]
            places[low:high] = [(s.raw_start + a, s.raw_start + b) for a, b in s.cell.inner]
            stretches.append(s.as_clean(low, clean))
        elif s.cell.clean and start <= s.start < end:
            stretches.append(s.as_junk(start))
        else:
            stretches.append(s)
    return replace(damaged, stretches=tuple(stretches), places=tuple(places))


def _units(truth: Damaged, repaired: Repaired) -> Iterator[_Unit]:
    wholes = [s for s in repaired.alignment if s[1] - s[0] != s[3] - s[2]]
    starts = [s[2] for s in wholes]
    group: list[Stretch] = []
    for stretch in truth.stretches:
        if not stretch.cell.raw:
            continue
        both_plain = bool(group) and _is_plain(group[-1]) and _is_plain(stretch)
        if group and not both_plain and not _inside(wholes, starts, stretch.raw_start):
            yield _unit(tuple(group), repaired)
            group = []
        group.append(stretch)
    if group:
        yield _unit(tuple(group), repaired)


def _is_plain(stretch: Stretch) -> bool:
    """Undamaged and visible: a run of these is judged at once."""
    return not stretch.cell.kind and not stretch.cell.raw.isspace()


def _inside(wholes: list[tuple[int, int, int, int]], starts: list[int], raw: int) -> bool:
    """Whether a segment that stands as a whole begins before ``raw`` and ends behind it."""
    at = bisect_right(starts, raw - 1) - 1
    return at >= 0 and wholes[at][2] < raw < wholes[at][3]


def _unit(stretches: tuple[Stretch, ...], repaired: Repaired) -> _Unit:
    start, end = to_text(repaired.alignment, stretches[0].raw_start, stretches[-1].raw_end)
    return _Unit(stretches, start, end, repaired.text[start:end])


def _visible(text: str) -> str:
    return "".join(text.split())


def _folded(text: str) -> str:
    """With ASCII for full-width forms."""
    return "".join(chr(ord(c) - 0xFEE0) if "！" <= c <= "～" else c for c in text)


def _judge_characters(verdict: Verdict, truth: Damaged, unit: _Unit) -> None:
    kind = unit.kind
    flags = [(c, is_lost) for s in unit.stretches for c, is_lost in _flagged(s)]
    wanted = [(c, is_lost) for c, is_lost in flags if not c.isspace()]
    kept = "".join(c for c, is_lost in wanted if not is_lost)
    verdict.characters[kind] += len(kept)
    verdict.lost[kind] += len(wanted) - len(kept)
    got = _visible(unit.got)
    if len(kept) < len(wanted):
        wrong, left = _against_lost(wanted, got, unit)
    elif got == kept:
        return
    elif kind == "full-width digit" and _folded(got) == _folded(kept):
        verdict.folded += len(kept)
        return
    else:
        same = sum(
            block.size for block in SequenceMatcher(None, kept, got, False).get_matching_blocks()
        )
        wrong, left = len(kept) - same, len(got) - same
    verdict.wrong[kind] += wrong
    verdict.left[kind] += left
    if wrong or left:
        what = "wrong" if wrong else "left over"
        verdict.failures.append(Failure(kind, what, _context(truth, unit), unit.clean, unit.got))


def _flagged(stretch: Stretch) -> Iterator[tuple[str, bool]]:
    return zip(stretch.cell.clean, stretch.cell.lost, strict=True)


def _against_lost(wanted: list[tuple[str, bool]], got: str, unit: _Unit) -> tuple[int, int]:
    """Wrong characters, and guessed ones, where some can't be recovered."""
    places = _fitted(wanted, got)
    if places is None:
        kept = "".join(c for c, is_lost in wanted if not is_lost)
        same = sum(b.size for b in SequenceMatcher(None, kept, got, False).get_matching_blocks())
        return len(kept) - same, 0
    taken = set(places)
    allowed = set(unit.raw) | {c for c, is_lost in wanted if is_lost}
    rest = (c for i, c in enumerate(got) if i not in taken)
    return 0, sum(bool(_HAN.match(c)) and c not in allowed for c in rest)


def _fitted(wanted: list[tuple[str, bool]], got: str) -> list[int] | None:
    """Where the characters that aren't lost stand, anything standing for lost ones; or None.

    Stretches between lost characters are looked for from the left, which finds them if they
    are there; only the last must reach to the end, and is looked for there.
    """
    places: list[int] = []
    at = 0
    groups = [(lost, "".join(c for c, _ in some)) for lost, some in groupby(wanted, lambda w: w[1])]
    for number, (is_lost, text) in enumerate(groups):
        if is_lost:
            continue
        is_last = number == len(groups) - 1
        found = len(got) - len(text) if is_last else got.find(text, at)
        if found < at or not got.startswith(text, found) or (number == 0 and found):
            return None
        places += range(found, found + len(text))
        at = found + len(text)
    return places


def _context(truth: Damaged, unit: _Unit) -> str:
    start, end = unit.stretches[0].raw_start, unit.stretches[-1].raw_end
    before, after = truth.raw[max(0, start - 20) : start], truth.raw[end : end + 20]
    return f"{before}⟦{truth.raw[start:end]}⟧{after}"


def _judge_gaps(verdict: Verdict, truth: Damaged, repaired: Repaired, units: list[_Unit]) -> None:
    """Line breaks, wraps and spaces between each visible character and the next."""
    before: _Unit | None = None
    between: list[_Unit] = []
    for unit in units:
        if not unit.clean.strip():
            between.append(unit)
            continue
        if before is not None and between:
            _judge_gap(verdict, truth, repaired.text, (before, between, unit))
        before, between = unit, []


def _judge_gap(
    verdict: Verdict, truth: Damaged, text: str, gap: tuple[_Unit, list[_Unit], _Unit]
) -> None:
    before, between, after = gap
    clean = "".join(unit.clean for unit in between)
    wrapped = any(unit.kind in ("hard wrap", "page break") for unit in between)
    got = text[before.end : after.start]
    trailing = before.got[len(before.got.rstrip()) :]
    got = trailing + got + after.got[: len(after.got) - len(after.got.lstrip())]
    at_end = before.clean.rstrip()[-1:] in _SENTENCE_END
    low, high = before.stretches[-1].raw_end, after.stretches[0].raw_start
    raw = f"{truth.raw[max(0, low - 20) : low]}⟦{truth.raw[low:high]}⟧{truth.raw[high : high + 20]}"
    if "\n" in clean:
        verdict.breaks += 1
        if "\n" not in got:
            verdict.breaks_lost += 1
            verdict.failures.append(Failure("paragraph", "break lost", raw, clean, got))
    elif wrapped:
        verdict.wraps += not at_end
        if not at_end and any(c.isspace() for c in got):
            verdict.wraps_left += 1
            kind = next(u.kind for u in between if u.kind in ("hard wrap", "page break"))
            verdict.failures.append(Failure(kind, "wrap left", raw, clean, got))
    elif bool(clean) != any(c.isspace() for c in got) or "\n" in got:
        kind = next((unit.kind for unit in between if unit.kind), "")
        verdict.wrong[kind] += 1
        verdict.failures.append(Failure(kind, "space differs", raw, clean, got))


def _judge_spans(verdict: Verdict, truth: Damaged, repaired: Repaired, units: list[_Unit]) -> None:
    starts = [unit.stretches[0].start for unit in units if unit.clean]
    having = [unit for unit in units if unit.clean]
    for span in truth.spans:
        if truth.lost.intersection(range(span.start, span.end)):
            continue
        verdict.spans += 1
        first = having[bisect_right(starts, span.start) - 1]
        last = having[bisect_right(starts, span.end - 1) - 1]
        start = _position(first, span.start)
        end = _position(last, span.end - 1) + 1
        raw = truth.places[span.start][0], truth.places[span.end - 1][1]
        got = repaired.text[start:end] if 0 <= start < end else ""
        kind = next((u.kind for u in (first, last) if u.kind), "span")
        shown = truth.raw[max(0, raw[0] - 10) : raw[1] + 10]
        expected = truth.clean[span.start : span.end]
        if got != expected and _folded(got) != _folded(expected):
            verdict.spans_wrong_text += 1
            verdict.failures.append(Failure(kind, "span text", shown, expected, got))
        elif not _addresses(repaired, (start, end), truth, span, (first, last)):
            verdict.spans_wrong_raw += 1
            found = to_raw(repaired.alignment, start, end)
            verdict.failures.append(
                Failure(kind, "span raw", shown, truth.raw[slice(*raw)], truth.raw[slice(*found)])
            )


def _position(unit: _Unit, position: int) -> int:
    """Where in the text the clean character at ``position`` stands; -1 where it doesn't."""
    offset = position - unit.stretches[0].start
    if unit.got == unit.clean:
        return unit.start + offset
    flags = [flag for s in unit.stretches for flag in _flagged(s)]
    if any(is_lost for _, is_lost in flags):
        return _position_beside_lost(unit, flags, offset)
    visible = len(_visible(unit.clean[:offset]))
    places = [i for i, c in enumerate(unit.got) if not c.isspace()]
    return unit.start + places[visible] if visible < len(places) else -1


def _position_beside_lost(unit: _Unit, flags: list[tuple[str, bool]], offset: int) -> int:
    places = _fitted(flags, unit.got)
    if places is None:
        return -1
    return unit.start + places[sum(not is_lost for _, is_lost in flags[:offset])]


def _addresses(
    repaired: Repaired,
    span: tuple[int, int],
    truth: Damaged,
    entity: Span,
    edges: tuple[_Unit, _Unit],
) -> bool:
    """Whether the span's raw address holds the entity, exactly where the truth is exact.

    Where an edge lies inside of a stretch that stands for several characters, the address
    may reach to that stretch's edge. Mapped back, it must be the span, or hold it.
    """
    first, last = edges
    raw = truth.places[entity.start][0], truth.places[entity.end - 1][1]
    low, high = to_raw(repaired.alignment, *span)
    exact_low = first.stretches[0].raw_start if first.kind else raw[0]
    exact_high = last.stretches[-1].raw_end if last.kind else raw[1]
    # Half of an edge character may stand in a raw character that it shares with a neighbour.
    inner_low = max(raw[0], truth.places[entity.start - 1][1]) if entity.start else raw[0]
    inner_high = min([raw[1], *(place[0] for place in truth.places[entity.end : entity.end + 1])])
    if not (exact_low <= low <= inner_low and inner_high <= high <= exact_high):
        return False
    back = to_text(repaired.alignment, low, high)
    if not first.kind and not last.kind:
        return back == span
    return back[0] <= span[0] and span[1] <= back[1]
