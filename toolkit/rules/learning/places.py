"""Where the terms of candidates stand in a text, overlapping as they may."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

from toolkit.rules.learning.form import Candidate


class Places:
    """Finds the terms of some candidates in texts."""

    def __init__(self, candidates: Collection[Candidate] = ()) -> None:
        from daachorse import CharwiseDoubleArrayAhoCorasick

        wanted: dict[str, list[Candidate]] = {}
        for candidate in candidates:
            wanted.setdefault(candidate.term, []).append(candidate)
        self._candidates = list(wanted.values())
        self._automaton: Any = CharwiseDoubleArrayAhoCorasick(list(wanted)) if wanted else None

    def find(self, text: str) -> Iterator[tuple[int, int, Candidate]]:
        """Every place of a term, with each candidate whose term it is."""
        if self._automaton is None:
            return
        for start, end, number in self._automaton.find_overlapping(text):
            for candidate in self._candidates[number]:
                yield start, end, candidate
