"""An annotator by another name, everywhere: projects, what they annotated, gold, toolkit.toml."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any, TypeVar

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from toolkit import records
from toolkit.errors import ServerUnreachable, UsageError
from toolkit.model import Alternative, Annotation, GoldDocument, GoldSpan
from toolkit.settings import FILE_NAME, Workspace, check_annotator, read_settings
from toolkit.stages.settings_file import rename_annotator

R = TypeVar("R", Annotation, GoldDocument)


class Renamed(Struct, frozen=True):
    """What ``annotators rename`` did.

    ``projects`` are ids of the projects that go by the new name now, null where nothing was
    ever pushed and no server runs; ``files`` counts the records that changed, by file.
    """

    old: str
    new: str
    projects: tuple[int, ...] | None
    files: dict[str, int]


def rename(workspace: Workspace, old: str, new: str) -> Renamed:
    """Call an annotator by another name; killed at any moment, it is finished by another run.

    What they annotated stays theirs: the history, the reviews and gold say the new name.
    Exported versions stay as they are. Where toolkit.toml has the new name instead of the old
    one already, what there is of the old one becomes theirs.

    Raises:
        UsageError: toolkit.toml names neither, or both; or the new name is none.
        ServerUnreachable: passages were pushed from here, and the server doesn't answer.
        StudioError: the server failed; toolkit.toml is as it was.
        WorkspaceError: toolkit.toml can't be changed by a line, or push or pull is at work.
    """
    from filelock import FileLock

    from toolkit.studio.places import make_private, places_of

    new = " ".join(new.split())
    places = places_of(workspace)
    make_private(places.folder)
    with FileLock(places.folder / "annotators.lock"):
        path = workspace.root / FILE_NAME
        named = read_settings(path).annotators
        _check(named, old, new)
        projects = _rename_on_server(workspace, old, new)
        files = _rename_in_files(workspace, old, new)
        if old in named:  # last, so that a run that was cut short finds it
            rename_annotator(path, old, new)
    return Renamed(old, new, projects, files)


def _check(named: dict[str, str], old: str, new: str) -> None:
    if (old in named) == (new in named):
        raise UsageError(
            f"toolkit.toml names {'both' if old in named else 'neither'} {old!r} "
            f"{'and' if old in named else 'nor'} {new!r}",
            "'toolkit annotators list' lists those whom it names.",
        )
    check_annotator(new, named.get(old) or named[new])


def _rename_on_server(workspace: Workspace, old: str, new: str) -> tuple[int, ...] | None:
    from toolkit.stages.studio import gateway_to
    from toolkit.studio.projects import rename_projects
    from toolkit.studio.state import opened_state, state_file

    try:
        with gateway_to(workspace) as gateway, opened_state(workspace, gateway.url) as state:
            projects = rename_projects(gateway, workspace, old, new)
            people = state.people().items()
            state.set_people({id_: new if name == old else name for id_, name in people})
            return tuple(projects)
    except ServerUnreachable:
        if state_file(workspace).exists():
            raise
        return None


def _rename_in_files(workspace: Workspace, old: str, new: str) -> dict[str, int]:
    from toolkit.studio.state import sync_lock

    with sync_lock(workspace):
        _rename_pseudonym(workspace.private / "studio" / "pseudonyms.json", old, new)
        counts = {
            path.name: _rewrite(path, Annotation, old, new)
            for path in (workspace.annotations, workspace.reviews)
            if path.exists()
        }
        if workspace.gold.exists():
            counts[workspace.gold.name] = _rewrite(workspace.gold, GoldDocument, old, new)
    return counts


def _rewrite(path: Path, type_: type[R], old: str, new: str) -> int:
    changed = 0
    for record in records.read_jsonl(path, type_):
        changed += _renamed(record, old, new) != record
    if changed:
        stream = records.read_jsonl(path, type_)
        records.write_jsonl(path, (_renamed(one, old, new) for one in stream))
    return changed


def _renamed(record: Any, old: str, new: str) -> Any:
    def name(one: str | None) -> str | None:
        return new if one == old else one

    if isinstance(record, Annotation):
        editor = name(record.edited_by)
        annotator = name(record.annotator)
        return replace(
            record, annotator=annotator, edited_by=None if editor == annotator else editor
        )
    return replace(
        record,
        annotators=_names(record.annotators, old, new),
        spans=tuple(_span(span, old, new) for span in record.spans),
        rejected=_alternatives(record.rejected, old, new),
    )


def _span(span: GoldSpan, old: str, new: str) -> GoldSpan:
    votes = dict(span.votes)
    if old in votes:
        vote = votes[old]
        votes = {new if who == old else who: label for who, label in votes.items()}
        votes[new] = span.votes.get(new) or vote  # where both gave something, gold is to be merged
    return replace(
        span,
        votes=votes,
        decided_by=new if span.decided_by == old else span.decided_by,
        alternatives=_alternatives(span.alternatives, old, new),
    )


def _alternatives(some: Iterable[Alternative], old: str, new: str) -> tuple[Alternative, ...]:
    return tuple(replace(one, annotators=_names(one.annotators, old, new)) for one in some)


def _names(names: Iterable[str], old: str, new: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(new if name == old else name for name in names))


def _rename_pseudonym(path: Path, old: str, new: str) -> None:
    if not path.exists():
        return
    known = msgspec.json.decode(path.read_bytes(), type=dict[str, str])
    if old in known and new not in known:
        known = {new if name == old else name: called for name, called in known.items()}
        records.write_text(path, msgspec.json.encode(known).decode(), mode=0o600)
