"""What a web page says of itself: title, date, author and source.

In the order of how well they are meant: JSON-LD (schema.org), ``<meta>`` (OpenGraph, and
the names that Chinese government sites must use: ArticleTitle, PubDate, ContentSource),
and then what stands on the page: ``<h1>``, ``<time>``, ``<title>``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    from resiliparse.parse.html import DocumentNode, HTMLTree

_NAMES = {
    "title": ("articletitle", "og:title", "twitter:title", "dc.title"),
    "date": (
        *("pubdate", "article:published_time", "og:published_time", "publishdate"),
        *(
            "datepublished",
            "publish-date",
            "publication_date",
            "dc.date",
            "weibo:article:create_at",
        ),
    ),
    "author": ("author", "article:author", "og:article:author", "dc.creator"),
    "source": ("contentsource", "source", "og:article:source", "og:site_name"),
}
"""Names of ``<meta>`` elements that say it, the best first; in lower case."""

_ARTICLE_KEYS = {"title": "headline", "date": "datePublished", "author": "author"}
_LONGEST = 200
"""Characters; what is longer is no title and no name."""

_SAYS_SOURCE = re.compile(r"^(?:文章|稿件|信息)?来源[:：]\s*")
_SITE = re.compile(r"\s*[-_|–—]+\s*[^-_|–—]*$")
"""What pages add to their title: `` - News of the day``."""


def metadata_of(tree: HTMLTree) -> dict[str, str]:
    """Title, date, author and source, as far as the page says them."""
    document = tree.document
    if document is None:
        return {}
    said = _named(document)
    linked = _linked(document)
    found = {
        name: linked.get(name) or next((said[n] for n in names if said.get(n)), "")
        for name, names in _NAMES.items()
    }
    found["title"] = found["title"] or _heading(document, tree.title or "")
    found["date"] = found["date"] or _time(document)
    found["source"] = _SAYS_SOURCE.sub("", found["source"])
    return {name: value for name, value in found.items() if value}


def _clean(value: object) -> str:
    text = " ".join(value.split()) if isinstance(value, str) else ""
    return text if len(text) <= _LONGEST else ""


def _named(document: DocumentNode) -> dict[str, str]:
    """Contents of ``<meta>`` by name, in lower case; the first that isn't empty counts."""
    said: dict[str, str] = {}
    for element in document.query_selector_all("meta[content]").values():
        content = _clean(element.getattr("content"))
        for attribute in ("name", "property", "itemprop"):
            name = (element.getattr(attribute) or "").strip().lower()
            if name and content:
                said.setdefault(name, content)
    return said


def _linked(document: DocumentNode) -> dict[str, str]:
    """What JSON-LD says of the first article in it."""
    for element in document.query_selector_all('script[type="application/ld+json"]').values():
        try:
            data = msgspec.json.decode((element.text or "").strip())
        except (msgspec.DecodeError, UnicodeError, RecursionError):
            continue
        for item in _items(data):
            found = {name: _name(item.get(key)) for name, key in _ARTICLE_KEYS.items()}
            found["source"] = _name(item.get("publisher"))
            if found["title"]:
                return found
    return {}


def _items(data: Any) -> Iterator[dict[str, Any]]:
    for item in data if isinstance(data, list) else [data]:
        if isinstance(item, dict):
            yield item
            graph = item.get("@graph")
            if isinstance(graph, list):
                yield from (part for part in graph if isinstance(part, dict))


def _name(value: Any) -> str:
    """A string, the name of a person or an organisation, or several."""
    if isinstance(value, list):
        return _clean(" ".join(filter(None, map(_name, value))))
    return _clean(value.get("name") if isinstance(value, dict) else value)


def _heading(document: DocumentNode, title: str) -> str:
    headings = {_clean(element.text) for element in document.query_selector_all("h1").values()}
    headings.discard("")
    if len(headings) == 1:
        return headings.pop()
    title = _clean(title)
    return _SITE.sub("", title) or title


def _time(document: DocumentNode) -> str:
    element = document.query_selector("time[datetime]")
    return _clean(element.getattr("datetime")) if element is not None else ""
