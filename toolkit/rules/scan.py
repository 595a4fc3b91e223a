"""Where the rules of a pack find something in a text, all of them in one pass."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence

from toolkit.rules.compiled import Compiled
from toolkit.rules.hits import Hits
from toolkit.rules.lexicon import Lexicon
from toolkit.rules.search import Place
from toolkit.rules.tokens import Tokenizer
from toolkit.rules.windows import Windowed
from toolkit.rules.words import WordRules


class Scan:
    """Finds what the rules look for.

    Args:
        ready: the compiled rules.
        tokenizer: what cuts words.
    """

    def __init__(self, ready: Compiled, tokenizer: Tokenizer = "rjieba") -> None:
        self._hits = Hits(ready)
        self._patterns = {number: Windowed(pattern) for number, pattern in ready.patterns.items()}
        self._anywhere = ready.anywhere
        self._whole = frozenset(ready.whole)
        lexicons = [Lexicon("", dict.fromkeys(terms, "")) for terms in ready.lexicons]
        self._words = WordRules(
            {
                number: (one.steps, {name: lexicons[n] for name, n in one.lexicons.items()})
                for number, one in ready.words.items()
            }
        )
        self._has_words = bool(ready.words)
        self._tokenizer: Tokenizer = tokenizer

    def find(self, text: str) -> dict[int, list[Place]]:
        """The places of each rule that found any, left to right.

        Args:
            text: a shadow text, or several with borders between them.
        """
        terms, starts = self._hits.of(text)
        found = {number: self._patterns[number].anywhere(text) for number in self._anywhere}
        for number, ranges in starts.items():
            found[number] = self._patterns[number].within(text, ranges)
        whole = self._whole.intersection(terms)
        offsets: list[int] = []
        if self._has_words or whole:
            classes, offsets = self._words.read(text, self._tokenizer)
            found |= self._words.find(classes, offsets)
        for number in whole:
            terms[number] = [
                p for p in terms[number] if _is_edge(offsets, p[0]) and _is_edge(offsets, p[1])
            ]
        found |= terms
        return {number: places for number, places in found.items() if places}


def _is_edge(offsets: Sequence[int], at: int) -> bool:
    return offsets[bisect_left(offsets, at)] == at
