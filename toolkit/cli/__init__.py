"""The command line: parse, call, print; nothing else.

Commands are plain functions in one module a group; what they do lives in
``toolkit.stages`` and the rooms behind it.
"""

from __future__ import annotations

import gc
import os
import signal
import sys

_STOPPED = 130

_COLLECTED = 20_000
"""Objects that are made before Python looks for cycles among them.

A start makes many that stay: to look at them every 700 took a twentieth of it.
"""


def run() -> None:
    """Run the command line; the one place that maps exceptions to exit statuses.

    0 done, 1 could not, 2 wrong usage, 130 stopped with Ctrl-C.
    """
    gc.set_threshold(_COLLECTED)
    from toolkit.cli import console
    from toolkit.cli.app import tree
    from toolkit.errors import ToolkitError

    try:
        tree()(prog_name="toolkit")
    except ToolkitError as error:
        if console.debug:
            raise
        console.error(error)
        sys.exit(error.exit_status)
    except BrokenPipeError:
        # The reader of our output has gone; what is left in the buffer has no reader.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except SystemExit as leaving:
        if leaving.code == _STOPPED:  # what typer makes of a KeyboardInterrupt
            # What is left to do takes a moment; whoever can't wait needn't see a traceback.
            signal.signal(signal.SIGINT, signal.SIG_DFL)
            console.say("Stopped. Every file is whole; run the command again to go on.")
        raise
    except Exception as error:
        if console.debug:
            raise
        what = f"{type(error).__name__}: {error}"
        console.error(ToolkitError(what, "--debug shows where."))
        sys.exit(1)
