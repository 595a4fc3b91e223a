"""What one run must remember and may not keep in memory, in a database that ends with it.

The database is one file in a folder that the caller gives, and is gone when the run ends,
after an error too. A run that was killed leaves that file, and the next one with the same
folder removes it. Nothing in it needs to outlive a crash, so nothing waits for the disk.
"""

from __future__ import annotations

import sqlite3
from pathlib import Path
from types import TracebackType
from typing import ClassVar, Self

from toolkit.errors import InputError

_CACHE_KILOBYTES = 65_536
"""Of each database; the rest is on disk."""


class Scratch:
    """Base of what is remembered: a context manager around an empty database.

    A subclass says which tables it has and what its file is called. What SQLite can't do, as
    on a full disk, leaves the block as an InputError.
    """

    file_name: ClassVar[str]
    schema: ClassVar[str]

    def __init__(self, folder: Path | None = None) -> None:
        """Keep it in a file in ``folder``, or in memory where that is None."""
        self._path = folder / f"{self.file_name}.sqlite" if folder else None
        self._database: sqlite3.Connection

    def __enter__(self) -> Self:
        try:
            self._open()
        except sqlite3.Error as error:
            raise self._explained(error) from None
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._database.close()
        if self._path:
            self._path.unlink(missing_ok=True)
        if isinstance(error, sqlite3.Error):
            raise self._explained(error) from None

    def _open(self) -> None:
        if self._path:
            self._path.unlink(missing_ok=True)
        self._database = sqlite3.connect(self._path or ":memory:", isolation_level=None)
        for setting in (
            "journal_mode = OFF",
            "synchronous = OFF",
            "locking_mode = EXCLUSIVE",
            f"cache_size = -{_CACHE_KILOBYTES}",
        ):
            self._database.execute(f"PRAGMA {setting}")
        self._database.executescript(self.schema)
        self._database.execute("BEGIN")  # the one transaction, which is never committed

    def _explained(self, error: sqlite3.Error) -> InputError:
        return InputError(
            f"{self._path or 'a database in memory'}: can't be written ({error})",
            "Is the disk full? Make room there; nothing was changed.",
        )
