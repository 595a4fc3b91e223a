"""A web page: its main text as the raw layer, and what the page says of itself as metadata.

The main text is that of the smallest element which holds nearly all of the page's running
text; everything in it is kept, tables and lists too. Extraction is deterministic: spans
point into what it gives.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, cast

from toolkit.corpus.encodings import encoding_of
from toolkit.corpus.readers.page_metadata import metadata_of
from toolkit.corpus.readers.records import RawText, Texts
from toolkit.corpus.readers.text_file import whole
from toolkit.corpus.sources import RawSource
from toolkit.errors import InputError

if TYPE_CHECKING:
    from resiliparse.parse.html import DOMContext, HTMLTree, Node

_NEARLY_ALL = 0.85
"""Share of the page's text outside of links that its main element holds; the rest are
teasers, comments and notices."""

_NO_TEXT = (
    *("script", "style", "template", "noscript", "iframe", "svg", "canvas", "object"),
    *("nav", "footer", "aside", "form", "select", "button", "dialog"),
)
"""Elements that hold no text of the article."""

_CONTAINERS = frozenset(
    ("article", "body", "center", "div", "main", "section", "table", "tbody", "td", "tr")
)
"""Elements that may hold all of an article; a lone paragraph isn't all of it."""

_MARKS = re.compile("[，。、；：！？]")
_MARK_WEIGHT = 10
"""Characters that a mark counts for: running text has one every dozen characters, menus
and notices have few."""

_WRAPPED = re.compile(r"(?<=[一-鿿，。、；：！？])[ \t]*\r?\n[ \t]*(?=[一-鿿，。、；：！？])")
"""A line of source that ends within a sentence; browsers show it as one."""

_KEEPS_LINES = re.compile("<(?:pre|textarea|xmp)[\\s>]|white-space", re.IGNORECASE)

_CHARSET = re.compile(
    rb"""<meta[^>]{0,200}?charset\s*=\s*["']?\s*([A-Za-z0-9_-]{1,20})""", re.IGNORECASE
)
_CHARSET_WITHIN = 1 << 12

_DECLARED = {
    **dict.fromkeys(("gb2312", "gbk", "gb18030", "gb_2312-80", "x-gbk", "cp936"), "gb18030"),
    **dict.fromkeys(("big5", "big5-hkscs", "x-x-big5", "cp950"), "big5"),
}
"""What pages call the old encodings."""

_BLANK_LINES = re.compile("\n{3,}")
_BETWEEN_CELLS = re.compile("\t\t+")


def read(source: RawSource, _columns: Mapping[str, str], encoding: str) -> tuple[str, Texts]:
    """The main text of the page; see ``toolkit.corpus.readers.read``."""
    data = whole(source)
    found = encoding or encoding_of(io.BytesIO(data), source.origin, declared_in(data))
    text, meta = extract(data.decode(found), source.origin)
    return found, iter([RawText(text, meta=meta)])


def declared_in(data: bytes) -> str:
    """The old encoding that a page says it is in, by our name; empty if it names no such."""
    match = _CHARSET.search(data[:_CHARSET_WITHIN])
    return _DECLARED.get(match[1].decode().lower(), "") if match else ""


def extract(page: str, origin: str) -> tuple[str, dict[str, str]]:
    """The main text of a page, a line for each paragraph; and its metadata.

    Raises:
        InputError: it can't be parsed.
    """
    from resiliparse.extract.html2text import extract_plain_text
    from resiliparse.parse.html import HTMLTree

    if not _KEEPS_LINES.search(page):
        page = _WRAPPED.sub("", page)
    try:
        tree = HTMLTree.parse(page)
        main = _main_element(tree)
        text = extract_plain_text(
            main.html if main is not None else page,
            main_content=False,
            alt_texts=False,
            list_bullets=False,
            skip_elements=list(_NO_TEXT),
        )
        return _tidy(text), metadata_of(tree)
    except (RuntimeError, ValueError) as error:
        raise InputError(f"{origin}: can't be read as HTML ({error})", "Save it as text.") from None


def _tidy(text: str) -> str:
    """Lines without the blanks that lay them out."""
    lines = (_BETWEEN_CELLS.sub("\t", line.strip(" \t")) for line in text.split("\n"))
    return _BLANK_LINES.sub("\n\n", "\n".join(lines)).strip("\n")


def _main_element(tree: HTMLTree) -> Node | None:
    """The smallest container that holds nearly all text; the body where none does."""
    if tree.body is None:
        return None
    weights = _weights(tree.body)
    element: Node = tree.body
    enough = max(1.0, _NEARLY_ALL * weights.get(element, 0))
    while True:
        inner = next((c for c in _children(element) if weights.get(c, 0) >= enough), None)
        if inner is None:
            break
        element = inner
    while element.tag in {"tr", "tbody"} and element.parent is not None:
        element = element.parent  # a row without its table is no row any more
    return element


def _children(node: Node) -> Iterator[Node]:
    """As ``child_nodes``, which takes longer the more of them there are."""
    child = node.first_child
    while child is not None:
        yield child
        child = child.next_sibling


def _weights(body: Node) -> dict[Node, int]:
    """How much text each container holds outside of links."""
    from resiliparse.parse.html import traverse_dom

    weights: dict[Node, int] = {}
    around: list[tuple[Node, bool]] = []  # the elements that we are in; whether one is silent
    counts: list[int] = []

    def leave() -> None:
        node, _ = around.pop()
        count = counts.pop()
        if counts:
            counts[-1] += count
        if node.tag in _CONTAINERS:
            weights[node] = count

    def enter(context: DOMContext) -> None:
        node = cast("Node", context.node)
        while len(around) > context.depth:
            leave()
        silent = bool(around and around[-1][1]) or node.tag in _SILENT
        text = (node.value or "").strip() if node.tag == "#text" and not silent else ""
        around.append((node, silent))
        counts.append(len(text) + _MARK_WEIGHT * len(_MARKS.findall(text)))

    traverse_dom(body, enter, elements_only=False)
    while around:
        leave()
    return weights


_SILENT = frozenset({*_NO_TEXT, "a"})
