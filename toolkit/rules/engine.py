"""All rules over a document: propose, strike what a veto strikes, keep the best set."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from msgspec.structs import replace

from toolkit.model import Document, SuggestedSpan, Suggestion
from toolkit.rules.garbage import fewer_collections
from toolkit.rules.joined import Joined
from toolkit.rules.overlap import Rival, best, standing, weight
from toolkit.rules.pack import Pack
from toolkit.rules.proposals import Proposals
from toolkit.rules.repeats import repeated
from toolkit.rules.rule import Rule
from toolkit.rules.scan import Scan
from toolkit.rules.search import Place
from toolkit.rules.shadow import shadow
from toolkit.rules.tokens import Tokenizer
from toolkit.rules.values import Value
from toolkit.rules.values.spans import NO_VALUE, date_of, value_of
from toolkit.rules.vetoes import Struck, Veto, struck
from toolkit.rules.whole import WholeDocument
from toolkit.spans import check_spans, trimmed

_REPEATED = 0.95
"""How much of its score a span keeps where only its text occurs, without the context."""

_REMEMBERED = 10_000
"""Weights that are remembered: scores times lengths."""

_BATCH = 30_000
"""Characters of documents that are worked on together, in ``preannotate``."""


class Engine:
    """Runs a pack. Every document stands alone; nothing is remembered between two.

    Args:
        pack: the rules.
        tokenizer: what cuts words for token rules: rjieba, or jieba as the reference.
    """

    def __init__(self, pack: Pack, tokenizer: Tokenizer = "rjieba") -> None:
        self.pack = pack
        variants = (replace(pack.rules[n], label=label) for n, label in pack.ready.variants)
        rules = self._rules = (*pack.rules, *variants)
        self._numbers = {rule.id: number for number, rule in enumerate(pack.rules)}
        self._scan = Scan(pack.ready, tokenizer)
        self._vetoes = {n for n, rule in enumerate(rules) if rule.kind == "veto"}
        self._plain = {n for n, rule in enumerate(rules) if _is_plain(rule)}
        self._everywhere = {n for n, rule in enumerate(rules) if rule.everywhere}
        self._whole_document = WholeDocument(rules, pack.ready)
        self._beside = [n for n, rule in enumerate(rules) if rule.after or rule.before]
        asked = {label for n in self._beside for label in (*rules[n].after, *rules[n].before)}
        self._neighbours = asked | self._whole_document.labels
        self._weights: dict[tuple[float, int], int] = {}
        self._valued = {rule.id: rule.value for rule in pack.rules if rule.value}
        self._canonical = {rules[n].id: forms for n, forms in pack.ready.canonical.items()}

    def suggest(self, document: Document) -> Suggestion:
        """The spans that the rules propose, in order; none where nothing is found.

        They are flat, but for spans of labels that the pack says nest.
        """
        return self.suggest_all([document])[0]

    def suggest_all(self, documents: Sequence[Document]) -> list[Suggestion]:
        """A suggestion for each document, as ``suggest`` gives it, in less time together.

        Args:
            documents: any number; they are read as one text.
        """
        joined = Joined([document.text for document in documents])
        rivals = self._rivals(self._proposed(joined))
        chosen = iter(standing(rivals, self.pack.nests))
        suggestions = []
        one = next(chosen, None)
        for document, place in zip(documents, joined.places, strict=True):
            inside = []
            while one is not None and one.start < place[1]:
                inside.append(one)
                one = next(chosen, None)
            suggestions.append(self._suggestion(document, inside, joined.shown, place[0]))
        return suggestions

    def _suggestion(
        self, document: Document, chosen: Iterable[Rival], shown: str, offset: int
    ) -> Suggestion:
        """What was chosen in a document whose text starts at ``offset`` of the shown text."""
        text, kinds = document.text, self._valued
        written = date_of(document) if kinds else None
        spans = []
        for end, start, unsure, label, rule, _ in chosen:
            kind = kinds.get(rule)
            value = value_of(kind, shown[start:end], written) if kind else NO_VALUE
            if not value.value and rule in self._canonical:
                value = Value(self._canonical[rule].get(shown[start:end], ""))
            first, last = start - offset, end - offset
            spans.append(
                SuggestedSpan(
                    first,
                    last,
                    label,
                    text[first:last],
                    rule=rule,
                    score=-unsure,
                    value=value.value,
                    flags=value.flags,
                )
            )
        check_spans(document.id, text, spans)
        return Suggestion(document.id, self.pack.model_version, tuple(spans))

    def candidates(self, document: Document) -> tuple[SuggestedSpan, ...]:
        """Everything that a rule proposes and no veto strikes, overlapping as it may.

        Rules that must stand beside another candidate see those of all other rules
        first, and then each other's in the order of the pack, twice, so that a chain
        (主任、书记 before a name) is followed in both directions.
        """
        text = document.text
        spans = [
            self._span(text, place, self._rules[number], score)
            for place, (number, score) in self._proposed(Joined([text])).all()
        ]
        return tuple(sorted(spans, key=lambda s: (s.start, s.end, s.label, s.rule)))

    def struck(self, document: Document) -> Mapping[str, Struck]:
        """For each label that a veto struck somewhere in the document, where."""
        return self._struck(self._scan.find(shadow(document.text)))

    def origins(self, document: Document) -> dict[tuple[int, int, str], tuple[Place, ...]]:
        """What spans of compositions and document rules come from, by offsets and rule id.

        For a composition the places of its parts; for a document rule the place that
        proves it.
        """
        proposals = self._proposed(Joined([document.text]))
        return {(s, e, self._rules[n].id): o for (s, e, n), o in proposals.origins.items()}

    def alone(self, rule: Rule, text: str) -> tuple[SuggestedSpan, ...]:
        """What this rule gives if it need not compete; vetoes hold. For its examples."""
        if rule.kind == "veto":
            found = self._scan.find(shadow(text)).get(self._numbers[rule.id], [])
            places = (trimmed(text, *place) for place in found)
            return best([self._span(text, p, rule, rule.score) for p in places if p[0] < p[1]])
        return best([s for s in self.candidates(Document("", text)) if s.rule == rule.id])

    def _proposed(self, joined: Joined) -> Proposals:
        found = self._scan.find(joined.shown)
        proposals = Proposals(joined.text, self._rules, self._struck(found), self._neighbours)
        for number, places in found.items():
            if number in self._plain:
                proposals.add(number, places, self._rules[number].score)
        everywhere = {n: places for n, places in found.items() if n in self._everywhere}
        for number, places in repeated(everywhere, joined).items():
            proposals.add(number, places, self._rules[number].score * _REPEATED)
        self._whole_document.extend(proposals, joined, found)
        beside = [number for number in self._beside if number in found]
        for number in (*beside, *beside):
            near = proposals.beside(self._rules[number], found[number])
            proposals.add(number, near, self._rules[number].score)
        return proposals

    def _struck(self, found: Mapping[int, list[Place]]) -> dict[str, Struck]:
        """For each label that a veto struck somewhere, where."""
        return struck(
            [
                Veto(self._rules[n].labels or self.pack.labels, self._rules[n].covers, found[n])
                for n in sorted(self._vetoes & found.keys())
            ]
        )

    def _rivals(self, proposals: Proposals) -> list[Rival]:
        """The candidates that compete; of those at one place only where spans may nest."""
        rules, weights = self._rules, self._weights
        new = tuple.__new__  # half of the time that the call of a named tuple takes
        rivals = []
        for (start, end), (number, score) in (
            proposals.all() if self.pack.nests else proposals.best()
        ):
            rule = rules[number]
            key = (score, end - start)
            heavy = weights.get(key)
            if heavy is None:
                heavy = weight(*key)
                if len(weights) < _REMEMBERED:
                    weights[key] = heavy
            rivals.append(new(Rival, (end, start, -score, rule.label, rule.id, heavy)))
        return rivals

    def _span(self, text: str, place: Place, rule: Rule, score: float) -> SuggestedSpan:
        start, end = place
        return SuggestedSpan(start, end, rule.label, text[start:end], rule=rule.id, score=score)


def preannotate(documents: Iterable[Document], engine: Engine) -> Iterator[Suggestion]:
    """A suggestion for every document, in order; an empty one where nothing is found."""
    with fewer_collections():
        for batch in _batches(documents):
            yield from engine.suggest_all(batch)


def _batches(documents: Iterable[Document]) -> Iterator[list[Document]]:
    """Documents in groups of not too many characters."""
    batch: list[Document] = []
    length = 0
    for document in documents:
        batch.append(document)
        length += len(document.text)
        if length >= _BATCH:
            yield batch
            batch, length = [], 0
    if batch:
        yield batch


def _is_plain(rule: Rule) -> bool:
    """Whether what the scan finds for a rule is proposed as it is."""
    return rule.kind in {"lexicon", "pattern", "tokens"} and not (rule.after or rule.before)
