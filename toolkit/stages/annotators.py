"""Who annotates: accounts on the server, and their names in toolkit.toml."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from msgspec import Struct

from toolkit.errors import ServerUnreachable, UsageError
from toolkit.settings import FILE_NAME, Workspace, check_annotator, read_settings, replace
from toolkit.stages.settings_file import add_annotator, remove_annotator

if TYPE_CHECKING:
    from toolkit.studio.places import Places
    from toolkit.studio.server import Connection


class Added(Struct, frozen=True):
    """What ``annotators add`` did.

    ``password`` is that of a new account, and empty where there was one already or where
    the account is still to be made; ``url`` is the server, null where none runs.
    """

    name: str
    email: str
    password: str
    url: str | None
    new_account: bool
    new_line: bool


class Listed(Struct, frozen=True):
    """An annotator of toolkit.toml; ``has_account`` is null where the server doesn't answer."""

    name: str
    email: str
    has_account: bool | None


def add(workspace: Workspace, name: str, email: str, *, say: Callable[[str], None]) -> Added:
    """Make the annotator's account on the server and write their name into toolkit.toml.

    What is there already is left as it is, so it can be run again after anything. Where no
    server of the workspace runs, the account is left to ``serve``.

    Raises:
        UsageError: the name or the address is taken, or is none.
        StudioError: the server doesn't take the address, or didn't make the account;
            toolkit.toml is as it was.
        WorkspaceError: toolkit.toml can't be changed by a line; the account is there.
    """
    from filelock import FileLock

    from toolkit.studio.places import make_private, places_of

    name, email = " ".join(name.split()), email.strip()
    check_annotator(name, email)
    places = places_of(workspace)
    make_private(places.folder)
    # One at a time: two that both read the file before either wrote it would lose a line.
    with FileLock(places.folder / "annotators.lock"):
        path = workspace.root / FILE_NAME
        settings = read_settings(path)
        is_new = _is_new(settings.annotators, name, email)
        wanted = replace(settings, annotators={**settings.annotators, name: email})
        made = _make_account(replace(workspace, settings=wanted), name, say)
        if is_new:
            add_annotator(path, name, email)
        if made.url:
            _forget_password(places, made.url, email)
    return Added(name, email, made.password, made.url, made.is_new, is_new)


def remove(workspace: Workspace, name: str) -> str:
    """Take an annotator out of toolkit.toml; returns their address.

    Nothing else changes: their account, their project and their labels stay, and count.

    Raises:
        UsageError: toolkit.toml names nobody so.
        WorkspaceError: toolkit.toml can't be changed by a line.
    """
    from filelock import FileLock

    from toolkit.studio.places import make_private, places_of

    places = places_of(workspace)
    make_private(places.folder)
    with FileLock(places.folder / "annotators.lock"):
        annotators = read_settings(workspace.root / FILE_NAME).annotators
        if name not in annotators:
            raise UsageError(
                f"toolkit.toml names no annotator {name!r}",
                "'toolkit annotators list' lists those whom it names.",
            )
        remove_annotator(workspace.root / FILE_NAME, name)
    return annotators[name]


def annotators(workspace: Workspace) -> list[Listed]:
    """The annotators whom toolkit.toml names, in its order."""
    from toolkit.stages.studio import gateway_to

    try:
        with gateway_to(workspace) as gateway:
            there: set[str] | None = {email.casefold() for email in gateway.users().values()}
    except ServerUnreachable:
        there = None
    return [
        Listed(name, email, None if there is None else email.casefold() in there)
        for name, email in workspace.settings.annotators.items()
    ]


class _Made(Struct, frozen=True):
    """An account as ``add`` found or made it; ``url`` is null where no server runs."""

    url: str | None = None
    password: str = ""
    is_new: bool = False


def _is_new(annotators: Mapping[str, str], name: str, email: str) -> bool:
    """Whether toolkit.toml doesn't name them yet.

    Raises:
        UsageError: the name is another's, or the address is.
    """
    if name in annotators:
        if annotators[name].casefold() == email.casefold():
            return False
        raise UsageError(
            f"toolkit.toml has an annotator {name!r} already, <{annotators[name]}>",
            "Give the new one another name.",
        )
    for other, address in annotators.items():
        if address.casefold() == email.casefold():
            raise UsageError(
                f"<{email}> is the address of {other!r} in toolkit.toml",
                "Give each annotator an address of their own.",
            )
    return True


def _make_account(workspace: Workspace, name: str, say: Callable[[str], None]) -> _Made:
    """An account on the server that push goes to, if there is one."""
    from toolkit.studio import server
    from toolkit.studio.accounts import wanted_addresses
    from toolkit.studio.places import Accounts, places_of, read

    email = wanted_addresses(workspace.settings.annotators)[name]
    try:
        there = server.connection(workspace)
    except ServerUnreachable:
        return _Made()
    embedded = server.running(workspace)
    if embedded is None or embedded.url.rstrip("/") != there.url.rstrip("/"):
        return _on_own_server(workspace, there, name, email)
    known = read(places_of(workspace).accounts, Accounts)
    account = server.start(workspace, say=say).annotators[name]
    is_new = account.password != "" and not (known and email in known.annotators)
    return _Made(embedded.url, account.password if is_new else "", is_new)


def _on_own_server(workspace: Workspace, there: Connection, name: str, email: str) -> _Made:
    """An account on a server that isn't the workspace's.

    The password is kept until ``add`` has come to its end: if it is killed between making
    the account and showing it, the next run shows it.
    """
    from toolkit.stages.studio import gateway_to
    from toolkit.studio.accounts import add_account, new_account
    from toolkit.studio.places import NewAccounts, places_of, read, write

    place = places_of(workspace).new_accounts
    kept = read(place, NewAccounts) or NewAccounts()
    wanted = kept.accounts.get(f"{there.url} {email}")
    if wanted is None:
        with gateway_to(workspace, there) as gateway:
            if email in {one.casefold() for one in gateway.users().values()}:
                return _Made(there.url)
        wanted = kept.accounts[f"{there.url} {email}"] = new_account(name, email)
        write(place, kept)
    made = add_account(there.url, there.token, wanted, renew_invite=False)
    return _Made(there.url, made.password, is_new=made.password != "")


def _forget_password(places: Places, url: str, email: str) -> None:
    from toolkit.studio.places import NewAccounts, read, write

    kept = read(places.new_accounts, NewAccounts)
    if kept and kept.accounts.pop(f"{url} {email.lower()}", None):
        if kept.accounts:
            write(places.new_accounts, kept)
        else:
            places.new_accounts.unlink()
