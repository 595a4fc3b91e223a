"""Documents' texts as one text, and which document a place of it belongs to."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from itertools import accumulate

from toolkit.rules.borders import BORDER
from toolkit.rules.search import Place
from toolkit.rules.shadow import shadow_of_all


class Joined:
    """Texts one behind the other, a border between two.

    ``text`` is as written and ``shown`` as rules see it; ``places`` is where each text stands.
    """

    def __init__(self, texts: Sequence[str]) -> None:
        self.text = BORDER.join(texts)
        self.shown = shadow_of_all(texts)
        ends = accumulate(texts, lambda end, text: end + len(BORDER) + len(text), initial=-1)
        self.places = [(end - len(text), end) for text, end in zip(texts, [*ends][1:], strict=True)]
        self._starts = [start for start, _ in self.places]

    def by_text(self, places: Iterable[Place]) -> dict[int, list[Place]]:
        """The places in each text that has any, by the text's number; their order stays."""
        found: dict[int, list[Place]] = {}
        own: list[Place] = []
        first, behind = 0, 0
        for place in places:
            # Places come in order, so that most are in the text of the one before.
            if not first <= place[0] < behind:
                number = bisect_right(self._starts, place[0]) - 1
                own = found.setdefault(number, [])
                first, behind = self.places[number]
                behind += len(BORDER)
            own.append(place)
        return found
