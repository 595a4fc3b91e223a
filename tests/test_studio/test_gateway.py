"""Tests of toolkit.studio.gateway."""

from __future__ import annotations

import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

from toolkit.errors import ServerFailed, ServerRefused, ServerUnreachable, StudioError, UsageError
from toolkit.schema import LabelSchema
from toolkit.settings import Settings, Workspace
from toolkit.studio.failures import in_doubt
from toolkit.studio.gateway import Gateway
from toolkit.studio.server import connection

TOKEN = "0123456789abcdef" * 2

LISTED = (
    b'{"total": 1, "total_predictions": 1, "tasks": [{"id": 7, "data": {"key": "k"}, '
    b'"total_annotations": 0, "cancelled_annotations": 0, "total_predictions": 1, '
    b'"predictions_model_versions": "v1", "predictions_results": "RESULTS"}]}'
)
"""A list of one task; how it shows what is suggested depends on the server's database."""


class _Odd(BaseHTTPRequestHandler):
    """A server that isn't Label Studio, or has a bad day; the first folder says which."""

    asked: list[str] = []  # noqa: RUF012 - shared by the requests on purpose

    def do_GET(self) -> None:
        self.asked.append(self.path)
        kind = self.path.split("/")[1]
        if kind == "cut" or (kind == "flaky" and len(self.asked) == 1):
            self.connection.shutdown(socket.SHUT_RDWR)
            return
        status = {"moved": 302, "broken": 500, "legacy": 401, "echo": 403}.get(kind, 200)
        self.send_response(status)
        if kind == "moved":
            self.send_header("Location", "http://127.0.0.1:1/elsewhere")
        self.end_headers()
        self.wfile.write(
            {
                "page": b"<html>hello</html>",
                "broken": b'{"detail": "' + b"no such column " * 100 + b'"}',
                "legacy": b'{"detail": "legacy token authentication has been disabled"}',
                "echo": b'{"detail": "bad token ' + TOKEN.encode() + b'"}',
                "flaky": b'{"id": 1, "email": "a@b.c"}',
                "list": b"[1, 2]",
                "sqlite": LISTED.replace(b"RESULTS", b"[{id: 0123456789ab-0, type: labels}]"),
                "postgresql": LISTED.replace(b"RESULTS", b"[{id:0123456789ab-0, type:labels}]"),
            }.get(kind, b"")
        )

    do_POST = do_GET  # noqa: N815 - the base class looks for this name

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@pytest.fixture
def odd() -> Iterator[str]:
    """The address of a server that does what its path says."""
    _Odd.asked.clear()
    with HTTPServer(("127.0.0.1", 0), _Odd) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.mark.parametrize(
    ("kind", "error", "said"),
    [
        ("moved", ServerFailed, "sends us to http://127.0.0.1:1/elsewhere"),
        ("page", ServerFailed, "not as Label Studio does"),
        ("list", ServerFailed, "not as Label Studio does"),
        ("broken", ServerFailed, "answers 500: no such column"),
        ("legacy", ServerRefused, "personal access token"),
        ("echo", ServerRefused, "bad token …"),
        ("cut", ServerUnreachable, "broke"),
    ],
)
def test_whatever_answers_the_error_is_one_short_line(
    kind: str, error: type[StudioError], said: str, odd: str
) -> None:
    """What the other side says is told in short, and never the token."""
    with Gateway(f"{odd}/{kind}", TOKEN) as gateway, pytest.raises(error) as caught:
        gateway.users()
    message = str(caught.value)
    assert said in message
    assert TOKEN not in message
    assert "\n" not in message
    assert len(message) < 600
    assert caught.value.__suppress_context__ or caught.value.__context__ is None


def test_reads_are_repeated_and_writes_are_not(odd: str) -> None:
    """A read outlives a cut connection; a write is sent once, whatever comes."""
    with Gateway(f"{odd}/flaky", TOKEN) as gateway:
        assert gateway.whoami() == (1, "a@b.c")
    assert len(_Odd.asked) == 2
    for kind in ("cut", "broken"):
        _Odd.asked.clear()
        with Gateway(f"{odd}/{kind}", TOKEN) as gateway, pytest.raises(StudioError) as caught:
            gateway.import_tasks(1, [])
        assert in_doubt(caught.value)
        assert len(_Odd.asked) == 1


@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
def test_what_a_task_suggests_is_known_from_either_database(database: str, odd: str) -> None:
    """Else a push over PostgreSQL would replace all suggestions each time."""
    with Gateway(f"{odd}/{database}", TOKEN) as gateway:
        (task,) = gateway.tasks_by_key(1, ["k"])["k"]
    assert (task.digest, task.model_versions, task.predictions) == ("0123456789ab", ("v1",), 1)


