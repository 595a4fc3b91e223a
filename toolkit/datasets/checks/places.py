"""Findings by place: what several checks doubt is one row of the work list.

A span of the gold is a place, whoever doubts it. Where the gold has no span, stretches that
overlap are one place: checks see the same gap, and not always the same ends of it.

The doubt of a place is its strongest finding's. If doubts are how likely a fault of each kind
is, some fault is at least as likely as the likeliest of them, however the faults hang
together (Fréchet's bound of a union). They do: whoever cuts a name in two gives it a text
that is labelled otherwise elsewhere. To add them up as if they were independent would say
more than anybody knows, so a second check only decides between places of equal doubt.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

from msgspec.structs import replace

from toolkit.datasets.checks.finding import Finding


def by_place(findings: Iterable[Finding]) -> list[Finding]:
    """One finding a place, with the kinds and reasons of all who doubt it; strongest first.

    What is about no place in particular stays as it is.
    """
    spans: defaultdict[tuple[str, int, int, str], list[Finding]] = defaultdict(list)
    gaps: defaultdict[str, list[Finding]] = defaultdict(list)
    found = []
    for one in findings:
        if not one.doc_id:
            found.append(one)
        elif one.label:
            spans[one.doc_id, one.start, one.end, one.label].append(one)
        else:
            gaps[one.doc_id].append(one)
    found += map(_joined, spans.values())
    found += (_joined(some) for stretches in gaps.values() for some in _overlapping(stretches))
    return sorted(found, key=by_doubt)


def by_doubt(finding: Finding) -> tuple[float, int, tuple[str, ...], str, int, int]:
    """The order of a work list: the greatest doubt first, then what more checks doubt."""
    kinds = finding.kinds
    return (-finding.doubt, -len(kinds), kinds, finding.doc_id, finding.start, finding.end)


def _overlapping(stretches: Iterable[Finding]) -> Iterator[list[Finding]]:
    """Those that overlap, directly or by others, together; each as they came."""
    ordered = sorted(enumerate(stretches), key=lambda item: (item[1].start, item[1].end, item[0]))
    some: list[tuple[int, Finding]] = []
    reach = 0
    for item in ordered:
        if some and item[1].start >= reach:
            yield [one for _, one in sorted(some, key=lambda each: each[0])]
            some = []
        some.append(item)
        reach = max(reach, item[1].end)
    if some:
        yield [one for _, one in sorted(some, key=lambda each: each[0])]


def _joined(found: Sequence[Finding]) -> Finding:
    """One finding of those about a place: of equal doubts, the one that came first leads."""
    first, *others = sorted(found, key=lambda one: -one.doubt)
    whys = [first.why, *(_why(one, first) for one in others)]
    kinds = dict.fromkeys(kind for one in (first, *others) for kind in one.kinds)
    return replace(first, kinds=tuple(kinds), why="; ".join(dict.fromkeys(whys)))


def _why(one: Finding, shown: Finding) -> str:
    """A reason, with the text that it is about where that isn't what is shown."""
    return one.why if one.text == shown.text else f"{one.text}: {one.why}"
