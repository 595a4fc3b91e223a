"""The label schema."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.strategies import any_text
from toolkit import resources
from toolkit.errors import SchemaError
from toolkit.schema import LabelSchema, parse_schema, read_schema

OURS = resources.label_configs() / "epidemic_news.xml"


def _config(*labels: str, text: str = 'value="$text"', control: str = 'toName="text"') -> str:
    """A config with these ``<Label>`` tags."""
    return (
        f'<View><Labels name="label" {control}>{"".join(labels)}</Labels>'
        f'<Text name="text" {text}/></View>'
    )


def _colored(*colors: str) -> LabelSchema:
    return parse_schema(
        _config(*(f'<Label value="L{i}" background="{c}"/>' for i, c in enumerate(colors)))
    )


def test_our_own_config_is_whole() -> None:
    """Each of our labels has a name, a hint, a colour and a hotkey of its own."""
    schema = read_schema(OURS)
    assert len(schema.labels) == 13
    for label in schema.labels:
        assert label.name != label.value
        assert all((label.hint, label.color, label.hotkey))
    assert (schema.labels_tag, schema.text_tag, schema.data_key) == ("label", "text", "text")
    assert schema.xml == OURS.read_text(encoding="utf-8")


def test_our_own_colours_can_be_told_apart() -> None:
    """No two labels of ours look alike."""
    assert read_schema(OURS).lookalikes() == []


def test_labels_are_found_by_value() -> None:
    """A label is found by its identifier; an unknown one is an error that names the known ones."""
    schema = read_schema(OURS)
    assert schema.label("PERSON").name == "人名"
    assert "PERSON" in schema
    assert "人名" not in schema
    with pytest.raises(SchemaError, match=r"no label 'PER'\. It has PERSON, TITLE"):
        schema.label("PER")


@pytest.mark.parametrize(
    ("tag", "value", "name"),
    [
        ('<Label value="PERSON"/>', "PERSON", "PERSON"),
        ('<Label value="人名" alias="PERSON"/>', "PERSON", "人名"),
        ('<Label value="PERSON" html="人名 PERSON"/>', "PERSON", "人名"),
        ('<Label value="PERSON" html="&lt;b&gt;人名&lt;/b&gt; PERSON"/>', "PERSON", "人名"),
        ('<Label value="PERSON" html="人名&amp;nbsp;PERSON"/>', "PERSON", "人名"),
        ('<Label value="ORG" html="ORGAN 机构 ORG"/>', "ORG", "ORGAN 机构"),
        ('<Label value="人名" alias="PER" html="人名PER"/>', "PER", "人名"),
        ('<Label value="A+" html="优 A+"/>', "A+", "优"),
        ('<Label value="PERSON" html="&lt;img src=x&gt;"/>', "PERSON", "PERSON"),
    ],
)
def test_what_is_stored_and_what_is_shown(tag: str, value: str, name: str) -> None:
    """The alias or value is stored; the button's text without it and without markup is the name."""
    (label,) = parse_schema(_config(tag)).labels
    assert (label.value, label.name) == (value, name)


def test_the_fingerprint_changes_with_the_labels_only() -> None:
    """Colours and order don't change what a schema is; a renamed label does."""
    a, b = '<Label value="A" background="#ff0000"/>', '<Label value="B"/>'
    plain = parse_schema(_config(a, b)).fingerprint
    assert plain == parse_schema(_config(b, a.replace("ff", "ee"))).fingerprint
    assert plain != parse_schema(_config(a)).fingerprint
    assert plain != parse_schema(_config(a, b.replace("B", "C"))).fingerprint


@pytest.mark.parametrize(
    ("colors", "alike"),
    [
        (("#ff0000", "#fe0101"), [("L0", "L1")]),
        (("#f00", "#FF0000"), [("L0", "L1")]),
        (("#ff0000", "#00ff00"), []),
        (("#777", "#fff", "#787878"), [("L0", "L2")]),
        (("red", "red"), []),
        (("", "#12"), []),
    ],
)
def test_lookalikes(colors: tuple[str, ...], alike: list[tuple[str, str]]) -> None:
    """Colours that can hardly be told apart are found; names of colours are not compared."""
    assert [(a.value, b.value) for a, b in _colored(*colors).lookalikes()] == alike


