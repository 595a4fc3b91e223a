"""Names of one or two characters that are names only beside certain characters: 中 in 中方."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from toolkit.rules.learning.form import Candidate, Form, is_term
from toolkit.rules.learning.lesson import Key, Lesson
from toolkit.rules.learning.places import Places

_LONGEST = 2
"""Characters of such a name, and of what stands beside it."""


class Letters:
    """Short names with one or two characters on their left or right."""

    def __init__(self) -> None:
        self._places = Places()

    def proposed(self, lesson: Lesson) -> Iterator[tuple[Candidate, Key]]:
        """Each short gold span with what stands beside it."""
        for key in lesson.gold:
            start, end, label = key
            if end - start > _LONGEST or not is_term(lesson.text[start:end]):
                continue
            for size in range(1, _LONGEST + 1):
                for head, tail in ((size, 0), (0, size)):
                    whole = lesson.text[max(0, start - head) : end + tail]
                    if len(whole) == end - start + size and whole.isalnum() and is_term(whole):
                        yield Candidate(_form(label, end - start, head, tail), whole), key

    def wants(self, candidates: Collection[Candidate]) -> None:
        """See ``Teacher``."""
        self._places = Places(candidates)

    def found(self, lesson: Lesson) -> Iterator[tuple[Candidate, Key]]:
        """Every place of a name beside its characters."""
        for start, end, candidate in self._places.find(lesson.text):
            form = candidate.form
            yield candidate, (start + form.head, end - form.tail, form.label)


def _form(label: str, length: int, head: int, tail: int) -> Form:
    side = f"behind {head}" if head else f"in front of {tail}"
    what = f"{length} characters {side} characters"
    return Form("contexts", label, what, head=head, tail=tail)
