"""How one place of a document can prove something about others: what a document rule may say."""

from __future__ import annotations

from typing import Literal, get_args

from msgspec import Struct

Way = Literal[
    "again", "defined", "extended", "repeated", "shortened", "abbreviated", "beginning", "end"
]

WAYS: tuple[str, ...] = get_args(Way)

WITH_PATTERN = frozenset({"defined", "repeated", "beginning", "end"})
"""Ways that need a pattern."""

WITH_LEXICON = frozenset({"shortened", "abbreviated"})
"""Ways that need a lexicon; ``extended`` and ``repeated`` may have one."""


class Proof(Struct, frozen=True, array_like=True):
    """What a document rule looks for, without names; the rule says what each key means.

    ``terms`` are those of its lexicon with their canonical forms.
    """

    way: Way
    pattern: str
    terms: dict[str, str]
    least: int
    share: float
    min: int
    max: int
