"""One exception tree. Each error says what is wrong, where, and what to do next.

::

    ToolkitError                 exit status 1 unless said otherwise
    ├── UsageError               the call itself is wrong (exit status 2)
    ├── WorkspaceError           no workspace here, or its toolkit.toml is wrong
    ├── InputError               a file that can't be used
    │   ├── RecordError          a line of a record file that isn't the record it should be
    │   ├── DecodeError          a raw file whose bytes aren't text in any encoding we know
    │   └── OffsetError          a span whose text isn't what stands at its offsets
    ├── SchemaError              a label config that can't be used
    ├── RuleError                a rule pack that can't be used
    └── StudioError              Label Studio
        ├── ServerUnreachable    nobody answers at its address
        ├── ServerRefused        it answers, and doesn't let us in
        └── ServerFailed         it answers, and could not do what was asked

The command line prints ``what`` and ``hint`` on one or two lines and exits with
``exit_status``; only ``--debug`` shows a traceback.
"""

from __future__ import annotations


class ToolkitError(Exception):
    """Base of every error that the toolkit raises on purpose.

    Args:
        what: what is wrong and where, one sentence without a final full stop.
        hint: what to do next, one sentence; may be empty where ``what`` says it.
    """

    exit_status = 1

    def __init__(self, what: str, hint: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.what}. {self.hint}" if self.hint else self.what


class UsageError(ToolkitError):
    """The call itself is wrong: flags that don't go together, a value out of range."""

    exit_status = 2


class WorkspaceError(ToolkitError):
    """There is no workspace here, or its toolkit.toml is wrong."""


class InputError(ToolkitError):
    """A file that can't be used."""


class RecordError(InputError):
    """A line of a record file that isn't the record it should be."""


class DecodeError(InputError):
    """A raw file whose bytes aren't text in any encoding that we know."""


class OffsetError(InputError):
    """A span whose text isn't what stands at its offsets."""


class SchemaError(ToolkitError):
    """A label config that can't be used."""


class RuleError(ToolkitError):
    """A rule pack that can't be used."""


class StudioError(ToolkitError):
    """Something went wrong between us and Label Studio."""


class ServerUnreachable(StudioError):  # noqa: N818 - named for what happened
    """Nobody answers at the server's address."""


class ServerRefused(StudioError):  # noqa: N818
    """The server answers, and doesn't let us in."""


class ServerFailed(StudioError):  # noqa: N818
    """The server answers, and could not do what was asked.

    ``status`` is its HTTP status; 500 and above leave open whether it was done all the same.
    ``retry_after`` are seconds that it asks us to wait, 0 where it doesn't.
    """

    def __init__(
        self, what: str, hint: str = "", *, status: int = 0, retry_after: float = 0.0
    ) -> None:
        super().__init__(what, hint)
        self.status = status
        self.retry_after = retry_after
