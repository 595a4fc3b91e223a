"""The packs that go on top of the shipped one, and what its lexicons may hold."""

from __future__ import annotations

from pathlib import Path

import pytest

from toolkit import resources
from toolkit.model import Document
from toolkit.rules.check import unmarked
from toolkit.rules.engine import Engine
from toolkit.rules.pack import load_packs
from toolkit.schema import LabelSchema

LEXICONS = resources.rule_packs() / "epidemic_news" / "lexicons"


@pytest.mark.parametrize(
    ("profile", "expected"),
    [("relative_times", ["目前", "昨天"]), ("relative_days", ["昨天"])],
)
def test_profile_says_what_a_time_is(
    profile: str, expected: list[str], schema: LabelSchema
) -> None:
    """On top of the shipped pack a profile's examples hold, and the two differ in 目前."""
    pack = load_packs(["epidemic_news", profile], Path(), schema)
    engine = Engine(pack)

    def times(text: str) -> list[str]:
        spans = engine.suggest(Document("d", text)).spans
        return [text[span.start : span.end] for span in spans if span.label == "TIME"]

    assert times("目前情况稳定,昨天出院。") == expected
    for rule in pack.rules:
        if rule.id in ("time.relative", "time.relative_day", "time.around"):
            for example in rule.examples:
                text, marked = unmarked(example)
                assert times(text) == [text[start:end] for start, end in marked]


@pytest.mark.parametrize("path", sorted(LEXICONS.glob("*.txt")), ids=lambda path: path.stem)
def test_no_lexicon_holds_a_term_twice(path: Path) -> None:
    """A term stands once in a lexicon, so that striking its line removes it."""
    lines = path.read_text(encoding="utf-8").splitlines()
    terms = [line.split("\t")[0] for line in lines if line and not line.startswith("#")]
    assert len(terms) == len(set(terms))
