"""From gold to what could be rules: candidates found, weighed, and made into rules."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence

from msgspec import Struct
from msgspec.structs import replace

from toolkit.model import GoldDocument, GoldSpan
from toolkit.rules.check import unmarked
from toolkit.rules.engine import Engine
from toolkit.rules.learning.contexts import Contexts
from toolkit.rules.learning.evidence import PROPOSED, Evidence, Place, gather
from toolkit.rules.learning.expected import Expected, expected
from toolkit.rules.learning.form import Candidate, Form, Kind, Teacher
from toolkit.rules.learning.judge import STEPS, HeldOut, Verdict, judge
from toolkit.rules.learning.lesson import Lesson
from toolkit.rules.learning.letters import Letters
from toolkit.rules.learning.needed import needed
from toolkit.rules.learning.parts import Parts
from toolkit.rules.learning.terms import Terms
from toolkit.rules.learning.vetoes import Vetoes

_FOLDS = 5

_LOWEST, _HIGHEST = 0.55, 0.97
"""Scores of learned rules; nobody has looked at them yet, so none is certain."""

_SHOWN = 3
"""Places that are kept to show for a term."""

_AROUND = 8
"""Characters of context in a snippet, on either side."""

_EXAMPLES = 6
"""Examples that are tried for a rule."""


class Shown(Struct, frozen=True):
    """A place that speaks for a term; ``snippet`` has the span in ``[[ ]]``."""

    doc_id: str
    start: int
    end: int
    snippet: str


class Entry(Struct, frozen=True):
    """A term and its evidence.

    Of ``spans`` that it gave in ``documents`` documents, ``right`` were; ``estimate`` is its
    precision elsewhere, ``saved`` are actions of editing.
    """

    term: str
    right: int
    spans: int
    documents: int
    saved: int
    estimate: float
    places: tuple[Shown, ...]


class LearnedRule(Struct, frozen=True):
    """A form with the terms that are accepted, the best first."""

    form: Form
    score: float
    right: int
    spans: int
    documents: int
    entries: tuple[Entry, ...]
    examples: tuple[str, ...]


class Rejected(Struct, frozen=True):
    """A term that was weighed and found wanting."""

    form: Form
    entry: Entry
    reason: str


class Learned(Struct, frozen=True):
    """What gold teaches; ``expected`` is what to expect of it where it was not learned."""

    documents: int
    labels: tuple[str, ...]
    rules: tuple[LearnedRule, ...]
    rejected: tuple[Rejected, ...]
    held_out: tuple[HeldOut, ...]
    expected: Expected


def learn(
    gold: Iterable[GoldDocument],
    engine: Engine,
    progress: Callable[[int, int], None] = lambda _done, _total: None,
) -> Learned:
    """What gold teaches beyond today's rules.

    Only labels that gold gives somewhere are judged and learned. Time grows with the
    characters of gold; memory with its words and with the candidates that two documents
    speak for.

    Args:
        gold: documents with their right spans.
        engine: today's rules.
        progress: told of each document, and of each kind.
    """
    documents = list(gold)
    labels = frozenset(span.label for one in documents for span in one.spans)
    lessons = []
    for one in documents:
        lessons.append(Lesson(one, engine, labels & frozenset(engine.pack.labels)))
        progress(len(lessons), len(documents))
    folds = max(2, min(_FOLDS, len(lessons)))
    teachers = (Terms(), Vetoes(), Contexts(veto=True), Parts(), Contexts(), Letters())
    evidence: list[Evidence] = []
    refuted: dict[Candidate, str] = {}
    examples = list(_examples(engine))
    for teacher in teachers:
        found = gather(lessons, teacher, folds)
        teacher.wants([one.candidate for one in found])
        refuted |= _refuted(teacher, examples)
        evidence += found
    verdicts, held_out = judge(evidence)
    accepted = _accepted(verdicts, refuted)
    held = {verdict.evidence.candidate for verdict in accepted}
    needless = {
        verdict.evidence.candidate: "saves too little beyond what the pack's other rules save"
        for verdict in verdicts
        if not verdict.reason and verdict.evidence.candidate not in held
    }
    return Learned(
        documents=len(documents),
        labels=tuple(sorted(labels)),
        rules=tuple(_rules(accepted, lessons)),
        rejected=tuple(_rejected(verdicts, needless | refuted, lessons)),
        held_out=tuple(held_out),
        expected=expected(
            lessons, evidence, lambda known: _accepted(judge(known)[0], refuted), _score
        ),
    )


def _accepted(verdicts: Iterable[Verdict], refuted: Collection[Candidate]) -> list[Verdict]:
    """What the pack is to hold: accepted, in its best form, and not done by others."""
    passed = [v for v in verdicts if not v.reason and v.evidence.candidate not in refuted]
    best = _best_forms(passed)
    return needed(best, {form: _alike(form) for form in {v.evidence.form for v in best}})


def _score(verdict: Verdict) -> float:
    return min(_HIGHEST, max(_LOWEST, verdict.estimate))


def _examples(engine: Engine) -> Iterator[Lesson]:
    """The examples of today's rules as lessons: what is learned must not contradict them."""
    for rule in engine.pack.rules:
        for example in rule.examples if rule.label else ():
            text, marked = unmarked(example)
            own = {(span.start, span.end): span.label for span in engine.alone(rule, text)}
            spans = tuple(GoldSpan(*place, own.get(place, rule.label)) for place in marked)
            labels = frozenset((rule.label, *own.values()))
            yield Lesson(GoldDocument(rule.id, text, spans), engine, labels)


