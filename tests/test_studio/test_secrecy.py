"""Where the token goes, and where it doesn't: real servers that lead away, echo, or pretend."""

from __future__ import annotations

import base64
import json
import shutil
import ssl
import stat
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.test_studio.sync_samples import documents, plan_for
from toolkit.errors import ServerFailed, ServerRefused, StudioError
from toolkit.schema import LabelSchema
from toolkit.settings import Workspace
from toolkit.studio.gateway import Gateway
from toolkit.studio.pull import pull
from toolkit.studio.push import push

LEGACY = "0123456789abcdef" * 2


def _jwt(kind: str) -> str:
    """A token in the form of Label Studio's personal access tokens; its signature is none."""
    claims = {"token_type": kind, "exp": int(time.time()) + 3600, "user_id": 1}
    parts = [{"alg": "HS256", "typ": "JWT"}, claims, {"no": "signature"}]
    coded = [base64.urlsafe_b64encode(json.dumps(part).encode()) for part in parts]
    return b".".join(part.rstrip(b"=") for part in coded).decode()


REFRESH, ACCESS = _jwt("refresh"), _jwt("access")


_Answer = tuple[int, dict[str, str], bytes]
"""Status, headers, body."""


class _Recorder(HTTPServer):
    """Answers as the tables say, and keeps all that it is told."""

    def __init__(self, host: str, answers: dict[str, _Answer]) -> None:
        super().__init__((host, 0), _Handler)
        self.answers = answers
        self.told: list[str] = []

    @property
    def place(self) -> str:
        host, port = str(self.server_address[0]), self.server_address[1]
        return f"{host}:{port}"


class _Handler(BaseHTTPRequestHandler):
    server: _Recorder

    def do_GET(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.server.told.append(f"{self.requestline}\n{self.headers}\n{body.decode()}")
        status, headers, answer = self.server.answers.get(self.path.split("?")[0], (200, {}, b"[]"))
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(answer)

    do_POST = do_GET  # noqa: N815 - the base class looks for this name

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@contextmanager
def _serving(server: HTTPServer) -> Iterator[None]:
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.mark.parametrize("status", [301, 302, 307, 308])
@pytest.mark.parametrize(
    ("token", "path"),
    [(LEGACY, "/api/users/"), (REFRESH, "/api/token/refresh/"), (REFRESH, "/api/users/")],
    ids=["legacy", "refreshing", "refreshed"],
)
def test_a_redirect_takes_no_token_along(status: int, token: str, path: str) -> None:
    """Neither to another host nor to another port, whatever kind of token it is."""
    refreshed: _Answer = (200, {}, json.dumps({"access": ACCESS}).encode())
    other = _Recorder("127.0.0.2", {"/api/token/refresh/": refreshed})
    moved: _Answer = (status, {"Location": f"http://{other.place}{path}"}, b"")
    first = _Recorder("127.0.0.1", {"/api/token/refresh/": refreshed, path: moved})
    with (
        _serving(first),
        _serving(other),
        Gateway(f"http://{first.place}", token) as gateway,
        pytest.raises(StudioError) as caught,
    ):
        gateway.users()
    assert other.told == []
    assert token in "".join(first.told)
    assert not {token, ACCESS} & set(str(caught.value).split())


def test_an_echoed_token_is_in_no_error() -> None:
    """A server that repeats what it was told doesn't put any token on the screen."""
    told = json.dumps({"detail": f"no use for {REFRESH}, {ACCESS}"}).encode()
    answers: dict[str, _Answer] = {
        "/api/token/refresh/": (200, {}, json.dumps({"access": ACCESS}).encode()),
        "/api/users/": (403, {}, told),
        "/api/predictions/1/": (302, {"Location": f"/login?t={ACCESS}"}, b""),
        "/api/dm/actions": (500, {}, told),
    }
    server = _Recorder("127.0.0.1", answers)
    with _serving(server), Gateway(f"http://{server.place}", REFRESH) as gateway:
        with pytest.raises(ServerRefused, match="no use for …, …") as refused:
            gateway.users()
        with pytest.raises(ServerFailed, match="answers 500: no use for …, …") as failed:
            gateway.delete_untouched(1, [1])
        with pytest.raises(ServerFailed, match="login") as moved:
            gateway.prediction(1)
    for error in (refused.value, failed.value, moved.value):
        assert REFRESH not in repr(error) + str(error) + error.hint
        assert ACCESS not in repr(error) + str(error) + error.hint
    assert f"Bearer {ACCESS}" in server.told[1]


@pytest.mark.parametrize("token", [LEGACY, REFRESH], ids=["legacy", "personal"])
def test_a_certificate_that_nobody_vouches_for(
    token: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is refused before anything is told, in words; with its authority named it works."""
    if shutil.which("openssl") is None:
        pytest.skip("openssl not installed")
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    asked = "req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=127.0.0.2"
    names = "subjectAltName=IP:127.0.0.2"
    subprocess.run(
        ["openssl", *asked.split(), "-addext", names, "-keyout", key, "-out", certificate],
        check=True,
        capture_output=True,
    )
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "SSL_CERT_FILE", "SSL_CERT_DIR"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    server = _Recorder(
        "127.0.0.2",
        {"/api/token/refresh/": (200, {}, json.dumps({"access": ACCESS}).encode())},
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    url = f"https://{server.place}"
    with _serving(server):
        with Gateway(url, token) as gateway, pytest.raises(ServerRefused) as caught:
            gateway.users()
        assert server.told == []
        assert "certificate" in str(caught.value)
        assert "self" in str(caught.value)
        assert "SSL_CERT_FILE" in caught.value.hint
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        with Gateway(url, token) as gateway:
            assert gateway.users() == {}
    assert len(server.told) == (1 if token == LEGACY else 2)


@pytest.mark.server
@pytest.mark.xdist_group("studio")
@pytest.mark.parametrize("kind", ["legacy", "personal"])
def test_no_file_holds_the_token(
    kind: str, studio: Any, workspace: Workspace, schema: LabelSchema
) -> None:
    """What push and pull leave in a workspace has no token in it, and the state is private."""
    token = studio.admin.token
    if kind == "personal":
        with httpx.Client(base_url=studio.url) as http:
            http.headers["Authorization"] = f"Token {studio.admin.token}"
            token = http.post("/api/token/").json()["token"]
    try:
        with Gateway(studio.url, token) as gateway:
            projects = push(gateway, plan_for(gateway, workspace, 1)).projects
            (task, *_) = gateway.updated_tasks(projects["anna"][0])
            gateway.create_annotation(task, [])
            assert pull(gateway, workspace, schema, documents(1)).new == 1
    finally:
        if kind == "personal":
            with httpx.Client(base_url=studio.url) as http:
                http.headers["Authorization"] = f"Token {studio.admin.token}"
                http.post("/api/token/blacklist/", json={"refresh": token}).raise_for_status()
    files = [path for path in workspace.root.rglob("*") if path.is_file()]
    assert {"state.sqlite", "annotations.jsonl"} <= {path.name for path in files}
    for path in files:
        assert token.encode() not in path.read_bytes()
    for path in (workspace.private / "studio").rglob("*"):
        if path.name.startswith("state.sqlite"):
            assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE((workspace.private / "studio").stat().st_mode) == 0o700
