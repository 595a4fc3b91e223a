"""Gold to a pack that a person reads, edits and accepts."""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from toolkit import records
from toolkit.errors import InputError
from toolkit.model import GoldDocument
from toolkit.rules.check import Failure, check_pack, unmarked
from toolkit.rules.engine import Engine
from toolkit.rules.learning.evidence import LEAST_DOCUMENTS
from toolkit.rules.learning.expected import Expected
from toolkit.rules.learning.judge import HeldOut
from toolkit.rules.learning.learn import Learned, LearnedRule
from toolkit.rules.learning.learn import learn as learn_from
from toolkit.rules.learning.write import LEARNED, check_folder, rule_id, write_pack
from toolkit.rules.pack import Pack, load_packs
from toolkit.schema import LabelSchema
from toolkit.settings import Workspace
from toolkit.stages.workspace import Progress, pack_of, read_gold, schema_of, silent

FOLDER = "rules/learned"

_EXAMPLES = 2
"""Examples that a rule keeps."""


class LearnResult(Struct, frozen=True):
    """What was learned; nothing is written where there is no rule.

    ``entries`` counts accepted terms by kind, ``rejected`` those weighed and refused;
    ``held_out`` is what each kind did in documents that did not teach it, and ``expected``
    what the pack as a whole did there.
    """

    folder: str
    documents: int
    labels: tuple[str, ...]
    rules: int
    entries: dict[str, int]
    rejected: int
    held_out: tuple[HeldOut, ...]
    expected: Expected
    packs: tuple[str, ...]


def learn(
    workspace: Workspace,
    source: Path | None = None,
    target: Path | None = None,
    *,
    progress: Progress = silent,
) -> LearnResult:
    """Propose rules from gold, on top of the workspace's packs, as a pack in a folder.

    Args:
        workspace: whose packs are today's rules; a pack in ``target`` isn't one of them.
        source: gold; default: the workspace's.
        target: the folder; default: rules/learned in the workspace.
        progress: told of each document.

    Raises:
        InputError: there are fewer than two gold documents.
        UsageError: the folder holds what a person made or edited.
    """
    folder = target or workspace.root / FOLDER
    check_folder(folder)
    gold = list(records.read_jsonl(source, GoldDocument) if source else read_gold(workspace))
    if len(gold) < LEAST_DOCUMENTS:
        raise InputError(
            f"{source or workspace.gold} has {len(gold)} gold documents, and one teaches nothing",
            "Annotate and merge more documents first.",
        )
    schema = schema_of(workspace)
    packs = [
        name
        for name in workspace.settings.rules.packs
        if (workspace.root / name).resolve() != folder.resolve()
    ]
    learned = learn_from(gold, Engine(pack_of(workspace, packs)), progress)
    names = workspace.settings.rules.labels
    rules = with_examples(learned, packs, workspace.root, schema, names)
    if rules:
        write_pack(folder, learned, rules)
    entries: Counter[str] = Counter()
    for rule in rules:
        entries[rule.form.kind] += len(rule.entries)
    return LearnResult(
        folder=str(folder),
        documents=len(gold),
        labels=learned.labels,
        rules=len(rules),
        entries=dict(entries),
        rejected=len(learned.rejected),
        held_out=learned.held_out,
        expected=learned.expected,
        packs=tuple(packs),
    )


def with_examples(
    learned: Learned,
    packs: Sequence[str],
    root: Path,
    schema: LabelSchema,
    names: Mapping[str, str] | None = None,
) -> list[LearnedRule]:
    """The learned rules with examples that hold beside the other packs' rules.

    ``names`` are what the schema calls labels that the packs call otherwise.

    Rules for which none holds are left out, and so are those that spoil another rule's
    example.
    """
    rules = [rule for rule in learned.rules if rule.examples]
    while rules:
        with tempfile.TemporaryDirectory() as temporary:
            write_pack(Path(temporary), learned, rules)
            pack = load_packs([*packs, temporary], root, schema, names)
            failures = check_pack(pack)
            spoilers = _spoilers(failures, pack)
        failed: dict[str, set[str]] = {}
        for failure in failures:
            failed.setdefault(failure.rule, set()).add(failure.example)
        kept = []
        for number, rule in enumerate(rules):
            name = rule_id(number, rule)
            holding = tuple(e for e in rule.examples if e not in failed.get(name, ()))
            if holding and name not in spoilers:
                kept.append(replace(rule, examples=holding))
        # Fewer examples change nothing about what the others find; fewer rules may.
        if len(kept) == len(rules):
            rules = kept
            break
        rules = kept
    return [replace(rule, examples=rule.examples[:_EXAMPLES]) for rule in rules]


def _spoilers(failures: Sequence[Failure], pack: Pack) -> set[str]:
    """The learned rules that find something in an example of another pack's rule that fails."""
    others = [failure for failure in failures if not failure.rule.startswith(LEARNED)]
    if not others:
        return set()
    engine = Engine(pack)
    texts = [unmarked(failure.example)[0] for failure in others]
    learned = [rule for rule in pack.rules if rule.id.startswith(LEARNED)]
    return {rule.id for rule in learned for text in texts if engine.alone(rule, text)}
