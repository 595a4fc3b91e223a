"""Damage to clean documents, with the truth kept: every kind that Chinese news comes with.

Kinds combine in the order of ``KINDS``, which is the order in which a text meets them on its
way to us: written, published, decoded wrongly, copied out of a page, saved.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from random import Random

from tests.test_corpus import decodings
from tests.test_corpus.cells import (
    Cell,
    Cells,
    Damaged,
    assembled,
    damaged,
    is_han,
    is_whole,
    junk,
    whole,
)
from tests.test_corpus.clean_texts import CleanDocument, document, lines, seeded, words


def damage(
    document: CleanDocument, kinds: Sequence[str], random: Random, rate: float = 0.02
) -> Damaged:
    """The document with these kinds of damage.

    Args:
        document: what is damaged.
        kinds: keys of ``KINDS``, applied in its order.
        random: decides where.
        rate: how often, as a share of the characters where a kind can strike anywhere.
    """
    cells = [whole(character) for character in document.text]
    for name, kind in KINDS.items():
        if name in kinds:
            cells = kind(cells, random, rate)
    return assembled(document, cells)


# What stands in a file and not in the text.


def byte_order_mark(cells: Cells, random: Random, rate: float) -> Cells:
    """One at the beginning, or the character in the middle, where files were joined."""
    marked = [junk("\ufeff", "byte-order mark"), *cells]
    if random.random() < 0.3:
        marked.insert(random.randrange(len(marked)), junk("\ufeff", "byte-order mark"))
    return marked


def controls(cells: Cells, random: Random, rate: float) -> Cells:
    """Control characters anywhere between two characters."""
    return _strewn(cells, random, rate, "control character", "\x00\x01\x07\x08\x1a\x1f\x7f\x9d")


def zero_width(cells: Cells, random: Random, rate: float) -> Cells:
    """Zero-width spaces and joiners between two Chinese characters."""
    return _strewn(
        cells, random, rate, "zero-width", "\u200b\u200c\u200d\u2060\ufeff", between_han=True
    )


def crlf(cells: Cells, random: Random, rate: float) -> Cells:
    """Every line end is CRLF, or every one is CR."""
    end = random.choice(["\r\n", "\r\n", "\r"])
    return [
        _with_raw(cell, cell.raw.replace("\n", end)) if cell.raw in ("\n", "\n\n") else cell
        for cell in cells
    ]


def _with_raw(cell: Cell, raw: str) -> Cell:
    inner = ((0, len(raw)),) if cell.clean else ()
    return replace(cell, raw=raw, inner=inner, kind=cell.kind or "line end")


def _strewn(
    cells: Cells,
    random: Random,
    rate: float,
    kind: str,
    characters: str,
    *,
    between_han: bool = False,
) -> Cells:
    strewn: Cells = []
    for position, cell in enumerate(cells):
        if random.random() < rate and (
            not between_han or (is_han(cells, position) and is_han(cells, position - 1))
        ):
            strewn.append(junk(random.choice(characters), kind))
        strewn.append(cell)
    return strewn


# What publishing and converting did.

_ENTITY_NAMES = {
    "“": "ldquo", "”": "rdquo", "‘": "lsquo", "’": "rsquo", "…": "hellip", "—": "mdash",
    "·": "middot", "×": "times", "&": "amp", "<": "lt",
    "＜": "#65308", "。": "#12290", "、": "#x3001",
}  # fmt: skip


def entities(cells: Cells, random: Random, rate: float) -> Cells:
    """HTML entities, escaped once to three times."""
    return [
        damaged(cell, "&" + "amp;" * random.choice([0, 0, 1, 2]) + _ENTITY_NAMES[cell.raw] + ";",
                 "entity")
        if is_whole(cell) and cell.raw in _ENTITY_NAMES and random.random() < 0.5
        else cell
        for cell in cells
    ]  # fmt: skip


def broken_entities(cells: Cells, random: Random, rate: float) -> Cells:
    """Entities whose ampersand became a question mark, or whose semicolon is gone."""
    broken = list(cells)
    for position, cell in enumerate(cells):
        name = _ENTITY_NAMES.get(cell.raw, "")
        if (
            is_whole(cell)
            and name in ("ldquo", "rdquo", "hellip", "mdash")
            and _whole_neighbours(cells, position)
        ):
            if random.random() < 0.3:
                broken[position] = damaged(cell, f"?{name};", "broken entity")
            elif random.random() < 0.1 and is_han(cells, position + 1):
                broken[position] = damaged(cell, f"&{name}", "broken entity")
    return broken


_BLOCK_MARKUP, _INLINE_MARKUP = lines("block_markup"), lines("inline_markup")


def markup(cells: Cells, random: Random, rate: float) -> Cells:
    """Tags and comments that were left when a page became text."""
    marked: Cells = []
    for position, cell in enumerate(cells):
        if cell.raw == "\n" and random.random() < 3 * rate:
            marked.append(junk(random.choice(_BLOCK_MARKUP), "markup"))
        elif position and random.random() < rate / 4 and not _inside_ascii(cells, position):
            marked.append(junk(random.choice(_INLINE_MARKUP), "markup"))
        marked.append(cell)
    return marked


_PINYIN = {entry[:1]: entry[1:] for entry in words("readings")}


def glosses(cells: Cells, random: Random, rate: float) -> Cells:
    """Pinyin in brackets behind most characters that have a reading here; some lack the tone."""
    glossed: Cells = []
    opening, closing = random.choice([("(", ")"), ("(", ")"), ("（", "）")])
    for cell in cells:
        glossed.append(cell)
        if is_whole(cell) and cell.raw in _PINYIN and random.random() < 0.9:
            glossed.append(junk(opening + _PINYIN[cell.raw] + closing, "gloss"))
    return glossed


def full_width_digits(cells: Cells, random: Random, rate: float) -> Cells:
    """Every digit is a full-width one."""
    return [
        damaged(cell, chr(ord(cell.raw) + 0xFEE0), "full-width digit")
        if is_whole(cell) and cell.raw in set("0123456789")
        else cell
        for cell in cells
    ]


def spaces(cells: Cells, random: Random, rate: float) -> Cells:
    """Indents and line ends full of spaces of all kinds, and no-break spaces for spaces."""
    spaced: Cells = []
    indent = random.choice(
        ["\u00a0\u00a0\u00a0\u00a0", "\u3000\u3000", "    ", "\t", "\u2003\u2003"]
    )
    for position, cell in enumerate(cells):
        if cell.raw == "\n" and random.random() < 0.5:
            spaced.append(junk(random.choice([" ", "\u00a0", "\u3000", "\t", "  "]), "space"))
        blank = cell.raw == " " and is_whole(cell) and random.random() < 0.8
        spaced.append(damaged(cell, "\u00a0", "space") if blank else cell)
        ends = cell.raw == "\n" and position + 1 < len(cells)
        if ends and cells[position + 1].raw not in ("\n", "　"):
            spaced.append(junk(indent, "space"))
    return spaced


def blank_lines(cells: Cells, random: Random, rate: float) -> Cells:
    """Some paragraphs are several blank lines apart."""
    return [
        junk("\n" * random.randint(2, 5), "blank lines") if piece is None else piece
        for cell in cells
        for piece in ([cell, None] if cell.raw == "\n" and random.random() < 0.4 else [cell])
    ]


# Boilerplate.

_ABOVE, _BETWEEN = lines("above"), lines("between")
_UNDER_HEADLINE = [line.replace("|", "\n") for line in lines("under_headline")]
_BELOW = [line.replace("|", "\n") for line in lines("below")]


def boilerplate(cells: Cells, random: Random, rate: float) -> Cells:
    """Lines of the page around the text: breadcrumb, source, share, file names, footer."""
    headline = "".join(cell.raw for cell in cells).index("\n")
    breaks = [i for i, cell in enumerate(cells) if cell.raw == "\n" and i > headline + 1]
    inner = sorted(random.sample(breaks, k=min(len(breaks), random.randint(0, 2))), reverse=True)
    damaged = list(cells)
    if random.random() < 0.8:
        damaged += [junk(f"\n\n{random.choice(_BELOW)}\n", "boilerplate")]
    for position in inner:
        damaged.insert(position, junk(f"\n{random.choice(_BETWEEN)}", "boilerplate"))
    if random.random() < 0.8:
        under = random.choice(_UNDER_HEADLINE)
        damaged.insert(headline, junk(f"\n\n{under}", "boilerplate"))
    if random.random() < 0.7:
        damaged.insert(0, junk(f"{random.choice(_ABOVE)}\n\n", "boilerplate"))
    return damaged


def doubled_headline(cells: Cells, random: Random, rate: float) -> Cells:
    """The headline stands twice; either copy may stay."""
    headline = next(i for i, cell in enumerate(cells) if cell.raw == "\n")
    start = next(i for i, cell in enumerate(cells) if cell.clean)
    twin = [replace(cell, kind="doubled headline", twin=True) for cell in cells[start:headline]]
    line_end = junk("\n", "doubled headline")
    return [*cells[:headline], line_end, *twin, *cells[headline:]]


# Hard wraps.


def hard_wraps(cells: Cells, random: Random, rate: float) -> Cells:
    """Every line is cut at one width; in some texts with blank lines, a blank line follows."""
    width = random.randint(26, 42)
    has_blank_lines = "".join(cell.raw for cell in cells).count("\n\n") > 2
    blank = has_blank_lines and random.random() < 0.2
    trailing = random.choice(["", "", "", " "])
    wrapped: Cells = []
    column = 0
    for position, cell in enumerate(cells):
        wrapped.append(cell)
        column = 0 if "\n" in cell.raw else column + len(cell.raw)
        following = cells[position + 1].raw if position + 1 < len(cells) else "\n"
        # No line begins with a mark that ends something, and no word is cut: editors see to it.
        if (
            column >= width
            and "\n" not in following
            and following[0] not in _NO_LINE_START
            and not (cell.raw[-1].isascii() and following[0].isascii())
        ):
            wrapped.append(junk(f"{trailing}\n\n" if blank else f"{trailing}\n", "hard wrap"))
            column = 0
    return wrapped


_NO_LINE_START = set("，。、；：！？）》”’…—,;:!?) 　")


_LONGEST_HEADING = 50


def _lines(cells: Cells) -> Iterator[Cells]:
    line: Cells = []
    for cell in cells:
        line.append(cell)
        if "\n" in cell.raw:
            yield line
            line = []
    yield line


def page_breaks(cells: Cells, random: Random, rate: float) -> Cells:
    """Here and there a sentence, or a word, is cut by a line break or a blank line."""
    broken: Cells = []
    for line in _lines(cells):
        for position, cell in enumerate(line):
            broken.append(cell)
            if (
                len(line) > _LONGEST_HEADING
                and random.random() < rate / 6
                and 8 < position < len(line) - 8
                and is_han(line, position)
                and is_han(line, position + 1)
            ):
                broken.append(junk(random.choice(["\n", "\n\n"]), "page break"))
    return broken


def _whole_neighbours(cells: Cells, position: int) -> bool:
    return 0 < position < len(cells) - 1 and all(
        is_whole(cells[i]) and cells[i].raw not in "吗嗎呢么麼吧?？"
        for i in (position - 1, position + 1)
    )


def _inside_ascii(cells: Cells, position: int) -> bool:
    """Whether an ASCII word or number would be cut: no page has markup there."""
    return all(
        0 <= i < len(cells) and cells[i].raw[-1:].isascii() and cells[i].raw[-1:].isalnum()
        for i in (position - 1, position)
    )


Kind = Callable[[Cells, Random, float], Cells]

KINDS: dict[str, Kind] = {
    "glosses": glosses,
    "doubled headline": doubled_headline,
    "boilerplate": boilerplate,
    "full-width digits": full_width_digits,
    "UTF-8 as GBK": decodings.utf8_as_gbk,
    "UTF-8 as Latin-1": decodings.utf8_as_latin,
    "GBK as Latin-1": decodings.gbk_as_latin,
    "GBK as Big5": decodings.gbk_as_big5,
    "Big5 as GBK": decodings.big5_as_gbk,
    "GBK as UTF-8": decodings.gbk_as_utf8,
    "lost byte": decodings.lost_byte,
    "shifted gloss": decodings.shifted_gloss,
    "entities": entities,
    "broken entities": broken_entities,
    "markup": markup,
    "spaces": spaces,
    "blank lines": blank_lines,
    "page breaks": page_breaks,
    "hard wraps": hard_wraps,
    "zero-width": zero_width,
    "controls": controls,
    "line ends": crlf,
    "byte-order mark": byte_order_mark,
}
"""Every kind of damage, in the order in which a text meets them."""

TRADITIONAL = frozenset({"glosses", "Big5 as GBK"})
"""Kinds that happen to traditional documents."""

RIVALS = (
    (
        "UTF-8 as GBK",
        "UTF-8 as Latin-1",
        "GBK as Latin-1",
        "GBK as Big5",
        "GBK as UTF-8",
        "lost byte",
    ),
    ("hard wraps", "page breaks"),
)
"""Kinds of which a text meets one: it has one history."""


def damaged_by(kind: str, seed: int, *, paragraphs: int = 0) -> Damaged:
    """A generated document with one kind of damage; ``paragraphs`` is ``document``'s."""
    random = seeded(seed)
    clean = document(random, paragraphs=paragraphs, traditional=kind in TRADITIONAL)
    return damage(clean, [kind], random)


def combined(seed: int, rate: float = 0.02, *, paragraphs: int = 0) -> Damaged:
    """A generated document with about half of all the kinds of damage that can meet."""
    random = seeded(seed)
    traditional = random.random() < 0.3
    kinds = [kind for kind in KINDS if traditional or kind not in TRADITIONAL]
    for rivals in RIVALS:
        chosen = random.choice(rivals)
        kinds = [kind for kind in kinds if kind == chosen or kind not in rivals]
    some = [kind for kind in kinds if random.random() < 0.5]
    clean = document(random, paragraphs=paragraphs, traditional=traditional)
    return damage(clean, some, random, rate)
