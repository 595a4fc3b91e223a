"""Damage to clean documents, with the truth: where each clean character stands in the raw text.

A document is a list of cells, each a stretch of clean text and the raw text that stands for
it. A damage changes cells that are whole still, and puts cells without clean text between
them; so kinds combine, in the order of ``KINDS``, which is the order in which a text meets
them on its way to us: written, published, decoded wrongly, copied out of a page, saved.

What is unrecoverable is marked ``lost``: characters of which a byte is gone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from random import Random

from tests.test_corpus.clean_texts import CleanDocument, lines, words
from toolkit.model import Span

Pair = tuple[int, int]


@dataclass(frozen=True)
class Cell:
    """Clean text and the raw text that stands for it.

    ``inner`` gives for each clean character its stretch of ``raw``, ``lost`` whether it can't
    be recovered; ``kind`` is the damage, empty for none. A ``twin`` is a second copy of a
    clean character: one of the two must stay.
    """

    clean: str
    raw: str
    inner: tuple[Pair, ...]
    lost: tuple[bool, ...]
    kind: str = ""
    twin: bool = False


Cells = list[Cell]


@dataclass(frozen=True)
class Stretch:
    """A cell with its place: clean[start:end] is raw[raw_start:raw_end]."""

    start: int
    end: int
    raw_start: int
    raw_end: int
    cell: Cell

    def as_clean(self, start: int, clean: str) -> Stretch:
        """The same raw stretch standing for this clean text."""
        cell = replace(self.cell, clean=clean, lost=(False,) * len(clean))
        return Stretch(start, start + len(clean), self.raw_start, self.raw_end, cell)

    def as_junk(self, at: int) -> Stretch:
        """The same raw stretch standing for nothing."""
        cell = replace(self.cell, clean="", inner=(), lost=(), kind="doubled headline")
        return Stretch(at, at, self.raw_start, self.raw_end, cell)


@dataclass(frozen=True)
class Damaged:
    """A damaged text and its truth.

    ``places`` gives for each clean character the least raw stretch that holds all that is
    left of it; ``twins`` are raw stretches that repeat clean ones, as
    ``(start, end, raw_start, raw_end)``.
    """

    clean: str
    raw: str
    spans: tuple[Span, ...]
    stretches: tuple[Stretch, ...]
    places: tuple[Pair, ...]
    lost: frozenset[int]
    twins: tuple[tuple[int, int, int, int], ...] = ()


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
    cells = [_whole(character) for character in document.text]
    for name, kind in KINDS.items():
        if name in kinds:
            cells = kind(cells, random, rate)
    return _assembled(document, cells)


def _whole(character: str) -> Cell:
    return Cell(character, character, ((0, 1),), (False,))


def _junk(raw: str, kind: str) -> Cell:
    return Cell("", raw, (), (), kind)


def _damaged(cell: Cell, raw: str, kind: str) -> Cell:
    return replace(cell, raw=raw, inner=((0, len(raw)),), kind=kind)


def _assembled(document: CleanDocument, cells: Cells) -> Damaged:
    stretches: list[Stretch] = []
    places: list[Pair] = []
    lost: set[int] = set()
    twins: list[tuple[int, int, int, int]] = []
    at = raw_at = twin_at = 0
    for cell in cells:
        raw_end = raw_at + len(cell.raw)
        if cell.twin:
            twins.append((twin_at, twin_at + len(cell.clean), raw_at, raw_end))
            twin_at += len(cell.clean)
            cell = replace(cell, clean="", lost=())  # noqa: PLW2901 - the same, as junk
        end = at + len(cell.clean)
        stretches.append(Stretch(at, end, raw_at, raw_end, cell))
        if cell.clean:
            places += [(raw_at + low, raw_at + high) for low, high in cell.inner]
        lost |= {at + offset for offset, is_lost in enumerate(cell.lost) if is_lost}
        at, raw_at = end, raw_end
    clean = "".join(cell.clean for cell in cells if not cell.twin)
    assert clean == document.text
    return Damaged(
        clean,
        "".join(cell.raw for cell in cells),
        document.spans,
        tuple(stretches),
        tuple(places),
        frozenset(lost),
        tuple(twins),
    )


# What stands in a file and not in the text.


def byte_order_mark(cells: Cells, random: Random, rate: float) -> Cells:
    """One at the beginning, or the character in the middle, where files were joined."""
    marked = [_junk("\ufeff", "byte-order mark"), *cells]
    if random.random() < 0.3:
        marked.insert(random.randrange(len(marked)), _junk("\ufeff", "byte-order mark"))
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
    cells: Cells, random: Random, rate: float, kind: str, junk: str, *, between_han: bool = False
) -> Cells:
    strewn: Cells = []
    for position, cell in enumerate(cells):
        if random.random() < rate and (
            not between_han or (_is_han(cells, position) and _is_han(cells, position - 1))
        ):
            strewn.append(_junk(random.choice(junk), kind))
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
        _damaged(cell, "&" + "amp;" * random.choice([0, 0, 1, 2]) + _ENTITY_NAMES[cell.raw] + ";",
                 "entity")
        if _is_whole(cell) and cell.raw in _ENTITY_NAMES and random.random() < 0.5
        else cell
        for cell in cells
    ]  # fmt: skip


def broken_entities(cells: Cells, random: Random, rate: float) -> Cells:
    """Entities whose ampersand became a question mark, or whose semicolon is gone."""
    broken = list(cells)
    for position, cell in enumerate(cells):
        name = _ENTITY_NAMES.get(cell.raw, "")
        if (
            _is_whole(cell)
            and name in ("ldquo", "rdquo", "hellip", "mdash")
            and _whole_neighbours(cells, position)
        ):
            if random.random() < 0.3:
                broken[position] = _damaged(cell, f"?{name};", "broken entity")
            elif random.random() < 0.1 and _is_han(cells, position + 1):
                broken[position] = _damaged(cell, f"&{name}", "broken entity")
    return broken


_MARKUP = lines("markup")


def markup(cells: Cells, random: Random, rate: float) -> Cells:
    """Tags and comments that were left when a page became text."""
    marked: Cells = []
    for position, cell in enumerate(cells):
        if position and random.random() < rate / 4 and not _inside_ascii(cells, position):
            marked.append(_junk(random.choice(_MARKUP), "markup"))
        marked.append(cell)
    return marked


_PINYIN = {entry[:1]: entry[1:] for entry in words("readings")}


def glosses(cells: Cells, random: Random, rate: float) -> Cells:
    """Pinyin in brackets behind most characters that have a reading here; some lack the tone."""
    glossed: Cells = []
    opening, closing = random.choice([("(", ")"), ("(", ")"), ("（", "）")])
    for cell in cells:
        glossed.append(cell)
        if _is_whole(cell) and cell.raw in _PINYIN and random.random() < 0.9:
            glossed.append(_junk(opening + _PINYIN[cell.raw] + closing, "gloss"))
    return glossed


def full_width_digits(cells: Cells, random: Random, rate: float) -> Cells:
    """Every digit is a full-width one."""
    return [
        _damaged(cell, chr(ord(cell.raw) + 0xFEE0), "full-width digit")
        if _is_whole(cell) and cell.raw in set("0123456789")
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
            spaced.append(_junk(random.choice([" ", "\u00a0", "\u3000", "\t", "  "]), "space"))
        blank = cell.raw == " " and _is_whole(cell) and random.random() < 0.8
        spaced.append(_damaged(cell, "\u00a0", "space") if blank else cell)
        ends = cell.raw == "\n" and position + 1 < len(cells)
        if ends and cells[position + 1].raw not in ("\n", "　"):
            spaced.append(_junk(indent, "space"))
    return spaced


def blank_lines(cells: Cells, random: Random, rate: float) -> Cells:
    """Some paragraphs are several blank lines apart."""
    return [
        _junk("\n" * random.randint(2, 5), "blank lines") if piece is None else piece
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
        damaged += [_junk(f"\n\n{random.choice(_BELOW)}\n", "boilerplate")]
    for position in inner:
        damaged.insert(position, _junk(f"\n{random.choice(_BETWEEN)}", "boilerplate"))
    if random.random() < 0.8:
        under = random.choice(_UNDER_HEADLINE)
        damaged.insert(headline, _junk(f"\n\n{under}", "boilerplate"))
    if random.random() < 0.7:
        damaged.insert(0, _junk(f"{random.choice(_ABOVE)}\n\n", "boilerplate"))
    return damaged


def doubled_headline(cells: Cells, random: Random, rate: float) -> Cells:
    """The headline stands twice; either copy may stay."""
    headline = next(i for i, cell in enumerate(cells) if cell.raw == "\n")
    start = next(i for i, cell in enumerate(cells) if cell.clean)
    twin = [replace(cell, kind="doubled headline", twin=True) for cell in cells[start:headline]]
    line_end = _junk("\n", "doubled headline")
    return [*cells[:headline], line_end, *twin, *cells[headline:]]


# Hard wraps.


def hard_wraps(cells: Cells, random: Random, rate: float) -> Cells:
    """Every line is cut at one width; in some texts with blank lines, a blank line follows."""
    width = random.randint(26, 42)
    has_blank_lines = "".join(cell.raw for cell in cells).count("\n\n") > 2
    blank = has_blank_lines and random.random() < 0.2
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
            wrapped.append(_junk("\n\n" if blank else "\n", "hard wrap"))
            column = 0
    return wrapped


_NO_LINE_START = set("，。、；：！？）》”’…—,;:!?) 　")


def page_breaks(cells: Cells, random: Random, rate: float) -> Cells:
    """Here and there a sentence, or a word, is cut by a line break or a blank line."""
    broken: Cells = []
    for position, cell in enumerate(cells):
        broken.append(cell)
        if (
            random.random() < rate / 3
            and _is_han(cells, position)
            and _is_han(cells, position + 1)
            and "\n" not in [near.raw for near in cells[max(0, position - 9) : position + 10]]
        ):
            broken.append(_junk(random.choice(["\n", "\n\n"]), "page break"))
    return broken


# Wrong decoding.


def utf8_as_gbk(cells: Cells, random: Random, rate: float) -> Cells:
    """Clauses of UTF-8 read as GBK: 鐤儏闃叉帶."""
    return _runs(cells, random, rate, "UTF-8 as GBK", lambda text: (text.encode(), _GBK))


def utf8_as_latin(cells: Cells, random: Random, rate: float) -> Cells:
    """Clauses of UTF-8 read as Latin-1 or Windows-1252: ç–«æƒ…."""
    decoder = random.choice([_LATIN, _WINDOWS])
    return _runs(cells, random, rate, "UTF-8 as Latin-1", lambda text: (text.encode(), decoder))


def gbk_as_latin(cells: Cells, random: Random, rate: float) -> Cells:
    """Clauses of GBK read as Latin-1: ÒßÇé."""
    return _runs(cells, random, rate, "GBK as Latin-1", lambda text: (text.encode("gbk"), _LATIN))


def gbk_as_big5(cells: Cells, random: Random, rate: float) -> Cells:
    """Clauses of GBK read as Big5; much of it can't be and is lost."""
    return _runs(cells, random, rate, "GBK as Big5", lambda text: (text.encode("gbk"), _BIG5))


