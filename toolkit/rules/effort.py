"""How much work a pattern can be at one place, so that no pattern can hang a run.

A backtracking engine tries the ways in which a pattern can match, one after the other,
and there can be astronomically many: ``(a|aa){0,50}b``. The number of ways is estimated
from the parsed pattern, and never too low: parts in sequence multiply, alternatives that
can't begin alike count once, and so does a repetition whose next part can't begin as it
does.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from itertools import product
from re import _parser as re_parser  # type: ignore[attr-defined] # the only public view is deprecated
from typing import Any

from toolkit.rules.triggers import Reader, reader_of, widths

MOST = 100_000
"""Ways; a pattern with more of them is refused: they take some milliseconds at one place."""

_LISTED, _TIMES, _CLASS = 5_000, 3, 40
"""Texts that are listed of a part, repetitions in it, characters of a class in it."""

_ALTERNATIVES = 300
"""Of more alternatives that begin differently it isn't asked which of them begin alike."""

_FEW = 4
"""So few ways aren't estimated a second time."""

_REPEATS = (re_parser.MAX_REPEAT, re_parser.MIN_REPEAT)
_LOOKS = (re_parser.ASSERT, re_parser.ASSERT_NOT)


def ways(parsed: Any) -> int:
    """In how many ways a parsed pattern can be tried at one place, at most; capped."""
    return _Ways(reader_of(parsed)).sequence(parsed, 0)


class _Ways:
    """Counts for one pattern."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._prefixed: dict[int, int] = {}

    def sequence(self, items: Any, follow: int) -> int:
        """The ways of parts one after the other; ``follow`` are the characters behind them."""
        count = 1
        for item in reversed(items):
            count *= self._part(item, follow)
            if count > MOST:
                return MOST + 1
            follow = self._reader.beyond([item], follow, ahead=True)
        return count

    def _part(self, item: Any, follow: int) -> int:
        """Two estimates, neither too low: from the part's structure, and from all its texts."""
        listed = self._listed(item)
        if listed == 1 or (listed <= _FEW and item[0] not in _REPEATS):
            return listed
        return min(listed, self._structured(item, follow))

    def _listed(self, item: Any) -> int:
        """An estimate from all texts of a part; parts are asked for more than once."""
        if id(item) not in self._prefixed:
            texts = _texts(item)
            self._prefixed[id(item)] = MOST + 1 if texts is None else _prefixes(texts)
        return self._prefixed[id(item)]

    def _structured(self, item: Any, follow: int) -> int:
        operator, argument = item
        if operator is re_parser.SUBPATTERN:
            return self.sequence(argument[3], follow)
        if operator is re_parser.BRANCH:
            return self._branches(argument[1], follow)
        if operator in _REPEATS:
            return self._repeat(argument, follow)
        # However these matched, they are not tried again in another way.
        inside = 1
        if operator in _LOOKS:
            inside = self.sequence(argument[1], 0)
        elif operator is re_parser.POSSESSIVE_REPEAT:
            inside = self._repeat(argument, 0)
        elif operator is re_parser.ATOMIC_GROUP:
            inside = self.sequence(argument, 0)
        return inside if inside > MOST else 1

    def _branches(self, branches: Any, follow: int) -> int:
        """Of alternatives only those that begin alike can be tried at one place."""
        counts: Counter[int] = Counter()
        for branch in branches:
            first = self._reader.beyond(branch, follow, ahead=True)
            counts[first] += self.sequence(branch, follow)
        if len(counts) > _ALTERNATIVES:
            return min(counts.total(), MOST + 1)
        if _are_apart(counts):
            return max(counts.values())
        return max(
            max(count, sum(other for chars, other in counts.items() if chars & first))
            for first, count in counts.items()
        )

    def _repeat(self, argument: Any, follow: int) -> int:
        least, most, body = argument
        first = self._reader.beyond(body, 0, ahead=True)
        once = self.sequence(body, first | follow)
        if not widths(body)[0]:
            once += 1  # nothing at all is one more way
        if once == 1:
            return most - least + 1 if first & follow else 1
        count = 0
        for times in range(least, most + 1):
            count += once**times
            if count > MOST:
                return MOST + 1
        return count


def _are_apart(sets: Iterable[int]) -> bool:
    """Whether no character is in two of the sets."""
    union = 0
    for chars in sets:
        if union & chars:
            return False
        union |= chars
    return True


def _prefixes(texts: list[str]) -> int:
    """How many of the texts can match at one place, each as often as it is listed."""
    known = Counter(texts)
    return max(sum(known[text[:end]] for end in range(len(text) + 1)) for text in known)


def _texts(item: Any) -> list[str] | None:
    """All texts of a part, one for each way to match it; none if they are too many."""
    operator, argument = item
    texts: list[str] | None = None
    if operator is re_parser.LITERAL:
        texts = [chr(argument)]
    elif operator is re_parser.IN and len(argument) <= _CLASS:
        chars = [chr(code) for kind, code in argument if kind is re_parser.LITERAL]
        texts = chars if len(chars) == len(argument) else None
    elif operator is re_parser.SUBPATTERN:
        texts = _joined([_texts(part) for part in argument[3]])
    elif operator is re_parser.BRANCH and len(argument[1]) <= _LISTED:
        texts = _united(_joined([_texts(part) for part in branch]) for branch in argument[1])
    elif operator in _REPEATS and argument[1] <= _TIMES:
        parts = [_texts(part) for part in argument[2]]
        times = range(argument[0], argument[1] + 1)
        texts = _united(_joined(parts * count) for count in times)
    return texts


def _united(lists: Iterable[list[str] | None]) -> list[str] | None:
    united: list[str] = []
    for texts in lists:
        if texts is None or len(united) + len(texts) > _LISTED:
            return None
        united += texts
    return united


def _joined(parts: list[list[str] | None]) -> list[str] | None:
    texts = [""]
    for part in parts:
        if part is None or len(texts) * len(part) > _LISTED:
            return None
        texts = [a + b for a, b in product(texts, part)]
    return texts
