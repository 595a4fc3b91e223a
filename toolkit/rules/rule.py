"""One rule of a pack as it is written, and what it may not say."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from toolkit.rules.sequence import Step
from toolkit.schema import LabelSchema

Kind = Literal["lexicon", "pattern", "tokens", "veto"]


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
    after: tuple[str, ...] = ()
    before: tuple[str, ...] = ()
    everywhere: bool = False
    labels: tuple[str, ...] = ()
    covers: Literal["inside", "equal", "overlap"] = "inside"


def mistake(rule: Rule, schema: LabelSchema) -> tuple[str, str]:
    """The first thing that is wrong with a rule: the key it is about, and what; or nothing."""
    veto = rule.kind == "veto"
    ways = [bool(rule.lexicon), bool(rule.pattern), bool(rule.tokens)]
    own_way = {"lexicon": rule.lexicon, "pattern": rule.pattern, "tokens": rule.tokens}
    unknown = [
        label
        for label in (rule.label, *rule.labels, *rule.after, *rule.before)
        if label and label not in schema
    ]
    wrong = [
        ("id", not rule.id.strip(), "its id is empty"),
        ("why", not rule.why.strip() or "\n" in rule.why, "why is not one line"),
        ("score", not 0 < rule.score <= 1, f"score {rule.score} is not between 0 and 1"),
        ("id", not rule.examples, "it has no example"),
        (
            "everywhere",
            rule.everywhere and bool(veto or rule.after or rule.before),
            "everywhere goes with neither a veto nor after and before",
        ),
        ("label", veto and bool(rule.label), "a veto has labels, not a label"),
        ("id", not veto and not rule.label, "it has no label"),
        ("labels", not veto and bool(rule.labels), "only a veto has labels"),
        (
            "label" if rule.label in unknown else "labels",
            bool(unknown),
            f"the label config has no {', '.join(unknown)} (it has {', '.join(schema.values)})",
        ),
        ("id", sum(ways) != 1, "it needs exactly one of lexicon, pattern, tokens"),
        (
            "kind",
            not veto and not own_way.get(rule.kind),
            f"its kind is {rule.kind}, and that is missing",
        ),
    ]
    return next(((key, what) for key, is_wrong, what in wrong if is_wrong), ("", ""))
