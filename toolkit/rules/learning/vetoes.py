"""What today's rules keep proposing and gold never has."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from toolkit.rules.learning.form import Candidate, Form, is_term
from toolkit.rules.learning.lesson import Key, Lesson


class Vetoes:
    """Strings that are no name of a label, where just they were proposed."""

    def __init__(self) -> None:
        self._wanted: frozenset[Candidate] = frozenset()

    def proposed(self, lesson: Lesson) -> Iterator[tuple[Candidate, Key]]:
        """Each span that is proposed and wrong."""
        return self._all(lesson, lesson.chosen - lesson.gold)

    def wants(self, candidates: Collection[Candidate]) -> None:
        """See ``Teacher``."""
        self._wanted = frozenset(candidates)

    def found(self, lesson: Lesson) -> Iterator[tuple[Candidate, Key]]:
        """Every candidate of today's rules with a text that is wanted."""
        return (pair for pair in self._all(lesson, lesson.candidates) if pair[0] in self._wanted)

    def _all(self, lesson: Lesson, keys: Collection[Key]) -> Iterator[tuple[Candidate, Key]]:
        for key in keys:
            term = lesson.text[key[0] : key[1]]
            if key[2] in lesson.labels and is_term(term):
                form = Form("vetoes", key[2], f"text {min(len(term), 4)}", veto=True)
                yield Candidate(form, term), key
