"""The embedded Label Studio of a workspace: start, stop, find it, connect to it."""

from __future__ import annotations

import os
import secrets
import shutil
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from msgspec import Struct

from toolkit.errors import ServerFailed, ServerRefused, ServerUnreachable, StudioError
from toolkit.records import write_text
from toolkit.settings import Workspace
from toolkit.studio import installed, process
from toolkit.studio.accounts import (
    ADMIN_EMAIL,
    Account,
    add_account,
    new_account,
    wanted_addresses,
    who_answers,
)
from toolkit.studio.failures import checked_url
from toolkit.studio.places import (
    PRIVATE,
    Accounts,
    Places,
    Server,
    locked,
    make_private,
    places_of,
    read,
    write,
)
from toolkit.studio.process import HOST

__all__ = ["Account", "Connection", "Server", "connection", "running", "start", "stop"]

_START_SECONDS = 240.0
_ANSWER_SECONDS = 5.0
_REFUSED_SECONDS = 60.0
_ATTEMPTS = 3


class Connection(Struct, frozen=True):
    """Where a Label Studio is and the token that opens it; the token is not in ``repr``."""

    url: str
    token: str

    def __repr__(self) -> str:
        return f"Connection(url={self.url!r})"


def _silent(_: str) -> None:
    """Who says nothing when no ``say`` is given."""


def start(
    workspace: Workspace, *, port: int | None = None, say: Callable[[str], None] = _silent
) -> Server:
    """Start the workspace's Label Studio, or find it running; make the missing accounts.

    It outlives the command. ``port`` is one that must be free; without it the last one is
    taken again if it is free, else any. ``say`` is given sentences on what takes long.

    Raises:
        StudioError: Label Studio isn't installed, the port is taken, or the settings name
            annotators whom it can't have.
        ServerFailed: it did not come up; says why, and where its log is.
    """
    version = installed.version()
    wanted = wanted_addresses(workspace.settings.annotators)
    places = places_of(workspace)
    make_private(places.folder)
    with locked(places, say):
        server = _running(places)
        if server is None:
            _end_leftover(places)
            server = _launch(places, version, port, say)
        elif port is not None and not server.url.endswith(f":{port}"):
            raise StudioError(
                f"this workspace's Label Studio already runs at {server.url}",
                "Stop it with 'toolkit serve --stop' to start it on another port.",
            )
        return _with_annotators(places, server, wanted, say)


def stop(workspace: Workspace) -> bool:
    """End the workspace's Label Studio; False if it didn't run."""
    places = places_of(workspace)
    if not places.folder.exists():
        return False
    with locked(places, _silent):
        return _end_leftover(places)


def running(workspace: Workspace) -> Server | None:
    """The workspace's Label Studio, if its process is ours and it answers to our token."""
    return _running(places_of(workspace))


def connection(workspace: Workspace) -> Connection:
    """The Label Studio to work with.

    The one that LABEL_STUDIO_URL or ``[studio] url`` names, with LABEL_STUDIO_API_KEY;
    without such an address the embedded one.

    Raises:
        ServerRefused: there is an address, and no token for it.
        ServerUnreachable: there is no address, and no embedded server runs.
        UsageError: the address isn't one that could be asked.
    """
    url = os.environ.get("LABEL_STUDIO_URL") or workspace.settings.studio.url
    token = os.environ.get("LABEL_STUDIO_API_KEY", "")
    if url:
        url = checked_url(url).rstrip("/")
    if url and token:
        return Connection(url, token)
    server = running(workspace)
    if server is not None and url in {"", server.url}:
        return Connection(server.url, server.admin.token)
    if url:
        # The embedded server must not stand in for the one that was asked for.
        raise ServerRefused(
            f"there is no token for the Label Studio at {url}",
            "Set LABEL_STUDIO_API_KEY; its account page shows it.",
        )
    raise ServerUnreachable(
        "no Label Studio is running for this workspace",
        "Start one with 'toolkit serve', or set LABEL_STUDIO_URL and LABEL_STUDIO_API_KEY.",
    )


def _running(places: Places) -> Server | None:
    server = read(places.server, Server)
    if server is None or server.data != str(places.data) or not process.runs(server.process):
        return None
    if places.unproven.exists():
        return None  # the next first start throws its data away, so nobody shall use it
    import httpx

    try:
        email = who_answers(server.url, server.admin.token)
    except httpx.ReadTimeout:
        return server  # busy: it lets us in, and works on something long
    except httpx.HTTPStatusError as error:
        return server if error.response.is_server_error else None
    except httpx.HTTPError:
        return None
    return server if email == server.admin.email else None


def _end_leftover(places: Places) -> bool:
    """End the process that server.json tells of, whatever state it is in."""
    server = read(places.server, Server)
    if server is None:
        return False
    copied = server.data != str(places.data) and Path(server.data).exists()
    # A copy of a workspace tells of the server of the original, which is not ours to end.
    ended = not copied and process.end(server.process)
    places.server.unlink(missing_ok=True)
    return ended


