"""How the server is told which is which: passages by keys, suggestions by versions; pure."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable

from toolkit.model import Document, Passage, SuggestedSpan

VERSION_OF = "version_of"
"""In the metadata of a document that keeps an earlier text: the id of the document it was."""

_RULES_HASH = re.compile(r"-[0-9a-f]{12}$")
_REGION_ID = re.compile(r"([0-9a-f]{12})-\d+")


def key(passage: Passage) -> str:
    """The passage's name on the server: ``doc_id:start-end:`` and 12 digits of its text's hash.

    The server keeps it in the task's data, where it can be filtered on.
    """
    digest = hashlib.sha256(passage.text.encode("utf-8", "surrogatepass")).hexdigest()
    return f"{passage.doc_id}:{passage.start}-{passage.end}:{digest[:12]}"


def document_of_key(key_: str) -> str:
    """The id of the document whose passage has this key."""
    return key_.rsplit(":", 2)[0]


def is_of(key_: str, document: Document) -> bool:
    """Whether the passage with this key is a stretch of this very text, however it is cut."""
    place, _, digest = key_.rpartition(":")
    start, _, end = place.rpartition(":")[2].partition("-")
    if not (start.isdecimal() and end.isdecimal()):
        return False
    text = document.text[int(start) : int(end)]
    return key(Passage("", int(start), int(end), text)).endswith(f":{digest}")


def shown_version(model_version: str) -> str:
    """The model version as the server knows it: without the hash of the rules, if it has one."""
    return _RULES_HASH.sub("", model_version)


def suggestions_digest(passage: Passage, spans: Iterable[SuggestedSpan]) -> str:
    """What tells suggestions of a passage from other suggestions; empty if there are none."""
    told = [
        (
            span.start - passage.start,
            span.end - passage.start,
            *(span.label, span.rule, span.score, span.value, span.flags),
        )
        for span in sorted(spans, key=lambda span: span.key)
    ]
    return hashlib.sha256(repr(told).encode(errors="replace")).hexdigest()[:12] if told else ""


def digest_of_region(region_id: str) -> str:
    """The digest of the suggestions that a region came with; empty if it says none."""
    found = _REGION_ID.fullmatch(region_id)
    return found[1] if found else ""
