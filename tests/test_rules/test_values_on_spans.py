"""The normal values of spans."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from toolkit.errors import RuleError
from toolkit.model import Document
from toolkit.rules.engine import Engine
from toolkit.rules.pack import Pack

DAY = """
[[rule]]
id = "time.day"
kind = "pattern"
label = "TIME"
value = "time"
why = "a day"
pattern = "[0-9]+月[0-9]+日"
examples = ["[[1月31日]]"]
"""


@pytest.mark.parametrize(
    ("meta", "value", "flags"),
    [
        ({"date": "2020-02-03"}, "2020-01-31", ("inferred",)),
        ({"date": "2020-02-03T09:12:00+08:00"}, "2020-01-31", ("inferred",)),
        ({"date": "yesterday"}, "XXXX-01-31", ()),
        ({}, "XXXX-01-31", ()),
    ],
)
def test_a_date_gets_its_year_from_the_document(
    load_text: Callable[..., Pack], meta: dict[str, str], value: str, flags: tuple[str, ...]
) -> None:
    """The document's date is used where it is ISO 8601, and ignored where it isn't."""
    engine = Engine(load_text(DAY))
    (span,) = engine.suggest(Document("d", "于1月31日出院", meta)).spans
    assert (span.text, span.value, span.flags) == ("1月31日", value, flags)


def test_the_shipped_pack_gives_values(engine: Engine) -> None:
    """Times, amounts and numbers of the shipped pack have their normal values."""
    text = "截至1月31日24时,投入1.72亿元,隔离房间2.6万间。"
    values = {span.text: span.value for span in engine.suggest(Document("d", text)).spans}
    assert values["1.72亿元"] == "172000000 CNY"
    assert values["2.6万间"] == "26000 间"
    assert values["1月31日24时"] == "XXXX-01-31T24:00"


def test_a_veto_has_no_value(load_text: Callable[..., Pack]) -> None:
    """What is struck has nothing to normalise."""
    veto = DAY.replace('"pattern"', '"veto"', 1).replace('label = "TIME"\n', "")
    with pytest.raises(RuleError, match="no value"):
        load_text(veto)
