"""Accounts of people: made by the forms, once, with a password and a token."""

from __future__ import annotations

import msgspec
import pytest

from toolkit.errors import ServerRefused, ServerUnreachable, StudioError
from toolkit.studio import process
from toolkit.studio.accounts import (
    ADMIN_EMAIL,
    Account,
    add_account,
    client,
    new_account,
    new_password,
    wanted_addresses,
    who_answers,
)
from toolkit.studio.server import Server


def test_passwords_are_long_distinct_and_readable() -> None:
    """No two are the same, and none has characters that are mistaken for each other."""
    passwords = {new_password() for _ in range(100)}
    assert len(passwords) == 100
    assert all(len(password) == 17 for password in passwords)
    assert not set("".join(passwords)) & set("Il1O0o")


def test_an_account_does_not_show_its_secrets() -> None:
    """What goes into a log or a traceback holds neither password nor token."""
    account = new_account("anna", "Anna@Example.com", token="0123456789")
    assert account.email == "anna@example.com"
    assert account.password not in repr(account)
    assert account.token not in repr(account)


@pytest.mark.parametrize(
    "annotators",
    [{"anna": "a@example.com", "bo": "A@example.com"}, {"anna": ADMIN_EMAIL}],
)
def test_no_two_people_share_an_address(annotators: dict[str, str]) -> None:
    """The server knows addresses in lower case only, and the administrator's is taken."""
    with pytest.raises(StudioError, match="has the address"):
        wanted_addresses(annotators)


def test_an_account_logs_in_and_carries_its_name(studio: Server) -> None:
    """The token is the account's own, the server shows the name, the password opens it."""
    for name, account in studio.annotators.items():
        assert who_answers(studio.url, account.token) == account.email
        with client(studio.url, account.token) as http:
            me = http.get("/api/current-user/whoami").json()
        assert me["first_name"] == name
        assert add_account(studio.url, studio.admin.token, account) == account


def test_a_name_may_be_chinese(studio: Server) -> None:
    """An annotator's name goes to the server as it is."""
    made = add_account(
        studio.url, studio.admin.token, new_account("陈小明", "xiaoming@example.com")
    )
    with client(studio.url, made.token) as http:
        assert http.get("/api/current-user/whoami").json()["first_name"] == "陈小明"


def test_an_address_that_signed_up_before_stays_its_owners(studio: Server) -> None:
    """Without the password there is no token, and that is no error."""
    anna = studio.annotators["anna"]
    other = add_account(studio.url, studio.admin.token, new_account("anna", anna.email))
    assert other == Account("anna", anna.email, "", "")
    assert add_account(studio.url, studio.admin.token, anna) == anna


def test_a_wrong_address_is_refused_in_the_servers_words(studio: Server) -> None:
    """The error names the annotator and says what the server said."""
    with pytest.raises(ServerRefused, match=r"'dan' <no address>: Enter a valid email address\."):
        add_account(studio.url, studio.admin.token, new_account("dan", "no address"))


def test_an_invite_works_once(studio: Server) -> None:
    """The invite in the server's log opens nothing, since each use is followed by a new one."""
    with client(studio.url, studio.admin.token) as http:
        before = http.get("/api/invite").json()["token"]
        add_account(studio.url, studio.admin.token, new_account("eve", "eve@example.com"))
        assert http.get("/api/invite").json()["token"] != before


def test_a_server_that_is_gone_is_named() -> None:
    """Nobody at the address is an error of ours, not of the library below."""
    url = f"http://{process.HOST}:{process.free_port()}"
    admin = new_account("admin", ADMIN_EMAIL, token="0123456789")
    with pytest.raises(ServerUnreachable, match=url):
        add_account(url, admin.token, new_account("anna", "anna@example.com"))


def test_an_account_travels_as_json() -> None:
    """What is written is what is read."""
    account = new_account("陈", "chen@example.com", token="0123456789")
    assert msgspec.json.decode(msgspec.json.encode(account), type=Account) == account
