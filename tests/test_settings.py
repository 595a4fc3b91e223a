"""Settings and workspaces."""

from __future__ import annotations

import contextlib
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.strategies import any_text
from toolkit.errors import WorkspaceError
from toolkit.settings import FILE_NAME, Settings, open_workspace, read_settings, replace


@pytest.fixture(autouse=True)
def _no_server(monkeypatch: pytest.MonkeyPatch) -> None:
    """The tests don't see the environment of whoever runs them."""
    monkeypatch.delenv("LABEL_STUDIO_URL", raising=False)


def _read(folder: Path, toml: str) -> Settings:
    (folder / FILE_NAME).write_text(toml, encoding="utf-8")
    return read_settings(folder / FILE_NAME)


def test_an_empty_file_means_the_defaults(tmp_path: Path) -> None:
    """Nothing has to be set."""
    assert _read(tmp_path, "") == Settings()


def test_the_file_sets_what_it_names(tmp_path: Path) -> None:
    """A key that is there counts; the others keep their defaults."""
    settings = _read(
        tmp_path,
        '[corpus]\npassage_chars = 800\n[annotators]\nann = "a@example.org"\n'
        "[export]\nsplits = {train = 0.5, test = 0.5}\n",
    )
    assert settings.corpus.passage_chars == 800
    assert settings.corpus.folder == Settings().corpus.folder
    assert settings.annotators == {"ann": "a@example.org"}
    assert settings.export.splits == {"train": 0.5, "test": 0.5}


def test_the_environment_wins_over_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """LABEL_STUDIO_URL is taken before [studio] url, unless it is blank."""
    toml = '[studio]\nurl = "http://127.0.0.1:1"\n'
    monkeypatch.setenv("LABEL_STUDIO_URL", " http://127.0.0.1:2 ")
    assert _read(tmp_path, toml).studio.url == "http://127.0.0.1:2"
    monkeypatch.setenv("LABEL_STUDIO_URL", " ")
    assert _read(tmp_path, toml).studio.url == "http://127.0.0.1:1"


def test_a_flag_is_a_changed_copy() -> None:
    """Replacing a value leaves the settings it came from as they were."""
    settings = Settings()
    changed = replace(settings, gold=replace(settings.gold, method="sequence"))
    assert (changed.gold.method, settings.gold.method) == ("sequence", Settings().gold.method)


@pytest.mark.parametrize(
    ("toml", "place"),
    [
        ('[corpus]\npassage_chars = "many"', "[corpus] passage_chars: Expected `int`"),
        ("[corpus]\npasage_chars = 1", "[corpus]: Object contains unknown field `pasage_chars`"),
        ("colour = 1", "unknown field `colour`"),
        ("project = 1", "[project]: Expected `object`"),
        ("[rules]\npacks = [1]", "[rules] packs[0]: Expected `str`"),
        ("[annotators]\nann = 1", "[annotators], one of its values: Expected `str`"),
        (
            '[export]\nsplits = {train = "x"}',
            "[export] splits, one of its values: Expected `float`",
        ),
        ("[corpus]\npassage_chars = 99", "[corpus] passage_chars is under 100"),
        ('[corpus]\ncolumns = {text = "a", id = "a"}', "[corpus.columns] names a column twice"),
        ("[studio]\nbatch = 0", "[studio] batch is under 1"),
        ("[studio]\ntimeout_seconds = 0", "[studio] timeout_seconds is not above 0"),
        ("[studio]\ntimeout_seconds = nan", "[studio] timeout_seconds is not above 0"),
        ("[assignment]\noverlap = -1", "[assignment] overlap is under 0"),
        ("[assignment]\ncontrol = 1.5", "[assignment] control is not a share from 0 to 1"),
        ("[assignment]\ncontrol = nan", "[assignment] control is not a share from 0 to 1"),
        ('[assignment]\norder = "x"', "[assignment] order: Invalid enum value 'x'"),
        ('[assignment]\nby = "line"', "[assignment] by: Invalid enum value 'line'"),
        ("[agreement]\nsamples = 0", "[agreement] samples is under 1"),
        ("[rules]\npacks = []", "[rules] packs is empty"),
        ("[export]\nsplits = {}", "[export] splits is empty"),
        ("[export]\nsplits = {train = 1.5, dev = -0.5}", "[export] splits"),
        ("[export]\nsplits = {train = nan, dev = 1.0}", "[export] splits"),
        ("[export]\nsplits = {train = 0.5}", "[export] splits don't add up to 1"),
        ('[export]\nversion = "../1"', "[export] version '../1'"),
        ('[export]\nversion = ".."', "[export] version '..'"),
        ('[export]\nversion = ""', "[export] version ''"),
        (
            '[annotators]\nann = "a@example.org"\nben = "A@example.org"',
            "[annotators] two names share an e-mail address",
        ),
        ("[corpus\n", "line 1"),
    ],
)
def test_a_wrong_setting_is_named(tmp_path: Path, toml: str, place: str) -> None:
    """An error names the file, the table and the key, and says what to do."""
    with pytest.raises(WorkspaceError, match=re.escape(place)) as caught:
        _read(tmp_path, toml)
    assert caught.value.what.startswith(str(tmp_path / FILE_NAME))
    assert caught.value.hint


