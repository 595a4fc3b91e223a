"""Words in classes: words of one class satisfy the same steps of token rules."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Literal, cast

from toolkit.rules.borders import BORDER
from toolkit.rules.lexicon import Lexicon, named_lexicons
from toolkit.rules.sequence import Step
from toolkit.rules.tokens import tag_of, tags_among, tags_of

_REMEMBERED = 200_000
"""Words that are remembered; most of them come back."""

_LONGEST = 100
"""Characters; longer words are classified anew each time."""


class Classes(dict[str, int]):
    """The class of a word: words of one class satisfy the same steps.

    ``masks`` has each class's steps as bits; ``context`` is the text that words are asked
    from, for the few that are cut differently where they stand alone.
    """

    def __init__(self) -> None:
        super().__init__()
        self.masks: list[int] = []
        self.context = ""
        self._known: dict[int, int] = {}
        self._any_tag = 0
        self._any_word = 0
        self._tags: dict[str, int] = {}
        self._families: dict[str, int] = {}
        self._tag_masks: dict[str, int] = {}
        self._lengths: list[tuple[int, int, int]] = []
        self._length_masks: dict[int, int] = {}
        self._listed: frozenset[str] = frozenset()
        self._firsts: frozenset[str] = frozenset()
        self._lasts: frozenset[str] = frozenset()
        self._plain: dict[tuple[str, int], int] = {}
        self._made_of_steps = 0
        self._also = _Terms()
        self._words = _Terms()
        self._begins = _Terms()
        self._ends = _Terms(-1)
        self._not_in = _Terms()
        self._not_ends = _Terms(-1)
        self._made_of: list[tuple[int, list[frozenset[str]]]] = []

    def add(self, step: Step, bit: int, lexicons: Mapping[str, Lexicon]) -> None:
        """One more step."""
        for tag in step.tags.split():
            table, name = (self._families, tag[:-1]) if tag.endswith("*") else (self._tags, tag)
            table[name] = table.get(name, 0) | bit
        if not step.tags:
            self._any_tag |= bit
        if not (step.words or step.lexicon or step.begins or step.ends):
            self._any_word |= bit
        self._lengths.append((step.min, step.max, bit))
        self._words.add(step.words, bit)
        for terms, names in (
            (self._also, step.also),
            (self._words, step.lexicon),
            (self._begins, step.begins),
            (self._ends, step.ends),
            (self._not_in, step.not_in),
            (self._not_ends, step.not_ends),
        ):
            for lexicon in named_lexicons(names, lexicons):
                terms.share(lexicon, bit)
        made_of = named_lexicons(step.made_of, lexicons)
        if made_of:
            self._made_of.append((bit, [frozenset(lexicon.terms) for lexicon in made_of]))

    def settle(self) -> None:
        """All steps are added."""
        for terms in (
            self._also,
            self._words,
            self._begins,
            self._ends,
            self._not_in,
            self._not_ends,
        ):
            terms.settle()
        for terms in (self._begins, self._ends, self._not_ends):
            terms.index()
        self._listed = self._also.terms | self._words.terms | self._not_in.terms | {BORDER}
        self._firsts = self._begins.edges
        self._lasts = self._ends.edges | self._not_ends.edges
        self._made_of_steps = sum(bit for bit, _ in self._made_of)

    def of(self, words: Sequence[str], text: str) -> list[int]:
        """The classes of a text's words.

        Those that are new are learnt together: to ask for one at a time takes longer.
        """
        found = list(map(self.get, words))
        if None in found:
            self.context = text
            new = [index for index, class_ in enumerate(found) if class_ is None]
            self._learn_all(words, new)
            for index in new:
                found[index] = self[words[index]]
        return cast("list[int]", found)

    def _learn_all(self, words: Sequence[str], new: Sequence[int]) -> None:
        """Learn the words with these numbers, as far as they needn't be asked for one by one."""
        for word, tag in tags_of({words[index] for index in new}):
            self._remember(word, self.learn(word, tag))
        unsure = [index for index in new if words[index] not in self]
        if unsure:
            for word, tag in tags_among(words, unsure):
                if word not in self:
                    self._remember(word, self.learn(word, tag))

    def __missing__(self, word: str) -> int:
        class_ = self.learn(word, tag_of(word, self.context))
        self._remember(word, class_)
        return class_

    def _remember(self, word: str, class_: int) -> None:
        if len(word) <= _LONGEST:
            if len(self) >= _REMEMBERED:
                self.clear()
            self[word] = class_

    def forget(self) -> None:
        """Begin anew; classes that were given out mean nothing any more."""
        self.clear()
        self._known.clear()
        self._plain.clear()
        self.masks.clear()

    def learn(self, word: str, tag: str) -> int:
        """The class of a word with this tag."""
        if word in self._listed or word[:1] in self._firsts or word[-1:] in self._lasts:
            return self._class_of(self._steps(word, tag))
        # All that is left to know about the word is its part of speech and its length.
        class_ = self._plain.get((tag, len(word)))
        if class_ is None:
            steps = self._steps(word, tag)
            class_ = self._class_of(steps)
            if not self._of_length(len(word)) & self._of_tag(tag) & self._made_of_steps:
                self._plain[tag, len(word)] = class_
        return class_

    def _class_of(self, steps: int) -> int:
        class_ = self._known.setdefault(steps, len(self.masks))
        if class_ == len(self.masks):
            self.masks.append(steps)
        return class_

    def _steps(self, word: str, tag: str) -> int:
        if word == BORDER:
            return 0
        also = allowed = excluded = 0
        if word in self._listed:
            also, allowed = self._also.equal(word), self._words.equal(word)
            excluded = self._not_in.equal(word)
        steps = self._of_length(len(word)) & (self._of_tag(tag) | also)
        if not steps:
            return 0
        allowed |= self._any_word
        # Beginnings and endings are only asked for where a step that is left wants to know.
        if steps & self._begins.steps & ~allowed:
            allowed |= self._begins.at_edge(word)
        if steps & self._ends.steps & ~allowed:
            allowed |= self._ends.at_edge(word)
        steps &= allowed & ~excluded
        if steps & self._not_ends.steps:
            steps &= ~self._not_ends.at_edge(word)
        for bit, sets in self._made_of:
            if steps & bit and not all(chars.issuperset(word) for chars in sets):
                steps &= ~bit
        return steps

    def _of_tag(self, tag: str) -> int:
        mask = self._tag_masks.get(tag)
        if mask is None:
            mask = self._any_tag | self._tags.get(tag, 0)
            for family, bits in self._families.items():
                mask |= bits if tag.startswith(family) else 0
            self._tag_masks[tag] = mask
        return mask

    def _of_length(self, length: int) -> int:
        mask = self._length_masks.get(length)
        if mask is None:
            mask = sum(bit for least, most, bit in self._lengths if least <= length <= most)
            if len(self._length_masks) < _LONGEST:
                self._length_masks[length] = mask
        return mask


