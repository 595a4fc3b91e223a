"""A project's label config on the server against ours: what differs, and what that means; pure.

Labels and names of tags tie results to tasks: where they differ, nothing may be pushed.
Colours, hints, keys and the rest of the layout only change what annotators look at.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal

from toolkit.errors import SchemaError
from toolkit.schema import LabelSchema, parse_schema
from toolkit.studio.answers import ServerProject

Remedy = Literal["push", "mend", "hand"]
"""Who makes it right: the next push, ``push --check --mend``, or only a person."""

_LOOKS = {"name": "name", "color": "colour", "hotkey": "key", "hint": "hint"}
_LOOK_ATTRIBUTES = {"background", "hint", "hotkey", "html"}


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that a project has otherwise than the workspace; ``says`` completes "it …".

    ``field`` is where it stands in the server's API; ``blocks`` is whether nothing can be
    pushed until somebody has made both alike.
    """

    what: str
    says: str
    remedy: Remedy
    blocks: bool = False
    field: str = "label_config"


def check_config(project: ServerProject, schema: LabelSchema) -> None:
    """Refuse a project whose label config can't take our suggestions; its looks may differ.

    Raises:
        SchemaError: it has other labels or other names; says which, and what to do.
    """
    blocking = [one for one in config_differences(project.label_config, schema) if one.blocks]
    if blocking:
        raise SchemaError(
            f"project {project.id} ({project.title!r}) on the server: its label config "
            f"{'; '.join(one.says for one in blocking)}",
            "Nothing was changed. Make both alike (Settings, Labeling Interface there, or "
            "[labels] config here; 'toolkit labels' changes both), or rename [project] to "
            "begin new projects.",
        )


def config_differences(xml: str, schema: LabelSchema) -> list[Difference]:
    """How a label config on the server differs from ours; what blocks comes first."""
    try:
        theirs = parse_schema(xml, _ORIGIN)
    except SchemaError as error:
        what = error.what.removeprefix(f"{_ORIGIN}: ")
        return [Difference("label config", f"can't be used: {what}", "hand", blocks=True)]
    found = [*_blocking(theirs, schema), *_looks(theirs, schema), *_layout(theirs, schema)]
    if any(one.remedy == "hand" for one in found):
        # The config is set as a whole or not at all.
        return [replace(one, remedy="hand") for one in found]
    return found


_ORIGIN = "label config"


def _blocking(theirs: LabelSchema, ours: LabelSchema) -> Iterator[Difference]:
    missing = [value for value in ours.values if value not in theirs]
    extra = [value for value in theirs.values if value not in ours]
    if missing:
        yield Difference("labels", f"lacks {', '.join(missing)}", "hand", blocks=True)
    if extra:
        says = f"has {', '.join(extra)} that ours lacks"
        yield Difference("labels", says, "hand", blocks=True)
    for what, their, our in (
        ("<Labels name>", theirs.labels_tag, ours.labels_tag),
        ("<Text name>", theirs.text_tag, ours.text_tag),
        ("task field", theirs.data_key, ours.data_key),
    ):
        if their != our:
            yield Difference(what, f"has {what} {their!r} and not {our!r}", "hand", blocks=True)


def _looks(theirs: LabelSchema, ours: LabelSchema) -> Iterator[Difference]:
    both = [value for value in ours.values if value in theirs]
    for value in both:
        there, here = theirs.label(value), ours.label(value)
        for name, what in _LOOKS.items():
            their, our = getattr(there, name), getattr(here, name)
            if their != our:
                says = f"shows {value} with the {what} {their!r} and not {our!r}"
                yield Difference(what, says, "mend")
    there_order = [value for value in theirs.values if value in ours]
    if there_order != both:
        yield Difference(
            "order", f"shows the labels as {', '.join(there_order)}: not in our order", "mend"
        )


def _layout(theirs: LabelSchema, ours: LabelSchema) -> Iterator[Difference]:
    """What differs in the rest. A control that only they have may hold people's work: it stays."""
    both = {value for value in ours.values if value in theirs}
    their_tags, our_tags = _tags(theirs, both), _tags(ours, both)
    own = _named(their_tags) - _named(our_tags)
    for tag, name in sorted(own):
        says = f"has <{tag} name={name!r}>, which ours lacks; what it gives isn't pulled"
        yield Difference("layout", says, "hand")
    if not own and their_tags != our_tags:
        yield Difference("layout", "has other tags or attributes around the labels", "mend")


_Tag = tuple[str, tuple[tuple[str, str], ...], str]
"""Name, attributes, and the text inside."""


def _tags(schema: LabelSchema, labelled: set[str]) -> list[_Tag]:
    """All tags but other labels', and without what is a label's look; labels last, sorted."""
    from defusedxml.ElementTree import fromstring

    tags: list[_Tag] = []
    labels: list[_Tag] = []
    for tag in fromstring(schema.xml).iter():
        is_label = tag.tag == "Label"
        if is_label and (tag.get("alias") or tag.get("value", "")).strip() not in labelled:
            continue
        ignored = _LOOK_ATTRIBUTES if is_label else set()
        kept = sorted((name, value) for name, value in tag.items() if name not in ignored)
        text = " ".join((tag.text or "").split())
        (labels if is_label else tags).append((str(tag.tag), tuple(kept), text))
    return [*tags, *sorted(labels)]


def _named(tags: list[_Tag]) -> set[tuple[str, str]]:
    """Tags that have a name, as controls and texts do, with it."""
    return {
        (tag, value) for tag, attributes, _ in tags for name, value in attributes if name == "name"
    }
