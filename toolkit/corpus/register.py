"""Which ids and texts were met so far, on disk: memory doesn't grow with the corpus."""

from __future__ import annotations

import hashlib

from msgspec import Struct

from toolkit.corpus.scratch import Scratch
from toolkit.errors import InputError

_ID_DIGITS = 12

_DIGEST_BYTES = 16
"""Of a text's SHA-256: two of a billion texts share so much with a chance under 1e-20."""

_SCHEMA = """
    CREATE TABLE texts (digest BLOB PRIMARY KEY, id TEXT NOT NULL) WITHOUT ROWID;
    CREATE TABLE ids (id TEXT PRIMARY KEY, place TEXT NOT NULL) WITHOUT ROWID;
    CREATE TABLE repeats (id TEXT NOT NULL, place TEXT NOT NULL, UNIQUE (id, place));
"""


def in_words(path: str, row: int | str) -> str:
    """A place in words: a file, with the row where it has several."""
    return f"{path}, row {row}" if row else path


def raw_id(digest: bytes) -> str:
    """The id of a raw text that has none of its own."""
    return digest.hex()[:_ID_DIGITS]


def digest_of(text: str) -> bytes:
    """By which two texts are the same, also with halves of surrogate pairs in them."""
    return hashlib.sha256(text.encode(errors="surrogatepass")).digest()


class Admission(Struct, frozen=True):
    """What becomes of a text: its document's id, or the reason why it gets none.

    Where the reason is that the text was met before, ``duplicate_of`` is its document's id.
    """

    id: str
    refused: InputError | None = None
    duplicate_of: str = ""


class Register(Scratch):
    """The ids and texts met so far, and the places where a text was met again.

    Of texts without ids of their own the first of each is admitted. Records that bring ids
    of their own are different documents because their owner says so, and only a repeated id
    is refused. Used as a context manager; at its end nothing is left in the folder.
    """

    file_name = "register"
    schema = _SCHEMA

    def admit(self, digest: bytes, given_id: str, place: str) -> Admission:
        """Decide on a raw text.

        Args:
            digest: the raw text's (``digest_of``).
            given_id: the id that its record gives, or empty.
            place: where it stands; remembered, and named in reasons.
        """
        name = given_id or raw_id(digest)
        run = self._database.execute
        key = digest[:_DIGEST_BYTES]
        added = run("INSERT OR IGNORE INTO texts VALUES (?, ?)", (key, name)).rowcount
        if not added:
            (same,) = run("SELECT id FROM texts WHERE digest = ?", (key,)).fetchone()
            if given_id in ("", same):
                return self._repeat(same, place)
        if run("INSERT OR IGNORE INTO ids VALUES (?, ?)", (name, place)).rowcount:
            return Admission(name)
        if added:  # the id is another text's, so this text stays unknown
            run("DELETE FROM texts WHERE digest = ?", (key,))
        return Admission(
            "",
            InputError(
                f"{place}: the id {name!r} is that of {self._place(name)} already",
                "Give every document its own id.",
            ),
        )

    def note(self, doc_id: str, place: str) -> None:
        """Remember that the document's text was met at this place too."""
        self._database.execute("INSERT OR IGNORE INTO repeats VALUES (?, ?)", (doc_id, place))

    def places(self, doc_id: str) -> list[str]:
        """Where the document's text was met again, in order; empty for most."""
        found = self._database.execute(
            "SELECT place FROM repeats WHERE id = ? ORDER BY rowid", (doc_id,)
        )
        return [place for (place,) in found]

    def _repeat(self, same: str, place: str) -> Admission:
        self.note(same, place)
        reason = InputError(
            f"{place}: the same text as {self._place(same)}", "It was ingested once."
        )
        return Admission("", reason, duplicate_of=same)

    def _place(self, doc_id: str) -> str:
        (place,) = self._database.execute(
            "SELECT place FROM ids WHERE id = ?", (doc_id,)
        ).fetchone()
        return str(place)
