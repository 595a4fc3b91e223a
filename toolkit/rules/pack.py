"""A rule pack: a folder with ``pack.toml`` and lexicons, read and checked as a whole.

::

    [pack]        name, version, description; nests = ["LOC"]
    [lexicons]    place = "lexicons/place.txt"
    [macros]      num = "[0-9]+"                     used as {num}; lexicons too, as {place}
    [[rule]]
    id = "loc.place"                                 kind.detail, unique in the pack
    kind = "lexicon" | "pattern" | "tokens" | "compose" | "document" | "veto"
    label = "LOC"                                    not for a veto
    score = 0.9                                      how often it is right, 0 to 1
    why = "one line"
    examples = ["在[[武汉]]发生"]                     [[ and ]] mark the span
    counter_examples = ["武汉大学"]                   the rule proposes nothing here
    lexicon = "place"                                one or more, for kind lexicon
    whole_words = false                              only where the term cuts no word
    pattern = "…(?P<span>…)…"                        for kind pattern
    tokens = [{tags = "ns"}, {ends = "suffix"}]      for kind tokens; see tokens.Step
    parts = [{label = "LOC"}, {lexicon = "suffix"}]  for kind compose; see parts.Part
    finds = "extended"                               for kind document; see proofs.Way
    value = "time"                                   the normal value of its spans
    after = ["ORG"]   before = ["PERSON"]            only beside such a candidate
    everywhere = true                                also at the text's other occurrences

A veto has a lexicon, a pattern or tokens, and ``labels`` (all, if none are named); it
strikes candidates that lie within what it finds, with ``covers = "equal"`` only those
that are just that, with "overlap" all that share a character with it. Packs stack: a
later rule replaces one with the same id, and the last ``nests`` counts.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path

from toolkit import resources
from toolkit.errors import RuleError
from toolkit.rules import cache, prepared
from toolkit.rules.compiled import Compiled, compiled
from toolkit.rules.garbage import fewer_collections
from toolkit.rules.lexicon import Lexicon, named_lexicons
from toolkit.rules.pack_file import FILE_NAME, PackFile
from toolkit.rules.parts import Parts, ready_parts
from toolkit.rules.pattern import check_pattern, expand
from toolkit.rules.proofs import Proof
from toolkit.rules.rule import Rule, mistake
from toolkit.rules.search import Look, Pattern, Terms, Words
from toolkit.rules.sequence import check_steps, lexicons_of
from toolkit.schema import LabelSchema


class Pack:
    """The rules of one or more stacked packs, ready to run.

    ``labels`` are the labels that rules may give; ``nests`` those of them whose spans may lie
    inside spans of other labels; ``warnings`` what is odd about the pack without being wrong.
    """

    def __init__(self, files: Sequence[PackFile], schema: LabelSchema) -> None:
        self._files = files
        self._schema = schema
        self.name = "+".join(file.head.name for file in files)
        self.version = "+".join(file.head.version for file in files)
        self.rules = tuple({rule.id: rule for f in files for rule in f.rules.values()}.values())
        self.labels = schema.values
        said = [file.head.nests for file in files if file.head.nests is not None]
        self.nests = frozenset(said[-1] if said else ())
        digest = hashlib.sha256()
        for content in (content for file in files for content in file.content):
            digest.update(len(content).to_bytes(8, "big") + content)
        digest.update(schema.fingerprint.encode())
        self.model_version = f"{self.name}-{self.version}-{digest.hexdigest()[:12]}"
        # How many files each pack has says which of them is a pack.toml.
        counts = [len(file.content) for file in files]
        self._key = cache.key_of(digest.digest() + repr(counts).encode())

    def where(self, rule: str, key: str = "", text: str = "") -> str:
        """The file and the line of a rule, of one of its keys, or of a text behind that key."""
        return next(f for f in reversed(self._files) if rule in f.rules).where(rule, key, text)

    @cached_property
    def lexicons(self) -> dict[str, Lexicon]:
        """The lexicons of all packs by name, later ones over earlier ones."""
        return {name: one for file in self._files for name, one in file.lexicons().items()}

    @cached_property
    def looks(self) -> dict[str, Look | Parts | Proof]:
        """What each rule looks for, by rule id.

        Raises:
            RuleError: a lexicon, pattern or token rule can't be used.
        """
        looks: dict[str, Look | Parts | Proof] = {}
        macros: dict[str, str] = {}
        lexicons: dict[str, Lexicon] = {}
        for file in self._files:
            macros |= file.macros
            own = file.lexicons()
            file.check_labels(own.values(), self.labels)
            lexicons |= own
            for rule in file.rules.values():
                try:
                    looks[rule.id] = _look(rule, macros, lexicons)
                except ValueError as error:
                    keys = {"pattern": rule.pattern, "tokens": rule.tokens, "parts": rule.parts}
                    key = next((key for key, value in keys.items() if value), "lexicon")
                    raise file.error(rule.id, str(error), key) from None
        return looks

    @cached_property
    def ready(self) -> Compiled:
        """The rules as the engine runs them, by number; from the user's cache if they are there.

        Raises:
            RuleError: as ``looks``.
        """
        known = cache.load(self._key, Compiled)
        if known is None:
            self._check()
            prepared.recall([*(file.head.name for file in self._files), self.name])
            with fewer_collections():
                known = compiled({n: self.looks[rule.id] for n, rule in enumerate(self.rules)})
            cache.store(self._key, known)
            prepared.keep(self.name)
        return known

    def _check(self) -> None:
        """See that rules say what they may; what is in the cache was without mistakes."""
        for file in self._files:
            file.check_nests(self.labels)
            for rule in file.rules.values():
                key, what = mistake(rule, self._schema)
                if what:
                    raise file.error(rule.id, what, key)

    @cached_property
    def warnings(self) -> tuple[str, ...]:
        """What is odd about the pack without being wrong."""
        ready = self.ready
        proposed = {*(rule.label for rule in self.rules), *(label for _, label in ready.variants)}
        owners = {n: rule for rule, (_, parts) in ready.parts.items() for n in parts}
        slow = [self.rules[owners.get(number, number)].id for number in ready.slow]
        return (
            *(
                f"the label config has {label}, which no rule of pack {self.name} proposes"
                for label in self.labels
                if label not in proposed
            ),
            *(
                f"rule {rule} is slow: its pattern has no text that every match must hold, "
                "so it is tried at every character"
                for rule in slow
            ),
        )


def load_packs(
    names: Sequence[str],
    root: Path,
    schema: LabelSchema,
    labels: Mapping[str, str] | None = None,
) -> Pack:
    """Read packs and stack them, later ones over earlier ones.

    Args:
        names: each the name of a pack that we ship, or a folder relative to ``root``.
        root: the workspace's folder.
        schema: the labels that rules may give.
        labels: what the schema calls labels that the packs call otherwise.

    Raises:
        RuleError: names file, line, rule and reason: an unknown pack, TOML that isn't, an
            unknown key, a bad pattern, a score outside 0 to 1, an id used twice, a
            lexicon that is missing, a label that the schema lacks, and the like.
    """
    if not names:
        raise RuleError("no rule pack is named", 'Name one: packs = ["epidemic_news"].')
    files = [PackFile(_folder(name, root), labels) for name in names]
    pack = Pack(files, schema)
    _ = pack.ready  # raises what is wrong
    return pack


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


def _look(
    rule: Rule, macros: Mapping[str, str], lexicons: Mapping[str, Lexicon]
) -> Look | Parts | Proof:
    """What a rule looks for, without names.

    Raises:
        ValueError: it can't be used.
    """
    if rule.parts:
        return ready_parts(rule.parts, rule.between, macros, lexicons)
    pattern = expand(rule.pattern, macros, lexicons)
    if pattern:
        check_pattern(pattern)
    if rule.finds:
        canonical = {
            t: c for one in named_lexicons(rule.lexicon, lexicons) for t, c in one.terms.items()
        }
        return Proof(rule.finds, pattern, canonical, rule.least, rule.share, rule.min, rule.max)
    if pattern:
        return Pattern(pattern)
    if rule.tokens:
        check_steps(rule.tokens, lexicons)
        names = " ".join(name for step in rule.tokens for name in lexicons_of(step))
        used = named_lexicons(names, lexicons)
        return Words(rule.tokens, {lexicon.name: lexicon for lexicon in used})
    return _terms(rule, named_lexicons(rule.lexicon, lexicons))


def _terms(rule: Rule, lexicons: Sequence[Lexicon]) -> Terms:
    """The terms of a rule; those with another label or boundary condition apart."""
    by_way: dict[tuple[str, bool], set[str]] = {(rule.label, rule.whole_words): set()}
    canonical = {}
    for lexicon in lexicons:
        for term, form in lexicon.terms.items():
            own = lexicon.own.get(term) if rule.kind == "lexicon" else None
            label = (own and own.label) or rule.label
            whole = rule.whole_words if own is None or own.whole_words is None else own.whole_words
            by_way.setdefault((label, whole), set()).add(term)
            if form != term:
                canonical[term] = form
    (_, terms), *others = by_way.items()
    return Terms(
        tuple(sorted(terms)),
        rule.whole_words,
        canonical,
        tuple((label, Terms(tuple(sorted(t)), whole)) for (label, whole), t in others),
    )
