"""The installed Label Studio: how it is found, what it inherits, its empty database."""

from __future__ import annotations

import contextlib
import importlib.metadata
import importlib.util
import os
import sqlite3
from pathlib import Path

import pytest

from toolkit import resources
from toolkit.errors import StudioError
from toolkit.studio import installed


def silent(_: str) -> None:
    """Nobody listens."""


def test_a_missing_label_studio_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the extra, the error names it."""
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(StudioError) as caught:
        installed.version()
    assert 'pip install "zh-ner-toolkit[server]"' in caught.value.hint


@pytest.mark.usefixtures("label_studio_installed")
def test_the_version_is_that_of_the_package() -> None:
    """No process is run to find the version."""
    assert installed.version() == importlib.metadata.version("label-studio")


def test_nothing_of_the_users_settings_is_inherited(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Label Studio reads HOST, PORT and the like as settings, so they must not get through."""
    for name in ("HOST", "DEBUG", "HEARTEX_DEBUG", "LABEL_STUDIO_HOST", "DJANGO_DB", "HTTP_PROXY"):
        monkeypatch.setenv(name, "from outside")
    environment = installed.environment(tmp_path / "data", tmp_path / "home", PORT="8081")
    assert "from outside" not in environment.values()
    assert environment["HOME"] == str(tmp_path / "home")
    assert environment["LABEL_STUDIO_BASE_DATA_DIR"] == str(tmp_path / "data")
    assert environment["LABEL_STUDIO_PORT"] == "8081"
    assert environment["LABEL_STUDIO_COLLECT_ANALYTICS"] == "false"
    assert environment["LABEL_STUDIO_DISABLE_SIGNUP_WITHOUT_LINK"] == "true"
    assert environment["LABEL_STUDIO_SENTRY_DSN"] == ""


@pytest.mark.usefixtures("label_studio_installed")
def test_the_kept_database_holds_no_account_and_no_secret() -> None:
    """The template has tables and migrations, and nothing that a workspace must not share."""
    with contextlib.closing(sqlite3.connect(installed.database(silent))) as database:
        tables = [
            name
            for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
        ]
        filled = {
            table
            for table in tables
            if database.execute(f'SELECT 1 FROM "{table}" LIMIT 1').fetchone()  # noqa: S608 - its own names
        }
    assert {"htx_user", "authtoken_token", "organization"} <= set(tables)
    assert filled == {
        "auth_permission",
        "core_asyncmigrationstatus",
        "django_content_type",
        "django_migrations",
        "sqlite_sequence",
    }


@pytest.mark.usefixtures("label_studio_installed")
def test_a_kept_database_is_taken_as_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is in the cache is used at once, and TOOLKIT_CACHE says where that is."""
    monkeypatch.setenv("TOOLKIT_CACHE", str(tmp_path))
    kept = tmp_path / f"label-studio-{installed.version()}.sqlite3"
    kept.touch()
    assert installed.database(silent) == kept


@pytest.mark.usefixtures("label_studio_installed")
def test_a_cache_that_cannot_be_written_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The error names the folder and the variable."""
    (tmp_path / "file").touch()
    monkeypatch.setenv("TOOLKIT_CACHE", str(tmp_path / "file" / "cache"))
    with pytest.raises(StudioError) as caught:
        installed.database(silent)
    assert str(tmp_path / "file" / "cache") in caught.value.what
    assert "TOOLKIT_CACHE" in caught.value.hint


@pytest.mark.parametrize(
    ("log", "words"),
    [
        ("starting\nError: That port is already in use.\n", "Error: That port is already in use."),
        (
            "Traceback (most recent call last):\n  File\ndjango.db.utils.DatabaseError: bad\nbye\n",
            "django.db.utils.DatabaseError: bad",
        ),
        ("one\ntwo\n\n", "two"),
        ("", "it said nothing"),
    ],
)
def test_the_last_words_are_those_that_say_why(tmp_path: Path, log: str, words: str) -> None:
    """An error line before the last line of any kind."""
    (tmp_path / "log").write_text(log, encoding="utf-8")
    assert installed.last_words(tmp_path / "log") == words


def test_a_log_that_is_not_there_has_last_words_too(tmp_path: Path) -> None:
    """A missing log is no second error."""
    assert installed.last_words(tmp_path / "log") == "it left no log"


def test_the_cache_is_the_users_where_nothing_names_another(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Without TOOLKIT_CACHE it is a folder of our name."""
    monkeypatch.delenv("TOOLKIT_CACHE", raising=False)
    assert "zh-ner-toolkit" in os.fspath(resources.cache_folder())
