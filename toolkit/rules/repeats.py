"""What was found once, at the other places of a document at which the same text stands."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from toolkit.rules.joined import Joined
from toolkit.rules.leftmost import leftmost_longest
from toolkit.rules.search import Place

_FEW = 40
"""Up to so many texts are looked for one by one, more by an automaton."""


def repeated(found: Mapping[int, list[Place]], joined: Joined) -> dict[int, list[Place]]:
    """For each rule all places, in a document, of the texts that it found there.

    Of those the leftmost, then the longest. Texts count without space at their edges.
    """
    text = joined.shown
    wanted: dict[int, dict[str, list[int]]] = {}
    for number, places in found.items():
        for document, own in joined.by_text(places).items():
            for one in {text[start:end].strip() for start, end in own} - {""}:
                wanted.setdefault(document, {}).setdefault(one, []).append(number)
    hits: dict[int, list[Place]] = {}
    for document, numbers in wanted.items():
        for start, end, one in occurrences(list(numbers), text, joined.places[document]):
            for number in numbers[one]:
                hits.setdefault(number, []).append((start, end))
    return {number: leftmost_longest(places) for number, places in hits.items()}


def occurrences(texts: list[str], text: str, within: Place) -> Iterator[tuple[int, int, str]]:
    """Where these texts, none of them empty, stand in a part of a text, in no order.

    Yields start, end and which.
    """
    if len(texts) > _FEW:
        yield from _by_automaton(texts, text, within)
        return
    start, end = within
    for one in texts:
        at = text.find(one, start, end)
        while at >= 0:
            yield at, at + len(one), one
            at = text.find(one, at + 1, end)


def _by_automaton(texts: list[str], text: str, within: Place) -> Iterable[tuple[int, int, str]]:
    from daachorse import CharwiseDoubleArrayAhoCorasick

    automaton = CharwiseDoubleArrayAhoCorasick(texts)
    first, last = within
    found = automaton.find_overlapping(text[first:last])
    return ((first + start, first + end, texts[n]) for start, end, n in found)