@pytest.mark.parametrize(
    ("xml", "says"),
    [
        ("", "not well-formed XML"),
        ("<View>", "not well-formed XML"),
        ("<View>\0</View>", "not well-formed XML"),
        ("<View>\ud800</View>", "not well-formed XML"),
        ("<View/>", "needs exactly one <Labels name=…>, has 0"),
        (_config("<Label value='A'/>") * 2, "not well-formed XML"),
        ("<View><Labels name='a'/><Labels name='b'/></View>", "<Labels name=…>, has 2"),
        ("<View><Labels toName='text'/></View>", "<Labels> has no name"),
        (_config("<Label value='A'/>", control='toName="other"'), "does not name the <Text> tag"),
        (_config("<Label value='A'/>", text='value="text"'), "names no task field"),
        (_config("<Label value='A'/>", text='value="$"'), "names no task field"),
        (
            _config("<Label value='A'/>", text='value="$text" granularity="word"'),
            "snaps selections to words",
        ),
        (_config(), "has no <Label>"),
        (_config("<Label/>"), "a <Label> has no value"),
        (_config("<Label value='A'/>", "<Label value='B' alias='A'/>"), "label A is used twice"),
        (
            _config("<Label value='A' hotkey='1'/>", "<Label value='B' hotkey='1'/>"),
            "hotkey 1 is used twice",
        ),
    ],
)
def test_what_is_no_config_is_an_error(xml: str, says: str) -> None:
    """Each thing that a config can lack is said, with where and what to do."""
    with pytest.raises(SchemaError) as caught:
        parse_schema(xml, "news.xml")
    assert caught.value.what.startswith("news.xml: ")
    assert says in caught.value.what
    assert caught.value.hint


def test_entities_are_refused_unexpanded() -> None:
    """A config that would grow to gigabytes, or read another file, is refused at once."""
    bomb = "".join(f"<!ENTITY e{i + 1} '{10 * '&e%d;'}'>" % (10 * (i,)) for i in range(12))
    for declared in (f'<!ENTITY e0 "ha">{bomb}', '<!ENTITY e12 SYSTEM "file:///etc/hostname">'):
        with pytest.raises(SchemaError, match="declares XML entities"):
            parse_schema(f"<!DOCTYPE View [{declared}]>" + _config("<Label value='&e12;'/>"))


@given(any_text)
def test_no_text_breaks_the_reader(text: str) -> None:
    """Whatever a config file holds, it is a schema or a SchemaError."""
    with pytest.raises(SchemaError):
        parse_schema(text)


@given(st.text("<>&;/ViewLabels=\"'", max_size=40))
def test_nothing_like_xml_breaks_the_reader(text: str) -> None:
    """What looks like XML is a schema or a SchemaError."""
    with pytest.raises(SchemaError):
        parse_schema(f"<View>{text}")


def test_a_byte_order_mark_does_no_harm(tmp_path: Path) -> None:
    """A config saved by an editor that writes a byte order mark is read."""
    (tmp_path / "c.xml").write_text(_config("<Label value='A'/>"), encoding="utf-8-sig")
    assert read_schema(tmp_path / "c.xml").values == ("A",)


def test_a_file_that_is_none_is_an_error(tmp_path: Path) -> None:
    """A missing file, a folder and a file in another encoding are each named."""
    (tmp_path / "gbk.xml").write_bytes("<View>人名</View>".encode("gbk"))
    for name, says in (
        ("missing.xml", "no such label config"),
        (".", "can't be read (Is a directory)"),
        ("gbk.xml", "not UTF-8 text"),
    ):
        with pytest.raises(SchemaError) as caught:
            read_schema(tmp_path / name)
        assert says in caught.value.what
        assert str(tmp_path) in caught.value.what
