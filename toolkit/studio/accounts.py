"""Accounts on Label Studio, ours or one's own: made as a person would make them, by its forms.

Its API makes users who can't log in (they get no password), so an account is made by the
sign-up form with the organisation's invite, and then asked for its token.
"""

from __future__ import annotations

import html
import re
import secrets
from http import HTTPStatus
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from msgspec import Struct

from toolkit.errors import ServerFailed, ServerRefused, ServerUnreachable, StudioError

if TYPE_CHECKING:
    import httpx

ADMIN_EMAIL = "admin@localhost"

LOOPBACK = ("127.0.0.1", "localhost", "::1")

_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"
"""No characters that are mistaken for each other when read from paper."""

_FIELD_ERROR = re.compile(r'<ul class="field_errors">(.*?)</ul>', re.DOTALL)

_TAKEN = "already exists"

_DOTS_OF_A_PERSONAL_TOKEN = 2
"""It is a JSON Web Token, of three parts; a legacy token is one word."""


class Account(Struct):
    """Somebody who can log in. ``email`` is in lower case, as the server keeps it.

    ``password`` and ``token`` are empty where the person had signed up before we could
    make the account: then they are theirs alone. Neither is ever part of ``repr``.
    """

    name: str
    email: str
    password: str
    token: str

    def __repr__(self) -> str:
        return f"Account(name={self.name!r}, email={self.email!r})"


def new_account(name: str, email: str, *, token: str = "") -> Account:
    """An account that is on no server yet, with a fresh password."""
    return Account(name, email.lower(), new_password(), token)


def new_password() -> str:
    """A password of 17 characters that can be read aloud; 74 bits."""
    groups = ("".join(secrets.choice(_ALPHABET) for _ in range(5)) for _ in range(3))
    return "-".join(groups)


def client(url: str, token: str = "", *, seconds: float = 60.0) -> httpx.Client:
    """A client for a Label Studio; ``token`` is a legacy token.

    Raises nothing by itself; ``seconds`` bounds each wait for the network.
    """
    import httpx

    headers = {"Authorization": f"Token {token}"} if token else {}
    return httpx.Client(
        base_url=url,
        # Over https the server takes forms only with the page that they were on.
        headers={**headers, "Referer": url},
        timeout=seconds,
        # A connection that is kept costs 43 ms more a request here: the server's two
        # small writes meet Nagle's algorithm and delayed acknowledgement.
        limits=httpx.Limits(max_keepalive_connections=0),
        # A server on this machine is behind no proxy.
        trust_env=urlsplit(url).hostname not in LOOPBACK,
    )


def who_answers(url: str, token: str, *, seconds: float = 30.0) -> str:
    """The e-mail address of the user whom this token belongs to on this server.

    Raises:
        httpx.HTTPError: nobody answers, or the token is refused.
    """
    import httpx

    with client(url, token, seconds=seconds) as http:
        answer = http.get("/api/current-user/whoami")
        answer.raise_for_status()
        try:
            return str(answer.json()["email"])
        except (ValueError, KeyError, TypeError):
            raise httpx.DecodingError("the answer is not Label Studio's") from None


def add_account(
    url: str, admin_token: str, wanted: Account, *, renew_invite: bool = True
) -> Account:
    """Make the account on the server if it isn't there; it may be called again and again.

    Args:
        url: the server.
        admin_token: of somebody whose organisation the account joins; of either kind.
        wanted: name, address and password, kept safe by the caller before the call.
        renew_invite: make the organisation's invite worthless afterwards, as the server's
            log shows it. That of a server of one's own may be on its way to people.

    Returns:
        The account with its token; without password and token where the address had
        signed up before with another password.

    Raises:
        ServerRefused: the server doesn't take the address.
        ServerFailed: the server didn't do it.
    """
    import httpx

    try:
        with client(url) as http:
            if not _log_in(http, wanted) and not _sign_up(
                http, admin_token, wanted, renew_invite=renew_invite
            ):
                return Account(wanted.name, wanted.email, "", "")
            http.headers["X-CSRFToken"] = http.cookies["csrftoken"]
            me = _json(http.get("/api/current-user/whoami"), wanted)
            shown = {"first_name": wanted.name, "last_name": ""}
            _json(http.patch(f"/api/users/{me['id']}/", json=shown), wanted)
            token = _json(http.get("/api/current-user/token"), wanted)["token"]
    except httpx.HTTPError as error:
        raise ServerUnreachable(
            f"Label Studio at {url} stopped answering while it made the account of"
            f" {wanted.name!r} ({type(error).__name__})",
            "Run the command again.",
        ) from None
    return Account(wanted.name, wanted.email, wanted.password, str(token))


