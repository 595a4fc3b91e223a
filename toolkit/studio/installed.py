"""The Label Studio that is installed beside us: its version, commands and database.

Its migrations take about a minute of computing, so their result, a database without any
account or secret, is made once per version and kept in the user's cache.
"""

from __future__ import annotations

import importlib.metadata
import importlib.util
import os
import re
import secrets
import shutil
import site
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from toolkit import resources
from toolkit.errors import ServerFailed, StudioError

DATABASE = "label_studio.sqlite3"

_SETTINGS = "label_studio.core.settings.label_studio"

_KEPT = ("PATH", "TMPDIR", "TZ", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH")
"""What the interpreter itself may need of the user's environment."""

_ERROR = re.compile(r"^(Error: |[\w.]*(Error|Exception|Exit)\b)")


def version() -> str:
    """The installed version of Label Studio.

    Raises:
        StudioError: none is installed.
    """
    # Its own "version" command would make and migrate a database in the user's home.
    if importlib.util.find_spec("label_studio") is not None:
        try:
            return importlib.metadata.version("label-studio")
        except importlib.metadata.PackageNotFoundError:
            pass
    raise StudioError(
        "Label Studio is not installed here",
        'Install it with: pip install "zh-ner-toolkit[server]" — or use a server that you have,'
        " with LABEL_STUDIO_URL and LABEL_STUDIO_API_KEY.",
    )


def command(module: str, *arguments: str) -> list[str]:
    """The command line that runs a module of the installed Label Studio."""
    # -P: the folder that it runs in holds data, and must not be searched for modules.
    return [sys.executable, "-P", "-m", module, *arguments]


def environment(data: Path, home: Path, **settings: str) -> dict[str, str]:
    """The whole environment of a Label Studio process; nothing else is inherited.

    It reads each setting as LABEL_STUDIO_X, HEARTEX_X and X, so that an unrelated HOST
    or USERNAME of the user's would change what it does. ``home`` takes what it would
    write into the user's home. ``settings`` are added with LABEL_STUDIO_ before them.
    """
    ours = {
        "BASE_DATA_DIR": str(data),
        "COLLECT_ANALYTICS": "false",
        "LATEST_VERSION_CHECK": "false",
        "SENTRY_DSN": "",
        "FRONTEND_SENTRY_DSN": "",
        "LOCAL_FILES_SERVING_ENABLED": "false",
        "DISABLE_SIGNUP_WITHOUT_LINK": "true",
        "ENABLE_LEGACY_API_TOKEN": "true",
        # Other web pages in the annotator's browser have no business here.
        "ALLOWED_HOSTS": "127.0.0.1,localhost",
        "CORS_ALLOW_ALL_ORIGINS": "false",
        # It may call 'toolkit backend' on this machine, where all who reach it are anyway.
        "ML_BLOCK_LOCAL_IP": "false",
        "USE_DEFAULT_BANNED_SUBNETS": "false",
        **settings,
    }
    return {
        **{name: os.environ[name] for name in _KEPT if name in os.environ},
        "HOME": str(home),
        "LANG": "C.UTF-8",
        "LOG_LEVEL": "WARNING",
        "PYTHONUNBUFFERED": "1",
        # Where "pip install --user" put it, which follows from the HOME that we replace.
        "PYTHONUSERBASE": site.getuserbase(),
        **{f"LABEL_STUDIO_{name}": value for name, value in ours.items()},
    }


def database(say: Callable[[str], None]) -> Path:
    """The migrated, otherwise empty database of the installed version; made if need be.

    It may be called by any number of processes at once and killed at any moment: a lock
    lets one of them work, and a rename at the end publishes the result.

    Raises:
        StudioError: Label Studio isn't installed, or the cache can't be written.
        ServerFailed: the migrations failed.
    """
    from filelock import FileLock

    cache = resources.cache_folder()
    target = cache / f"label-studio-{version()}.sqlite3"
    if target.exists():
        return target
    try:
        cache.mkdir(parents=True, exist_ok=True)
        with FileLock(f"{target}.lock"):
            if not target.exists():
                say("Preparing Label Studio's database, once for this version: about a minute…")
                _make_database(target)
    except OSError as error:
        raise StudioError(
            f"the cache folder {cache} can't be written ({error.strerror or error})",
            "Name another folder in the environment variable TOOLKIT_CACHE.",
        ) from None
    return target


def _make_database(target: Path) -> None:
    """Migrate an empty database and move it to ``target``; the caller holds the lock."""
    prefix = f".{target.name}."
    for left in target.parent.glob(f"{prefix}*"):
        shutil.rmtree(left, ignore_errors=True)  # of a process that was killed here
    with tempfile.TemporaryDirectory(prefix=prefix, dir=target.parent) as folder:
        scratch = Path(folder)
        log = scratch / "log"
        _migrate(scratch, log)
        # Label Studio migrates inside of transactions, and has ended: the file is whole.
        made = scratch / "data" / DATABASE
        with made.open("rb") as file:
            os.fsync(file.fileno())
        made.replace(target)


def _migrate(scratch: Path, log: Path) -> None:
    # What "label-studio start" does to an empty folder, and nothing after it: measured to
    # give the same schema and the same rows.
    migrate = command("django", "migrate", "--no-color", "--verbosity=0", f"--settings={_SETTINGS}")
    spec = importlib.util.find_spec("label_studio")
    places = (spec.submodule_search_locations if spec else None) or [""]
    environ = environment(scratch / "data", scratch, SECRET_KEY=secrets.token_urlsafe(50))
    with log.open("wb") as output:
        # A session of its own, so that Ctrl-C reaches us alone and we end it in order.
        child = subprocess.Popen(
            [*migrate, f"--pythonpath={places[0]}"],
            env=environ,
            cwd=scratch,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    try:
        status = child.wait()
    except BaseException:
        child.kill()
        child.wait()
        raise
    if status:
        raise ServerFailed(
            f"Label Studio could not make its database: {last_words(log)}",
            "Is the disk full? Is the installation whole ('pip check')?",
        )


def last_words(log: Path) -> str:
    """The last line of a log that says why; its last line of any kind where none does."""
    try:
        lines = log.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return "it left no log"
    told = [line.strip() for line in lines if line.strip()]
    errors = [line for line in told if _ERROR.match(line)]
    return (errors or told or ["it said nothing"])[-1][:300]
