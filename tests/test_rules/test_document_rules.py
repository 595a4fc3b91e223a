"""What one place of a document proves, at its other places."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from toolkit.errors import RuleError
from toolkit.model import Document
from toolkit.rules.engine import Engine
from toolkit.rules.explain import explain
from toolkit.rules.pack import Pack

ROSTER = """
示范区疫情防控简报
示范区党工委书记严立超、管委会主任章建党前往高速出口督导。在高铁站,章建党实地查看。
严立超章建党元宵节慰问一线人员。每到一处,严立超叮嘱大家注意休息,严立超对大家说,疫情发生以来辛苦了。
章建党带队督导。副主任章站国、汪永会陪同。章站国说,要严防死守;汪永会要求从严从实。
"""


def people(engine: Engine, text: str) -> list[str]:
    """The persons that are suggested, in order."""
    spans = engine.suggest(Document("d", text)).spans
    return [span.text or "" for span in spans if span.label == "PERSON"]


def test_names_that_are_cut_by_the_tagger_are_whole_everywhere(engine: Engine) -> None:
    """Every mention of each name, also where two names run together in a headline."""
    found = people(engine, ROSTER)
    for name in ("严立超", "章建党", "章站国", "汪永会"):
        assert found.count(name) == ROSTER.count(name)
    assert set(found) == {"严立超", "章建党", "章站国", "汪永会"}


def rule(finds: str, label: str = "PERSON", more: str = "") -> str:
    """A document rule, beside a lexicon rule of the same label."""
    return f"""
[lexicons]
known = "known.txt"
ending = "ending.txt"
[[rule]]
id = "known"
kind = "lexicon"
label = "{label}"
score = 0.9
why = "known"
lexicon = "known"
examples = ["[[X]]"]
[[rule]]
id = "proved"
kind = "document"
label = "{label}"
score = 0.8
why = "proved elsewhere"
finds = "{finds}"
{more}
examples = ["X"]
"""


@pytest.mark.parametrize(
    ("finds", "more", "known", "shown"),
    [
        ("extended", "", "李明", ("李明超来。李明超走。", ["李明超", "李明超"])),
        ("extended", "", "李明", ("李明超来。李明走。", [])),
        ("extended", 'lexicon = "ending"', "李明", ("李明超来。李明超走。", [])),
        ("repeated", 'pattern = "主任(?P<span>..)国"', "X", ("主任李明国。李明国。", [])),
        (
            "repeated",
            'pattern = "主任(?P<span>...)"',
            "X",
            ("主任李明国。李明国。", ["李明国", "李明国"]),
        ),
        ("repeated", 'pattern = "主任(?P<span>...)"', "X", ("主任李明国。李明。李明。", [])),
        ("beginning", 'pattern = "(?P<span>.)主任"', "李明国", ("李主任和王主任。李明国", ["李"])),
        ("end", 'pattern = "(?P<span>..)同志"', "李明国", ("明国同志和建党同志。李明国", ["明国"])),
        (
            "defined",
            'pattern = "[(]简称(?P<span>[^)]+)[)]"',
            "甲乙",
            ("甲乙(简称丙丁)。丙丁", ["丙丁", "丙丁"]),
        ),
        ("defined", 'pattern = "[(]简称(?P<span>[^)]+)[)]"', "甲乙", ("戊己(简称丙丁)。丙丁", [])),
        ("shortened", 'lexicon = "ending"\nleast = 1', "云川超市", ("云川超市。云川的", ["云川"])),
        ("shortened", 'lexicon = "ending"\nleast = 3', "云川超市", ("云川超市。云川的", [])),
        (
            "abbreviated",
            'lexicon = "ending"\nleast = 1',
            "云川大学",
            ("云川大学。云大的", ["云大"]),
        ),
        ("again", "proof = 0.9", "甲乙", ("甲乙。甲乙。", ["甲乙"])),
        ("again", "proof = 0.95", "甲乙", ("甲乙。甲乙。", [])),
    ],
)
def test_each_way_to_prove(
    load_text: Callable[..., Pack], finds: str, more: str, known: str, shown: tuple[str, list[str]]
) -> None:
    """What each way finds, and what it leaves alone."""
    text, expected = shown
    pack = load_text(rule(finds, more=more), known=known, ending="超市\n超\n大学\t大\n")
    found = Engine(pack).candidates(Document("d", text))
    assert [span.text for span in found if span.rule == "proved"] == expected


def test_explain_says_where_the_proof_stands(load_text: Callable[..., Pack]) -> None:
    """The place that proves a span is among its explanation."""
    pack = load_text(rule("extended"), known="李明", ending="超市")
    one = explain(Engine(pack), Document("d", "李明超来。李明超走。"))[1]
    assert [(o.start, o.end, o.text, o.labels) for o in one.origins] == [
        (0, 2, "李明", ("PERSON",))
    ]


@pytest.mark.parametrize(
    ("finds", "more", "reason"),
    [
        ("guessed", "", "guessed"),
        ("beginning", "", "needs pattern"),
        ("again", 'pattern = "X"', "takes no pattern"),
        ("shortened", "", "needs lexicon"),
        ("again", "least = 0", "at least 1"),
        ("extended", "share = 1.5", "share"),
        ("defined", 'pattern = "X"', "group span"),
        ("extended", "everywhere = true", "everywhere"),
    ],
)
def test_a_mistake_is_reported(
    load_text: Callable[..., Pack], finds: str, more: str, reason: str
) -> None:
    """With the rule's id and what is wrong."""
    with pytest.raises(RuleError, match=reason) as error:
        load_text(rule(finds, more=more), known="X", ending="超")
    assert "rule proved" in str(error.value) or "rule proved" in error.value.what
