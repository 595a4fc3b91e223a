"""All rules over a document: propose, strike what a veto strikes, keep the best set."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence

from toolkit.model import Document, SuggestedSpan, Suggestion
from toolkit.rules.lexicon import Lexicon, TermFinder
from toolkit.rules.overlap import best
from toolkit.rules.pack import Pack, Rule
from toolkit.rules.view import View
from toolkit.spans import check_spans, trimmed

_REPEATED = 0.95
"""How much of its score a span keeps where only its text occurs, without the context."""

Place = tuple[int, int]
_Key = tuple[int, int, str, str]


class Engine:
    """Runs a pack. Every document stands alone; nothing is remembered between two."""

    def __init__(self, pack: Pack) -> None:
        self.pack = pack
        proposing = [rule for rule in pack.rules if rule.kind != "veto"]
        self._first = [rule for rule in proposing if not (rule.after or rule.before)]
        self._beside = [rule for rule in proposing if rule.after or rule.before]
        self._vetoes = [rule for rule in pack.rules if rule.kind == "veto"]

    def suggest(self, document: Document) -> Suggestion:
        """The spans that the rules propose, flat and in order; none where nothing is found."""
        spans = best(self.candidates(document))
        check_spans(document.id, document.text, spans)
        return Suggestion(document.id, self.pack.model_version, spans)

    def candidates(self, document: Document) -> tuple[SuggestedSpan, ...]:
        """Everything that a rule proposes and no veto strikes, overlapping as it may.

        Rules that must stand beside another candidate see those of all other rules
        first, and then each other's in the order of the pack, twice, so that a chain
        (主任、书记 before a name) is followed in both directions.
        """
        text, view = document.text, View(document.text)
        struck = _Struck((rule, self._places(rule, view)) for rule in self._vetoes)
        kept: dict[_Key, SuggestedSpan] = {}
        for rule in self._first:
            found = self._places(rule, view)
            _add(kept, struck.without(_spans(rule, found, text)))
            if rule.everywhere:
                again = _spans(rule, _elsewhere(found, view), text, _REPEATED)
                _add(kept, struck.without(again))
        places = {rule.id: self._places(rule, view) for rule in self._beside}
        for rule in (*self._beside, *self._beside):
            near = _beside(rule, places[rule.id], kept.values())
            _add(kept, struck.without(_spans(rule, near, text)))
        return tuple(sorted(kept.values(), key=lambda s: (s.start, s.end, s.label, s.rule)))

    def alone(self, rule: Rule, text: str) -> tuple[SuggestedSpan, ...]:
        """What this rule gives if it need not compete; vetoes hold. For its examples."""
        if rule.kind == "veto":
            found = self.pack.finders[rule.id].find(View(text))
            return best(_spans(rule, list(found), text))
        return best([s for s in self.candidates(Document("", text)) if s.rule == rule.id])

    def _places(self, rule: Rule, view: View) -> list[Place]:
        return list(self.pack.finders[rule.id].find(view))


def preannotate(documents: Iterable[Document], engine: Engine) -> Iterator[Suggestion]:
    """A suggestion for every document, in order; an empty one where nothing is found."""
    for document in documents:
        yield engine.suggest(document)


class _Struck:
    """What vetoes found, to be asked whether a candidate stands."""

    def __init__(self, found: Iterable[tuple[Rule, list[Place]]]) -> None:
        self._found = [
            (rule, places, [start for start, _ in places]) for rule, places in found if places
        ]

    def without(self, spans: Sequence[SuggestedSpan]) -> list[SuggestedSpan]:
        return [span for span in spans if not self._strikes(span)]

    def _strikes(self, span: SuggestedSpan) -> bool:
        return any(
            _reaches(rule, places, starts, span)
            for rule, places, starts in self._found
            if not rule.labels or span.label in rule.labels
        )


def _reaches(rule: Rule, places: list[Place], starts: list[int], span: SuggestedSpan) -> bool:
    """Whether one of a veto's places, which are in order and apart, covers the span."""
    if rule.covers == "overlap":
        last = bisect_left(starts, span.end) - 1
        return last >= 0 and places[last][1] > span.start
    last = bisect_right(starts, span.start) - 1
    if last < 0:
        return False
    if rule.covers == "equal":
        return places[last] == (span.start, span.end)
    return span.end <= places[last][1]


def _spans(
    rule: Rule, places: Iterable[Place], text: str, surety: float = 1.0
) -> list[SuggestedSpan]:
    """A rule's spans at these places, without space at their edges."""
    return [
        SuggestedSpan(
            start=start,
            end=end,
            label=rule.label,
            text=text[start:end],
            rule=rule.id,
            score=rule.score * surety,
        )
        for start, end in (trimmed(text, *place) for place in places)
        if start < end
    ]


def _elsewhere(places: Iterable[Place], view: View) -> list[Place]:
    """The places of the document at which the same texts stand."""
    texts = {view.text[start:end].strip(): "" for start, end in places}
    texts.pop("", None)
    if not texts:
        return []
    finder = TermFinder([Lexicon("found in this document", texts)], whole_words=False)
    return list(finder.find(view))


def _beside(
    rule: Rule, places: Iterable[Place], candidates: Iterable[SuggestedSpan]
) -> list[Place]:
    """The places that touch a candidate of the labels that the rule asks for."""
    ends = {span.end for span in candidates if span.label in rule.after}
    starts = {span.start for span in candidates if span.label in rule.before}
    return [
        (start, end)
        for start, end in places
        if (not rule.after or start in ends) and (not rule.before or end in starts)
    ]


def _add(kept: dict[_Key, SuggestedSpan], spans: Iterable[SuggestedSpan]) -> None:
    """Of a rule's spans that are the same, the one with the best score stays."""
    for span in spans:
        key = (*span.key, span.rule)
        if key not in kept or span.score > kept[key].score:
            kept[key] = span
