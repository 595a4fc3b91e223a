"""The label schema, read from a Label Studio config: the single source of the labels.

A label's identifier is what Label Studio writes into results: ``alias`` where there is
one, else ``value``. What annotators see on its button is ``html`` where there is one,
so a config may show 人名 PERSON and store PERSON.
"""

from __future__ import annotations

import hashlib
import html
import itertools
import math
import re
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct

from toolkit.errors import SchemaError

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element  # only the type; parsing is defusedxml's


_TAG = re.compile(r"<[^<>]*>")

_HEX_COLOR = re.compile(r"#(?:[0-9a-f]{3}|[0-9a-f]{6})", re.IGNORECASE)

_LEAST_COLOR_DISTANCE = 0.05
"""In Oklab, where black and white are 1 apart and 0.02 is just noticeable side by side."""


class Label(Struct, frozen=True):
    """One label: its identifier, and how annotators see it.

    ``name`` is what the button says beside the identifier (人名).
    """

    value: str
    name: str
    hint: str
    color: str
    hotkey: str


class LabelSchema(Struct, frozen=True):
    """The labels of a project, and the names of the tags that Label Studio ties them to.

    ``labels_tag`` is the name of the ``<Labels>`` tag, ``text_tag`` that of the ``<Text>``
    tag, ``data_key`` the task field that the text is in; ``xml`` is the whole config.
    """

    labels: tuple[Label, ...]
    labels_tag: str
    text_tag: str
    data_key: str
    xml: str

    @property
    def values(self) -> tuple[str, ...]:
        """The label identifiers, in the order annotators see them."""
        return tuple(label.value for label in self.labels)

    @property
    def fingerprint(self) -> str:
        """Changes when a label is added, removed or renamed, and not with a colour."""
        return hashlib.sha256("\n".join(sorted(self.values)).encode()).hexdigest()[:12]

    def __contains__(self, value: object) -> bool:
        return value in self.values

    def label(self, value: str) -> Label:
        """The label with this identifier.

        Raises:
            SchemaError: there is none.
        """
        for label in self.labels:
            if label.value == value:
                return label
        raise SchemaError(
            f"the label config has no label {value!r}", f"It has {', '.join(self.values)}."
        )

    def lookalikes(self) -> list[tuple[Label, Label]]:
        """Pairs of labels whose colours an annotator can hardly tell apart on the page.

        Only colours written as ``#rgb`` or ``#rrggbb`` are compared; the distance is that
        of Oklab (Ottosson 2020, "A perceptual color space for image processing").
        """
        seen = [
            (label, _oklab(label.color))
            for label in self.labels
            if _HEX_COLOR.fullmatch(label.color)
        ]
        return [
            (a, b)
            for (a, at_a), (b, at_b) in itertools.combinations(seen, 2)
            if math.dist(at_a, at_b) < _LEAST_COLOR_DISTANCE
        ]


def read_schema(path: Path) -> LabelSchema:
    """Read a label config file.

    Raises:
        SchemaError: it isn't there, isn't XML, or isn't a config for labelling one text.
    """
    try:
        xml = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise SchemaError(
            f"{path}: no such label config",
            "Name an existing one as [labels] config in toolkit.toml.",
        ) from None
    except OSError as error:
        raise SchemaError(
            f"{path}: can't be read ({error.strerror})",
            "Name a label config file as [labels] config in toolkit.toml.",
        ) from None
    except UnicodeDecodeError as error:
        raise SchemaError(
            f"{path}: not UTF-8 text ({error.reason} at byte {error.start})", "Save it as UTF-8."
        ) from None
    return parse_schema(xml, str(path))


