"""Names: strings that gold nearly always gives one label."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from toolkit.rules.learning.form import Candidate, Form, is_term
from toolkit.rules.learning.lesson import Key, Lesson
from toolkit.rules.learning.places import Places

_LONG = 5
"""Characters from which on names are alike in length."""


class Terms:
    """Lexicon entries: anywhere, at word boundaries, or only beside another label."""

    def __init__(self) -> None:
        self._places = Places()

    def proposed(self, lesson: Lesson) -> Iterator[tuple[Candidate, Key]]:
        """Each gold span, in every form that holds where it stands."""
        edges = _edges(lesson)
        for key in lesson.gold:
            term = lesson.text[key[0] : key[1]]
            if not is_term(term):
                continue
            size = min(len(term), _LONG)
            yield Candidate(_form(key[2], size), term), key
            if key[0] in edges and key[1] in edges:
                yield Candidate(_form(key[2], size, whole=True), term), key
            begin, end = lesson.beside(key)
            for label in begin:
                yield Candidate(_form(key[2], size, before=label), term), key
            for label in end:
                yield Candidate(_form(key[2], size, after=label), term), key

    def wants(self, candidates: Collection[Candidate]) -> None:
        """See ``Teacher``."""
        self._places = Places(candidates)

    def found(self, lesson: Lesson) -> Iterator[tuple[Candidate, Key]]:
        """Every place of a term, as its form asks."""
        edges = _edges(lesson)
        for start, end, candidate in self._places.find(lesson.text):
            form = candidate.form
            key = (start, end, form.label)
            if form.whole_words and not (start in edges and end in edges):
                continue
            if lesson.is_beside(key, form.before, form.after):
                yield candidate, key


def _edges(lesson: Lesson) -> set[int]:
    return {0, *(word.end for word in lesson.words)}


def _form(label: str, size: int, *, whole: bool = False, before: str = "", after: str = "") -> Form:
    where = (
        "between words"
        if whole
        else f"before {before}"
        if before
        else f"after {after}" * bool(after)
    )
    return Form("terms", label, f"{size} {where}".strip(), False, whole, before, after)
