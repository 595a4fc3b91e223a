"""A rule pack: a folder with ``pack.toml`` and lexicons, read and checked as a whole.

::

    [pack]        name, version, description
    [lexicons]    place = "lexicons/place.txt"
    [macros]      num = "[0-9]+"                     used as {num}; lexicons too, as {place}
    [[rule]]
    id = "loc.place"                                 kind.detail, unique in the pack
    kind = "lexicon" | "pattern" | "tokens" | "veto"
    label = "LOC"                                    not for a veto
    score = 0.9                                      how often it is right, 0 to 1
    why = "one line"
    examples = ["在[[武汉]]发生"]                     [[ and ]] mark the span
    counter_examples = ["武汉大学"]                   the rule proposes nothing here
    lexicon = "place"                                one or more, for kind lexicon
    whole_words = false                              only where the term cuts no word
    pattern = "…(?P<span>…)…"                        for kind pattern
    tokens = [{tags = "ns"}, {ends = "suffix"}]      for kind tokens; see tokens.Step
    after = ["ORG"]   before = ["PERSON"]            only beside such a candidate
    everywhere = true                                also at the text's other occurrences

A veto has a lexicon, a pattern or tokens, and ``labels`` (all, if none are named); it
strikes candidates that lie within what it finds, with ``covers = "equal"`` only those
that are just that, with "overlap" all that share a character with it. Packs stack: a
later rule replaces one with the same id.
"""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

import msgspec
from msgspec import Struct

from toolkit import resources
from toolkit.errors import RuleError
from toolkit.rules.lexicon import Lexicon, named_lexicons, read_lexicon
from toolkit.rules.pattern import check_pattern, expand
from toolkit.rules.search import Look, Pattern, Terms, Words
from toolkit.rules.sequence import Step, check_steps, lexicons_of
from toolkit.schema import LabelSchema

FILE_NAME = "pack.toml"

Kind = Literal["lexicon", "pattern", "tokens", "veto"]


