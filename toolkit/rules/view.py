"""A document as the rules see it: its shadow text, and its words."""

from __future__ import annotations

from functools import cached_property

from toolkit.rules.shadow import shadow
from toolkit.rules.tokens import Token, cut


class View:
    """One document as the rules see it; its words are cut when a rule first asks for them."""

    def __init__(self, text: str) -> None:
        self.text = shadow(text)

    @cached_property
    def tokens(self) -> tuple[Token, ...]:
        """The words, in order; together they are the whole text."""
        return cut(self.text)

    @cached_property
    def edges(self) -> frozenset[int]:
        """Offsets at which a word starts or ends."""
        return frozenset(token.start for token in self.tokens) | {len(self.text)}