def big5_as_gbk(cells: Cells, random: Random, rate: float) -> Cells:
    """Clauses of Big5 read as GBK; for traditional documents."""
    return _runs(cells, random, rate, "Big5 as GBK", lambda text: (text.encode("big5"), _GBK))


def lost_byte(cells: Cells, random: Random, rate: float) -> Cells:
    """A byte of a GBK clause is gone and all pairs behind it are shifted, up to its end."""

    def pieces(text: str) -> tuple[str, list[Pair], list[bool]]:
        encoded = text.encode("gbk")
        return _read(encoded[1:], _offsets(text, "gbk", -1), _GBK)

    return _replaced_runs(cells, random, rate, "lost byte", pieces)


def shifted_gloss(cells: Cells, random: Random, rate: float) -> Cells:
    """A gloss was written into GBK bytes at an odd place: 因?yàn)榇?.

    The byte before the gloss takes its bracket with it and becomes a question mark; the
    pairs behind the gloss are shifted, up to the next character that is one byte long.
    """

    def pieces(text: str) -> tuple[str, list[Pair], list[bool]]:
        encoded = text.encode("gbk")
        gloss = "?" + random.choice(sorted(_PINYIN.values())) + ")"
        raw, inner, lost = _read(encoded[1:], _offsets(text, "gbk", -1), _GBK)
        inner = [(low + len(gloss), high + len(gloss)) for low, high in inner]
        inner[0] = (0, inner[0][1])
        return gloss + raw, inner, lost

    return _replaced_runs(cells, random, rate, "shifted gloss", pieces)