def parse_schema(xml: str, origin: str = "label config") -> LabelSchema:
    """Read a label config from a string; ``origin`` names it in errors.

    Raises:
        SchemaError: it isn't XML, or isn't a config for labelling one text.
    """
    from xml.etree.ElementTree import ParseError

    from defusedxml.common import DefusedXmlException
    from defusedxml.ElementTree import fromstring

    try:
        root = fromstring(xml)
    except DefusedXmlException:
        # Entities can grow a short file to gigabytes, or read other files.
        raise SchemaError(
            f"{origin}: declares XML entities, which a label config must not",
            "Take the <!DOCTYPE …> out and write the characters themselves.",
        ) from None
    except (ParseError, ValueError) as error:
        raise SchemaError(f"{origin}: not well-formed XML ({error})", "Mend it there.") from None

    control, text = _only(root, "Labels", origin), _only(root, "Text", origin)
    if control.get("toName") != text.get("name"):
        raise SchemaError(
            f"{origin}: <Labels toName={control.get('toName')!r}> does not name the <Text> tag",
            f"Set toName={text.get('name')!r}.",
        )
    data_key = text.get("value", "")
    if not data_key.startswith("$") or not data_key[1:]:
        raise SchemaError(
            f"{origin}: <Text value={data_key!r}> names no task field", 'Use "$text".'
        )
    if text.get("granularity", "symbol") != "symbol":
        raise SchemaError(
            f"{origin}: <Text granularity={text.get('granularity')!r}> snaps selections to words",
            'Chinese needs granularity="symbol".',
        )
    labels = tuple(_label(tag, origin) for tag in control.iter("Label"))
    if not labels:
        raise SchemaError(f"{origin}: <Labels> has no <Label>", "Add at least one.")
    _distinct([label.value for label in labels], "label", origin)
    _distinct([label.hotkey for label in labels if label.hotkey], "hotkey", origin)
    return LabelSchema(labels, control.get("name", ""), text.get("name", ""), data_key[1:], xml)


def _only(root: Element, tag: str, origin: str) -> Element:
    found = list(root.iter(tag))
    if len(found) != 1:
        raise SchemaError(
            f"{origin}: needs exactly one <{tag} name=…>, has {len(found)}",
            "See label_configs/epidemic_news.xml for one that works.",
        )
    if not found[0].get("name"):
        raise SchemaError(f"{origin}: <{tag}> has no name", f'Give it one: <{tag} name="…">.')
    return found[0]


def _label(tag: Element, origin: str) -> Label:
    shown = tag.get("value", "").strip()
    if not shown:
        raise SchemaError(f"{origin}: a <Label> has no value", 'Give it one: value="PERSON".')
    value = tag.get("alias", "").strip() or shown
    button = html.unescape(_TAG.sub("", tag.get("html", ""))).strip() or shown
    return Label(
        value=value,
        name=_beside(value, button) or value,
        hint=tag.get("hint", "").strip(),
        color=tag.get("background", "").strip(),
        hotkey=tag.get("hotkey", "").strip(),
    )


def _beside(value: str, button: str) -> str:
    """What a button says beside the identifier, which may be a part of no longer word."""
    word = rf"(?<![A-Za-z0-9_]){re.escape(value)}(?![A-Za-z0-9_])"
    return " ".join(re.sub(word, " ", button).split())


def _oklab(color: str) -> tuple[float, float, float]:
    digits = color.removeprefix("#")
    if len(digits) == 3:  # noqa: PLR2004 - #rgb stands for #rrggbb
        digits = "".join(2 * digit for digit in digits)
    r, g, b = (_linear(int(digits[i : i + 2], 16) / 255) for i in (0, 2, 4))
    long = math.cbrt(0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b)
    medium = math.cbrt(0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b)
    short = math.cbrt(0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b)
    return (
        0.2104542553 * long + 0.7936177850 * medium - 0.0040720468 * short,
        1.9779984951 * long - 2.4285922050 * medium + 0.4505937099 * short,
        0.0259040371 * long + 0.7827717662 * medium - 0.8086757660 * short,
    )


def _linear(channel: float) -> float:
    """An sRGB channel as light (IEC 61966-2-1)."""
    return channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4  # noqa: PLR2004


def _distinct(values: list[str], what: str, origin: str) -> None:
    twice = sorted({value for value in values if values.count(value) > 1})
    if twice:
        raise SchemaError(
            f"{origin}: {what} {', '.join(twice)} is used twice", "Make them distinct."
        )
