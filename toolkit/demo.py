"""The whole loop on the sample corpus, each step as a user of the command line would take it.

The annotators are sample data: people we invented, whose labels are entered through the
server's API with an account each, in a project each. Everything made from them says so.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct

from toolkit import records, resources, samples
from toolkit.errors import WorkspaceError
from toolkit.model import AnnotatedSpan, Document, Passage
from toolkit.settings import FILE_NAME, Workspace, open_workspace
from toolkit.stages import corpus, export, results, rules, studio
from toolkit.stages.workspace import Progress, init, read_documents, schema_of, silent

if TYPE_CHECKING:
    from toolkit.studio.server import Connection

NOTICE = "示例数据 Sample data"
"""Stands on every project, report and card of a demo."""

_NAME = "sample"
_EXPLANATION = "labels written with the toolkit, not by annotators"
_CORPUS_SUFFIXES = {".txt"}


class DemoResult(Struct, frozen=True):
    """Where to look; ``logins`` are passwords by e-mail address, for the local server only."""

    workspace: Path
    url: str
    logins: dict[str, str]
    report: Path
    dataset: Path


def run(
    folder: Path,
    made_at: str,
    *,
    say: Callable[[str], None],
    progress: Progress = silent,
) -> DemoResult:
    """Run the loop in ``folder``; run again, it goes on where it was.

    It always works on an embedded server of its own, never on one that the environment
    names: sample labels don't belong there.

    Args:
        folder: made if need be; if it is a workspace already, it must be a demo's.
        made_at: the time that the report shows.
        say: gets a sentence on each step.
        progress: called with labelled passages done and in all.
    """
    from toolkit.studio import server

    workspace = _prepare(folder)
    say(f"1. A workspace with the sample corpus: {workspace.root}")

    ingested = corpus.ingest(workspace)
    repairs = sum(ingested.repairs.values())
    say(
        f"2. ingest: {ingested.documents} documents, {ingested.characters:,} characters, "
        f"{repairs} places repaired."
    )

    suggested = rules.preannotate(workspace)
    say(f"3. preannotate: {suggested.spans} suggestions by {suggested.model_version}.")

    running = server.start(workspace, say=say)
    say(f"4. serve: Label Studio {running.version} at {running.url}")

    own = server.Connection(running.url, running.admin.token)
    with studio.gateway_to(workspace, own) as gateway:
        pushed = studio.push(workspace, gateway)
        say(
            f"5. push: {pushed.created} tasks in {len(pushed.projects)} projects, "
            f"{pushed.left} were there already."
        )
        accounts = {
            name: server.Connection(running.url, account.token)
            for name, account in running.annotators.items()
        }
        entered = _enter_labels(workspace, pushed.projects, accounts, progress)
        say(f"6. {entered} passages labelled by the sample annotators, each in their own project.")

        pulled = studio.pull(workspace, gateway)
    say(f"7. pull: {pulled.new} new annotations, {pulled.unchanged} as they were.")

    agreed = results.agreement(workspace)
    headline = next((figure for figure in agreed.overall if figure.value is not None), None)
    if headline:
        say(f"8. agreement: {agreed.measures[headline.name].title} {headline.value:.3f}")

    merged = results.merge(workspace)
    say(f"9. merge: {merged.documents} documents, {merged.spans} gold spans by {merged.method}.")

    exported = export.export(workspace, force=True)
    report = results.report(workspace, made_at).report
    say("10. export and report are written.")
    return DemoResult(
        workspace=workspace.root,
        url=running.url,
        logins={
            account.email: account.password
            for account in (running.admin, *running.annotators.values())
        },
        report=report,
        dataset=exported.folder,
    )


def _prepare(folder: Path) -> Workspace:
    """A workspace with the sample corpus and the sample annotators in its settings."""
    folder = folder.expanduser().resolve()
    if (folder / FILE_NAME).exists():
        if open_workspace(folder).settings.project.name != _NAME:
            raise WorkspaceError(
                f"{folder} is a workspace of your own", "Name another folder: toolkit demo DIR"
            )
    else:
        records.write_text(folder / FILE_NAME, _settings())
    workspace, _ = init(folder)
    sample = resources.sample_corpus()
    target = workspace.path(workspace.settings.corpus.folder)
    for path in sorted(sample.iterdir()):
        if path.suffix in _CORPUS_SUFFIXES and not (target / path.name).exists():
            with records.replacing(target / path.name) as out:
                out.write(path.read_bytes())
    return workspace


def _settings() -> str:
    """The shipped settings with the demo's name, notice and annotators."""
    lines = resources.settings_template().read_text(encoding="utf-8").splitlines()
    people = samples.sample_annotators(resources.sample_corpus())
    written = []
    for line in lines:
        if line.startswith("name ="):
            written.append(f"name = {json.dumps(_NAME)}")
        elif line.startswith("notice ="):
            written.append(f"notice = {json.dumps(NOTICE, ensure_ascii=False)}")
        elif not line.startswith("annotator-"):
            written.append(line)
        if line == "[annotators]":
            written.append(f"# {_EXPLANATION}")
            written += [f"{name} = {json.dumps(f'{name}@example.com')}" for name in people]
    return "\n".join(written) + "\n"


def _enter_labels(
    workspace: Workspace,
    projects: dict[str, list[int]],
    accounts: dict[str, Connection],
    progress: Progress,
) -> int:
    """Submit each annotator's labels with their own account, for tasks nobody has begun.

    Returns:
        How many passages are labelled in all, those of earlier runs included.
    """
    from toolkit.studio.names import key
    from toolkit.studio.submit import Submission, submit

    schema = schema_of(workspace)
    documents = read_documents(workspace)
    labels = {doc_id: _labels(document) for doc_id, document in documents.items()}
    passages = corpus.passages_of(workspace, documents)
    for done, (annotator, account) in enumerate(accounts.items()):
        progress(done * len(passages), len(accounts) * len(passages))
        (project,) = projects[annotator]  # the sample corpus is small
        with studio.gateway_to(workspace, account) as gateway:
            tasks = gateway.tasks_by_key(project, [key(passage) for passage in passages])
            # What somebody has begun, perhaps in the browser since, is theirs.
            submissions = [
                Submission(passage, _inside(passage, labels[passage.doc_id][annotator]))
                for passage in passages
                if not tasks[key(passage)][0].begun
            ]
            submit(gateway, project, submissions, schema)
    return len(accounts) * len(passages)


def _inside(passage: Passage, spans: Sequence[AnnotatedSpan]) -> list[AnnotatedSpan]:
    return [span for span in spans if passage.start <= span.start and span.end <= passage.end]


def _labels(document: Document) -> dict[str, list[AnnotatedSpan]]:
    return samples.sample_labels(resources.sample_corpus(), document.meta["file"], document.text)