def _launch(places: Places, version: str, port: int | None, say: Callable[[str], None]) -> Server:
    if port is not None and not process.is_free(port):
        raise StudioError(
            f"port {port} of {HOST} can't be used, something listens on it or it is reserved",
            "Name another port, or none to let the toolkit find one.",
        )
    accounts = _accounts(places, say)
    say(f"Starting Label Studio {version}…")
    last = accounts.port if accounts.port and process.is_free(accounts.port) else None
    for _ in range(_ATTEMPTS):
        chosen = port or last or process.free_port()
        server = _spawn(places, accounts.admin, version, chosen)
        try:
            if _comes_up(server, places.log):
                break
        except BaseException:
            process.end(server.process)
            places.server.unlink(missing_ok=True)
            raise
        last = None
    else:
        places.server.unlink(missing_ok=True)
        raise ServerFailed(
            f"Label Studio lost its port to another program {_ATTEMPTS} times", "Try again."
        )
    places.unproven.unlink(missing_ok=True)
    accounts.port = chosen
    write(places.accounts, accounts)
    return server


def _accounts(places: Places, say: Callable[[str], None]) -> Accounts:
    """The accounts of the data folder; both are made if this is the first start."""
    known = read(places.accounts, Accounts)
    if places.data.exists() and not places.unproven.exists():
        if known is None:
            raise StudioError(
                f"{places.accounts} is gone or damaged, and with it the key to {places.data}",
                "Put the file back; or, to begin with an empty Label Studio, move the folder"
                f" {places.data} away.",
            )
        return known
    template = installed.database(say)
    # A first start that didn't come to its end: no account was ever told to anybody.
    shutil.rmtree(places.data, ignore_errors=True)
    for left in places.folder.glob(".data.*"):
        shutil.rmtree(left, ignore_errors=True)
    token = secrets.token_hex(20)
    accounts = Accounts(new_account("admin", ADMIN_EMAIL, token=token))
    write(places.accounts, accounts)
    made = Path(tempfile.mkdtemp(prefix=".data.", dir=places.folder))
    shutil.copyfile(template, made / installed.DATABASE)
    write_text(made / ".env", f"SECRET_KEY={secrets.token_urlsafe(50)}\n", mode=PRIVATE)
    write_text(made / places.unproven.name, "")
    made.rename(places.data)
    return accounts


def _spawn(places: Places, admin: Account, version: str, port: int) -> Server:
    home = places.folder / "home"
    home.mkdir(exist_ok=True)
    first = {
        "USERNAME": admin.email,
        "PASSWORD": admin.password,
        "USER_TOKEN": admin.token,
    }
    environment = installed.environment(
        places.data, home, **(first if places.unproven.exists() else {})
    )
    arguments = [
        "start",
        # Debugging is not what it turns on here: it only makes Label Studio stop at a busy
        # port instead of moving, unasked, to the next one.
        "--debug",
        "--no-browser",
        f"--internal-host={HOST}",
        f"--port={port}",
        f"--data-dir={places.data}",
    ]
    command = installed.command("label_studio.server", *arguments)
    if places.log.exists():
        places.log.replace(places.log.with_name(f"{places.log.name}.1"))
    child = process.spawn(command, environment, places.log, str(places.data))
    server = Server(
        url=f"http://{HOST}:{port}",
        pid=child.pid,
        admin=admin,
        annotators={},
        version=version,
        log=str(places.log),
        started=child.started,
        data=str(places.data),
    )
    # At once, so that this process can be found and ended even if we are killed now.
    try:
        write(places.server, server)
    except BaseException:
        process.end(child)
        places.server.unlink(missing_ok=True)  # the interruption may come when it is there
        raise
    return server


def _comes_up(server: Server, log: Path) -> bool:
    """Wait until it is our server that answers; False if it lost its port to another.

    Raises:
        ServerFailed: it ended, refused its own token, or took too long.
    """
    import httpx

    began = time.monotonic()
    refused_since: float | None = None
    while (now := time.monotonic()) - began < _START_SECONDS:
        # In this order: an answer counts only if our process outlived it.
        try:
            email = who_answers(server.url, server.admin.token, seconds=_ANSWER_SECONDS)
            answered = email == server.admin.email
            refused_since = None
        except httpx.HTTPStatusError:
            answered = False
            refused_since = refused_since or now
        except httpx.HTTPError:
            answered = False
        if not process.runs(server.process):
            words = installed.last_words(log)
            if "port is already in use" in words:
                return False
            raise _failure(f"Label Studio ended while it started: {words}", log)
        if answered:
            return True
        if refused_since is not None and now - refused_since > _REFUSED_SECONDS:
            raise _failure("Label Studio started and refuses the token that it was given", log)
        time.sleep(0.1)
    raise _failure(
        f"Label Studio did not answer within {_START_SECONDS:.0f} seconds:"
        f" {installed.last_words(log)}",
        log,
    )


def _failure(what: str, log: Path) -> ServerFailed:
    return ServerFailed(what, f"Its log is {log}")


def _with_annotators(
    places: Places, server: Server, wanted: dict[str, str], say: Callable[[str], None]
) -> Server:
    """The server with an account for each annotator of the settings."""
    accounts = read(places.accounts, Accounts) or Accounts(server.admin)
    for name, email in wanted.items():
        known = accounts.annotators.get(email)
        if known is not None and known.name == name and (known.token or not known.password):
            continue
        say(f"Making the account of {name} <{email}>…")
        account = Account(name, email, known.password, "") if known else new_account(name, email)
        # The password before the account: if we are killed in between, it still fits.
        accounts.annotators[email] = account
        write(places.accounts, accounts)
        accounts.annotators[email] = add_account(server.url, server.admin.token, account)
        write(places.accounts, accounts)
    server.annotators = {name: accounts.annotators[email] for name, email in wanted.items()}
    write(places.server, server)
    return server
