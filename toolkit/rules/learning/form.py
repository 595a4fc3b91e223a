"""The forms that a learned rule can take: everything about it but its terms.

Candidates of one form differ in one term only (a name, a word beside it, an ending), so
that those that are accepted become one rule with a lexicon.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from typing import Literal, NamedTuple, Protocol

from msgspec import Struct

from toolkit.rules.learning.lesson import Key, Lesson
from toolkit.rules.rule import Rule
from toolkit.rules.sequence import Step
from toolkit.rules.shadow import shadow

Kind = Literal["terms", "vetoes", "parts", "contexts"]
"""What is learned: names, what is no name, what names are built of, what stands beside."""

KINDS: tuple[Kind, ...] = ("terms", "vetoes", "parts", "contexts")

TERMS = "TERMS"
"""Stands in a form's steps for the lexicon, or the tags, that its candidates fill."""

_LONGEST = 40
"""Characters of a term; what is longer is no name."""

_WORDLIKE = re.compile(r"[^\W_]")
_UNWRITABLE = re.compile(r"[#\t\ufffd\x00-\x1f\x7f-\x9f]|\[\[|\]\]")


class Form(Struct, frozen=True):
    """A rule without its terms, id, score and evidence.

    ``like`` says which candidates of this form are alike, to judge one by the others.
    """

    kind: Kind
    label: str
    what: str
    veto: bool = False
    whole_words: bool = False
    before: str = ""
    after: str = ""
    steps: tuple[Step, ...] = ()
    head: int = 0
    tail: int = 0

    @property
    def is_context(self) -> bool:
        """Whether a term is the name with ``head`` or ``tail`` characters beside it."""
        return bool(self.head or self.tail)


class Candidate(NamedTuple):
    """A form with one term."""

    form: Form
    term: str


class Teacher(Protocol):
    """Finds candidates of one kind in lessons."""

    def proposed(self, lesson: Lesson) -> Iterator[tuple[Candidate, Key]]:
        """What the lesson's gold, or today's mistakes in it, speak for."""

    def found(self, lesson: Lesson) -> Iterator[tuple[Candidate, Key]]:
        """The places at which candidates would fire, of those that ``wants`` named."""

    def wants(self, candidates: Collection[Candidate]) -> None:
        """The candidates to find from now on."""


def is_term(text: str) -> bool:
    """Whether a lexicon can hold the text, and somebody would want it there."""
    return (
        0 < len(text) <= _LONGEST
        and text == text.strip() == shadow(text)
        and _WORDLIKE.search(text) is not None
        and _UNWRITABLE.search(text) is None
    )


def filled(form: Form, lexicon: str, terms: Collection[str]) -> Rule:
    """A form as a rule with an empty id, its terms in the lexicon of this name."""
    if form.is_context:
        return Rule(id="", why="", kind="pattern", label=form.label, pattern=beside(form, terms))
    steps = tuple(_step(step, lexicon, terms) for step in form.steps)
    labels = {"labels": (form.label,), "covers": "equal"} if form.veto else {"label": form.label}
    return Rule(
        id="",
        why="",
        kind="veto" if form.veto else "tokens" if steps else "lexicon",
        lexicon="" if steps else lexicon,
        tokens=steps,
        whole_words=form.whole_words,
        before=(form.before,) if form.before else (),
        after=(form.after,) if form.after else (),
        **labels,
    )


def needs_lexicon(form: Form) -> bool:
    """Whether the terms are words, and not parts of speech."""
    return not form.is_context and not any(step.tags == TERMS for step in form.steps)


def beside(form: Form, terms: Collection[str]) -> str:
    """The regular expression for names beside characters; its match is the span."""
    by_name: dict[str, list[str]] = {}
    for term in sorted(terms):
        name = term[form.head : len(term) - form.tail]
        by_name.setdefault(name, []).append(term[: form.head] + term[len(term) - form.tail :])
    options = {re.escape(name): "|".join(map(re.escape, by)) for name, by in by_name.items()}
    if form.head:
        return "|".join(f"(?<={by}){name}" for name, by in options.items())
    return "|".join(f"{name}(?={by})" for name, by in options.items())


def _step(step: Step, lexicon: str, terms: Collection[str]) -> Step:
    return Step(
        tags=" ".join(sorted(terms)) if step.tags == TERMS else step.tags,
        lexicon=lexicon if step.lexicon == TERMS else step.lexicon,
        begins=lexicon if step.begins == TERMS else step.begins,
        ends=lexicon if step.ends == TERMS else step.ends,
        min=step.min,
        max=step.max,
        repeat=step.repeat,
        span=step.span,
    )
