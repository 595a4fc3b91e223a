"""Gold to a version of the dataset, with all that has to be known of how it came about."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from itertools import accumulate, pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

import msgspec
from msgspec import Struct

from toolkit import records
from toolkit.errors import UsageError
from toolkit.model import GoldDocument, latest_annotations
from toolkit.settings import (
    FILE_NAME,
    Nesting,
    Settings,
    Workspace,
    check_version,
    is_fold_count,
    replace,
)
from toolkit.stages.results import agreement
from toolkit.stages.workspace import (
    has_annotations,
    read_annotations,
    read_gold,
    read_reviews,
    schema_of,
)

if TYPE_CHECKING:
    from toolkit.datasets.export import Exported
    from toolkit.datasets.leakage import NearCopies
    from toolkit.rules.tokens import Tokenizer


def export(
    workspace: Workspace,
    *,
    version: str | None = None,
    formats: Sequence[str] = (),
    nesting: str | None = None,
    k_fold: int | None = None,
    names: bool = False,
    force: bool = False,
    watched: Callable[[str], None] | None = None,
) -> Exported:
    """Gold to a version of the dataset under exports/.

    Which split each document was dealt to is added to ``splits.jsonl``, which later versions
    keep to. ``names`` writes people's names and not A1, A2 …; with ``k_fold`` and no version,
    the version is the workspace's with the number of folds behind it. ``[parallel]`` says where
    it is done, which no byte depends on; ``watched`` is told the address of a dashboard, where
    there is one.

    Raises:
        UsageError: version, nesting or number of folds is none.
    """
    from toolkit.datasets.export import export as write
    from toolkit.datasets.splits import salt_of
    from toolkit.parallel.engines import fitted, open_engine

    settings = _chosen(workspace.settings, version, nesting, k_fold)
    wanted = tuple(formats) or settings.export.formats
    facts = _facts(workspace)
    facts["command"] = _command(settings, wanted, names=names)
    deciders = _deciders(workspace)
    facts["methods"] = _methods(deciders)
    guidelines = settings.labels.guidelines
    salt = salt_of(settings.export)
    gold = workspace.gold
    parallel = fitted(settings.parallel, gold.stat().st_size if gold.exists() else 1)
    with open_engine(parallel) as engine:
        if watched and engine.dashboard:
            watched(engine.dashboard)
        exported = write(
            read_gold(workspace),
            workspace.exports / f"{settings.project.name}@{settings.export.version}",
            schema=schema_of(workspace),
            guidelines=workspace.path(guidelines) if guidelines else None,
            settings=settings,
            formats=wanted,
            facts=facts,
            words=DocumentWords(workspace),
            recorded=_recorded(workspace, salt),
            near_copies=_near_copies(settings.corpus.near_duplicates),
            people=_people(deciders),
            named=names,
            force=force,
            each=engine.each,
        )
    _record(workspace, exported.folder, salt)
    return exported


def _deciders(workspace: Workspace) -> set[str]:
    """The methods and people who decided on spans of the gold."""
    return {span.decided_by for gold in read_gold(workspace) for span in gold.spans}


def _people(deciders: set[str]) -> set[str]:
    """The people among them, reviewers above all: whoever is no method."""
    from toolkit.gold.methods import METHODS
    from toolkit.stages.importing import DECIDED_BY

    return deciders - {*METHODS, "single", DECIDED_BY, ""}


def _methods(deciders: set[str]) -> dict[str, dict[str, str]]:
    """What each of the methods among them does, and what its confidence means."""
    from toolkit.gold.methods import METHODS

    return {
        name: {"does": METHODS[name].title, "confidence": METHODS[name].confidence}
        for name in sorted(deciders & METHODS.keys())
    }


def _not_gold(workspace: Workspace) -> dict[str, int]:
    """Documents, and of those that aren't gold how many somebody annotated, and nobody did."""
    known = {one.id for one in records.read_jsonl(workspace.documents, _Id)}
    merged = {gold.doc_id for gold in read_gold(workspace)}
    begun = {one.doc_id for one in latest_annotations(read_annotations(workspace))}
    waiting = known - merged
    return {
        "documents": len(known),
        "annotated": len(waiting & begun),
        "unannotated": len(waiting - begun),
    }


def _chosen(
    settings: Settings, version: str | None, nesting: str | None, k_fold: int | None
) -> Settings:
    """The settings, with what flags say in place of some of them."""
    chosen = settings.export
    if k_fold is not None:
        if not is_fold_count(k_fold):
            raise UsageError(f"{k_fold} folds are no cross-validation", "Say 2 or more.")
        chosen = replace(chosen, k_fold=k_fold)
        if version is None and k_fold:
            chosen = replace(chosen, version=f"{chosen.version}-{k_fold}fold")
    if version is not None:
        check_version(version)
        chosen = replace(chosen, version=version)
    if nesting is not None:
        if nesting not in get_args(Nesting):
            raise UsageError(f"there is no nesting {nesting!r}", "Say outermost or innermost.")
        chosen = replace(chosen, nesting=nesting)
    changed: Settings = replace(settings, export=chosen)
    return changed


def _command(settings: Settings, formats: Sequence[str], *, names: bool) -> list[str]:
    """The command that writes these files from the inputs, wherever the workspace lies.

    Not the words that were typed: the same version may be asked for in several ways.
    """
    chosen = settings.export
    command = ["toolkit", "export", "--version", chosen.version, "--nesting", chosen.nesting]
    for name in formats:
        command += ["--format", name]
    if chosen.k_fold:
        command += ["--k-fold", str(chosen.k_fold)]
    return [*command, *(["--names"] if names else [])]


