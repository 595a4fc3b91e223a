"""Two versions of gold, compared."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tests.test_datasets.strategies import TEXTS, any_spans
from toolkit.datasets.compare import KINDS, changes_of, compare
from toolkit.model import GoldDocument, GoldSpan

TEXT = "湖北省武汉市卫健委主任张建党说"


def gold(*spans: tuple[int, int, str], by: str = "majority", doc_id: str = "d") -> GoldDocument:
    """A document with these spans."""
    made = (GoldSpan(s, e, label, TEXT[s:e], decided_by=by) for s, e, label in spans)
    return GoldDocument(doc_id, TEXT, tuple(made))


def test_each_kind_of_change_is_told_from_the_others() -> None:
    """Same offsets is a relabelling, same label with overlap a move, any overlap both."""
    before = gold((0, 3, "LOC"), (3, 6, "LOC"), (6, 9, "ORG"), (9, 11, "TITLE"))
    after = gold((0, 3, "FAC"), (3, 9, "ORG"), (11, 14, "PERSON"), by="chen")
    found = compare([before], [after])
    assert {
        (c.kind, c.before and c.before.key, c.after and c.after.key) for c in found.changes
    } == {
        ("relabelled", (0, 3, "LOC"), (0, 3, "FAC")),
        ("moved", (6, 9, "ORG"), (3, 9, "ORG")),
        ("removed", (3, 6, "LOC"), None),
        ("removed", (9, 11, "TITLE"), None),
        ("added", None, (11, 14, "PERSON")),
    }
    assert found.by_label["ORG"]["moved"] == 1
    assert found.by_label["TITLE"] == {**dict.fromkeys(KINDS, 0), "removed": 1}
    assert found.by_person["chen"]["added"] == 1
    assert found.by_person["majority"]["removed"] == 2


def test_documents_are_found_in_any_order() -> None:
    """New ones, ones that went, and ones with another text are told by id."""
    old = [gold(doc_id=name) for name in "abcd"]
    new = [gold(doc_id=name) for name in "dxcb"]
    new[3] = GoldDocument("b", "别的")
    found = compare(old, new)
    assert (found.documents, found.same) == (3, 2)
    assert found.documents_added == ("x",)
    assert found.documents_removed == ("a",)
    assert found.texts_changed == ("b",)
    assert found.differs
    assert not compare(old, reversed(old)).differs


@given(st.data())
def test_every_span_that_differs_is_in_one_change(data: st.DataObject) -> None:
    """Taken together the changes are exactly what has to go and what has to come."""
    text = data.draw(TEXTS)
    before, after = (GoldDocument("d", text, data.draw(any_spans(text))) for _ in range(2))
    changes = list(changes_of(before, after))
    old, new = ({span.key for span in one.spans} for one in (before, after))
    assert sorted(c.before.key for c in changes if c.before) == sorted(old - new)
    assert sorted(c.after.key for c in changes if c.after) == sorted(new - old)
    for change in changes:
        for span in (change.before, change.after):
            assert span is None or text[change.text_start :].startswith(change.text)


@given(st.data())
def test_a_comparison_turned_round_tells_the_same(data: st.DataObject) -> None:
    """What was added one way was removed the other way."""
    text = data.draw(TEXTS)
    a, b = (GoldDocument("d", text, data.draw(any_spans(text))) for _ in range(2))
    there, back = compare([a], [b]).by_kind, compare([b], [a]).by_kind
    assert there == {**back, "added": back["removed"], "removed": back["added"]}
