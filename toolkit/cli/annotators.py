"""``annotators add``, ``list``, ``rename``, ``remove``: who annotates."""

from __future__ import annotations

from typing import Annotated

import typer

from toolkit.cli import console
from toolkit.cli.options import AsJson, Debug, Folder

Name = Annotated[str, typer.Argument(metavar="NAME", help="What they are called in results.")]
Address = Annotated[str, typer.Argument(metavar="EMAIL", help="What they log in with.")]


def add(
    name: Name,
    email: Address,
    workspace: Folder = None,
    as_json: AsJson = False,
    debug: Debug = False,
) -> None:
    """Add an annotator and make their account.

    Their name goes into toolkit.toml, and their account onto the server: that of
    'toolkit serve', or the one that LABEL_STUDIO_URL names. The password is shown once.
    Who is there already stays as they are. The next push gives them their share.
    """
    from toolkit.settings import open_workspace
    from toolkit.stages import annotators as stage

    added = stage.add(open_workspace(workspace), name, email, say=console.say)
    if as_json:
        console.json_result(added)
        return
    wrote = "is in toolkit.toml now" if added.new_line else "was in toolkit.toml already"
    console.output(f"{added.name} <{added.email}> {wrote}.")
    if added.new_account:
        console.output(f"Log in at {added.url} as {added.email} with {added.password}")
        console.say("The password isn't shown again; give it to them now.")
    elif added.url:
        console.output(f"They have an account at {added.url} already; it was left as it is.")
    else:
        console.say("No Label Studio runs: 'toolkit serve' makes the account and shows it.")
    if added.new_line:
        console.say("'toolkit push' gives them their share.")


def show(workspace: Folder = None, as_json: AsJson = False, debug: Debug = False) -> None:
    """List the annotators of toolkit.toml."""
    from toolkit.settings import open_workspace
    from toolkit.stages import annotators as stage

    found = stage.annotators(open_workspace(workspace))
    if as_json:
        console.json_result({"annotators": found})
        return
    known = {True: "yes", False: "no", None: "the server doesn't answer"}
    console.table(
        ["annotator", "e-mail", "account"],
        [(one.name, one.email, known[one.has_account]) for one in found],
    )


def remove(
    name: Name, workspace: Folder = None, as_json: AsJson = False, debug: Debug = False
) -> None:
    """Take an annotator out of toolkit.toml.

    They are sent nothing more. Their account, their project and their labels stay on the
    server, are still pulled, and count.
    """
    from toolkit.settings import open_workspace
    from toolkit.stages import annotators as stage

    email = stage.remove(open_workspace(workspace), name)
    if as_json:
        console.json_result({"removed": name, "email": email})
        return
    console.output(f"{name} <{email}> is no longer in toolkit.toml.")
    console.say("What they annotated stays, on the server and here, and counts.")


def rename(
    name: Name,
    new: Annotated[str, typer.Argument(metavar="NEW", help="What they are to be called.")],
    workspace: Folder = None,
    as_json: AsJson = False,
    debug: Debug = False,
) -> None:
    """Call an annotator by another name, everywhere.

    Their projects on the server go on under the new name; what they annotated is theirs as
    before, in annotations.jsonl, reviews.jsonl and gold.jsonl; toolkit.toml has the new name.
    Exported versions stay as they are. Where you have changed toolkit.toml already, it gives
    the new name what there is of the old one.
    """
    from toolkit.settings import open_workspace
    from toolkit.stages import renaming as stage

    done = stage.rename(open_workspace(workspace), name, new)
    if as_json:
        console.json_result(done)
        return
    console.output(f"{done.old} is {done.new} now.")
    for file, count in done.files.items():
        console.output(f"  {file}: {console.count(count, 'record')} changed")
    if done.projects is None:
        console.say("Nothing was ever pushed from here, so no project had to change.")
    else:
        console.output(f"  {console.count(len(done.projects), 'project')} on the server")
