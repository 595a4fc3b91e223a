"""A version is what its manifest says, or is told not to be."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.test_datasets.test_datasets_export import FORMATS_HERE, gold, run
from toolkit.datasets.formats import FORMATS
from toolkit.datasets.verify import verify
from toolkit.errors import InputError
from toolkit.resources import label_configs
from toolkit.schema import read_schema


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A version in every format."""
    run(tmp_path / "n", read_schema(label_configs() / "epidemic_news.xml"), gold=gold(12))
    return tmp_path / "n"


def test_an_untouched_version_is_as_exported(folder: Path) -> None:
    """Every file and every span is looked at, in all formats that can be read."""
    found = verify(folder)
    assert found.problems == ()
    readable = [name for name in FORMATS_HERE if FORMATS[name].read]
    assert found.documents == 12 * len(readable)
    assert found.spans == 2 * found.documents


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("jsonl/train.jsonl", "differs from what was exported"),
        ("parquet/train.parquet", "differs from what was exported"),
        ("README.md", "differs from what was exported"),
    ],
)
def test_a_changed_byte_is_found(folder: Path, name: str, says: str) -> None:
    """One byte more in any file is told with the file's name."""
    with (folder / name).open("ab") as file:
        file.write(b" ")
    assert any(name in problem and says in problem for problem in verify(folder).problems)


def test_missing_and_foreign_files_are_found(folder: Path) -> None:
    """A file that is gone and one that was added are told."""
    (folder / "csv" / "train.csv").unlink()
    (folder / "notes.txt").write_text("x", "utf-8")
    problems = "\n".join(verify(folder).problems)
    assert "train.csv: is gone" in problems
    assert "notes.txt: is not in the manifest" in problems


def test_a_span_that_does_not_stand_where_it_says_is_found(folder: Path) -> None:
    """The text of every span is compared with what stands at its offsets."""
    path = folder / "jsonl" / "train.jsonl"
    path.write_bytes(path.read_bytes().replace("岳文柏说".encode(), "文柏岳说".encode(), 1))
    assert any("stands there" in problem for problem in verify(folder).problems)


def test_a_folder_without_manifest_is_an_input_error(tmp_path: Path) -> None:
    """The error says what to name instead."""
    with pytest.raises(InputError, match=r"no manifest\.json"):
        verify(tmp_path)