class Rule(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One ``[[rule]]`` table; the module's docstring says what each key means."""

    id: str
    kind: Kind
    why: str
    label: str = ""
    score: float = 1.0
    examples: tuple[str, ...] = ()
    counter_examples: tuple[str, ...] = ()
    lexicon: str = ""
    whole_words: bool = False
    pattern: str = ""
    tokens: tuple[Step, ...] = ()
    after: tuple[str, ...] = ()
    before: tuple[str, ...] = ()
    everywhere: bool = False
    labels: tuple[str, ...] = ()
    covers: Literal["inside", "equal", "overlap"] = "inside"


class Pack:
    """The rules of one or more stacked packs, ready to run.

    ``looks`` holds what each rule looks for, by rule id; ``labels`` the labels that rules
    may give; ``warnings`` what is odd about the pack without being wrong.
    """

    def __init__(
        self,
        *,
        name: str,
        version: str,
        rules: Sequence[Rule],
        looks: dict[str, Look],
        model_version: str,
        labels: Sequence[str] = (),
        warnings: Sequence[str] = (),
    ) -> None:
        self.name = name
        self.version = version
        self.rules = tuple(rules)
        self.looks = looks
        self.model_version = model_version
        self.labels = tuple(labels)
        self.warnings = tuple(warnings)


def load_packs(names: Sequence[str], root: Path, schema: LabelSchema) -> Pack:
    """Read packs and stack them, later ones over earlier ones.

    Args:
        names: each the name of a pack that we ship, or a folder relative to ``root``.
        root: the workspace's folder.
        schema: the labels that rules may give.

    Raises:
        RuleError: names file, rule and reason: an unknown pack, TOML that isn't, an
            unknown key, a bad pattern, a score outside 0 to 1, an id used twice, a
            lexicon that is missing, a label that the schema lacks, and the like.
    """
    if not names:
        raise RuleError("no rule pack is named", 'Name one: packs = ["epidemic_news"].')
    rules: dict[str, Rule] = {}
    looks: dict[str, Look] = {}
    shelf = _Shelf()
    heads = []
    for name in names:
        folder = _folder(name, root)
        head, own = _read(folder, shelf)
        heads.append(head)
        for rule in own:
            _check_rule(rule, folder / FILE_NAME, schema)
            looks[rule.id] = _look(rule, folder / FILE_NAME, shelf)
            rules[rule.id] = rule
    title = "+".join(head.name for head in heads)
    version = "+".join(head.version for head in heads)
    digest = shelf.digest(schema)
    unproposed = [v for v in schema.values if v not in {rule.label for rule in rules.values()}]
    warnings = [
        f"the label config has {value}, which no rule of pack {title} proposes"
        for value in unproposed
    ]
    model_version = f"{title}-{version}-{digest}"
    return Pack(
        name=title,
        version=version,
        rules=tuple(rules.values()),
        looks=looks,
        model_version=model_version,
        labels=schema.values,
        warnings=warnings,
    )


class _Head(Struct, frozen=True, forbid_unknown_fields=True):
    name: str
    version: str
    description: str = ""


class _File(Struct, frozen=True, forbid_unknown_fields=True):
    pack: _Head
    rule: tuple[dict[str, Any], ...] = ()
    macros: dict[str, str] = msgspec.field(default_factory=dict)
    lexicons: dict[str, str] = msgspec.field(default_factory=dict)


class _Shelf:
    """The macros and lexicons of the packs read so far, and the content of their files."""

    def __init__(self) -> None:
        self.macros: dict[str, str] = {}
        self.lexicons: dict[str, Lexicon] = {}
        self._content = hashlib.sha256()

    def read(self, path: Path) -> None:
        content = path.read_bytes()
        self._content.update(len(content).to_bytes(8, "big") + content)

    def digest(self, schema: LabelSchema) -> str:
        digest = self._content.copy()
        digest.update(schema.fingerprint.encode())
        return digest.hexdigest()[:12]


def _folder(name: str, root: Path) -> Path:
    shipped = resources.rule_packs()
    known = sorted(path.parent.name for path in shipped.glob(f"*/{FILE_NAME}"))
    if name in known:
        return shipped / name
    folder = root / Path(name).expanduser()
    if (folder / FILE_NAME).is_file():
        return folder
    raise RuleError(
        f"there is no rule pack {name!r}: neither one that we ship nor {folder / FILE_NAME}",
        f"We ship {', '.join(known) or 'none'}.",
    )


def _read(folder: Path, shelf: _Shelf) -> tuple[_Head, list[Rule]]:
    path = folder / FILE_NAME
    try:
        content = tomllib.loads(path.read_text("utf-8"))
        file = msgspec.convert(content, _File)
    except OSError as error:
        raise RuleError(f"{path}: can't be read ({error.strerror})") from None
    except UnicodeDecodeError:
        raise RuleError(f"{path}: is not UTF-8", "Save it as UTF-8.") from None
    except (tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise RuleError(f"{path}: {error}", "See docs/rules.md for what a pack may say.") from None
    shelf.read(path)
    shelf.macros.update(file.macros)
    for name, place in file.lexicons.items():
        shelf.lexicons[name] = read_lexicon(name, folder / place)
        shelf.read(folder / place)
    rules: dict[str, Rule] = {}
    for number, table in enumerate(file.rule, start=1):
        rule = _rule(table, f"{path}: rule {table.get('id', f'number {number}')}")
        if rule.id in rules:
            raise RuleError(f"{path}: rule {rule.id}: two rules have this id", "Rename one.")
        rules[rule.id] = rule
    return file.pack, list(rules.values())


def _rule(table: dict[str, Any], where: str) -> Rule:
    try:
        return msgspec.convert(table, Rule)
    except msgspec.ValidationError as error:
        raise RuleError(f"{where}: {error}", "See docs/rules.md for what a rule may say.") from None


def _check_rule(rule: Rule, path: Path, schema: LabelSchema) -> None:
    veto = rule.kind == "veto"
    ways = [bool(rule.lexicon), bool(rule.pattern), bool(rule.tokens)]
    own_way = {"lexicon": rule.lexicon, "pattern": rule.pattern, "tokens": rule.tokens}
    unknown = [
        label
        for label in (rule.label, *rule.labels, *rule.after, *rule.before)
        if label and label not in schema
    ]
    wrong = [
        (not rule.id.strip(), "its id is empty"),
        (not rule.why.strip() or "\n" in rule.why, "why is not one line"),
        (not 0 < rule.score <= 1, f"score {rule.score} is not between 0 and 1"),
        (not rule.examples, "it has no example"),
        (
            rule.everywhere and bool(veto or rule.after or rule.before),
            "everywhere goes with neither a veto nor after and before",
        ),
        (veto and bool(rule.label), "a veto has labels, not a label"),
        (not veto and not rule.label, "it has no label"),
        (not veto and bool(rule.labels), "only a veto has labels"),
        (
            bool(unknown),
            f"the label config has no {', '.join(unknown)} (it has {', '.join(schema.values)})",
        ),
        (sum(ways) != 1, "it needs exactly one of lexicon, pattern, tokens"),
        (not veto and not own_way.get(rule.kind), f"its kind is {rule.kind}, and that is missing"),
    ]
    for is_wrong, reason in wrong:
        if is_wrong:
            raise RuleError(f"{path}: rule {rule.id}: {reason}", "Correct it in that file.")


def _look(rule: Rule, path: Path, shelf: _Shelf) -> Look:
    try:
        if rule.pattern:
            pattern = expand(rule.pattern, shelf.macros, shelf.lexicons)
            check_pattern(pattern)
            return Pattern(pattern)
        if rule.tokens:
            check_steps(rule.tokens, shelf.lexicons)
            names = " ".join(name for step in rule.tokens for name in lexicons_of(step))
            used = named_lexicons(names, shelf.lexicons)
            return Words(rule.tokens, {lexicon.name: lexicon for lexicon in used})
        lexicons = named_lexicons(rule.lexicon, shelf.lexicons)
        terms = sorted({term for lexicon in lexicons for term in lexicon.terms})
        return Terms(tuple(terms), rule.whole_words)
    except ValueError as error:
        raise RuleError(f"{path}: rule {rule.id}: {error}", "Correct it in that file.") from None
