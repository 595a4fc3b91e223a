"""What an import has read and will write, kept on disk until all of it is settled."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import IO, Self

import msgspec
from msgspec import Struct

from toolkit import records
from toolkit.errors import RecordError


class Text(Struct, frozen=True):
    """A new text, as it is kept."""

    id: str
    text: str


class Taken:
    """Files of records in a folder; ``counts`` says how many there are in each of them."""

    def __init__(self, folder: Path) -> None:
        self.texts = folder / "texts.jsonl"
        self.gold = folder / "gold.jsonl"
        self.annotations = folder / "annotations.jsonl"
        self.counts: Counter[Path] = Counter()
        self._encoder = msgspec.json.Encoder()
        self._open = ExitStack()
        self._files: dict[Path, IO[bytes]] = {}

    def __enter__(self) -> Self:
        for path in (self.texts, self.gold, self.annotations):
            self._files[path] = self._open.enter_context(path.open("wb"))
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()

    def add(self, path: Path, record: Struct, where: str) -> None:
        """Keep a record in one of the files; ``where`` says where it came from.

        Raises:
            RecordError: it holds half of a surrogate pair, which no file can hold.
        """
        try:
            line = self._encoder.encode(record)
        except UnicodeEncodeError as error:
            raise RecordError(
                f"{where}: can't be written as UTF-8 ({error.reason})",
                "Half of a surrogate pair is no text; was it misread?",
            ) from None
        self._files[path].write(line + b"\n")
        self.counts[path] += 1


def append(path: Path, type_: type[Struct], new: Iterator[Struct]) -> None:
    """The file with new records behind its own, written whole."""

    def both() -> Iterator[Struct]:
        if path.exists():
            yield from records.read_jsonl(path, type_)
        yield from new

    records.write_jsonl(path, both())
