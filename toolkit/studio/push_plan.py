"""What a push would do, by annotator and project, with all that it takes; and what one did."""

from __future__ import annotations

import dataclasses
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from toolkit.model import Document, Passage, Suggestion
from toolkit.schema import LabelSchema
from toolkit.settings import Workspace
from toolkit.studio.answers import ServerTask
from toolkit.studio.control import is_control
from toolkit.studio.listing import Listing
from toolkit.studio.names import VERSION_OF, document_of_key, shown_version, suggestions_digest
from toolkit.studio.shards import deal
from toolkit.studio.versions import Texts

Source = tuple[Passage, Document, Suggestion | None]
"""What a task is made of; the suggestion is the passage's part of it."""


Held = tuple[int, ServerTask]
"""A task, and the id of the project that holds it."""


@dataclass(frozen=True, slots=True)
class ProjectPlan:
    """What a push would do in one project; ``project`` is null for one that it opens."""

    project: int | None
    create: tuple[str, ...]
    """Keys of passages that have no task, in the order in which annotators get them."""
    replace: tuple[ServerTask, ...]
    """Tasks that nobody has begun and whose suggestions aren't what they should be."""
    leave: int
    """Tasks that are as they should be."""
    begun: int
    """Tasks with other suggestions than they would get now, left alone since they are begun."""
    withdraw: tuple[ServerTask, ...]
    """Tasks that nobody has begun and that shouldn't be there: text gone, or not their share."""
    kept: int
    """Tasks that shouldn't be there and stay, since they are begun."""


@dataclass(frozen=True, slots=True)
class AnnotatorPlan:
    """What a push would do for one annotator, in each of their projects and in all."""

    annotator: str
    projects: tuple[ProjectPlan, ...]
    doubled: tuple[tuple[Held, ...], ...]
    """Tasks for one and the same passage, the one that is to stay first."""

    @property
    def create(self) -> list[str]:
        """As in ``ProjectPlan``, of all projects; so are the others."""
        return [key_ for one in self.projects for key_ in one.create]

    @property
    def replace(self) -> list[ServerTask]:
        """Of all projects."""
        return [task for one in self.projects for task in one.replace]

    @property
    def withdraw(self) -> list[ServerTask]:
        """Of all projects."""
        return [task for one in self.projects for task in one.withdraw]

    @property
    def leave(self) -> int:
        """Of all projects."""
        return sum(one.leave for one in self.projects)

    @property
    def begun(self) -> int:
        """Of all projects."""
        return sum(one.begun for one in self.projects)

    @property
    def kept(self) -> int:
        """Of all projects."""
        return sum(one.kept for one in self.projects)


@dataclass(frozen=True, slots=True)
class Shard:
    """One of an annotator's projects, and its tasks."""

    project: int
    listing: Listing = field(repr=False)


@dataclass(frozen=True, slots=True)
class Share:
    """What one annotator is to have: keys of passages, in order; and the projects there are.

    In shared projects ``annotator`` is empty. Nobody is to have anything in projects
    that are of the other kind than ``[assignment] projects`` says (``is_other_kind``).
    """

    annotator: str
    keys: tuple[str, ...]
    shards: tuple[Shard, ...] = ()
    is_other_kind: bool = False


