"""``agreement``: how far annotators agree, and where they differ."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from toolkit.cli import console
from toolkit.cli.options import (
    AnnotationsFile,
    AsJson,
    Debug,
    DocumentsFile,
    EngineName,
    Folder,
    Scheduler,
    Workers,
    refuse_one_stdin_for_several,
    say_dashboard,
    with_engine,
)
from toolkit.errors import InputError, UsageError

if TYPE_CHECKING:
    from toolkit.agreement.breakdown import AgreementReport
    from toolkit.agreement.comparison import Comparison
    from toolkit.agreement.cuts import Cut
    from toolkit.agreement.figures import Figure
    from toolkit.agreement.gamma_figures import GammaNote

_PROVEN = 5e-4
"""Bounds of γ nearer to each other than this are the same in print."""

_IN_EVERY_REPORT = ("label", "pair", "document")
_HEADLINE = ("strict_f1",)
"""The measures of a table of groups, if nothing else is asked for."""

_ROWS = 40
"""Rows of a table of groups at most; --json has them all."""

_WIDTH = 80
"""Columns that a matrix may take; a wider one is listed instead."""

_CELL = 9
_LISTED = 20


def agreement(
    annotations: AnnotationsFile = None,
    documents: DocumentsFile = None,
    by: Annotated[
        list[str] | None,
        typer.Option(
            "--by",
            metavar="WHAT",
            help="label, pair, document; annotator (against the rest), week, shown (suggestions"
            " or none), pass (first against second), meta:KEY. Again for more.",
        ),
    ] = None,
    compare: Annotated[
        tuple[str, str] | None,
        typer.Option(
            "--compare", metavar="A B", help="Test two groups of --by against each other."
        ),
    ] = None,
    against: Annotated[
        Path | None,
        typer.Option(
            "--against", metavar="FILE", help="Test these annotations against others, of FILE."
        ),
    ] = None,
    measure: Annotated[
        list[str] | None,
        typer.Option("--measure", metavar="NAME", help="Only these, e.g. strict, kappa, alpha."),
    ] = None,
    details: Annotated[
        bool, typer.Option("--details", help="Also kinds of difference, and confused labels.")
    ] = False,
    trim: Annotated[
        bool, typer.Option("--trim", help="White space and punctuation at edges don't count.")
    ] = False,
    labels: Annotated[
        list[str] | None,
        typer.Option(
            "--labels",
            metavar="A+B=AB",
            help="Labels that count as the same; or a file with one group a line.",
        ),
    ] = None,
    nested: Annotated[
        str, typer.Option(metavar="WHICH", help="Of spans in spans: all, outermost, innermost.")
    ] = "all",
    gamma: Annotated[
        bool, typer.Option("--gamma", help="Also γ, γ-cat and γ-k, by aligning all spans.")
    ] = False,
    gamma_documents: Annotated[
        int | None,
        typer.Option(
            metavar="N", min=1, help="γ on N documents drawn by the seed; implies --gamma."
        ),
    ] = None,
    engine: EngineName = "",
    workers: Workers = None,
    scheduler: Scheduler = "",
    workspace: Folder = None,
    as_json: AsJson = False,
    debug: Debug = False,
) -> None:
    """Measure how far annotators agree.

    Figures on spans (F1, uα, with --gamma γ) and on units (κ, π, α, AC1), with 95 %
    intervals, overall, by label and by pair, or by what --by says. Documents with the same
    meta.group are drawn together. --compare and --against test a difference, by bootstrap
    and by permutation of documents.

    Of any number of documents memory holds sums only, with the same figures from any number
    of workers; with --gamma, --against, or --by other than label, pair and document, it
    holds everything, in one process.
    """
    from toolkit.stages import results as stage
    from toolkit.stages import workspace as files

    refuse_one_stdin_for_several(annotations, documents, against)
    space = with_engine(files.workspace_or_defaults(workspace), engine, workers, scheduler)
    cuts = tuple(dict.fromkeys(by or ()))
    more = tuple(name for name in cuts if name not in _IN_EVERY_REPORT)
    if compare and len(more) != 1:
        raise UsageError(
            "--compare needs one --by to take its groups from",
            "Say e.g. --by meta:source --compare daily weekly.",
        )
    report = stage.agreement(
        space,
        annotations,
        documents,
        stage.Asked(
            by=more,
            compared=compare,
            against=against,
            trim=trim,
            groups=tuple(_groups(labels or ())),
            nested=nested,
            gamma=gamma or gamma_documents is not None,
            gamma_documents=gamma_documents,
        ),
        watched=say_dashboard,
    )
    if as_json:
        console.json_result(report)
        return
    chosen = _chosen(measure or (), report)
    _print_overall(report, chosen)
    for name in cuts or ("label", "pair"):
        _print_cut(name, report, chosen)
    if report.against is not None:
        _print_comparison(report.against, report)
    if details:
        _print_details(report)


def _groups(written: Sequence[str]) -> list[str]:
    """Groups of labels, those of files too."""
    groups = []
    for one in written:
        if "=" in one:
            groups.append(one)
            continue
        try:
            lines = Path(one).read_text(encoding="utf-8").splitlines()
        except (OSError, UnicodeDecodeError) as error:
            raise InputError(
                f"{one}: no group of labels, and no file of them that can be read ({error})",
                "Write a group like PERSON+TITLE=PERSON, or one a line in a file.",
            ) from None
        groups += [line for line in lines if line.strip() and not line.startswith("#")]
    return groups


def _chosen(wanted: Sequence[str], report: AgreementReport) -> set[str] | None:
    """The measures whose names or titles hold one of these words; None where all are wanted."""
    if not wanted:
        return None
    chosen = set()
    for word in wanted:
        found = {
            name
            for name, measure in report.measures.items()
            if word.casefold() in name or word.casefold() in measure.title.casefold()
        }
        if not found:
            raise UsageError(
                f"there is no measure {word!r}", f"There are {', '.join(report.measures)}."
            )
        chosen |= {word} & found or found
    return chosen


def _print_overall(report: AgreementReport, chosen: set[str] | None) -> None:
    console.output(
        f"{console.count(len(report.annotators), 'annotator')}, "
        f"{console.count(report.passages, 'shared passage')} in "
        f"{console.count(report.documents, 'document')}; "
        f"{report.samples} bootstrap samples over {_drawn(report)}."
    )
    for said in (_counting_note(report), _gamma_note(report.gamma) if report.gamma else ""):
        if said:
            console.output(said)
    console.table(
        ["measure", "value", "95 % interval"],
        [
            (report.measures[figure.name].title, *_figure(figure))
            for figure in report.overall
            if chosen is None or figure.name in chosen
        ],
    )


def _drawn(report: AgreementReport) -> str:
    """What the bootstrap drew."""
    if report.groups == report.documents:
        return "documents"
    return f"{console.count(report.groups, 'group')} of documents"


def _counting_note(report: AgreementReport) -> str:
    """By which rules spans were counted, where they aren't the usual ones."""
    counting = report.counting
    said = []
    if counting.trim:
        said.append("space and punctuation at the edges of spans don't count")
    if counting.groups:
        written = ", ".join(f"{label} as {name}" for label, name in counting.groups.items())
        said.append(f"{written}")
    if counting.nested != "all":
        said.append(f"of nested spans only the {counting.nested}")
    return f"Counted: {'; '.join(said)}." if said else ""


