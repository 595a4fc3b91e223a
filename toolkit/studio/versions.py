"""Texts that people have begun to annotate and that are no longer the corpus's; pure.

``push --new-version`` keeps such a text as a document of its own, whose id is the old id,
``@`` and 8 digits of the text's hash. Its tasks stay where they are, and what is annotated
in them is pulled as annotations of that document.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from toolkit.model import Document
from toolkit.schema import LabelSchema
from toolkit.studio.annotations import document_id
from toolkit.studio.names import VERSION_OF, document_of_key, is_of

_LOST = "\ufffd"


class Texts:
    """The corpus's texts, and the earlier ones that were kept beside them."""

    def __init__(self, documents: Mapping[str, Document]) -> None:
        self._documents = documents
        self._kept: dict[str, list[Document]] = defaultdict(list)
        for document in documents.values():
            if VERSION_OF in document.meta:
                self._kept[document.meta[VERSION_OF]].append(document)

    def of_key(self, key: str) -> Document | None:
        """The document that holds the passage with this key, character for character."""
        name = document_of_key(key)
        current = self._documents.get(name)
        candidates = [*([current] if current else []), *self._kept[name]]
        return next((one for one in candidates if is_of(key, one)), None)

    def of_task(self, task: Mapping[str, Any]) -> Document | None:
        """The document that a server's task shows; the one with its id if none has its text.

        Raises:
            InputError: the task wasn't made by a push.
        """
        name = document_id(task)
        key = str(task["data"].get("key", ""))
        return self.of_key(key) or self._documents.get(name)


def earlier_version(
    document: Document, tasks: Iterable[Mapping[str, Any]], schema: LabelSchema
) -> Document:
    """An earlier text of a document, put together from its tasks.

    What no task holds is marked as lost (``Document.damaged``).

    Args:
        document: as it is now.
        tasks: of one earlier text, as the server gives them; some may be there several times.
        schema: names the data key.
    """
    pieces = {task["data"]["start"]: task["data"] for task in tasks}
    text, damaged = "", []
    for start in sorted(pieces):
        if start > len(text):
            damaged.append((len(text), start))
            text += _LOST * (start - len(text))
        text = text[:start] + str(pieces[start][schema.data_key])
    digest = hashlib.sha256(text.encode()).hexdigest()[:8]
    meta = {name: value for name, value in document.meta.items() if name in {"title", "source"}}
    return Document(
        f"{document.id}@{digest}",
        text,
        meta={**meta, VERSION_OF: document.id},
        damaged=tuple(damaged),
    )
