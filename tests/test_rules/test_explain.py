"""Why a span was proposed."""

from __future__ import annotations

from toolkit.model import Document
from toolkit.rules.engine import Engine
from toolkit.rules.explain import explain
from toolkit.rules.pack import Pack


def test_each_span_names_its_rule_its_words_and_what_it_beat(shipped: Pack) -> None:
    """An organisation that begins with a place beat the place; offsets are the document's."""
    text = "记者在河北省卫生健康委采访。"
    found = {one.span.text: one for one in explain(Engine(shipped), Document("d", text))}
    one = found["河北省卫生健康委"]
    assert one.why == next(rule.why for rule in shipped.rules if rule.id == one.span.rule)
    assert "".join(word.text for word in one.words) == "河北省卫生健康委"
    beaten = {(span.text, span.label) for span in one.beaten}
    assert ("河北省", "LOC") in beaten
    assert all(span.key == one.span.key for span in one.agreed)


def test_a_text_without_spans_has_nothing_to_explain(shipped: Pack) -> None:
    """No span, no explanation."""
    assert explain(Engine(shipped), Document("d", "好的。")) == []