def _refuted(teacher: Teacher, examples: Sequence[Lesson]) -> dict[Candidate, str]:
    """Candidates that would spoil an example of today's rules, with the rule."""
    refuted = {}
    for lesson in examples:
        for candidate, key in teacher.found(lesson):
            veto = candidate.form.veto
            effect = lesson.if_struck(key) if veto else lesson.if_proposed(key, PROPOSED)
            if effect.saved < 0:
                refuted[candidate] = f"spoils an example of {lesson.id}"
    return refuted


def _best_forms(verdicts: Iterable[Verdict]) -> list[Verdict]:
    """For each label and name the form that saves most; all others as they are."""
    best: dict[tuple[str, str], Verdict] = {}
    others = []
    for verdict in verdicts:
        form, term = verdict.evidence.candidate
        if form.kind != "terms":
            others.append(verdict)
            continue
        known = best.get((form.label, term))
        if known is None or _merit(verdict) > _merit(known):
            best[form.label, term] = verdict
    return [*best.values(), *others]


def _merit(verdict: Verdict) -> tuple[float, ...]:
    return (verdict.evidence.all.saved, verdict.estimate, verdict.evidence.form.whole_words)


def _rules(accepted: Iterable[Verdict], lessons: Sequence[Lesson]) -> Iterator[LearnedRule]:
    """Verdicts of one form and step together, the forms in the order of kinds and labels."""
    by_rule: dict[tuple[Form, int], list[Verdict]] = defaultdict(list)
    for verdict in accepted:
        by_rule[_alike(verdict.evidence.form), verdict.step].append(verdict)
    order: dict[Kind, int] = {"terms": 0, "vetoes": 1, "parts": 2, "contexts": 3}
    for (form, _), verdicts in sorted(
        by_rule.items(),
        key=lambda item: (
            order[item[0][0].kind],
            item[0][0].label,
            -sum(v.evidence.all.saved for v in item[1]),
            item[0][0].what,
            -item[0][1],
        ),
    ):
        verdicts.sort(key=lambda v: (-v.evidence.all.saved, -v.estimate, v.evidence.candidate.term))
        total = [v.evidence.all for v in verdicts]
        spans = sum(t.right + t.wrong for t in total)
        mean = sum(v.estimate * (t.right + t.wrong) for v, t in zip(verdicts, total, strict=True))
        right = {p.lesson for v in verdicts for p in v.evidence.places if p.right}
        yield LearnedRule(
            form=form,
            score=round(min(_HIGHEST, max(_LOWEST, mean / spans)), 2),
            right=sum(t.right for t in total),
            spans=spans,
            documents=len(right),
            entries=tuple(_entry(v, lessons) for v in verdicts),
            examples=tuple(_to_try(verdicts, lessons)),
        )


