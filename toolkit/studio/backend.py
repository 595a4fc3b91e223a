"""What Label Studio calls: the protocol of its ML backends, and its webhooks.

A task that has no suggestion yet (somebody added it in the UI) is sent to ``/predict`` when
it is opened, and gets what the rules propose for its text. Tasks that are to be annotated
without suggestions get none here either. Webhooks only hint that a pull is due.

Whoever calls has to know the secret: as password of HTTP basic authentication, which is how
Label Studio speaks to ML backends, or in the header ``X-Toolkit-Secret``, which its webhooks
carry. ``/health`` tells nothing and asks for nothing. The access token of the project's owner,
which Label Studio sends to every ML backend, is not looked at.
"""

from __future__ import annotations

import base64
import binascii
import hmac
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol

import msgspec
from msgspec import Struct

from toolkit.errors import ToolkitError
from toolkit.model import Document, Passage, Suggestion
from toolkit.schema import LabelSchema
from toolkit.studio.tasks import to_task

if TYPE_CHECKING:
    from starlette.applications import Starlette
    from starlette.requests import Request
    from starlette.responses import Response

USER = "toolkit"
"""The user of basic authentication; the secret is its password."""

HEADER = "X-Toolkit-Secret"

_MOST_BYTES = 250 * 1024 * 1024
"""Of a request; Label Studio itself takes no longer ones."""

EVENTS = (
    *("ANNOTATION_CREATED", "ANNOTATIONS_CREATED", "ANNOTATION_UPDATED", "ANNOTATIONS_DELETED"),
    "TASKS_DELETED",
)
"""The server's events that make a pull worth while."""

_FIT = "START_TRAINING"


class Suggester(Protocol):
    """Rules that are ready to run."""

    @property
    def model_version(self) -> str:
        """The version of what it suggests."""

    @property
    def schema(self) -> LabelSchema:
        """The labels that it suggests."""

    def __call__(self, documents: Sequence[Document]) -> list[Suggestion]:
        """A suggestion for each document."""


class _Asked(Struct):
    tasks: list[dict[str, Any]]


class _Event(Struct):
    action: str = ""


def predictions(
    tasks: Sequence[Mapping[str, Any]], suggester: Suggester
) -> list[list[dict[str, Any]]]:
    """For each task of the server its predictions: one, or none where none is to be shown.

    None is shown for a task of the control sample, and for one without a text that we could
    label. A task that is no document of ours is a document of its own.
    """
    schema = suggester.schema
    documents: dict[int, Document] = {}
    for number, task in enumerate(tasks):
        data = task.get("data")
        text = data.get(schema.data_key) if isinstance(data, Mapping) else None
        if isinstance(text, str) and text and not data.get("control"):  # type: ignore[union-attr]
            documents[number] = Document(f"task {task.get('id')}", text)
    answers: list[list[dict[str, Any]]] = [[] for _ in tasks]
    suggestions = suggester(list(documents.values()))
    for (number, document), suggestion in zip(documents.items(), suggestions, strict=True):
        passage = Passage(document.id, 0, len(document.text), document.text)
        answers[number] = to_task(passage, suggestion, schema, document)["predictions"]
    return answers


def application(
    secret: str,
    suggester: Callable[[], Suggester],
    *,
    hint: Callable[[], None],
    fit: Callable[[], None],
) -> Starlette:
    """The web application.

    Args:
        secret: what callers have to know.
        suggester: today's rules; asked for whenever Label Studio may have to learn that
            they changed.
        hint: called when something was annotated.
        fit: called when Label Studio is told to train; is expected to return at once.
    """
    from starlette.applications import Starlette
    from starlette.concurrency import run_in_threadpool
    from starlette.responses import JSONResponse
    from starlette.routing import Route

    async def health(_request: Request) -> Response:
        return JSONResponse({"status": "UP", "model_class": "toolkit"})

    async def setup(_request: Request) -> Response:
        ready = await run_in_threadpool(suggester)
        return JSONResponse({"model_version": ready.model_version})

    async def versions(_request: Request) -> Response:
        ready = await run_in_threadpool(suggester)
        return JSONResponse({"versions": [ready.model_version]})

    async def predict(request: Request) -> Response:
        asked = await _body(request, _Asked)
        ready = await run_in_threadpool(suggester)
        found = await run_in_threadpool(predictions, asked.tasks, ready)
        return JSONResponse({"results": found, "model_version": ready.model_version})

    async def webhook(request: Request) -> Response:
        action = (await _body(request, _Event)).action
        if action == _FIT:
            fit()
        elif action in EVENTS:
            hint()
        return JSONResponse({"status": "ok"}, status_code=202)

    async def refused(_request: Request, error: Exception) -> Response:
        return JSONResponse({"error": str(error)}, status_code=400)

    guarded = _guarded(secret)
    return Starlette(
        routes=[
            Route("/", health),
            Route("/health", health),
            Route("/setup", guarded(setup), methods=["POST"]),
            Route("/versions", guarded(versions)),
            Route("/predict", guarded(predict), methods=["POST"]),
            Route("/webhook", guarded(webhook), methods=["POST"]),
        ],
        exception_handlers={ToolkitError: refused, msgspec.DecodeError: refused},
    )


_Endpoint = Callable[["Request"], Awaitable["Response"]]


def _guarded(secret: str) -> Callable[[_Endpoint], _Endpoint]:
    """Endpoints that answer only to those who know the secret."""
    from starlette.responses import JSONResponse

    def guarded(endpoint: _Endpoint) -> _Endpoint:
        async def asked(request: Request) -> Response:
            if not _knows(request, secret):
                return JSONResponse(
                    {"error": "the secret is wrong or missing"},
                    status_code=401,
                    headers={"WWW-Authenticate": "Basic"},
                )
            if int(request.headers.get("content-length") or 0) > _MOST_BYTES:
                return JSONResponse({"error": "the request is too long"}, status_code=413)
            return await endpoint(request)

        return asked

    return guarded


def _knows(request: Request, secret: str) -> bool:
    given = request.headers.get(HEADER, "")
    scheme, _, credentials = request.headers.get("authorization", "").partition(" ")
    if not given and scheme.casefold() == "basic":
        try:
            given = base64.b64decode(credentials).decode().partition(":")[2]
        except (binascii.Error, UnicodeDecodeError):
            return False
    return hmac.compare_digest(given.encode(), secret.encode())


async def _body(request: Request, type_: type[Any]) -> Any:
    return msgspec.json.decode(await request.body(), type=type_)
