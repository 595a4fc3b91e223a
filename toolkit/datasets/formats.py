"""The formats that ``export`` can write, by name.

A new format is a module with ``write_x`` (and ``read_x`` where it makes sense) and a
line here; the command line, the export and the docs' table all read this registry.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Literal

from msgspec import Struct

from toolkit.datasets import (
    brat,
    cluener,
    conll,
    docbin,
    jsonl,
    label_studio,
    parquet,
    tables,
)
from toolkit.datasets.choices import Choices
from toolkit.datasets.tagging import Tagger, bio, bioes
from toolkit.errors import UsageError
from toolkit.model import GoldDocument

Write = Callable[[Path, Iterable[GoldDocument], Choices], int]
"""``(path, documents, choices)`` → how many documents were written."""

Read = Callable[[Path], Iterator[GoldDocument]]

Beside = Callable[[Path, Sequence[str]], None]
"""``(folder of the format, splits)`` → writes what its splits are used with."""

Holds = Literal["all", "flat", "words"]
"""Which spans: all of them; those that don't overlap; of these, those that no word is cut by."""


class Format(Struct, frozen=True):
    """One format.

    Its files end in ``.suffix``; without a suffix it is a folder. ``what`` is a line for
    the docs' table; ``extra`` is the extra of this package that it needs, named as the module
    that has to be there.
    """

    name: str
    suffix: str
    write: Write
    read: Read | None
    holds: Holds
    what: str
    extra: str = ""
    beside: Beside | None = None

    def file(self, name: str) -> str:
        """What the file or folder of this name is called."""
        return f"{name}.{self.suffix}" if self.suffix else name

    @property
    def ready(self) -> bool:
        """Whether what it needs is installed."""
        return not self.extra or find_spec(self.extra) is not None


def _conll(tagger: Tagger, *, by_word: bool = False) -> Write:
    return lambda path, documents, choices: conll.write_conll(
        path, documents, choices, tagger, by_word=by_word
    )


_ALL = (
    Format(
        "jsonl",
        "jsonl",
        lambda path, documents, _choices: jsonl.write_jsonl(path, documents),
        jsonl.read_jsonl,
        "all",
        "one gold document a line, with confidence, votes and metadata; loses nothing",
    ),
    Format(
        "conll-bio",
        "conll",
        _conll(bio),
        conll.read_conll,
        "flat",
        "one character and its BIO (IOB2) tag a line",
    ),
    Format(
        "conll-bioes",
        "conll",
        _conll(bioes),
        conll.read_conll,
        "flat",
        "one character and its BIOES tag a line",
    ),
    Format(
        "conll-bio-words",
        "conll",
        _conll(bio, by_word=True),
        conll.read_conll,
        "words",
        "one word and its BIO (IOB2) tag a line",
    ),
    Format(
        "conll-bioes-words",
        "conll",
        _conll(bioes, by_word=True),
        conll.read_conll,
        "words",
        "one word and its BIOES tag a line",
    ),
    Format(
        "cluener",
        "json",
        lambda path, documents, _choices: cluener.write_cluener(path, documents),
        cluener.read_cluener,
        "all",
        "CLUENER-style JSON lines: entities by label and surface, ends inclusive",
    ),
    Format(
        "parquet",
        "parquet",
        parquet.write_parquet,
        parquet.read_parquet,
        "flat",
        "for Hugging Face datasets: characters, BIO tags as ClassLabel, spans",
        beside=parquet.write_script,
    ),
    Format(
        "docbin",
        "spacy",
        docbin.write_docbin,
        docbin.read_docbin,
        "all",
        "spaCy's DocBin by character, with a `config.cfg` for `spacy train`; loses nothing",
        extra=docbin.EXTRA,
        beside=docbin.write_config,
    ),
    Format(
        "brat",
        "",
        brat.write_brat,
        brat.read_brat,
        "all",
        "brat standoff: a folder with a .txt and an .ann file a document",
    ),
    Format(
        "label-studio",
        "json",
        label_studio.write_label_studio,
        label_studio.read_label_studio,
        "all",
        "Label Studio's JSON: tasks with one annotation each",
    ),
    Format(
        "csv",
        "csv",
        lambda path, documents, _choices: tables.write_csv(path, documents),
        None,
        "all",
        "a row a span with its context, for people",
    ),
    Format(
        "xlsx",
        "xlsx",
        lambda path, documents, _choices: tables.write_xlsx(path, documents),
        None,
        "all",
        "the same as an Excel workbook",
    ),
)

FORMATS: dict[str, Format] = {format_.name: format_ for format_ in _ALL}


def chosen(names: Sequence[str]) -> list[Format]:
    """The formats of these names, in the registry's order, each once.

    Raises:
        UsageError: there is no such format, none was named, or its extra isn't installed.
    """
    unknown = [name for name in names if name not in FORMATS]
    if unknown or not names:
        what = f"there is no format {unknown[0]!r}" if unknown else "no format was named"
        raise UsageError(what, f"Known formats: {', '.join(FORMATS)}.")
    wanted = [format_ for name, format_ in FORMATS.items() if name in names]
    for format_ in wanted:
        if not format_.ready:
            raise UsageError(
                f"the format {format_.name} needs {format_.extra}, which isn't installed",
                f'Install it with: pip install "zh-ner-toolkit[{format_.extra}]".',
            )
    return wanted
