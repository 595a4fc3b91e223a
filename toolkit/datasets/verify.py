"""Whether a version is what its manifest says: every file, every hash, every span."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

from toolkit.datasets.export import MANIFEST
from toolkit.datasets.formats import FORMATS, Format
from toolkit.datasets.manifest import sha256
from toolkit.errors import InputError, ToolkitError
from toolkit.spans import check_spans


class Verified(Struct, frozen=True):
    """What was looked at, and what is wrong; ``spans`` are counted over all formats."""

    folder: str
    files: int
    documents: int
    spans: int
    problems: tuple[str, ...]


def verify(folder: Path) -> Verified:
    """Recheck every hash, and every ``text[start:end]`` of every format that can be read.

    Raises:
        InputError: the folder has no manifest that we wrote.
    """
    manifest = _manifest(folder)
    problems = list(_files(folder, manifest["files"]))
    documents = spans = 0
    for name, format_ in FORMATS.items():
        if format_.read is None or not (folder / name).is_dir():
            continue
        for split, expected in manifest["documents"].items():
            if not expected:
                continue
            path = folder / name / format_.file(split)
            held, marked, wrong = _split(format_, path)
            documents, spans = documents + held, spans + marked
            problems += wrong
            if not wrong and held != expected:
                problems.append(f"{path}: has {held} documents and not {expected}")
    return Verified(str(folder), len(manifest["files"]), documents, spans, tuple(problems))


def _manifest(folder: Path) -> dict[str, Any]:
    path = folder / MANIFEST
    try:
        manifest: dict[str, Any] = msgspec.json.decode(path.read_bytes(), type=dict[str, Any])
    except FileNotFoundError:
        raise InputError(
            f"{folder} has no {MANIFEST}", "Name a folder that 'toolkit export' made."
        ) from None
    except (OSError, msgspec.DecodeError) as error:
        raise InputError(f"{path}: can't be read ({error})") from None
    if not {"files", "documents"} <= manifest.keys():
        raise InputError(f"{path}: is no manifest of ours", "Was it edited? Export again.")
    return manifest


def _files(folder: Path, listed: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    there = {
        path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()
    } - {MANIFEST}
    for name in sorted(there - listed.keys()):
        yield f"{folder / name}: is not in the manifest"
    for name, facts in listed.items():
        path = folder / name
        if name not in there:
            yield f"{path}: is gone"
            continue
        if sha256(path) != facts["sha256"]:
            yield f"{path}: differs from what was exported ({facts['bytes']} bytes then)"


def _split(format_: Format, path: Path) -> tuple[int, int, list[str]]:
    documents = spans = 0
    if format_.read is None:
        return 0, 0, []
    try:
        for document in format_.read(path):
            check_spans(document.doc_id, document.text, document.spans)
            documents += 1
            spans += len(document.spans)
    except ToolkitError as error:
        return documents, spans, [f"{path}: {error.what}"]
    return documents, spans, []
