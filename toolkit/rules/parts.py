"""What an entity is built out of: the parts of a composition, as written and as they run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

from msgspec import Struct

from toolkit.rules.expression import Expression, expression_at
from toolkit.rules.lexicon import Lexicon, named_lexicons
from toolkit.rules.pattern import check_pattern, expand
from toolkit.rules.search import Look, Pattern, Terms, Words
from toolkit.rules.sequence import Step

Repeat = Literal["", "?", "*", "+"]

MOST = 12
"""Parts that one repeated part may stand for."""


class Part(Struct, frozen=True, forbid_unknown_fields=True):
    """What one part of a composition must be; exactly one of the first five is given.

    ``label``: a candidate of one of these labels, by whatever rule; ``lexicon``: a term of
    these lexicons; ``pattern``: a regular expression; ``tags``: a word with one of these
    parts of speech (``n*``: all that begin with n); ``words``: one of the words in this
    list, as jieba cuts them. ``repeat`` is ?, * or + as in a regular expression. Parts with
    ``span = false`` are context.
    """

    label: str = ""
    lexicon: str = ""
    pattern: str = ""
    tags: str = ""
    words: tuple[str, ...] = ()
    repeat: Repeat = ""
    span: bool = True


class ReadyPart(Struct, frozen=True, array_like=True):
    """A part without names.

    ``labels``, ``terms`` and ``pattern`` are looked for where the part before ends, words
    with ``tags`` or among ``words`` in the whole text. ``expression`` is the pattern, compiled.
    """

    labels: tuple[str, ...]
    terms: tuple[str, ...]
    pattern: str
    tags: str
    words: tuple[str, ...]
    repeat: Repeat
    span: bool
    expression: Expression | None = None


class Parts(Struct, frozen=True, array_like=True):
    """What a composition is made of; ``between`` are characters that may divide two parts."""

    parts: tuple[ReadyPart, ...]
    between: str

    def scanned(self) -> list[Look | None]:
        """For each part what to look for in the whole text, null where that isn't needed."""
        return [_scanned(part, is_first=not number) for number, part in enumerate(self.parts)]


def ready_parts(
    parts: Sequence[Part],
    between: str,
    macros: Mapping[str, str],
    lexicons: Mapping[str, Lexicon],
) -> Parts:
    """The parts with every name replaced by what it means.

    Raises:
        ValueError: a part says nothing or several things, names a lexicon that isn't
            there, has a bad pattern; the first may be absent; none is part of the span.
    """
    if parts[0].repeat in {"?", "*"}:
        raise ValueError("the first part may not be left out; give it no repeat, or +")
    if not any(part.span for part in parts):
        raise ValueError("no part is part of the span")
    return Parts(tuple(_ready(part, macros, lexicons) for part in parts), between)


def _ready(part: Part, macros: Mapping[str, str], lexicons: Mapping[str, Lexicon]) -> ReadyPart:
    ways = [part.label, part.lexicon, part.pattern, part.tags, part.words]
    if sum(map(bool, ways)) != 1:
        raise ValueError("each part needs exactly one of label, lexicon, pattern, tags, words")
    pattern = expand(part.pattern, macros, lexicons) if part.pattern else ""
    if pattern:
        check_pattern(pattern)
    named = named_lexicons(part.lexicon, lexicons)
    return ReadyPart(
        labels=tuple(part.label.split()),
        terms=tuple(sorted({term for lexicon in named for term in lexicon.terms})),
        pattern=pattern,
        tags=part.tags,
        words=part.words,
        repeat=part.repeat,
        span=part.span,
        expression=expression_at(pattern) if pattern else None,
    )


def _scanned(part: ReadyPart, *, is_first: bool) -> Look | None:
    if part.tags or part.words:
        return Words((Step(tags=part.tags, words=part.words),), {})
    if is_first and part.pattern:
        return Pattern(part.pattern)
    return Terms(part.terms, whole_words=False) if is_first and part.terms else None
