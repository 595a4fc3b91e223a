"""Clean documents of the genre, invented and made from a seed, with their entities marked.

Sentences are templates with slots; every slot is an entity and gives a span. Nothing in them
is damaged, though much looks as if it might be: (CEO), A&B, 120救护车, 3:1, Müller, 〔2022〕7号.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

from toolkit.model import Span

_PHRASES = tomllib.loads(Path(__file__).with_name("phrases.toml").read_text(encoding="utf-8"))


def words(name: str) -> list[str]:
    """One of the lists of words."""
    found: str = _PHRASES["words"][name]
    return found.split()


def lines(name: str) -> list[str]:
    """One of the lists of sentences, headings or lines around a text."""
    found: str = _PHRASES["lines"][name]
    return found.strip("\n").split("\n")


def seeded(seed: int) -> Random:
    """What decides: the same seed, the same document and the same damage."""
    return Random(seed)  # noqa: S311 - nothing is secret here


SENTENCES, TRICKY = lines("sentences"), lines("tricky")
HEADLINES, SECTIONS, BLOCKS = lines("headlines"), lines("sections"), lines("blocks")
SURNAMES, GIVEN = words("surnames"), words("given")
PLACE_ROOTS, PROVINCES, TITLES = words("place_roots"), words("provinces"), words("titles")
ORG_TAILS, GOV_TAILS, SUPPLIES = words("org_tails"), words("gov_tails"), words("supplies")
DISEASES, EVENTS = words("diseases"), words("events")
DOCUMENTS, SLOGANS = words("documents"), words("slogans")

_SLOT = re.compile(r"\{([A-Z]+)\}")
_ASCII = str.maketrans("，：；！？（）", ",:;!?()")


@dataclass(frozen=True)
class CleanDocument:
    """A clean text and the entities in it; ``headline`` is the length of its first line."""

    text: str
    spans: tuple[Span, ...] = ()
    headline: int = 0


@dataclass
class _Draft:
    """A document in the making."""

    pieces: list[str] = field(default_factory=list)
    spans: list[Span] = field(default_factory=list)
    length: int = 0

    def add(self, text: str, label: str = "") -> None:
        if label:
            self.spans.append(Span(self.length, self.length + len(text), label, text))
        self.pieces.append(text)
        self.length += len(text)

    def fill(self, random: Random, template: str, *, ascii_marks: bool) -> None:
        """Add a template with its slots filled; ``ascii_marks`` writes ASCII punctuation."""
        for position, part in enumerate(_SLOT.split(template)):
            if position % 2:
                self.add(_FILLERS[part](random), part)
            elif part:
                self.add(part.translate(_ASCII) if ascii_marks else part)

    def finished(self, headline: int = 0) -> CleanDocument:
        return CleanDocument("".join(self.pieces), tuple(self.spans), headline)


def _place(random: Random) -> str:
    return random.choice(PLACE_ROOTS) + random.choice("市县区镇村")


def _time(random: Random) -> str:
    month, day = random.randint(1, 12), random.randint(1, 28)
    return random.choice(
        [
            f"{month}月{day}日",
            f"202{random.randint(0, 2)}年{month}月{day}日",
            f"{month}月{day}日{random.randint(0, 23)}时",
            f"{month}月{day}日上午",
            f"2月{day}日晚8时30分",
            "大年初二",
            "当日下午",
        ]
    )


def _number(random: Random) -> str:
    count = random.choice(
        [
            str(random.randint(2, 999)),
            f"{random.randint(1, 98)},{random.randint(100, 999)}",
            "三十多",
        ]
    )
    return count + random.choice("个人名例份台箱天")


def _money(random: Random) -> str:
    return f"{random.randint(1, 99)}.{random.randint(1, 9)}万元"


_FILLERS: dict[str, Callable[[Random], str]] = {
    "PERSON": lambda random: random.choice(SURNAMES) + random.choice(GIVEN),
    "PLACE": _place,
    "PROVINCE": lambda random: random.choice(PROVINCES),
    "TITLE": lambda random: random.choice(TITLES),
    "ORG": lambda random: _place(random) + random.choice(ORG_TAILS),
    "GOV": lambda random: _place(random) + random.choice(GOV_TAILS),
    "SUPPLY": lambda random: random.choice(SUPPLIES),
    "DISEASE": lambda random: random.choice(DISEASES),
    "EVENT": lambda random: random.choice(EVENTS),
    "DOCUMENT": lambda random: random.choice(DOCUMENTS),
    "MEASURE": lambda random: random.choice(SLOGANS),
    "TIME": _time,
    "NUM": _number,
    "MONEY": _money,
}


def sentence(random: Random) -> CleanDocument:
    """One clean sentence, in one of the two styles of punctuation."""
    draft = _Draft()
    template = random.choice(TRICKY if random.random() < 0.3 else SENTENCES)
    draft.fill(random, template, ascii_marks=random.random() < 0.5)
    return draft.finished()


def document(
    random: Random,
    *,
    paragraphs: int = 0,
    tricky: float = 0.05,
    blocks: float = 0.05,
    traditional: bool = False,
) -> CleanDocument:
    """A clean document: headline, perhaps a subtitle, sections, paragraphs.

    Args:
        random: decides everything else.
        paragraphs: how many; 0 for three to nine.
        tricky: the share of sentences that look damaged and aren't.
        blocks: how often a list, a letter, a verse or the like follows a paragraph.
        traditional: in traditional characters.
    """
    draft, ascii_marks = _Draft(), random.random() < 0.5
    indent = random.choice(["", "", "　　"])
    gap = "\n" if indent else random.choice(["\n", "\n\n"])
    draft.fill(random, random.choice(HEADLINES), ascii_marks=ascii_marks)
    headline = draft.length
    if random.random() < 0.3:
        draft.add("\n——")
        draft.fill(random, "{PLACE}疫情防控工作纪实", ascii_marks=ascii_marks)
    sections = iter(SECTIONS)
    ordinary, odd = iter(_shuffled(random, SENTENCES)), iter(_shuffled(random, TRICKY))
    for number in range(paragraphs or random.randint(3, 9)):
        if number and random.random() < 0.15:
            draft.add("\n\n" if gap == "\n\n" else "\n")
            draft.fill(random, next(sections, "结语"), ascii_marks=ascii_marks)
        draft.add((gap if number else "\n\n") + indent)
        for _ in range(random.randint(1, 7)):
            template = next(odd if random.random() < tricky else ordinary, SENTENCES[0])
            draft.fill(random, template, ascii_marks=ascii_marks)
        if random.random() < blocks:
            block = gap + random.choice(BLOCKS).replace("|", "\n")
            draft.fill(random, block, ascii_marks=ascii_marks)
    finished = draft.finished(headline)
    return _traditional(finished) if traditional else finished


def _shuffled(random: Random, templates: list[str]) -> list[str]:
    """In a random order: no document says the same thing twice."""
    return random.sample(templates, len(templates))


def _traditional(clean: CleanDocument) -> CleanDocument:
    """The same document in traditional characters, one for one."""
    text = "".join(_to_traditional(line) for line in clean.text.splitlines(keepends=True))
    spans = tuple(Span(s.start, s.end, s.label, text[s.start : s.end]) for s in clean.spans)
    return CleanDocument(text, spans, clean.headline)


def _to_traditional(line: str) -> str:
    converted: str = _converter().convert(line)
    if len(converted) != len(line):
        raise ValueError(f"a conversion that changes the length: {line!r}")
    return converted


@cache
def _converter() -> Any:
    import opencc

    return opencc.OpenCC("s2t")
