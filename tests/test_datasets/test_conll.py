"""CoNLL files look as their description says."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given

from tests.test_datasets.strategies import TEXTS, schema
from toolkit.datasets.choices import Choices
from toolkit.datasets.conll import escape, read_conll, unescape, write_conll
from toolkit.datasets.tagging import bio, bioes
from toolkit.errors import InputError
from toolkit.model import GoldDocument, GoldSpan


def test_the_form_of_a_file(tmp_path: Path) -> None:
    """One character a line, a TAB, its tag; layout characters are escapes."""
    path = tmp_path / "x.conll"
    text = "鄂 #\n\\\u3000人"
    documents = [GoldDocument("a b", text, (GoldSpan(0, 1, "LOC"),)), GoldDocument("c", "")]
    write_conll(path, documents, Choices(schema()), bioes)
    assert path.read_text(encoding="utf-8") == (
        "# id = a b\n鄂\tS-LOC\n\\u0020\tO\n#\tO\n\\n\tO\n\\\\\tO\n\\u3000\tO\n人\tO\n\n"
        "# id = c\n\n"
    )


@given(TEXTS)
def test_no_character_of_a_text_is_layout(text: str) -> None:
    """A tool that splits lines at any white space sees one character and one tag a line."""
    assert all(len(f"{escape(char)}\tO".split()) == 2 for char in text)
    assert unescape(escape(text)) == text


def test_windows_line_ends_are_the_files_own(tmp_path: Path) -> None:
    """A file that an editor saved with CRLF reads the same."""
    path = tmp_path / "x.conll"
    document = GoldDocument("d", "7名\r\n", (GoldSpan(0, 2, "NUM", "7名"),))
    write_conll(path, [document], Choices(schema()), bio)
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    assert list(read_conll(path)) == [document]


def test_a_last_block_needs_no_blank_line(tmp_path: Path) -> None:
    """A file that ends without a blank line loses nothing."""
    path = tmp_path / "x.conll"
    path.write_text("# id = d\n疫\tO", encoding="utf-8")
    assert list(read_conll(path)) == [GoldDocument("d", "疫")]


@pytest.mark.parametrize(
    ("lines", "number"),
    [
        ("疫\tO\n", 1),
        ("# id = d\n疫 O\n", 2),
        ("# id = d\n\\q\tO\n", 2),
        ("# id = d\n\tO\n", 2),
    ],
    ids=["no id", "no tab", "no such escape", "no character"],
)
def test_a_wrong_line_is_named(lines: str, number: int, tmp_path: Path) -> None:
    """The error gives file and line."""
    path = tmp_path / "x.conll"
    path.write_text(lines, encoding="utf-8")
    with pytest.raises(InputError, match=rf"x\.conll, line {number}:"):
        list(read_conll(path))
