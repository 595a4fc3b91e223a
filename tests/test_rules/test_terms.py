"""What a term of a lexicon says for itself: canonical form, label, boundary; and what nests."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from toolkit.errors import RuleError
from toolkit.model import Document
from toolkit.rules.check import check_pack
from toolkit.rules.engine import Engine
from toolkit.rules.pack import Pack

NAMES = """
[lexicons]
names = "names.txt"
[[rule]]
id = "loc.names"
kind = "lexicon"
label = "LOC"
score = 0.9
why = "names of ours"
lexicon = "names"
examples = ["在[[云川]]"]
"""
HEAD = '[pack]\nname = "ours"\nversion = "1"\n'


def found(pack: Pack, text: str) -> list[tuple[str, str, str]]:
    """Text, label and value of what is suggested."""
    spans = Engine(pack).suggest(Document("d", text)).spans
    return [(span.text or "", span.label, span.value) for span in spans]


def test_term_has_its_own_label_value_and_boundary(load_text: Callable[..., Pack]) -> None:
    """A column that is left empty leaves it to the rule; a value is the canonical form."""
    pack = load_text(
        NAMES, names="云川\n云科\t云川科技股份有限公司\tORG\n青石\t青石市\n大会\t\tEVENT\twords\n"
    )
    assert found(pack, "云科在青石和云川,大会和大会堂") == [
        ("云科", "ORG", "云川科技股份有限公司"),
        ("青石", "LOC", "青石市"),
        ("云川", "LOC", ""),
        ("大会", "EVENT", ""),
    ]
    assert check_pack(pack) == []
    assert not [warning for warning in pack.warnings if "has ORG" in warning]


def test_example_may_mark_a_term_with_its_own_label(load_text: Callable[..., Pack]) -> None:
    """The rule's examples are those of all of its terms."""
    rules = NAMES.replace('"在[[云川]]"', '"在[[云川]]的[[云科]]"')
    assert check_pack(load_text(rules, names="云川\n云科\t\tORG\n")) == []


def test_canonical_form_is_found_for_full_width_and_traditional_text(
    load_text: Callable[..., Pack],
) -> None:
    """The form belongs to what the rule sees, however the text writes it."""
    pack = load_text(NAMES, names="云川\nGD电厂\t云川广电厂\n")
    assert found(pack, "ＧＤ電廠") == [("ＧＤ電廠", "LOC", "云川广电厂")]


@pytest.mark.parametrize(
    ("names", "reason"),
    [
        ("云川\n云科\t\tFIRM\n", r"names\.txt, line 2: .*云科.*no FIRM"),
        ("云川\n云科\tORG\n", r"names\.txt, line 2: .*云科.*ORG is a label"),
        ("云川\n云科\t\tORG\tword\n", r"names\.txt, line 2: .*'word' is no boundary"),
        ("云川\n云科\t\tORG\twords\tx\n", r"names\.txt, line 2: .*four columns"),
        ("云科\n云川\n云科\t\tORG\n", r"names\.txt, line 3: .*line 1"),
    ],
)
def test_mistake_in_a_column_is_refused_with_its_line(
    load_text: Callable[..., Pack], names: str, reason: str
) -> None:
    """File, line and term are named."""
    with pytest.raises(RuleError, match=reason):
        load_text(NAMES, names=names)


ORGANISATION = """
[[rule]]
id = "org.bureau"
kind = "pattern"
label = "ORG"
score = 0.9
why = "a bureau"
pattern = "..公安局"
examples = ["[[云川公安局]]通报"]
"""


def test_label_that_nests_stays_within_the_winner(load_text: Callable[..., Pack]) -> None:
    """云川 stays beside 云川公安局 if the pack says that places nest, and only then."""
    text = "云川公安局在云川"
    nesting = load_text(NAMES + ORGANISATION, names="云川", head=HEAD + 'nests = ["LOC"]\n')
    assert found(nesting, text) == [
        ("云川公安局", "ORG", ""),
        ("云川", "LOC", ""),
        ("云川", "LOC", ""),
    ]
    assert check_pack(nesting) == []
    flat = load_text(NAMES + ORGANISATION, names="云川")
    assert found(flat, text) == [("云川公安局", "ORG", ""), ("云川", "LOC", "")]


def test_nesting_label_that_is_none_is_refused(load_text: Callable[..., Pack]) -> None:
    """The line of ``nests`` is named."""
    with pytest.raises(RuleError, match=r"pack\.toml, line 4: nests: .*no PLACE"):
        load_text(NAMES, names="云川", head=HEAD + 'nests = ["PLACE"]\n')
