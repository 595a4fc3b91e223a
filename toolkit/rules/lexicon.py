"""A lexicon: a list of terms, found in a text or written into a pattern.

A lexicon file holds one term a line; ``#`` starts a comment; TABs separate a term from its
canonical form, its label and its boundary condition (``any`` or ``words``), each of which may
be left empty. Terms may be written in full-width or ASCII form.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from toolkit.errors import RuleError
from toolkit.rules.shadow import shadow

BOUNDARIES = {"": None, "any": False, "words": True}
"""What the fourth column may say, and what it means for ``whole_words``; empty: as the rule."""


class Own(Struct, frozen=True):
    """What a term says for itself: its label, empty for the rule's, and whole words or not.

    ``whole_words`` is null where the rule decides; ``line`` is where the term stands.
    """

    label: str
    whole_words: bool | None
    line: int


class Lexicon:
    """Terms with their canonical forms (the term itself where none is given).

    ``own`` has the terms that have a label or a boundary condition of their own.
    """

    def __init__(self, name: str, terms: dict[str, str], own: dict[str, Own] | None = None) -> None:
        self.name = name
        self.terms = terms
        self.own = own or {}

    def __contains__(self, term: object) -> bool:
        return term in self.terms

    def with_labels(self, names: Mapping[str, str]) -> Lexicon:
        """The lexicon with labels called what ``names`` calls them."""
        if not names:
            return self
        own = {
            term: replace(one, label=names.get(one.label, one.label))
            for term, one in self.own.items()
        }
        return Lexicon(self.name, self.terms, own)

    @cached_property
    def alternatives(self) -> str:
        """A regular expression for any of the terms, longer ones tried first."""
        return trie_pattern(self.terms)

    @cached_property
    def lengths(self) -> tuple[int, ...]:
        """The lengths that terms have, longest first."""
        return tuple(sorted({len(term) for term in self.terms}, reverse=True))

    def ends(self, word: str) -> bool:
        """Whether the word is a term or ends with one."""
        return any(word[-length:] in self.terms for length in self.lengths if length <= len(word))

    def begins(self, word: str) -> bool:
        """Whether the word is a term or begins with one."""
        return any(word[:length] in self.terms for length in self.lengths if length <= len(word))


def parse_lexicon(name: str, path: Path, content: bytes) -> Lexicon:
    """Read what a lexicon file holds.

    Raises:
        RuleError: it isn't UTF-8, has no term, a boundary condition that isn't one, or a
            term that says two things of itself; names the file, and the line.
    """
    try:
        lines = content.decode("utf-8-sig").splitlines()
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise RuleError(
            f"{path}, line {line}: lexicon {name!r} is not UTF-8", "Save it as UTF-8."
        ) from None
    entries = [line.split("#", 1)[0].partition("\t") for line in lines]
    # All at once: many short texts take much longer than one long one.
    written = shadow("\n".join(term for term, _, _ in entries)).split("\n")
    named = [
        (number, term, rest)
        for number, (term, (_, _, rest)) in enumerate(
            zip(map(str.strip, written), entries, strict=True), start=1
        )
        if term
    ]
    if not named:
        raise RuleError(f"{path}: lexicon {name!r} has no term", "Write one term a line.")
    terms = {term: rest.partition("\t")[0].strip() or term for _, term, rest in named}
    if not any("\t" in rest for *_, rest in named):
        return Lexicon(name, terms)
    own: dict[str, Own] = {}
    for number, term, rest in named:
        where = f"{path}, line {number}: lexicon {name!r}: term {term!r}"
        said = _own(rest.partition("\t")[2], where, number)
        known = own.setdefault(term, said)
        if (known.label, known.whole_words) != (said.label, said.whole_words):
            raise RuleError(
                f"{where} says something else than in line {known.line}", "Keep one of the lines."
            )
    return Lexicon(
        name, terms, {t: o for t, o in own.items() if o.label or o.whole_words is not None}
    )


def _own(columns: str, where: str, line: int) -> Own:
    """What the columns behind the canonical form say."""
    label, boundary, more = (*(one.strip() for one in columns.split("\t", 2)), "", "", "")[:3]
    hint = "The columns are term, canonical form, label and boundary, with TABs between."
    if boundary not in BOUNDARIES:
        raise RuleError(f"{where}: {boundary!r} is no boundary condition (any, words)", hint)
    if more:
        raise RuleError(f"{where} has more than four columns: {more!r}", hint)
    return Own(label, BOUNDARIES[boundary], line)


def named_lexicons(names: str, lexicons: Mapping[str, Lexicon]) -> list[Lexicon]:
    """The lexicons that ``names`` lists, separated by blanks.

    Raises:
        ValueError: one isn't there.
    """
    for name in names.split():
        if name not in lexicons:
            known = ", ".join(sorted(lexicons)) or "none"
            raise ValueError(f"there is no lexicon {name!r} under [lexicons] (known: {known})")
    return [lexicons[name] for name in names.split()]


def trie_pattern(terms: Iterable[str]) -> str:
    """A regular expression for any of the terms that tests each character only once."""
    trie: dict[str, Any] = {}
    for term in terms:
        node = trie
        for char in term:
            node = node.setdefault(char, {})
        node[""] = {}
    return f"(?:{_branch(trie)})"


def _branch(node: dict[str, Any]) -> str:
    leaves = sorted(char for char, below in node.items() if char and set(below) == {""})
    deeper = sorted(char for char, below in node.items() if char and set(below) != {""})
    options = [re.escape(char) + _branch(node[char]) for char in deeper]
    if leaves:
        inside = "".join(re.escape(char) for char in leaves)
        options.append(f"[{inside}]" if len(leaves) > 1 else inside)
    if len(options) == 1 and "" not in node:
        return options[0]
    return f"(?:{'|'.join(options)})" + ("?" if "" in node else "")
