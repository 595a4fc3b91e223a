"""Tables as text: drawn here for a file or a pipe, by rich for a terminal.

A terminal has a width to break lines at, and colours. To load what knows about these takes
as long as a fifth of a short command, so that nothing else waits for it.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

_UNLIMITED = 100_000
"""Columns of a table that no terminal shows: no cell is broken into lines."""

Cells = Sequence[Sequence[str]]
"""Rows of a table; each has as many cells as the table has columns."""


def drawn(columns: Sequence[str], rows: Cells, right: Sequence[bool], *, tight: bool) -> str:
    """A table for standard output, with line ends.

    Args:
        columns: what stands over each.
        rows: the cells; none holds a character that moves the cursor but TAB and line feed.
        right: which columns are flush right.
        tight: less room between columns.
    """
    is_plain = not any("\n" in cell or "\t" in cell for row in rows for cell in row)
    if is_plain and not sys.stdout.isatty():
        return plain(columns, rows, right, tight=tight)
    return by_rich(columns, rows, right, tight=tight)


def plain(columns: Sequence[str], rows: Cells, right: Sequence[bool], *, tight: bool) -> str:
    """What ``by_rich`` draws where there is no terminal, of cells of one line."""
    from rich.cells import cell_len

    grid = [columns, *rows]
    widths = [max(map(cell_len, column)) for column in zip(*grid, strict=True)]
    gap = " " * (2 if tight else 3)
    lines = []
    for row in grid:
        cells = []
        for cell, width, is_right in zip(row, widths, right, strict=True):
            room = " " * (width - cell_len(cell))
            cells.append(room + cell if is_right else cell + room)
        lines.append(f" {gap.join(cells)}".rstrip())
    line = "─" * (sum(widths) + len(gap) * (len(widths) - 1))
    return "\n".join(["", lines[0], f" {line}", *lines[1:], "", ""])


def by_rich(columns: Sequence[str], rows: Cells, right: Sequence[bool], *, tight: bool) -> str:
    """The same for a terminal, as wide as that is, or for cells of several lines."""
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    grid = Table(box=box.SIMPLE_HEAD, pad_edge=False, collapse_padding=tight)
    for column, is_right in zip(columns, right, strict=True):
        grid.add_column(Text(column), justify="right" if is_right else "left", overflow="fold")
    for row in rows:
        grid.add_row(*map(Text, row))
    wide = None if sys.stdout.isatty() else _UNLIMITED
    console = Console(file=sys.stdout, width=wide, highlight=False, emoji=False)
    with console.capture() as captured:
        console.print(grid)
    return "".join(f"{line.rstrip()}\n" for line in captured.get().splitlines())