class _Terms:
    """Which steps name a term, directly or by a lexicon; ``steps`` are all that do.

    Args:
        edge: where a term is looked for in a word: 0 at its beginning, -1 at its end.
    """

    def __init__(self, edge: Literal[0, -1] = 0) -> None:
        self._edge = edge
        self._steps: dict[str, int] = {}
        self._shared: dict[int, tuple[Lexicon, int]] = {}
        self._lengths: dict[str, list[int]] = {}
        self.steps = 0

    @property
    def terms(self) -> frozenset[str]:
        """All terms."""
        return frozenset(self._steps)

    @property
    def edges(self) -> frozenset[str]:
        """The characters at the edges of terms, as far as ``index`` wrote them down."""
        return frozenset(self._lengths)

    def add(self, terms: Iterable[str], bit: int) -> None:
        """A step names these terms."""
        self.steps |= bit
        known = self._steps
        named = dict.fromkeys(terms, bit)
        named |= {term: known[term] | bit for term in named.keys() & known.keys()}
        known |= named

    def share(self, lexicon: Lexicon, bit: int) -> None:
        """A step names a lexicon, which other steps may name too."""
        _, bits = self._shared.get(id(lexicon), (lexicon, 0))
        self._shared[id(lexicon)] = (lexicon, bits | bit)

    def settle(self) -> None:
        """All steps are known: write down what each term means."""
        for lexicon, bits in self._shared.values():
            self.add(lexicon.terms, bits)

    def index(self) -> None:
        """Write down how long the terms are that have a character at their edge."""
        edge = self._edge
        lengths: dict[str, list[int]] = {}
        for length, char in sorted({(len(term), term[edge]) for term in self._steps}):
            lengths.setdefault(char, []).append(length)
        self._lengths = lengths

    def equal(self, word: str) -> int:
        """The steps of which the word is a term."""
        return self._steps.get(word, 0)

    def at_edge(self, word: str) -> int:
        """The steps with a term that the word begins or ends with."""
        bits, most = 0, len(word)
        for length in self._lengths.get(word[self._edge], ()):
            if length > most:
                break
            part = word[most - length :] if self._edge else word[:length]
            bits |= self._steps.get(part, 0)
        return bits
