"""One rule of a pack as it is written, and what it may not say."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from toolkit.rules.parts import Part
from toolkit.rules.proofs import WAYS, WITH_LEXICON, WITH_PATTERN, Way
from toolkit.rules.sequence import Step
from toolkit.rules.values import ValueKind
from toolkit.schema import LabelSchema

Kind = Literal["lexicon", "pattern", "tokens", "compose", "document", "veto"]


_FOUND = {"lexicon", "pattern", "tokens"}
"""Kinds of rules whose spans stand in the text as the rule says them."""


class Rule(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One ``[[rule]]`` table; toolkit.rules.pack says what each key means."""

    id: str
    kind: Kind
    why: str
    label: str = ""
    score: float = 1.0
    examples: tuple[str, ...] = ()
    counter_examples: tuple[str, ...] = ()
    lexicon: str = ""
    whole_words: bool = False
    pattern: str = ""
    tokens: tuple[Step, ...] = ()
    parts: tuple[Part, ...] = ()
    between: str = ""
    finds: Way | None = None
    proof: float = 0.0
    least: int = 2
    share: float = 0.8
    min: int = 2
    max: int = 100
    value: ValueKind | None = None
    after: tuple[str, ...] = ()
    before: tuple[str, ...] = ()
    everywhere: bool = False
    labels: tuple[str, ...] = ()
    covers: Literal["inside", "equal", "overlap"] = "inside"


def with_labels(rule: Rule, names: Mapping[str, str]) -> Rule:
    """The rule with labels called what ``names`` calls them, wherever it names labels."""

    def called(labels: Iterable[str]) -> tuple[str, ...]:
        return tuple(names.get(label, label) for label in labels)

    return replace(
        rule,
        label=names.get(rule.label, rule.label),
        labels=called(rule.labels),
        after=called(rule.after),
        before=called(rule.before),
        parts=tuple(
            replace(part, label=" ".join(called(part.label.split()))) for part in rule.parts
        ),
    )


def mistake(rule: Rule, schema: LabelSchema) -> tuple[str, str]:
    """The first thing that is wrong with a rule: the key it is about, and what; or nothing."""
    veto = rule.kind == "veto"
    document = rule.kind == "document"
    ways = [bool(way) for way in (rule.lexicon, rule.pattern, rule.tokens, rule.parts)]
    own_way = {
        "lexicon": rule.lexicon,
        "pattern": rule.pattern,
        "tokens": rule.tokens,
        "compose": rule.parts,
        "document": rule.finds,
    }
    part_labels = [label for part in rule.parts for label in part.label.split()]
    unknown = [
        label
        for label in (rule.label, *rule.labels, *rule.after, *rule.before, *part_labels)
        if label and label not in schema
    ]
    wrong = [
        ("id", not rule.id.strip(), "its id is empty"),
        ("why", not rule.why.strip() or "\n" in rule.why, "why is not one line"),
        ("score", not 0 < rule.score <= 1, f"score {rule.score} is not between 0 and 1"),
        ("id", not rule.examples, "it has no example"),
        (
            "everywhere",
            rule.everywhere and (rule.kind not in _FOUND or bool(rule.after or rule.before)),
            "everywhere goes with lexicon, pattern and tokens, and not with after and before",
        ),
        ("label", veto and bool(rule.label), "a veto has labels, not a label"),
        ("id", not veto and not rule.label, "it has no label"),
        ("labels", not veto and bool(rule.labels), "only a veto has labels"),
        (
            "label" if rule.label in unknown else "labels",
            bool(unknown),
            f"the label config has no {', '.join(unknown)} (it has {', '.join(schema.values)})",
        ),
        ("value", veto and rule.value is not None, "a veto's spans have no value"),
        (
            "id",
            not document and sum(ways) != 1,
            "it needs exactly one of lexicon, pattern, tokens, parts",
        ),
        *_mistakes_of_document(rule),
        (
            "id",
            rule.kind in {"compose", "document"} and bool(rule.after or rule.before),
            f"after and before don't go with kind {rule.kind}",
        ),
        (
            "parts",
            bool(rule.between) and rule.kind != "compose",
            "between goes with kind compose only",
        ),
        (
            "kind",
            not veto and not own_way.get(rule.kind),
            f"its kind is {rule.kind}, and that is missing",
        ),
    ]
    return next(((key, what) for key, is_wrong, what in wrong if is_wrong), ("", ""))


def _mistakes_of_document(rule: Rule) -> list[tuple[str, bool, str]]:
    """What kind ``document`` asks for, and what goes with it only."""
    if rule.kind != "document":
        return [("finds", rule.finds is not None, "finds goes with kind document only")]
    finds = rule.finds or ""
    needs_pattern, needs_lexicon = finds in WITH_PATTERN, finds in WITH_LEXICON
    may_have_lexicon = needs_lexicon or finds in {"extended", "repeated"}
    return [
        ("finds", not finds, f"finds is missing; it says how: {', '.join(WAYS)}"),
        ("finds", needs_pattern != bool(rule.pattern), _asks(finds, "pattern", needs_pattern)),
        ("finds", needs_lexicon and not rule.lexicon, _asks(finds, "lexicon", True)),
        (
            "lexicon",
            bool(rule.lexicon) and not may_have_lexicon,
            _asks(finds, "lexicon", False),
        ),
        ("id", bool(rule.tokens or rule.parts), "a document rule has neither tokens nor parts"),
        ("least", rule.least < 1, "least is at least 1"),
        ("min", rule.min < 1, "min is at least 1"),
        ("min", rule.min > rule.max, f"min {rule.min} is more than max {rule.max}"),
        (
            "pattern",
            finds == "defined" and "(?P<span>" not in rule.pattern,
            "what is defined is the group span of the pattern",
        ),
        ("share", not 0 < rule.share <= 1, "share is not between 0 and 1"),
        ("proof", not 0 <= rule.proof <= 1, "proof is not between 0 and 1"),
    ]


def _asks(finds: str, key: str, needed: bool) -> str:
    return f"finds = {finds!r} {'needs' if needed else 'takes no'} {key}"
