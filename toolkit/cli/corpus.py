"""``init``, ``ingest``, ``show``: a workspace and its documents."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from toolkit.cli import console
from toolkit.cli.options import AsJson, Debug, Folder
from toolkit.errors import UsageError

if TYPE_CHECKING:
    from toolkit.model import Span


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
        bool, typer.Option("--skip-bad", help="Go on without files that can't be used.")
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
    workspace: Folder = None,
    as_json: AsJson = False,
    debug: Debug = False,
) -> None:
    """Read raw files into documents.jsonl.

    Decodes, repairs, and keeps each character's address in the raw file.

    Without PATHS, documents.jsonl becomes what the corpus folder holds.
    """
    from toolkit.settings import open_workspace
    from toolkit.stages import corpus as stage

    space = open_workspace(workspace)
    columns = {k: v for k, v in (("text", text_column), ("id", id_column)) if v}
    with (
        stage.with_standard_input(space, paths or (), format_) as files,
        console.progress("Reading") as progress,
    ):
        result = stage.ingest(space, files, skip_bad=skip_bad, columns=columns, progress=progress)
    for reason in (*result.duplicates, *result.rejected):
        console.say(f"left out: {reason}")
    for doc_id in result.kept_for_annotations:
        console.say(f"kept {doc_id}: its file is gone, but people have annotated it")
    if as_json:
        console.json_result(result)
        return
    gone = f", {result.gone} gone" if result.gone else ""
    console.output(
        f"{console.count(result.documents, 'document')} ({result.new} new{gone}), "
        f"{console.count(result.characters, 'character')}."
    )
    if result.repairs:
        console.table(["repair", "places"], result.repairs.items())
    console.say("Next: 'toolkit preannotate' lets the rules propose spans.")


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
    view.document(space, document, spans, raw=raw, as_json=as_json)
