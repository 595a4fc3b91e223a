"""How much speaks for a reading of a run, and for which part of it that is enough.

The weight of a token is the logarithm of how much likelier Chinese text has the restored
character where it stands than a clean text has what stands there now. Their sum over a
stretch is the evidence that it is damaged so. As far as the likelihoods are right, clean text
has a stretch with this much evidence at most once in e to that power places.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise
from math import inf, log
from typing import NamedTuple

from toolkit.corpus.alignment import Replacement
from toolkit.corpus.damage.code_pages import MARKS, is_private
from toolkit.corpus.damage.readings import Reading, Token
from toolkit.corpus.language import likelihood, likelihood_as_it_stands

_PROVEN = 20.0
"""Evidence that a stretch needs by itself: 2 · 10⁻⁹, and there are three readings."""

_PROVEN_AT_SIGNS = (_PROVEN, 13.0, 8.0, 6.0)
"""What it needs with none, one, two or more signs of lost bytes; clean text has a sign beside
a suspect once in a thousand times."""

_PROVEN_BEHIND_GLOSS = 4.0
"""What it needs behind the rest of a gloss, which no clean text has."""

_DOUBTFUL = 0.5
"""With this share of it a stretch is flagged, though it can't be recovered."""

_LET_GO = 12.0
"""A stretch ends where it has lost so much from its best."""

_RARE = -14.0
"""How likely a rare character is where clean text has no others."""

_FREE_BYTE = log(1 / 94)
"""How likely the second byte of a lost character is any given one."""

_MARGIN, _SHIFTED_MARGIN = 2.5, 4.0
"""An edge is where all others within reach are so much less likely. Of shifted pairs, the
character before the first one holds half of it, and may look like any."""

_REACH = 12
"""So many characters from where a stretch is likeliest to begin or end it may do so."""

_TAIL = 5.0
"""Shifted pairs go on up to a sign of loss, unless this much speaks against it."""

_EDGE = 3.0
"""What speaks for an edge at the end of a run: where ASCII, a line or a sign of loss is."""

_CHANCE = -9.0
_CERTAIN = 0.0
"""Two bytes that were no neighbours give any of some eight thousand characters. Where bytes
may have been dropped, which is rare, a character must not be much less likely than that."""

_WINDOW = 20_000
"""So many characters around a run are asked for a pair of characters."""

_BROKEN = re.compile("\\?[a-z\u00c0-\u01dc]{1,8}\\)\\Z")
_BLOCK = 12

_SAID = -4.0
"""Logarithm of how likely a character is where the text has it elsewhere behind the same one."""

_WORTH_ASKING = 2.0


class Findings(NamedTuple):
    """Replacements; and stretches that stay as they are, though they may be damaged."""

    replacements: list[Replacement]
    doubtful: list[tuple[int, int]]


class Run(NamedTuple):
    """``text[start:end]``, a stretch in which something may be damaged."""

    text: str
    start: int
    end: int

    @property
    def characters(self) -> str:
        """What stands there."""
        return self.text[self.start : self.end]

    def begins_broken(self) -> bool:
        """Whether the rest of a gloss that was written into a character stands before it."""
        return bool(_BROKEN.search(self.text[max(0, self.start - _BLOCK) : self.start]))

    def has(self, pair: str) -> bool:
        """Whether the text around has these characters side by side."""
        low, high = max(0, self.start - _WINDOW), self.end + _WINDOW
        return (
            self.text.find(pair, low, self.start) >= 0 or self.text.find(pair, self.end, high) >= 0
        )


class Stretch(NamedTuple):
    """Tokens ``[low:high]`` of a reading are certain; ``[outer_low:outer_high]`` may be."""

    outer_low: int
    low: int
    high: int
    outer_high: int
    evidence: float


def judged(run: Run, readings: tuple[Reading, ...]) -> Findings:
    """What the readings prove about a run: the one for which most speaks, of all that do."""
    most, best = 0.0, Findings([], [])
    unsure: list[tuple[int, int]] = []
    for reading in readings:
        if not reading.promises(run.characters):
            continue
        tokens = reading.read(run.characters)
        if sum(token.weight for token in tokens if token.weight > 0) < _WORTH_ASKING:
            continue
        tokens = _with_document(run, tokens)
        evidence, found = 0.0, Findings([], [])
        for core in _stretches(tokens):
            stretch = _edged(run, reading, tokens, core)
            enough = _enough(run, reading, tokens, stretch)
            if core.evidence >= enough:
                evidence += core.evidence
                _collect(found, run, reading, tokens, stretch)
            elif core.evidence >= _DOUBTFUL * min(enough, _PROVEN):
                start, end = tokens[stretch.outer_low].start, tokens[stretch.outer_high - 1].end
                unsure.append((run.start + start, run.start + end))
        if evidence > most:
            most, best = evidence, found
    return best if most else Findings([], unsure)


