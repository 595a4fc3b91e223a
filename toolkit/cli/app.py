"""The tree of commands, in the order of a document's journey.

Help lists all of them, and a call needs one: a command's module is imported, and its options
are made out, when it is called.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any, cast

import typer
import typer.main
from typer.core import TyperCommand, TyperGroup

from toolkit import __version__


class Later(TyperCommand):
    """A command of which only name and first line are known until it is called.

    Args:
        name: the last word of what is typed.
        says: the first line of its help.
        place: module and function, below ``toolkit.cli``.
        example: what the end of its help shows.
    """

    def __init__(self, name: str, says: str, place: str, example: str) -> None:
        super().__init__(name, help=says, rich_markup_mode=None)
        self._place = place
        self._example = example

    def command(self) -> TyperCommand:
        """The command itself, with its options."""
        module, _, function = self._place.partition(".")
        alone = typer.Typer(add_completion=False, rich_markup_mode=None)
        alone.command(self.name, epilog=f"Example: toolkit {self._example}")(
            getattr(import_module(f"toolkit.cli.{module}"), function)
        )
        return cast("TyperCommand", typer.main.get_command(alone))


class Group(TyperGroup):
    """Commands, each of them imported when it is called."""

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """Name, command and the arguments that are the command's own."""
        name, command, rest = super().resolve_command(ctx, args)
        return name, command.command() if isinstance(command, Later) else command, rest


def _group(name: str, says: str, *commands: Later) -> Group:
    return Group(
        name=name, commands=commands, help=says, no_args_is_help=True, rich_markup_mode=None
    )


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"toolkit {__version__}")
        raise typer.Exit


_app = typer.Typer(
    name="toolkit",
    cls=Group,
    help="From raw Chinese news to a gold NER dataset, with Label Studio in between.",
    no_args_is_help=True,
    # Plain help: rich's would double the time that --help takes.
    rich_markup_mode=None,
    context_settings={"help_option_names": ["--help", "-h"]},
    epilog="First time? 'toolkit demo' runs it all on a sample; 'toolkit init' begins your own.",
)


@_app.callback()
def _main(
    version: bool = typer.Option(
        False, "--version", callback=_version, is_eager=True, help="Show the version and exit."
    ),
) -> None:
    pass


def tree() -> Group:
    """All commands, to be called or looked at."""
    root = cast("Group", typer.main.get_command(_app))
    for command in _commands():
        root.add_command(command)
    return root


def _commands() -> tuple[Later | Group, ...]:
    return (
        Later("init", "Begin a workspace.", "corpus.init", "init news"),
        Later("ingest", "Read raw files into documents.jsonl.", "corpus.ingest", "ingest corpus/"),
        Later(
            "import",
            "Bring in gold or annotations from elsewhere.",
            "importing.import_",
            "import gold.jsonl --format jsonl --dry-run",
        ),
        Later(
            "show",
            "Show a document and its spans.",
            "corpus.show",
            "show 01-hero-profile.txt --raw",
        ),
        Later("preannotate", "Let the rules propose spans.", "rules.preannotate", "preannotate"),
        _rules(),
        Later("serve", "Start a Label Studio on this machine.", "studio.serve", "serve"),
        _annotators(),
        Later(
            "push",
            "Send passages and suggestions to annotators.",
            "studio.push",
            "push --dry-run",
        ),
        Later("pull", "Fetch what annotators submitted.", "studio.pull", "pull"),
        Later("status", "Show how far each annotator is.", "studio.status", "status --json"),
        Later("watch", "Pull again and again, until Ctrl-C.", "live.watch", "watch --until-done"),
        Later(
            "backend", "Answer Label Studio, until Ctrl-C.", "live.backend", "backend --show-secret"
        ),
        _labels(),
        Later(
            "agreement",
            "Measure how far annotators agree.",
            "agreement.agreement",
            "agreement --by annotator --by meta:source --measure strict --details",
        ),
        Later("merge", "Merge annotations into gold.", "results.merge", "merge --method majority"),
        _review(),
        Later("check", "Look gold over for likely mistakes.", "checks.check", "check --least 0.5"),
        Later(
            "export",
            "Write gold as a dataset.",
            "results.export",
            "export --version 0.2.0 --format conll-bioes",
        ),
        Later("diff", "Compare two versions of gold.", "versions.diff", "diff 0.1.0 gold"),
        Later(
            "report",
            "Write every number so far as one HTML page.",
            "results.report",
            "report -o exports/report.html",
        ),
        Later("demo", "Run the whole loop on a sample.", "demo.demo", "demo demo"),
    )


def _rules() -> Group:
    return _group(
        "rules",
        "Check the rule packs, and what people did to their spans.",
        Later("check", "Test each rule against its own examples.", "rules.check", "rules check"),
        Later(
            "explain",
            "Show why each span of a document is proposed.",
            "rules.explain",
            "rules explain 01-hero-profile.txt",
        ),
        Later(
            "score",
            "Show what became of each rule's spans.",
            "rules.score",
            "rules score --against annotations",
        ),
        Later("cost", "Count the editing work that suggestions leave.", "rules.cost", "rules cost"),
        Later(
            "learn",
            "Propose rules from gold, as a pack to read.",
            "rules.learn",
            "rules learn -o rules/learned",
        ),
    )


def _annotators() -> Group:
    return _group(
        "annotators",
        "Who annotates: their accounts, and their names in toolkit.toml.",
        Later(
            "add",
            "Add an annotator and make their account.",
            "annotators.add",
            "annotators add dora dora@example.com",
        ),
        Later("list", "List the annotators of toolkit.toml.", "annotators.show", "annotators list"),
        Later(
            "rename",
            "Call an annotator by another name, everywhere.",
            "annotators.rename",
            "annotators rename dora theodora",
        ),
        Later(
            "remove",
            "Take an annotator out of toolkit.toml.",
            "annotators.remove",
            "annotators remove theodora",
        ),
    )


def _labels() -> Group:
    return _group(
        "labels",
        "Change labels everywhere: config, files, rules, live projects.",
        Later(
            "rename",
            "Call a label otherwise.",
            "labels.rename",
            "labels rename DOC DOCUMENT --dry-run",
        ),
        Later(
            "merge",
            "Make several labels one.",
            "labels.merge",
            "labels merge LOC FAC --into LOC --dry-run",
        ),
        Later(
            "split",
            "Make one label several.",
            "labels.split",
            "labels split LOC --into LOC --into GPE --dry-run",
        ),
    )


def _review() -> Group:
    return _group(
        "review",
        "Disputes to a reviewer in Label Studio, decisions back into gold.",
        Later(
            "push",
            "Send disputes to a reviewer.",
            "review.push",
            "review push --minutes 30",
        ),
        Later("pull", "Bring a reviewer's decisions into gold.", "review.pull", "review pull"),
    )
