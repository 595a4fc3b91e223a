"""What can be opened: standard input that is kept, places that are found again."""

from __future__ import annotations

import io
import os
import shutil
from pathlib import Path

import pytest

from toolkit.corpus import readers
from toolkit.corpus.sources import SUFFIXES, find_files, kept, located, opened
from toolkit.errors import InputError, UsageError


def test_every_suffix_has_a_reader() -> None:
    """What we say we read is what there is a module for."""
    assert set(SUFFIXES) == set(readers._MODULES)


def test_standard_input_is_kept_once(tmp_path: Path) -> None:
    """The same input is the same file, named by its hash and its format."""
    for _ in range(2):
        with kept(io.BytesIO(b'{"text":"x"}\n'), tmp_path / "corpus", "jsonl") as path:
            assert path.read_bytes() == b'{"text":"x"}\n'
    (file,) = (tmp_path / "corpus").iterdir()
    assert file == path
    assert file.name.startswith("stdin-")
    assert file.suffix == ".jsonl"
    (source,) = opened(file)
    assert not isinstance(source, InputError)
    assert file.stem == f"stdin-{source.sha256[:12]}"


def test_input_that_fails_leaves_nothing(tmp_path: Path) -> None:
    """A new file goes again, one that was there stays."""

    def fail() -> None:
        with kept(io.BytesIO(b"x"), tmp_path):
            raise InputError("no")

    with pytest.raises(InputError, match="no"):
        fail()
    assert list(tmp_path.iterdir()) == []
    with kept(io.BytesIO(b"x"), tmp_path) as path:
        pass
    with pytest.raises(InputError, match="no"):
        fail()
    assert list(tmp_path.iterdir()) == [path]


def test_wrong_input_is_said(tmp_path: Path) -> None:
    """Nothing at all, and a format that there isn't."""
    with pytest.raises(InputError, match="is empty"), kept(io.BytesIO(b""), tmp_path):
        pass
    with pytest.raises(UsageError, match="as 'docx'"), kept(io.BytesIO(b"x"), tmp_path, "docx"):
        pass
    assert list(tmp_path.iterdir()) == []


def test_places_are_taken_apart_where_the_files_say_so(tmp_path: Path) -> None:
    """A mark may be part of a file's name, of an archive's, and of a member's."""
    for name in ("a!b.txt", "c!d.zip", "e.zip"):
        (tmp_path / name).write_bytes(b"")
    assert located("a!b.txt", tmp_path) == (tmp_path / "a!b.txt", "")
    assert located("c!d.zip!x!y.txt", tmp_path) == (tmp_path / "c!d.zip", "x!y.txt")
    assert located("e.zip!../x.txt", tmp_path) == (tmp_path / "e.zip", "../x.txt")
    assert located("gone.zip!x.txt", tmp_path) == (tmp_path / "gone.zip", "x.txt")


def test_a_pipe_is_no_file(tmp_path: Path) -> None:
    """It is refused and not waited for, also under an archive's name."""
    for name in ("a.txt", "a.zip"):
        os.mkfifo(tmp_path / name)
        with pytest.raises(InputError, match="is no file"):
            list(opened(tmp_path / name))


def test_a_file_under_two_names_is_found_once(tmp_path: Path) -> None:
    """A link to a file is that file, whichever is met first."""
    (tmp_path / "b.txt").write_bytes(b"x")
    (tmp_path / "a.txt").symlink_to(tmp_path / "b.txt")
    (tmp_path / "d").mkdir()
    (tmp_path / "d" / "c.txt").symlink_to("../b.txt")
    assert find_files([tmp_path]) == [tmp_path / "a.txt"]


def test_a_folder_that_can_not_be_listed_stops_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is found in the place of its files, and opening it says why; the others are found."""
    deep = tmp_path
    with monkeypatch.context() as here:
        here.chdir(tmp_path)
        while len(str(deep)) < 4096:
            deep /= "d" * 250
            Path(deep.name).mkdir()
            here.chdir(deep.name)
    (tmp_path / "a.txt").write_bytes(b"x")
    try:
        first, last = find_files([tmp_path])
        assert first == tmp_path / "a.txt"
        assert last == deep
        with pytest.raises(InputError, match=r"can't be read \(File name too long\)"):
            list(opened(last))
    finally:  # nobody else can walk this folder
        shutil.rmtree(tmp_path / ("d" * 250))
