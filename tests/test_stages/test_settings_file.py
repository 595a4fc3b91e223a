"""Tests of toolkit.stages.settings_file."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.strategies import any_text
from toolkit import resources
from toolkit.errors import WorkspaceError
from toolkit.settings import FILE_NAME, read_settings, replace
from toolkit.stages.settings_file import add_annotator, remove_annotator, rename_annotator

SHIPPED = resources.settings_template().read_text(encoding="utf-8")

FILES = [
    "",
    '[annotators]\nbo = "bo@example.com"\n',
    '[annotators]  # who\n\n# the first\nbo = "bo@example.com"  # since May\n\n# next\n[gold]\n',
    '# nobody yet\r\n[annotators]\r\n\r\n[gold]\r\nmethod = "majority"\r\n',
    '[project]\nname = "x"',
    SHIPPED,
]

names = st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1, max_size=12).filter(
    lambda name: name.isprintable()
)


@pytest.mark.parametrize("text", FILES)
def test_a_line_more_and_all_others_as_they_were(tmp_path: Path, text: str) -> None:
    """Comments, order and line ends stay; only the line is new, and it goes out again."""
    path = tmp_path / FILE_NAME
    path.write_bytes(text.encode())
    before = read_settings(path)
    add_annotator(path, "anna", "anna@example.com")
    assert read_settings(path) == replace(
        before, annotators={**before.annotators, "anna": "anna@example.com"}
    )
    added = path.read_bytes().decode()
    end = "\r\n" if "\r\n" in text else "\n"
    assert f'anna = "anna@example.com"{end}' in added
    assert added.replace(f'anna = "anna@example.com"{end}', "").startswith(text)
    remove_annotator(path, "anna")
    assert read_settings(path) == before
    assert path.read_bytes().decode().startswith(text)


def test_the_line_stands_with_the_others(tmp_path: Path) -> None:
    """It comes after the last annotator, before the comment that belongs to what follows."""
    path = tmp_path / FILE_NAME
    path.write_text(FILES[2], encoding="utf-8")
    add_annotator(path, "anna", "anna@example.com")
    lines = path.read_text(encoding="utf-8").splitlines()
    assert lines[3:6] == ['bo = "bo@example.com"  # since May', 'anna = "anna@example.com"', ""]


@given(names)
def test_any_name_can_be_added_and_removed(
    tmp_path_factory: pytest.TempPathFactory, name: str
) -> None:
    """Whatever somebody is called, they are called so after the file is read again."""
    path = tmp_path_factory.getbasetemp() / "any-name.toml"
    path.write_text(SHIPPED, encoding="utf-8")
    add_annotator(path, name, "a@example.com")
    assert read_settings(path).annotators[name] == "a@example.com"
    remove_annotator(path, name)
    assert path.read_text(encoding="utf-8") == SHIPPED


@pytest.mark.parametrize(
    "text",
    [
        'annotators = {bo = "bo@example.com"}\n',
        'annotators.bo = "bo@example.com"\n',
        '[project]\nnotice = """\n[annotators]\n"""\n',
    ],
)
def test_what_a_line_does_not_fit_into_is_left_alone(tmp_path: Path, text: str) -> None:
    """TOML says things in many ways; where ours isn't one of them the file stays, and we say so."""
    path = tmp_path / FILE_NAME
    path.write_text(text, encoding="utf-8")
    with pytest.raises(WorkspaceError, match=r'Add it yourself: anna = "a@example\.com"'):
        add_annotator(path, "anna", "a@example.com")
    assert path.read_text(encoding="utf-8") == text


@given(any_text | st.text("[]={}\"'.#\n anotrsb@", max_size=60))
def test_no_text_breaks_it(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    """Either the annotator is in the file and nothing else is new, or the file is as it was."""
    path = tmp_path_factory.getbasetemp() / "any-text.toml"
    path.write_bytes(text.encode())
    try:
        add_annotator(path, "anna", "a@example.com")
    except WorkspaceError:
        assert path.read_bytes().decode() == text
    else:
        assert read_settings(path).annotators["anna"] == "a@example.com"


@pytest.mark.parametrize("old", ["anna", "安娜 a"])
def test_a_name_is_changed_where_it_stands(tmp_path: Path, old: str) -> None:
    """The line keeps its place, its address and its comment; so do all others."""
    path = tmp_path / FILE_NAME
    key = old if old == "anna" else f'"{old}"'
    text = f'[annotators]\nbo = "b@x"\n  {key}   = "a@x" # first\n[gold]\nmethod = "auto"\n'
    path.write_text(text, "utf-8")
    rename_annotator(path, old, "安 b")
    assert path.read_text("utf-8") == text.replace(key, '"安 b"')
    path.write_text(f'annotators = {{{key} = "a@x"}}\n', "utf-8")
    with pytest.raises(WorkspaceError, match="Change the line"):
        rename_annotator(path, old, "c")
