"""``demo``: the whole loop on the sample corpus."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from toolkit.cli import console
from toolkit.cli.options import AsJson, Debug


def demo(
    folder: Annotated[
        Path, typer.Argument(metavar="DIR", help="The workspace to make or go on with.")
    ] = Path("demo"),
    as_json: AsJson = False,
    debug: Debug = False,
) -> None:
    """Run the whole loop on a sample.

    With a Label Studio of its own, which goes on running. The labels are sample data
    written with the toolkit, and marked so everywhere.
    """
    from toolkit import demo as whole_loop

    made_at = datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC")
    with console.progress("Labels") as progress:
        result = whole_loop.run(folder, made_at, say=console.say, progress=progress)
    if as_json:
        console.json_result(result)
        return
    console.output(f"\nLabel Studio runs at {result.url}")
    console.table(["log in as", "password"], result.logins.items())
    console.output(f"The report:   {result.report}")
    console.output(f"The dataset:  {result.dataset}")
    console.say(f"'toolkit serve --stop -w {folder}' ends the server.")