def _facts(workspace: Workspace) -> dict[str, Any]:
    """What the manifest and the card say besides what is counted in the gold."""
    inputs = _inputs(workspace)
    facts: dict[str, Any] = {
        "inputs": inputs,
        "words": [workspace.settings.rules.tokenizer],
        "rule_packs": _rule_packs(workspace),
    }
    if workspace.reviews.exists():
        decided = latest_annotations(read_reviews(workspace))
        facts["reviewed"] = {
            "passages": len({(one.doc_id, one.start, one.end) for one in decided}),
            "documents": len({one.doc_id for one in decided}),
        }
    if has_annotations(workspace):
        if workspace.documents.exists():
            facts["not_gold"] = _not_gold(workspace)
        measured = msgspec.to_builtins(agreement(workspace))
        # The figures are of these annotations, whatever the gold was merged from.
        facts["agreement"] = {"annotations": inputs[workspace.annotations.name], **measured}
        counted = latest_annotations(read_annotations(workspace))
        facts["suggestions_shown"] = {
            "annotations": len(counted),
            "with_suggestions": sum(one.suggested is not None for one in counted),
        }
    return facts


def _inputs(workspace: Workspace) -> dict[str, str]:
    """The SHA-256 of everything that a version is made from, by the file's name."""
    labels = workspace.settings.labels
    paths = [
        workspace.root / FILE_NAME,
        workspace.documents,
        workspace.suggestions,
        workspace.annotations,
        workspace.reviews,
        workspace.gold,
        *(workspace.path(name) for name in (labels.config, labels.guidelines) if name),
    ]
    return {path.name: _sha256(path) for path in paths if path.is_file()}


class _Id(Struct, frozen=True):
    """The part of a document that says which one it is."""

    id: str


class _Suggested(Struct, frozen=True):
    """The part of a suggestion or an annotation that says which rules made it."""

    model_version: str | None = None
    suggested: str | None = None


def _rule_packs(workspace: Workspace) -> list[str]:
    """Name, version and hash of the rules whose suggestions there are, or were shown."""
    found: set[str | None] = set()
    for path in (workspace.suggestions, workspace.annotations):
        if path.exists():
            for one in records.read_jsonl(path, _Suggested):
                found |= {one.model_version, one.suggested}
    return sorted(version for version in found if version)


def _recorded(workspace: Workspace, salt: str) -> dict[str, str]:
    """Which split each document was dealt to before, in the division of this salt."""
    from toolkit.datasets.splits import Dealt

    if not workspace.splits.exists():
        return {}
    dealt = records.read_jsonl(workspace.splits, Dealt)
    return {one.doc_id: one.split for one in dealt if one.salt == salt}


def _record(workspace: Workspace, version: Path, salt: str) -> None:
    """Keep what a version dealt, beside what other versions and divisions did."""
    from toolkit.datasets.export import SPLITS
    from toolkit.datasets.splits import Dealt

    kept: dict[tuple[str, str], Dealt] = {}
    if workspace.splits.exists():
        for one in records.read_jsonl(workspace.splits, Dealt):
            kept[one.salt, one.doc_id] = one
    before = dict(kept)
    for one in records.read_jsonl(version / SPLITS, Dealt):
        kept[salt, one.doc_id] = Dealt(one.doc_id, one.split, salt)
    if kept != before:
        records.write_jsonl(workspace.splits, kept.values())


def _near_copies(threshold: float) -> NearCopies | None:
    """Finds near-duplicates as ``ingest`` does; None where the workspace wants no groups."""
    return partial(_firsts, threshold) if threshold else None


def _firsts(threshold: float, texts: Iterable[str]) -> list[int | None]:
    """For each text the number of the first of its group, if it is in one."""
    from toolkit.corpus.duplicates import NearDuplicates

    count = 0
    with NearDuplicates(threshold) as near:
        for text in texts:
            near.add(text)
            count += 1
        groups = near.groups()
    return [groups.first(number) for number in range(count)]


class _Given(Struct, frozen=True):
    """The part of a document that says how it is cut into words."""

    id: str
    tokens: tuple[tuple[int, int], ...] | None = None


class DocumentWords:
    """Cuts a text into words: the document's own tokens, or the workspace's tokenizer.

    A process that it is sent to reads the documents anew.
    """

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._tokens: dict[str, tuple[tuple[int, int], ...]] | None = None

    def __reduce__(self) -> tuple[type[DocumentWords], tuple[Workspace]]:
        return (type(self), (self._workspace,))

    def __call__(self, document: GoldDocument) -> Sequence[tuple[int, int]]:
        """The words of a document: half-open offsets that cover its text."""
        if self._tokens is None:
            path = self._workspace.documents
            given = records.read_jsonl(path, _Given) if path.exists() else iter(())
            self._tokens = {one.id: one.tokens for one in given if one.tokens is not None}
        if document.doc_id in self._tokens:
            return _covering(self._tokens[document.doc_id], len(document.text))
        words = _cut(document.text, self._workspace.settings.rules.tokenizer)
        return list(pairwise(accumulate(map(len, words), initial=0)))


def _cut(text: str, tokenizer: Tokenizer) -> list[str]:
    from toolkit.rules.tokens import tagged, words_of

    # The words are the same as with tags, which take rjieba half as long again.
    return words_of(text) if tokenizer == "rjieba" else [word for word, _ in tagged(text, "jieba")]


def _covering(tokens: Sequence[tuple[int, int]], length: int) -> list[tuple[int, int]]:
    """Tokens, and what lies between them as tokens too."""
    covering: list[tuple[int, int]] = []
    place = 0
    for start, end in (*tokens, (length, length)):
        if place < start:
            covering.append((place, start))
        if start < end:
            covering.append((start, end))
        place = end
    return covering


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
