"""One pack's folder: its pack.toml and lexicons as they are written, with their lines.

A pack may come from a stranger: its files must lie in its folder, be files, and be of
a size that a person could have written.
"""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Collection, Iterable, Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

from toolkit.errors import RuleError
from toolkit.rules import cache
from toolkit.rules.lexicon import Lexicon, parse_lexicon
from toolkit.rules.parts import Part
from toolkit.rules.rule import Rule, with_labels
from toolkit.rules.sequence import Step

FILE_NAME = "pack.toml"

_LARGEST = 64_000_000
"""Bytes that a file of a pack may have."""

_SHORT = 16_000
"""Bytes of a pack.toml that is read as soon as what an earlier start kept of it."""

_KEPT = "tables"
"""The folder of the cache that has the tables of others, as they were read."""

_SEE_DOCS = "See docs/rules.md for what a {} may say."

_RULE = re.compile(r"^\s*\[\[\s*rule\s*\]\]")


class Head(Struct, frozen=True, forbid_unknown_fields=True):
    """``[pack]``. ``nests`` are the labels whose spans may lie inside spans of other labels.

    Null says nothing about it; the last pack of a stack that says something counts.
    """

    name: str
    version: str
    description: str = ""
    nests: tuple[str, ...] | None = None


class _Tables(Struct, frozen=True, forbid_unknown_fields=True):
    pack: Head
    rule: tuple[dict[str, Any], ...] = ()
    macros: dict[str, str] = msgspec.field(default_factory=dict)
    lexicons: dict[str, str] = msgspec.field(default_factory=dict)


