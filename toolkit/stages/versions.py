"""Versions of gold: found by name, compared, and checked."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from toolkit import records
from toolkit.errors import InputError
from toolkit.model import GoldDocument
from toolkit.settings import Workspace
from toolkit.stages.workspace import check_target, read_gold, schema_of

if TYPE_CHECKING:
    from toolkit.datasets.compare import Comparison

CURRENT = "gold"
"""The name of the workspace's gold as it is now."""


def read_version(workspace: Workspace, name: str) -> Iterator[GoldDocument]:
    """The gold documents of a version.

    Args:
        workspace: where versions are.
        name: ``gold``; a version of the workspace's dataset (``0.1.0``, or the whole name of
            its folder); or the path of a gold file or an exported folder.

    Raises:
        InputError: there is no such version.
    """
    if name == CURRENT:
        return read_gold(workspace)
    dataset = workspace.settings.project.name
    for folder in (Path(name), workspace.exports / name, workspace.exports / f"{dataset}@{name}"):
        if folder.is_dir():
            return _exported(folder)
    if Path(name).is_file():
        return records.read_jsonl(Path(name), GoldDocument)
    there = sorted(path.name for path in workspace.exports.glob("*@*") if path.is_dir())
    raise InputError(
        f"there is no version {name!r}",
        f"Say 'gold', a gold file, or one of {', '.join(there)}."
        if there
        else "Say 'gold' or name a gold file; nothing was exported yet.",
    )


def compare(workspace: Workspace, before: str, after: str) -> Comparison:
    """What differs between two versions."""
    from toolkit.datasets.compare import compare as compared

    return compared(read_version(workspace, before), read_version(workspace, after))


def write_comparison(
    workspace: Workspace, names: tuple[str, str], comparison: Comparison, target: Path
) -> None:
    """The same as an HTML page."""
    from toolkit.datasets.compare import KINDS
    from toolkit.report.comparison import build

    check_target(workspace, target, target)
    marks = {label.value: (label.color, label.name) for label in schema_of(workspace).labels}
    page = build(names, msgspec.to_builtins(comparison), KINDS, marks)
    records.write_text(target, page)


def _exported(folder: Path) -> Iterator[GoldDocument]:
    """The documents of an exported folder, from the format that holds most of them."""
    from toolkit.datasets.formats import FORMATS

    for name, format_ in FORMATS.items():
        if format_.read is not None and (folder / name).is_dir():
            for path in sorted((folder / name).iterdir()):
                yield from format_.read(path)
            return
    raise InputError(
        f"{folder} holds no format that can be read", "Export jsonl with it next time."
    )
