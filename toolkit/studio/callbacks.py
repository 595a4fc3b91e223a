"""What a project of Label Studio calls when something happens: webhooks and ML backends."""

from __future__ import annotations

from typing import Any

import msgspec

from toolkit.studio.transport import Transport


class _Called(msgspec.Struct):
    id: int
    url: str


class Callbacks:
    """The callbacks of one server's projects; ``Gateway.callbacks`` has it."""

    def __init__(self, http: Transport) -> None:
        self._http = http

    def webhooks(self, project: int) -> dict[str, int]:
        """The webhooks of a project, their ids by address."""
        rows = self._http.get("api/webhooks/", {"project": project}, list[_Called])
        return {row.url: row.id for row in rows}

    def add_webhook(self, project: int, url: str, **fields: Any) -> None:
        """Have the server tell an address about events; twice the same is told twice."""
        self._http.write(lambda sdk: sdk.webhooks.create(url=url, project=project, **fields))

    def delete_webhook(self, webhook: int) -> None:
        """Delete a webhook; one that is gone already is no error."""
        self._http.delete(lambda sdk: sdk.webhooks.delete(webhook))

    def ml_backends(self, project: int) -> dict[str, int]:
        """The ML backends of a project, their ids by address; the server asks each how it is."""
        rows = self._http.get("api/ml", {"project": project}, list[_Called])
        return {row.url: row.id for row in rows}

    def add_ml_backend(self, project: int, url: str, **fields: Any) -> None:
        """Have the server ask an address for predictions; it has to answer at once."""
        self._http.write(lambda sdk: sdk.ml.create(project=project, url=url, **fields))

    def delete_ml_backend(self, backend: int) -> None:
        """Delete an ML backend; one that is gone already is no error."""
        self._http.delete(lambda sdk: sdk.ml.delete(backend))
