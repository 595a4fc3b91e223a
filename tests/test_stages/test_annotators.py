"""Annotators come and go, on a real server."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from toolkit.errors import UsageError
from toolkit.settings import FILE_NAME, Workspace, open_workspace
from toolkit.stages import annotators as stage
from toolkit.studio.accounts import client
from toolkit.studio.places import NewAccounts, places_of, write
from toolkit.studio.server import Server

TOML = '[annotators]\nbo = "bo@example.com"  # the first\n'


def _silent(_: str) -> None:
    """Nobody listens."""


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    """A workspace with one annotator, and no server of its own."""
    (tmp_path / FILE_NAME).write_text(TOML, encoding="utf-8")
    return open_workspace(tmp_path)


@pytest.fixture
def address() -> str:
    """Nobody's address yet."""
    return f"{uuid.uuid4().hex[:8]}@example.com"


@pytest.fixture
def personal_token(studio: Server) -> Iterator[str]:
    """A personal access token of the administrator."""
    with client(studio.url, studio.admin.token) as http:
        token = http.post("/api/token/").json()["token"]
        yield token
        http.post("/api/token/blacklist/", json={"refresh": token})


@pytest.fixture
def own_server(
    request: pytest.FixtureRequest, studio: Server, monkeypatch: pytest.MonkeyPatch
) -> Server:
    """The shared server, as one that the environment names."""
    kind = getattr(request, "param", "legacy")
    token = request.getfixturevalue("personal_token") if kind == "personal" else studio.admin.token
    monkeypatch.setenv("LABEL_STUDIO_URL", studio.url)
    monkeypatch.setenv("LABEL_STUDIO_API_KEY", token)
    return studio


def _logs_in(url: str, email: str, password: str) -> bool:
    with client(url) as http:
        http.get("/user/login/")
        form = {
            "csrfmiddlewaretoken": http.cookies["csrftoken"],
            "email": email,
            "password": password,
        }
        return http.post("/user/login/", data=form).status_code == httpx.codes.FOUND


@pytest.mark.parametrize("own_server", ["legacy", "personal"], indirect=True)
def test_an_account_on_a_server_of_ones_own(
    own_server: Server, workspace: Workspace, address: str
) -> None:
    """The password opens it, is kept nowhere, and isn't given twice; the invite stays good."""
    with client(own_server.url, own_server.admin.token) as http:
        invite = http.get("/api/invite").json()["token"]
        added = stage.add(workspace, "安娜", address, say=_silent)
        assert http.get("/api/invite").json()["token"] == invite
    assert added == stage.Added("安娜", address, added.password, own_server.url, True, True)
    assert _logs_in(own_server.url, address, added.password)
    kept = [path for path in workspace.root.rglob("*") if path.is_file()]
    assert not [path for path in kept if added.password in path.read_text(errors="replace")]
    text = (workspace.root / FILE_NAME).read_text(encoding="utf-8")
    assert text == f'{TOML}"安娜" = "{address}"\n'

    again = stage.add(workspace, "安娜", address, say=_silent)
    assert again == stage.Added("安娜", address, "", own_server.url, False, False)
    assert (workspace.root / FILE_NAME).read_text(encoding="utf-8") == text
    assert _logs_in(own_server.url, address, added.password)


def test_a_password_that_nobody_saw_is_shown_by_the_next_run(
    own_server: Server, workspace: Workspace, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killed between making the account and writing the line, it is as if nothing had been."""

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(stage, "add_annotator", killed)
        with pytest.raises(KeyboardInterrupt):
            stage.add(workspace, "anna", address, say=_silent)
    assert (workspace.root / FILE_NAME).read_text(encoding="utf-8") == TOML
    assert places_of(workspace).new_accounts.stat().st_mode & 0o077 == 0
    added = stage.add(workspace, "anna", address, say=_silent)
    assert added.new_account
    assert _logs_in(own_server.url, address, added.password)
    assert not places_of(workspace).new_accounts.exists()


def test_who_had_signed_up_keeps_their_password(own_server: Server, workspace: Workspace) -> None:
    """An address that is on the server is only written into toolkit.toml."""
    chen = own_server.annotators["chen"]
    added = stage.add(workspace, "chen", chen.email.upper(), say=_silent)
    assert (added.new_account, added.new_line, added.password) == (False, True, "")
    assert _logs_in(own_server.url, chen.email, chen.password)


def test_the_workspaces_own_server_knows_its_accounts(studio: Server, address: str) -> None:
    """On the embedded server the account is kept with the others, as 'serve' keeps them."""
    root = Path(studio.data).parents[2]
    people = "".join(f'{name} = "{one.email}"\n' for name, one in studio.annotators.items())
    (root / FILE_NAME).write_text(f"[annotators]\n{people}", encoding="utf-8")
    try:
        workspace = open_workspace(root)
        added = stage.add(workspace, "dora", address, say=_silent)
        assert added.url == studio.url
        assert _logs_in(studio.url, address, added.password)
        stage.remove(workspace, "dora")
        again = stage.add(open_workspace(root), "dora", address, say=_silent)
        assert (again.new_account, again.new_line, again.password) == (False, True, "")
        listed = stage.annotators(open_workspace(root))
        assert [(one.name, one.has_account) for one in listed][-1] == ("dora", True)
    finally:
        (root / FILE_NAME).unlink()


def test_without_a_server_the_line_is_written(workspace: Workspace) -> None:
    """'serve' makes the account later; the list says that it can't know."""
    added = stage.add(workspace, "anna", "anna@example.com", say=_silent)
    assert (added.url, added.new_account, added.new_line) == (None, False, True)
    listed = stage.annotators(open_workspace(workspace.root))
    assert [(one.name, one.has_account) for one in listed] == [("bo", None), ("anna", None)]


@pytest.mark.parametrize(
    ("name", "email", "why"),
    [
        ("bo", "other@example.com", "has an annotator 'bo' already"),
        ("anna", "BO@example.com", "is the address of 'bo'"),
        ("anna", "no address", "is no e-mail address"),
        (" ", "anna@example.com", "is no name"),
        ("an\x1b[31mna", "anna@example.com", "is no name"),
    ],
)
def test_a_name_and_an_address_are_one_persons(
    workspace: Workspace, name: str, email: str, why: str
) -> None:
    """What is taken, or is no name or address, is refused before anything is done."""
    with pytest.raises(UsageError, match=why):
        stage.add(workspace, name, email, say=_silent)
    assert (workspace.root / FILE_NAME).read_text(encoding="utf-8") == TOML


def test_removing_takes_the_line_out(workspace: Workspace) -> None:
    """Only the line goes; whom toolkit.toml doesn't name can't be removed."""
    stage.add(workspace, "anna", "anna@example.com", say=_silent)
    assert stage.remove(workspace, "anna") == "anna@example.com"
    assert (workspace.root / FILE_NAME).read_text(encoding="utf-8") == TOML
    with pytest.raises(UsageError, match="no annotator 'anna'"):
        stage.remove(workspace, "anna")


def test_a_damaged_list_of_passwords_is_no_obstacle(
    own_server: Server, workspace: Workspace, address: str
) -> None:
    """What can't be read there is nothing that anybody waits for."""
    (workspace.private / "studio").mkdir(parents=True)
    write(places_of(workspace).new_accounts, NewAccounts())
    places_of(workspace).new_accounts.write_bytes(b"{")
    assert stage.add(workspace, "anna", address, say=_silent).new_account
