"""Rules over sequences of words."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Literal

from msgspec import Struct

from toolkit.rules.lexicon import Lexicon, named_lexicons

_TAG = re.compile(r"[A-Za-z]+\*?")

MOST = 12
"""Words that one repeated step may take; names are not longer."""


class Step(Struct, frozen=True, forbid_unknown_fields=True):
    """What one word of a token rule must be.

    ``tags`` are parts of speech, separated by blanks, ``n*`` meaning all that start with
    n; words in the lexicons ``also`` pass for one of these, whatever their tag.
    ``words``, a list, ``lexicon``, ``begins`` and ``ends``, lexicons: the word is one of
    them, or begins or ends with one; where several are given, any will do. ``not_in``
    and ``not_ends``, lexicons that it isn't in or doesn't end with; ``made_of``, lexicons
    that each of its characters is in; ``min`` and ``max``, its length; ``repeat`` is ?, * or +
    as in a regular expression (at most 12 words). Steps with ``span = false`` are context.
    """

    tags: str = ""
    also: str = ""
    words: tuple[str, ...] = ()
    lexicon: str = ""
    begins: str = ""
    ends: str = ""
    not_in: str = ""
    not_ends: str = ""
    made_of: str = ""
    min: int = 1
    max: int = 100
    repeat: Literal["", "?", "*", "+"] = ""
    span: bool = True


def check_steps(steps: Sequence[Step], lexicons: Mapping[str, Lexicon]) -> None:
    """Refuse steps that can't be walked.

    Raises:
        ValueError: a step names a lexicon that the pack doesn't have, a tag that is none, or
            a min above its max; or no step is part of the span.
    """
    if not any(step.span for step in steps):
        raise ValueError("no step of tokens is part of the span")
    for step in steps:
        if step.min > step.max:
            raise ValueError(f"a step has min {step.min}, which is more than max {step.max}")
        unknown = [tag for tag in step.tags.split() if not _TAG.fullmatch(tag)]
        if unknown:
            raise ValueError(
                f"{unknown[0]} is no part of speech: jieba's are letters, as nr or ns; n* is all "
                "that begin with n"
            )
        for names in lexicons_of(step):
            named_lexicons(names, lexicons)


def lexicons_of(step: Step) -> tuple[str, ...]:
    """The lexicons that a step names, each an entry of names separated by blanks."""
    return (
        step.also,
        step.lexicon,
        step.begins,
        step.ends,
        step.not_in,
        step.not_ends,
        step.made_of,
    )