def _gamma_note(note: GammaNote) -> str:
    """What γ rests on, and where it isn't proven."""
    said = (
        f"γ on {console.count(note.documents, 'document')}: {note.continua:,} with spans "
        f"(stretches that the same annotators saw), {note.samples} random ones for each."
    )
    if note.least is None or note.most is None or note.most - note.least < _PROVEN:
        return said
    return f"{said} Not all alignments are proven best: γ is {note.least:.3f} – {note.most:.3f}."


def _print_cut(name: str, report: AgreementReport, chosen: set[str] | None) -> None:
    """One table: groups down, measures across."""
    if name == "label":
        unused = [
            label
            for label, figures in report.by_label.items()
            if all(figure.value is None for figure in figures)
        ]
        rows = {label: f for label, f in report.by_label.items() if label not in unused}
        _print_groups("by label", rows, report, chosen)
        if unused:
            console.output(f"Without a figure: {', '.join(unused)}.\n")
    elif name == "pair":
        _print_groups("by pair", _most_first(report.by_pair), report, chosen)
    elif name == "document":
        _print_groups("by document", _least_first(report.by_document), report, chosen)
    else:
        _print_asked(name, report.by[name], report, chosen)


def _print_asked(name: str, cut: Cut, report: AgreementReport, chosen: set[str] | None) -> None:
    console.output(f"{cut.meaning[:1].upper()}{cut.meaning[1:]}")
    if cut.undefined:
        console.output(f"undefined: {cut.undefined}\n")
        return
    _print_groups(name, cut.groups, report, chosen)
    if cut.comparison is not None:
        _print_comparison(cut.comparison, report, chosen)


