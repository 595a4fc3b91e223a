"""What the disturbed commands push: the sample corpus, growing, shrinking, suggested anew."""

from __future__ import annotations

from dataclasses import dataclass

from msgspec.structs import replace

from tests.test_studio.sync_samples import cut, documents, schema, suggestions
from toolkit.model import Document, Passage
from toolkit.records import read_jsonl
from toolkit.settings import Workspace
from toolkit.studio.gateway import Gateway
from toolkit.studio.names import VERSION_OF
from toolkit.studio.plan import plan
from toolkit.studio.push_plan import PushPlan


@dataclass(frozen=True, slots=True)
class Corpus:
    """The documents from the ``first``-th to the ``last``-th, as one version suggests spans.

    Versions after v1 no longer find the first term of a document. ``is_edited`` says that the
    last document has another text than it had.
    """

    first: int
    last: int
    model_version: str
    is_edited: bool = False

    @property
    def documents(self) -> dict[str, Document]:
        """Those that are there now, by id."""
        found = documents(self.last)
        if self.is_edited:
            last = list(found)[-1]
            found[last] = replace(found[last], text=f"更正：{found[last].text}")
        return {id_: found[id_] for id_ in list(found)[self.first :]}

    @property
    def passages(self) -> list[Passage]:
        """Of all of them."""
        return [passage for one in self.documents.values() for passage in cut(one)]

    def known(self, workspace: Workspace) -> dict[str, Document]:
        """All that were ever there, as they are now, and the earlier texts that push has kept."""
        kept = {}
        if workspace.documents.exists():
            found = read_jsonl(workspace.documents, Document)
            kept = {one.id: one for one in found if VERSION_OF in one.meta}
        return {**documents(self.last), **self.documents, **kept}

    def plan(self, gateway: Gateway, workspace: Workspace) -> PushPlan:
        """What a push would do now."""
        here = self.documents
        known = self.known(workspace)
        corpus = {id_: one for id_, one in known.items() if id_ in here or VERSION_OF in one.meta}
        given = suggestions(corpus.values(), self.model_version)
        if self.model_version != "v1":
            given = [replace(one, spans=one.spans[1:]) for one in given]
        people = workspace.settings.annotators
        return plan(gateway, workspace, schema(), corpus, given, people, cut=cut)
