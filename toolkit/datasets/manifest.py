"""The manifest: what a version was made from and with, and the hash of all that it is."""

from __future__ import annotations

import hashlib
import os
import platform
from collections.abc import Mapping, Sequence
from importlib.metadata import version as version_of
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

from toolkit import __version__
from toolkit.datasets.counts import Counts
from toolkit.datasets.formats import Format
from toolkit.records import SCHEMA_VERSION
from toolkit.schema import LabelSchema
from toolkit.settings import Settings

_PRIVATE_SETTINGS = ("annotators", "studio", "parallel")
"""Tables of the settings that name people, servers or machines, and shape no file."""

_SHARED_AGREEMENT = (
    "annotations",
    "documents",
    "passages",
    "overall",
    "by_label",
    "measures",
    "samples",
    "seed",
    "interval",
)
"""Parts of an agreement report that name no person and quote no text."""


def manifest(
    folder: Path,
    *,
    schema: LabelSchema,
    settings: Settings,
    formats: Sequence[Format],
    facts: Mapping[str, Any],
    counts: Counts,
    known: Mapping[str, Stamp] | None = None,
) -> dict[str, Any]:
    """The manifest of what is in ``folder``, in JSON values; nothing in it is a time or a path.

    ``known`` are stamps of files that need not be read again.
    """
    known = known or {}
    told = dict(facts)
    inputs, command = told.pop("inputs", {}), told.pop("command", [])
    words = told.pop("words", ())
    if told.get("agreement"):
        told["agreement"] = {
            key: told["agreement"][key] for key in _SHARED_AGREEMENT if key in told["agreement"]
        }
    shown = msgspec.to_builtins(settings)
    for table in _PRIVATE_SETTINGS:
        del shown[table]
    return {
        "name": settings.project.name,
        "version": settings.export.version,
        "record_schema": SCHEMA_VERSION,
        "command": list(command),
        "documents": {split: held.documents for split, held in counts.splits.items()},
        "spans": {split: held.spans for split, held in counts.splits.items()},
        "labels": list(schema.values),
        "label_fingerprint": schema.fingerprint,
        "files": {
            name: msgspec.to_builtins(known.get(name) or _stamp(folder / name))
            for name in files(folder)
        },
        "inputs": inputs,
        "facts": told,
        "settings": shown,
        "packages": _packages(formats, words, measured="agreement" in told),
    }


def _packages(formats: Sequence[Format], words: Sequence[str], *, measured: bool) -> dict[str, str]:
    """What shaped the files, by name: this package, and those that wrote and measured."""
    names = {"msgspec", *(name for format_ in formats for name in format_.packages)}
    if any(format_.holds == "words" for format_ in formats):
        names |= {*words}
    if measured:
        names.add("numpy")
    return {
        "python": platform.python_version(),
        "zh-ner-toolkit": __version__,
        **{name: version_of(name) for name in sorted(names)},
    }


class Stamp(Struct, frozen=True):
    """What tells a file from any other."""

    sha256: str
    bytes: int


def stamps(folder: Path, path: Path) -> dict[str, Stamp]:
    """The stamps of a file, or of all files in a folder, by their names relative to ``folder``."""
    names = files(path) if path.is_dir() else [""]
    return {(path / name).relative_to(folder).as_posix(): _stamp(path / name) for name in names}


def files(folder: Path) -> list[str]:
    """Every file under the folder, relative to it."""
    found = []
    # Without a Path for each of them: brat has two files a document.
    for place, _, names in os.walk(folder):
        prefix = Path(place).relative_to(folder).as_posix()
        found += names if prefix == "." else [f"{prefix}/{name}" for name in names]
    return sorted(found)


def sha256(path: Path) -> str:
    """The SHA-256 of a file."""
    return _stamp(path).sha256


def _stamp(path: Path) -> Stamp:
    with path.open("rb") as file:
        return Stamp(hashlib.file_digest(file, "sha256").hexdigest(), file.tell())
