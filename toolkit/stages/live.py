"""Annotations as they come, and suggestions for tasks that are added by hand."""

from __future__ import annotations

import contextlib
import secrets
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from toolkit.errors import ServerFailed, ToolkitError, UsageError
from toolkit.records import write_text
from toolkit.settings import Workspace, open_workspace
from toolkit.stages import rules, scoring, studio

if TYPE_CHECKING:
    import uvicorn

    from toolkit.stages.scoring import ScoreResult
    from toolkit.studio.project_pull import PullResult
    from toolkit.studio.watch import Watch

_GOODBYE_SECONDS = 10.0
"""How long the last pull may take after Ctrl-C; killed then, it is merely made again."""

_LOOPBACK = ("127.0.0.1", "localhost", "::1")


class Teller(Struct, frozen=True):
    """Who hears of what happens; called from more threads than one."""

    pulled: Callable[[PullResult], None]
    scored: Callable[[ScoreResult], None]
    failed: Callable[[ToolkitError], None]
    said: Callable[[str], None]


def watcher(
    workspace: Workspace, every: float, teller: Teller, *, until_done: bool = False
) -> Watch[PullResult]:
    """A watch that pulls into the workspace.

    Args:
        workspace: where annotations go.
        every: seconds from one pull to the next.
        teller: hears of what came in.
        until_done: stop when every task has been submitted or skipped.
    """
    from toolkit.studio.watch import Watch

    def pull() -> PullResult:
        # A connection of its own for each: the server may be another by then.
        with studio.gateway_to(workspace) as gateway:
            result = studio.pull(workspace, gateway)
        if until_done and all(not one.left for one in studio.status(workspace, _now()).annotators):
            watch.stop()
        return result

    watch = Watch(pull, every=every, tell=teller.pulled, tell_failure=teller.failed)
    return watch


def _now() -> datetime:
    return datetime.now(UTC)


class Rules:
    """Today's rules of a workspace: read anew when a file that they are made of has changed."""

    def __init__(self, workspace: Workspace) -> None:
        self._root = workspace.root
        self._seen: object = None
        self._ready: rules.Suggester | None = None
        self._lock = threading.Lock()

    def __call__(self) -> rules.Suggester:
        """The rules, ready to run.

        Raises:
            ToolkitError: they can't be used as they are now.
        """
        with self._lock:
            workspace = open_workspace(self._root)
            now = _stamps(workspace)
            if self._ready is None or now != self._seen:
                self._ready, self._seen = rules.Suggester(workspace), now
            return self._ready


def serve_backend(
    workspace: Workspace,
    host: str,
    port: int,
    every: float,
    teller: Teller,
    *,
    connect: bool = False,
) -> None:
    """Answer Label Studio until Ctrl-C, and pull meanwhile.

    Args:
        workspace: whose rules answer, and who gets what is annotated.
        host: the address to listen at.
        port: the port to listen at.
        every: seconds between two pulls where no webhook hints at one.
        teller: hears of pulls, scorecards and failures.
        connect: have the workspace's projects call this backend.

    Raises:
        UsageError: what it is made of isn't installed.
        ServerFailed: it can't listen there.
        ToolkitError: the rules can't be used.
    """
    try:
        import uvicorn

        from toolkit.studio.backend import application
    except ImportError as error:
        raise UsageError(
            f"the backend needs {error.name}, which is not installed",
            'Install it with: pip install "zh-ner-toolkit[backend]".',
        ) from None

    today = Rules(workspace)
    today()  # a mistake in a rule is told now, and not to the first annotator
    secret = backend_secret(workspace)
    connector = _Connector(workspace, f"http://{host}:{port}", secret, teller) if connect else None
    watch = watcher(workspace, every, _telling(teller, connector))
    app = application(secret, today, hint=watch.hint, fit=_Fit(workspace, teller))
    server = uvicorn.Server(
        uvicorn.Config(app, host=host, port=port, log_level="error", access_log=False)
    )
    watching = _started(watch.run)
    if connector:
        _started(lambda: connector.begin(server))
    with contextlib.suppress(KeyboardInterrupt, SystemExit):  # how it says goodbye
        server.run()
    watch.stop()
    watching.join(timeout=_GOODBYE_SECONDS)
    if not server.started:
        raise ServerFailed(
            f"the backend can't listen at {host}:{port}",
            "Is the port taken? Choose another one with --port.",
        )


