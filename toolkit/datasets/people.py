"""People in a dataset: A1, A2 … in the order in which the gold names them."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import count

from msgspec.structs import replace

from toolkit.model import Alternative, GoldDocument, GoldSpan


class Pseudonyms:
    """Names → A1, A2 … in the order in which they are first seen; or names as they are."""

    def __init__(self, people: Iterable[str] = (), *, shown: bool = False) -> None:
        """Know these people by name; with ``shown`` everybody keeps theirs."""
        self._people = frozenset(people)
        self._shown = shown
        self._given: dict[str, str] = {}
        self._numbers = count(1)

    @property
    def given(self) -> tuple[str, ...]:
        """What people were called so far."""
        return tuple(self._given.values())

    def of(self, name: str) -> str:
        """The pseudonym of this person; a new one for a new name."""
        if name not in self._given:
            self._given[name] = name if self._shown else f"A{next(self._numbers)}"
        return self._given[name]

    def hide(self, document: GoldDocument) -> GoldDocument:
        """The document with every person in it under a pseudonym."""
        annotators = tuple(map(self.of, document.annotators))
        spans = tuple(map(self._hidden_in_span, document.spans))
        rejected = self._hidden(document.rejected)
        return replace(document, annotators=annotators, spans=spans, rejected=rejected)

    def _hidden_in_span(self, span: GoldSpan) -> GoldSpan:
        votes = {self.of(name): label for name, label in span.votes.items()}
        decider = self._decider(span.decided_by)
        alternatives = self._hidden(span.alternatives) if span.alternatives else ()
        return replace(span, votes=votes, decided_by=decider, alternatives=alternatives)

    def _hidden(self, lost: Iterable[Alternative]) -> tuple[Alternative, ...]:
        return tuple(replace(one, annotators=tuple(map(self.of, one.annotators))) for one in lost)

    def _decider(self, decided_by: str) -> str:
        # A method stays, a person does not.
        is_person = decided_by in self._given or decided_by in self._people or "@" in decided_by
        return self.of(decided_by) if is_person else decided_by
