"""What a version holds, counted while it is written."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping

from msgspec import Struct, field

from toolkit.model import GoldDocument

_DATE = re.compile(r"\d{4}(?:-\d{2}(?:-\d{2})?)?(?!\d)", re.ASCII)
"""A year, a month or a day in ISO 8601, with or without a time behind it."""


class SplitCounts(Struct):
    """What one split holds; ``labels`` counts spans."""

    documents: int = 0
    characters: int = 0
    labels: Counter[str] = field(default_factory=Counter)

    @property
    def spans(self) -> int:
        """How many spans the split has."""
        return self.labels.total()


class Origins(Struct):
    """What documents say of where they come from: ``meta`` source, genre and date.

    What documents don't say is counted under ``""``; dates that aren't ISO 8601 don't count.
    """

    sources: Counter[str] = field(default_factory=Counter)
    genres: Counter[str] = field(default_factory=Counter)
    first_date: str = ""
    last_date: str = ""
    dated: int = 0

    def add(self, document: GoldDocument) -> None:
        """Count a document."""
        self.sources[document.meta.get("source", "")] += 1
        self.genres[document.meta.get("genre", "")] += 1
        date = _DATE.match(document.meta.get("date", ""))
        if date:
            self.dated += 1
            self.first_date = min(self.first_date or date[0], date[0])
            self.last_date = max(self.last_date, date[0])


class Making(Struct):
    """How the gold came about.

    ``status`` counts documents; ``decided_by`` spans by the method or the person that
    decided; ``annotators`` by person the documents that they annotated; ``unsure`` the spans
    that have a confidence of one half or less.
    """

    status: Counter[str] = field(default_factory=Counter)
    decided_by: Counter[str] = field(default_factory=Counter)
    annotators: Counter[str] = field(default_factory=Counter)
    unsure: int = 0

    def add(self, document: GoldDocument) -> None:
        """Count a document."""
        self.status[document.status] += 1
        self.annotators.update(document.annotators)
        for span in document.spans:
            self.decided_by[span.decided_by] += 1
            self.unsure += span.confidence <= _UNSURE


_UNSURE = 0.5
"""At most an even chance, whatever the method means by confidence."""


class Counts(Struct):
    """What a version holds; splits in their given order."""

    splits: dict[str, SplitCounts]
    origins: Origins = field(default_factory=Origins)
    making: Making = field(default_factory=Making)

    def add(self, document: GoldDocument) -> None:
        """Count what doesn't depend on the split that the document goes into."""
        self.origins.add(document)
        self.making.add(document)

    def put(self, split: str, characters: int, labels: Mapping[str, int]) -> None:
        """Count a document of so many characters, and spans by label, into ``split``."""
        counts = self.splits[split]
        counts.documents += 1
        counts.characters += characters
        counts.labels.update(labels)

    @property
    def labels(self) -> Counter[str]:
        """Spans by label over all splits."""
        return sum((counts.labels for counts in self.splits.values()), Counter())

    @property
    def filled(self) -> list[str]:
        """The splits that got documents; only they have files."""
        return [split for split, held in self.splits.items() if held.documents]

    @property
    def documents(self) -> int:
        """How many documents there are."""
        return sum(counts.documents for counts in self.splits.values())
