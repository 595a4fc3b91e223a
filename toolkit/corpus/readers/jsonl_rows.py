"""Lines of a .jsonl, one at a time."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from toolkit.corpus.encodings import encoding_of
from toolkit.corpus.readers.lines import LONGEST, decoded
from toolkit.corpus.readers.records import Texts, text_of
from toolkit.corpus.sources import RawSource
from toolkit.errors import InputError, RecordError


def read(source: RawSource, columns: Mapping[str, str], encoding: str) -> tuple[str, Texts]:
    """The lines; see ``toolkit.corpus.readers.read``."""
    found = encoding or encoding_of(source.stream, source.origin)
    return found, _lines(source, columns, found)


def _lines(source: RawSource, columns: Mapping[str, str], encoding: str) -> Texts:
    decoder = msgspec.json.Decoder(dict[str, Any])
    number = line_number = 0
    with decoded(source, encoding, newline="\n") as lines:
        while line := lines.readline(LONGEST):
            line_number += 1
            if len(line) == LONGEST:
                raise InputError(
                    f"{source.origin}, line {line_number}: longer than {LONGEST:,} characters",
                    "A .jsonl has one object a line.",
                )
            if line.isspace():
                continue
            number += 1
            try:
                record = decoder.decode(line)
            except (msgspec.DecodeError, UnicodeError) as error:
                yield RecordError(
                    f"{source.origin}, line {line_number}: not a JSON object ({error})",
                    'Each line is one object: {"text": "…", "id": "…", "meta": {…}}.',
                )
                continue
            yield text_of(record, columns, number, source.origin)
