"""How ``show`` draws a document: spans in brackets with their labels, in colour on a terminal."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence

import msgspec

from toolkit.cli import console
from toolkit.model import Document, Span, SuggestedSpan
from toolkit.settings import Workspace
from toolkit.spans import check_spans
from toolkit.stages.explain import line_and_column, line_starts

_TITLE_WIDTH = 40


class _Located(msgspec.Struct, frozen=True):
    """A span with its place in the raw file; lines and columns count from 1."""

    start: int
    end: int
    label: str
    text: str
    raw_start: int
    raw_end: int
    raw_text: str
    line: int
    column: int


def listing(documents: Iterable[Document], *, as_json: bool) -> None:
    """One line a document."""
    rows = [
        (
            document.id,
            document.source.path if document.source else "",
            len(document.text),
            _title(document, as_json=as_json),
        )
        for document in documents
    ]
    if as_json:
        keys = ("id", "file", "characters", "title")
        console.json_result({"documents": [dict(zip(keys, row, strict=True)) for row in rows]})
    else:
        console.table(["id", "file", "characters", "title"], rows)


def _title(document: Document, *, as_json: bool) -> str:
    """The title, or how the text begins; a row has one line, and a record may bring any title."""
    title = document.meta.get("title", document.text[:_TITLE_WIDTH].replace("\n", " "))
    return title if as_json else " ".join(title.split())


def document(
    workspace: Workspace, document: Document, spans: Sequence[Span], *, raw: bool, as_json: bool
) -> None:
    """A document's text, or with ``raw`` its raw file, with the spans in their places."""
    check_spans(document.id, document.text, spans)
    if raw:
        _raw(workspace, document, spans, as_json=as_json)
    elif as_json:
        console.json_result({"document": document, "spans": list(spans)})
    else:
        console.output(f"{document.id}  {document.source.path if document.source else ''}\n")
        _draw(document.text, [(span.start, span.end, _label(span)) for span in spans])


def _label(span: Span) -> str:
    """The label, and the normal value with its flags where there is one."""
    if not isinstance(span, SuggestedSpan) or not span.value:
        return span.label
    return " ".join([f"{span.label} = {span.value}", *(f"({flag})" for flag in span.flags)])


def _raw(workspace: Workspace, document: Document, spans: Sequence[Span], *, as_json: bool) -> None:
    from toolkit.corpus.alignment import check_alignment, to_raw
    from toolkit.corpus.readers import raw_text

    text = raw_text(document, workspace.root)
    check_alignment(document.id, document.alignment, len(document.text), len(text))
    lines = line_starts(text)
    located = []
    for span in spans:
        start, end = to_raw(document.alignment, span.start, span.end)
        line, column = line_and_column(start, lines)
        located.append(
            _Located(
                start=span.start,
                end=span.end,
                label=span.label,
                text=document.text[span.start : span.end],
                raw_start=start,
                raw_end=end,
                raw_text=text[start:end],
                line=line,
                column=column,
            )
        )
    if as_json:
        console.json_result({"document": document.id, "source": document.source, "spans": located})
        return
    source = document.source
    console.output(
        f"{document.id}  {source.path} ({source.encoding})\n" if source else f"{document.id}\n"
    )
    _draw(text, [(place.raw_start, place.raw_end, place.label) for place in located])
    console.table(
        ["label", "text", "text offsets", "raw offsets", "line:column", "in the raw file"],
        [
            (
                place.label,
                place.text,
                f"{place.start}-{place.end}",
                f"{place.raw_start}-{place.raw_end}",
                f"{place.line}:{place.column}",
                "the same" if place.raw_text == place.text else place.raw_text,
            )
            for place in located
        ],
    )


def _draw(text: str, marks: Sequence[tuple[int, int, str]]) -> None:
    """The text with each mark as ``[text|LABEL]``; of marks that overlap, the first is drawn."""
    pieces: list[str] = []
    at = 0
    color, plain = ("\x1b[1;36m", "\x1b[0m") if sys.stdout.isatty() else ("", "")
    for start, end, label in sorted(marks):
        if start < at:
            continue
        pieces += [console.visible(text[at:start]), color, "[", console.visible(text[start:end])]
        pieces += ["|", label, "]", plain]
        at = end
    pieces.append(console.visible(text[at:]))
    sys.stdout.write("".join(pieces) + "\n")