Decoder = Callable[[bytes], Iterator[tuple[str, int, bool]]]
"""Bytes → characters, each with how many bytes it takes and whether they live on in it."""


def _pairs(encoding: str) -> Decoder:
    """Two bytes a character, as browsers read them; a pair that means nothing becomes ``?``."""

    def decode(data: bytes) -> Iterator[tuple[str, int, bool]]:
        at = 0
        while at < len(data):
            if data[at] < 0x80:
                yield chr(data[at]), 1, True
                at += 1
                continue
            try:
                yield data[at : at + 2].decode(encoding), 2, True
                at += 2
            except UnicodeDecodeError:
                euro = data[at] == 0x80 and encoding == "gbk"
                length = 1 if euro else len(data[at : at + 2])
                yield "€" if euro else "?", length, euro
                at += length

    return decode


def _single(encoding: str) -> Decoder:
    """One byte a character; what Windows-1252 doesn't have is the control character."""

    def decode(data: bytes) -> Iterator[tuple[str, int, bool]]:
        for byte in data:
            character = bytes([byte]).decode(encoding, errors="ignore")
            yield character or chr(byte), 1, True

    return decode


_GBK, _BIG5, _LATIN, _WINDOWS = _pairs("gbk"), _pairs("big5"), _single("latin-1"), _single("cp1252")