def test_a_file_that_cannot_be_read_is_an_error(tmp_path: Path) -> None:
    """A folder and bytes that aren't UTF-8 are named."""
    with pytest.raises(WorkspaceError, match="can't be read"):
        read_settings(tmp_path)
    (tmp_path / FILE_NAME).write_bytes("[project]\nname = '武汉'".encode("gbk"))
    with pytest.raises(WorkspaceError, match=re.escape(FILE_NAME)):
        read_settings(tmp_path / FILE_NAME)


@given(text=any_text | st.text("[]={}\"'.#\n corpusnae01", max_size=40))
def test_no_text_breaks_the_reader(text: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Whatever toolkit.toml holds, it is settings or a WorkspaceError."""
    folder = tmp_path_factory.getbasetemp() / "any-settings"
    folder.mkdir(exist_ok=True)
    with contextlib.suppress(WorkspaceError):
        assert isinstance(_read(folder, text), Settings)


def test_a_workspace_is_found_from_within(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Commands work on the nearest workspace around the folder they stand in."""
    (tmp_path / FILE_NAME).write_text("", encoding="utf-8")
    inner = tmp_path / "corpus" / "2020"
    inner.mkdir(parents=True)
    monkeypatch.chdir(inner)
    assert open_workspace().root == tmp_path
    (inner / FILE_NAME).write_text("", encoding="utf-8")
    assert open_workspace().root == inner
    assert open_workspace(tmp_path).root == tmp_path


def test_without_a_workspace_the_error_says_how_to_make_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither here nor in the folder that was named."""
    monkeypatch.chdir(tmp_path)
    with pytest.raises(WorkspaceError, match="toolkit init"):
        open_workspace()
    with pytest.raises(WorkspaceError, match="toolkit init"):
        open_workspace(tmp_path / "missing")


def test_a_workspace_knows_its_places(tmp_path: Path) -> None:
    """Every file of a workspace lies inside it, and paths are taken from its folder."""
    (tmp_path / FILE_NAME).write_text("", encoding="utf-8")
    workspace = open_workspace(tmp_path)
    places = (
        workspace.documents,
        workspace.suggestions,
        workspace.annotations,
        workspace.gold,
        workspace.exports,
        workspace.report,
        workspace.private,
    )
    assert len(set(places)) == len(places)
    assert all(tmp_path in place.parents for place in places)
    assert workspace.path("corpus") == tmp_path / "corpus"
    assert workspace.path(str(tmp_path.parent)) == tmp_path.parent
    assert workspace.path("~/corpus") == Path.home() / "corpus"