def wanted_addresses(annotators: dict[str, str]) -> dict[str, str]:
    """The annotators' addresses in lower case.

    Raises:
        StudioError: two are the same to the server, or one is the administrator's.
    """
    taken = {ADMIN_EMAIL: "the administrator"}
    addresses = {}
    for name, email in annotators.items():
        address = email.strip().lower()
        if address in taken:
            raise StudioError(
                f"annotator {name!r} has the address {email!r}, which is also that of"
                f" {taken[address]}",
                "Give each annotator an address of their own in [annotators] of toolkit.toml.",
            )
        taken[address] = repr(name)
        addresses[name] = address
    return addresses


def _log_in(http: httpx.Client, account: Account) -> bool:
    return _post_form(http, "/user/login/", account).status_code == HTTPStatus.FOUND


def _sign_up(http: httpx.Client, admin_token: str, account: Account, *, renew_invite: bool) -> bool:
    """Whether the account is ours now; False if somebody else has the address."""
    with client(str(http.base_url)) as as_admin:
        as_admin.headers["Authorization"] = _authorization(as_admin, admin_token)
        invite = str(_json(as_admin.get("/api/invite"), account)["token"])
        answer = _post_form(http, "/user/signup/", account, token=invite)
        if renew_invite:
            _json(as_admin.post("/api/invite/reset-token"), account)
    if answer.status_code == HTTPStatus.FOUND:
        return True
    told = " ".join(
        html.unescape(re.sub(r"<[^<>]*>|\s+", " ", block)).strip()
        for block in _FIELD_ERROR.findall(answer.text)
    )
    if _TAKEN in told:
        return False
    raise ServerRefused(
        f"Label Studio made no account for annotator {account.name!r} <{account.email}>:"
        f" {told or f'it answered {answer.status_code}'}",
        "Mend the address in [annotators] of toolkit.toml.",
    )


def _authorization(http: httpx.Client, token: str) -> str:
    """The header for a legacy token, or for the access that a personal one is changed into."""
    if token.count(".") != _DOTS_OF_A_PERSONAL_TOKEN:
        return f"Token {token}"
    answer = http.post("/api/token/refresh/", json={"refresh": token})
    if answer.status_code != HTTPStatus.OK:
        raise ServerRefused(
            f"Label Studio at {http.base_url} refuses the token ({answer.status_code})",
            "Is LABEL_STUDIO_API_KEY this server's, and still valid?",
        )
    return f"Bearer {answer.json()['access']}"


def _post_form(http: httpx.Client, form: str, account: Account, **query: str) -> httpx.Response:
    http.get(form).raise_for_status()  # sets the cookie that the form must give back
    fields = {
        "csrfmiddlewaretoken": http.cookies["csrftoken"],
        "email": account.email,
        "password": account.password,
        "allow_newsletters": "false",
    }
    return http.post(form, params=query, data=fields)


def _json(answer: httpx.Response, account: Account) -> dict[str, object]:
    import httpx

    try:
        answer.raise_for_status()
        found = answer.json()
    except (httpx.HTTPStatusError, ValueError):
        found = None
    if not isinstance(found, dict):
        raise ServerFailed(
            f"Label Studio did not finish the account of {account.name!r}: it answered"
            f" {answer.status_code} to {answer.request.method} {answer.request.url.path}",
            "Run the command again.",
        )
    return found