def _alike(form: Form) -> Form:
    """The form without what only says which candidates are alike."""
    if form.is_context:
        return replace(form, what="beside characters")
    if form.steps:
        return form
    where = "between words" * form.whole_words
    return Form(
        form.kind,
        form.label,
        where
        or (f"before {form.before}" if form.before else f"after {form.after}" * bool(form.after)),
        form.veto,
        form.whole_words,
        form.before,
        form.after,
    )


def _entry(verdict: Verdict, lessons: Sequence[Lesson]) -> Entry:
    total = verdict.evidence.all
    places = _spread(p for p in verdict.evidence.places if p.right)
    return Entry(
        term=verdict.evidence.candidate.term,
        right=total.right,
        spans=total.right + total.wrong,
        documents=total.documents,
        saved=total.saved,
        estimate=round(verdict.estimate, 3),
        places=tuple(_shown(place, lessons) for place in places[:_SHOWN]),
    )


def _spread(places: Iterable[Place]) -> list[Place]:
    """Places, the first of each document before any second one."""
    seen: set[int] = set()
    first: list[Place] = []
    more: list[Place] = []
    for place in places:
        (more if place.lesson in seen else first).append(place)
        seen.add(place.lesson)
    return [*first, *more]


def _shown(place: Place, lessons: Sequence[Lesson]) -> Shown:
    lesson = lessons[place.lesson]
    start, end, _ = place.key
    return Shown(lesson.id, start, end, " ".join(_snippet(lesson.text, start, end).split()))


def _snippet(text: str, start: int, end: int) -> str:
    """The span in its marks with what stands around it, within its line."""
    before = text[max(0, start - _AROUND) : start].splitlines()[-1:] or [""]
    after = text[end : end + _AROUND].splitlines()[:1] or [""]
    if text[start - 1 : start] == "\n":
        before = [""]
    return f"{before[0]}[[{text[start:end]}]]{after[0]}"


def _to_try(verdicts: Sequence[Verdict], lessons: Sequence[Lesson]) -> Iterator[str]:
    """Examples for a rule: places of its terms, and the terms alone."""
    tried = 0
    for verdict in verdicts:
        for place in _spread(p for p in verdict.evidence.places if p.right)[:_SHOWN]:
            text = lessons[place.lesson].text
            snippet = _snippet(text, *place.key[:2])
            if tried < _EXAMPLES and snippet.count("[[") == snippet.count("]]") == 1:
                yield snippet
                tried += 1
    form = verdicts[0].evidence.form
    if not (form.steps or form.before or form.after or form.is_context):
        for verdict in verdicts[:_EXAMPLES]:
            yield f"[[{verdict.evidence.candidate.term}]]"


def _rejected(
    verdicts: Iterable[Verdict], refuted: dict[Candidate, str], lessons: Sequence[Lesson]
) -> Iterator[Rejected]:
    for verdict in sorted(
        verdicts,
        key=lambda v: (v.evidence.form.kind, v.evidence.form.label, -v.evidence.all.saved),
    ):
        reason = verdict.reason or refuted.get(verdict.evidence.candidate, "")
        if reason:
            yield Rejected(verdict.evidence.form, _entry(verdict, lessons), reason)


__all__ = ["STEPS", "Entry", "Learned", "LearnedRule", "Rejected", "Shown", "learn"]
