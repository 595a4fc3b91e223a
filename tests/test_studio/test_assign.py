"""Tests of toolkit.studio.assign."""

from __future__ import annotations

import pytest

from toolkit.errors import UsageError
from toolkit.model import Passage
from toolkit.studio.assign import assign


def test_everyone_gets_everything_in_document_order() -> None:
    """Documents keep their order, passages are sorted within them, lists aren't shared."""
    given = [Passage("b", 5, 9, "…"), Passage("a", 0, 3, "…"), Passage("b", 0, 5, "…")]
    assigned = assign(given, ["anna", "bo"])
    assert list(assigned) == ["anna", "bo"]
    for passages in assigned.values():
        assert [(p.doc_id, p.start) for p in passages] == [("b", 0), ("b", 5), ("a", 0)]
    assert assigned["anna"] is not assigned["bo"]


def test_nobody_is_an_error() -> None:
    """Without annotators there is nothing to assign to."""
    with pytest.raises(UsageError, match=r"\[annotators\]"):
        assign([Passage("a", 0, 3, "…")], [])
