"""Tests of toolkit.studio.label_config."""

from __future__ import annotations

import pytest

from toolkit.errors import SchemaError
from toolkit.schema import LabelSchema
from toolkit.studio.answers import ServerProject
from toolkit.studio.label_config import check_config, config_differences

MOOD = '<Choices name="mood" toName="text"><Choice value="calm"/></Choices></View>'


def _project(config: str) -> ServerProject:
    made = "2026-01-01T00:00:00Z"
    return ServerProject(
        7, made, "t", "", config, "", 1, tasks=0, labelled=0, submitted=0, skipped=0
    )


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('"PERSON"', '"HUMAN"', "lacks PERSON; has HUMAN that ours lacks"),
        ('name="label"', 'name="tag"', "has <Labels name> 'tag' and not 'label'"),
        ('value="$text"', 'value="$body"', "has task field 'body' and not 'text'"),
        ("<Labels", "<Gone", "can't be used: needs exactly one <Labels"),
        ("</View>", "", "can't be used: not well-formed XML"),
    ],
)
def test_other_labels_or_names_block(old: str, new: str, said: str, schema: LabelSchema) -> None:
    """The difference is in the message, with the project's number, and by hand to be mended."""
    xml = schema.xml.replace(old, new).replace(
        "</Labels>", "</Gone>" if "Gone" in new else "</Labels>"
    )
    with pytest.raises(SchemaError, match="project 7") as caught:
        check_config(_project(xml), schema)
    assert said in str(caught.value)
    found = config_differences(xml, schema)
    assert any(one.blocks for one in found)
    assert {one.remedy for one in found} == {"hand"}


def test_our_own_config_has_no_difference(schema: LabelSchema) -> None:
    """However it is indented."""
    assert config_differences(schema.xml, schema) == []
    assert config_differences(schema.xml.replace("\n", "\n    "), schema) == []


@pytest.mark.parametrize("look", ["color", "hint", "hotkey", "name"])
def test_other_looks_are_told_and_block_nothing(look: str, schema: LabelSchema) -> None:
    """Colour, hint, key and name of a label may differ, and can be set as ours."""
    first = schema.labels[0]
    ours = str(getattr(first, look))
    attribute = {"color": "background", "name": "html"}.get(look, look)
    start = schema.xml.index(f'{attribute}="', schema.xml.index("<Label "))
    xml = schema.xml[:start] + schema.xml[start:].replace(ours, "z", 1)
    check_config(_project(xml), schema)
    (found,) = config_differences(xml, schema)
    assert (found.remedy, found.blocks) == ("mend", False)
    assert first.value in found.says
    assert repr(ours) in found.says


def test_the_order_of_labels_and_other_tags_are_told(schema: LabelSchema) -> None:
    """What only changes the page can be set as ours."""
    first, second = schema.values[:2]
    swapped = schema.xml.replace(f'"{first}"', '"_"').replace(f'"{second}"', f'"{first}"')
    found = config_differences(swapped.replace('"_"', f'"{second}"'), schema)
    assert "order" in {one.what for one in found}
    assert {one.remedy for one in found} == {"mend"}
    (found_tag,) = config_differences(
        schema.xml.replace("</View>", "<Header value='x'/></View>"), schema
    )
    assert (found_tag.what, found_tag.remedy) == ("layout", "mend")


def test_a_control_of_theirs_keeps_the_config_from_being_mended(schema: LabelSchema) -> None:
    """Somebody may have answered it, so nothing of the config is set, and nothing is blocked."""
    xml = schema.xml.replace("</View>", MOOD).replace(schema.labels[0].color, "#123456", 1)
    found = config_differences(xml, schema)
    assert {one.what for one in found} == {"colour", "layout"}
    assert {one.remedy for one in found} == {"hand"}
    assert not any(one.blocks for one in found)
