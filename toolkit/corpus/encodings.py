"""Bytes → text: strict, and never mojibake.

A byte-order mark decides; then UTF-8, since hardly anything else ever fits it by accident;
then the old Chinese encodings and UTF-16 without its mark. These fit nearly any bytes, so
the text that comes out must also be what people write, and clearly more so in one
encoding than in the others. All bytes are read before the first character is given.
"""

from __future__ import annotations

import codecs
import io
import re
from collections import Counter
from collections.abc import Sequence
from typing import IO

from msgspec import Struct

from toolkit.corpus.frequent import frequent_share, kind_of, likelihood
from toolkit.errors import DecodeError

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),  # before UTF-16, whose mark it begins with
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)

_WIDE = ("utf-16-le", "utf-16-be")
_LEGACY = ("gb18030", "big5", "big5hkscs")
"""The last is Big5 with what Hong Kong added; it counts where Big5 itself doesn't fit."""

_SIGNATURES = (
    (b"\x89PNG", "a PNG image"),
    (b"\xff\xd8\xff", "a JPEG image"),
    (b"GIF8", "a GIF image"),
    (b"%PDF-", "a PDF"),
    (b"PK\x03\x04", "a zip archive, as .docx and .xlsx files are"),
    (b"\xd0\xcf\x11\xe0", "an old Office file"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"{\\rtf", "a rich-text file"),
)

_MOST_NULS = 0.01
"""A text may hold a stray NUL; with more than this share of its bytes it is none."""

_FREQUENT_SHARE = 0.85
"""Least share of usual characters among those beyond ASCII. Measured on sentences:
real text, simplified or traditional, has 0.88 and more, nearly always 1; UTF-8, UTF-16,
Big5 or GB18030 read as one of the others has 0.8 at most, most often 0.3."""

_CLEARLY = 6.0
"""Natural logarithm of how many times likelier the best reading must be than the next; what two
frequent characters in place of rarer ones make up."""

_BLOCK = 1 << 18
_EVIDENCE = 1 << 20
"""Bytes; more of a file is decoded, but not counted to compare readings."""

_SHORT = 64
"""Bytes; a text of UTF-16 that is shorter may happen to be ASCII with control characters."""

_FEW = 8
"""Characters beyond ASCII; more than that don't fit UTF-8 by accident. Of GB18030's frequent
characters each sixth does."""

_LONE_LETTERS = re.compile("(?:[\x00-\x7f]|(?<![^\x00-\x7f])[\x80-\u07ff](?![^\x00-\x7f]))*")
"""As in ``café`` and ``20°``; characters of two bytes each stand together when misread."""

_HINT = "Save it as UTF-8 and run the command again."


class _Reading(Struct, frozen=True):
    """What came of reading bytes in one encoding.

    ``failed`` is the byte offset of what doesn't fit, -1 where all does; ``counts`` are of
    characters in the first stretches beyond ASCII, up to the failure, and ``sample`` is the
    first of these stretches.
    """

    encoding: str
    counts: Counter[str]
    sample: str
    nuls: int
    first_nul: int
    size: int
    failed: int = -1
    reason: str = ""

    @property
    def beyond_ascii(self) -> int:
        """How many of the counted characters are beyond ASCII."""
        return sum(count for c, count in self.counts.items() if not c.isascii())


def decode(data: bytes, origin: str) -> tuple[str, str]:
    """Text and encoding of a file's bytes; ``origin`` names the file in errors.

    Returns:
        The text without byte-order mark, and its encoding as ``encoding_of`` gives it.

    Raises:
        DecodeError: the bytes aren't text, or no encoding fits; names the byte offset.
    """
    encoding = encoding_of(io.BytesIO(data), origin)
    return data.decode(encoding), encoding


def encoding_of(stream: IO[bytes], origin: str, declared: str = "") -> str:
    """The encoding that all of a stream is in; the stream stands at its start afterwards.

    Args:
        stream: can seek; is read in constant memory.
        origin: names it in errors.
        declared: what the content says of itself; tried before the old encodings.

    Returns:
        ``utf-8``, ``utf-8-sig``, ``utf-16``, ``utf-32``, ``utf-16-le``, ``utf-16-be``,
        ``gb18030``, ``big5`` or ``big5hkscs``; the first where bytes are plain ASCII.

    Raises:
        DecodeError: the bytes aren't text, or no encoding fits; names the byte offset.
    """
    try:
        return _encoding_of(stream, origin, declared)
    finally:
        stream.seek(0)


def decode_name(name: bytes) -> str:
    """A file's name that nothing says the encoding of; the likeliest, and never an error."""
    readings = [_read(io.BytesIO(name), encoding) for encoding in ("utf-8", *_LEGACY[:2])]
    fitting = [reading for reading in readings if reading.failed < 0]
    if not fitting:
        return name.decode("cp437")
    if fitting[0].encoding == "utf-8":
        return name.decode()
    return name.decode(max(fitting, key=lambda r: likelihood(r.counts)).encoding)


