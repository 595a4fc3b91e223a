"""The engine as it is defined: every rule over the whole text, one after the other.

Slow, and short enough to be read against docs/rules.md. The quick engine must give the
same candidates.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence

from daachorse import MATCH_KIND_LEFTMOST_LONGEST, CharwiseDoubleArrayAhoCorasick

from toolkit.model import SuggestedSpan
from toolkit.rules.lexicon import Lexicon, named_lexicons
from toolkit.rules.pack import Pack
from toolkit.rules.parts import MOST as MOST_PARTS
from toolkit.rules.parts import Parts, ReadyPart
from toolkit.rules.proofs import Proof
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
    looks = pack.looks
    places = {
        rule.id: places_of(look, text)
        for rule in pack.rules
        if not isinstance(look := looks[rule.id], Parts | Proof)
    }
    extending = [rule for rule in pack.rules if rule.kind in {"compose", "document"}]
    vetoes = [(rule, places[rule.id]) for rule in pack.rules if rule.kind == "veto"]
    kept: dict[tuple[int, int, str, str], SuggestedSpan] = {}

    def add(rule: Rule, found: Iterable[Place], surety: float = 1.0) -> None:
        for span in _spans(rule, found, document, surety):
            key = (*span.key, span.rule)
            if not any(_strikes(*veto, span) for veto in vetoes) and (
                key not in kept or span.score > kept[key].score
            ):
                kept[key] = span

    proposing = [rule for rule in pack.rules if rule not in extending and rule.kind != "veto"]
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
    for kind in ("compose", "document", "compose"):
        known = list(kept.values())
        for rule in [one for one in extending if one.kind == kind]:
            add(rule, further(looks[rule.id], rule, text, known))
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


def further(look: object, rule: Rule, text: Text, known: list[SuggestedSpan]) -> set[Place]:
    """What a composition or a document rule gives, with these candidates."""
    if isinstance(look, Parts):
        return set(_compositions(look, text, known))
    assert isinstance(look, Proof)
    names = {
        (span.start, span.end)
        for span in known
        if span.label == rule.label and span.score >= rule.proof
    }
    return _proved(look, text.text, sorted(names), text)


def _compositions(look: Parts, text: Text, known: list[SuggestedSpan]) -> Iterator[Place]:
    for start in range(len(text.text)):
        steps = _steps(look, text, known, (0, 0, start))
        inside = [place for number, place in steps or () if look.parts[number].span]
        if inside:
            yield inside[0][0], inside[-1][1]


def _steps(
    look: Parts, text: Text, known: list[SuggestedSpan], state: tuple[int, int, int]
) -> list[tuple[int, Place]] | None:
    number, taken, at = state
    if number == len(look.parts):
        return []
    part = look.parts[number]
    if taken < (MOST_PARTS if part.repeat in {"*", "+"} else 1):
        is_first = number == taken == 0
        divided = not is_first and at < len(text.text) and text.text[at] in look.between
        for begin in (at, at + 1) if divided else (at,):
            for end in _part_ends(part, text, known, begin):
                rest = _steps(look, text, known, (number, taken + 1, end))
                if rest is not None:
                    return [(number, (begin, end)), *rest]
    if taken or part.repeat in {"?", "*"}:
        return _steps(look, text, known, (number + 1, 0, at))
    return None


def _part_ends(part: ReadyPart, text: Text, known: list[SuggestedSpan], at: int) -> list[int]:
    if part.labels:
        ends = {span.end for span in known if span.start == at and span.label in part.labels}
    elif part.terms:
        ends = {at + len(term) for term in part.terms if text.text.startswith(term, at)}
    elif part.pattern:
        match = re.compile(part.pattern).match(text.text, at)
        ends = {match.end()} - {at} if match else set()
    else:
        step = Step(tags=part.tags, words=part.words)
        ends = {end for start, end in Sequencer((step,), {}).find(text.tokens) if start == at}
    return sorted(ends, reverse=True)


def _proved(look: Proof, text: str, names: list[Place], whole: Text) -> set[Place]:
    found = list(_pattern(look.pattern, text)) if look.pattern else []
    if look.way in {"beginning", "end"}:
        held = {text[s:e] for s, e in names}
        fits = str.startswith if look.way == "beginning" else str.endswith
        return {
            (s, e) for s, e in found if any(n != text[s:e] and fits(n, text[s:e]) for n in held)
        }
    if look.way in {"extended", "repeated"}:
        wanted = {text[s:e] for s, e in found if e - s > 2}
        stems = {one[:-1] for one in wanted} or {text[s:e] for s, e in names if e - s == 2}
        longer = _followed(look, text, stems if look.way == "extended" or wanted else set())
        return {p for p in longer if look.way == "extended" or text[p[0] : p[1]] in wanted}
    short: dict[str, Place] = {}
    for start, end in names:
        name = text[start:end]
        ending = max((term for term in look.terms if name.endswith(term)), key=len, default="")
        ending = "" if ending == name else ending
        if look.way == "again":
            short.setdefault(name, (start, end))
        elif look.way == "defined":
            match = re.compile(look.pattern).match(text, end)
            if found and match:
                short.setdefault((match["span"] or "").strip(), (start, -1))
        elif ending:
            kept = name[: -len(ending)] if look.way == "shortened" else name[0] + look.terms[ending]
            short[kept] = (start, end)
    sized = {one: place for one, place in short.items() if look.min <= len(one) <= look.max}
    if not sized:
        return set()
    places = list(_terms(Terms(tuple(sized), whole_words=False), whole))
    counts = Counter(text[s:e] for s, e in places)
    least = 1 if look.way in {"again", "defined"} else look.least
    return {
        (s, e)
        for s, e in places
        if counts[text[s:e]] >= least
        and not (sized[text[s:e]][0] <= s and e <= sized[text[s:e]][1])
    }


def _followed(look: Proof, text: str, stems: set[str]) -> set[Place]:
    longer: set[Place] = set()
    for stem in stems:
        places = [
            (m.start(), m.start() + len(stem)) for m in re.finditer(f"(?={re.escape(stem)})", text)
        ]
        free = [p for p in places if not any(text.startswith(term, p[1]) for term in look.terms)]
        follows = Counter(text[e : e + 1] for _, e in free)
        char, count = follows.most_common(1)[0] if follows else ("", 0)
        if count >= max(look.least, look.share * len(places)) and re.match("[一-龥]", char):
            longer |= {(s, e + 1) for s, e in places if text[e : e + 1] == char}
    return longer
