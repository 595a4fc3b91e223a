"""Lines of toolkit.toml: put in and taken out by hand, so to speak, all others left as they are.

TOML can say one thing in many ways. So a line is put where it is expected to belong, and
then the whole file is read again: unless it says exactly what was meant, it is left alone.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path

import msgspec

from toolkit.errors import WorkspaceError
from toolkit.records import write_text
from toolkit.settings import Settings, replace

_HEADER = re.compile(r"\s*\[")
_ANNOTATORS = re.compile(r"\s*\[\s*annotators\s*\]\s*(#.*)?")
_BLANK = re.compile(r"\s*(#.*)?")
_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")


def add_annotator(path: Path, name: str, email: str) -> None:
    """Add ``name = "email"`` after the last line of ``[annotators]``, whole or not at all.

    Raises:
        WorkspaceError: the file can't be read, or says it in a way that a line doesn't fit in.
    """
    text = _read(path)
    lines = text.splitlines(keepends=True)
    end = "\r\n" if text.endswith("\r\n") else "\n"
    header = next((n for n, line in enumerate(lines) if _ANNOTATORS.fullmatch(line.rstrip())), None)
    line = f"{_key(name)} = {json.dumps(email, ensure_ascii=False)}{end}"
    if lines and not lines[-1].endswith(("\n", "\r")):
        lines[-1] += end
    if header is None:
        lines += [end, f"[annotators]{end}", line]
    else:
        lines.insert(_end_of_table(lines, header), line)
    wanted = {**_settings(text, path).annotators, name: email}
    _write(path, text, "".join(lines), wanted, f"Add it yourself: {line.strip()}")


def remove_annotator(path: Path, name: str) -> None:
    """Take the annotator's line out of ``[annotators]``, whole or not at all.

    Raises:
        WorkspaceError: the file can't be read, or says it in a way that no line can be taken
            out of.
    """
    text = _read(path)
    wanted = {one: to for one, to in _settings(text, path).annotators.items() if one != name}
    lines = text.splitlines(keepends=True)
    theirs = _lines_of(lines, name)
    kept = [line for number, line in enumerate(lines) if number not in theirs]
    _write(path, text, "".join(kept), wanted, f"Take the line of {name!r} out yourself.")


def rename_annotator(path: Path, old: str, new: str) -> None:
    """Write another name into the annotator's line of ``[annotators]``, whole or not at all.

    Raises:
        WorkspaceError: the file can't be read, or says it in a way that no line can be changed.
    """
    text = _read(path)
    annotators = _settings(text, path).annotators
    wanted = {new if one == old else one: email for one, email in annotators.items()}
    lines = text.splitlines(keepends=True)
    for number in _lines_of(lines, old):
        lines[number] = _begins(old).sub(lambda found: f"{found[1]}{_key(new)}", lines[number], 1)
    _write(path, text, "".join(lines), wanted, f"Change the line of {old!r} yourself.")


def _lines_of(lines: list[str], name: str) -> list[int]:
    """The places of the annotator's lines: one, unless it is written in another way."""
    header = next((n for n, line in enumerate(lines) if _ANNOTATORS.fullmatch(line.rstrip())), None)
    first, last = (0, 0) if header is None else (header + 1, _end_of_table(lines, header))
    return [number for number in range(first, last) if _begins(name).match(lines[number])]


def _begins(name: str) -> re.Pattern[str]:
    """The beginning of the annotator's line, up to the name's end."""
    return re.compile(rf"(\s*)(?:{re.escape(_key(name))}|{re.escape(json.dumps(name))})(?=\s*=)")


def _end_of_table(lines: list[str], header: int) -> int:
    """The place after the table's last line that is no comment."""
    end = header + 1
    for number in range(header + 1, len(lines)):
        if _HEADER.match(lines[number]):
            break
        if not _BLANK.fullmatch(lines[number].rstrip()):
            end = number + 1
    return end


def _write(
    path: Path, before: str, after: str, annotators: Mapping[str, str], otherwise: str
) -> None:
    meant = replace(_settings(before, path), annotators=dict(annotators))
    try:
        fits = msgspec.toml.decode(after, type=Settings) == meant
    except msgspec.DecodeError:
        fits = False
    if not fits:
        raise WorkspaceError(
            f"{path}: its annotators are written in a way that this command can't change",
            otherwise,
        )
    write_text(path, after)


def _settings(text: str, path: Path) -> Settings:
    try:
        return msgspec.toml.decode(text, type=Settings)
    except msgspec.DecodeError as error:
        raise WorkspaceError(f"{path}: {error}", "Mend it and run the command again.") from None


def _read(path: Path) -> str:
    try:
        return path.read_bytes().decode()  # as bytes, so that line ends stay what they are
    except (OSError, UnicodeDecodeError) as error:
        raise WorkspaceError(f"{path}: can't be read ({error})") from None


def _key(name: str) -> str:
    return name if _BARE_KEY.fullmatch(name) else json.dumps(name, ensure_ascii=False)
