"""``init``, ``ingest``, ``show``: a workspace and its documents."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from toolkit.cli import console
from toolkit.cli.options import (
    AsJson,
    Debug,
    EngineName,
    Folder,
    Scheduler,
    Workers,
    say_dashboard,
    with_engine,
)
from toolkit.errors import OffsetError, UsageError

if TYPE_CHECKING:
    from toolkit.model import Span
    from toolkit.stages.corpus import IngestResult
    from toolkit.stages.explain import Explanation

_SHOWN = 20
"""How many of the files that were left out are named on the terminal."""


def init(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Where; made if need be.")] = Path(),
    as_json: AsJson = False,
    debug: Debug = False,
) -> None:
    """Begin a workspace.

    Makes toolkit.toml, the label config and guidelines, and a folder for raw files. What is
    there already is left as it is.
    """
    from toolkit.stages import workspace as files

    workspace, made = files.init(folder)
    if as_json:
        console.json_result({"workspace": str(workspace.root), "made": made})
        return
    console.output(f"{workspace.root} is a workspace." + ("" if made else " Nothing was missing."))
    for name in made:
        console.output(f"  made {name}")
    inside = "" if workspace.root == Path.cwd() else f"cd {folder}, "
    console.say(
        f"Next: {inside}name your annotators in toolkit.toml, put raw files in "
        f"{workspace.settings.corpus.folder}/, and run 'toolkit ingest'."
    )


def ingest(
    paths: Annotated[
        list[Path] | None,
        typer.Argument(help="Files, folders, archives, or -; default: the corpus folder."),
    ] = None,
    skip_bad: Annotated[
        bool, typer.Option("--skip-bad", help="Exit with 0 where files could not be used.")
    ] = False,
    text_column: Annotated[
        str, typer.Option("--text-column", metavar="NAME", help="Where tables keep the text.")
    ] = "",
    id_column: Annotated[
        str, typer.Option("--id-column", metavar="NAME", help="Where tables keep ids.")
    ] = "",
    format_: Annotated[
        str, typer.Option("--format", metavar="NAME", help="What - is: txt, jsonl, csv, …")
    ] = "",
    with_: Annotated[
        list[str] | None,
        typer.Option("--with", metavar="PASS", help="Switch a repair pass on (repeatable)."),
    ] = None,
    without: Annotated[
        list[str] | None,
        typer.Option("--without", metavar="PASS", help="Switch one off (repeatable)."),
    ] = None,
    explain: Annotated[
        str | None,
        typer.Option(
            "--explain",
            metavar="DOC",
            help="Show what repair did to a document or file, and where.",
        ),
    ] = None,
    show_all: Annotated[bool, typer.Option("--all", help="With --explain: every edit.")] = False,
    engine: EngineName = "",
    workers: Workers = None,
    scheduler: Scheduler = "",
    workspace: Folder = None,
    as_json: AsJson = False,
    debug: Debug = False,
) -> None:
    """Read raw files into documents.jsonl.

    Decodes, repairs, and keeps each character's address in the raw file; copies of one
    text get a common group.

    Without PATHS, documents.jsonl becomes what the corpus folder holds. What can't be used
    is left out and said, and the exit status is 1 unless --skip-bad.

    With --explain nothing is written.
    """
    from toolkit.settings import open_workspace
    from toolkit.stages import corpus as stage
    from toolkit.stages.explain import explain as explanations

    space = with_engine(open_workspace(workspace), engine, workers, scheduler)
    passes = stage.choose_passes(space, with_=with_ or (), without=without or ())
    columns = {k: v for k, v in (("text", text_column), ("id", id_column)) if v}
    if explain is not None:
        if paths:
            raise UsageError("--explain takes one document and no PATHS", "Leave the paths out.")
        found = explanations(space, explain, passes, columns=columns)
        _explain(found, show_all=show_all, as_json=as_json)
        return
    if show_all:
        raise UsageError("--all goes with --explain", "Name a document: --explain DOC --all.")
    with (
        stage.with_standard_input(space, paths or (), format_) as files,
        console.progress("Reading", in_bytes=True) as progress,
    ):
        result = stage.ingest(
            space,
            files,
            passes=passes,
            columns=columns,
            progress=progress,
            watched=say_dashboard,
        )
    _left_out(result)
    if as_json:
        console.json_result(result)
    else:
        _summary(result)
    if result.rejected_count and not skip_bad:
        raise typer.Exit(1)


def _left_out(result: IngestResult) -> None:
    """What gave no document, and why."""
    console.say_each("left out", (*result.rejected, *result.duplicates)[:_SHOWN])
    more = result.duplicate_count + result.rejected_count - _SHOWN
    if more > 0:
        console.say(f"and {more:,} more: see {result.rejected_file}")
    for doc_id in result.kept_for_annotations:
        console.say(f"kept {doc_id}: its file is gone, but people have annotated it")
    for doc_id in result.kept_as_annotated[:_SHOWN]:
        console.say(f"kept {doc_id} as annotated: repair would now give it another text")


def _summary(result: IngestResult) -> None:
    gone = f", {result.gone:,} gone" if result.gone else ""
    console.output(
        f"{console.count(result.documents, 'document')} ({result.new:,} new{gone}), "
        f"{console.count(result.characters, 'character')}."
    )
    if result.groups:
        console.output(
            f"{console.count(result.grouped, 'document')} are near-duplicates, in "
            f"{console.count(result.groups, 'group')}."
        )
    if result.repairs:
        console.table(["repair", "places"], result.repairs.items())
        console.say("'toolkit ingest --explain DOC' shows what was repaired in a document.")
    if result.duplicate_count:
        noun = "text was" if result.duplicate_count == 1 else "texts were"
        console.say(f"{result.duplicate_count:,} {noun} met again, and ingested once.")
    if result.rejected_count:
        console.say(
            f"{result.rejected_count:,} could not be used, and the others are there; "
            f"all reasons are in {result.rejected_file}."
        )
    console.say("Next: 'toolkit preannotate' lets the rules propose spans.")


def _explain(explanations: Iterator[Explanation], *, show_all: bool, as_json: bool) -> None:
    from toolkit.cli import explain as view

    if as_json:
        view.as_json(explanations)
    else:
        view.as_text(explanations, show_all=show_all)


def show(
    name: Annotated[
        str | None, typer.Argument(metavar="DOC", help="Id, its beginning, or file name.")
    ] = None,
    raw: Annotated[bool, typer.Option("--raw", help="At its exact place in the raw file.")] = False,
    suggestions: Annotated[
        bool, typer.Option("--suggestions", help="The rules' spans (default where there are any).")
    ] = False,
    gold: Annotated[bool, typer.Option("--gold", help="The merged spans.")] = False,
    workspace: Folder = None,
    as_json: AsJson = False,
    debug: Debug = False,
) -> None:
    """Show a document and its spans.

    Without a name, list the documents.
    """
    from toolkit.cli import view
    from toolkit.settings import open_workspace
    from toolkit.spans import check_spans
    from toolkit.stages import workspace as files

    space = open_workspace(workspace)
    if suggestions and gold:
        raise UsageError("--suggestions and --gold don't go together", "Ask for one of them.")
    if name is None:
        view.listing(files.read_documents(space).values(), as_json=as_json)
        return
    document = files.find_document(space, name)
    spans: Sequence[Span]
    if gold:
        spans = next((g.spans for g in files.read_gold(space) if g.doc_id == document.id), ())
    else:
        suggestion = files.read_suggestions(space).get(document.id)
        if suggestions and suggestion is None:
            raise UsageError(
                f"document {document.id} has no suggestions", "Run 'toolkit preannotate' first."
            )
        spans = suggestion.spans if suggestion else ()
    try:
        check_spans(document.id, document.text, spans)
    except OffsetError as error:
        step = "merge" if gold else "preannotate"
        raise OffsetError(
            error.what, f"Was its text changed since? 'toolkit {step}' makes the spans anew."
        ) from None
    view.document(space, document, spans, raw=raw, as_json=as_json)
