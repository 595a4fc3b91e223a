"""The labels of the sample annotators: written by surface, resolved to offsets.

``annotators.toml`` in the sample corpus lists, for each document, what was labelled in
reading order, and where one of the annotators differs from the others. Its head explains
the format. A list of surfaces stays readable, and stays right when the text before a
span is repaired in another way; offsets would do neither.
"""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import msgspec
from msgspec import Struct, field

from toolkit.errors import InputError, RecordError
from toolkit.model import AnnotatedSpan
from toolkit.spans import is_flat, overlaps

FILE_NAME = "annotators.toml"

NOTHING = "-"
"""The label of a stretch that was left alone."""

Difference = str | list[tuple[str, str]]
"""What one annotator did instead: another label, ``"-"``, or other ``(surface, label)`` spans."""

Row = list[str | int | dict[str, Difference]]
"""``[surface, label]``, then how many occurrences to pass over, then differences by annotator."""


class _Labels(Struct, frozen=True, forbid_unknown_fields=True):
    annotators: dict[str, str]
    documents: dict[str, list[Row]]


class _Entry(Struct, frozen=True):
    surface: str
    label: str
    skip: int = 0
    differences: dict[str, Difference] = field(default_factory=dict)


def sample_annotators(folder: Path) -> tuple[str, ...]:
    """The names of the sample annotators, in the order of the file.

    Raises:
        InputError: ``folder`` has no annotators.toml.
        RecordError: the file isn't what its head says.
    """
    return tuple(_read(folder).annotators.values())


def sample_labels(folder: Path, file_name: str, text: str) -> dict[str, list[AnnotatedSpan]]:
    """What each sample annotator labelled in one document.

    Args:
        folder: the sample corpus.
        file_name: the raw file of the document, without its folder.
        text: ``Document.text``, which the offsets count in.

    Returns:
        Each annotator's spans in reading order, flat, every one with its text.

    Raises:
        InputError: ``folder`` has no annotators.toml.
        RecordError: the file isn't what its head says, has no labels for this document,
            or a surface isn't found; names document, annotator and surface.
    """
    labels = _read(folder)
    if file_name not in labels.documents:
        raise RecordError(
            f"{folder / FILE_NAME}: no labels for {file_name}",
            f"It has {', '.join(labels.documents)}.",
        )
    keys = tuple(labels.annotators)
    entries = [_entry(row, file_name, keys) for row in labels.documents[file_name]]
    places = _places(entries, file_name, text)
    found = {}
    for key, name in labels.annotators.items():
        spans: list[AnnotatedSpan] = []
        for entry, place in zip(entries, places, strict=True):
            spans += _given(entry.differences.get(key), place, text, f"{file_name}, {name}")
        _check_flat(spans, f"{file_name}, {name}")
        found[name] = spans
    return found


def _read(folder: Path) -> _Labels:
    path = folder / FILE_NAME
    try:
        return msgspec.toml.decode(path.read_bytes(), type=_Labels)
    except OSError as error:
        raise InputError(
            f"{path}: can't be read ({error.strerror})", "Is this the folder of the sample corpus?"
        ) from None
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise RecordError(f"{path}: {error}", "The head of the file explains its rows.") from None


def _entry(row: Row, file_name: str, keys: tuple[str, ...]) -> _Entry:
    match row:
        case [str(surface), str(label)]:
            entry = _Entry(surface, label)
        case [str(surface), str(label), int(skip)]:
            entry = _Entry(surface, label, skip)
        case [str(surface), str(label), dict(differences)]:
            entry = _Entry(surface, label, 0, differences)
        case [str(surface), str(label), int(skip), dict(differences)]:
            entry = _Entry(surface, label, skip, differences)
        case _:
            raise _wrong(row, file_name)
    is_whole = entry.surface and entry.label and entry.skip >= 0
    if not is_whole or not set(entry.differences) <= set(keys):
        raise _wrong(row, file_name)
    return entry


def _wrong(row: Row, file_name: str) -> RecordError:
    return RecordError(
        f"{FILE_NAME}: {file_name} has a row that can't be read: {row}",
        'Write it as ["surface", "LABEL"]; the head of the file has the other forms.',
    )


def _places(entries: list[_Entry], file_name: str, text: str) -> list[AnnotatedSpan]:
    """Where each row's surface stands; rows that nobody labelled keep their place too."""
    places: list[AnnotatedSpan] = []
    after = 0
    for entry in entries:
        start = text.find(entry.surface, after)
        for _ in range(entry.skip):
            if start >= 0:
                start = text.find(entry.surface, start + 1)
        if start < 0:
            raise _missing(f"{file_name}, all annotators", entry.surface, text[:after])
        after = start + len(entry.surface)
        places.append(AnnotatedSpan(start, after, entry.label, entry.surface))
    return places


def _given(
    difference: Difference | None, place: AnnotatedSpan, text: str, whose: str
) -> list[AnnotatedSpan]:
    """What one annotator put at a row's place."""
    if isinstance(difference, list):
        return _other_spans(difference, place, text, whose)
    label = difference or place.label
    if label == NOTHING:
        return []
    return [AnnotatedSpan(place.start, place.end, label, place.text)]


def _other_spans(
    wanted: list[tuple[str, str]], place: AnnotatedSpan, text: str, whose: str
) -> list[AnnotatedSpan]:
    spans: list[AnnotatedSpan] = []
    after = 0
    for surface, label in wanted:
        # The first start at which the surface still shares a character with its row.
        start = text.find(surface, max(after, place.start - len(surface) + 1, 0))
        if not surface or not 0 <= start < place.end:
            raise _missing(whose, surface, text[: place.start])
        after = start + len(surface)
        spans.append(AnnotatedSpan(start, after, label, surface))
    return spans


def _missing(whose: str, surface: str, before: str) -> RecordError:
    return RecordError(
        f"{FILE_NAME}: {whose}: {surface!r} is not in the text after {before[-12:]!r}",
        "Copy the surface from the ingested text (toolkit show), and keep reading order.",
    )


def _check_flat(spans: list[AnnotatedSpan], whose: str) -> None:
    if is_flat(spans):
        return
    ordered = sorted(spans, key=lambda span: span.start)
    for left, right in pairwise(ordered):
        if overlaps(left, right):
            raise RecordError(
                f"{FILE_NAME}: {whose}: {left.text!r} and {right.text!r} overlap",
                "Spans are flat: give this annotator one of the two.",
            )
