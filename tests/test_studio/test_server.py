"""The embedded Label Studio: it starts, is found, survives, and is ended only if ours."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from toolkit.errors import ServerFailed, ServerRefused, ServerUnreachable, StudioError
from toolkit.settings import Settings, Workspace, replace
from toolkit.studio import installed, places, process, server
from toolkit.studio.accounts import client, who_answers
from toolkit.studio.places import places_of
from toolkit.studio.process import HOST
from toolkit.studio.server import Connection, Server


@pytest.fixture(autouse=True)
def no_server_of_the_user(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the user's shell says about Label Studio is no matter here."""
    monkeypatch.delenv("LABEL_STUDIO_URL", raising=False)
    monkeypatch.delenv("LABEL_STUDIO_API_KEY", raising=False)


@pytest.fixture
def workspace(tmp_path: Path, label_studio_installed: None) -> Iterator[Workspace]:
    """A workspace of the test's own; its server doesn't outlive the test."""
    root = tmp_path / "新 workspace"
    root.mkdir()
    made = Workspace(root, Settings(annotators={"anna": "anna@example.com"}))
    yield made
    server.stop(made)


def with_annotators(workspace: Workspace, annotators: dict[str, str]) -> Workspace:
    """The same workspace after its toolkit.toml was changed."""
    return Workspace(workspace.root, replace(workspace.settings, annotators=annotators))


def test_a_running_server_is_found_again(studio: Server, studio_workspace: Workspace) -> None:
    """A second start gives the first one's server, and so does asking for it."""
    assert server.start(studio_workspace) == studio
    assert server.running(studio_workspace) == studio
    assert who_answers(studio.url, studio.admin.token) == studio.admin.email


def test_a_new_annotator_gets_an_account_on_the_running_server(
    studio: Server, studio_workspace: Workspace
) -> None:
    """Whoever is added to the settings can log in after the next start; others keep theirs."""
    more = {**studio_workspace.settings.annotators, "dan": "Dan@Example.com"}
    grown = server.start(with_annotators(studio_workspace, more))
    assert grown.pid == studio.pid
    assert grown.annotators["anna"] == studio.annotators["anna"]
    assert who_answers(studio.url, grown.annotators["dan"].token) == "dan@example.com"
    assert server.start(studio_workspace) == studio


def test_what_is_secret_is_readable_by_the_user_only(
    studio: Server, studio_workspace: Workspace
) -> None:
    """The folder is closed, and so is each file with a token in it."""
    kept = places_of(studio_workspace)
    assert kept.folder.stat().st_mode & 0o777 == 0o700
    for path in (kept.server, kept.accounts, kept.data / ".env", kept.log):
        assert path.stat().st_mode & 0o777 == 0o600


def test_no_secret_is_told(studio: Server) -> None:
    """Neither the log nor the description of a server holds a token or a password."""
    told = Path(studio.log).read_text(encoding="utf-8") + repr(studio)
    for account in (studio.admin, *studio.annotators.values()):
        assert account.token not in told
        assert account.password not in told


def test_it_asks_nobody_and_lets_nobody_in(studio: Server) -> None:
    """No update check, no telemetry in its pages, no sign-up, no other name than this host's."""
    with client(studio.url) as http:
        package = http.get("/api/version").json()["label-studio-os-package"]
        assert package["latest_version_from_pypi"] is None
        page = http.get("/user/login/")
        assert "collect_analytics = false" in page.text
        assert "googletagmanager" not in page.text
        assert "sentry-cdn" not in page.text
        form = {
            "csrfmiddlewaretoken": http.cookies["csrftoken"],
            "email": "stranger@example.com",
            "password": "long-enough-1234",
        }
        assert http.post("/user/signup/", data=form).status_code == 403
        assert http.get("/health", headers={"Host": "evil.example.com"}).status_code == 400


def test_it_listens_on_this_machine_only(studio: Server) -> None:
    """Another address of the same machine doesn't reach it."""
    port = int(studio.url.rpartition(":")[2])
    with pytest.raises(ConnectionRefusedError), socket.create_connection(("127.0.0.2", port)):
        pass


def test_a_second_port_is_refused(studio: Server, studio_workspace: Workspace) -> None:
    """A running server doesn't move; the error says how to."""
    with pytest.raises(StudioError, match="already runs") as caught:
        server.start(studio_workspace, port=process.free_port())
    assert "toolkit serve --stop" in caught.value.hint


