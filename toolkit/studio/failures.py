"""What can go wrong between us and a server, in our words.

The token is in no message, and nothing is chained: what the libraries raise may hold
request headers.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator, Mapping
from urllib.parse import urlsplit

import msgspec

from toolkit.errors import ServerFailed, ServerRefused, ServerUnreachable, StudioError, UsageError

_LONGEST_PAUSE = 60.0

_REDIRECTION, _CLIENT_ERROR, _SERVER_ERROR = 300, 400, 500
"""HTTP statuses from here on mean that, up to the next."""


def in_doubt(error: StudioError) -> bool:
    """Whether a write that failed this way may have been done all the same."""
    if isinstance(error, ServerFailed):
        return error.status >= _SERVER_ERROR or error.status in {0, 408, 429}
    return isinstance(error, ServerUnreachable)


def retry_after(error: StudioError) -> float:
    """Seconds that the server asked us to wait; 0 where it said nothing."""
    return error.retry_after if isinstance(error, ServerFailed) else 0.0


def checked_url(url: str) -> str:
    """The address with a final slash.

    One that is refused is not repeated: it may hold a password, or be the token.

    Raises:
        UsageError: it isn't one that could be asked, or holds more than host and path.
    """
    try:
        parts = urlsplit(url.strip())
        parts.port  # noqa: B018 - reading it checks it
    except ValueError:
        raise UsageError(
            "the address of the Label Studio server has no host and port that could be asked",
            "Write it as http://host:port.",
        ) from None
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise UsageError(
            "the address of the Label Studio server is not http:// or https:// and a host",
            "Start one with 'toolkit serve', or set LABEL_STUDIO_URL=http://host:port.",
        )
    if parts.username or parts.password or parts.query or parts.fragment:
        raise UsageError(
            f"the address of {parts.hostname} holds more than host and path",
            "Write it as http://host:port/path; the token goes into LABEL_STUDIO_API_KEY.",
        )
    # Without the final slash the SDK refreshes access tokens at the wrong place.
    return f"{parts.scheme}://{parts.netloc}{parts.path.rstrip('/')}/"


def checked_token(token: str) -> str:
    """The token without space around it.

    Raises:
        ServerRefused: there is none, or it can't be one.
    """
    token = token.strip()
    if not token:
        raise ServerRefused(
            "there is no token for Label Studio",
            "Set LABEL_STUDIO_API_KEY, or start a server with 'toolkit serve'.",
        )
    if not token.isascii() or not token.isprintable() or " " in token:
        raise ServerRefused(
            "the token for Label Studio holds characters that no token has",
            "Copy LABEL_STUDIO_API_KEY again from Account & Settings.",
        )
    return token


@contextlib.contextmanager
def translated(url: str, timeout: float) -> Iterator[None]:
    """Turn what httpx and the decoding of an answer raise into our errors."""
    import httpx

    try:
        yield
    except httpx.TimeoutException:
        raise ServerUnreachable(
            f"Label Studio at {url} gave no answer in {timeout:g} seconds",
            "Is it busy? Try again; [studio] timeout_seconds in toolkit.toml gives it longer.",
        ) from None
    except httpx.ConnectError as error:
        if _UNTRUSTED in str(error):
            raise ServerRefused(
                f"the certificate of {url} is not to be trusted ({_why_untrusted(str(error))}); "
                "nothing was sent",
                "Check the address; SSL_CERT_FILE names the certificates of your own authority.",
            ) from None
        raise ServerUnreachable(
            f"nobody answers at {url} ({_short(str(error))})",
            "Start Label Studio with 'toolkit serve', or check LABEL_STUDIO_URL.",
        ) from None
    except httpx.TransportError as error:
        raise ServerUnreachable(
            f"the connection to {url} broke ({type(error).__name__})",
            "Run the command again; it goes on where it stopped.",
        ) from None
    except (ValueError, msgspec.DecodeError):
        raise _not_label_studio(url) from None


def failure(
    url: str, secrets: Iterable[str], status: int, body: object, headers: Mapping[str, str]
) -> StudioError:
    """The error for an answer that isn't what was asked for, without any of the secrets.

    ``body`` may be JSON or text.
    """
    place = next((v for k, v in headers.items() if k.lower() == "location"), "elsewhere")
    said = _said(body)
    for secret in secrets:
        said, place = said.replace(secret, "…"), place.replace(secret, "…")
    detail = _short(said)
    if status in {401, 403}:
        hint = "Is LABEL_STUDIO_API_KEY this server's, and still valid?"
        if "legacy token" in detail:
            hint = (
                "Make a personal access token (Account & Settings), or let an owner allow "
                "legacy tokens (Organization, Access Token Settings)."
            )
        return ServerRefused(f"{url} refuses the token ({status}: {detail})", hint)
    if _REDIRECTION <= status < _CLIENT_ERROR:
        return ServerFailed(
            f"{url} sends us to {_short(place)}",
            "Give the server's final address as LABEL_STUDIO_URL.",
            status=status,
        )
    if detail == _PAGE and status < _SERVER_ERROR:
        return _not_label_studio(url, status)
    hint = "" if status < _SERVER_ERROR else "Its own log says more; run the command again."
    return ServerFailed(
        f"{url} answers {status}: {detail}", hint, status=status, retry_after=_pause(headers)
    )


def _pause(headers: Mapping[str, str]) -> float:
    """What ``Retry-After`` says in seconds; a date, as proxies don't write it, is nothing."""
    said = next((v for k, v in headers.items() if k.lower() == "retry-after"), "")
    return min(float(said), _LONGEST_PAUSE) if said.strip().isdecimal() else 0.0


_UNTRUSTED = "CERTIFICATE_VERIFY_FAILED"


def _why_untrusted(error: str) -> str:
    """``[SSL: …] certificate verify failed: self-signed certificate (_ssl.c:1006)``."""
    return _short(error.rpartition("failed: ")[2].partition(" (_ssl")[0])


_PAGE = "a page and not an answer"


def _not_label_studio(url: str, status: int = 0) -> ServerFailed:
    return ServerFailed(
        f"{url} answers, but not as Label Studio does",
        "Is LABEL_STUDIO_URL the address of Label Studio itself?",
        status=status,
    )


def _said(body: object) -> str:
    if isinstance(body, str):
        with contextlib.suppress(msgspec.DecodeError):
            body = msgspec.json.decode(body)
    if isinstance(body, Mapping):
        parts = [body.get("detail"), body.get("validation_errors")]
        return "; ".join(str(part) for part in parts if part) or str(dict(body))
    text = str(body or "no reason given")
    # A page of HTML says nothing that fits into one line.
    return _PAGE if text.lstrip().startswith("<") else text


def _short(text: str, most: int = 300) -> str:
    text = " ".join(text.split())
    return text if len(text) <= most else text[:most] + "…"
