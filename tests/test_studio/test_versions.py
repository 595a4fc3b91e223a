"""Tests of toolkit.studio.versions; no server."""

from __future__ import annotations

from typing import Any

from tests.test_studio.sync_samples import cut, documents
from toolkit.model import Passage
from toolkit.schema import LabelSchema
from toolkit.settings import replace
from toolkit.studio.names import key
from toolkit.studio.tasks import to_task
from toolkit.studio.versions import Texts, earlier_version

OLD = next(iter(documents(1).values()))
NEW = replace(OLD, text=f"新{OLD.text}")


def _tasks(schema: LabelSchema, passages: list[Passage]) -> list[dict[str, Any]]:
    return [{"id": 1, **to_task(passage, None, schema, OLD)} for passage in passages]


def test_an_earlier_text_is_put_together_from_its_tasks(schema: LabelSchema) -> None:
    """In any order, and with some of them twice."""
    tasks = _tasks(schema, cut(OLD))
    kept = earlier_version(NEW, [*reversed(tasks), tasks[0]], schema)
    assert (kept.text, kept.damaged, kept.meta["version_of"]) == (OLD.text, (), OLD.id)
    assert kept.id.rpartition("@")[0] == OLD.id


def test_what_no_task_holds_is_marked_as_lost(schema: LabelSchema) -> None:
    """Offsets stay; nobody takes the gap for text."""
    first, second, *others = cut(OLD)
    kept = earlier_version(NEW, _tasks(schema, [first, *others]), schema)
    assert kept.damaged == ((second.start, second.end),)
    assert len(kept.text) == len(OLD.text)
    assert kept.text[second.start : second.end] == "\ufffd" * len(second.text)
    assert kept.text[others[0].start :] == OLD.text[others[0].start :]


def test_a_task_is_shown_to_belong_to_the_text_it_has(schema: LabelSchema) -> None:
    """The present text, an earlier one that was kept, or none that we have."""
    tasks = _tasks(schema, cut(OLD))
    kept = earlier_version(NEW, tasks, schema)
    texts = Texts({NEW.id: NEW, kept.id: kept})
    assert texts.of_task(tasks[1]) == kept
    assert texts.of_key(key(cut(NEW)[0])) == NEW
    assert Texts({NEW.id: NEW}).of_key(key(cut(OLD)[1])) is None
    assert Texts({NEW.id: NEW}).of_task(tasks[1]) == NEW
