"""CoNLL columns of others: every scheme, every way to part columns."""

from __future__ import annotations

from pathlib import Path

import pytest

from toolkit.datasets.importing.columns import read_columns
from toolkit.datasets.importing.imported import Imported
from toolkit.datasets.importing.registry import READABLE


def read(folder: Path, content: str) -> list[Imported]:
    """What a file of this content gives."""
    path = folder / "x.txt"
    path.write_text(content, "utf-8")
    return list(read_columns(path))


@pytest.mark.parametrize(
    "tags",
    [
        ("B-PER", "I-PER", "I-PER", "B-LOC", "O"),
        ("B-PER", "I-PER", "E-PER", "S-LOC", "O"),
        ("B-PER", "M-PER", "E-PER", "S-LOC", "O"),
        ("B-PER", "I-PER", "L-PER", "U-LOC", "O"),
        ("I-PER", "I-PER", "I-PER", "I-LOC", "O"),
        ("B_PER", "I_PER", "E_PER", "S_LOC", "O"),
    ],
)
@pytest.mark.parametrize("between", ["\t", " ", " n "])
def test_every_scheme_gives_the_same_spans(
    tags: tuple[str, ...], between: str, tmp_path: Path
) -> None:
    """BIO, BIOES, BMES, BILOU and IOB1, parted by TABs or spaces, with columns in between."""
    content = "".join(f"{c}{between}{t}\n" for c, t in zip("岳文柏沪说", tags, strict=True))
    (one,) = read(tmp_path, f"\ufeff{content}\n")
    assert one.text == "岳文柏沪说"
    assert [span.key for span in one.spans] == [(0, 3, "PER"), (3, 4, "LOC")]


def test_words_keep_their_spaces_where_their_script_has_them(tmp_path: Path) -> None:
    """Chinese words follow one another, Latin ones are parted, and spans stand in their places."""
    content = "-DOCSTART- O\n\n北京 B-LOC\n的 O\nNew B-ORG\nYork I-ORG\n2020 O\n\n# nr. 2\n他 O\n"
    one, two = read(tmp_path, content)
    assert one.text == "北京的New York 2020"
    assert [one.text[s.start : s.end] for s in one.spans] == ["北京", "New York"]
    assert two.text == "他"


def test_digits_by_character_get_no_spaces(tmp_path: Path) -> None:
    """Where every unit is a character, nothing comes between them."""
    (one,) = read(tmp_path, "2 B-TIME\n0 I-TIME\n年 I-TIME\n")
    assert one.text == "20年"


def test_the_docs_list_all_that_can_be_read() -> None:
    """The table of docs/import.md is the registry."""
    page = (Path(__file__).parents[2] / "docs" / "import.md").read_text("utf-8")
    assert [name for name in READABLE if f"| `{name}` |" not in page] == []
