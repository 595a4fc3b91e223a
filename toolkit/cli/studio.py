"""``serve``, ``push``, ``pull``, ``status``: Label Studio."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from toolkit.cli import console
from toolkit.cli.options import AsJson, Debug, Folder

if TYPE_CHECKING:
    from toolkit.studio.check import ProjectCheck
    from toolkit.studio.push_plan import PushPlan
    from toolkit.studio.status import AnnotatorStatus


def serve(
    stop: Annotated[bool, typer.Option("--stop", help="End the workspace's server.")] = False,
    port: Annotated[
        int | None, typer.Option(help="Default: a free one.", min=1024, max=65535)
    ] = None,
    workspace: Folder = None,
    as_json: AsJson = False,
    debug: Debug = False,
) -> None:
    """Start a Label Studio on this machine.

    It belongs to the workspace, with an account for everybody. It goes on after the command
    ends. Not needed where LABEL_STUDIO_URL and
    LABEL_STUDIO_API_KEY name a server that you have.
    """
    from toolkit.settings import open_workspace
    from toolkit.stages import studio as stage
    from toolkit.studio import server

    space = open_workspace(workspace)
    if stop:
        ran = server.stop(space)
        if as_json:
            console.json_result({"stopped": ran})
        else:
            console.output("Label Studio has stopped." if ran else "No Label Studio was running.")
        return
    running = server.start(space, port=port, say=console.say)
    with stage.gateway_to(space, server.Connection(running.url, running.admin.token)) as gateway:
        projects = stage.prepare_projects(space, gateway)
    people = [running.admin, *running.annotators.values()]
    if as_json:
        console.json_result(
            {
                "url": running.url,
                "pid": running.pid,
                "version": running.version,
                "projects": projects,
                "accounts": [
                    {"name": p.name, "email": p.email, "password": p.password} for p in people
                ],
            }
        )
        return
    console.output(f"Label Studio {running.version} runs at {running.url}")
    console.table(
        ["who", "log in as", "password", "project"],
        [
            (
                person.name,
                person.email,
                person.password,
                " ".join(f"/projects/{one}" for one in projects.get(person.name, ())),
            )
            for person in people
        ],
    )
    if not running.annotators:
        console.say(
            "toolkit.toml names no annotators yet: add them under [annotators], serve again."
        )
    elsewhere = space.settings.studio.url.rstrip("/")
    if elsewhere not in {"", running.url}:
        console.say(
            f"note: push, pull and status go to {elsewhere}, which LABEL_STUDIO_URL or toolkit.toml"
            " names, and not to this one."
        )
    console.say("It goes on in the background; 'toolkit serve --stop' ends it.")


def push(
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Print the plan and touch nothing.")
    ] = False,
    check: Annotated[
        bool,
        typer.Option("--check", help="Compare the projects on the server with the workspace."),
    ] = False,
    mend: Annotated[
        bool,
        typer.Option(
            "--mend",
            help="With --check: set colours, hints, keys, guidelines and switches as they are"
            " here; labels never.",
        ),
    ] = False,
    order: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help="What comes first: uncertain, disputed or documents; instead of [assignment]"
            " order in toolkit.toml.",
        ),
    ] = None,
    new_version: Annotated[
        bool,
        typer.Option(
            "--new-version",
            help="Where a text has changed that people have begun: keep the old one beside it,"
            " as the document ID@HASH, and send the new one too.",
        ),
    ] = False,
    workspace: Folder = None,
    as_json: AsJson = False,
    debug: Debug = False,
) -> None:
    """Send passages and suggestions to annotators.

    First it is planned: what is missing is created; tasks that nobody has begun get the
    suggestions of today's rules, and go where their text is gone or somebody else's; begun
    ones are left alone. It can be run again after anything. --check sends nothing and ends
    with 1 if a project has labels that keep a push from being done.
    """
    from toolkit.errors import UsageError
    from toolkit.settings import open_workspace
    from toolkit.stages import studio as stage

    if mend and not check:
        raise UsageError("--mend goes with --check", "Run toolkit push --check --mend.")
    space = open_workspace(workspace)
    if check:
        with stage.gateway_to(space) as gateway:
            _print_check(stage.check_push(space, gateway, mend=mend), as_json=as_json)
        return
    least = space.settings.rules.thresholds
    if least:
        those = ", ".join(f"{label} {score:.2f}" for label, score in least.items())
        console.say(f"note: suggestions below [rules.thresholds] are not shown: {those}")
    with stage.gateway_to(space) as gateway:
        if dry_run:
            _print_plan(stage.plan_push(space, gateway, order=order), as_json=as_json)
            return
        with console.progress("Sending") as progress:
            result = stage.push(
                space, gateway, order=order, new_version=new_version, progress=progress
            )
    console.say_each("problem", result.problems)
    _say_conflicts(result.conflicts)
    if as_json:
        console.json_result(result)
        return
    console.output(
        f"{console.count(result.created, 'task')} created, {result.left} were there already."
    )
    console.output_counts(
        [
            (result.replaced, "got other suggestions, since the rules have changed"),
            (result.begun, "keep the suggestions they had, since they are begun"),
            (result.withdrawn, "were withdrawn: their text is gone, or is not their annotator's"),
            (result.removed, "were doubled and were removed"),
            (
                result.replaced_characters,
                "characters that the server can't hold were sent as U+FFFD",
            ),
        ]
    )
    if result.opened:
        console.output(
            f"  {console.count(len(result.opened), 'project')} opened, since others are full"
            " ([studio] project_passages)"
        )
    for annotator, projects in result.projects.items():
        places = ", ".join(f"{gateway.url}projects/{project}" for project in projects)
        console.output(f"  {annotator or 'everyone'}: {places}")


_REMEDIES = {
    "push": "the next push sets it right",
    "mend": "'toolkit push --check --mend' sets it right",
    "hand": "to be set right by hand",
}


def _print_check(checks: Sequence[ProjectCheck], *, as_json: bool) -> None:
    is_blocked = any(one.blocks for one in checks)
    if as_json:
        console.json_result({"check": True, "blocked": is_blocked, "projects": checks})
    else:
        for one in checks:
            place = f"project {one.project_id}, {one.url}" if one.project_id else "no project"
            console.output(f"{one.annotator or 'everyone'}: {place}")
            for difference in one.mended:
                console.output(f"  mended  it {difference.says}")
            for difference in one.differences:
                kind = "blocks" if difference.blocks else "note"
                remedy = "" if difference.blocks else f" ({_REMEDIES[difference.remedy]})"
                console.output(f"  {kind:6}  it {difference.says}{remedy}")
            if not one.differences and not one.mended:
                console.output("  as it should be")
    if is_blocked:
        console.say(
            "What blocks keeps push from doing anything. Make both alike: in Label Studio under"
            " Settings, Labeling Interface; or here in [labels] config. 'toolkit labels' renames,"
            " merges and splits labels in both."
        )
        raise typer.Exit(1)


def _say_conflicts(documents: Sequence[str]) -> None:
    for document in documents:
        console.say(
            f"conflict: document {document!r} has another text than the one that people have"
            " begun; nothing of it was sent. 'toolkit push --new-version' keeps both."
        )


def _print_plan(plan: PushPlan, *, as_json: bool) -> None:
    columns = (
        *("annotator", "projects", "create", "replace", "leave", "begun", "withdraw", "kept"),
        "doubled",
    )
    rows = [
        (
            one.annotator or "everyone",
            len(one.projects),
            *(len(one.create), len(one.replace), one.leave, one.begun),
            *(len(one.withdraw), one.kept, len(one.doubled)),
        )
        for one in plan.annotators
    ]
    if as_json:
        table = [dict(zip(columns, row, strict=True)) for row in rows]
        console.json_result(
            {
                "dry_run": True,
                "plan": table,
                "conflicts": plan.conflicts,
                "replaced_characters": plan.replaced_characters,
                "problems": plan.left_out,
            }
        )
        return
    console.table(columns, rows)
    console.say_each("problem", plan.left_out)
    _say_conflicts(plan.conflicts)
    console.say(
        "Nothing was sent. Begun tasks keep the suggestions they had; kept ones are begun and"
        " should not be there any more."
    )


def pull(
    full: Annotated[
        bool,
        typer.Option("--full", help="Compare what we know with everything on the server."),
    ] = False,
    workspace: Folder = None,
    as_json: AsJson = False,
    debug: Debug = False,
) -> None:
    """Fetch what annotators submitted.

    annotations.jsonl keeps every submission ever seen; what was deleted on the server is
    marked there and doesn't count any more.
    """
    from toolkit.settings import open_workspace
    from toolkit.stages import studio as stage

    space = open_workspace(workspace)
    with stage.gateway_to(space) as gateway, console.progress("Fetching") as progress:
        result = stage.pull(space, gateway, full=full, progress=progress)
    console.say_each("problem", result.problems)
    if as_json:
        console.json_result(result)
        return
    console.output(
        f"{console.count(result.new, 'new annotation')}, {result.changed} changed,"
        f" {result.unchanged} as they were."
    )
    console.output_counts(
        [
            (result.skipped, "skipped by their annotator (kept, not counted)"),
            (result.edited, "last changed by somebody else than their annotator (see edited_by)"),
            (result.deleted, "deleted on the server since the last pull (kept here, not counted)"),
            (result.drafts, "drafts not submitted yet (not fetched)"),
            (
                result.elsewhere,
                "of projects that are not there (any more) (kept here, and counted)",
            ),
        ]
    )
    if result.compared is not None:
        _print_comparison(result.compared, result.differences)


def _print_comparison(compared: int, differences: list[str]) -> None:
    for difference in differences:
        console.output(f"  differed: {difference}")
    found = f"{len(differences)} differed, now mended" if differences else "the same"
    console.output(f"Compared {compared} annotations with everything on the server: {found}.")


def status(workspace: Folder = None, as_json: AsJson = False, debug: Debug = False) -> None:
    """Show how far each annotator is.

    Tasks are counted by the server. Pace and estimated end go by what was pulled, over the
    seven days up to somebody's last submission: passages in an hour of work, and in a day of
    the calendar. Without a server it shows what the last pull saw.
    """
    from datetime import UTC, datetime

    from toolkit.settings import open_workspace
    from toolkit.stages import studio as stage

    result = stage.status(open_workspace(workspace), datetime.now(UTC))
    if as_json:
        console.json_result(result)
        return
    console.output(
        f"Label Studio at {result.url}"
        if result.url
        else "As the last pull left it, without a server:"
    )
    columns = "annotator project tasks done skip draft left /hour /day end"
    console.table(columns.split(), [_status_row(row) for row in result.annotators], tight=True)
    if result.why:
        console.say(f"Label Studio was not asked: {result.why}")
    elif not any(row.last for row in result.annotators) and any(
        row.submitted for row in result.annotators
    ):
        console.say("Pace and end are known after a pull.")


def _project(row: AnnotatorStatus) -> str:
    """The project where there is work, and which of how many it is."""
    if row.project_id is None:
        return ""
    if len(row.projects) == 1:
        return str(row.project_id)
    return f"{row.project_id} ({row.projects.index(row.project_id) + 1}/{len(row.projects)})"


def _status_row(row: AnnotatorStatus) -> tuple[str | int, ...]:
    end = row.estimated_end or ""
    if row.left == 0 and row.assigned:
        end = "done"
    elif row.idle and row.last:
        end = f"idle {row.last[5:10]}"
    return (
        row.annotator or "(together)",
        _project(row),
        *("?" if number is None else number for number in (row.assigned, row.submitted)),
        row.skipped,
        *("?" if number is None else number for number in (row.drafts, row.left)),
        *("" if value is None else f"{value:.1f}" for value in (row.per_hour, row.per_day)),
        end,
    )