def test_it_survives_a_kill_and_a_move(workspace: Workspace, tmp_path: Path) -> None:
    """After kill -9 and in another folder it has the same data, accounts and port."""
    first = server.start(workspace)
    with client(first.url, first.admin.token) as http:
        http.post("/api/projects/", json={"title": "活下来"}).raise_for_status()
    os.kill(first.pid, signal.SIGKILL)
    os.waitid(os.P_PID, first.pid, os.WEXITED | os.WNOWAIT)
    assert server.running(workspace) is None

    moved = Workspace(tmp_path / "moved", workspace.settings)
    workspace.root.rename(moved.root)
    try:
        second = server.start(moved)
        assert (second.url, second.admin) == (first.url, first.admin)
        assert second.annotators == first.annotators
        with client(second.url, second.annotators["anna"].token) as http:
            titles = [project["title"] for project in http.get("/api/projects/").json()["results"]]
        assert titles == ["活下来"]
    finally:
        assert server.stop(moved)
    assert server.running(moved) is None
    assert not server.stop(moved)


def test_a_server_whose_folder_was_moved_is_replaced(workspace: Workspace, tmp_path: Path) -> None:
    """It writes to a folder that is gone, so it is ended, and the next one has the data."""
    first = server.start(workspace)
    moved = Workspace(tmp_path / "moved", workspace.settings)
    workspace.root.rename(moved.root)
    try:
        assert server.running(moved) is None
        second = server.start(moved)
        assert not process.runs(first.process)
        assert who_answers(second.url, first.admin.token) == first.admin.email
    finally:
        server.stop(moved)


def test_a_copy_of_a_workspace_leaves_the_original_alone(
    studio: Server, studio_workspace: Workspace, tmp_path: Path
) -> None:
    """The server of the original is not the copy's, neither to use nor to end."""
    copy = Workspace(tmp_path, studio_workspace.settings)
    places.make_private(places_of(copy).folder)
    places.write(places_of(copy).server, studio)
    assert server.running(copy) is None
    assert not server.stop(copy)
    assert server.running(studio_workspace) == studio


def test_a_process_that_took_the_id_is_left_alone(tmp_path: Path, studio: Server) -> None:
    """server.json from before a restart of the machine may name anybody's process."""
    workspace = Workspace(tmp_path, Settings())
    kept = places_of(workspace)
    places.make_private(kept.folder)
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as other:
        stale = msgspec.structs.replace(studio, pid=other.pid, data=str(kept.data))
        places.write(kept.server, stale)
        assert server.running(workspace) is None
        assert not server.stop(workspace)
        assert other.poll() is None
        other.kill()
    assert not kept.server.exists()


def test_a_port_that_is_taken_is_an_error(workspace: Workspace) -> None:
    """With a port asked for, no other is taken, and nothing is made."""
    with (
        socket.create_server((HOST, 0)) as taken,
        pytest.raises(StudioError, match=f"port {taken.getsockname()[1]} "),
    ):
        server.start(workspace, port=taken.getsockname()[1])
    assert not places_of(workspace).data.exists()


