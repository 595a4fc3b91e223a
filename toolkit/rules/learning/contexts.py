"""What stands beside a name, given how the name is built: 记者 X, X 说, 位于 X.

A name's shape is the parts of speech of its words, with their lengths where there are one
or two. A shape alone says little; with one anchor (the word or part of speech on its left
or right, its first or last character) it may say enough. Such a list of decisions, each by
one piece of evidence, is Yarowsky's (1994, *Decision Lists for Lexical Ambiguity
Resolution*).
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Literal

from toolkit.rules.learning.form import TERMS, Candidate, Form, Kind, is_term
from toolkit.rules.learning.lesson import Key, Lesson
from toolkit.rules.sequence import Step
from toolkit.rules.tokens import Token

Anchor = Literal["behind", "in front of", "beginning with", "ending with", "tag left", "tag right"]

_MOST = 4
"""Words of a name that has a shape."""

_SHORT = 2
"""Up to so many words the length of each is part of the shape."""

_LONG = 3
"""Characters from which on words are alike in length."""

_ANY_SIGN = "、。,:;()“”《》!?·-"
"""Punctuation that may be an anchor."""

Shape = tuple[tuple[str, int], ...]


class Contexts:
    """Shapes with an anchor, as proposals or, with ``veto``, as what strikes wrong spans."""

    def __init__(self, *, veto: bool = False) -> None:
        self._veto = veto
        self._wanted: dict[Shape, dict[tuple[Anchor, str], list[Candidate]]] = {}
        self._forms: dict[tuple[str, Shape, Anchor], Form] = {}

    def proposed(self, lesson: Lesson) -> Iterator[tuple[Candidate, Key]]:
        """Each gold span that was missed, or each wrong span, by all of its anchors."""
        begin = {word.start: n for n, word in enumerate(lesson.words)}
        end = {word.end: n for n, word in enumerate(lesson.words)}
        keys = lesson.gold
        if self._veto:
            keys = {key for key in lesson.chosen - lesson.gold if key[2] in lesson.labels}
        for key in keys:
            first, last = begin.get(key[0], -1), end.get(key[1], -1)
            if 0 <= first <= last < first + _MOST:
                shape = _shape(lesson.words[first : last + 1])
                for anchor, term in _anchors(lesson.words, first, last + 1):
                    yield Candidate(self._form(key[2], shape, anchor), term), key

    def wants(self, candidates: Collection[Candidate]) -> None:
        """See ``Teacher``."""
        self._wanted = {}
        known = {form: (shape, anchor) for (_, shape, anchor), form in self._forms.items()}
        for candidate in candidates:
            shape, anchor = known[candidate.form]
            by_anchor = self._wanted.setdefault(shape, {})
            by_anchor.setdefault((anchor, candidate.term), []).append(candidate)

    def found(self, lesson: Lesson) -> Iterator[tuple[Candidate, Key]]:
        """Every sequence of words with a shape and an anchor that are wanted."""
        words = lesson.words
        firsts = {shape[0][0] for shape in self._wanted}
        for first, word in enumerate(words):
            if word.tag not in firsts:
                continue
            for end in range(first + 1, min(first + _MOST, len(words)) + 1):
                by_anchor = self._wanted.get(_shape(words[first:end]))
                if not by_anchor:
                    continue
                for anchor in _anchors(words, first, end):
                    for candidate in by_anchor.get(anchor, ()):
                        key = (word.start, words[end - 1].end, candidate.form.label)
                        if not self._veto or key in lesson.candidates:
                            yield candidate, key

    def _form(self, label: str, shape: Shape, anchor: Anchor) -> Form:
        form = self._forms.get((label, shape, anchor))
        if form is None:
            form = _form(label, shape, anchor, veto=self._veto)
            self._forms[label, shape, anchor] = form
        return form


def _shape(words: Collection[Token]) -> Shape:
    short = len(words) <= _SHORT
    return tuple((w.tag, min(w.end - w.start, _LONG) if short else 0) for w in words)


def _anchors(words: tuple[Token, ...], first: int, end: int) -> Iterator[tuple[Anchor, str]]:
    if first:
        yield from _side("behind", "tag left", words[first - 1])
    if end < len(words):
        yield from _side("in front of", "tag right", words[end])
    begins, ends = words[first].word[0], words[end - 1].word[-1]
    if is_term(begins):
        yield "beginning with", begins
    if is_term(ends):
        yield "ending with", ends


def _side(word: Anchor, tag: Anchor, beside: Token) -> Iterator[tuple[Anchor, str]]:
    if is_term(beside.word) or beside.word in _ANY_SIGN:
        yield word, beside.word
    if beside.tag.isalnum():
        yield tag, beside.tag


def _form(label: str, shape: Shape, anchor: Anchor, *, veto: bool) -> Form:
    steps = [_word(tag, length) for tag, length in shape]
    if anchor == "beginning with":
        steps[0] = Step(tags=steps[0].tags, begins=TERMS, min=steps[0].min, max=steps[0].max)
    elif anchor == "ending with":
        steps[-1] = Step(tags=steps[-1].tags, ends=TERMS, min=steps[-1].min, max=steps[-1].max)
    elif anchor == "behind":
        steps = [Step(lexicon=TERMS, span=False), *steps]
    elif anchor == "in front of":
        steps = [*steps, Step(lexicon=TERMS, span=False)]
    elif anchor == "tag left":
        steps = [Step(tags=TERMS, span=False), *steps]
    else:
        steps = [*steps, Step(tags=TERMS, span=False)]
    tags = " ".join(f"{tag}{length or ''}" for tag, length in shape)
    kind: Kind = "vetoes" if veto else "contexts"
    return Form(kind, label, f"{tags} {anchor}", veto, steps=tuple(steps))


def _word(tag: str, length: int) -> Step:
    if not length:
        return Step(tags=tag)
    return Step(tags=tag, min=length) if length == _LONG else Step(tags=tag, min=length, max=length)
