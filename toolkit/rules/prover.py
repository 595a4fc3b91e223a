"""What one place of a document proves, at its other places.

Every way takes time linear in the text: all names are looked for together.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any, NamedTuple

from toolkit.rules.expression import pattern_at
from toolkit.rules.leftmost import leftmost_longest
from toolkit.rules.proofs import Proof
from toolkit.rules.repeats import occurrences
from toolkit.rules.search import Place

_PAIR = 2
"""Characters of a name that may have lost its third."""

_HAN = re.compile("[一-龥]")


Proved = dict[Place, Place]
"""Places that are proposed, and for each the place that proves it."""


class _Seen(NamedTuple):
    """A document in a text; the places of names in it in order, and what the pattern found."""

    text: str
    within: Place
    names: Sequence[Place]
    found: Sequence[Place]


class Prover:
    """One document rule. ``names`` are the places of sure candidates of its label."""

    def __init__(self, look: Proof) -> None:
        self._look = look
        self._prove = {
            "again": self._again,
            "defined": self._defined,
            "extended": self._extended,
            "repeated": self._repeated,
            "shortened": self._shortened,
            "abbreviated": self._abbreviated,
            "beginning": self._beginning,
            "end": self._end,
        }[look.way]

    def prove(
        self, text: str, within: Place, names: Sequence[Place], found: Sequence[Place]
    ) -> Proved:
        """What is proved in a document.

        Args:
            text: the shadow text of several documents.
            within: where the document stands in it.
            names: the places of candidates in it, sure enough to prove something, in order.
            found: what the rule's own pattern found in it.
        """
        return self._prove(_Seen(text, within, names, found))

    @cached_property
    def _behind(self) -> Any:
        return pattern_at(self._look.pattern)

    @cached_property
    def _terms(self) -> dict[str, tuple[str, ...]]:
        """The terms by their first character."""
        first: dict[str, list[str]] = {}
        for term in self._look.terms:
            first.setdefault(term[0], []).append(term)
        return {char: tuple(terms) for char, terms in first.items()}

    @cached_property
    def _lasts(self) -> frozenset[str]:
        return frozenset(term[-1] for term in self._look.terms)

    @cached_property
    def _lengths(self) -> list[int]:
        return sorted({len(term) for term in self._look.terms}, reverse=True)

    def _again(self, seen: _Seen) -> Proved:
        return self._everywhere(seen, _by_text(seen.text, seen.names), least=1)

    def _defined(self, seen: _Seen) -> Proved:
        short: dict[str, Place] = {}
        if not seen.found:
            return {}
        for start, end in seen.names:
            match = self._behind.match(seen.text, end)
            if match:
                short.setdefault((match["span"] or "").strip(), (start, match.end()))
        return self._everywhere(seen, short, least=1, is_apart=False)

    def _extended(self, seen: _Seen) -> Proved:
        pairs = _by_text(seen.text, [place for place in seen.names if place[1] - place[0] == _PAIR])
        return {(s, e): pairs[seen.text[s : e - 1]] for s, e in self._followed(seen, pairs)}

    def _repeated(self, seen: _Seen) -> Proved:
        whole = _by_text(seen.text, seen.found)
        stems = {one[:-1]: place for one, place in whole.items() if len(one) > _PAIR}
        places = self._followed(seen, stems)
        return {p: whole[seen.text[p[0] : p[1]]] for p in places if seen.text[p[0] : p[1]] in whole}

    def _shortened(self, seen: _Seen) -> Proved:
        named = self._with_ending(seen)
        short = {name[: -len(ending)]: place for name, ending, place in named}
        return self._everywhere(seen, short, self._look.least)

    def _abbreviated(self, seen: _Seen) -> Proved:
        short = {
            name[0] + self._look.terms[ending]: place
            for name, ending, place in self._with_ending(seen)
        }
        return self._everywhere(seen, short, self._look.least)

    def _beginning(self, seen: _Seen) -> Proved:
        lengths = {end - start for start, end in seen.found}
        begins = {
            seen.text[start : start + length]: (start, end)
            for start, end in reversed(seen.names)
            for length in lengths
            if start + length < end
        }
        return {(s, e): begins[seen.text[s:e]] for s, e in seen.found if seen.text[s:e] in begins}

    def _end(self, seen: _Seen) -> Proved:
        lengths = {end - start for start, end in seen.found}
        ends = {
            seen.text[end - length : end]: (start, end)
            for start, end in reversed(seen.names)
            for length in lengths
            if start < end - length
        }
        return {(s, e): ends[seen.text[s:e]] for s, e in seen.found if seen.text[s:e] in ends}

    def _everywhere(
        self, seen: _Seen, proofs: Mapping[str, Place], least: int, *, is_apart: bool = True
    ) -> Proved:
        """All places of texts that stand there often enough, each with what proves it.

        Apart: not inside of what proves it.
        """
        long = [one for one in proofs if self._look.min <= len(one) <= self._look.max]
        if not long:
            return {}
        places = leftmost_longest([(s, e) for s, e, _ in occurrences(long, seen.text, seen.within)])
        counts = Counter(seen.text[start:end] for start, end in places)
        texts = ((place, seen.text[place[0] : place[1]]) for place in places)
        return {
            place: proofs[one]
            for place, one in texts
            if counts[one] >= least and not (is_apart and _is_inside(place, proofs[one]))
        }

    def _with_ending(self, seen: _Seen) -> Iterator[tuple[str, str, Place]]:
        """Names that end with a term, and the longest term that they end with."""
        for place in seen.names:
            if seen.text[place[1] - 1] not in self._lasts:
                continue
            name = seen.text[place[0] : place[1]]
            ending = next((n for n in self._lengths if name[-n:] in self._look.terms), 0)
            if ending and ending < len(name):
                yield name, name[-ending:], place

    def _followed(self, seen: _Seen, stems: Mapping[str, Place]) -> list[Place]:
        """Stems with the next character, where that is nearly always the same Han character.

        Where a term of the lexicon follows, the next character belongs to that.
        """
        look, text = self._look, seen.text
        if not stems:
            return []
        places: dict[str, list[Place]] = {}
        for start, end, one in occurrences(list(stems), text, seen.within):
            places.setdefault(one, []).append((start, end))
        longer: list[Place] = []
        for those in places.values():
            if len(those) < look.least:
                continue
            follows = Counter(text[end : end + 1] for _, end in those if self._is_free(text, end))
            if not follows:
                continue
            char, count = follows.most_common(1)[0]
            if count >= look.least and count >= look.share * len(those) and _HAN.match(char):
                longer += [(s, e + 1) for s, e in those if text[e : e + 1] == char]
        return longer

    def _is_free(self, text: str, at: int) -> bool:
        terms = self._terms.get(text[at : at + 1])
        return terms is None or not text.startswith(terms, at)


def _by_text(text: str, places: Iterable[Place]) -> dict[str, Place]:
    """The first place of each text."""
    first: dict[str, Place] = {}
    for start, end in places:
        first.setdefault(text[start:end].strip(), (start, end))
    first.pop("", None)
    return first


def _is_inside(place: Place, other: Place) -> bool:
    return other[0] <= place[0] and place[1] <= other[1]
