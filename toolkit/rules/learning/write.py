"""What is learned as a pack: a folder that a person reads, edits and accepts.

The first line of its pack.toml holds a hash of all that was written, so that a folder that
somebody has edited is known and kept.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from toolkit import records
from toolkit.errors import UsageError
from toolkit.rules.learning.expected import Expected
from toolkit.rules.learning.form import filled, needs_lexicon
from toolkit.rules.learning.learn import Entry, Learned, LearnedRule
from toolkit.rules.pack_file import FILE_NAME
from toolkit.rules.sequence import Step

LEARNED = "learned."
"""How the ids of learned rules begin."""

REJECTED = "rejected.txt"

_NO_COMMENT = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
"""What would end a comment, or may not stand in one."""

_MARK = "# learned: sha256 "

_HEAD = """\
# What gold teaches, as 'toolkit rules learn' proposes it. Read it, strike what you don't
# believe, and stack it behind your packs: packs = [..., "rules/learned"]. Each term stands in
# its lexicon with the places that speak for it; rejected.txt has what was weighed and refused.
# Once you have edited anything here, the toolkit writes here no more.
"""


def check_folder(folder: Path) -> None:
    """Refuse to write over what a person made or edited.

    Raises:
        UsageError: the folder has something in it, and isn't as ``learn`` wrote it.
    """
    if not folder.exists() or (folder.is_dir() and not any(folder.iterdir())):
        return
    if not (folder.is_dir() and _is_as_written(folder)):
        raise UsageError(
            f"{folder} was edited, or was not made by 'toolkit rules learn'",
            "Name another folder with -o, or move this one away.",
        )


def _is_as_written(folder: Path) -> bool:
    try:
        first, _, rest = (folder / FILE_NAME).read_text(encoding="utf-8").partition("\n")
        names = {
            path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()
        } - {FILE_NAME}
        files = {name: (folder / name).read_text(encoding="utf-8") for name in names}
    except (OSError, UnicodeDecodeError):
        return False
    return first == _MARK + _hash(rest, files)


def write_pack(folder: Path, learned: Learned, rules: Sequence[LearnedRule]) -> None:
    """Write a folder with these of the learned rules; what ``learn`` wrote there before goes.

    Raises:
        UsageError: as ``check_folder``.
        InputError: a file can't be written.
    """
    check_folder(folder)
    files = {f"lexicons/{_lexicon(n, r)}.txt": _terms(r) for n, r in enumerate(rules) if _has(r)}
    files[REJECTED] = _rejected(learned)
    written = _HEAD + "\n".join(_pack(learned, rules))
    for old in [path for path in folder.rglob("*.txt") if path.is_file()]:
        if old.relative_to(folder).as_posix() not in files:
            old.unlink()
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        records.write_text(folder / name, text)
    records.write_text(folder / FILE_NAME, f"{_MARK}{_hash(written, files)}\n{written}")


def rule_id(number: int, rule: LearnedRule) -> str:
    """The id of a learned rule; ``number`` is its place among the learned rules."""
    return f"{LEARNED}{rule.form.kind}.{rule.form.label.lower()}.{number + 1}"


def _hash(written: str, files: dict[str, str]) -> str:
    digest = hashlib.sha256(written.encode())
    for name in sorted(files):
        digest.update(f"\0{name}\0{files[name]}".encode())
    return digest.hexdigest()


def _has(rule: LearnedRule) -> bool:
    return needs_lexicon(rule.form)


def _lexicon(number: int, rule: LearnedRule) -> str:
    return rule_id(number, rule).replace(".", "_")


def _pack(learned: Learned, rules: Sequence[LearnedRule]) -> Iterator[str]:
    about = f"Learned from {learned.documents} gold documents. {_expected(learned.expected)}"
    yield f'[pack]\nname = "learned"\nversion = "1"\ndescription = {_quoted(about)}\n'
    yield "[lexicons]"
    for number, rule in enumerate(rules):
        if _has(rule):
            name = _lexicon(number, rule)
            yield f"{name} = {_quoted(f'lexicons/{name}.txt')}"
    for number, rule in enumerate(rules):
        yield from _rule(number, rule)
    yield ""


def _expected(expected: Expected) -> str:
    before, after = expected.before, expected.after
    return (
        "On documents that didn't teach it (cross-validation): strict F1 "
        f"{before.f1:.3f} -> {after.f1:.3f}, {before.work} -> {after.work} actions of editing."
    )


def _rule(number: int, learned: LearnedRule) -> Iterator[str]:
    terms = [entry.term for entry in learned.entries]
    rule = filled(learned.form, _lexicon(number, learned), terms)
    yield "\n[[rule]]"
    yield f"id = {_quoted(rule_id(number, learned))}"
    yield f'kind = "{rule.kind}"'
    if rule.kind == "veto":
        yield f"labels = [{_quoted(learned.form.label)}]"
        yield 'covers = "equal"'
    else:
        yield f"label = {_quoted(rule.label)}"
        yield f"score = {learned.score}"
    yield f"why = {_quoted(_why(learned))}"
    if rule.pattern:
        yield f"pattern = {_quoted(rule.pattern)}"
    if rule.lexicon:
        yield f"lexicon = {_quoted(rule.lexicon)}"
    if rule.whole_words:
        yield "whole_words = true"
    for key, labels in (("before", rule.before), ("after", rule.after)):
        if labels:
            yield f"{key} = [{_quoted(labels[0])}]"
    if rule.tokens:
        yield f"tokens = [{', '.join(map(_step, rule.tokens))}]"
    yield f"examples = [{', '.join(map(_quoted, learned.examples))}]"
    if not _has(learned):
        for entry in learned.entries:
            yield f"# {entry.term}: {_evidence(entry)}"


def _why(rule: LearnedRule) -> str:
    what = f" ({rule.form.what})" if rule.form.what else ""
    verb = "wrong" if rule.form.veto else "right"
    return f"learned: {verb} {rule.right} of {rule.spans} in {rule.documents} documents{what}"


def _step(step: Step) -> str:
    pairs = [
        (key, getattr(step, key))
        for key in ("tags", "lexicon", "begins", "ends", "repeat")
        if getattr(step, key)
    ]
    parts = [f"{key} = {_quoted(value)}" for key, value in pairs]
    parts += [f"min = {step.min}"] * (step.min != 1) + [f"max = {step.max}"] * (
        step.max != Step().max
    )
    parts += ["span = false"] * (not step.span)
    return "{ " + ", ".join(parts) + " }"


def _terms(rule: LearnedRule) -> str:
    lines = [f"# {_why(rule)}"]
    lines += [f"{entry.term}  # {_evidence(entry)}" for entry in rule.entries]
    return "\n".join(lines) + "\n"


def _evidence(entry: Entry) -> str:
    places = "; ".join(f"{p.doc_id} {p.start}-{p.end} {p.snippet}" for p in entry.places)
    return _NO_COMMENT.sub(
        " ",
        f"{entry.right} of {entry.spans} in {entry.documents} documents, "
        f"estimate {entry.estimate:.2f}, saves {entry.saved}: {places}",
    )


def _rejected(learned: Learned) -> str:
    lines = [
        "# Weighed and refused. To overrule, copy a term into a lexicon of the pack.",
        "# kind, label, where | term | evidence | reason",
    ]
    for one in learned.rejected:
        where = f"{one.form.kind} {one.form.label} {one.form.what}".strip()
        lines.append(f"# {where} | {one.entry.term} | {_evidence(one.entry)} | {one.reason}")
    return "\n".join(lines) + "\n"


def _quoted(text: str) -> str:
    """A TOML string, which is JSON's but for one character."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
