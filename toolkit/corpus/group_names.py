"""Names for groups of near-duplicates that stay the same while a corpus grows.

A document that was there before had a name to be known by: its group's, or its own id where
it was alone. A group takes the name that most of its earlier members had, so that as few as
possible change theirs; of equal ones, that of the first in document order. A group without
earlier members is named after its first document.

So when two groups become one, the larger one's name stays, and when one falls apart, the
part with most of its members keeps the name.
"""

from __future__ import annotations

from toolkit.corpus.scratch import Scratch

_SCHEMA = """
    CREATE TABLE members (number INTEGER PRIMARY KEY, first INTEGER, id TEXT, earlier TEXT);
    CREATE TABLE names (first INTEGER PRIMARY KEY, name TEXT UNIQUE NOT NULL);
"""

_CLAIMS = (
    # The names that members had, the most frequent first.
    """
    INSERT OR IGNORE INTO names
    SELECT first, earlier FROM members WHERE earlier IS NOT NULL
    GROUP BY first, earlier ORDER BY count(*) DESC, min(number)
    """,
    # The ids of members, for groups that are new.
    """
    INSERT OR IGNORE INTO names
    SELECT first, id FROM members WHERE first NOT IN (SELECT first FROM names) ORDER BY number
    """,
    # Where older groups are named after all of its members.
    """
    INSERT OR IGNORE INTO names
    SELECT first, min(id) || '~' || first FROM members
    WHERE first NOT IN (SELECT first FROM names) GROUP BY first
    """,
)


class GroupNames(Scratch):
    """Collects the members of groups, then gives each group its name. A context manager."""

    file_name = "groups"
    schema = _SCHEMA

    def add(self, number: int, first: int, doc_id: str, earlier: str | None) -> None:
        """Take in a member of a group.

        Args:
            number: the document's, in document order.
            first: the number of the group's first document.
            doc_id: the document's id.
            earlier: the name that it was known by before this run; None if it is new.
        """
        self._database.execute(
            "INSERT INTO members VALUES (?, ?, ?, ?)", (number, first, doc_id, earlier)
        )

    def decide(self) -> None:
        """Give every group its name; all members must have been added."""
        for claim in _CLAIMS:
            self._database.execute(claim)

    def name(self, first: int) -> str:
        """The name of the group whose first document has this number."""
        (name,) = self._database.execute(
            "SELECT name FROM names WHERE first = ?", (first,)
        ).fetchone()
        return str(name)