def _print_groups(
    title: str,
    groups: Mapping[str, Sequence[Figure]],
    report: AgreementReport,
    chosen: set[str] | None,
) -> None:
    wanted = set(_HEADLINE) if chosen is None else chosen
    present = next(iter(groups.values()), ())
    names = [figure.name for figure in present if figure.name in wanted]
    if not groups:
        return
    if not names:
        console.output(f"{title}: none of these measures is made for it.\n")
        return
    columns = [title]
    for name in names:
        columns += [report.measures[name].title, "95 % interval", "n"]
    rows, reasons = [], dict[str, list[str]]()
    for group, figures in list(groups.items())[:_ROWS]:
        row: list[object] = [group]
        for figure in figures:
            if figure.name in names:
                value, interval = _figure(figure)
                if figure.undefined:
                    reasons.setdefault(figure.undefined, []).append(group)
                row += [value, "–" if figure.undefined else interval, figure.n]
        rows.append(row)
    console.table(columns, rows)
    for why, of in reasons.items():
        console.output(f"{', '.join(dict.fromkeys(of))}: {why}.")
    if len(groups) > _ROWS:
        console.output(f"… and {len(groups) - _ROWS:,} more; --json has them all.\n")


def _most_first(pairs: Mapping[str, Sequence[Figure]]) -> dict[str, Sequence[Figure]]:
    """Pairs as they are; of very many those that rest on most."""
    if len(pairs) <= _ROWS:
        return dict(pairs)
    return dict(sorted(pairs.items(), key=lambda item: -item[1][0].n))


def _least_first(documents: Mapping[str, Sequence[Figure]]) -> dict[str, Sequence[Figure]]:
    """Documents with the lowest figure first: those to read."""

    def lowest(item: tuple[str, Sequence[Figure]]) -> tuple[bool, float, int]:
        value = item[1][0].value
        return (value is None, value or 0, -item[1][0].n)

    return dict(sorted(documents.items(), key=lowest))


def _print_comparison(
    comparison: Comparison, report: AgreementReport, chosen: set[str] | None = None
) -> None:
    """One row for each measure: how much the first is above the second."""
    console.output(f"Difference: {comparison.first} less {comparison.second}")
    rows = []
    for one in comparison.figures:
        if chosen is not None and one.name not in chosen:
            continue
        found = one.difference
        if found.value is None or found.low is None or found.high is None:
            shown = "undefined" if found.value is None else f"{found.value:+.3f}"
            rows.append((report.measures[one.name].title, shown, found.undefined, "", ""))
            continue
        rows.append(
            (
                report.measures[one.name].title,
                f"{found.value:+.3f}",
                f"{found.low:+.3f} – {found.high:+.3f}",
                _p(found.p),
                _p(one.permutation),
            )
        )
    console.table(["measure", "difference", "95 % interval", "p bootstrap", "p permuted"], rows)


def _p(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"


def _print_details(report: AgreementReport) -> None:
    """Kinds of difference by annotator, and which labels are confused."""
    counts = ", ".join(f"{kind} {count:,}" for kind, count in report.kinds.items())
    console.output(f"Differences: {counts}")
    by_annotator = report.kinds_by_annotator
    if len(by_annotator) * _CELL <= _WIDTH - 2 * _CELL:
        kinds = next(iter(by_annotator.values()), {})
        console.table(
            ["against the rest", *by_annotator],
            [(kind, *(mine[kind] for mine in by_annotator.values())) for kind in kinds],
            tight=True,
        )
    else:
        columns = ("missed", "extra", "label", "label and boundary", "split", "joined")
        console.table(
            ["against the rest", *columns],
            [(name, *(mine[kind] for kind in columns)) for name, mine in by_annotator.items()],
            tight=True,
        )
    _print_confusion(report)


def _print_confusion(report: AgreementReport) -> None:
    cells = {(c.label_a, c.label_b): c.count for c in report.confusion}
    order = [*report.by_label, *{b for _, b in cells} - set(report.by_label)]
    used = [label for label in order if any(label in pair for pair in cells)]
    console.output("Labels that two annotators gave to what was matched (—: one gave nothing)")
    if not used or max(map(len, used)) + sum(max(len(name), 5) + 1 for name in used) > _WIDTH:
        apart = [(a, b, n) for (a, b), n in cells.items() if a != b][:_LISTED]
        console.table(["label", "other label", "times"], apart)
        return
    console.table(
        ["", *used],
        [
            (row, *(cells.get((row, column), cells.get((column, row), 0)) for column in used))
            for row in used
            if row in report.by_label
        ],
        tight=True,
    )


def _figure(figure: Figure) -> tuple[str, str]:
    if figure.value is None:
        return "undefined", figure.undefined
    if figure.low is None or figure.high is None:
        return f"{figure.value:.3f}", figure.undefined
    return f"{figure.value:.3f}", f"{figure.low:.3f} – {figure.high:.3f}"
