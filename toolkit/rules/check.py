"""The examples and counter-examples of a pack's rules, run as tests.

``[[`` and ``]]`` mark a span in an example: ``"在[[武汉]]发生"``. What a rule must give in
its example are exactly the marked spans; in a counter-example, where nothing is marked,
it must give none. Vetoes of the pack hold, other rules don't compete. Then the marked
spans of an example must also survive the competition with the pack's other rules.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from toolkit.errors import RuleError
from toolkit.model import Document, Span
from toolkit.rules.engine import Engine
from toolkit.rules.pack import Pack
from toolkit.rules.rule import Rule

OPEN, CLOSE = "[[", "]]"

Found = tuple[tuple[int, int, str], ...]
"""Spans as ``(start, end, text)`` in the example without its marks."""


class Failure(Struct, frozen=True):
    """An example that does not hold.

    ``missed``: the rule does not give a marked span; ``extra``: it gives one that isn't
    marked; ``outvoted``: it gives the span, and other rules of the pack beat it.
    """

    rule: str
    example: str
    expected: Found
    found: Found
    kind: Literal["missed", "extra", "outvoted"]
    where: str = ""
    """The file and the line of the example."""

    @property
    def what(self) -> str:
        """What doesn't hold, in words."""
        found = _named(self.found) or "nothing"
        missing = _named(tuple(one for one in self.expected if one not in self.found))
        extra = _named(tuple(one for one in self.found if one not in self.expected))
        if self.kind == "extra":
            return f"it finds {extra}, which isn't marked"
        if self.kind == "missed":
            return f"it doesn't find {missing}; it finds {found}"
        return f"it finds {missing}, and other rules win: {found}"


def check_pack(pack: Pack) -> list[Failure]:
    """Run every example and counter-example of every rule; no failure means all hold.

    Raises:
        RuleError: an example's marks don't pair, or mark nothing; a counter-example has marks.
    """
    engine = Engine(pack)
    failures: list[Failure] = []
    for rule in pack.rules:
        for key, examples in (
            ("examples", rule.examples),
            ("counter_examples", rule.counter_examples),
        ):
            for example in examples:
                where = pack.where(rule.id, key, example)
                _check_marks(rule, key, example, where)
                failures += [replace(f, where=where) for f in _check(engine, rule, example)]
    return failures


def _check_marks(rule: Rule, key: str, example: str, where: str) -> None:
    """Refuse marks that say nothing."""
    said = f"{where}: rule {rule.id}: example {example!r}"
    try:
        text, marked = unmarked(example)
    except ValueError as error:
        raise RuleError(f"{said}: {error}", "Mark a span as [[武汉]].") from None
    if any(not text[start:end].strip() for start, end in marked):
        raise RuleError(f"{said}: nothing stands between [[ and ]]", "Mark a span as [[武汉]].")
    if marked and key == "counter_examples":
        raise RuleError(
            f"{said}: in a counter-example nothing is marked",
            "Leave the marks out, or move it to examples.",
        )


def unmarked(example: str) -> tuple[str, tuple[tuple[int, int], ...]]:
    """The text of an example without its marks, and the offsets of the marked spans.

    Raises:
        ValueError: a mark has no partner.
    """
    text, spans = "", []
    first, *rest = example.split(OPEN)
    if CLOSE in first:
        raise ValueError(f"{CLOSE} without {OPEN}")
    text = first
    for part in rest:
        inside, close, after = part.partition(CLOSE)
        if not close or CLOSE in after:
            raise ValueError(f"{OPEN} and {CLOSE} don't pair")
        spans.append((len(text), len(text) + len(inside)))
        text += inside + after
    return text, tuple(spans)


def _check(engine: Engine, rule: Rule, example: str) -> Iterable[Failure]:
    text, marked = unmarked(example)
    expected = tuple((start, end, text[start:end]) for start, end in marked)
    alone = engine.alone(rule, text)
    found = _found(alone)
    if set(expected) - set(found):
        yield Failure(rule.id, example, expected, found, "missed")
    elif set(found) - set(expected):
        yield Failure(rule.id, example, expected, found, "extra")
    elif rule.kind != "veto":
        spans = engine.suggest(Document("example", text)).spans
        keys = {span.key for span in alone}
        survived = _found(span for span in spans if span.key in keys)
        if set(expected) - set(survived):
            yield Failure(rule.id, example, expected, _found(spans), "outvoted")


def _found(spans: Iterable[Span]) -> Found:
    return tuple((span.start, span.end, span.text or "") for span in spans)


def _named(spans: Found) -> str:
    return ", ".join(f"{text} ({start}-{end})" for start, end, text in spans)