def test_a_port_lost_to_another_program_is_given_up(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where somebody listens before Label Studio does, it is started on another port."""
    free = process.free_port()
    with socket.create_server((HOST, 0)) as taken:
        ports = iter([taken.getsockname()[1], free])
        monkeypatch.setattr(process, "free_port", lambda: next(ports))
        started = server.start(workspace)
    assert started.url == f"http://{HOST}:{free}"


def test_a_failed_first_start_leaves_nothing_behind(
    workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The error tells the reason and the log; the next start begins anew."""
    with monkeypatch.context() as patched:
        patched.setenv("TOOLKIT_CACHE", str(tmp_path / "cache"))
        damaged = tmp_path / "cache" / f"label-studio-{installed.version()}.sqlite3"
        damaged.parent.mkdir()
        damaged.write_bytes(b"not a database" * 1000)
        with pytest.raises(ServerFailed, match="file is not a database") as caught:
            server.start(workspace)
    kept = places_of(workspace)
    assert str(kept.log) in caught.value.hint
    assert not kept.server.exists()
    assert kept.unproven.exists()
    started = server.start(workspace)
    assert who_answers(started.url, started.admin.token) == started.admin.email


START = """
import signal
import sys
from pathlib import Path
from toolkit.settings import Settings, Workspace
from toolkit.studio import server
workspace = Workspace(Path(sys.argv[1]), Settings(annotators={"anna": "anna@example.com"}))
# A test run in the background has Ctrl-C ignored, and hands that down.
signal.signal(signal.SIGINT, signal.default_int_handler)
try:
    sys.stdout.write(str(server.start(workspace, say=lambda it: print(it, flush=True)).pid))
except KeyboardInterrupt:
    sys.exit(130)
"""


def start_elsewhere(workspace: Workspace) -> subprocess.Popen[str]:
    """A command of its own that starts the server."""
    command = [sys.executable, "-c", START, str(workspace.root)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, start_new_session=True)


def test_two_starts_at_once_give_one_server(workspace: Workspace) -> None:
    """The second waits for the first and finds its server."""
    with start_elsewhere(workspace) as one, start_elsewhere(workspace) as other:
        pids = {command.communicate()[0].splitlines()[-1] for command in (one, other)}
    found = server.running(workspace)
    assert found is not None
    assert pids == {str(found.pid)}


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL])
def test_a_start_can_be_interrupted_at_any_moment(
    workspace: Workspace, how: signal.Signals
) -> None:
    """Ctrl-C ends the server that was coming up; after a kill the next start ends it."""
    kept = places_of(workspace)
    with start_elsewhere(workspace) as command:
        assert command.stdout is not None
        while not kept.server.exists():
            assert command.poll() is None
        os.kill(command.pid, how)
        command.wait()
    assert server.running(workspace) is None
    left = places.read(kept.server, Server)
    if how == signal.SIGINT:
        assert left is None
    else:
        assert left is not None
    started = server.start(workspace)
    assert left is None or not process.runs(left.process)
    assert not kept.unproven.exists()
    assert who_answers(started.url, started.annotators["anna"].token) == "anna@example.com"


def test_lost_accounts_are_an_error_and_not_a_new_start(workspace: Workspace) -> None:
    """Data that people may have worked on is never replaced."""
    kept = places_of(workspace)
    kept.data.mkdir(parents=True)
    (kept.data / installed.DATABASE).write_bytes(b"somebody's work")
    with pytest.raises(StudioError, match=r"accounts\.json is gone"):
        server.start(workspace)
    assert (kept.data / installed.DATABASE).read_bytes() == b"somebody's work"


def test_the_server_that_the_environment_names_comes_first(
    studio: Server, studio_workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Address and token from the environment; else the settings' address; else the embedded."""
    embedded = Connection(studio.url, studio.admin.token)
    assert server.connection(studio_workspace) == embedded

    named = replace(studio_workspace.settings.studio, url="https://settings.example.com")
    elsewhere = Workspace(studio_workspace.root, replace(studio_workspace.settings, studio=named))
    monkeypatch.setenv("LABEL_STUDIO_API_KEY", "key")
    assert server.connection(elsewhere) == Connection("https://settings.example.com", "key")
    assert server.connection(studio_workspace) == embedded

    monkeypatch.setenv("LABEL_STUDIO_URL", "https://environment.example.com")
    found = server.connection(elsewhere)
    assert found == Connection("https://environment.example.com", "key")
    assert "key" not in repr(found)


def test_the_embedded_server_does_not_stand_in_for_another(
    studio: Server, studio_workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An address without a token is an error, unless it is the embedded server's own."""
    monkeypatch.setenv("LABEL_STUDIO_URL", "https://environment.example.com")
    with pytest.raises(ServerRefused) as caught:
        server.connection(studio_workspace)
    assert "LABEL_STUDIO_API_KEY" in caught.value.hint
    monkeypatch.setenv("LABEL_STUDIO_URL", f"{studio.url}/")
    assert server.connection(studio_workspace).token == studio.admin.token


def test_no_server_at_all_says_what_to_do(tmp_path: Path) -> None:
    """Neither asking for a server nor ending it makes a folder."""
    workspace = Workspace(tmp_path, Settings())
    with pytest.raises(ServerUnreachable) as caught:
        server.connection(workspace)
    assert "toolkit serve" in caught.value.hint
    assert not server.stop(workspace)
    assert list(tmp_path.iterdir()) == []