def _with_document(run: Run, tokens: list[Token]) -> list[Token]:
    """The tokens; behind a character, what the text elsewhere has behind it is likely."""
    weighed = tokens[:1]
    for before, token in pairwise(tokens):
        weight = token.weight
        if before.text and token.text:
            said = _SAID - likelihood(before.text[-1], token.text[0])
            if said > _WORTH_ASKING and run.has(before.text[-1] + token.text[0]):
                weight += said
        weighed.append(token if weight == token.weight else token._replace(weight=weight))
    return weighed


def _stretches(tokens: list[Token]) -> Iterator[Stretch]:
    """Those that are likelier damaged than not, as short as they can be."""
    total = peak = 0.0
    start = low = high = 0
    for at, token in enumerate(tokens):
        if total <= 0:
            total, start = 0.0, at
        total += token.weight
        if total > peak:
            peak, low, high = total, start, at + 1
        elif peak and total < peak - _LET_GO:
            yield from _trimmed(tokens, low, high, peak)
            total = peak = 0.0
    if peak:
        yield from _trimmed(tokens, low, high, peak)


def _trimmed(tokens: list[Token], low: int, high: int, evidence: float) -> Iterator[Stretch]:
    """The stretch from its first restored character to its last."""
    while low < high and not tokens[low].text:
        low += 1
    while high > low and not tokens[high - 1].text:
        high -= 1
    if low < high:
        yield Stretch(low, low, high, high, evidence)


def _edged(run: Run, reading: Reading, tokens: list[Token], stretch: Stretch) -> Stretch:
    """The stretch with its edges where they are certain, and how far they may lie off."""
    _, low, high, _, evidence = stretch
    if reading.has_shape:
        low, high = _shaped(tokens, low, high)
        return Stretch(
            _outer(tokens, low, -1), low, high, _outer(tokens, high - 1, 1) + 1, evidence
        )
    first = _reached(tokens, range(low - 1, max(-1, low - _REACH), -1), low, reading)
    is_begun = first <= 1 and (run.begins_broken() or _is_mark(run, first - 1))
    if reading.is_shifted and is_begun:
        outer_low = low = max(first, 1)
    else:
        outer_low, low = _left_edge(
            run, tokens, range(first, min(high, low + _REACH)), is_shifted=reading.is_shifted
        )
    last = _reached(tokens, range(high, len(tokens)), high - 1, reading)
    if reading.is_shifted and sum(t.weight for t in tokens[high : last + 1]) > -_TAIL:
        return Stretch(outer_low, low, last + 1, last + 1, evidence)
    ends = range(max(low, high - _REACH), min(last + 1, high + _REACH))
    high, outer_high = _right_edge(run, tokens, ends)
    return Stretch(outer_low, low, high, outer_high, evidence)


def _shaped(tokens: list[Token], low: int, high: int) -> tuple[int, int]:
    """As far as the shape of the bytes goes on; within it nothing else can be meant."""
    for at in range(low - 1, -1, -1):
        if tokens[at].weight < -_MARGIN:
            break
        low = at if tokens[at].text else low
    for at in range(high, len(tokens)):
        if tokens[at].weight < -_MARGIN:
            break
        high = at + 1 if tokens[at].text else high
    return low, high


def _outer(tokens: list[Token], at: int, step: int) -> int:
    """Over the signs of loss beside a place, and one character before a mark."""
    outer = at
    while 0 <= at + step < len(tokens) and not tokens[at + step].text:
        at += step
        token = tokens[at]
        if token.weight < 0 or not (token.is_sign or _is_mark_token(tokens, at + step)):
            break
        outer = at if token.is_sign else outer
    return outer


def _is_mark_token(tokens: list[Token], at: int) -> bool:
    return 0 <= at < len(tokens) and tokens[at].is_sign and tokens[at].weight == 0


def _reached(tokens: list[Token], way: range, at: int, reading: Reading) -> int:
    """The farthest restored character on the way; only a shifted run ends at a sign of loss."""
    for place in way:
        if tokens[place].text:
            at = place
        elif reading.is_shifted or tokens[place].weight < 0:
            break
    return at


def _left_edge(
    run: Run, tokens: list[Token], places: range, *, is_shifted: bool
) -> tuple[int, int]:
    """Where the stretch may begin, and where it has surely begun."""
    scores: dict[int, float] = {}
    total = 0.0
    for at in reversed(places):
        token = tokens[at]
        if token.text:
            scores[at] = total + _weight_behind(run, tokens, at)
            if is_shifted:
                scores[at] += _half_weight(run, token.start - 1)
        total += token.weight + _strictness(run, token)
    side = -2 if is_shifted else -1
    if _is_edge(run, tokens[places.start].start, side) and places.start in scores:
        scores[places.start] += _EDGE
    return _likely_ones(scores, _SHIFTED_MARGIN if is_shifted else _MARGIN)


def _weight_behind(run: Run, tokens: list[Token], at: int) -> float:
    """The weight of a token behind what stands in the text, not behind what is restored."""
    here, before = tokens[at], tokens[at - 1].text if at else ""
    if not before:
        return here.weight + _strictness(run, here)
    place = run.start + here.start
    behind = run.text[place - 1] if place else ""
    restored = here.text[0]
    weight = here.weight + _strictness(run, here)
    return weight + likelihood(behind, restored) - likelihood(before[-1], restored)


