"""One pack's folder: its pack.toml and lexicons as they are written, with their lines.

A pack may come from a stranger: its files must lie in its folder, be files, and be of
a size that a person could have written.
"""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

from toolkit.errors import RuleError
from toolkit.rules.lexicon import Lexicon, parse_lexicon
from toolkit.rules.rule import Rule

FILE_NAME = "pack.toml"

_LARGEST = 64_000_000
"""Bytes that a file of a pack may have."""

_SEE_DOCS = "See docs/rules.md for what a {} may say."

_RULE = re.compile(r"^\s*\[\[\s*rule\s*\]\]")


class Head(Struct, frozen=True, forbid_unknown_fields=True):
    """``[pack]``."""

    name: str
    version: str
    description: str = ""


class _Tables(Struct, frozen=True, forbid_unknown_fields=True):
    pack: Head
    rule: tuple[dict[str, Any], ...] = ()
    macros: dict[str, str] = msgspec.field(default_factory=dict)
    lexicons: dict[str, str] = msgspec.field(default_factory=dict)


class PackFile:
    """A pack as it is written. ``content`` is all of its files' bytes, in order.

    Raises:
        RuleError: a file is missing, isn't UTF-8, is outside of the folder or too large;
            what pack.toml says is no TOML or not what a pack says; an id is used twice.
    """

    def __init__(self, folder: Path) -> None:
        self.path = folder / FILE_NAME
        written = _bytes(folder, FILE_NAME, f"{self.path}")
        tables = self._parse(written)
        self.head = tables.pack
        self.macros = tables.macros
        self._lexicons: dict[str, tuple[Path, bytes]] = {}
        for name, place in tables.lexicons.items():
            where = f"{folder / place}: lexicon {name!r}"
            self._lexicons[name] = (folder / place, _bytes(folder, place, where))
        self.rules: dict[str, Rule] = {}
        for number, table in enumerate(tables.rule):
            self._read_rule(number, table)
        self.content = [written, *(content for _, content in self._lexicons.values())]

    def lexicons(self) -> dict[str, Lexicon]:
        """Its lexicons, read.

        Raises:
            RuleError: one isn't UTF-8 or has no term.
        """
        return {
            name: parse_lexicon(name, path, content)
            for name, (path, content) in self._lexicons.items()
        }

    def error(self, rule: str, what: str, key: str = "") -> RuleError:
        """What to raise about a rule, or one of its keys, with the line that it is on."""
        number = list(self.rules).index(rule) if rule in self.rules else len(self.rules)
        return RuleError(f"{self._where(number, key)}: rule {rule}: {what}", "Correct it there.")

    def _parse(self, written: bytes) -> _Tables:
        try:
            text = written.decode("utf-8")
            self._lines = text.splitlines()
            return msgspec.convert(tomllib.loads(text), _Tables)
        except UnicodeDecodeError as error:
            line = written.count(b"\n", 0, error.start) + 1
            raise RuleError(
                f"{self.path}, line {line}: is not UTF-8", "Save it as UTF-8."
            ) from None
        except (tomllib.TOMLDecodeError, msgspec.ValidationError, RecursionError) as error:
            raise RuleError(f"{self.path}: {error}", _SEE_DOCS.format("pack")) from None

    def _read_rule(self, number: int, table: dict[str, Any]) -> None:
        name = table.get("id", f"number {number + 1}")
        try:
            rule = msgspec.convert(table, Rule)
        except msgspec.ValidationError as error:
            where = f"{self._where(number)}: rule {name}"
            raise RuleError(f"{where}: {error}", _SEE_DOCS.format("rule")) from None
        if rule.id in self.rules:
            where = f"{self._where(number)}: rule {name}"
            raise RuleError(f"{where}: two rules have this id", "Rename one.")
        self.rules[rule.id] = rule

    def _where(self, number: int, key: str = "") -> str:
        """The file and the line of the rule with this number, or of its key."""
        starts = [at for at, line in enumerate(self._lines) if _RULE.match(line)]
        if number >= len(starts):
            return str(self.path)
        end = starts[number + 1] if number + 1 < len(starts) else len(self._lines)
        wanted = re.compile(rf"^\s*{re.escape(key or 'id')}\s*=")
        lines = range(starts[number], end)
        line = next((at for at in lines if wanted.match(self._lines[at])), starts[number])
        return f"{self.path}, line {line + 1}"


def _bytes(folder: Path, place: str, where: str) -> bytes:
    """What a file of the pack holds."""
    try:
        path = (folder / place).resolve(strict=True)
        if not path.is_relative_to(folder.resolve()):
            raise RuleError(
                f"{where} is outside of the pack's folder", "Copy the file into the folder."
            )
        if not path.is_file() or path.stat().st_size > _LARGEST:
            raise RuleError(
                f"{where} is no file of at most {_LARGEST // 1_000_000} MB",
                "Name a text file, and split it if it is so large.",
            )
        return path.read_bytes()
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise RuleError(
            f"{where} can't be read ({reason})",
            "Put the file there, or correct its name under [lexicons].",
        ) from None