@dataclass(frozen=True, slots=True)
class PushPlan:
    """What a push would do, by annotator, and all it needs to do it."""

    workspace: Workspace
    schema: LabelSchema
    shares: tuple[Share, ...]
    annotators: tuple[AnnotatorPlan, ...]
    sources: Mapping[str, Source] = field(repr=False)
    """By passage key."""
    texts: Texts = field(repr=False)
    projects: tuple[int, ...]
    """All of the workspace's, also those of people who have left."""
    conflicts: tuple[str, ...]
    """Ids of documents whose text is another than the one that people have begun to annotate;
    nothing of them is sent."""
    left_out: tuple[str, ...]
    """Suggested spans that no passage holds whole, so that no annotator is shown them."""
    replaced_characters: int
    """How many characters of the texts the server can't hold; they are sent as U+FFFD."""
    model_version: str | None
    """The version, as the server has it, whose suggestions annotators find filled in."""

    def shown(self, annotator: str, key_: str) -> Suggestion | None:
        """The suggestions that the annotator's task of this passage shows."""
        passage, _, portion = self.sources[key_]
        return None if self._is_control(annotator, passage) else portion

    def compared(self, share: Share, shards: Sequence[Shard]) -> AnnotatorPlan:
        """What is to be done about an annotator's tasks as they are in ``shards``."""
        found: dict[str, list[Held]] = defaultdict(list)
        for shard in shards:
            for one, tasks in shard.listing.by_key().items():
                found[one] += [(shard.project, task) for task in tasks]
        for held in found.values():
            held.sort(key=lambda one: not one[1].begun)  # of a doubled task the begun one stays
        numbers = {shard.project: number for number, shard in enumerate(shards)}
        wanted = frozenset(share.keys)
        plans = [self.compared_project(share, wanted, shard) for shard in shards]
        dealt = deal(
            share.keys,
            {one: numbers[held[0][0]] for one, held in found.items() if one in wanted},
            [
                len(shard.listing.tasks) - len(plan_.withdraw)
                for shard, plan_ in zip(shards, plans, strict=True)
            ],
            self.workspace.settings.studio.project_passages,
        )
        new = ProjectPlan(None, (), (), 0, 0, (), 0)
        plans += [new] * (len(dealt) - len(plans))
        return AnnotatorPlan(
            annotator=share.annotator,
            projects=tuple(
                dataclasses.replace(plan_, create=tuple(key_ for key_ in keys if key_ not in found))
                for plan_, keys in zip(plans, dealt, strict=True)
            ),
            doubled=tuple(tuple(held) for held in found.values() if len(held) > 1),
        )

    def compared_project(self, share: Share, wanted: Collection[str], shard: Shard) -> ProjectPlan:
        """What is to be done about the tasks of one project, apart from missing ones."""
        conflicts = set(self.conflicts)
        replace, withdraw, leave, begun, kept = [], [], 0, 0, 0
        for one, tasks in shard.listing.by_key().items():
            if one in wanted:
                is_right = self._is_right(share.annotator, one, tasks[0])
                leave += is_right
                begun += tasks[0].begun and not is_right
                if not is_right and not tasks[0].begun:
                    replace.append(tasks[0])
            elif document_of_key(one) in conflicts:
                leave += len(tasks)
            else:
                withdraw += [task for task in tasks if not task.begun]
                stay = sum(task.begun for task in tasks)
                if self._is_earlier(one):
                    leave += stay
                else:
                    kept += stay
        return ProjectPlan(shard.project, (), tuple(replace), leave, begun, tuple(withdraw), kept)

    def _is_earlier(self, key_: str) -> bool:
        """Whether the passage is of an earlier text that was kept beside the present one."""
        document = self.texts.of_key(key_)
        return document is not None and VERSION_OF in document.meta

    def _is_right(self, annotator: str, key_: str, task: ServerTask) -> bool:
        """Whether a task shows what it should."""
        passage, _, portion = self.sources[key_]
        if portion is None:
            return True  # nothing is known to be wrong with what it shows
        if self._is_control(annotator, passage):
            return task.predictions == 0
        return (task.predictions, task.model_versions, task.digest) == (
            1,
            (shown_version(portion.model_version),),
            suggestions_digest(passage, portion.spans),
        )

    def _is_control(self, annotator: str, passage: Passage) -> bool:
        settings = self.workspace.settings.assignment
        return is_control(passage, annotator, share=settings.control, salt=settings.salt)


@dataclass(slots=True)
class PushResult:
    """What a push did, in tasks; ``projects`` are ids by annotator ("" where all share them).

    ``created`` were sent; ``replaced`` got other suggestions; ``left`` were as they should
    be; ``begun`` have other suggestions than they would get now, and keep them; ``withdrawn``
    were deleted, since they should not be there, and ``kept`` were not, since they are
    begun. ``removed`` were doubled. ``conflicts`` are documents of which nothing was sent.
    An annotator's projects are in the order in which they are worked through; ``opened`` are
    the ones that this push added to others, since those are full.
    """

    created: int = 0
    replaced: int = 0
    left: int = 0
    begun: int = 0
    withdrawn: int = 0
    kept: int = 0
    removed: int = 0
    replaced_characters: int = 0
    conflicts: list[str] = field(default_factory=list)
    projects: dict[str, list[int]] = field(default_factory=dict)
    opened: list[int] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
