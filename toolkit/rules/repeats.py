"""What was found once, at the other places of a document at which the same text stands."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from toolkit.rules.scan import leftmost_longest
from toolkit.rules.search import Place

_FEW = 40
"""Up to so many texts are looked for one by one, more by an automaton."""


def repeated(found: Mapping[int, list[Place]], text: str) -> dict[int, list[Place]]:
    """For each rule all places of the texts that it found: leftmost, then longest.

    Texts count without space at their edges.
    """
    wanted: dict[str, list[int]] = {}
    for number, places in found.items():
        for one in {text[start:end].strip() for start, end in places} - {""}:
            wanted.setdefault(one, []).append(number)
    hits: dict[int, list[Place]] = {}
    for start, end, one in occurrences(list(wanted), text):
        for number in wanted[one]:
            hits.setdefault(number, []).append((start, end))
    return {number: leftmost_longest(places) for number, places in hits.items()}


def occurrences(texts: list[str], text: str) -> Iterator[tuple[int, int, str]]:
    """Where these texts, none of them empty, stand in a text: start, end, which; in no order."""
    if len(texts) > _FEW:
        yield from _by_automaton(texts, text)
        return
    for one in texts:
        at = text.find(one)
        while at >= 0:
            yield at, at + len(one), one
            at = text.find(one, at + 1)


def _by_automaton(texts: list[str], text: str) -> Iterable[tuple[int, int, str]]:
    from daachorse import CharwiseDoubleArrayAhoCorasick

    automaton = CharwiseDoubleArrayAhoCorasick(texts)
    return ((start, end, texts[n]) for start, end, n in automaton.find_overlapping(text))