def test_a_silent_server_times_out() -> None:
    """Who takes the connection and says nothing is given up, by a time that can be set."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        with (
            Gateway(url, TOKEN, timeout=0.2) as gateway,
            pytest.raises(ServerUnreachable) as caught,
        ):
            gateway.import_tasks(1, [])
    assert "gave no answer in 0.2 seconds" in str(caught.value)
    assert in_doubt(caught.value)


@pytest.mark.parametrize(
    "url",
    ["", "localhost:8080", "ftp://h", "http://", "http://h:port", "http://a:b@h", "http://h/?x=1"],
)
def test_what_cant_be_an_address_is_refused(url: str) -> None:
    """It is an error of usage, and a password in it isn't repeated."""
    with pytest.raises(UsageError, match="http://host:port") as caught:
        Gateway(url, TOKEN)
    assert "a:b" not in str(caught.value)


@pytest.mark.parametrize("url", [TOKEN, f"{TOKEN}@h", f"http://a:{TOKEN}@h:port", f"ftp://{TOKEN}"])
def test_an_address_that_holds_a_secret_is_not_repeated(
    url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever mixes up address and token, or puts one into the other, reads neither again."""
    with pytest.raises(UsageError) as caught:
        Gateway(url, TOKEN)
    assert TOKEN not in str(caught.value)
    monkeypatch.setenv("LABEL_STUDIO_URL", url)
    monkeypatch.delenv("LABEL_STUDIO_API_KEY", raising=False)
    with pytest.raises(UsageError) as caught:
        connection(Workspace(tmp_path, Settings()))
    assert TOKEN not in str(caught.value)


@pytest.mark.parametrize("token", ["", "  ", "two words", "中文", "line\nbreak"])
def test_what_cant_be_a_token_is_refused(token: str) -> None:
    """Before it gets into a header, and without repeating it."""
    with pytest.raises(ServerRefused) as caught:
        Gateway("http://h", token)
    assert not token.strip() or token not in str(caught.value)


def test_the_sdk_is_only_loaded_when_it_is_asked() -> None:
    """Importing the gateway and making one stays cheap."""
    program = (
        "import sys\n"
        "from toolkit.studio.gateway import Gateway\n"
        "Gateway('http://127.0.0.1:1', 'x')\n"
        "print('label_studio_sdk' in sys.modules, 'httpx' in sys.modules)\n"
    )
    said = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    ).stdout
    assert said.split() == ["False", "False"]


@pytest.mark.server
@pytest.mark.xdist_group("studio")
class TestServer:
    """Against a real server."""

    def test_who_we_are(self, studio: Any, gateway: Gateway) -> None:
        """The token's user is among the users; so are the annotators."""
        user, email = gateway.whoami()
        users = gateway.users()
        assert users[user] == email
        assert {one.email for one in studio.annotators.values()} <= set(users.values())

    def test_odd_keys_are_found(self, gateway: Gateway, schema: LabelSchema) -> None:
        """Quotes, commas, signs and rare characters in a key don't matter, nor does number."""
        project = gateway.create_project(title="keys", label_config=schema.xml)
        keys = ['a"b,c;d', "𠮷:😀", "x&y=z#?/%", "a\\nb", *(f"文档{n}" * 9 for n in range(1200))]
        ids = gateway.import_tasks(
            project, [{"data": {"text": "x", "key": key}} for key in keys]
        ).tasks
        found = gateway.tasks_by_key(project, [*keys, "missing", keys[0]])
        assert {key: task.id for key, (task,) in found.items()} == dict(zip(keys, ids, strict=True))
        assert not any(task.begun or task.model_versions for (task,) in found.values())

    def test_the_servers_own_words_reach_the_user(
        self, gateway: Gateway, schema: LabelSchema
    ) -> None:
        """What the server says about a bad request is in the error, which isn't in doubt."""
        project = gateway.create_project(title="errors", label_config=schema.xml)
        with pytest.raises(ServerFailed, match='"text" key is expected') as caught:
            gateway.import_tasks(project, [{"data": {"other": "x"}}])
        assert caught.value.status == 400
        assert not in_doubt(caught.value)
        with pytest.raises(ServerFailed, match="404"):
            gateway.updated_tasks(10**9)

    def test_deleting_twice_is_deleting(self, gateway: Gateway, schema: LabelSchema) -> None:
        """A project that is gone already is no error."""
        project = gateway.create_project(title="gone", label_config=schema.xml)
        gateway.delete_project(project)
        gateway.delete_project(project)
        assert gateway.projects([project]) == []
