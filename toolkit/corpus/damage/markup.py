"""HTML that was left in a text: tags, comments, scripts, styles.

Only names of HTML elements count, so that a<b, <本报记者> and <<通知>> stay. Markdown is
nobody's residue and is left alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from toolkit.corpus.alignment import Replacement

_BREAKING = frozenset(
    (
        "address",
        "article",
        "aside",
        "blockquote",
        "br",
        "caption",
        "center",
        "dd",
        "div",
        "dl",
        "dt",
        "figcaption",
        "figure",
        "footer",
        "form",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "header",
        "hr",
        "li",
        "main",
        "nav",
        "ol",
        "option",
        "p",
        "pre",
        "section",
        "table",
        "tbody",
        "td",
        "tfoot",
        "th",
        "thead",
        "title",
        "tr",
        "ul",
    )
)
"""Elements that begin and end a line; each of their tags becomes a line break."""

_INLINE = frozenset(
    (
        "a",
        "abbr",
        "acronym",
        "applet",
        "area",
        "audio",
        "b",
        "base",
        "bdi",
        "bdo",
        "big",
        "body",
        "button",
        "canvas",
        "cite",
        "code",
        "col",
        "colgroup",
        "data",
        "datalist",
        "del",
        "details",
        "dfn",
        "dialog",
        "dir",
        "embed",
        "em",
        "fieldset",
        "font",
        "frame",
        "frameset",
        "head",
        "html",
        "i",
        "iframe",
        "img",
        "input",
        "ins",
        "kbd",
        "label",
        "legend",
        "link",
        "map",
        "mark",
        "marquee",
        "menu",
        "meta",
        "meter",
        "nobr",
        "noframes",
        "noscript",
        "object",
        "optgroup",
        "output",
        "param",
        "picture",
        "progress",
        "q",
        "rp",
        "rt",
        "ruby",
        "s",
        "samp",
        "script",
        "select",
        "small",
        "source",
        "span",
        "strike",
        "strong",
        "style",
        "sub",
        "summary",
        "sup",
        "svg",
        "template",
        "textarea",
        "time",
        "track",
        "tt",
        "u",
        "var",
        "video",
        "wbr",
    )
)

_SINGLE = frozenset(("a", "b", "i", "p", "q", "s", "u"))
"""Elements whose name is one letter: x<b> 5 may be a formula, so these need an attribute or
a partner."""

_ATTRIBUTES = r"(?:\s[^<>]{0,2000}+)?"
_TAG = re.compile(rf"<(?P<close>/?)(?P<name>[A-Za-z][A-Za-z0-9]{{0,9}})(?P<rest>{_ATTRIBUTES}/?)>")
_HIDDEN = re.compile(
    r"<!--|<!\[|<!(?i:doctype)\b|<(?P<name>(?i:script|style))(?:\s[^<>]{0,2000}+)?>"
)
_ATTRIBUTE = re.compile(r"\s[A-Za-z][\w:-]*\s*=|/$")

_CODE_END = re.compile(r"[;{}][ \t]*+(?:\n|\Z)")
_CODE = re.compile(
    r"[ \t]*+(?:"
    r"(?:var|let|const)\s+[A-Za-z_$][\w$]*+\s*+=[^\n]*;"
    r"|(?:[\w$.]{1,60}\s*=\s*)?function\b[ \w$]{0,60}\([\w$, ]{0,200}\)\s*+\{[^\n]*"
    r"|(?:document|window|jQuery|\$)\s?[.(][^\n]*[;{]"
    r"|[.#@]?[A-Za-z][\w .#:,>-]{0,120}\{\s*[a-z-]{2,30}\s*:[^\n]*[;}]"
    r")[ \t]*",
    re.ASCII,
)
_QUOTED = re.compile(r"'[^'\n]*'|\"[^\"\n]*\"|/\*.*?\*/|//.*")
_HAN = re.compile("[一-鿿]")


def find(text: str) -> Iterator[Replacement]:
    """Tags, with what no reader sees of a page; and lines that are certainly scripts."""
    found = list(_tags(text)) if "<" in text else []
    if "{" in text or ";" in text:
        found = sorted([*found, *_code(text)])
    taken = 0
    for replacement in found:
        if replacement.start >= taken:
            yield replacement
            taken = replacement.end


def _tags(text: str) -> Iterator[Replacement]:
    hidden = _hidden(text)
    at = 0
    partners = _partners(text)
    for start, end in (*hidden, (len(text), len(text))):
        for tag in _TAG.finditer(text, at, start):
            name = tag["name"].lower()
            is_lone = name in _SINGLE and name not in partners and not _is_at_an_edge(text, tag)
            if is_lone and not _ATTRIBUTE.search(tag["rest"]):
                continue
            if name in _BREAKING:
                yield Replacement(*tag.span(), _break(text, *tag.span()))
            elif name in _INLINE:
                yield Replacement(*tag.span())
        if end > start:
            yield Replacement(start, end)
        at = end


def _partners(text: str) -> frozenset[str]:
    """The elements of one letter that are closed somewhere in the text."""
    return frozenset(
        name for name in _SINGLE if f"</{name}>" in text or f"</{name.upper()}>" in text
    )


def _is_at_an_edge(text: str, tag: re.Match[str]) -> bool:
    """Whether a paragraph's tag stands where paragraphs begin and end: no formula does."""
    if tag["name"] not in ("p", "P"):
        return False
    return not text[max(0, tag.start() - 1) : tag.start()].strip("\n") or not text[
        tag.end() : tag.end() + 1
    ].strip("\n")


def _break(text: str, start: int, end: int) -> str:
    """A line break, unless the tag stands at the edge of a line already."""
    before, behind = text[start - 1 : start], text[end : end + 1]
    return "" if before in ("", "\n") or behind in ("", "\n") else "\n"


def _hidden(text: str) -> list[tuple[int, int]]:
    """Comments, declarations, scripts and styles, each with what is inside."""
    found: list[tuple[int, int]] = []
    missing: set[str] = set()
    at = 0
    while opening := _HIDDEN.search(text, at):
        name = (opening["name"] or "").lower()
        closing = f"</{name}>" if name else "-->" if opening[0] == "<!--" else ">"
        end = -1 if closing in missing else _after(text, closing, opening.end())
        if end < 0:
            missing.add(closing)
            at = opening.end()
        else:
            found.append((opening.start(), end))
            at = end
    return found


def _after(text: str, closing: str, start: int) -> int:
    end = text.find(closing, start)
    if end < 0 and closing.startswith("</"):
        end = text.find(closing.upper(), start)
    return end + len(closing) if end >= 0 else -1


def _code(text: str) -> Iterator[Replacement]:
    """Lines of JavaScript or CSS without any Chinese outside of quotes and comments."""
    for line_end in _CODE_END.finditer(text):
        start = text.rfind("\n", 0, line_end.start()) + 1
        end = line_end.end() - line_end[0].endswith("\n")
        if _CODE.fullmatch(text, start, end) and not _HAN.search(_QUOTED.sub("", text[start:end])):
            yield Replacement(start, line_end.end())
