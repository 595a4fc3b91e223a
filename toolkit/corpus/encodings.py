"""Bytes → text: strict, and never mojibake.

UTF-8 first, since it hardly ever fits by accident; a byte-order mark decides; then the two
old Chinese encodings. These fit nearly any bytes, so what comes out must also look like
Chinese: its characters must be the frequent ones.
"""

from __future__ import annotations

import codecs

from toolkit.corpus.frequency import frequent_share
from toolkit.errors import DecodeError

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig", "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32", "utf-32-le"),  # before UTF-16, whose mark it begins with
    (codecs.BOM_UTF32_BE, "utf-32", "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16", "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16", "utf-16-be"),
)
"""Byte-order mark, the encoding that we record, and the one of the bytes behind the mark."""

_LEGACY = ("gb18030", "big5")

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
"""Least share of frequent characters among those beyond ASCII. Measured on sentences:
real text, simplified or traditional, has 0.88 and more, nearly always 1; UTF-8, UTF-16,
Big5 or GB18030 read as one of the others has 0.8 at most, most often 0.3."""

_HINT = "Save it as UTF-8 and run the command again."


def decode(data: bytes, origin: str) -> tuple[str, str]:
    """Text and encoding of a file's bytes; ``origin`` names the file in errors.

    Returns:
        The text without byte-order mark, and ``utf-8``, ``utf-8-sig``, ``utf-16``,
        ``utf-32``, ``gb18030`` or ``big5``; the first where bytes are plain ASCII.

    Raises:
        DecodeError: the bytes aren't text, or no encoding fits; names the byte offset.
    """
    _refuse_binary(data, origin)
    for mark, name, encoding in _MARKS:
        if data.startswith(mark):
            return _decode_marked(data, len(mark), name, encoding, origin), name
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        return _decode_legacy(data, error, origin)
    _refuse_nuls(data, _MOST_NULS, origin)
    return text, "utf-8"


def _refuse_binary(data: bytes, origin: str) -> None:
    for signature, kind in _SIGNATURES:
        if data.startswith(signature):
            raise DecodeError(
                f"{origin}: isn't text but {kind} (byte offset 0)", "Take its text out first."
            )


def _refuse_nuls(data: bytes, most: float, origin: str) -> None:
    count = data.count(0)
    if count > most * len(data):
        raise DecodeError(
            f"{origin}: isn't text, {count} of its {len(data)} bytes are NUL,"
            f" the first at byte offset {data.find(0)}",
            _HINT,
        )


def _decode_marked(data: bytes, skip: int, name: str, encoding: str, origin: str) -> str:
    try:
        return data[skip:].decode(encoding)
    except UnicodeDecodeError as error:
        raise DecodeError(
            f"{origin}: has the byte-order mark of {name}, but isn't that"
            f" at byte offset {skip + error.start} ({error.reason})",
            "The file is damaged there; mend it or fetch it again.",
        ) from None


def _decode_legacy(data: bytes, error: UnicodeDecodeError, origin: str) -> tuple[str, str]:
    """GB18030 or Big5, after UTF-8 failed with ``error``."""
    _refuse_nuls(data, 0.0, origin)  # UTF-16 without its mark fits them too easily
    furthest, reason, as_what = error.start, error.reason, "utf-8"
    for encoding in _likely_first(data):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError as legacy:
            if legacy.start > furthest and _looks_chinese(data[: legacy.start].decode(encoding)):
                furthest, reason, as_what = legacy.start, legacy.reason, encoding
            continue
        if _looks_chinese(text):
            return text, encoding
    others = ", ".join(name for name in ("utf-8", *_LEGACY) if name != as_what)
    raise DecodeError(
        f"{origin}: can't be read as {as_what} from byte offset {furthest} on ({reason}),"
        f" nor as Chinese text in {others}",
        "If its encoding is another one, save it as UTF-8; else it is damaged there.",
    )


def _likely_first(data: bytes) -> list[str]:
    """The old encodings, the one that charset-normalizer finds likelier first."""
    from charset_normalizer import from_bytes

    likely = [match.encoding for match in from_bytes(data, cp_isolation=list(_LEGACY))]
    return [*likely, *(encoding for encoding in _LEGACY if encoding not in likely)]


def _looks_chinese(text: str) -> bool:
    """Whether the characters beyond ASCII are nearly all frequent ones."""
    return frequent_share(text) >= _FREQUENT_SHARE
