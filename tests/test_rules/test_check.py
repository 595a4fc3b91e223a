"""The examples of packs as tests."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from msgspec.structs import replace

from toolkit.errors import RuleError
from toolkit.rules.check import Failure, check_pack, unmarked
from toolkit.rules.pack import Pack

PLACE = """
[[rule]]
id = "loc.wuhan"
kind = "pattern"
label = "LOC"
score = 0.9
why = "Wuhan"
pattern = "武汉(?!大学)|京"
"""


def test_shipped_pack_holds(shipped: Pack) -> None:
    """Every example and counter-example of the pack that we ship."""
    assert check_pack(shipped) == []


def test_shipped_pack_proposes_every_label(shipped: Pack) -> None:
    """No label of the schema is without a rule, and no rule is slow."""
    assert shipped.warnings == ()


def test_missed_and_extra_spans_are_reported(load_text: Callable[..., Pack]) -> None:
    """A mark that the rule does not find, and a find that is not marked."""
    pack = load_text(PLACE + 'examples = ["在[[武汉]]", "[[北京]]"]\ncounter_examples = ["东京"]')
    missed, extra = check_pack(pack)
    assert replace(missed, where="") == Failure(
        "loc.wuhan", "[[北京]]", ((0, 2, "北京"),), ((1, 2, "京"),), "missed"
    )
    assert replace(extra, where="") == Failure("loc.wuhan", "东京", (), ((1, 2, "京"),), "extra")
    assert (missed.where[-18:], extra.where[-18:]) == ("pack.toml, line 12", "pack.toml, line 13")
    assert missed.what == "it doesn't find 北京 (0-2); it finds 京 (1-2)"
    assert extra.what == "it finds 京 (1-2), which isn't marked"


def test_span_that_other_rules_beat_is_reported(load_text: Callable[..., Pack]) -> None:
    """A rule that holds alone and loses in the pack."""
    other = PLACE.replace("loc.wuhan", "org.all").replace("LOC", "ORG")
    other = other.replace("武汉(?!大学)|京", "在武汉开") + 'examples = ["[[在武汉开]]会"]'
    pack = load_text(PLACE + 'examples = ["在[[武汉]]开会"]\n' + other)
    assert [(failure.rule, failure.kind) for failure in check_pack(pack)] == [
        ("loc.wuhan", "outvoted")
    ]


def test_marks_give_text_and_offsets() -> None:
    """[[ and ]] are taken out, and the offsets count without them."""
    assert unmarked("在[[武汉]]和[[黄冈]]") == ("在武汉和黄冈", ((1, 3), (4, 6)))
    assert unmarked("没有[标记]") == ("没有[标记]", ())


@pytest.mark.parametrize("example", ["在[[武汉", "在武汉]]", "[[武[[汉]]"])
def test_marks_that_do_not_pair_are_an_error(load_text: Callable[..., Pack], example: str) -> None:
    """The error names the rule and the example."""
    pack = load_text(PLACE + f'examples = ["{example}"]')
    with pytest.raises(RuleError, match=r"loc\.wuhan"):
        check_pack(pack)


@pytest.mark.parametrize(
    ("examples", "reason"),
    [
        ('examples = ["[[]]武汉"]', "line 12: rule loc.wuhan: .*nothing stands between"),
        ('examples = ["[[武汉"]', "line 12: rule loc.wuhan: .*don't pair"),
        (
            'examples = ["[[武汉]]"]\ncounter_examples = ["[[东京]]"]',
            "line 13: rule loc.wuhan: .*nothing is marked",
        ),
    ],
)
def test_marks_that_say_nothing_are_refused_with_their_line(
    load_text: Callable[..., Pack], examples: str, reason: str
) -> None:
    """File, line and rule are named."""
    with pytest.raises(RuleError, match=reason):
        check_pack(load_text(PLACE + examples))
