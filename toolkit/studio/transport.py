"""Label Studio over HTTP: the only importer of its SDK.

Reads are repeated after a failure, writes never are. The token is in no message: errors
from below are never chained, for their texts may hold request headers.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlsplit

import msgspec

from toolkit.errors import ServerFailed, StudioError
from toolkit.studio.failures import checked_token, checked_url, failure, in_doubt, translated

if TYPE_CHECKING:
    import httpx
    from label_studio_sdk import LabelStudio

T = TypeVar("T")

_LOOPBACK = ("127.0.0.1", "localhost", "::1")


class Transport:
    """One user's connection to one server. Nothing is sent before the first call.

    Args:
        url: where the server is, with its path if it has one.
        token: a legacy token or a personal access token.
        timeout: seconds that a request may go without an answer.

    Raises:
        UsageError: ``url`` isn't an address that could be asked.
        ServerRefused: ``token`` can't be a token.
    """

    def __init__(self, url: str, token: str, *, timeout: float) -> None:
        self.url = checked_url(url)
        self._token = checked_token(token)
        self._timeout = timeout
        self.requests = 0
        """How many requests were sent until now."""
        self._http: httpx.Client | None = None
        self._sdk: LabelStudio | None = None

    def close(self) -> None:
        """Let go of the connections."""
        if self._http is not None:
            self._http.close()
        self._http = self._sdk = None

    def get(self, path: str, params: dict[str, Any], type_: type[T]) -> T:
        """A read where the SDK's own method is slow, shapeless, or cuts lists short.

        (``tasks.list`` takes a 404 in the middle for the end, and can't leave out fields.)
        """

        def ask(sdk: LabelStudio) -> T:
            # The SDK offers no public way to its HTTP client, which adds the token.
            client = sdk._client_wrapper.httpx_client  # noqa: SLF001
            answer = client.request(path, method="GET", params=params)
            if not answer.is_success:
                raise failure(
                    self.url, self._secrets(), answer.status_code, answer.text, answer.headers
                )
            return msgspec.json.decode(answer.content, type=type_)

        return self.read(ask)

    def post(self, path: str, params: dict[str, Any], body: object) -> None:
        """A write that the SDK has no method for, or one that hides what it takes; sent once."""

        def ask(sdk: LabelStudio) -> None:
            client = sdk._client_wrapper.httpx_client  # noqa: SLF001 - as in ``get``
            answer = client.request(path, method="POST", params=params, json=body)
            if not answer.is_success:
                raise failure(
                    self.url, self._secrets(), answer.status_code, answer.text, answer.headers
                )

        self._once(ask)

    def read(self, ask: Callable[[LabelStudio], T]) -> T:
        """Ask until there is an answer, a few times within a minute."""
        import stamina

        # Retries are no news to whoever waits; without this they go to standard error.
        logging.getLogger("stamina").addHandler(logging.NullHandler())
        answer: T
        for attempt in stamina.retry_context(
            on=_worth_repeating, attempts=4, timeout=60, wait_initial=0.2, wait_max=5
        ):
            with attempt:
                answer = self._once(ask)
        return answer

    def write(self, ask: Callable[[LabelStudio], T]) -> T:
        """Ask once; ``failures.in_doubt`` tells whether a failed write may have been done."""
        return self._once(ask)

    def delete(self, ask: Callable[[LabelStudio], None]) -> None:
        """Ask once; what is gone already is no error."""
        try:
            self._once(ask)
        except ServerFailed as error:
            if error.status != 404:  # noqa: PLR2004 - HTTP's own number says it
                raise

    def _once(self, ask: Callable[[LabelStudio], T]) -> T:
        self.requests += 1
        from label_studio_sdk.core.api_error import ApiError

        with translated(self.url, self._timeout):
            try:
                return ask(self._connected())
            except ApiError as error:
                status, headers = error.status_code or 0, error.headers or {}
                raise failure(self.url, self._secrets(), status, error.body, headers) from None

    def _secrets(self) -> list[str]:
        """The token, and what a personal one was exchanged for; a server may repeat either."""
        # The SDK has no public way to it, other than one that asks the server.
        tokens = self._sdk and self._sdk._client_wrapper._tokens_client  # noqa: SLF001
        access = tokens and tokens._access_token  # noqa: SLF001
        return [self._token, access] if access else [self._token]

    def _connected(self) -> LabelStudio:
        if self._sdk is None:
            import httpx
            from label_studio_sdk import LabelStudio

            if self._http is None:
                self._http = httpx.Client(
                    timeout=self._timeout,
                    # A kept connection costs 43 ms a request: the server sends headers and
                    # body apart, and each waits for the other's acknowledgement.
                    limits=httpx.Limits(max_keepalive_connections=0),
                    # Never take the token to where a redirect points.
                    follow_redirects=False,
                    # A proxy can't reach the server on this machine.
                    trust_env=urlsplit(self.url).hostname not in _LOOPBACK,
                )
            self._sdk = LabelStudio(  # type: ignore[no-untyped-call]  # its __init__ has no types
                base_url=self.url,
                api_key=self._token,
                httpx_client=self._http,
                timeout=self._timeout,
                max_retries=0,
            )
        return self._sdk


def _worth_repeating(error: Exception) -> bool:
    return isinstance(error, StudioError) and in_doubt(error)
