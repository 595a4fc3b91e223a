"""What rules look for: plain data, every macro and lexicon name replaced by what it means."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct, field

from toolkit.rules.lexicon import Lexicon
from toolkit.rules.sequence import Step

Place = tuple[int, int]
"""Half-open offsets of what a rule found."""


class Terms(Struct, frozen=True):
    """The terms of lexicons: leftmost, then longest; perhaps only where they cut no word.

    ``canonical`` has the canonical forms of terms that have another one than themselves;
    ``others`` are terms that have a label or a boundary condition of their own, each group
    with its label.
    """

    terms: tuple[str, ...]
    whole_words: bool
    canonical: Mapping[str, str] = field(default_factory=dict)
    others: tuple[tuple[str, Terms], ...] = ()


class Pattern(Struct, frozen=True):
    """A regular expression whose span is the group ``span`` or, without groups, the match."""

    text: str


class Words(Struct, frozen=True):
    """A sequence of words; its steps name some of the lexicons."""

    steps: tuple[Step, ...]
    lexicons: dict[str, Lexicon]


Look = Terms | Pattern | Words
