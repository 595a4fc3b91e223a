"""A change of the labels themselves: renamed, merged, or split into several; pure.

Labels change in every real project. What a change means for a config, for spans, and for
the regions of Label Studio is said here once; ``toolkit.stages.labels`` carries it out over
files and projects together.
"""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Iterable, Mapping
from html import escape
from typing import Any, TypeVar

import msgspec
from msgspec import Struct, field

from toolkit.errors import SchemaError, UsageError
from toolkit.model import Span
from toolkit.schema import LabelSchema, parse_schema

S = TypeVar("S", bound=Span)

_TAG = re.compile(r"[ \t]*<Label\b[^<>]*?(?:/>|>\s*</Label>)[ \t]*\n?")

_ATTRIBUTE = r"""(?P<before>\s{name}\s*=\s*)(?P<quote>["'])(?P<value>.*?)(?P=quote)"""

_WORD_EDGE = r"(?<![A-Za-z0-9_]){}(?![A-Za-z0-9_])"

_NAME = re.compile(r"[^\s<>\"'&,]+")

_KEYS = "1234567890qwertyuiopasdfghjklzxcvbnm"

_COLORS = tuple(
    f"#{r:02x}{g:02x}{b:02x}" for r, g, b in itertools.product((0, 85, 170, 238), repeat=3)
)
"""What a new label may be coloured; the one least like those that are there is taken."""


class LabelChange(Struct, frozen=True):
    """Labels that go, and labels that take their place.

    A rename is one for one, a merge several for one, a split one for several. In a split
    a span gets the first of the new labels whose pattern matches its whole text
    (``where``), else the first of all.
    """

    old: tuple[str, ...]
    new: tuple[str, ...]
    where: dict[str, str] = field(default_factory=dict)

    @property
    def kind(self) -> str:
        """What it is called: rename, merge or split."""
        if len(self.new) > 1:
            return "split"
        return "rename" if len(self.old) == 1 else "merge"

    @property
    def words(self) -> str:
        """The change in one line."""
        return f"{self.kind} {', '.join(self.old)} → {', '.join(self.new)}"

    def label_of(self, label: str, text: str) -> str:
        """What a span with this label and text is called after the change."""
        if label not in self.old:
            return label
        for name, pattern in self.where.items():
            if re.fullmatch(pattern, text, re.DOTALL):
                return name
        return self.new[0]


def checked(change: LabelChange, schema: LabelSchema) -> LabelChange:
    """The change, if it can be made, or was made before and is only to be finished.

    Raises:
        UsageError: it names a label that isn't there, or one that is; or a pattern is none.
    """
    for name in change.new:
        if not _NAME.fullmatch(name):
            raise UsageError(f"{name!r} can't be a label", "Use letters, digits, _ and -.")
    for name, pattern in change.where.items():
        if name not in change.new:
            raise UsageError(f"--where {name}=…: {name} is none of the new labels")
        try:
            re.compile(pattern)
        except re.error as error:
            raise UsageError(f"--where {name}={pattern}: no regular expression ({error})") from None
    if len(set(change.new)) < len(change.new) or len(set(change.old)) < len(change.old):
        raise UsageError("a label is named twice", "Name each once.")
    going = [label for label in change.old if label not in change.new]
    if not going and {*change.new} <= {*change.old}:
        raise UsageError(f"{change.words} changes nothing")
    if not any(label in schema for label in going) and all(new in schema for new in change.new):
        return change  # made before; what still has the old labels is brought along
    missing = [label for label in change.old if label not in schema]
    if missing:
        raise UsageError(
            f"the label config has no label {missing[0]!r}", f"It has {', '.join(schema.values)}."
        )
    taken = [label for label in change.new if label in schema and label not in change.old]
    if taken and change.kind != "merge":
        raise UsageError(
            f"the label config has {taken[0]!r} already",
            f"To give its name to the spans of {change.old[0]}, say: labels merge"
            f" {change.old[0]} {taken[0]} --into {taken[0]}.",
        )
    return change


def changed_names(names: Mapping[str, str], change: LabelChange) -> dict[str, str]:
    """What the labels of rule packs are called after the change, by what the packs call them."""
    after = {pack: change.label_of(ours, "") for pack, ours in names.items()}
    gone = {old: change.new[0] for old in change.old if old not in change.new}
    return {pack: ours for pack, ours in (gone | after).items() if pack != ours}


