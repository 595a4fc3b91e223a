"""The documents as they were before this run, on disk: texts, groups, places, annotations."""

from __future__ import annotations

from collections.abc import Iterable
from enum import IntEnum

from msgspec import Struct

from toolkit.corpus.register import digest_of, in_words
from toolkit.corpus.scratch import Scratch
from toolkit.model import Document

_SCHEMA = """
    CREATE TABLE documents (
        id TEXT PRIMARY KEY,
        text_digest BLOB NOT NULL,
        group_name TEXT NOT NULL,
        places TEXT NOT NULL,
        state INTEGER NOT NULL DEFAULT 0
    ) WITHOUT ROWID;
    CREATE TABLE annotated (id TEXT PRIMARY KEY) WITHOUT ROWID;
"""


class State(IntEnum):
    """What this run has met of an earlier document."""

    UNSEEN = 0
    SEEN = 1
    REFUSED = 2
    """It was met with another text, and people have annotated the one it had."""


class EarlierDocument(Struct, frozen=True):
    """What is remembered of one: its group (its id where it had none), and its places."""

    text_digest: bytes
    group: str
    places: tuple[str, ...]
    state: State


class Earlier(Scratch):
    """The documents as they were, by id. A context manager; it leaves nothing behind."""

    file_name = "earlier"
    schema = _SCHEMA

    def remember(self, documents: Iterable[Document], annotated: Iterable[str]) -> int:
        """Take in the documents, and the ids of those that people have annotated.

        Returns:
            How many documents there are.
        """
        self._database.executemany(
            "INSERT OR REPLACE INTO documents VALUES (?, ?, ?, ?, 0)", map(_row, documents)
        )
        self._database.executemany(
            "INSERT OR IGNORE INTO annotated VALUES (?)", ((doc_id,) for doc_id in annotated)
        )
        (count,) = self._database.execute("SELECT count(*) FROM documents").fetchone()
        return int(count)

    def get(self, doc_id: str) -> EarlierDocument | None:
        """The document as it was; None if it is new."""
        row = self._database.execute(
            "SELECT text_digest, group_name, places, state FROM documents WHERE id = ?", (doc_id,)
        ).fetchone()
        if row is None:
            return None
        digest, group, places, state = row
        return EarlierDocument(digest, group, tuple(places.split("\n")), State(state))

    def mark(self, doc_id: str, state: State) -> None:
        """Remember what was met of it."""
        self._database.execute("UPDATE documents SET state = ? WHERE id = ?", (state, doc_id))

    def is_annotated(self, doc_id: str) -> bool:
        """Whether people have annotated it."""
        found = self._database.execute("SELECT 1 FROM annotated WHERE id = ?", (doc_id,))
        return found.fetchone() is not None


def place_of(document: Document) -> str:
    """Where the document's text stands: its file, with the row if the file has several."""
    path = document.source.path if document.source else ""
    return in_words(path, document.meta.get("row", ""))


def _row(document: Document) -> tuple[str, bytes, str, str]:
    meta = document.meta
    places = [place_of(document), *filter(None, [meta.get("also")])]
    group = meta.get("group") or document.id
    return document.id, digest_of(document.text), group, "\n".join(places)
