"""The engine as it is defined: every rule over the whole text, one after the other.

Slow, and short enough to be read against docs/rules.md. The quick engine must give the
same candidates.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence

from daachorse import MATCH_KIND_LEFTMOST_LONGEST, CharwiseDoubleArrayAhoCorasick

from toolkit.model import SuggestedSpan
from toolkit.rules.lexicon import Lexicon, named_lexicons
from toolkit.rules.pack import Pack
from toolkit.rules.rule import Rule
from toolkit.rules.search import Pattern, Terms, Words
from toolkit.rules.sequence import MOST, Step
from toolkit.rules.shadow import shadow
from toolkit.rules.tokens import Token, Tokenizer, cut
from toolkit.spans import trimmed

Place = tuple[int, int]


class Text:
    """A text as rules see it."""

    def __init__(self, text: str, tokenizer: Tokenizer = "rjieba") -> None:
        self.text = shadow(text)
        self.tokens = cut(self.text, tokenizer)
        self.edges = {token.start for token in self.tokens} | {len(self.text)}


def places_of(look: Terms | Pattern | Words, text: Text) -> list[Place]:
    """What one rule finds, left to right."""
    if isinstance(look, Terms):
        return list(_terms(look, text))
    if isinstance(look, Pattern):
        return list(_pattern(look.text, text.text))
    return list(Sequencer(look.steps, look.lexicons).find(text.tokens))


def candidates(pack: Pack, document: str, tokenizer: Tokenizer = "rjieba") -> list[SuggestedSpan]:
    """Everything that a rule proposes and no veto strikes, in order."""
    text = Text(document, tokenizer)
    places = {rule.id: places_of(pack.looks[rule.id], text) for rule in pack.rules}
    vetoes = [(rule, places[rule.id]) for rule in pack.rules if rule.kind == "veto"]
    kept: dict[tuple[int, int, str, str], SuggestedSpan] = {}

    def add(rule: Rule, found: Iterable[Place], surety: float = 1.0) -> None:
        for span in _spans(rule, found, document, surety):
            key = (*span.key, span.rule)
            if not any(_strikes(*veto, span) for veto in vetoes) and (
                key not in kept or span.score > kept[key].score
            ):
                kept[key] = span

    proposing = [rule for rule in pack.rules if rule.kind != "veto"]
    beside = [rule for rule in proposing if rule.after or rule.before]
    for rule in proposing:
        if rule in beside:
            continue
        add(rule, places[rule.id])
        if rule.everywhere:
            again = {text.text[start:end].strip() for start, end in places[rule.id]} - {""}
            if again:
                terms = Terms(terms=tuple(again), whole_words=False)
                add(rule, _terms(terms, text), 0.95)
    for rule in (*beside, *beside):
        add(rule, _beside(rule, places[rule.id], list(kept.values())))
    return sorted(kept.values(), key=lambda s: (s.start, s.end, s.label, s.rule))


def _terms(look: Terms, text: Text) -> Iterator[Place]:
    automaton = CharwiseDoubleArrayAhoCorasick(
        sorted(set(look.terms)), match_kind=MATCH_KIND_LEFTMOST_LONGEST
    )
    for start, end, _ in automaton.find(text.text):
        if not look.whole_words or (start in text.edges and end in text.edges):
            yield start, end


def _pattern(pattern: str, text: str) -> Iterator[Place]:
    regex, position = re.compile(pattern), 0
    group: str | int = "span" if "span" in regex.groupindex else 0
    while position <= len(text) and (found := regex.search(text, position)):
        start, end = found.span(group)
        if 0 <= start < end:
            yield start, end
        position = max(found.start() + 1, end)


class Sequencer:
    """A token rule, tried from every word."""

    def __init__(self, steps: Sequence[Step], lexicons: Mapping[str, Lexicon]) -> None:
        self._steps = steps
        self._lexicons = lexicons

    def find(self, tokens: Sequence[Token]) -> Iterator[Place]:
        """The longest from the first word that starts one, then from behind it."""
        index = 0
        while index < len(tokens):
            places = self._match(tokens, 0, index)
            inside = [at for at, step in places or () if self._steps[step].span]
            if inside:
                yield tokens[inside[0]].start, tokens[inside[-1]].end
            index = max(index, inside[-1] if inside else index) + 1

    def _match(self, tokens: Sequence[Token], number: int, at: int) -> list[tuple[int, int]] | None:
        if number == len(self._steps):
            return []
        step = self._steps[number]
        most = 1 if step.repeat in {"", "?"} else MOST
        count = 0
        while count < most and at + count < len(tokens) and self._holds(step, tokens[at + count]):
            count += 1
        for taken in range(count, -1 if step.repeat in {"?", "*"} else 0, -1):
            rest = self._match(tokens, number + 1, at + taken)
            if rest is not None:
                return [(at + offset, number) for offset in range(taken)] + rest
        return None

    def _named(self, names: str) -> list[Lexicon]:
        return named_lexicons(names, self._lexicons)

    def _holds(self, step: Step, token: Token) -> bool:
        word, tag = token.word, token.tag
        tags = step.tags.split()
        return (
            step.min <= len(word) <= step.max
            and (
                not tags
                or tag in tags
                or any(tag.startswith(name[:-1]) for name in tags if name.endswith("*"))
                or any(word in lexicon for lexicon in self._named(step.also))
            )
            and (
                not (step.words or step.lexicon or step.begins or step.ends)
                or word in step.words
                or any(word in lexicon for lexicon in self._named(step.lexicon))
                or any(lexicon.begins(word) for lexicon in self._named(step.begins))
                or any(lexicon.ends(word) for lexicon in self._named(step.ends))
            )
            and not any(word in lexicon for lexicon in self._named(step.not_in))
            and not any(lexicon.ends(word) for lexicon in self._named(step.not_ends))
            and all(char in lexicon for lexicon in self._named(step.made_of) for char in word)
        )


def _spans(
    rule: Rule, places: Iterable[Place], text: str, surety: float
) -> Iterator[SuggestedSpan]:
    for start, end in (trimmed(text, *place) for place in places):
        if start < end:
            yield SuggestedSpan(
                start,
                end,
                rule.label,
                text[start:end],
                rule=rule.id,
                score=rule.score * surety,
            )


def _strikes(rule: Rule, places: list[Place], span: SuggestedSpan) -> bool:
    if rule.labels and span.label not in rule.labels:
        return False
    starts = [start for start, _ in places]
    if rule.covers == "overlap":
        last = bisect_left(starts, span.end) - 1
        return last >= 0 and places[last][1] > span.start
    last = bisect_right(starts, span.start) - 1
    if last < 0:
        return False
    if rule.covers == "equal":
        return places[last] == (span.start, span.end)
    return span.end <= places[last][1]


def _beside(rule: Rule, places: list[Place], near: list[SuggestedSpan]) -> list[Place]:
    ends = {span.end for span in near if span.label in rule.after}
    starts = {span.start for span in near if span.label in rule.before}
    return [
        (start, end)
        for start, end in places
        if (not rule.after or start in ends) and (not rule.before or end in starts)
    ]
