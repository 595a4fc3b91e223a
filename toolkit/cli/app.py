"""The tree of commands, in the order of a document's journey."""

from __future__ import annotations

import typer

from toolkit import __version__
from toolkit.cli import (
    agreement,
    annotators,
    checks,
    corpus,
    demo,
    importing,
    labels,
    live,
    results,
    review,
    rules,
    studio,
    versions,
)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"toolkit {__version__}")
        raise typer.Exit


app = typer.Typer(
    name="toolkit",
    help="From raw Chinese news to a gold NER dataset, with Label Studio in between.",
    no_args_is_help=True,
    # Plain help: rich's would double the time that --help takes.
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["--help", "-h"]},
    epilog="First time? 'toolkit demo' runs it all on a sample; 'toolkit init' begins your own.",
)


@app.callback()
def _main(
    version: bool = typer.Option(
        False, "--version", callback=_version, is_eager=True, help="Show the version and exit."
    ),
) -> None:
    pass


app.command(epilog="Example: toolkit init news")(corpus.init)
app.command(epilog="Example: toolkit ingest corpus/")(corpus.ingest)
app.command("import", epilog="Example: toolkit import gold.jsonl --format jsonl --dry-run")(
    importing.import_
)
app.command(epilog="Example: toolkit show 01-hero-profile.txt --raw")(corpus.show)
app.command(epilog="Example: toolkit preannotate")(rules.preannotate)

rules_app = typer.Typer(
    help="Check the rule packs, and what people did to their spans.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
rules_app.command("check", epilog="Example: toolkit rules check")(rules.check)
rules_app.command("explain", epilog="Example: toolkit rules explain 01-hero-profile.txt")(
    rules.explain
)
rules_app.command("score", epilog="Example: toolkit rules score --against annotations")(rules.score)
rules_app.command("cost", epilog="Example: toolkit rules cost")(rules.cost)
rules_app.command("learn", epilog="Example: toolkit rules learn -o rules/learned")(rules.learn)
app.add_typer(rules_app, name="rules")

app.command(epilog="Example: toolkit serve")(studio.serve)

annotators_app = typer.Typer(
    help="Who annotates: their accounts, and their names in toolkit.toml.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
annotators_app.command("add", epilog="Example: toolkit annotators add dora dora@example.com")(
    annotators.add
)
annotators_app.command("list", epilog="Example: toolkit annotators list")(annotators.show)
annotators_app.command("rename", epilog="Example: toolkit annotators rename dora theodora")(
    annotators.rename
)
annotators_app.command("remove", epilog="Example: toolkit annotators remove dora")(
    annotators.remove
)
app.add_typer(annotators_app, name="annotators")

app.command(epilog="Example: toolkit push --dry-run")(studio.push)
app.command(epilog="Example: toolkit pull")(studio.pull)
app.command(epilog="Example: toolkit status --json")(studio.status)
app.command(epilog="Example: toolkit watch --until-done")(live.watch)
app.command(epilog="Example: toolkit backend --show-secret")(live.backend)

labels_app = typer.Typer(
    help="Change labels everywhere: config, files, rules, live projects.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
labels_app.command("rename", epilog="Example: toolkit labels rename DOC DOCUMENT --dry-run")(
    labels.rename
)
labels_app.command("merge", epilog="Example: toolkit labels merge LOC FAC --into LOC --dry-run")(
    labels.merge
)
labels_app.command(
    "split",
    epilog="Example: toolkit labels split LOC --into LOC --into GPE --dry-run",
)(labels.split)
app.add_typer(labels_app, name="labels")

app.command(
    epilog="Example: toolkit agreement --by annotator --by meta:source --measure strict --details"
)(agreement.agreement)
app.command(epilog="Example: toolkit merge --method majority")(results.merge)

review_app = typer.Typer(
    help="Disputes to a reviewer in Label Studio, decisions back into gold.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
review_app.command("push", epilog="Example: toolkit review push --minutes 30")(review.push)
review_app.command("pull", epilog="Example: toolkit review pull")(review.pull)
app.add_typer(review_app, name="review")

app.command(epilog="Example: toolkit check --least 0.5")(checks.check)
app.command(epilog="Example: toolkit export --version 0.2.0 --format conll-bioes")(results.export)
app.command(epilog="Example: toolkit diff 0.1.0 gold")(versions.diff)
app.command(epilog="Example: toolkit report -o exports/report.html")(results.report)
app.command(epilog="Example: toolkit demo demo")(demo.demo)
