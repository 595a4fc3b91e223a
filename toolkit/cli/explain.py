"""How ``ingest --explain`` shows what repair did: by pass, each edit with its place."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterable, Sequence

from toolkit.cli import console
from toolkit.stages.explain import Explanation, LocatedDamage, LocatedEdit

_DOCUMENTS = 20
"""Documents of one file that are shown without ``--all``."""

_EDITS = 5
"""Edits of one pass that are shown without ``--all``."""

_WIDTH = 30
"""Characters of an edit's text that are shown."""

_STORED = {
    "the same": "documents.jsonl has this text.",
    "another text": "documents.jsonl has another text: it was made with other passes or another "
    "version; 'toolkit ingest' makes it anew.",
    "no such document": "It is not in documents.jsonl yet.",
}


def as_json(explanations: Iterable[Explanation]) -> None:
    """All of it as one object."""
    console.json_result({"documents": list(explanations)})


def as_text(explanations: Iterable[Explanation], *, show_all: bool) -> None:
    """The first edits of each pass, or with ``show_all`` every one, of each document."""
    limit = None if show_all else _DOCUMENTS
    shown = iter(explanations)
    for number, explanation in enumerate(itertools.islice(shown, limit)):
        if number:
            console.output()
        _one(explanation, show_all=show_all)
    left = sum(1 for _ in shown)
    if left:
        console.say(f"and {console.count(left, 'more document')}: --all shows them.")


def _one(explanation: Explanation, *, show_all: bool) -> None:
    encoding = f" ({explanation.encoding})" if explanation.encoding else ""
    console.output(f"{explanation.id}  {explanation.place}{encoding}")
    console.output(
        f"{explanation.raw_characters:,} characters in the raw file, "
        f"{explanation.characters:,} in the text. {_STORED[explanation.stored]}"
    )
    if not explanation.edits:
        console.output("Repair found nothing to change.")
    counts = Counter(edit.pass_name for edit in explanation.edits)
    for name, count in counts.items():
        edits = [edit for edit in explanation.edits if edit.pass_name == name]
        _pass(name, edits if show_all else edits[:_EDITS], count)
    if explanation.damaged:
        _damaged(explanation.damaged, show_all=show_all)
    if explanation.boilerplate:
        _boilerplate(explanation.boilerplate, show_all=show_all)


def _pass(name: str, edits: Sequence[LocatedEdit], count: int) -> None:
    console.table(
        ["line:column", "offsets", "in the raw file", "in the text"],
        [
            (
                f"{edit.line}:{edit.column}",
                f"{edit.raw_start}-{edit.raw_end}",
                _quoted(edit.before),
                _quoted(edit.after) if edit.after else "(nothing)",
            )
            for edit in edits
        ],
        title=f"{name}: {console.count(count, 'place')}",
    )
    if len(edits) < count:
        console.output(f"  … and {count - len(edits):,} more: --all shows them.")


def _damaged(stretches: Sequence[LocatedDamage], *, show_all: bool) -> None:
    console.table(
        ["line:column", "offsets", "in the raw file"],
        [
            (f"{it.line}:{it.column}", f"{it.raw_start}-{it.raw_end}", _quoted(it.text))
            for it in (stretches if show_all else stretches[:_EDITS])
        ],
        title=f"damaged, and left as it is: {console.count(len(stretches), 'place')}",
    )
    if len(stretches) > _EDITS and not show_all:
        console.output(f"  … and {len(stretches) - _EDITS:,} more: --all shows them.")


def _boilerplate(lines: Sequence[str], *, show_all: bool) -> None:
    console.output(f"\n{console.count(len(lines), 'line')} went to the metadata as boilerplate:")
    for line in lines if show_all else lines[:_EDITS]:
        console.output(f"  {_shortened(line)}")
    if not show_all and len(lines) > _EDITS:
        console.output(f"  … and {len(lines) - _EDITS:,} more: --all shows them.")


def _quoted(text: str) -> str:
    """The text in quotes on one line, its space visible, its middle left out if it is long."""
    escaped = "".join(
        character if character.isprintable() else character.encode("unicode_escape").decode()
        for character in _shortened(text)
    )
    return f"“{escaped}”"


def _shortened(text: str) -> str:
    if len(text) <= _WIDTH:
        return text
    half = _WIDTH // 2
    return f"{text[:half]}…{text[-half:]}"
