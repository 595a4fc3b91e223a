"""``watch``, ``backend``: what goes on until it is stopped."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Annotated

import typer

from toolkit.cli import console
from toolkit.cli.options import AsJson, Debug, Folder

if TYPE_CHECKING:
    from toolkit.errors import ToolkitError
    from toolkit.stages.live import Teller
    from toolkit.stages.scoring import ScoreResult
    from toolkit.studio.project_pull import PullResult

Every = Annotated[
    float, typer.Option("--every", metavar="SECONDS", help="From one pull to the next.", min=1)
]


def watch(
    every: Every = 60,
    until_done: Annotated[
        bool, typer.Option("--until-done", help="End when every task was submitted or skipped.")
    ] = False,
    workspace: Folder = None,
    as_json: AsJson = False,
    debug: Debug = False,
) -> None:
    """Pull again and again, until Ctrl-C.

    Says what came in, one line a pull that brought something (with --json one object a line).
    A server that is away is asked again, more and more seldom.
    """
    from toolkit.settings import open_workspace
    from toolkit.stages import live

    space = open_workspace(workspace)
    watching = live.watcher(space, every, _teller(as_json=as_json), until_done=until_done)
    console.say(f"Watching, every {every:g} seconds; Ctrl-C ends it.")
    watching.run()


def backend(
    host: Annotated[str, typer.Option(help="Where to listen.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Which port.", min=1024, max=65535)] = 9090,
    every: Every = 300,
    connect: Annotated[
        bool, typer.Option("--connect", help="Have the workspace's projects call it.")
    ] = False,
    show_secret: Annotated[
        bool, typer.Option("--show-secret", help="Print what Label Studio has to know, and end.")
    ] = False,
    workspace: Folder = None,
    as_json: AsJson = False,
    debug: Debug = False,
) -> None:
    """Answer Label Studio, until Ctrl-C.

    Tasks that are added in Label Studio by hand get suggestions when they are opened, and what
    is annotated is pulled when a webhook hints at it (and every so often, since webhooks get
    lost). "Start training" in Label Studio's model page renews scorecard.json.
    """
    from toolkit.settings import open_workspace
    from toolkit.stages import live

    space = open_workspace(workspace)
    if show_secret:
        access = {"user": "toolkit", "password": live.backend_secret(space)}
        if as_json:
            console.json_result(access)
        else:
            console.output(f"user {access['user']}, password {access['password']}")
        return
    if live.is_open_to_others(host):
        console.say(
            f"note: whoever reaches {host}:{port} and knows the secret is answered; the way there"
            " is not encrypted."
        )
    console.say(
        f"The backend answers at http://{host}:{port}; 'toolkit backend --show-secret' prints what"
        " Label Studio has to know. Ctrl-C ends it."
    )
    live.serve_backend(space, host, port, every, _teller(as_json=as_json), connect=connect)
    console.say("The backend has stopped.")


def _teller(*, as_json: bool) -> Teller:
    from toolkit.stages.live import Teller

    speaking = threading.Lock()

    def say(text: str) -> None:
        with speaking:
            console.say(f"{time.strftime('%H:%M:%S')} {text}")

    def pulled(result: PullResult) -> None:
        for problem in result.problems:
            say(f"problem: {problem}")
        if not result.new and not result.changed:
            return
        if as_json:
            with speaking:
                console.json_line({"time": time.strftime("%Y-%m-%dT%H:%M:%S%z"), "pull": result})
        else:
            say(
                f"{console.count(result.new, 'new annotation')}, {result.changed} changed"
                f" ({_by_annotator(result)})"
            )

    def failed(error: ToolkitError) -> None:
        say(f"{error.what}. {error.hint}".strip())

    def scored(result: ScoreResult) -> None:
        say(
            f"scorecard.json is new: {console.count(len(result.rules), 'rule')} in"
            f" {console.count(result.texts, 'passage')}"
        )

    return Teller(pulled, scored, failed, say)


def _by_annotator(result: PullResult) -> str:
    return ", ".join(
        f"{name} {counts.new + counts.changed}"
        for name, counts in result.annotators.items()
        if counts.new or counts.changed
    )
