"""Of the accepted candidates those that a pack needs: what others already do is left out.

Shapes with an anchor overlap: 高级 工程师 is found by what stands behind it, by its first
word and by its last character. A greedy cover (Chvátal 1979, *A Greedy Heuristic for the
Set-Covering Problem*) takes the rule that saves most beyond those taken so far, on places
in documents that didn't teach it, until the next one isn't worth reading.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from toolkit.rules.learning.evidence import Place
from toolkit.rules.learning.form import Form
from toolkit.rules.learning.judge import Verdict
from toolkit.rules.learning.lesson import Key

_WORTH = 1
"""Actions that a rule of shapes must save beyond the others, in documents held out."""

_Spot = tuple[bool, int, Key]
"""A place that is proposed or struck: whichever rule does it, it counts once."""

_Group = tuple[Form, int]
"""What becomes one rule."""


def needed(accepted: Iterable[Verdict], alike: Mapping[Form, Form]) -> list[Verdict]:
    """The accepted candidates without the rules and terms that others make needless.

    Lists of names, of endings and of texts to strike stay whole, since each of their terms
    is a fact of its own; rules of shapes must be worth it.

    Args:
        accepted: what the judge lets pass.
        alike: for each form the one that it is written as.
    """
    groups: dict[_Group, list[Verdict]] = defaultdict(list)
    kept: list[Verdict] = []
    for verdict in accepted:
        form = verdict.evidence.form
        if _is_broad(form):
            groups[alike[form], verdict.step].append(verdict)
        else:
            kept.append(verdict)
    covered = {spot for verdict in kept for spot in _spots(verdict, verdict.tried)}
    for verdicts in _greedy(list(groups.values()), covered):
        kept += _terms_needed(verdicts)
    return kept


def _greedy(groups: Sequence[list[Verdict]], covered: set[_Spot]) -> Iterable[list[Verdict]]:
    """Groups that are worth it, the one that saves most first."""
    gains = [_savings(verdicts) for verdicts in groups]
    open_ = set(range(len(groups)))
    while open_:
        left = {at: sum(s for spot, s in gains[at].items() if spot not in covered) for at in open_}
        best = max(open_, key=lambda at: (left[at], -at))
        if left[best] < _WORTH:
            return
        # What isn't worth it now never will be: others only take away from it.
        open_ = {at for at in open_ if left[at] >= _WORTH} - {best}
        covered.update(gains[best])
        yield groups[best]


def _savings(verdicts: Iterable[Verdict]) -> dict[_Spot, int]:
    return {
        spot: place.saved
        for verdict in verdicts
        for place in verdict.tried
        for spot in _spots(verdict, (place,))
    }


def _terms_needed(verdicts: Sequence[Verdict]) -> list[Verdict]:
    """Terms of one rule, without those all of whose places are those of better ones."""
    seen: set[_Spot] = set()
    kept = []
    for verdict in sorted(verdicts, key=lambda v: -v.evidence.all.saved):
        spots = set(_spots(verdict, verdict.evidence.places))
        if not spots <= seen:
            kept.append(verdict)
            seen |= spots
    return kept


def _spots(verdict: Verdict, places: Iterable[Place]) -> Iterable[_Spot]:
    veto = verdict.evidence.form.veto
    return ((veto, place.lesson, place.key) for place in places)


def _is_broad(form: Form) -> bool:
    """Whether a form applies to names that nobody has seen."""
    return bool(form.steps) and form.kind != "parts"
