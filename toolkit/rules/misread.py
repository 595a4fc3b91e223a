"""What is wrong with a table of a pack, in words for who wrote it.

The reader of TOML tables says what it expected in its own terms; here that becomes the key
that it is about, and what may be written there.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, get_args, get_type_hints

_AT = re.compile(r" - at `\$\.?(?P<path>[^`]*)`$")
_UNKNOWN = re.compile(r"Object contains unknown field `(?P<key>.*)`")
_MISSING = re.compile(r"Object missing required field `(?P<key>.*)`")
_VALUE = re.compile(r"Invalid enum value '?(?P<value>.*?)'?")
_TYPE = re.compile(r"Expected `(?P<wanted>[^`]*)`, got `(?P<got>[^`]*)`")

_TYPES = {
    "str": "a text in quotes",
    "float": "a number",
    "int": "a whole number",
    "bool": "true or false",
    "array": "a list in [ ]",
    "object": "a table in { }",
}


def misread(error: str, types: Mapping[str, type]) -> tuple[str, str]:
    """The key that the error is about, as it stands in the file, and what is wrong with it.

    Args:
        error: what msgspec says.
        types: the struct that was to be read, under "", and those within it, by key.
    """
    at = _AT.search(error)
    path = at["path"] if at else ""
    said = error[: at.start()] if at else error
    keys = re.sub(r"\[[^\]]*\]", "", path).split(".") if path else []
    inside = types.get(keys[0] if keys else "", types[""])
    outer, key = (keys[0], keys[-1]) if keys else ("", "")
    if unknown := _UNKNOWN.fullmatch(said):
        fields = ", ".join(get_type_hints(inside))
        return outer or unknown["key"], f"{unknown['key']!r} is none of its keys: {fields}"
    if missing := _MISSING.fullmatch(said):
        return outer, f"it has no {missing['key']}"
    if value := _VALUE.fullmatch(said):
        among = ", ".join(_values(get_type_hints(inside).get(key)))
        return outer, f"{key} {value['value']!r} is none of {among}"
    if wrong := _TYPE.fullmatch(said):
        wanted, got = (
            " or ".join(_TYPES[one] for one in wrong[side].split(" | ") if one in _TYPES)
            for side in ("wanted", "got")
        )
        return outer, f"{key} must be {wanted or wrong['wanted']}, not {got or wrong['got']}"
    return outer, error


def _values(hint: Any) -> list[str]:
    """The texts that a type of choices allows, the empty one left out."""
    found: list[str] = []
    for one in get_args(hint):
        found += [one] if isinstance(one, str) else _values(one)
    return [one for one in found if one]
