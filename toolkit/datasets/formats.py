"""The formats that ``export`` can write, by name.

A new format is a module with ``write_x`` (and ``read_x`` where it makes sense) and a
line here; the command line, the export and the docs' table all read this registry.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

from msgspec import Struct

from toolkit.datasets import conll, jsonl, parquet
from toolkit.errors import UsageError
from toolkit.model import GoldDocument

Write = Callable[[Path, Iterable[GoldDocument], Sequence[str]], int]
"""``(path, documents, labels)`` → how many documents were written."""

Read = Callable[[Path], Iterator[GoldDocument]]


class Format(Struct, frozen=True):
    """One format: its files end in ``.suffix``; ``what`` is a line for the docs' table."""

    name: str
    suffix: str
    write: Write
    read: Read | None
    what: str


FORMATS: dict[str, Format] = {
    format_.name: format_
    for format_ in (
        Format(
            "jsonl",
            "jsonl",
            lambda path, documents, _labels: jsonl.write_jsonl(path, documents),
            jsonl.read_jsonl,
            "one gold document a line, with confidence, votes and metadata; loses nothing",
        ),
        Format(
            "conll-bio",
            "conll",
            lambda path, documents, _labels: conll.write_bio(path, documents),
            conll.read_conll,
            "one character and its BIO tag a line; flat spans",
        ),
        Format(
            "conll-bioes",
            "conll",
            lambda path, documents, _labels: conll.write_bioes(path, documents),
            conll.read_conll,
            "one character and its BIOES tag a line; flat spans",
        ),
        Format(
            "parquet",
            "parquet",
            parquet.write_parquet,
            parquet.read_parquet,
            "for Hugging Face datasets: characters, BIO tags as ClassLabel, spans; flat spans",
        ),
    )
}


def chosen(names: Sequence[str]) -> list[Format]:
    """The formats of these names, in the registry's order, each once.

    Raises:
        UsageError: there is no such format, or none was named.
    """
    unknown = [name for name in names if name not in FORMATS]
    if unknown or not names:
        what = f"there is no format {unknown[0]!r}" if unknown else "no format was named"
        raise UsageError(what, f"Known formats: {', '.join(FORMATS)}.")
    return [format_ for name, format_ in FORMATS.items() if name in names]
