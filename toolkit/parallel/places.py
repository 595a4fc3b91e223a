"""Files by path, or by an address that fsspec knows: ``s3://…``, ``gs://…``, ``https://…``.

Local paths need no fsspec. What an address needs beyond itself (keys, an endpoint) comes from
the environment or from fsspec's own configuration.
"""

from __future__ import annotations

import contextlib
import glob
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

from msgspec import Struct

from toolkit.errors import InputError, ToolkitError, UsageError

FORMATS = ("jsonl", "ndjson", "parquet")
"""What parts in a folder end in, before ``.gz`` or ``.zst``; other files there are not ours."""

_STARS = frozenset("*?[")


class Place(Struct, frozen=True):
    """A file to read, by path or address; ``size`` is in bytes, null where nobody knows."""

    address: str
    size: int | None

    @property
    def is_streamed(self) -> bool:
        """Whether it can only be read from its start to its end: packed, or a pipe."""
        return self.size is None or self.address.endswith((".gz", ".zst"))

    @property
    def is_parquet(self) -> bool:
        """Whether it holds rows and no lines."""
        return self.address.endswith(".parquet")


def is_address(name: str) -> bool:
    """Whether fsspec has to open it."""
    return "://" in name


def plain(name: str) -> str:
    """A name as it is, but ``file:///a/b`` as a path: only those are replaced whole."""
    return name.removeprefix("file://") if name.startswith("file:///") else name


def places(source: str) -> list[Place]:
    """The files that a path, a folder, a glob or an address means, in order.

    In a folder those count that end in one of ``FORMATS``, in folders below it, too, and
    don't begin with ``.`` or ``_``.

    Raises:
        InputError: there are none.
    """
    if source == "-":
        return [Place("-", None)]
    place = plain(source)
    with explaining(source):
        found = _remote(place) if is_address(place) else _local(place)
    if not found:
        raise InputError(
            f"{source}: no parts there",
            f"Parts end in {', '.join(f'.{one}' for one in FORMATS)}, also with .gz or .zst.",
        )
    return found


@contextlib.contextmanager
def opened(address: str) -> Iterator[IO[bytes]]:
    """The bytes of a file as they lie there, at any position.

    Raises:
        InputError: it isn't there, or can't be read.
    """
    with contextlib.ExitStack() as stack:
        with explaining(address):
            if is_address(address):
                system, path = filesystem(address)
                file = stack.enter_context(system.open(path, "rb"))
            else:
                file = stack.enter_context(Path(address).open("rb"))
        yield file


def filesystem(address: str) -> tuple[Any, str]:
    """The file system of fsspec for an address, and what it calls the path there.

    Raises:
        UsageError: what it takes is not installed.
    """
    try:
        import fsspec

        system, path = fsspec.core.url_to_fs(address)
    except ImportError:
        kind = address.partition("://")[0]
        raise UsageError(
            f"{address}: what reads {kind}:// is not installed",
            'Install it: pip install "zh-ner-toolkit[s3]"',
        ) from None
    except ValueError as error:
        raise UsageError(f"{address}: {error}", "Name a path, or an address like s3://…") from None
    return system, path


def _local(source: str) -> list[Place]:
    path = Path(source)
    if path.is_dir():
        inside = (one.relative_to(path) for one in path.rglob("*") if one.is_file())
        files = [path / one for one in inside if _is_part(one.parts)]
    elif path.exists() or not _STARS & set(source):
        files = [path]
    else:
        # Path.glob would need a folder to begin at, and the pattern says that itself.
        named = glob.glob(source, recursive=True)  # noqa: PTH207
        files = [Path(one) for one in named if Path(one).is_file()]
    known = [(str(file), file.stat()) for file in sorted(files)]
    return [Place(name, s.st_size if stat.S_ISREG(s.st_mode) else None) for name, s in known]


def _remote(source: str) -> list[Place]:
    system, path = filesystem(source)
    if _STARS & set(path):
        known = system.glob(path, detail=True)
    elif system.isdir(path):
        below = system.find(path, detail=True)
        known = {
            name: facts
            for name, facts in below.items()
            if _is_part(tuple(name.removeprefix(path.rstrip("/")).strip("/").split("/")))
        }
    else:
        return [Place(source, system.size(path))]
    return [
        Place(system.unstrip_protocol(name), known[name].get("size"))
        for name in sorted(known)
        if known[name].get("type") == "file"
    ]


def _is_part(names: tuple[str, ...]) -> bool:
    kind = names[-1].removesuffix(".gz").removesuffix(".zst").rpartition(".")[2]
    return kind in FORMATS and not any(name.startswith((".", "_")) for name in names)


@contextlib.contextmanager
def explaining(name: str, doing: str = "opened") -> Iterator[None]:
    """Say of a file that can't be opened, read or written what the matter is.

    Raises:
        InputError: instead of what the system, or the library behind an address, raises.
    """
    try:
        yield
    except ToolkitError:
        raise
    except FileNotFoundError:
        raise InputError(
            f"{name}: no such file", "Is this the right workspace, and did the step before run?"
        ) from None
    except OSError as error:
        reason = error.strerror or str(error)
        raise InputError(f"{name}: can't be {doing} ({reason})", _advice(name, doing)) from None
    except Exception as error:
        if not is_address(name):
            raise
        # Each library behind fsspec has errors of its own: no keys, no such host.
        reason = f"{type(error).__name__}: {error}"
        raise InputError(f"{name}: can't be {doing} ({reason})", _advice(name, doing)) from None


def _advice(name: str, doing: str) -> str:
    if is_address(name):
        return "Keys and endpoint come from the environment, or from fsspec's configuration."
    return "Name another place." if doing == "written" else "Name a file that you may read."
