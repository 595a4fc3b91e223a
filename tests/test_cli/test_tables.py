"""Tables are the same to the last blank, whoever draws them."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from toolkit.cli.console import visible
from toolkit.cli.tables import by_rich, plain

CELLS = st.text("ab 武汉ｗ，é\u0301\u200b👩\u200d⚕️😀[/]:smile:\x1b\u3000", max_size=6).map(visible)


@st.composite
def tables(draw: st.DrawFn) -> tuple[list[str], list[list[str]], list[bool]]:
    """Columns, rows, and which columns are flush right: those hold numbers."""
    right = draw(st.lists(st.booleans(), min_size=1, max_size=4))
    names = st.text("abc 武%[/]:", min_size=1, max_size=5).map(str.strip).filter(bool)
    kinds = [st.integers().map(str) if one else CELLS for one in right]
    return (
        [draw(names) for _ in right],
        draw(st.lists(st.tuples(*kinds).map(list), max_size=4)),
        right,
    )


@given(tables(), st.booleans())
def test_a_plain_table_is_what_rich_draws(
    table: tuple[list[str], list[list[str]], list[bool]], tight: bool
) -> None:
    """Without a terminal both draw the same."""
    columns, rows, right = table

    assert plain(columns, rows, right, tight=tight) == by_rich(columns, rows, right, tight=tight)


def test_wide_characters_take_two_columns() -> None:
    """A cell of ideographs is as wide as two letters for each of them."""
    drawn = plain(
        ["name", "spans"], [["武汉市第七医院", "3"], ["a", "12"]], [False, True], tight=False
    )

    assert drawn.splitlines()[3] == " 武汉市第七医院       3"
    assert drawn.splitlines()[4] == " a                   12"
