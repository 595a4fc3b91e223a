"""Entities built out of parts."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from toolkit.errors import RuleError
from toolkit.model import Document
from toolkit.rules.engine import Engine
from toolkit.rules.explain import explain
from toolkit.rules.pack import Pack

PACK = """
[lexicons]
place = "place.txt"
kind = "kind.txt"
[[rule]]
id = "loc"
kind = "lexicon"
label = "LOC"
why = "a place"
lexicon = "place"
examples = ["[[甲市]]"]
[[rule]]
id = "org.built"
kind = "compose"
label = "ORG"
score = 0.9
why = "built"
parts = [{parts}]
{more}
examples = ["甲市乙县医院"]
"""


@pytest.mark.parametrize(
    ("parts", "more", "text", "expected"),
    [
        (
            '{ label = "LOC", repeat = "+" }, { lexicon = "kind" }',
            "",
            "在甲市乙县医院里",
            ["甲市乙县医院", "乙县医院"],
        ),
        ('{ label = "LOC", repeat = "+" }, { lexicon = "kind" }', "", "甲市的医院", []),
        (
            '{ label = "LOC" }, { label = "ORG LOC", repeat = "*" }, { lexicon = "kind" }',
            "",
            "甲市乙县医院",
            ["甲市乙县医院", "乙县医院"],
        ),
        (
            '{ label = "LOC" }, { pattern = "[一二三]" , repeat = "?" }, { lexicon = "kind" }',
            "",
            "甲市二医院",
            ["甲市二医院"],
        ),
        ('{ label = "LOC" }, { lexicon = "kind" }', 'between = "·"', "甲市·医院", ["甲市·医院"]),
        ('{ words = ["在"], span = false }, { label = "LOC" }', "", "她在甲市", ["甲市"]),
        ('{ pattern = "新" }, { label = "LOC" }, { tags = "n" }', "", "新甲市医院", ["新甲市医院"]),
        (
            '{ lexicon = "kind" }, { label = "ORG LOC" }',
            "",
            "医院医院甲市",
            ["医院医院甲市", "医院甲市"],
        ),
    ],
)
def test_parts_that_touch_make_one_span(
    load_text: Callable[..., Pack], parts: str, more: str, text: str, expected: list[str]
) -> None:
    """Candidates, terms, patterns and words; compositions within compositions."""
    pack = load_text(
        PACK.replace("{parts}", parts).replace("{more}", more), place="甲市\n乙县", kind="医院"
    )
    found = Engine(pack).candidates(Document("d", text))
    assert [span.text for span in found if span.rule == "org.built"] == expected


def test_explain_names_the_parts(load_text: Callable[..., Pack]) -> None:
    """Each part with its place and the labels of the candidates there."""
    parts = '{ label = "LOC", repeat = "+" }, { lexicon = "kind" }'
    pack = load_text(
        PACK.replace("{parts}", parts).replace("{more}", ""), place="甲市\n乙县", kind="医院"
    )
    (one,) = explain(Engine(pack), Document("d", "甲市乙县医院"))
    assert [(o.text, o.labels) for o in one.origins] == [
        ("甲市", ("LOC",)),
        ("乙县", ("LOC",)),
        ("医院", ()),
    ]


@pytest.mark.parametrize(
    ("parts", "reason"),
    [
        ('{ label = "LOC", repeat = "?" }, { lexicon = "kind" }', "first part"),
        ('{ label = "LOC", lexicon = "kind" }', "exactly one"),
        ('{ label = "NOBODY" }', "NOBODY"),
        ('{ lexicon = "nothing" }', "nothing"),
        ('{ pattern = "(" }', "regular expression"),
        ('{ label = "LOC", span = false }', "no part"),
    ],
)
def test_a_mistake_is_reported(load_text: Callable[..., Pack], parts: str, reason: str) -> None:
    """With the rule's id and what is wrong."""
    text = PACK.replace("{parts}", parts).replace("{more}", "")
    with pytest.raises(RuleError, match=reason):
        load_text(text, place="甲市", kind="医院")


def test_part_at_the_end_of_a_text_ends_there(load_text: Callable[..., Pack]) -> None:
    """A short term at the very end isn't taken for a long one."""
    rules = PACK.replace("{parts}", '{ label = "LOC" }, { lexicon = "kind" }').replace("{more}", "")
    pack = load_text(rules, place="甲市", kind="队\n联队\n青年联队")
    spans = Engine(pack).suggest(Document("d", "甲市队")).spans
    assert [(span.start, span.end) for span in spans] == [(0, 3)]