def _telling(teller: Teller, connector: _Connector | None) -> Teller:
    """The teller, and after each pull the connector."""
    if connector is None:
        return teller

    def pulled(result: PullResult) -> None:
        teller.pulled(result)
        connector()

    return replace(teller, pulled=pulled)


def backend_secret(workspace: Workspace) -> str:
    """What Label Studio has to know to call the backend; made once, readable by the user only."""
    path = workspace.private / "studio" / "backend.secret"
    try:
        return path.read_text("utf-8").strip()
    except FileNotFoundError:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        write_text(path, secrets.token_urlsafe(24) + "\n", mode=0o600)
        return path.read_text("utf-8").strip()


def is_open_to_others(host: str) -> bool:
    """Whether other machines may reach a server that listens at this address."""
    return host not in _LOOPBACK


class _Fit:
    """Pulls, and scores the rules by what people did to them; one run at a time."""

    def __init__(self, workspace: Workspace, teller: Teller) -> None:
        self._workspace = workspace
        self._teller = teller
        self._busy = threading.Lock()

    def __call__(self) -> None:
        """Begin, and return at once; nothing begins where one is at work."""
        _started(self._run)

    def _run(self) -> None:
        if not self._busy.acquire(blocking=False):
            return
        try:
            with studio.gateway_to(self._workspace) as gateway:
                self._teller.pulled(studio.pull(self._workspace, gateway))
            result = scoring.score(self._workspace, "annotations")
            content = msgspec.json.format(msgspec.json.encode(result), indent=1)
            write_text(self._workspace.scorecard, content.decode() + "\n")
            self._teller.scored(result)
        except ToolkitError as error:
            self._teller.failed(error)
        finally:
            self._busy.release()


def _started(work: Callable[[], None]) -> threading.Thread:
    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    return thread


class _Connector:
    """Has the workspace's projects call the backend: those there are, and later ones too.

    A push may open projects while it runs; each pull is followed by a look at that.
    """

    def __init__(self, workspace: Workspace, url: str, secret: str, teller: Teller) -> None:
        self._workspace, self._url, self._secret = workspace, url, secret
        self._teller = teller
        self._connected: set[int] = set()
        self._lock = threading.Lock()

    def begin(self, server: uvicorn.Server) -> None:
        """Connect them once it answers: Label Studio looks whether it does."""
        while not server.started:
            if server.should_exit:
                return
            time.sleep(0.05)
        self()

    def __call__(self) -> None:
        """Connect the projects that aren't yet."""
        from toolkit.studio.connect import connect
        from toolkit.studio.projects import workspace_projects

        try:
            with self._lock, studio.gateway_to(self._workspace) as gateway:
                found = workspace_projects(gateway, self._workspace)
                new = [one for one in found if one[1].id not in self._connected]
                for annotator, project in new:
                    for refusal in connect(gateway, project.id, self._url, self._secret):
                        self._teller.said(f"problem: {annotator}: {refusal}")
                    self._connected.add(project.id)
            if new:
                self._teller.said(f"{len(new)} projects call {self._url} now.")
        except ToolkitError as error:
            self._teller.failed(error)


def _stamps(workspace: Workspace) -> list[tuple[str, int, int]]:
    """Sizes and times of every file that the workspace's suggestions depend on."""
    folders = [workspace.path(pack) for pack in workspace.settings.rules.packs]
    files = [workspace.root / "toolkit.toml", workspace.calibration]
    files.append(workspace.path(workspace.settings.labels.config))
    for folder in folders:
        if folder.is_dir():
            files += sorted(path for path in folder.rglob("*") if path.is_file())
    return [_stamp(path) for path in files if path.exists()]


def _stamp(path: Path) -> tuple[str, int, int]:
    found = path.stat()
    return (str(path), found.st_size, found.st_mtime_ns)
