"""What is disturbed: one push or pull of the sample corpus, in a process of its own."""

from __future__ import annotations

import resource
import sys
import traceback
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path

import label_studio_sdk.client  # noqa: F401 - once, in the process that the others are forked from

from tests.test_studio.faults.samples import Corpus
from tests.test_studio.sync_samples import schema
from toolkit.errors import ToolkitError
from toolkit.settings import open_workspace
from toolkit.stages.studio import keep_earlier_versions
from toolkit.studio import project_push
from toolkit.studio.gateway import Gateway
from toolkit.studio.pull import pull
from toolkit.studio.push import push

FAILED = 3
"""The exit status of a worker that ended with an error of ours."""


@dataclass(frozen=True, slots=True)
class Job:
    """A command to run; ``largest_file`` is the most bytes any file may get."""

    command: str
    workspace: Path
    url: str
    token: str
    timeout: float
    corpus: Corpus
    settle_seconds: float
    log: Path
    largest_file: int | None = None


def run(job: Job) -> None:
    """Run the job; what it says goes to its log."""
    with job.log.open("a", encoding="utf-8") as log, redirect_stdout(log), redirect_stderr(log):
        if job.largest_file is not None:
            resource.setrlimit(resource.RLIMIT_FSIZE, (job.largest_file, job.largest_file))
        project_push._SETTLE_SECONDS = job.settle_seconds
        try:
            _run(job)
        except ToolkitError as error:
            print(f"{job.command}: {error}")  # noqa: T201 - the log
            sys.exit(FAILED)
        except Exception:
            traceback.print_exc()
            raise


def _run(job: Job) -> None:
    workspace = open_workspace(job.workspace)
    with Gateway(job.url, job.token, timeout=job.timeout) as gateway:
        if job.command.startswith("push"):
            plan = job.corpus.plan(gateway, workspace)
            if job.command == "push --new-version" and plan.conflicts:
                keep_earlier_versions(workspace, gateway, plan)
                plan = job.corpus.plan(gateway, workspace)
            print(push(gateway, plan))  # noqa: T201
        else:
            pulled = pull(
                gateway,
                workspace,
                schema(),
                job.corpus.known(workspace),
                full=job.command == "pull --full",
            )
            print(pulled)  # noqa: T201