def _encoding_of(stream: IO[bytes], origin: str, declared: str) -> str:
    head = stream.read(8)
    for signature, kind in _SIGNATURES:
        if head.startswith(signature):
            raise DecodeError(
                f"{origin}: isn't text but {kind} (byte offset 0)", "Take its text out first."
            )
    for mark, encoding in _MARKS:
        if head.startswith(mark):
            _check_marked(_read(stream, encoding), origin)
            return encoding
    utf8 = _read(stream, "utf-8")
    if _fits_utf8(utf8) and not _is_doubtful(utf8):
        return "utf-8"
    return _other_than_utf8(stream, utf8, origin, declared)


def _check_marked(reading: _Reading, origin: str) -> None:
    if reading.failed >= 0:
        raise DecodeError(
            f"{origin}: has the byte-order mark of {reading.encoding}, but isn't that"
            f" at byte offset {reading.failed} ({reading.reason})",
            "The file is damaged there; mend it or fetch it again.",
        )


def _other_than_utf8(stream: IO[bytes], utf8: _Reading, origin: str, declared: str) -> str:
    """The encoding of what isn't UTF-8, or may well be something else."""
    readings = [utf8] if _fits_utf8(utf8) else []
    tried = [_read(stream, encoding) for encoding in _candidates(utf8, declared)]
    readings += [reading for reading in tried if _is_chinese(reading)]
    readings.sort(key=lambda reading: likelihood(reading.counts), reverse=True)
    if not readings:
        raise _unreadable([utf8, *tried], origin)
    if declared in {reading.encoding for reading in readings}:
        return declared
    best, *others = readings
    for other in others:
        if "big5" in best.encoding and "big5" in other.encoding:
            return "big5"  # what fits both is both
        if likelihood(best.counts) - likelihood(other.counts) < _CLEARLY:
            raise DecodeError(
                f"{origin}: can be read as {best.encoding} and as {other.encoding}"
                f" from byte offset {max(utf8.failed, 0)} on, and is too short to tell",
                _HINT,
            )
    return best.encoding


def _candidates(utf8: _Reading, declared: str) -> list[str]:
    """Encodings worth trying. A NUL byte is half of a character, or the file is no text."""
    wide = [] if utf8.size % 2 else [*_WIDE]
    if utf8.nuls or (utf8.failed < 0 and not utf8.beyond_ascii):
        return wide
    return list(dict.fromkeys([*([declared] if declared in _LEGACY else []), *_LEGACY, *wide]))


def _read(stream: IO[bytes], encoding: str) -> _Reading:
    """Read a whole stream in one encoding, strictly."""
    decoder = codecs.getincrementaldecoder(encoding)()
    counts: Counter[str] = Counter()
    sample = ""
    nuls = evidence = offset = 0
    first_nul = -1
    stream.seek(0)
    while True:
        block = stream.read(_BLOCK)
        if 0 in block:
            first_nul = offset + block.find(0) if first_nul < 0 else first_nul
            nuls += block.count(0)
        try:
            text = decoder.decode(block, final=not block)
        except UnicodeDecodeError as error:
            failed = offset + len(block) - len(error.object) + error.start
            counts.update(error.object[: error.start].decode(encoding, "ignore"))
            rest = sum(part.count(0) for part in iter(lambda: stream.read(_BLOCK), b""))
            size = stream.tell()
            return _Reading(
                encoding, counts, sample, nuls + rest, first_nul, size, failed, error.reason
            )
        offset += len(block)
        if evidence < _EVIDENCE and (offset <= _SHORT or not text.isascii()):
            counts.update(text)
            sample = sample or text
            evidence += len(block)
        if not block:
            return _Reading(encoding, counts, sample, nuls, first_nul, offset)


def _fits_utf8(utf8: _Reading) -> bool:
    return utf8.failed < 0 and utf8.nuls <= _MOST_NULS * utf8.size


def _is_doubtful(utf8: _Reading) -> bool:
    """Whether it may be UTF-8 by accident: little text, and none that people write."""
    has_controls = any(kind_of(c) == "control" for c in utf8.counts)
    if not utf8.beyond_ascii:
        return has_controls and utf8.size <= _SHORT
    if utf8.beyond_ascii > _FEW or frequent_share(utf8.counts) >= _FREQUENT_SHARE:
        return False
    return has_controls or not _LONE_LETTERS.fullmatch(utf8.sample)


def _is_chinese(reading: _Reading) -> bool:
    return reading.failed < 0 and frequent_share(reading.counts) >= _FREQUENT_SHARE


def _unreadable(readings: Sequence[_Reading], origin: str) -> DecodeError:
    """The error that names the reading which came furthest and looked like Chinese so far."""
    utf8 = readings[0]
    if utf8.nuls:
        return DecodeError(
            f"{origin}: isn't text, {utf8.nuls} of its {utf8.size} bytes are NUL,"
            f" the first at byte offset {utf8.first_nul}",
            _HINT,
        )
    furthest = utf8
    for reading in readings[1:]:
        if reading.failed > furthest.failed and frequent_share(reading.counts) >= _FREQUENT_SHARE:
            furthest = reading
    others = ", ".join(dict.fromkeys(r.encoding for r in readings if r is not furthest))
    return DecodeError(
        f"{origin}: can't be read as {furthest.encoding} from byte offset {furthest.failed} on"
        f" ({furthest.reason}), nor as Chinese text in {others}",
        "If its encoding is another one, save it as UTF-8; else it is damaged there.",
    )