class PackFile:
    """A pack as it is written, but for the names of labels.

    ``content`` is all of its files' bytes, in order, and what its labels are called.

    Args:
        folder: the pack's.
        labels: what labels are called here that the pack calls otherwise.

    Raises:
        RuleError: a file is missing, isn't UTF-8, is outside of the folder or too large;
            what pack.toml says is no TOML or not what a pack says; an id is used twice.
    """

    def __init__(self, folder: Path, labels: Mapping[str, str] | None = None) -> None:
        self.path = folder / FILE_NAME
        self._labels = labels or {}
        home = Path(os.path.realpath(folder))
        self._written = written = _bytes(home, FILE_NAME, f"{self.path}")
        key = cache.key_of(written) if len(written) > _SHORT else ""
        known = cache.load(key, _Tables, _KEPT) if key else None
        tables = known or self._parse(written)
        self.head = tables.pack
        if self.head.nests is not None:
            nests = tuple(self._labels.get(label, label) for label in self.head.nests)
            self.head = msgspec.structs.replace(self.head, nests=nests)
        self.macros = tables.macros
        self._lexicons: dict[str, tuple[Path, bytes]] = {}
        for name, place in tables.lexicons.items():
            where = f"{folder / place}: lexicon {name!r}"
            self._lexicons[name] = (folder / place, _bytes(home, place, where))
        self.rules: dict[str, Rule] = {}
        for number, table in enumerate(tables.rule):
            self._read_rule(number, table)
        # What is in the cache was without mistakes when it was read.
        if key and known is None:
            cache.store(key, tables, _KEPT)
        self.content = [written, *(content for _, content in self._lexicons.values())]
        if self._labels:
            self.content.append(msgspec.json.encode(self._labels, order="sorted"))

    def lexicons(self) -> dict[str, Lexicon]:
        """Its lexicons, read.

        Raises:
            RuleError: one isn't UTF-8 or has no term.
        """
        return {
            name: parse_lexicon(name, path, content).with_labels(self._labels)
            for name, (path, content) in self._lexicons.items()
        }

    def check_labels(self, lexicons: Iterable[Lexicon], labels: Collection[str]) -> None:
        """See that the labels of terms are labels.

        Raises:
            RuleError: a term has another label, or its label where its canonical form belongs.
        """
        for lexicon in lexicons:
            path, content = self._lexicons[lexicon.name]
            for term, own in lexicon.own.items():
                if own.label and own.label not in labels:
                    raise RuleError(
                        f"{path}, line {own.line}: lexicon {lexicon.name!r}: term {term!r}: "
                        f"the label config has no {own.label} (it has {', '.join(labels)})",
                        "The columns are term, canonical form, label and boundary.",
                    )
            for term, canonical in lexicon.terms.items():
                if canonical in labels and canonical != term:
                    line = content[: content.find(f"\t{canonical}".encode())].count(b"\n") + 1
                    raise RuleError(
                        f"{path}, line {line}: lexicon {lexicon.name!r}: term {term!r}: "
                        f"{canonical} is a label, and stands where the canonical form belongs",
                        "Leave that column empty: write two TABs before a label.",
                    )

    def check_nests(self, labels: Collection[str]) -> None:
        """See that ``nests`` names labels.

        Raises:
            RuleError: it doesn't.
        """
        unknown = [label for label in self.head.nests or () if label not in labels]
        if unknown:
            raise RuleError(
                f"{self._line_of('nests')}: nests: the label config has no "
                f"{', '.join(unknown)} (it has {', '.join(labels)})",
                "Correct it there.",
            )

    def error(self, rule: str, what: str, key: str = "") -> RuleError:
        """What to raise about a rule, or one of its keys, with the line that it is on."""
        return RuleError(f"{self.where(rule, key)}: rule {rule}: {what}", "Correct it there.")

    def where(self, rule: str, key: str = "", text: str = "") -> str:
        """The file and the line of a rule, of one of its keys, or of a text behind that key."""
        number = list(self.rules).index(rule) if rule in self.rules else len(self.rules)
        return self._where(number, key, text)

    def _parse(self, written: bytes) -> _Tables:
        try:
            # Windows editors begin a file with a mark.
            tables = tomllib.loads(written.decode("utf-8-sig"))
            self._check_names(tables)
            return msgspec.convert(tables, _Tables)
        except UnicodeDecodeError as error:
            line = written.count(b"\n", 0, error.start) + 1
            raise RuleError(
                f"{self.path}, line {line}: is not UTF-8", "Save it as UTF-8."
            ) from None
        except msgspec.ValidationError as error:
            from toolkit.rules.misread import misread

            key, what = misread(str(error), {"": _Tables, "pack": Head})
            path = re.search(r"`\$\.\w+\.(\w+)`", str(error))
            raise RuleError(
                f"{self._line_of(path[1] if path else key)}: {what}", _SEE_DOCS.format("pack")
            ) from None
        except (tomllib.TOMLDecodeError, RecursionError) as error:
            hint = "Write patterns in single quotes: there a backslash is a backslash."
            is_escape = "escape" in str(error).lower()
            raise RuleError(
                f"{self.path}: {error}", hint if is_escape else _SEE_DOCS.format("pack")
            ) from None

    def _check_names(self, tables: dict[str, Any]) -> None:
        """Refuse macros and lexicons that are no texts, or that share a name."""
        macros, lexicons = tables.get("macros"), tables.get("lexicons")
        for table in (macros, lexicons):
            for name, value in table.items() if isinstance(table, dict) else ():
                if not isinstance(value, str):
                    raise RuleError(
                        f"{self._line_of(name)}: {name} must be a text in quotes",
                        "A macro is a piece of a pattern; a lexicon the name of its file.",
                    )
        both = set(macros or ()) & set(lexicons or ())
        if both:
            name = min(both)
            raise RuleError(
                f"{self._line_of(name)}: {name} is both a macro and a lexicon",
                "Rename one; {name} in a pattern stands for one of them.",
            )

    @cached_property
    def _lines(self) -> list[str]:
        """The lines of pack.toml, which only errors ask for."""
        return self._written.decode("utf-8-sig").splitlines()

    def _line_of(self, key: str) -> str:
        """The file, and the first line that begins with a key or the head of a table."""
        wanted = re.compile(rf"^\s*(?:\[+\s*)?{re.escape(key)}\s*[\]=]")
        lines = (n for n, line in enumerate(self._lines, 1) if key and wanted.match(line))
        line = next(lines, 0)
        return f"{self.path}, line {line}" if line else str(self.path)

    def _read_rule(self, number: int, table: dict[str, Any]) -> None:
        name = table.get("id", f"number {number + 1}")
        try:
            rule = with_labels(msgspec.convert(table, Rule), self._labels)
        except msgspec.ValidationError as error:
            from toolkit.rules.misread import misread

            key, what = misread(str(error), {"": Rule, "tokens": Step, "parts": Part})
            where = f"{self._where(number, key)}: rule {name}"
            raise RuleError(f"{where}: {what}", _SEE_DOCS.format("rule")) from None
        if rule.id in self.rules:
            where = f"{self._where(number)}: rule {name}"
            raise RuleError(f"{where}: two rules have this id", "Rename one.")
        self.rules[rule.id] = rule

    def _where(self, number: int, key: str = "", text: str = "") -> str:
        """The file and the line of the rule with this number, of its key, or of a text there."""
        starts = [at for at, line in enumerate(self._lines) if _RULE.match(line)]
        if number >= len(starts):
            return str(self.path)
        end = starts[number + 1] if number + 1 < len(starts) else len(self._lines)
        wanted = re.compile(rf"^\s*{re.escape(key or 'id')}\s*=")
        lines = range(starts[number], end)
        line = next((at for at in lines if wanted.match(self._lines[at])), starts[number])
        if text:
            line = next((at for at in range(line, end) if text in self._lines[at]), line)
        return f"{self.path}, line {line + 1}"


def _bytes(home: Path, place: str, where: str) -> bytes:
    """What a file of the pack holds whose folder, with no link in its path, is ``home``."""
    try:
        path = (home / place).resolve(strict=True)
        if not path.is_relative_to(home):
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
