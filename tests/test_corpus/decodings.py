"""Wrong decodings: clauses of one code page read as another, and bytes that are gone.

A character lives on if all of its bytes do; the truth of each is the raw characters that hold
its bytes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import pairwise
from random import Random

from tests.test_corpus.cells import Cell, Cells, Pair, is_whole
from tests.test_corpus.clean_texts import words

_SYLLABLES = sorted(entry[1:] for entry in words("readings"))


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


def gbk_as_utf8(cells: Cells, random: Random, rate: float) -> Cells:
    """Clauses of GBK read as UTF-8, perhaps saved and read as GBK again: all of it is lost."""
    again = random.random() < 0.5

    def pieces(text: str) -> tuple[str, list[Pair], list[bool]]:
        raw = text.encode("gbk").decode("utf-8", errors="replace")
        raw = raw.encode().decode("gbk", errors="replace") if again else raw
        ends = [len(raw) * i // len(text) for i in range(len(text) + 1)]
        return raw, list(pairwise(ends)), [True] * len(text)

    return _replaced_runs(cells, random, rate / 3, "GBK as UTF-8", pieces)


def lost_byte(cells: Cells, random: Random, rate: float) -> Cells:
    """A byte of a GBK text is gone; all pairs behind it are shifted, up to ASCII or a line end."""
    decoder = random.choice([_GBK, _GB18030])

    def pieces(text: str) -> tuple[str, list[Pair], list[bool]]:
        encoded = text.encode("gbk")
        return _read(encoded[1:], _offsets(text, "gbk", -1), decoder)

    return _replaced_runs(cells, random, rate, "lost byte", pieces, to_the_end=True)


def shifted_gloss(cells: Cells, random: Random, rate: float) -> Cells:
    """A gloss was written into GBK bytes at an odd place: 因?yàn)榇?.

    The byte before the gloss takes its bracket with it and becomes a question mark; the
    pairs behind the gloss are shifted, up to the next character that is one byte long.
    """
    decoder = random.choice([_GBK, _GB18030])

    def pieces(text: str) -> tuple[str, list[Pair], list[bool]]:
        encoded = text.encode("gbk")
        gloss = "?" + random.choice(_SYLLABLES) + ")"
        raw, inner, lost = _read(encoded[1:], _offsets(text, "gbk", -1), decoder)
        inner = [(low + len(gloss), high + len(gloss)) for low, high in inner]
        inner[0] = (0, inner[0][1])
        return gloss + raw, inner, lost

    return _replaced_runs(cells, random, rate, "shifted gloss", pieces, to_the_end=True)


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


_GBK, _GB18030, _BIG5 = _pairs("gbk"), _pairs("gb18030"), _pairs("big5")
_LATIN, _WINDOWS = _single("latin-1"), _single("cp1252")


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
    *,
    to_the_end: bool = False,
) -> Cells:
    """Some runs of whole characters without ASCII in them become what ``pieces`` says.

    A run is a clause; with ``to_the_end`` it begins anywhere, and goes on over commas and stops.
    """
    result: Cells = []
    for is_run, whole_group in _clauses(cells, at_marks=not to_the_end):
        group = whole_group
        if is_run and to_the_end:
            start = random.randrange(len(group) // 2 + 1)
            result += group[:start]
            group = group[start:]
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


def _clauses(cells: Cells, *, at_marks: bool) -> Iterator[tuple[bool, Cells]]:
    """The cells in groups: runs of whole characters of a Chinese code page, and the rest."""
    group: Cells = []
    state = False
    for cell in cells:
        fits = is_whole(cell) and _two_bytes(cell.raw)
        # A clause ends behind its comma or full stop, where that is a Chinese one.
        if group and (fits != state or (at_marks and group[-1].raw in "，。；")):
            yield state, group
            group = []
        state = fits
        group.append(cell)
    if group:
        yield state, group


def _two_bytes(character: str) -> bool:
    return "一" <= character <= "鿿" or character in "，。、；：！？（）“”《》〔〕…—"
