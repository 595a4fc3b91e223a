"""Where the embedded Label Studio of a workspace keeps what, and the records of it.

Everything lies in ``.toolkit/studio``, which only the user can open::

    accounts.json   who can log in, with passwords and tokens, and the port; outlives stops
    new-accounts.json  passwords of accounts on a server of one's own, until they were shown
    server.json     the server that runs: address, process, accounts
    data/           Label Studio's own: database, uploads, exports, its secret key
    data/.unproven  there until a first start has come to its end: nobody worked here yet
    home/           what Label Studio takes for the user's home
    label-studio.log, label-studio.log.1
    lock            held while the server is started or stopped
    annotators.lock held while annotators are added to toolkit.toml

The state of push and pull (``studio.state``) lies beside them and is none of theirs.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

import msgspec
from msgspec import Struct, field

from toolkit.errors import StudioError
from toolkit.records import write_text
from toolkit.settings import Workspace
from toolkit.studio.accounts import Account
from toolkit.studio.process import Process

S = TypeVar("S", bound=Struct)

PRIVATE = 0o600
"""The mode of a file that only the user may read."""


class Server(Struct):
    """A running Label Studio. ``annotators`` are by name; ``log`` and ``data`` are paths."""

    url: str
    pid: int
    admin: Account
    annotators: dict[str, Account]
    version: str
    log: str
    started: str
    data: str

    @property
    def process(self) -> Process:
        """What tells this server from any other process."""
        return Process(self.pid, self.started, self.data)


class Accounts(Struct):
    """accounts.json; annotators by address."""

    admin: Account
    annotators: dict[str, Account] = field(default_factory=dict)
    port: int | None = None


class NewAccounts(Struct):
    """new-accounts.json; by the server's address and the account's."""

    accounts: dict[str, Account] = field(default_factory=dict)


class Places(Struct, frozen=True):
    """Where the files of the docstring above are."""

    folder: Path

    @property
    def accounts(self) -> Path:
        """Who can log in."""
        return self.folder / "accounts.json"

    @property
    def new_accounts(self) -> Path:
        """Whose password nobody has seen yet."""
        return self.folder / "new-accounts.json"

    @property
    def server(self) -> Path:
        """The server that runs."""
        return self.folder / "server.json"

    @property
    def data(self) -> Path:
        """Label Studio's own."""
        return self.folder / "data"

    @property
    def unproven(self) -> Path:
        """Whether the data folder is new."""
        return self.data / ".unproven"

    @property
    def log(self) -> Path:
        """What the server says."""
        return self.folder / "label-studio.log"


def places_of(workspace: Workspace) -> Places:
    """The places of this workspace; nothing is made."""
    return Places(workspace.private.resolve() / "studio")


def make_private(folder: Path) -> None:
    """Make a folder that only the user can open.

    Raises:
        StudioError: it can't be made, or can't be closed to others.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        folder.chmod(0o700)
    except OSError as error:
        raise StudioError(
            f"{folder} can't be made or kept private ({error.strerror})",
            "The embedded Label Studio needs a workspace that you can write to.",
        ) from None


@contextlib.contextmanager
def locked(places: Places, say: Callable[[str], None]) -> Iterator[None]:
    """Keep other commands from starting or stopping this server meanwhile."""
    from filelock import FileLock, Timeout

    lock = FileLock(places.folder / "lock")
    try:
        lock.acquire(timeout=0)
    except Timeout:
        say("Another command is starting or stopping this Label Studio; waiting for it…")
        lock.acquire()
    try:
        yield
    finally:
        lock.release()


def read(path: Path, type_: type[S]) -> S | None:
    """The record in a file; None if there is none that can be read."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=type_)
    except (OSError, msgspec.DecodeError, UnicodeDecodeError):
        return None


def write(path: Path, record: Struct) -> None:
    """Write a record to a file that only the user may read, whole or not at all."""
    write_text(path, msgspec.json.encode(record).decode(), mode=PRIVATE)
