"""Suggestions to Label Studio, annotations back."""

from __future__ import annotations

from msgspec import Struct

from toolkit.settings import Workspace


class Address(Struct, frozen=True):
    """Where a Label Studio answers, and the token that it knows us by; never printed."""

    url: str
    token: str

    def __repr__(self) -> str:
        return f"Address(url={self.url!r}, token=…)"


def address_of(workspace: Workspace) -> Address:
    """The Label Studio of this workspace: the one the environment names, else our own."""
    from toolkit.studio import server

    connection = server.connection(workspace)
    return Address(connection.url, connection.token)
