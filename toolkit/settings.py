"""Settings: toolkit.toml, then environment, then flags; and the workspace they belong to.

The token of a Label Studio server is never a setting: it comes from the environment
(``LABEL_STUDIO_API_KEY``) or from a file that ``toolkit serve`` keeps private.
"""

from __future__ import annotations

import math
import os
import re
from pathlib import Path
from typing import Any, Literal

import msgspec
from msgspec import Struct, field

from toolkit.errors import UsageError, WorkspaceError

FILE_NAME = "toolkit.toml"

_LEAST_PASSAGE = 100
"""Characters; a shorter passage than this would cut most sentences."""

_LEAST_LIKENESS = 0.3
"""Texts that share less are no copies; and to find them would mean to compare all pairs."""

_ROUNDING = 1e-9

_LONGEST_NAME = 100
"""Bytes; a folder's name, which holds project and version, has 255 at most."""

_ADDRESS = re.compile(r"[^@\s]+@[^@\s]+")

_SCHEDULER = re.compile(r"[a-z]+://[^\s/]+")

_PLACE = re.compile(r" - at `\$\.?(?P<place>.*)`$")


Nesting = Literal["outermost", "innermost"]
"""Which of two spans that overlap a flat format takes: the longer or the shorter one."""


class _Table(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A table of toolkit.toml; an unknown key is an error and not a silent typo."""


class ProjectSettings(_Table, frozen=True):
    """``[project]``. ``notice`` is shown wherever results are: projects, report, card."""

    name: str = "ner"
    notice: str = ""


class CorpusSettings(_Table, frozen=True):
    """``[corpus]``.

    ``passage_chars`` is how many characters one task has at most; ``near_duplicates`` is how
    much of their text two documents share that get a common group, 0 for no groups;
    ``repair`` switches repair passes by name; ``columns`` says what tables call ``text``,
    ``id``, and other metadata of ours.
    """

    folder: str = "corpus"
    passage_chars: int = 500
    near_duplicates: float = 0.6
    repair: dict[str, bool] = field(default_factory=dict)
    columns: dict[str, str] = field(default_factory=dict)


class LabelSettings(_Table, frozen=True):
    """``[labels]``: the label config, and the guidelines that annotators see."""

    config: str = "label_configs/epidemic_news.xml"
    guidelines: str = "label_configs/epidemic_news.md"


class RuleSettings(_Table, frozen=True):
    """``[rules]``: rule packs, by the name of one we ship or by folder; later ones override.

    ``thresholds`` gives, by label, the least score of a suggestion that people are shown.
    ``labels`` gives the name that the label config has for a label of the packs, where it is
    another. ``tokenizer`` cuts the words of token rules: rjieba, or jieba itself, which is the
    reference and a hundred times slower.
    """

    packs: tuple[str, ...] = ("epidemic_news",)
    thresholds: dict[str, float] = field(default_factory=dict)
    labels: dict[str, str] = field(default_factory=dict)
    tokenizer: Literal["rjieba", "jieba"] = "rjieba"


class StudioSettings(_Table, frozen=True):
    """``[studio]``: where Label Studio is; empty means the one ``toolkit serve`` started.

    ``batch`` is how many tasks one import sends; ``project_passages`` how many an annotator's
    project holds before push opens another, 0 for any number.
    """

    url: str = ""
    batch: int = 250
    project_passages: int = 10_000
    timeout_seconds: float = 600.0


class AssignmentSettings(_Table, frozen=True):
    """``[assignment]``: who annotates what, in which order, and where suggestions are hidden.

    ``overlap`` is how many people each passage goes to, 0 for everyone; ``by`` what stays
    together; ``calibration`` ids of documents that everyone gets; ``control`` the share of
    passages whose suggestions are hidden; ``order`` a strategy of ``toolkit.studio.order``;
    ``salt`` draws the sample and decides ties. ``projects`` gives each annotator a project
    of their own, or all of them one, where the server itself keeps the overlap.
    """

    overlap: int = 0
    by: Literal["document", "passage"] = "document"
    calibration: tuple[str, ...] = ()
    control: float = 0.05
    order: Literal["documents", "uncertain", "disputed"] = "uncertain"
    salt: str = "work-1"
    projects: Literal["own", "shared"] = "own"


class AgreementSettings(_Table, frozen=True):
    """``[agreement]``: bootstrap samples and their seed."""

    samples: int = 1000
    seed: int = 20200120


class GoldSettings(_Table, frozen=True):
    """``[gold]``: how annotations become gold."""

    method: str = "auto"


class ExportSettings(_Table, frozen=True):
    """``[export]``: version, formats, and the shares of train, dev and test.

    ``nesting`` says which of spans that overlap a flat format takes; ``k_fold`` is the number
    of equal splits for cross-validation that stand in for ``splits``, 0 for none. ``licence``
    (best as an SPDX identifier) and ``intended_use`` are what the card says of them.
    """

    version: str = "0.1.0"
    formats: tuple[str, ...] = ("jsonl", "conll-bio", "conll-bioes", "parquet")
    nesting: Nesting = "outermost"
    splits: dict[str, float] = field(
        default_factory=lambda: {"train": 0.8, "dev": 0.1, "test": 0.1}
    )
    salt: str = "split-1"
    k_fold: int = 0
    licence: str = ""
    intended_use: str = ""


class ParallelSettings(_Table, frozen=True):
    """``[parallel]``: where the work on large inputs is done.

    ``engine`` is this machine's cores, or Dask: at the ``scheduler``'s address, or where
    that is empty on this machine. ``workers`` are processes, 0 for as many as cores if the
    input pays for them. ``part_size`` is how many MB of input are one task.
    """

    engine: Literal["local", "dask"] = "local"
    workers: int = 0
    scheduler: str = ""
    part_size: float = 1.0


class Settings(_Table, frozen=True):
    """Everything toolkit.toml may say. ``annotators`` maps a name to an e-mail address."""

    project: ProjectSettings = ProjectSettings()
    corpus: CorpusSettings = field(default_factory=CorpusSettings)
    labels: LabelSettings = LabelSettings()
    rules: RuleSettings = field(default_factory=RuleSettings)
    studio: StudioSettings = StudioSettings()
    annotators: dict[str, str] = field(default_factory=dict)
    assignment: AssignmentSettings = AssignmentSettings()
    agreement: AgreementSettings = AgreementSettings()
    gold: GoldSettings = GoldSettings()
    export: ExportSettings = field(default_factory=ExportSettings)
    parallel: ParallelSettings = ParallelSettings()


class Workspace(Struct, frozen=True):
    """A folder with ``toolkit.toml``, and the places of its files."""

    root: Path
    settings: Settings

    @property
    def documents(self) -> Path:
        """What ``ingest`` writes."""
        return self.root / "documents.jsonl"

    @property
    def suggestions(self) -> Path:
        """What ``preannotate`` writes."""
        return self.root / "suggestions.jsonl"

    @property
    def calibration(self) -> Path:
        """What ``rules score --calibrate`` writes and ``preannotate`` reads."""
        return self.root / "calibration.json"

    @property
    def scorecard(self) -> Path:
        """What ``backend`` writes when Label Studio is told to train."""
        return self.root / "scorecard.json"

    @property
    def annotations(self) -> Path:
        """What ``pull`` writes: every submission ever seen."""
        return self.root / "annotations.jsonl"

    @property
    def reviews(self) -> Path:
        """Every decision of a reviewer that was ever seen."""
        return self.root / "reviews.jsonl"

    @property
    def gold(self) -> Path:
        """What ``merge`` writes."""
        return self.root / "gold.jsonl"

    @property
    def splits(self) -> Path:
        """What ``export`` keeps: which split each document was dealt to."""
        return self.root / "splits.jsonl"

    @property
    def exports(self) -> Path:
        """Where ``export`` puts its versions."""
        return self.root / "exports"

    @property
    def report(self) -> Path:
        """What ``report`` writes."""
        return self.exports / "report.html"

    @property
    def private(self) -> Path:
        """State, server data and credentials; never part of a result."""
        return self.root / ".toolkit"

    def path(self, relative: str) -> Path:
        """A path from the settings, taken from the workspace's folder."""
        return self.root / Path(relative).expanduser()


def workspace_around() -> Path | None:
    """The nearest folder around the current one, or itself, that is a workspace."""
    here = Path.cwd()
    return next((p for p in (here, *here.parents) if (p / FILE_NAME).is_file()), None)


def open_workspace(folder: Path | None = None) -> Workspace:
    """The workspace of ``folder``, or the nearest one around the current folder.

    Raises:
        WorkspaceError: there is none, or its toolkit.toml is wrong.
    """
    if folder is None:
        root = workspace_around()
        if root is None:
            raise WorkspaceError(
                f"no {FILE_NAME} in {Path.cwd()} or a folder around it",
                "Make a workspace with 'toolkit init', or name one with --workspace.",
            )
    else:
        root = folder.expanduser().resolve()
        if not (root / FILE_NAME).is_file():
            raise WorkspaceError(
                f"{root} has no {FILE_NAME}", f"Make it a workspace: toolkit init {root}"
            )
    return Workspace(root, read_settings(root / FILE_NAME))


def read_settings(path: Path) -> Settings:
    """Read a toolkit.toml; the environment overrides ``[studio] url``.

    Raises:
        WorkspaceError: it can't be read, isn't TOML, or says something unknown or
            impossible; names the file, the table and the key.
    """
    try:
        settings = msgspec.toml.decode(path.read_bytes(), type=Settings)
    except OSError as error:
        raise WorkspaceError(f"{path}: can't be read ({error.strerror})") from None
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise WorkspaceError(
            f"{path}: {_with_place_first(str(error))}",
            "The toolkit.toml that 'toolkit init' makes lists every key.",
        ) from None
    _check(settings, path)
    url = os.environ.get("LABEL_STUDIO_URL", "").strip()
    if url:
        settings = replace(settings, studio=replace(settings.studio, url=url))
    return settings


def replace(struct: Any, **changes: Any) -> Any:
    """A copy of a settings table with some values changed; how flags override the file."""
    return msgspec.structs.replace(struct, **changes)


def _with_place_first(message: str) -> str:
    """``Expected `int`, got `str` - at `$.corpus.passage_chars``` for readers of TOML."""
    found = _PLACE.search(message)
    if not found:
        return message
    keys, any_key, _ = found["place"].partition("[...]")
    table, _, key = keys.partition(".")
    place = f"[{table}] {key}".rstrip() + (", one of its values" if any_key else "")
    return f"{place}: {message[: found.start()]}"


def check_version(version: str) -> None:
    """Refuse an ``--version`` that toolkit.toml could not have either.

    Raises:
        UsageError: it can't be part of a folder's name.
    """
    if not _is_folder_name(version):
        raise UsageError(f"version {version!r} can't be the name of a folder", "Say e.g. 0.2.0.")


def is_fold_count(number: int) -> bool:
    """Whether so many folds make a cross-validation, or none."""
    return number == 0 or number > 1


def is_scheduler(address: str) -> bool:
    """Whether this can be a Dask scheduler's address, or none."""
    return not address or _SCHEDULER.fullmatch(address) is not None


def check_annotator(name: str, email: str) -> None:
    """Refuse an annotator whom toolkit.toml could not have either.

    Raises:
        UsageError: the name is none, or the e-mail address is none.
    """
    if not _is_name(name):
        raise UsageError(f"{name!r} is no name", "Say e.g. anna.")
    if not _ADDRESS.fullmatch(email):
        raise UsageError(f"{email!r} is no e-mail address", "Say e.g. anna@example.com.")


def _is_name(name: str) -> bool:
    return bool(name.strip()) and name.isprintable()


def _is_folder_name(name: str) -> bool:
    return (
        name not in {"", ".", ".."}
        and name == name.strip()
        and name.isprintable()
        and len(name.encode()) <= _LONGEST_NAME
        and not {*"/\\"} & {*name}
    )


def _check(settings: Settings, path: Path) -> None:
    shares = settings.export.splits
    addresses = [address.strip().casefold() for address in settings.annotators.values()]
    version = settings.export.version
    wrong = [
        (
            settings.corpus.passage_chars < _LEAST_PASSAGE,
            f"[corpus] passage_chars is under {_LEAST_PASSAGE}",
        ),
        (
            settings.corpus.near_duplicates != 0
            and not _LEAST_LIKENESS <= settings.corpus.near_duplicates <= 1,
            f"[corpus] near_duplicates is neither 0 nor from {_LEAST_LIKENESS} to 1",
        ),
        (
            len(set(settings.corpus.columns.values())) < len(settings.corpus.columns),
            "[corpus.columns] names a column twice",
        ),
        (settings.studio.batch < 1, "[studio] batch is under 1"),
        (settings.studio.project_passages < 0, "[studio] project_passages is under 0"),
        (not settings.studio.timeout_seconds > 0, "[studio] timeout_seconds is not above 0"),
        (settings.assignment.overlap < 0, "[assignment] overlap is under 0"),
        (
            not 0 <= settings.assignment.control <= 1,
            "[assignment] control is not a share from 0 to 1",
        ),
        (settings.agreement.samples < 1, "[agreement] samples is under 1"),
        (not settings.rules.packs, "[rules] packs is empty"),
        (
            not shares or not all(math.isfinite(share) and share >= 0 for share in shares.values()),
            "[export] splits is empty or has a share under 0",
        ),
        (
            not abs(sum(shares.values()) - 1) <= _ROUNDING,
            "[export] splits don't add up to 1",
        ),
        (
            not is_fold_count(settings.export.k_fold),
            "[export] k_fold is neither 0 nor 2 or more",
        ),
        (settings.parallel.workers < 0, "[parallel] workers is under 0"),
        (
            not 0 < settings.parallel.part_size < math.inf,
            "[parallel] part_size is not above 0",
        ),
        (
            not is_scheduler(settings.parallel.scheduler),
            f"[parallel] scheduler {settings.parallel.scheduler!r} is no address",
        ),
        (
            not _is_folder_name(version),
            f"[export] version {version!r} can't be the name of a folder",
        ),
        (
            not _is_folder_name(settings.project.name),
            f"[project] name {settings.project.name!r} can't be part of a folder's name",
        ),
        (
            Path(settings.corpus.folder) == Path(),
            "[corpus] folder is the workspace itself",
        ),
        *(
            (
                not _is_name(name),
                f"[annotators] {name!r} is no name",
            )
            for name in settings.annotators
        ),
        *(
            (
                not _ADDRESS.fullmatch(address),
                f"[annotators] {name}: {address!r} is no e-mail address",
            )
            for name, address in settings.annotators.items()
        ),
        (
            len(set(addresses)) < len(addresses),
            "[annotators] two names share an e-mail address",
        ),
    ]
    for is_wrong, what in wrong:
        if is_wrong:
            raise WorkspaceError(f"{path}: {what}", "Change it and run the command again.")
