"""Doubts → passages for people to look at again, each with the reasons why."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from msgspec import Struct

from toolkit.datasets.checks.finding import Finding
from toolkit.model import Passage


class DoubtfulPassage(Struct, frozen=True):
    """A passage with its findings in order; ``doubt`` is that something in it is wrong.

    As if each finding were a chance of its own: 1 − Π (1 − doubt).
    """

    passage: Passage
    findings: tuple[Finding, ...]
    doubt: float


def doubtful_passages(
    passages: Iterable[Passage], findings: Iterable[Finding]
) -> list[DoubtfulPassage]:
    """The passages that findings lie in, the most doubtful first.

    A finding over the border of two passages belongs to the one that it begins in; one that
    has no document belongs to none.
    """
    by_document: dict[str, list[Finding]] = {}
    for finding in findings:
        if finding.doc_id:
            by_document.setdefault(finding.doc_id, []).append(finding)
    found = [
        DoubtfulPassage(passage, tuple(inside), round(_doubt(inside), 4))
        for passage in passages
        if (inside := sorted(_inside(passage, by_document), key=lambda f: (f.start, f.end, f.kind)))
    ]
    return sorted(found, key=lambda one: (-one.doubt, one.passage.doc_id, one.passage.start))


def _inside(passage: Passage, by_document: dict[str, list[Finding]]) -> Iterator[Finding]:
    for finding in by_document.get(passage.doc_id, ()):
        if passage.start <= finding.start < passage.end:
            yield finding


def _doubt(findings: Sequence[Finding]) -> float:
    fine = 1.0
    for finding in findings:
        fine *= 1 - finding.doubt
    return 1 - fine
