"""What a change of labels means for a config, for spans and for regions."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from toolkit import resources
from toolkit.errors import UsageError
from toolkit.model import Span
from toolkit.relabelling import (
    LabelChange,
    changed_config,
    changed_names,
    changed_result,
    changed_spans,
    checked,
)
from toolkit.schema import parse_schema

XML = (resources.label_configs() / "epidemic_news.xml").read_text("utf-8")
SCHEMA = parse_schema(XML)

RENAME = LabelChange(("LOC",), ("PLACE",))
MERGE = LabelChange(("LOC", "FAC"), ("LOC",))
SPLIT = LabelChange(("LOC",), ("LOC", "GPE"), {"GPE": ".*[省市县]"})


def test_a_rename_keeps_place_colour_and_key_of_the_label() -> None:
    """Only the name changes, on the button too; every other line stays as it is written."""
    after = changed_config(XML, RENAME)
    was, now = SCHEMA.label("LOC"), parse_schema(after).label("PLACE")
    assert (now.name, now.hint, now.color, now.hotkey) == (was.name, was.hint, was.color, "4")
    assert parse_schema(after).values.index("PLACE") == SCHEMA.values.index("LOC")
    differing = [
        (a, b) for a, b in zip(XML.splitlines(), after.splitlines(), strict=True) if a != b
    ]
    assert len(differing) == 1
    assert changed_config(after, LabelChange(("PLACE",), ("LOC",))) == XML


def test_a_merge_takes_the_others_out() -> None:
    """The label that stays is untouched, whether it is one of them or new."""
    assert parse_schema(changed_config(XML, MERGE)).values == tuple(
        value for value in SCHEMA.values if value != "FAC"
    )
    new = parse_schema(changed_config(XML, LabelChange(("LOC", "FAC"), ("PLACE",))))
    assert "PLACE" in new
    assert not {"LOC", "FAC"} & {*new.values}
    assert len(new.values) == len(SCHEMA.values) - 1


def test_a_split_adds_labels_with_colours_and_keys_of_their_own() -> None:
    """New labels stand behind the old one and look like no other."""
    after = parse_schema(changed_config(XML, LabelChange(("LOC",), ("LOC", "GPE", "SEA"))))
    place = after.values.index("LOC")
    assert after.values[place : place + 3] == ("LOC", "GPE", "SEA")
    assert len({label.color for label in after.labels}) == len(after.labels)
    assert len({label.hotkey for label in after.labels}) == len(after.labels)
    assert not after.lookalikes()


@pytest.mark.parametrize("change", [RENAME, MERGE, SPLIT, LabelChange(("LOC", "FAC"), ("P",))])
def test_in_between_old_and_new_labels_stand_side_by_side(change: LabelChange) -> None:
    """The config of the time in between has all of them, and becomes the same in the end."""
    union = changed_config(XML, change, keep_old=True)
    assert {*SCHEMA.values, *change.new} == {*parse_schema(union).values}
    final = changed_config(union, change)
    assert {*parse_schema(final).values} == {*parse_schema(changed_config(XML, change)).values}
    assert changed_config(final, change) == final or change.kind == "split"


def test_spans_follow_their_text_in_a_split_and_become_one_in_a_merge() -> None:
    """A pattern has to match the whole text; equal spans count once."""
    spans = [Span(0, 3, "LOC", "武汉市"), Span(4, 6, "LOC", "长江"), Span(4, 6, "FAC", "长江")]
    assert [s.label for s in changed_spans(spans, SPLIT)] == ["GPE", "FAC", "LOC"]
    assert [s.key for s in changed_spans(spans, MERGE)] == [(0, 3, "LOC"), (4, 6, "LOC")]


def test_a_region_keeps_all_but_its_label() -> None:
    """Id, origin, score and meta stay; relations and other tags aren't touched."""
    value = {"start": 0, "end": 3, "text": "武汉市", "labels": ["LOC"]}
    region = {
        "id": "s1",
        "from_name": "label",
        "type": "labels",
        "origin": "prediction-changed",
        "value": value,
        "meta": {"rule": "loc"},
    }
    other = {"type": "relation", "from_id": "s1", "to_id": "s2"}
    changed, count = changed_result([region, other], SPLIT, "武汉市的", "label")
    assert count == 1
    assert changed[0] == {**region, "value": {**value, "labels": ["GPE"]}}
    assert changed[1] == other


def test_pack_labels_follow_from_change_to_change() -> None:
    """A label that was renamed twice goes straight from the pack's name to the last one."""
    once = changed_names({}, RENAME)
    twice = changed_names(once, LabelChange(("PLACE",), ("地名",)))
    assert once == {"LOC": "PLACE"}
    assert twice == {"LOC": "地名", "PLACE": "地名"}
    assert changed_names(once, LabelChange(("PLACE",), ("LOC",))) == {"PLACE": "LOC"}


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (LabelChange(("NOPE",), ("X",)), "no label 'NOPE'"),
        (LabelChange(("LOC",), ("FAC",)), "has 'FAC' already"),
        (LabelChange(("LOC",), ("LOC",)), "changes nothing"),
        (LabelChange(("LOC",), ("a b",)), "can't be a label"),
        (LabelChange(("LOC",), ("A", "B"), {"C": "x"}), "none of the new labels"),
        (LabelChange(("LOC",), ("A", "B"), {"A": "("}), "no regular expression"),
        (LabelChange(("LOC", "LOC"), ("A",)), "named twice"),
    ],
)
def test_a_change_that_cannot_be_is_refused(change: LabelChange, says: str) -> None:
    """The error says what is wrong before anything is touched."""
    with pytest.raises(UsageError, match=says):
        checked(change, SCHEMA)


def test_a_split_may_keep_the_label() -> None:
    """LOC stays for what the new label doesn't take, the first time and when it is finished."""
    assert checked(SPLIT, SCHEMA) == SPLIT
    assert checked(SPLIT, parse_schema(changed_config(XML, SPLIT))) == SPLIT


def test_a_change_that_was_made_may_be_finished() -> None:
    """What was renamed before may be renamed again, for what still has the old label."""
    after = parse_schema(changed_config(XML, RENAME))
    assert checked(RENAME, after) == RENAME


@given(st.lists(st.sampled_from(SCHEMA.values), min_size=1, max_size=4, unique=True), st.data())
def test_any_merge_leaves_a_config_that_works(labels: list[str], data: st.DataObject) -> None:
    """Whatever is merged into whatever, the other labels stay as they were."""
    into = data.draw(st.sampled_from([*labels, "NEW"]))
    change = LabelChange(tuple(labels), (into,))
    if change.old == change.new:
        return
    after = parse_schema(changed_config(XML, change))
    assert {*after.values} == ({*SCHEMA.values} - {*labels}) | {into}
    untouched = [value for value in SCHEMA.values if value not in labels]
    assert [after.label(v) for v in untouched] == [SCHEMA.label(v) for v in untouched]
