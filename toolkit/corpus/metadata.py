"""What a text says of itself: title, subtitle, date, source, author and editor.

It is read off the lines that stood around the article, and off the places in it where news
says such things: the headline, 本报讯(记者 …) and a signature. What isn't certain is absent;
a date without a year is never completed.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import islice

from toolkit.corpus.alignment import rewrite
from toolkit.corpus.damage import boilerplate
from toolkit.corpus.damage.bylines import byline_names, is_name
from toolkit.corpus.damage.characters import HAN
from toolkit.corpus.damage.fields import MOMENT, Field, Moment, fields_of, fold, moment_of

SEPARATOR = "; "
"""Between several names of one value: 、 and a space stand inside of names."""

_LONGEST_TITLE = 80
"""Characters; a first line that is longer is a paragraph."""

_FIRST_LINES = 8
_LAST_LINES = 3
_LONGEST_OPENING = 200
"""Characters of a paragraph in which 本报讯(记者 …) is looked for."""

_DASHES = re.compile("^(?:[—–―-]+|一一)[ \u3000]*")
_OPENING = re.compile(
    rf"^ *(?P<outlet>[{HAN}]{{1,9}}?[网报社刊台端])"
    r"(?P<wire>[^。,()]{0,24}?日 ?(?:电|讯|消息)|讯|消息)"
    r"(?: *\((?P<people>[^()]{2,40})\))?"
)
_ANONYMOUS = frozenset(("本报", "本刊", "本网", "本台", "本社", "我报", "我社"))
"""Outlets that name themselves without their names."""

_STAMP = re.compile(
    rf"(?:(?P<own>原创)[: ]+)?(?P<words>[^:>|]{{2,40}}?) *(?P<when>{MOMENT.pattern}).*"
)
_LONGEST_OUTLET = 16

_APART = re.compile("[ \u3000\u00a0\t]+")
_NAMES = re.compile("[ \u3000\u00a0\t、,，;；/]+")
_PICTURES = re.compile("图|视频")
_CREDITS = re.compile("[图圖摄攝]|文[/／|｜丨:：]")
"""文/张三 图/李四: fields, of which the second names the photographer."""

_ROLE = re.compile("(?:本报|本刊|本网|特约)?(?:记者|通讯员|作者)")


def found(text: str, removed: Sequence[str], *, is_markdown: bool = False) -> dict[str, str]:
    """The metadata of a repaired text.

    Args:
        text: the text.
        removed: the lines that stood around it and were taken out.
        is_markdown: whether a headline may begin with ``#``.

    Returns:
        Those of ``title``, ``subtitle``, ``date`` (ISO 8601; of several the one with a
        label, and the first), ``source``, ``author`` and ``editor`` (names as they stand,
        joined by ``SEPARATOR``) that are certain.
    """
    if not removed:  # where the pass is switched off, the lines are still there
        around = list(boilerplate.find(text))
        removed = [text[start:end].strip() for start, end, _ in around]
        text, _ = rewrite(text, around)
    fields = [field for line in removed for field in fields_of(line) or _stamp(line)]
    opening = _opening(text)
    title, subtitle = _titles(text, is_markdown=is_markdown)
    values = {
        "title": title,
        "subtitle": subtitle,
        "date": _date(fields) or _date_in(text),
        "source": _source(fields) or _opening_source(opening),
        "author": SEPARATOR.join(_authors(fields, removed, opening)),
        "editor": SEPARATOR.join(_people(fields, "editor")),
    }
    return {key: value for key, value in values.items() if value}


def _titles(text: str, *, is_markdown: bool) -> tuple[str, str]:
    """The headline, where something follows it, and the line below it that has a dash."""
    first, _, rest = text.strip().partition("\n")
    title = first.strip()
    if is_markdown:
        title = title.lstrip("#").strip()
    if not rest or len(title) > _LONGEST_TITLE or title.endswith("。"):
        return "", ""
    second = rest.strip().partition("\n")[0].strip()
    subtitle = _DASHES.sub("", second)
    is_subtitle = subtitle != second and len(second) <= _LONGEST_TITLE and not second.endswith("。")
    return title, subtitle if is_subtitle else ""


def _date(fields: Sequence[Field]) -> str:
    """The date of publishing, else the first with a label, else the first."""
    dates: list[tuple[bool, bool, int, str]] = []
    label = ""
    for at, field in enumerate(fields):
        moment = _moment(field.value)
        if field.kind == "date" and moment:
            dates.append((not label.startswith("发"), not label, at, moment.iso))
        label = field.label if field.kind == "date" else ""
    return min(dates)[-1] if dates else ""


def _moment(line: str, *, whole: bool = False) -> Moment | None:
    """The date that a line holds, or that it is."""
    folded = fold(line).strip()
    match = MOMENT.fullmatch(folded) if whole else MOMENT.search(folded)
    return moment_of(match) if match else None


def _date_in(text: str) -> str:
    """The date of a signature, of a line above the body, or of 新华社…2020年2月3日电."""
    lines = [line for line in text.split("\n") if line.strip()]
    for line in (*lines[-_LAST_LINES:][::-1], *lines[1:_FIRST_LINES]):
        moment = _moment(line, whole=True) if len(line) <= _LONGEST_TITLE else None
        if moment:
            return moment.iso
    opening = _opening(text)
    moment = _moment(opening["wire"]) if opening else None
    return moment.iso if moment else ""


def _opening(text: str) -> re.Match[str] | None:
    """Where the news begins: 本报讯(记者 …), 新华社武汉2月3日电."""
    lines = (line for line in text.split("\n") if line.strip())
    for line in islice(lines, _FIRST_LINES):
        opening = _OPENING.match(fold(line[:_LONGEST_OPENING]))
        if opening:
            return opening
    return None


def _source(fields: Sequence[Field]) -> str:
    for field in fields:
        if field.kind == "source" and field.value and not _PICTURES.match(field.label):
            return _without_people(field.value)[0]
    return ""


def _without_people(source: str) -> tuple[str, list[str]]:
    """来源: 长城网 张三 names the outlet and who wrote for it."""
    outlet, *people = _APART.split(source)
    if people and not is_name(fold(outlet)) and all(is_name(fold(name)) for name in people):
        return outlet, people
    return source, []


def _opening_source(opening: re.Match[str] | None) -> str:
    outlet = opening["outlet"] if opening else ""
    return "" if outlet in _ANONYMOUS else outlet


def _authors(
    fields: Sequence[Field], removed: Sequence[str], opening: re.Match[str] | None
) -> list[str]:
    """The names of the first of these that has some: a byline, a label, the opening, a source."""
    for line in removed:
        names = byline_names(fold(line).strip())
        if names and not _CREDITS.match(line):
            return _as_written(line, names)
    authors = _people(fields, "author")
    if not authors and opening and opening["people"]:
        authors = _opening_people(opening["people"])
    for field in fields:
        if field.kind == "source":
            authors = authors or _without_people(field.value)[1]
    return authors


def _opening_people(people: str) -> list[str]:
    """记者 张三 通讯员 李四, or names alone."""
    names = [name for name in _NAMES.split(people) if name]
    return names if all(map(is_name, names)) else list(byline_names(people))


def _stamp(line: str) -> list[Field]:
    """What a line without labels says: 原创 author account date, or outlet date."""
    match = _STAMP.fullmatch(fold(line).strip())
    if not match:
        return []
    *author, outlet = _APART.split(line.strip()[slice(*match.span("words"))])
    fields = [Field("date", "", match["when"])]
    if len(outlet) <= _LONGEST_OUTLET and len(author) <= (1 if match["own"] else 0):
        fields += [Field("source", "", outlet), *(Field("author", "", name) for name in author)]
    return fields


def _people(fields: Sequence[Field], kind: str) -> list[str]:
    """The names behind the first label of this kind; a value that is no list of names is one."""
    for field in fields:
        if field.kind == kind and field.value:
            words = [word for word in _NAMES.split(field.value) if not _ROLE.fullmatch(fold(word))]
            are_names = all(is_name(fold(word)) for word in words)
            return words if are_names else [" ".join(_APART.split(field.value))]
    return []


def _as_written(line: str, names: Sequence[str]) -> list[str]:
    """Folded names as the line has them: folding keeps offsets."""
    folded, written, at = fold(line), [], 0
    for name in names:
        start = folded.find(name, at)
        at = start + len(name) if start >= 0 else at
        written.append(line[start:at] if start >= 0 else name)
    return written