def changed_spans(spans: Iterable[S], change: LabelChange) -> tuple[S, ...]:
    """The spans with the labels that they have after the change; equal ones become one.

    Spans need their text only where the change has patterns.
    """
    kept: dict[tuple[int, int, str], S] = {}
    for span in spans:
        label = change.label_of(span.label, span.text or "")
        moved = span if label == span.label else msgspec.structs.replace(span, label=label)
        kept.setdefault(moved.key, moved)
    return tuple(sorted(kept.values(), key=lambda span: span.key))


def changed_result(
    result: Iterable[Mapping[str, Any]], change: LabelChange, text: str, labels_tag: str
) -> tuple[list[dict[str, Any]], int]:
    """A result of Label Studio with the new labels, and how many regions changed.

    Everything else about a region stays, its origin too.
    """
    changed, count = [], 0
    for region in result:
        value = region.get("value", {})
        labels = value.get("labels")
        if region.get("from_name") == labels_tag and labels:
            stands = text[value.get("start", 0) : value.get("end", 0)]
            after = list(dict.fromkeys(change.label_of(label, stands) for label in labels))
            if after != labels:
                count += 1
                region = {**region, "value": {**value, "labels": after}}  # noqa: PLW2901
        changed.append(dict(region))
    return changed, count


def changed_config(xml: str, change: LabelChange, *, keep_old: bool = False) -> str:
    """A label config with the new labels; all else in it stays as it is written.

    The first of the new labels takes the place, colour and key of the first of the old ones
    that goes; further ones stand behind it, with colours and keys that are free. Hints and names on
    buttons are a person's to mend.

    Args:
        xml: the config.
        change: what changes.
        keep_old: let the old labels stand beside the new ones, for the time in which some
            work has these and some those.

    Raises:
        SchemaError: the config can't be read, or a label's tag can't be found in it.
    """
    schema = parse_schema(xml)
    place = next((old for old in change.old if old in schema), None)
    if place is None:
        return xml
    added = [new for new in change.new if new not in schema]
    tag = _tag_of(xml, place)
    if added and not keep_old and place not in change.new:
        first, *added = added
        renamed = _renamed(tag, place, first)
        xml = xml.replace(tag, renamed, 1)
        tag = renamed
    for new in added:
        made = _new_tag(parse_schema(xml), tag, new)
        xml = xml.replace(tag, tag + made, 1)
        tag = made
    for old in () if keep_old else change.old:
        schema = parse_schema(xml)
        if old in schema and old not in change.new:
            xml = xml.replace(_tag_of(xml, old), "", 1)
    parse_schema(xml)
    return xml


def _tag_of(xml: str, label: str) -> str:
    """The whole tag of a label as it is written, with its line's indentation."""
    for found in _TAG.finditer(xml):
        if (_attribute(found.group(), "alias") or _attribute(found.group(), "value")) == label:
            return found.group()
    raise SchemaError(
        f"the tag of label {label!r} can't be found as it is written in the config",
        "Write each <Label …/> without children and comments inside it.",
    )


def _attribute(tag: str, name: str) -> str:
    found = re.search(_ATTRIBUTE.format(name=name), tag, re.DOTALL)
    return found["value"].strip() if found else ""


def _renamed(tag: str, old: str, new: str) -> str:
    """The tag under its new name, wherever the old one stands as a word in it."""
    word = re.compile(_WORD_EDGE.format(re.escape(old)))
    for name in ("alias", "value", "html"):
        pattern = re.compile(_ATTRIBUTE.format(name=name), re.DOTALL)
        tag = pattern.sub(
            lambda found: (
                f"{found['before']}{found['quote']}"
                f"{word.sub(lambda _: escape(new), found['value'])}{found['quote']}"
            ),
            tag,
        )
    return tag


def _new_tag(schema: LabelSchema, beside: str, name: str) -> str:
    """A tag for a new label, indented like the one that it stands behind."""
    indent = beside[: len(beside) - len(beside.lstrip())]
    used = {label.hotkey for label in schema.labels}
    key = next((key for key in _KEYS if key not in used), "")
    hotkey = f' hotkey="{key}"' if key else ""
    color = max(_COLORS, key=lambda color: _least_likeness(color, schema))
    return f'{indent}<Label value="{escape(name)}" background="{color}"{hotkey}/>\n'


def _least_likeness(color: str, schema: LabelSchema) -> float:
    """How far a colour is from the nearest one that is in use."""
    used = [label.color for label in schema.labels if re.fullmatch(r"#[0-9a-fA-F]{6}", label.color)]
    return min((math.dist(_rgb(color), _rgb(other)) for other in used), default=0.0)


def _rgb(color: str) -> tuple[int, int, int]:
    return int(color[1:3], 16), int(color[3:5], 16), int(color[5:7], 16)
