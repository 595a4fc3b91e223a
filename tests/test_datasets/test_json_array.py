"""Arrays are read an element at a time, wherever the pieces that are read end."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from toolkit.datasets import json_array
from toolkit.datasets.json_array import read_array

ELEMENTS = st.lists(st.dictionaries(st.text(), st.text() | st.integers() | st.lists(st.text())))


@given(ELEMENTS, st.integers(1, 50), st.sampled_from([None, 2]))
def test_elements_are_those_of_the_whole(
    elements: list[dict[str, Any]], chunk: int, indent: int | None
) -> None:
    """However little is read at a time, and however the file is laid out."""
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setattr(json_array, "_CHUNK", chunk)
        path = Path(folder) / "a.json"
        path.write_text(json.dumps(elements, indent=indent), "utf-8")
        assert list(read_array(path, dict[str, Any])) == elements


@pytest.mark.parametrize("text", ["", "{}", "[{}", "[{},]", "[{} {}]", "[{}] x", "[{", "]"])
def test_what_is_no_array_is_an_error(text: str, tmp_path: Path) -> None:
    """Also where it is one at first."""
    path = tmp_path / "a.json"
    path.write_text(text, "utf-8")
    with pytest.raises(ValueError, match=r"."):
        list(read_array(path, dict[str, Any]))