def _half_weight(run: Run, at: int) -> float:
    """How much speaks for a character being half of a lost one, and half of the next one."""
    place = run.start + at
    before, here = run.text[max(0, place - 1) : place], run.text[place]
    as_it_stands = likelihood_as_it_stands(before, here)
    return _FREE_BYTE - min(as_it_stands, max(likelihood(before, here), _RARE))


def _strictness(run: Run, token: Token) -> float:
    """What a rare character beside damage says more than one in the midst of a clean text."""
    if not token.text:
        return 0.0
    place = run.start + token.start
    before, here = run.text[place - 1 : place], run.text[place]
    allowed = likelihood_as_it_stands(before, here)
    return allowed - min(allowed, max(likelihood(before, here), _RARE))


def _right_edge(run: Run, tokens: list[Token], places: range) -> tuple[int, int]:
    """Behind the last token that surely is of the stretch; and behind the last that may be."""
    scores: dict[int, float] = {}
    total = 0.0
    for at in places:
        token = tokens[at]
        total += token.weight + _strictness(run, token)
        if token.text:
            place = run.start + token.end
            following = run.text[place : place + 1]
            scores[at] = total
            if following and following != "\n":
                stands = likelihood_as_it_stands(run.text[place - 1], following)
                scores[at] += likelihood_as_it_stands(token.text[-1], following) - stands
    last = max(scores)
    if _is_edge(run, tokens[last].end, 0):
        scores[last] += _EDGE
    low, high = _likely_ones(scores, _MARGIN)
    return low + 1, high + 1


def _likely_ones(scores: dict[int, float], margin: float) -> tuple[int, int]:
    """The first and the last place of which nobody can tell that it isn't the right one."""
    best = max(scores.values())
    likely = [at for at, score in scores.items() if score >= best - margin]
    return min(likely), max(likely)


def _is_edge(run: Run, at: int, side: int) -> bool:
    """Whether ASCII, a line's end or a sign of loss is there; a run may end without."""
    at += run.start + side
    return not 0 <= at < len(run.text) or run.text[at].isascii() or run.text[at] in MARKS


def _is_mark(run: Run, at: int) -> bool:
    """Whether a sign of lost bytes stands at this place of the run."""
    at += run.start
    return 0 <= at < len(run.text) and run.text[at] in MARKS


def _enough(run: Run, reading: Reading, tokens: list[Token], stretch: Stretch) -> float:
    """The evidence that the stretch needs; without end where too few characters come out."""
    around = tokens[stretch.outer_low : stretch.outer_high]
    start, end = around[0].start - reading.is_shifted, around[-1].end
    marks = [run.characters[t.start] for t in around if not t.text and t.is_sign]
    # Where U+FFFD stands in heaps, it doesn't say how many bytes are lost.
    signs = marks.count("?") + ("\ufffd" in marks)
    signs += _is_mark(run, start - 1) + (_is_mark(run, end) or run.characters[end - 1] == "€")
    is_behind_gloss = start == 0 and run.begins_broken()
    signs += 2 * is_behind_gloss
    restored = sum(bool(token.text) for token in tokens[stretch.low : stretch.high])
    is_coupled = reading.is_shifted or reading.has_shape
    if restored < max(2, reading.needs - signs * is_coupled):
        return inf
    if is_behind_gloss:
        return _PROVEN_BEHIND_GLOSS
    if reading.has_shape:
        signs += 1
    return _PROVEN_AT_SIGNS[min(signs, len(_PROVEN_AT_SIGNS) - 1)]


def _collect(
    found: Findings, run: Run, reading: Reading, tokens: list[Token], stretch: Stretch
) -> None:
    """The certain characters of a stretch, and the places where something is lost or unsure."""
    is_lossless = (
        not reading.is_shifted
        or is_private(run.characters)
        or any(mark in run.characters[:-1] for mark in MARKS)
    )
    for at in range(stretch.outer_low, stretch.outer_high):
        token = tokens[at]
        start, end = run.start + token.start, run.start + token.end
        is_certain = stretch.low <= at < stretch.high and bool(token.text)
        if is_certain and (is_lossless or _is_no_chance(tokens, at)):
            found.replacements.append(Replacement(start, end, token.text))
        else:
            found.doubtful.append((start, end))
    start, end = tokens[stretch.outer_low].start, tokens[stretch.outer_high - 1].end
    if reading.is_shifted and start:
        start -= 1
        found.doubtful.append((run.start + start, run.start + start + 1))
    if _is_mark(run, start - 1):
        found.doubtful.append((run.start + start - 1, run.start + start))
    if _is_mark(run, end):
        found.doubtful.append((run.start + end, run.start + end + 1))


def _is_no_chance(tokens: list[Token], at: int) -> bool:
    """Whether the neighbours want the character, where it may be made of two others."""
    here = tokens[at].text[0]
    before = tokens[at - 1].text[-1:] if at else ""
    behind = tokens[at + 1].text[:1] if at + 1 < len(tokens) else ""
    gain = likelihood(before, here) - _CHANCE
    if behind:
        gain += likelihood(here, behind) - likelihood("", behind)
    return gain >= _CERTAIN