def _runs(
    cells: Cells,
    random: Random,
    rate: float,
    kind: str,
    encoded: Callable[[str], tuple[bytes, Decoder]],
) -> Cells:
    def pieces(text: str) -> tuple[str, list[Pair], list[bool]]:
        data, decoder = encoded(text)
        width = len(data) // len(text)
        return _read(data, [(i * width, i * width + width) for i in range(len(text))], decoder)

    return _replaced_runs(cells, random, rate, kind, pieces)


def _offsets(text: str, encoding: str, shift: int) -> list[Pair]:
    """Where the bytes of each character stand, ``shift`` moved; before 0 they are gone."""
    offsets: list[Pair] = []
    at = shift
    for character in text:
        end = at + len(character.encode(encoding))
        offsets.append((at, end))
        at = end
    return offsets


def _read(data: bytes, offsets: list[Pair], decoder: Decoder) -> tuple[str, list[Pair], list[bool]]:
    """What the decoder makes of the data, and what became of each character."""
    raw = ""
    owner: list[int] = []
    alive: list[bool] = []
    for character, length, lives in decoder(data):
        owner += [len(raw)] * length
        alive += [lives] * length
        raw += character
    inner, lost = [], []
    for start, end in offsets:
        low = max(start, 0)
        inner.append((owner[low], owner[end - 1] + 1) if end > low else (0, 0))
        lost.append(start < 0 or not all(alive[low:end]))
    return raw, inner, lost


_SHORTEST_RUN = 6
"""Characters; what shorter ones stood for, their bytes seldom prove."""


def _replaced_runs(
    cells: Cells,
    random: Random,
    rate: float,
    kind: str,
    pieces: Callable[[str], tuple[str, list[Pair], list[bool]]],
) -> Cells:
    """Some clauses, runs of whole characters without ASCII in them, become what ``pieces`` says."""
    result: Cells = []
    for is_run, group in _clauses(cells):
        text = "".join(cell.clean for cell in group)
        if is_run and len(text) >= _SHORTEST_RUN and random.random() < 6 * rate:
            try:
                raw, inner, lost = pieces(text)
            except UnicodeEncodeError:
                result += group
                continue
            result.append(Cell(text, raw, tuple(inner), tuple(lost), kind))
        else:
            result += group
    return result


def _clauses(cells: Cells) -> Iterator[tuple[bool, Cells]]:
    """The cells in groups: runs of whole characters of a Chinese code page, and the rest."""
    group: Cells = []
    state = False
    for cell in cells:
        fits = _is_whole(cell) and _two_bytes(cell.raw)
        # A clause ends behind its comma or full stop, where that is a Chinese one.
        if group and (fits != state or group[-1].raw in "，。；"):
            yield state, group
            group = []
        state = fits
        group.append(cell)
    if group:
        yield state, group


def _two_bytes(character: str) -> bool:
    return "一" <= character <= "鿿" or character in "，。、；：！？（）“”《》〔〕…—"


def _is_whole(cell: Cell) -> bool:
    return bool(cell.clean) and not cell.kind and not cell.twin and cell.raw == cell.clean


def _is_han(cells: Cells, position: int) -> bool:
    return 0 <= position < len(cells) and "一" <= cells[position].raw <= "鿿"


def _whole_neighbours(cells: Cells, position: int) -> bool:
    return 0 < position < len(cells) - 1 and all(
        _is_whole(cells[i]) and cells[i].raw not in "吗嗎呢么麼吧?？"
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
    "UTF-8 as GBK": utf8_as_gbk,
    "UTF-8 as Latin-1": utf8_as_latin,
    "GBK as Latin-1": gbk_as_latin,
    "GBK as Big5": gbk_as_big5,
    "Big5 as GBK": big5_as_gbk,
    "lost byte": lost_byte,
    "shifted gloss": shifted_gloss,
    "entities": entities,
    "broken entities": broken_entities,
    "markup": markup,
    "page breaks": page_breaks,
    "hard wraps": hard_wraps,
    "spaces": spaces,
    "blank lines": blank_lines,
    "zero-width": zero_width,
    "controls": controls,
    "line ends": crlf,
    "byte-order mark": byte_order_mark,
}
"""Every kind of damage, in the order in which a text meets them."""

TRADITIONAL = frozenset({"glosses", "Big5 as GBK"})
"""Kinds that happen to traditional documents."""
